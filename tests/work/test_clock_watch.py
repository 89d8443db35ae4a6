import pytest

from oots.work.clock_watch import ClockWatch


@pytest.mark.parametrize(("set_by", "told"), [(3600.0, 3600.0), (-3600.0, -3600.0), (4.0, 0.0), (0.0, 0.0)])
def test_a_clock_that_was_set_is_noticed_once(set_by: float, told: float) -> None:
    now = {"wall": 1_000_000.0, "steady": 10.0}
    watch = ClockWatch(wall=lambda: now["wall"], steady=lambda: now["steady"])

    now = {"wall": 1_000_005.0 + set_by, "steady": 15.0}

    assert watch.jump() == told
    assert watch.jump() == 0.0
