from dataclasses import replace

import pytest
from gateway_nodes import FINLAND, PORTUGAL, TOKEN, World, settings_of

from gateway.settings import Settings
from oots.errors import OperatorError


@pytest.fixture
def settings(world: World) -> Settings:
    return settings_of(world, PORTUGAL, {PORTUGAL: 1, FINLAND: 2})


@pytest.mark.parametrize("tokens", [(), ("short",), (TOKEN, "")])
def test_a_gateway_needs_tokens_that_cannot_be_guessed(settings: Settings, tokens: tuple[str, ...]) -> None:
    with pytest.raises(OperatorError, match="backend_tokens"):
        replace(settings, backend_tokens=tokens)


def test_the_path_is_one(settings: Settings) -> None:
    with pytest.raises(OperatorError, match="'as4' does not begin with /"):
        replace(settings, path="as4")


def test_no_secret_is_shown_by_accident(settings: Settings) -> None:
    assert TOKEN not in repr(settings)
    assert "PRIVATE KEY" not in repr(settings)
    assert "PRIVATE KEY" not in repr(settings.tls)
