"""A measure from the promise to its effect: who may do what, when, and what is refused."""

from datetime import date, timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from firmground.assistance import actions
from firmground.assistance.models import Measure
from firmground.cases import actions as cases
from firmground.common.audit.models import Entry
from firmground.common.errors import Refusal
from firmground.officers.models import Office
from firmground.officers.territory import EVERYWHERE, seeing
from firmground.registry.models import OPEN, Assistance
from tests.villages import BOBO, LI, WU, household

TODAY = timezone.localdate()
TOMORROW = TODAY + timedelta(days=1)


def promise(by: Office, to: str = LI, **said: Any) -> Measure:
    said = {"measure": "health", "item": "rides to the county hospital", "risk": "illness", "due_on": TOMORROW} | said
    with seeing(by.reach):
        return actions.set_measure(household=household(to), by=by, **said)


def give(measure: Measure, by: Office, **said: Any) -> Measure:
    return actions.give(measure=measure, by=by, **{"given_on": TODAY} | said)


def test_what_is_given_stands_in_the_register_with_its_case(village: SimpleNamespace) -> None:
    case = cases.open_case(procedure="green_channel", household_id=LI, channel="disaster", by=village.tang)
    measure = promise(village.tang, amount=Decimal("500.00"), case=case)
    assert measure.department == "health"
    give(measure, village.doctor_wu, amount=Decimal("480.50"))
    with seeing(EVERYWHERE):
        (row,) = Assistance.objects.filter(OPEN, household_id=LI)
        assert (row.measure, row.given_on, row.amount) == ("health", TODAY, Decimal("480.50"))
        assert (row.source.by, row.source.case) == ("doctor_wu", case.pk)
        assert Measure.objects.get().assistance_id == row.assistance_id


def test_a_measure_is_set_in_a_case_of_its_own_household(village: SimpleNamespace) -> None:
    case = cases.open_case(procedure="green_channel", household_id=WU, channel="disaster", by=village.tang)
    with pytest.raises(Refusal, match=f"Case {case.pk} is about another household"):
        promise(village.tang, case=case)


def test_the_green_channel_does_not_go_on_before_help_was_given(village: SimpleNamespace) -> None:
    case = cases.open_case(procedure="green_channel", household_id=LI, channel="disaster", by=village.mei)

    def go_on() -> object:
        return cases.take(case=case.pk, step="help", outcome="given", by=village.mei)

    promise(village.tang)
    with pytest.raises(Refusal):
        go_on()
    with seeing(village.mei.reach):
        actions.give_at_once(
            household=household(LI), measure="social_protection", item="rice", given_on=TODAY, by=village.mei
        )
    assert go_on()


def test_help_at_once_is_promised_and_given_in_one(village: SimpleNamespace) -> None:
    with seeing(village.mei.reach):
        row = actions.give_at_once(
            household=household(LI), measure="social_protection", item="rice and quilts", given_on=TODAY, by=village.mei
        )
    assert (row.given_on, row.given_by, row.promised_by) == (TODAY, village.mei, village.mei)
    with seeing(EVERYWHERE):
        assert Assistance.objects.filter(OPEN, household_id=LI).count() == 1


def test_nobody_says_whether_their_own_help_helped(village: SimpleNamespace) -> None:
    measure = give(promise(village.tang), village.doctor_wu)
    with pytest.raises(Refusal, match="You gave this yourself"):
        actions.take_effect(measure=measure, effect="solved", by=village.doctor_wu)
    with seeing(EVERYWHERE):
        assert Measure.objects.get().effect == ""
    assert actions.take_effect(measure=measure, effect="eased", by=village.mei).effect_by == village.mei


