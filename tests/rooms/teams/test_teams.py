"""Teams, attendance, helpers and visits: who may say what, and what is refused."""

from datetime import date, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.utils import timezone

from firmground.common.errors import Refusal
from firmground.officers.machine import machine
from firmground.officers.models import Office
from firmground.officers.territory import EVERYWHERE, seeing
from firmground.teams import actions, queries
from firmground.teams.models import Attendance, Cadre, Helper, Team, Visit
from tests.villages import BOBO, LI, POJI, WANGMU, WU, ZHANG, household, move

TODAY = timezone.localdate()
YESTERDAY = TODAY - timedelta(days=1)
LONG_AGO = TODAY - timedelta(days=400)


@pytest.fixture
def posted(village: SimpleNamespace) -> SimpleNamespace:
    """Doctor Wu and Officer Mei are the team of Poji: she leads it, and is the village's worker, too."""
    village.team = actions.send(place_code=POJI, sent_by="the health office", held_from=LONG_AGO, by=village.zhou)
    for name, post in (("doctor_wu", "first_secretary"), ("mei", "leader")):
        officer = getattr(village, name).officer
        cadre = actions.post(team=village.team, officer=officer, post=post, held_from=LONG_AGO, by=village.tang)
        setattr(village, f"cadre_{name}", cadre)
    return village


def mark(cadre: Cadre, by: Office, state: str = "at_post", on: date = TODAY, **said: Any) -> Attendance:
    return actions.mark(cadre=cadre, on=on, state=state, by=by, **said)


def refused(sentence: str) -> Any:
    return pytest.raises(Refusal, match=sentence)


def test_the_villages_word_waits_for_the_township(posted: SimpleNamespace) -> None:
    row = mark(posted.cadre_doctor_wu, posted.mei)
    assert row.confirmed_by is None
    assert actions.confirm(marks=[row], by=posted.tang) == 1
    with seeing(EVERYWHERE):
        assert Attendance.objects.get().confirmed_by == posted.tang
    with refused("The township has confirmed"):
        mark(posted.cadre_doctor_wu, posted.mei, "away")
    assert mark(posted.cadre_doctor_wu, posted.tang, "away").confirmed_by == posted.tang


def test_the_townships_own_word_needs_no_second(posted: SimpleNamespace) -> None:
    assert mark(posted.cadre_doctor_wu, posted.tang).confirmed_by == posted.tang


def test_nobody_marks_or_confirms_their_own_attendance(posted: SimpleNamespace) -> None:
    with refused("Nobody marks their own"):
        mark(posted.cadre_mei, posted.mei)
    with seeing(EVERYWHERE), _acting(posted.root):
        tang_too = Office.objects.create(
            officer=posted.mei.officer, role="township", territory=POJI[:9], held_from=LONG_AGO
        )
        other = Office.objects.create(
            officer=posted.shi.officer, role="village_worker", territory=POJI, held_from=LONG_AGO
        )
    row = mark(posted.cadre_mei, other)
    with refused("cannot confirm"):
        actions.confirm(marks=[row], by=tang_too)
    row = mark(posted.cadre_doctor_wu, posted.mei)
    with refused("cannot confirm"):
        actions.confirm(marks=[row], by=tang_too)


def test_a_county_does_not_mark_what_it_cannot_see(posted: SimpleNamespace) -> None:
    with refused("you cannot do this"):
        mark(posted.cadre_doctor_wu, posted.zhou)


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ({"on": TODAY + timedelta(days=1)}, "is not here yet"),
        ({"on": TODAY - timedelta(days=32)}, "within 31 days"),
        ({"state": "asleep"}, "at post, on leave or away"),
        ({"state": "on_leave"}, "Say why"),
        ({"state": "on_leave", "reason": "  "}, "Say why"),
    ],
)
def test_a_mark_that_says_too_little_is_refused(posted: SimpleNamespace, said: dict[str, Any], sentence: str) -> None:
    with refused(sentence):
        mark(posted.cadre_doctor_wu, posted.mei, **said)
    with seeing(EVERYWHERE):
        assert not Attendance.objects.exists()


def test_a_day_is_marked_once_and_the_last_word_counts(posted: SimpleNamespace) -> None:
    mark(posted.cadre_doctor_wu, posted.mei, "away")
    mark(posted.cadre_doctor_wu, posted.mei, "on_leave", reason="her mother is ill")
    with seeing(EVERYWHERE):
        row = Attendance.objects.get()
    assert (row.state, row.reason) == ("on_leave", "her mother is ill")
    assert mark(posted.cadre_doctor_wu, posted.mei).reason == ""


