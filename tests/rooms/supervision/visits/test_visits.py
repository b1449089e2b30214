"""Teams, visits announced and not, what they found, and whether help followed: supervising without fighting shows."""

from datetime import date, timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from firmground.common.audit.models import Entry
from firmground.common.errors import Refusal
from firmground.officers.models import Office
from firmground.officers.territory import EVERYWHERE, seeing
from firmground.supervision.ledger import queries as ledger
from firmground.supervision.visits import actions, queries
from firmground.supervision.visits.actions import Brought, Found
from firmground.supervision.visits.models import Help, SupervisionTeam, Visit
from tests.villages import LI, POJI, WU

DAYS = 14
LEAK = Found("The roof leaks", 1, 3, owner="township")
ROAD = Found("Nobody was hired", 2, 2)


def planned(team: SupervisionTeam, by: Office, mode: str = "open", in_days: int = 0, place: str = POJI) -> Visit:
    on = timezone.localdate() + timedelta(days=in_days)
    with seeing(by.officer):
        return actions.plan(team=team, place_code=place, mode=mode, from_on=on, to_on=on, by=by)


def recorded(visit: Visit, by: Office, **said: Any) -> Visit:
    with seeing(by.officer):
        actions.record_visit(visit=visit, by=by, **{"households_seen": 2, **said})
        return Visit.objects.get(pk=visit.pk)


def seen(office: Office) -> list[int]:
    """The visits that an office reads: by the query, and by PostgreSQL's own policy, which must agree."""
    with seeing(office.officer):
        by_query = list(queries.visits(seen_by=office.officer).values_list("pk", flat=True))
        by_policy = list(Visit.objects.values_list("pk", flat=True))
    assert by_query == by_policy
    return by_query


def test_an_unannounced_visit_is_not_seen_by_those_it_is_for_before_it_begins(
    village: SimpleNamespace, team: SupervisionTeam
) -> None:
    visit = planned(team, village.supervisor_qin, "unannounced", in_days=3)
    for office in (village.mei, village.tang, village.zhou, village.doctor_wu, village.admin_lin, village.peng):
        assert seen(office) == []
        with seeing(office.officer):
            assert not Entry.objects.filter(verb="supervision_visits.plan").exists()
    for office in (village.supervisor_qin, village.luo, village.yang, village.han):
        assert seen(office) == [visit.pk]
    with time_machine.travel(timezone.now() + timedelta(days=3)), seeing(village.supervisor_qin.officer):
        for office in (village.mei, village.zhou):
            assert list(queries.visits(seen_by=office.officer)) == [visit]


def test_an_unannounced_visit_that_began_and_an_announced_one_are_seen_below(
    village: SimpleNamespace, team: SupervisionTeam
) -> None:
    visits = [
        planned(team, village.supervisor_qin, "unannounced"),
        planned(team, village.supervisor_qin, "open", in_days=3),
    ]
    assert sorted(seen(village.mei)) == [visit.pk for visit in visits]
    assert seen(village.peng) == []


def test_an_office_of_the_very_place_cannot_plan_to_surprise_it(village: SimpleNamespace, team: Any) -> None:
    with pytest.raises(Refusal, match="a level above"):
        planned(team, village.zhou, "unannounced", in_days=3, place=POJI[:6])
    assert planned(team, village.zhou, "unannounced", in_days=3).planned_from == POJI[:6]


def test_one_record_raises_what_was_found_and_notes_what_came_with_it(village: SimpleNamespace, team: Any) -> None:
    visit = planned(team, village.supervisor_qin)
    brought = [Brought("money", "for the roof", Decimal("5000"), found=0), Brought("advice", "how to advertise posts")]
    visit = recorded(visit, village.supervisor_qin, households=[LI, WU], found=[LEAK, ROAD], brought=brought)
    with seeing(EVERYWHERE):
        leak, road = ledger.issues(seen_by=EVERYWHERE).filter(visit=visit.pk).order_by("pk")
        assert [(each.source, each.state, each.helped_on) for each in (leak, road)] == [
            ("field_visit", "assigned", visit.from_on), ("field_visit", "open", None),
        ]  # fmt: skip
        assert [(each.kind, each.issue_id) for each in Help.objects.all()] == [("money", leak.pk), ("advice", None)]
        assert (visit.households_seen, visit.households) == (2, [LI, WU])
    with pytest.raises(Refusal, match="is recorded"):
        recorded(visit, village.supervisor_qin)


