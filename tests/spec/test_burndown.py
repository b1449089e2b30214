"""What is foretold of one place: few points, none left, a plateau, a late flood."""

from datetime import date, timedelta

import pytest

from firmground.engines.forecast.burndown import Siblings, foretell

BEGINS, DEADLINE = date(2020, 2, 10), date(2020, 11, 30)


def weekly(*remaining: int) -> list[tuple[date, int]]:
    return [(BEGINS + timedelta(weeks=week), number) for week, number in enumerate(remaining)]


def test_three_points_give_a_wide_forecast() -> None:
    told = foretell(weekly(5000, 4900, 4800), DEADLINE).quantiles()
    assert told["2.5"] < told["50"] < told["97.5"] <= 6000


def test_where_nobody_remains_nobody_will_and_the_day_is_now() -> None:
    told = foretell(weekly(40, 10, 0), DEADLINE, siblings=Siblings(rises=1e-9))
    assert (told.chance, told.quantiles()["97.5"]) == (1.0, 0)
    assert told.days()["50"] == BEGINS + timedelta(weeks=2)


def test_a_place_that_stands_still_is_foretold_to_miss() -> None:
    falling = weekly(*(int(5000 * 0.8**week) for week in range(20)))
    standing = weekly(*(int(5000 * 0.8**week) for week in range(5)), *[2000] * 15)
    siblings = Siblings.of([falling, standing])
    until = BEGINS + timedelta(weeks=24)
    assert foretell(standing, until, siblings=siblings, most=100).chance < 0.3
    assert foretell(falling, until, siblings=siblings, most=100).chance > 0.8


def test_after_a_late_flood_more_remain_than_before_it() -> None:
    before = weekly(*(int(5000 * 0.85**week) for week in range(20)))
    flooded = [*before[:-1], (before[-1][0], before[-1][1] + 1500)]
    until = before[-1][0] + timedelta(weeks=6)
    assert foretell(flooded, until).quantiles()["50"] > foretell(before, until).quantiles()["97.5"]


def test_siblings_that_are_quick_make_a_new_place_quicker() -> None:
    quick = Siblings.of([weekly(*(int(n * 0.7**week) for week in range(12))) for n in (900, 2000, 5000)])
    slow = Siblings.of([weekly(*(int(n * 0.99**week) for week in range(12))) for n in (900, 2000, 5000)])
    new, until = weekly(1000, 950), BEGINS + timedelta(weeks=12)
    assert (
        foretell(new, until, siblings=quick).quantiles()["50"] < foretell(new, until, siblings=slow).quantiles()["50"]
    )


def test_the_same_series_is_foretold_the_same_again() -> None:
    series = weekly(5000, 4000, 3900, 3900)
    assert foretell(series, DEADLINE).quantiles() == foretell(series, DEADLINE).quantiles()


@pytest.mark.parametrize("series", [[], weekly(5, -1), [*weekly(5), (BEGINS, 4)]])
def test_what_is_no_series_is_refused(series: list[tuple[date, int]]) -> None:
    with pytest.raises(ValueError, match="A "):
        foretell(series, DEADLINE)