def test_who_is_called_back_is_not_marked_any_more(posted: SimpleNamespace) -> None:
    actions.end_post(cadre=posted.cadre_doctor_wu, held_to=YESTERDAY, why="sent home", by=posted.tang)
    with seeing(EVERYWHERE):
        posted.cadre_doctor_wu.refresh_from_db()
    with refused("was not posted here"):
        mark(posted.cadre_doctor_wu, posted.mei)
    with refused("The post ended on"):
        actions.end_post(cadre=posted.cadre_doctor_wu, held_to=TODAY, why="sent home", by=posted.tang)


def test_a_village_has_one_team_and_a_team_one_first_secretary(posted: SimpleNamespace) -> None:
    with refused("has a team already"):
        actions.send(place_code=POJI, sent_by="x", held_from=TODAY, by=posted.zhou)
    for post, who, sentence in (
        ("first_secretary", posted.luo, "has one already"),
        ("member", posted.mei, "is in a team already"),
        ("cook", posted.luo, "is no post"),
    ):
        with refused(sentence):
            actions.post(team=posted.team, officer=who.officer, post=post, held_from=TODAY, by=posted.tang)


def test_a_team_that_ends_takes_its_posts_along(posted: SimpleNamespace) -> None:
    with refused("Say why"):
        actions.end_team(team=posted.team, held_to=TODAY, why="", by=posted.zhou)
    actions.end_team(team=posted.team, held_to=YESTERDAY, why="the village is done", by=posted.zhou)
    with seeing(EVERYWHERE):
        assert set(Cadre.objects.values_list("held_to", flat=True)) == {YESTERDAY}
    actions.send(place_code=POJI, sent_by="the water office", held_from=TODAY, by=posted.zhou)
    with seeing(EVERYWHERE):
        ended = Team.objects.get(pk=posted.team.pk)
    with refused("The team ended"):
        actions.post(team=ended, officer=posted.luo.officer, post="member", held_from=TODAY, by=posted.tang)


@pytest.mark.parametrize("code", [WANGMU, "530627102999", "530627102"])
def test_a_team_is_sent_to_a_village_of_the_territory(village: SimpleNamespace, code: str) -> None:
    with refused("No village of your territory"):
        actions.send(place_code=code, sent_by="the health office", held_from=TODAY, by=village.zhou)


def help_by(posted: SimpleNamespace, officer: Office) -> Helper:
    with seeing(posted.tang.reach):
        return actions.assign_helper(household=household(LI), officer=officer.officer, by=posted.tang)


def test_a_household_has_one_helper_at_a_time(village: SimpleNamespace) -> None:
    first = help_by(village, village.mei)
    with refused("helps the household already"):
        help_by(village, village.mei)
    help_by(village, village.doctor_wu)
    with seeing(village.tang.reach):
        assert Helper.objects.get(pk=first.pk).held_to == TODAY
        now = queries.helper_of(household(LI), seen_by=village.tang.reach)
    assert now is not None
    assert now.officer == village.doctor_wu.officer


def test_a_visit_is_told_by_whoever_made_it_and_said_again_is_one(village: SimpleNamespace) -> None:
    with seeing(village.mei.reach):
        li = household(LI)
    actions.visit(household=li, on=TODAY, seen=False, by=village.mei)
    actions.visit(household=li, on=TODAY, seen=True, note="back from hospital", help="a lift home", by=village.mei)
    with seeing(EVERYWHERE):
        row = Visit.objects.get()
    assert (row.seen, row.note, row.help, row.officer) == (
        True,
        "back from hospital",
        "a lift home",
        village.mei.officer,
    )
    with refused("is not here yet"):
        actions.visit(household=li, on=TODAY + timedelta(days=1), seen=True, by=village.mei)
    with refused("within 31 days"):
        actions.visit(household=li, on=LONG_AGO, seen=True, by=village.mei)


def test_visits_follow_a_household_to_its_new_village_and_its_helper_does_not(
    village: SimpleNamespace, tmp_path: Path
) -> None:
    help_by(village, village.mei)
    with seeing(village.mei.reach):
        actions.visit(household=household(LI), on=YESTERDAY, seen=True, note="packing", by=village.mei)
    with seeing(EVERYWHERE):
        move(LI, WANGMU, tmp_path)
        by = machine()
        assert actions.follow_registers(on=TODAY, by=by) == 1
        assert actions.follow_registers(on=TODAY, by=by) == 0
    with seeing(village.shi.reach):
        li = household(LI)
        assert [each.note for each in queries.visits_to(li, seen_by=village.shi.reach)] == ["packing"]
        assert queries.helper_of(li, seen_by=village.shi.reach) is None
        assert list(queries.without_helper(queries.to_help(WANGMU, seen_by=village.shi.reach)))
        assert not Helper.objects.exists()
    with seeing(village.zhou.reach):
        assert Helper.objects.get().held_to == TODAY
        assert not Visit.objects.exists()