def test_a_record_with_something_wrong_in_it_leaves_nothing(village: SimpleNamespace, team: Any) -> None:
    visit = planned(team, village.supervisor_qin)
    for said, says in [
        ({"households": ["52232600120100001"]}, "Not every household"),
        ({"households": [LI, WU], "households_seen": 1}, "At least as many"),
        ({"found": [LEAK, Found(" ", 1, 1)]}, "one line"),
        ({"found": [LEAK], "brought": [Brought("money", "for the roof", found=0)]}, "how much money"),
        ({"brought": [Brought("money", "for the roof", Decimal(1), found=3)]}, "was not found"),
        ({"brought": [Brought("goods", "", found=None)]}, "in a few words"),
    ]:
        with pytest.raises(Refusal, match=says):
            recorded(visit, village.supervisor_qin, **said)
    with seeing(EVERYWHERE):
        assert (Help.objects.count(), ledger.issues(seen_by=EVERYWHERE).count()) == (0, 0)
    later = planned(team, village.supervisor_qin, in_days=1)
    with pytest.raises(Refusal, match="record it then"):
        recorded(later, village.supervisor_qin)


def test_a_team_that_finds_much_and_helps_nothing_stands_first(village: SimpleNamespace, team: Any) -> None:
    with seeing(village.supervisor_qin.officer):
        other = actions.form_team(
            title="Second team", place_code=POJI[:6], units=["Water bureau"], held_from=date(2020, 1, 1),
            by=village.supervisor_qin,
        )  # fmt: skip
    helps = [Brought("goods", "a pump", found=0), Brought("people", "two masons", found=1)]
    recorded(planned(other, village.supervisor_qin), village.supervisor_qin, found=[LEAK, ROAD], brought=helps)
    late = recorded(planned(team, village.supervisor_qin), village.supervisor_qin, found=[LEAK, ROAD, ROAD])

    def fights() -> list[tuple[Any, ...]]:
        with seeing(EVERYWHERE):
            found = queries.fights(
                queries.visits(seen_by=EVERYWHERE), lambda visit: visit.team.title, DAYS, seen_by=EVERYWHERE
            )
        return [(f.key, f.found, f.in_time, f.late, f.waiting, f.without, f.help) for f in found]

    assert fights() == [("First team", 3, 0, 0, 3, 0, 0), ("Second team", 2, 2, 0, 0, 0, 2)]
    with time_machine.travel(timezone.now() + timedelta(days=DAYS + 1)):
        assert fights()[0] == ("First team", 3, 0, 0, 0, 3, 0)
        with seeing(village.supervisor_qin.officer):
            issue = ledger.issues(seen_by=EVERYWHERE).filter(visit=late.pk).first()
            assert issue is not None
            actions.bring_help(
                visit=late, kind="work", text="six posts", issue=issue.pk, on=timezone.localdate(),
                by=village.supervisor_qin,
            )  # fmt: skip
        assert fights()[0] == ("First team", 3, 0, 1, 0, 2, 1)
        with seeing(EVERYWHERE):
            assert (
                ledger.issues(seen_by=EVERYWHERE).filter(ledger.without_help(timezone.localdate(), DAYS)).count() == 2
            )


def test_those_who_are_supervised_know_the_team_and_others_do_not(village: SimpleNamespace, team: Any) -> None:
    for office in (village.mei, village.zhou, village.luo):
        with seeing(office.officer):
            assert list(queries.teams(seen_by=office.officer)) == [team]
    with seeing(village.peng.officer):
        assert not queries.teams(seen_by=village.peng.officer).exists()
        assert not SupervisionTeam.objects.exists()


def test_a_roster_has_its_days(village: SimpleNamespace, team: Any) -> None:
    by = village.supervisor_qin
    with seeing(by.officer):
        member = actions.post(
            team=team, officer=village.doctor_wu.officer, held_from=date(2019, 1, 1), by=by, leads=True
        )
        assert member.held_from == team.held_from
        with pytest.raises(Refusal, match="already"):
            actions.post(team=team, officer=village.doctor_wu.officer, held_from=date(2020, 2, 1), by=by)
        with pytest.raises(Refusal, match="why"):
            actions.end_post(member=member, held_to=date(2020, 3, 1), by=by, why=" ")
        actions.end_team(team=team, held_to=date(2020, 3, 1), by=by, why="relieved")
        member.refresh_from_db()
        assert member.held_to == date(2020, 3, 1)
        with pytest.raises(Refusal, match="ended"):
            actions.post(team=team, officer=village.luo.officer, held_from=date(2020, 4, 1), by=by)
        with pytest.raises(Refusal, match="was not there"):
            actions.plan(
                team=team, place_code=POJI, mode="open", from_on=date(2020, 4, 1), to_on=date(2020, 4, 1), by=by
            )
