"""The forecast is right at least as often as it says, over two hundred invented counties that it was not fitted to."""

from math import sqrt

import pytest

from firmground.engines.forecast import backtest

ANOTHER_SEED = 7
"""The constants of the model were chosen with seed 52."""


@pytest.fixture(scope="module")
def invented() -> list[backtest.County]:
    return backtest.counties(seed=ANOTHER_SEED)


def least(percent: int, number: int) -> float:
    """The least share inside that chance alone explains, nineteen times in twenty."""
    return percent / 100 - 1.96 * sqrt(percent / 100 * (1 - percent / 100) / number)


@pytest.mark.slow
@pytest.mark.parametrize("before", [32, 24, 16, 8, 4])
def test_its_intervals_hold_no_fewer_counties_than_they_say(before: int, invented: list[backtest.County]) -> None:
    told = backtest.held_against(before, invented, backtest.known(before, invented))
    for percent in backtest.NOMINAL:
        assert told.within[percent] >= least(percent, len(invented)), (percent, told.within)
    assert told.foretold > 0.9 * told.missed


@pytest.mark.slow
@pytest.mark.parametrize("before", [24, 8])
def test_its_intervals_hold_no_fewer_provinces_than_they_say(before: int, invented: list[backtest.County]) -> None:
    provinces = backtest.provinces(invented, each=10)
    told = backtest.held_against(before, provinces, backtest.known(before, invented))
    for percent in backtest.NOMINAL:
        assert told.within[percent] >= least(percent, len(provinces)), (percent, told.within)


def test_what_comes_later_does_not_change_what_siblings_tell() -> None:
    few = backtest.counties(5)
    cut = [backtest.County(each.pattern, each.series[:11]) for each in few]
    assert backtest.known(30, few).turns == backtest.known(30, cut).turns
    assert (backtest.known(30, few).belief == backtest.known(30, cut).belief).all()
