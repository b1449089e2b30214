"""A measure from the promise to its effect: who may do what, when, and what is refused."""

from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from firmground.assistance import actions
from firmground.assistance.models import GIVEN, Measure
from firmground.assistance.plans import kinds_since, measures_of
from firmground.cases import actions as cases
from firmground.common.audit.models import Entry
from firmground.common.audit.trail import acting
from firmground.common.errors import Refusal
from firmground.officers.machine import machine
from firmground.officers.models import Office
from firmground.officers.territory import EVERYWHERE, seeing
from firmground.registry import actions as registry
from firmground.registry.models import OPEN, Assistance
from tests.villages import BOBO, LI, POJI, WANGMU, WU, household, move

TODAY = timezone.localdate()
TOMORROW = TODAY + timedelta(days=1)


def promise(by: Office, to: str = LI, **said: Any) -> Measure:
    said = {"measure": "health", "item": "rides to the county hospital", "risk": "illness", "due_on": TOMORROW} | said
    with seeing(by.reach):
        return actions.set_measure(household=household(to), by=by, **said)


def give(measure: Measure, by: Office, **said: Any) -> Measure:
    return actions.give(measure=measure, by=by, **{"given_on": TODAY} | said)


def test_what_is_given_stands_in_the_register_with_its_case(village: SimpleNamespace) -> None:
    case = cases.open_case(procedure="green_channel", subject_id=LI, channel="disaster", by=village.tang)
    measure = promise(village.tang, amount=Decimal("500.00"), case=case)
    assert measure.department == "health"
    give(measure, village.doctor_wu, amount=Decimal("480.50"))
    with seeing(EVERYWHERE):
        (row,) = Assistance.objects.filter(OPEN, household_id=LI)
        assert (row.measure, row.given_on, row.amount) == ("health", TODAY, Decimal("480.50"))
        assert (row.source.by, row.source.case) == ("doctor_wu", case.pk)
        assert Measure.objects.get().assistance_id == row.assistance_id


def test_a_measure_is_set_in_a_case_of_its_own_household(village: SimpleNamespace) -> None:
    case = cases.open_case(procedure="green_channel", subject_id=WU, channel="disaster", by=village.tang)
    with pytest.raises(Refusal, match=f"Case {case.pk} is about another household"):
        promise(village.tang, case=case)


def test_the_green_channel_does_not_go_on_before_help_was_given(village: SimpleNamespace) -> None:
    case = cases.open_case(procedure="green_channel", subject_id=LI, channel="disaster", by=village.mei)

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


def test_two_gifts_of_a_kind_on_one_day_are_two(village: SimpleNamespace) -> None:
    """Two suppliers, two sums: neither gets lost behind the other."""
    first = give(promise(village.tang, amount=Decimal("500.00")), village.doctor_wu)
    second = give(promise(village.tang, item="medicine", amount=Decimal("80.00")), village.doctor_wu)
    third = give_now(village.mei, item="rides to the county hospital", unit="Red Cross", amount=Decimal("500.00"))
    with seeing(EVERYWHERE):
        rows = {row.assistance_id: row.amount for row in Assistance.objects.filter(OPEN, household_id=LI)}
    assert [rows[each.assistance_id] for each in (first, second, third)] == [500, 80, 500]
    assert len(rows) == 3


def give_now(by: Office, to: str = LI, **said: Any) -> Measure:
    said = {"measure": "health", "item": "rides", "given_on": TODAY} | said
    with seeing(by.reach):
        return actions.give_at_once(household=household(to), by=by, **said)


@pytest.mark.parametrize("amount", [None, Decimal("80.00")])
def test_a_form_sent_twice_gives_once(village: SimpleNamespace, amount: Decimal | None) -> None:
    assert give_now(village.mei, amount=amount) == give_now(village.mei, amount=amount)
    with pytest.raises(Refusal, match="The same was given on that day already"):
        give_now(village.tang, amount=amount)
    with seeing(EVERYWHERE):
        assert Assistance.objects.filter(OPEN, household_id=LI).count() == Measure.objects.count() == 1


def test_what_a_file_told_of_before_is_given_once_and_another_sum_is_another_gift(
    village: SimpleNamespace, tmp_path: Path
) -> None:
    file = tmp_path / "assistance.csv"
    file.write_text(f"户编号,帮扶措施,开始日期,金额\n{LI},健康帮扶,{TODAY},500\n", encoding="utf-8")
    with seeing(EVERYWHERE):
        report = registry.load(file=file, by=machine(), table="assistance")
    assert report.taken, report.refused
    give_now(village.tang, item="an operation", amount=Decimal("500.00"))
    give_now(village.tang, item="medicine", amount=Decimal("80.00"))
    with seeing(EVERYWHERE):
        assert sorted(row.amount for row in Assistance.objects.filter(OPEN, household_id=LI)) == [80, 500]


