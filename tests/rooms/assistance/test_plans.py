"""What a household lacks by the rules, and what is proposed for it.

Old Li is ill, has a child at school, and can work; Granny Wu cannot work; Zhang is a general household.
"""

from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from firmground.assistance.needs import each_answered
from firmground.assistance.plans import kinds_since, plan_of
from firmground.officers.machine import machine
from firmground.officers.territory import EVERYWHERE, seeing
from firmground.registry import actions as registry
from firmground.registry import corrections
from tests.rooms.assistance.test_measures import give, promise
from tests.villages import LI, POJI, WU, ZHANG, household

SUMMER = date(2020, 6, 30)  # both have been monitored since 1 March
MARCH = date(2020, 3, 1)


def proposed(village: SimpleNamespace, to: str, on: date = SUMMER, **options: Any) -> dict[str, list[str]]:
    """Risk, or the beginning of the reason -> the first two measures."""
    with seeing(village.tang.reach):
        plan = plan_of(household(to), on, **options)
    return {each.risk or each.says["en"][:20]: [kind.name for kind in each.measures[:2]] for each in plan.proposals}


def given_by_file(village: SimpleNamespace, to: str, measure: str, on: date, **said: Any) -> None:
    facts = {"measure": measure, "given_on": on, **said}
    corrections.add(table="assistance", household_id=to, rows=[facts], by=village.tang)


def test_each_risk_gets_the_measures_that_answer_it_and_labour_gets_work(village: SimpleNamespace) -> None:
    assert proposed(village, LI) == {
        "Somebody in the hous": ["industry", "employment"],
        "illness": ["health", "social_protection"],
        "schooling": ["compulsory_education", "other_education"],
    }


def test_without_labour_protection_comes_first(village: SimpleNamespace) -> None:
    found = proposed(village, WU)
    assert list(found) == ["Nobody in the househ", "no_labour"]
    assert found["Nobody in the househ"] == ["social_protection"]


def test_while_somebodys_labour_is_unknown_neither_is_asked(village: SimpleNamespace, tmp_path: Path) -> None:
    with seeing(EVERYWHERE):
        newcomer = tmp_path / "newcomer.csv"
        newcomer.write_text(f"人口编号,户编号,姓名\n{WU}02,{WU},吴小满\n", encoding="utf-8")
        assert registry.load(file=newcomer, by=machine(), table="member").taken
    assert list(proposed(village, WU)) == ["no_labour"]


def test_a_household_that_nobody_worries_about_is_proposed_nothing(village: SimpleNamespace) -> None:
    assert proposed(village, ZHANG) == {}


def test_a_standard_it_falls_short_of_brings_the_help_that_it_names(village: SimpleNamespace) -> None:
    short = [(["housing", "relocation"], {"en": "The dwelling is safe"})]
    assert proposed(village, ZHANG, shortfalls=short) == {"The dwelling is safe": ["housing", "relocation"]}
    promise(village.tang, ZHANG, measure="housing", item="a new roof", risk="")
    assert proposed(village, ZHANG, shortfalls=short) == {}


def test_a_promise_fills_the_gap_and_so_does_what_a_file_brought(village: SimpleNamespace) -> None:
    promise(village.tang, LI)
    given_by_file(village, LI, "other_education", date(2020, 4, 1))
    assert list(proposed(village, LI)) == ["Somebody in the hous"]


def test_help_from_before_the_monitoring_did_not_keep_the_risk_away(village: SimpleNamespace) -> None:
    given_by_file(village, LI, "health", date(2020, 2, 29))
    assert "illness" in proposed(village, LI)
    given_by_file(village, LI, "health", MARCH)
    assert "illness" not in proposed(village, LI)


def test_help_that_has_ended_is_missed_from_the_next_day(village: SimpleNamespace) -> None:
    given_by_file(village, LI, "industry", date(2020, 4, 1), ended_on=date(2020, 6, 29))
    assert "Somebody in the hous" in proposed(village, LI, SUMMER)
    assert "Somebody in the hous" not in proposed(village, LI, date(2020, 6, 29))


def test_protection_alone_is_not_enough_for_whoever_can_work(village: SimpleNamespace) -> None:
    given_by_file(village, LI, "social_protection", date(2020, 4, 1))
    assert "Somebody is fully ab" in proposed(village, LI)
    given_by_file(village, LI, "compulsory_education", date(2020, 4, 1))
    assert "Somebody is fully ab" not in proposed(village, LI)


@pytest.mark.parametrize(("on", "late"), [(date(2020, 8, 31), False), (date(2020, 9, 1), True)])
def test_work_may_take_six_months_and_not_a_day_more(village: SimpleNamespace, on: date, late: bool) -> None:
    with seeing(village.tang.reach):
        (work,) = [each for each in plan_of(household(LI), on).proposals if each.months == 6]
    assert work.late is late


def test_a_case_does_not_count_help_from_before(village: SimpleNamespace) -> None:
    given_by_file(village, LI, "health", date(2020, 2, 29))
    with seeing(village.tang.reach):
        assert kinds_since(LI, POJI, MARCH, given=True) == set()
        assert kinds_since(LI, POJI, None, given=True) == {"health"}


def test_what_a_case_asks(village: SimpleNamespace) -> None:
    risks = {"illness", "schooling"}

    def kinds(*, given: bool) -> set[str]:
        with seeing(village.tang.reach):
            return kinds_since(LI, POJI, MARCH, given=given)

    assert not each_answered(risks, kinds(given=False))
    first, second = promise(village.tang), promise(village.tang, measure="society", item="fees", risk="schooling")
    assert each_answered(risks, kinds(given=False))
    assert not each_answered(risks, kinds(given=True))
    give(first, village.doctor_wu)
    give(second, village.tang)
    assert each_answered(risks, kinds(given=True))
    assert not each_answered(set(), kinds(given=True)), "nobody passes by having no risk named"