def test_another_office_does_not_make_another_person(village: SimpleNamespace, everywhere: Any) -> None:
    measure = give(promise(village.tang), village.doctor_wu)
    second = Office.objects.create(
        officer=village.doctor_wu.officer, role="township", territory="530627102", held_from=date(2020, 1, 1)
    )
    with pytest.raises(Refusal, match="You gave this yourself"):
        actions.take_effect(measure=measure, effect="solved", by=second)


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ({"measure": "miracle", "risk": ""}, "is no kind of measure"),
        ({"risk": "bad luck"}, "is no risk"),
        ({"measure": "industry"}, "does not answer that risk. It is answered by: health, social_protection, society"),
        ({"item": "  "}, "Say what exactly"),
        ({"department": "moon"}, "is no department"),
        ({"due_on": TODAY - timedelta(days=1)}, "is past"),
        ({"amount": Decimal("0")}, "more than 0"),
        ({"amount": Decimal("-5")}, "more than 0"),
        ({"amount": Decimal("1.005")}, "to the fen"),
        ({"amount": Decimal("NaN")}, "more than 0"),
        ({"amount": Decimal("1e9")}, "at most"),
    ],
)
def test_a_promise_that_cannot_be_kept_track_of_is_refused(
    village: SimpleNamespace, said: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(Refusal, match=sentence):
        promise(village.tang, **said)
    with seeing(EVERYWHERE):
        assert not Measure.objects.exists()
        attempt = Entry.objects.filter(kind="refused").latest("id")
    assert (attempt.verb, attempt.officer) == ("assistance.set_measure", village.tang.officer_id)


def test_the_same_is_not_promised_twice(village: SimpleNamespace) -> None:
    promise(village.tang)
    with pytest.raises(Refusal, match="promised to this household already"):
        promise(village.zhou)
    promise(village.zhou, item="a place at the county hospital")


def test_it_is_not_given_twice_nor_tomorrow(village: SimpleNamespace) -> None:
    measure = promise(village.tang)
    with pytest.raises(Refusal, match="is not here yet"):
        give(measure, village.doctor_wu, given_on=TOMORROW)
    give(measure, village.doctor_wu)
    with pytest.raises(Refusal, match="It was given on"):
        give(measure, village.tang)
    with seeing(EVERYWHERE):
        assert Assistance.objects.count() == 1


def test_two_of_a_kind_on_one_day_are_recorded_as_one(village: SimpleNamespace) -> None:
    """The register knows a household's help by its kind and day; a second sum must not get lost behind the first."""
    give(promise(village.tang), village.doctor_wu)
    second = promise(village.tang, item="medicine")
    with pytest.raises(Refusal, match="Record both as one"):
        give(second, village.doctor_wu)
    with seeing(EVERYWHERE):
        assert Measure.objects.get(pk=second.pk).given_on is None


def test_a_department_answers_for_its_own_measures_alone(village: SimpleNamespace) -> None:
    piglets = promise(village.tang, measure="industry", item="six piglets", risk="")
    for refused in (
        lambda: give(piglets, village.doctor_wu),
        lambda: actions.cancel(measure=piglets, why="no piglets", by=village.doctor_wu),
        lambda: promise(village.doctor_wu, measure="industry", item="a cow", risk="", department="agriculture"),
    ):
        with pytest.raises(Refusal, match="Another department"):
            refused()
    assert promise(village.doctor_wu, item="a check-up").department == "health"


def test_the_responsible_officer_sits_in_the_department(village: SimpleNamespace) -> None:
    with pytest.raises(Refusal, match="holds no office in that department"):
        promise(village.tang, responsible=village.zhou)
    assert promise(village.tang, responsible=village.doctor_wu).responsible == village.doctor_wu


def test_a_promise_is_taken_back_for_a_reason_and_before_it_is_kept(village: SimpleNamespace) -> None:
    measure = promise(village.tang)
    with pytest.raises(Refusal, match="Say why"):
        actions.cancel(measure=measure, why=" ", by=village.tang)
    actions.cancel(measure=measure, why="the hospital comes to the village", by=village.tang)
    for late in (
        lambda: give(measure, village.tang),
        lambda: actions.cancel(measure=measure, why="x", by=village.tang),
    ):
        with pytest.raises(Refusal, match="It was cancelled on"):
            late()
    given = give(promise(village.tang), village.tang)
    with pytest.raises(Refusal, match="cannot be cancelled"):
        actions.cancel(measure=given, why="a mistake", by=village.tang)


def test_an_effect_waits_for_what_it_is_the_effect_of(village: SimpleNamespace) -> None:
    measure = promise(village.tang)
    with pytest.raises(Refusal, match="not been given yet"):
        actions.take_effect(measure=measure, effect="solved", by=village.mei)
    give(measure, village.tang)
    with pytest.raises(Refusal, match="is no effect"):
        actions.take_effect(measure=measure, effect="splendid", by=village.mei)


@pytest.mark.parametrize("who", ["mei", "luo", "supervisor_qin", "auditor_zhao", "admin_lin"])
def test_who_may_not_promise(village: SimpleNamespace, who: str) -> None:
    office = getattr(village, who)
    with pytest.raises(Refusal, match="you cannot do this"):
        promise(office)


def test_the_next_county_neither_sees_nor_touches_it(village: SimpleNamespace) -> None:
    measure = promise(village.tang)
    with seeing(village.peng.reach):
        assert not Measure.objects.exists()
    for reach in (
        lambda: give(measure, village.peng),
        lambda: actions.cancel(measure=measure, why="x", by=village.peng),
        lambda: actions.take_effect(measure=measure, effect="none", by=village.bao),
    ):
        with pytest.raises(Measure.DoesNotExist):
            reach()


def test_a_promise_into_the_next_county_is_refused_by_the_database_itself(village: SimpleNamespace) -> None:
    with seeing(EVERYWHERE):
        bobo = household(BOBO)
    with pytest.raises(Exception, match="row-level security"), connection.cursor():
        actions.set_measure(household=bobo, measure="industry", item="a cow", due_on=TOMORROW, by=village.tang)


def test_every_step_of_it_is_in_the_trail(village: SimpleNamespace) -> None:
    measure = give(promise(village.tang), village.doctor_wu)
    actions.take_effect(measure=measure, effect="solved", by=village.mei)
    with seeing(EVERYWHERE):
        trail = Entry.objects.filter(table=Measure._meta.db_table, key=str(measure.pk)).order_by("id")
        assert [entry.verb for entry in trail] == [
            "assistance.set_measure", "assistance.give", "assistance.take_effect",
        ]  # fmt: skip