def test_what_was_never_given_is_taken_back_and_stays_to_be_read(village: SimpleNamespace) -> None:
    measure = give(promise(village.tang), village.doctor_wu)
    actions.take_effect(measure=measure, effect="solved", by=village.mei)
    for by, why, sentence in (
        (village.doctor_wu, " ", "Say what was wrong"),
        (village.mei, "x", "you cannot do this"),
        (promised_to_agriculture(village), "x", "Another department"),
    ):
        with pytest.raises(Refusal, match=sentence):
            actions.take_back(measure=measure, why=why, by=by)
    actions.take_back(measure=measure, why="the neighbour's rides", by=village.doctor_wu)
    for late in (
        lambda: actions.take_back(measure=measure, why="again", by=village.tang),
        lambda: actions.take_effect(measure=measure, effect="none", by=village.mei),
    ):
        with pytest.raises(Refusal, match="It was cancelled on"):
            late()
    with seeing(EVERYWHERE):
        row = Measure.objects.get()
        (old,) = Assistance.objects.filter(household_id=LI)
        assert (row.given_on, row.cancelled_on, row.cancelled_why) == (TODAY, TODAY, "the neighbour's rides")
        assert old.superseded_by.by == "doctor_wu"
        assert kinds_since(LI, POJI, None, given=True) == set()
        assert not Measure.objects.filter(GIVEN).exists()
        entry = Entry.objects.filter(table=Measure._meta.db_table, verb="assistance.take_back", kind="update").get()
    assert entry.why == "the neighbour's rides"
    assert give(promise(village.tang), village.doctor_wu).assistance_id == row.assistance_id, "it can be given in truth"


def promised_to_agriculture(village: SimpleNamespace) -> Office:
    with seeing(EVERYWHERE), acting(officer=None, office=None, role="administrator", verb="tests"):
        return Office.objects.create(
            officer=village.supervisor_qin.officer, role="department", department="agriculture", territory="530627",
            held_from=date(2020, 1, 1),
        )  # fmt: skip


def test_a_promise_is_not_taken_back_but_cancelled(village: SimpleNamespace) -> None:
    with pytest.raises(Refusal, match="cancel the promise instead"):
        actions.take_back(measure=promise(village.tang), why="x", by=village.tang)


def test_a_file_answers_for_what_it_told(village: SimpleNamespace, tmp_path: Path) -> None:
    file = tmp_path / "assistance.csv"
    file.write_text(f"户编号,帮扶措施,开始日期,金额\n{LI},健康帮扶,{TODAY},500\n", encoding="utf-8")
    with seeing(EVERYWHERE):
        registry.load(file=file, by=machine(), table="assistance")
    actions.take_back(measure=give_now(village.tang), why="not seen", by=village.tang)
    with seeing(EVERYWHERE):
        assert Assistance.objects.filter(OPEN, household_id=LI).count() == 1


def test_a_wrong_sum_is_put_right_by_another_row(village: SimpleNamespace) -> None:
    measure = give(promise(village.tang, amount=Decimal("5000.00")), village.doctor_wu)
    actions.take_effect(measure=measure, effect="eased", by=village.mei)
    with pytest.raises(Refusal, match="Nothing differs"):
        actions.correct(measure=measure, amount=Decimal("5000.00"), why="a nought", by=village.tang)
    new = actions.correct(measure=measure, amount=Decimal("500.00"), why="a nought too many", by=village.tang)
    assert (new.corrects, new.given_by, new.effect) == (measure, village.doctor_wu, "eased")
    with seeing(EVERYWHERE):
        old, right = Assistance.objects.filter(household_id=LI).order_by("id")
        assert (old.amount, right.amount, right.superseded_at) == (5000, 500, None)
        assert old.superseded_by == right.source
        assert old.assistance_id == right.assistance_id == new.assistance_id
        assert Measure.objects.get(pk=measure.pk).cancelled_why == "a nought too many"
    with pytest.raises(Refusal, match="It was cancelled"):
        actions.correct(measure=measure, amount=Decimal("400.00"), why="again", by=village.tang)


def test_what_went_to_the_wrong_household_is_put_to_the_right_one(village: SimpleNamespace) -> None:
    case = cases.open_case(procedure="green_channel", subject_id=LI, channel="disaster", by=village.tang)
    measure = give(promise(village.tang, case=case, amount=Decimal("500.00")), village.doctor_wu)
    actions.take_effect(measure=measure, effect="eased", by=village.mei)
    with seeing(village.tang.reach):
        new = actions.correct(measure=measure, household=household(WU), why="the neighbour's", by=village.tang)
    assert (new.household_id, new.case, new.effect) == (WU, None, "")
    with seeing(EVERYWHERE):
        assert kinds_since(LI, POJI, None, given=True) == set()
        assert kinds_since(WU, POJI, None, given=True) == {"health"}
        bobo = household(BOBO)
    with pytest.raises(Refusal, match="There is no household"):
        actions.correct(measure=new, household=bobo, why="far away", by=village.tang)


def test_another_day_makes_another_row(village: SimpleNamespace) -> None:
    measure = give(promise(village.tang), village.doctor_wu)
    yesterday = TODAY - timedelta(days=1)
    new = actions.correct(measure=measure, given_on=yesterday, why="it was yesterday", by=village.doctor_wu)
    with pytest.raises(Refusal, match="is not here yet"):
        actions.correct(measure=new, given_on=TOMORROW, why="it will be", by=village.doctor_wu)
    with seeing(EVERYWHERE):
        (row,) = Assistance.objects.filter(OPEN, household_id=LI)
        assert (row.given_on, row.assistance_id) == (yesterday, new.assistance_id)
        assert str(yesterday) in row.assistance_id


def test_measures_follow_a_household_to_its_new_village(village: SimpleNamespace, tmp_path: Path) -> None:
    measure = give(promise(village.tang), village.doctor_wu)
    with seeing(EVERYWHERE):
        move(LI, WANGMU, tmp_path)
        by = machine()
        assert actions.follow_registers(by=by) == 1
        assert actions.follow_registers(by=by) == 0
    with seeing(village.peng.reach):
        assert [each.pk for each in measures_of(household(LI))] == [measure.pk]
        assert kinds_since(LI, WANGMU, None, given=True) == {"health"}
    with seeing(village.zhou.reach):
        assert not Measure.objects.exists()


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
