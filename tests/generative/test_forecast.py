"""The forecast is right as often as it says, over two hundred invented counties of five patterns."""

from math import sqrt

import pytest

from firmground.engines.forecast import backtest

INVENTED = backtest.counties()


def bounds(percent: int) -> float:
    """How far the share of 200 may lie from nominal by chance alone, one time in twenty."""
    return 1.96 * sqrt(percent / 100 * (1 - percent / 100) / len(INVENTED))


@pytest.mark.slow
def test_from_sixteen_weeks_before_its_intervals_hold_as_many_counties_as_they_say() -> None:
    told = backtest.held_against(16, INVENTED)
    for percent in backtest.NOMINAL:
        assert abs(told.within[percent] - percent / 100) <= bounds(percent), (percent, told.within)


@pytest.mark.slow
@pytest.mark.parametrize("before", [8, 4])
def test_nearer_to_the_deadline_its_intervals_hold_no_fewer_than_they_say(before: int) -> None:
    told = backtest.held_against(before, INVENTED)
    for percent in backtest.NOMINAL:
        assert told.within[percent] >= percent / 100 - bounds(percent), (percent, told.within)
    assert told.foretold > 0.9 * told.missed