def test_a_helper_whose_office_reaches_the_new_village_helps_on(village: SimpleNamespace, tmp_path: Path) -> None:
    help_by(village, village.doctor_wu)
    with seeing(EVERYWHERE):
        move(LI, f"{POJI[:-1]}2", tmp_path)
        assert actions.follow_registers(on=TODAY, by=machine()) == 0
        helper = queries.helper_of(household(LI), seen_by=EVERYWHERE)
        assert helper is not None
        assert (helper.officer, helper.place_code) == (village.doctor_wu.officer, f"{POJI[:-1]}2")
        assert Helper.objects.get(place_code=POJI).held_to == TODAY


def test_what_is_missing_is_counted(posted: SimpleNamespace) -> None:
    """Poji: Old Li and Granny Wu are to be helped, Zhang is not. The village beside has nobody and is not counted."""
    help_by(posted, posted.mei)
    with seeing(EVERYWHERE):
        li, wu = household(LI), household(WU)
    actions.visit(household=li, on=TODAY, seen=True, by=posted.mei)
    mark(posted.cadre_doctor_wu, posted.tang)
    mark(posted.cadre_doctor_wu, posted.tang, "away", on=YESTERDAY)
    mark(posted.cadre_doctor_wu, posted.mei, "away", on=YESTERDAY - timedelta(days=1))  # nobody confirmed this
    mark(posted.cadre_mei, posted.tang, "on_leave", reason="training")
    with seeing(EVERYWHERE):
        rows = queries.by_place("", 2, TODAY, TODAY - timedelta(days=180), seen_by=EVERYWHERE)
        poji, wangmu = {row.code: row for row in rows}["53"], {row.code: row for row in rows}["52"]
        assert vars(poji) == {
            "code": "53", "villages": 1, "without_team": 0, "teams": 1, "cadres": 2, "at_post": 1, "on_leave": 1,
            "away": 0, "days": 3, "days_at_post": 1, "households": 2, "without_helper": 1, "not_visited": 1,
        }  # fmt: skip
        assert (wangmu.villages, wangmu.without_team, wangmu.without_helper, wangmu.unmarked) == (1, 1, 1, 0)
        assert queries.total("", rows).households == 3
        helped = queries.to_help(POJI, seen_by=EVERYWHERE)
        assert list(queries.without_helper(helped)) == [wu]
        assert [row.household_id for row in queries.with_last_visit(helped)] == [WU, LI]
        assert ZHANG not in {row.household_id for row in helped}
        assert [row["village_code"] for row in queries.villages_without_team("", TODAY, seen_by=EVERYWHERE)] == [WANGMU]


def test_a_visit_of_long_ago_does_not_count(village: SimpleNamespace) -> None:
    with seeing(village.mei.reach):
        actions.visit(household=household(LI), on=YESTERDAY, seen=True, by=village.mei)
        helped = queries.to_help(POJI, seen_by=village.mei.reach)
        assert [row.household_id for row in queries.not_visited(helped, YESTERDAY)] == [WU]
        assert [row.household_id for row in queries.not_visited(helped, TODAY)] == [LI, WU]


def test_the_next_county_sees_nothing_of_it(posted: SimpleNamespace) -> None:
    help_by(posted, posted.mei)
    mark(posted.cadre_doctor_wu, posted.mei)
    with seeing(posted.peng.reach):
        for model in (Team, Cadre, Attendance, Helper, Visit):
            assert not model._default_manager.exists()
        (row,) = queries.by_place("", 2, TODAY, TODAY, seen_by=posted.peng.reach)
        assert (row.code, row.households, row.cadres) == ("52", 1, 0)
        assert list(queries.to_help("", seen_by=posted.peng.reach).values_list("household_id", flat=True)) == [BOBO]


def test_the_query_itself_asks_for_the_territory_without_the_database_minding(posted: SimpleNamespace) -> None:
    with seeing(EVERYWHERE):
        assert not queries.cadres("", TODAY, seen_by=posted.peng.reach)
        assert [row.cadres for row in queries.by_place("", 2, TODAY, TODAY, seen_by=posted.peng.reach)] == [0]


def test_officers_are_found_near_the_village(village: SimpleNamespace) -> None:
    with seeing(EVERYWHERE):
        found = {officer.username for officer in queries.officers_near(POJI, "", 50)}
    assert {"mei", "tang", "zhou", "doctor_wu", "luo", "yang", "han"} <= found
    assert not {"bao", "shi", "peng", "doctor_gu"} & found
    assert [officer.username for officer in queries.officers_near(POJI, "Doctor", 50)] == ["doctor_wu"]


def _acting(by: Office) -> Any:
    from firmground.common.audit.trail import acting

    return acting(officer=by.officer_id, office=by.pk, role=by.role, verb="tests")
