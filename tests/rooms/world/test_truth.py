"""Who really is at risk: the definition, on the small world and by hand."""

from collections.abc import Callable

import numpy as np
import pytest

from firmground.common.home import CATALOGUE
from firmground.world.days import ENDS, age, day, overlap
from firmground.world.history import History, draw
from firmground.world.truth import CAUSES, LINE, at_risk
from firmground.world.villages import chosen, counties, settle
from firmground.world.words import Shock

Ask = Callable[[str], list[tuple]]


@pytest.fixture(scope="module")
def history() -> History:
    (one,) = settle(chosen(counties(CATALOGUE / "places.csv"), ["530627"]), 4000, seed=3)
    return draw(one, 3, 0.0)


def test_a_household_is_at_risk_below_the_line_or_without_a_guarantee(history: History) -> None:
    risk = at_risk(history, ENDS)
    below = np.minimum(risk.last_year, risk.coming_year) < LINE
    lost = np.array([CAUSES[cause].endswith("_lost") if cause >= 0 else False for cause in risk.cause])
    assert (risk.really == (below | lost)).all()
    assert 0 < risk.really.mean() < 0.15


def test_a_shock_that_has_not_happened_yet_puts_nobody_at_risk(history: History) -> None:
    when = day("2019-12-31")
    risk = at_risk(history, when)
    dated = risk.since[risk.really & (risk.since < day("2100-01-01"))]
    assert len(dated) > 20
    assert (dated <= when).all()
    assert Shock.epidemic not in risk.cause[risk.really]


def test_true_income_of_a_year_is_the_sum_of_its_halves(history: History) -> None:
    year = history.livelihood.net_income(history.shocks, day("2019-01-01"), day("2019-12-31"))
    halves = history.livelihood.true.sum(axis=2) - history.livelihood.cost
    assert np.allclose(year, halves[:, 1] + halves[:, 2], atol=1.0)


def test_lost_income_is_share_times_days(history: History) -> None:
    livelihood, shocks = history.livelihood, history.shocks
    first, last = day("2020-01-01"), day("2020-06-30")
    days = overlap(shocks.own.on, shocks.own.until, first, last)
    by_hand = livelihood.struck[0][:, 3] * shocks.own.share * days / 182
    assert np.allclose(livelihood.lost(shocks.own, first, last), by_hand)
    assert by_hand.max() > 1000


def test_every_cause_occurs_and_most_shocks_harm_nobody(history: History) -> None:
    risk = at_risk(history, ENDS)
    struck = history.shocks.kind != Shock.none
    assert struck.mean() > 0.1
    assert risk.really[struck].mean() < 0.5
    assert risk.really[struck].mean() > 2 * risk.really[~struck].mean()


def test_the_registers_of_a_world_without_errors_list_none(history: History) -> None:
    assert all(len(at) == 0 for at in history.planted.by_rule.values())


@pytest.mark.parametrize(
    ("birth", "on", "years"),
    [
        ("2010-06-30", "2020-06-30", 10),
        ("2010-07-01", "2020-06-30", 9),
        ("2012-02-29", "2019-02-28", 7),
        ("2012-02-29", "2019-02-27", 6),
        ("2020-08-01", "2020-06-30", -1),
    ],
)
def test_ages_are_completed_years(birth: str, on: str, years: int) -> None:
    assert age(np.array([day(birth)], np.int32), day(on))[0] == years
