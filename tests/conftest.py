"""
What tests of all rooms share: three Access Points whose keys are made once, and how hypothesis works here.
"""

import pytest
from hypothesis import settings

from tests.as4.parties import AccessPoint, new_access_points
from tests.work.parcels import NIGHTLY

# The same examples in every run, and no deadline: a slow machine must not turn a test red.
settings.register_profile("repeatable", derandomize=True, deadline=None)
settings.load_profile("repeatable")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave what takes minutes to the night."""
    if not NIGHTLY:
        left_out = [item for item in items if item.get_closest_marker("nightly")]
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]


@pytest.fixture(scope="session")
def access_points() -> tuple[AccessPoint, ...]:
    """Make the keys."""
    return new_access_points("AP_AA_01", "AP_BB_01", "AP_MM_01")


@pytest.fixture(scope="session")
def alpha(access_points: tuple[AccessPoint, ...]) -> AccessPoint:
    """Sends."""
    return access_points[0]


@pytest.fixture(scope="session")
def beta(access_points: tuple[AccessPoint, ...]) -> AccessPoint:
    """Receives."""
    return access_points[1]


@pytest.fixture(scope="session")
def mallory(access_points: tuple[AccessPoint, ...]) -> AccessPoint:
    """Is known to both, and means no good."""
    return access_points[2]
