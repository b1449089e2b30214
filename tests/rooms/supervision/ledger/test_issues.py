"""Issues from being raised to being verified, by people who are not the same; and how many stood how on any day.

Supervisor Qin (prefecture) and Zhou (county) raise, Mei (village) and Tang (township) put right; Peng sits elsewhere.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from firmground import flow
from firmground.cases import actions as cases
from firmground.cases.models import Case
from firmground.common.errors import Refusal
from firmground.officers.models import Office
from firmground.officers.territory import EVERYWHERE, NOWHERE, Territory, seeing
from firmground.supervision.ledger import actions, lists, queries
from firmground.supervision.ledger.models import Issue, Order
from tests.rooms.supervision.ledger.conftest import PHOTO, raised, take
from tests.villages import LI, POJI

TOWNSHIP, COUNTY = POJI[:9], POJI[:6]


@contextmanager
def on(day: str) -> Iterator[None]:
    """Noon of a day of 2020 in Beijing."""
    with time_machine.travel(datetime.fromisoformat(f"2020-{day}T12:00:00+08:00"), tick=False):
        yield


def state(issue: Issue) -> str:
    with seeing(EVERYWHERE):
        return str(queries.issues(seen_by=EVERYWHERE).get(pk=issue.pk).state)


# From raised to verified ----------------------------------------------------------------------------------------------


def test_an_issue_goes_from_assigned_to_claimed_to_verified_by_somebody_else(village: SimpleNamespace) -> None:
    issue = raised(village.supervisor_qin, owner="township")
    assert state(issue) == "assigned"
    with seeing(EVERYWHERE):
        assert Case.objects.get(pk=issue.case_id).roles == ["township"]
    issue = take(issue, "rectification", "claimed", village.tang)
    assert state(issue) == "claimed"
    with pytest.raises(Refusal, match="is taken by"):
        take(issue, "verification", "accepted", village.tang, why="seen")
    issue = take(issue, "verification", "accepted", village.zhou, why="seen")
    assert (state(issue), issue.case.at) == ("resolved", "resolved")


def test_done_is_not_claimed_without_a_file_that_shows_it(village: SimpleNamespace) -> None:
    issue = raised(village.supervisor_qin, owner="township")
    with pytest.raises(Refusal, match="Still missing"):
        take(issue, "rectification", "claimed", village.tang, files={})
    assert state(issue) == "assigned"


def test_what_a_county_put_right_is_verified_from_above_not_by_another_officer_of_it(village: SimpleNamespace) -> None:
    issue = raised(village.supervisor_qin, place_code=COUNTY, owner="county")
    issue = take(issue, "rectification", "claimed", village.zhou)
    with seeing(EVERYWHERE):
        assert issue.case.roles == ["prefecture", "province", "nation", "supervisor"]
    assert state(take(issue, "verification", "accepted", village.luo, why="seen")) == "resolved"


def test_what_is_not_accepted_goes_back_to_its_owner_and_is_still_due_on_the_same_day(village: SimpleNamespace) -> None:
    issue = raised(village.supervisor_qin, owner="village_worker")
    due = issue.due_on
    issue = take(issue, "rectification", "claimed", village.mei)
    issue = take(issue, "verification", "not_accepted", village.zhou, why="the doctor is gone")
    assert (state(issue), issue.case.roles, issue.case.whole_due_on) == ("reopened", ["village_worker"], due)


def test_what_is_found_again_has_as_many_days_again(village: SimpleNamespace) -> None:
    with on("03-01"):
        issue = raised(village.supervisor_qin, owner="township", due_on=date(2020, 3, 11))
        take(issue, "rectification", "claimed", village.tang)
        take(issue, "verification", "accepted", village.zhou, why="seen")
    with on("06-01"):
        issue = take(issue, "found_again", "returned", village.supervisor_qin, why="gone again")
        assert (state(issue), issue.case.whole_due_on) == ("reopened", date(2020, 6, 11))
        with seeing(EVERYWHERE):
            assert queries.issues(seen_by=EVERYWHERE).get(pk=issue.pk).late_after == date(2020, 6, 11)


def test_only_the_level_that_raised_an_issue_or_one_above_it_waives_it(village: SimpleNamespace) -> None:
    issue = raised(village.supervisor_qin, owner="township")
    for office in (village.tang, village.zhou, village.luo):  # Luo sits beside Qin in the prefecture
        with pytest.raises(Refusal, match="raised the issue"):
            take(issue, "waiver", "waived", office, why="not worth it")
    with pytest.raises(Refusal, match="a reason in words"):
        take(issue, "waiver", "waived", village.supervisor_qin)
    assert state(take(issue, "waiver", "waived", village.yang, why="the village was merged")) == "waived"


@pytest.mark.parametrize(("severity", "days"), [(1, 30), (2, 15), (3, 7)])
def test_severity_decides_the_last_day_unless_one_is_said(village: SimpleNamespace, severity: int, days: int) -> None:
    today = timezone.localdate()
    assert raised(village.zhou, severity=severity).due_on == today + timedelta(days=days)
    said = raised(village.zhou, severity=severity, due_on=today + timedelta(days=3))
    assert said.case is not None
    assert said.case.whole_due_on == said.due_on == today + timedelta(days=3)


def test_an_overdue_issue_rises_to_the_township_then_the_county_then_the_prefecture(village: SimpleNamespace) -> None:
    with on("03-01"):
        issue = raised(village.supervisor_qin, owner="village_worker", due_on=date(2020, 3, 10))
    risen = {}
    for day in ("03-10", "03-11", "03-17", "03-18", "03-24", "03-25"):
        with on(day), seeing(EVERYWHERE):
            flow.begin_day(timezone.localdate())
            risen[day] = Case.objects.get(pk=issue.case_id).risen_to
    assert risen == {"03-10": "", "03-11": "township", "03-17": "township", "03-18": "county", "03-24": "county",
                     "03-25": "prefecture"}  # fmt: skip


def test_what_a_county_owns_rises_above_the_county_and_a_departments_to_the_county(village: SimpleNamespace) -> None:
    with on("03-01"):
        own = raised(village.supervisor_qin, place_code=COUNTY, owner="county", due_on=date(2020, 3, 10))
        health = raised(village.supervisor_qin, owner="department", due_on=date(2020, 3, 10))
    risen = {}
    for day in ("03-11", "03-18", "03-25"):
        with on(day), seeing(EVERYWHERE):
            flow.begin_day(timezone.localdate())
            risen[day] = [Case.objects.get(pk=issue.case_id).risen_to for issue in (own, health)]
    assert risen == {"03-11": ["prefecture", "county"], "03-18": ["province", "prefecture"],
                     "03-25": ["nation", "province"]}  # fmt: skip


ANSWER = {"answers": {"order_answer": {"done": "a doctor was sent"}}, "files": {"evidence": [PHOTO]}}


def ordered(by: Office, place: str) -> Order:
    with seeing(by.officer):
        return actions.give_order(place_code=place, title="A doctor", text="Send one", due_on=date(2020, 3, 10), by=by)


@pytest.mark.parametrize(
    ("place", "levels"),
    [
        (POJI, ["township", "county", "prefecture"]),
        (TOWNSHIP, ["county", "prefecture", "province"]),
        (COUNTY, ["prefecture", "province", "nation"]),
        ("5306", ["province", "nation", "nation"]),
        ("53", ["nation", "nation", "nation"]),
    ],
)
def test_an_order_rises_from_the_place_ordered_level_by_level(
    village: SimpleNamespace, place: str, levels: list[str]
) -> None:
    with on("03-01"):
        order = ordered(village.han, place)
    risen = []
    for day in ("03-10", "03-11", "03-18", "03-25"):
        with on(day), seeing(EVERYWHERE):
            flow.begin_day(timezone.localdate())
            risen.append(Case.objects.get(pk=order.case_id).risen_to)
    assert risen == ["", *levels]


@pytest.mark.parametrize(("who", "to"), [("zhou", "prefecture"), ("han", "nation"), ("supervisor_qin", "nation")])
def test_an_answer_that_nobody_looks_at_rises_above_whoever_gave_the_order(
    village: SimpleNamespace, who: str, to: str
) -> None:
    by = getattr(village, who)
    with on("02-20"):
        order = ordered(by, TOWNSHIP)
        with seeing(village.tang.officer):
            cases.take(case=order.case_id, step="answer", outcome="answered", by=village.tang, **ANSWER)
    risen = []
    for day in ("03-01", "03-02"):  # due on 25 February, five days more
        with on(day), seeing(EVERYWHERE):
            flow.begin_day(timezone.localdate())
            risen.append(Case.objects.get(pk=order.case_id).risen_to)
    assert risen == ["", to]


@pytest.mark.parametrize(
    ("said", "says"),
    [
        ({"place_code": "522326"}, "No place of your territory"),
        ({"title": " "}, "one line"),
        ({"content": 6}, "five contents"),
        ({"severity": 4}, "how grave"),
        ({"source": "gossip"}, "where it came from"),
        ({"found_on": date(2999, 1, 1)}, "is not here yet"),
        ({"household_id": "52232600120100001"}, "No household"),
        ({"owner": "nation"}, "is given to"),
        ({"place_code": COUNTY, "owner": "township"}, "larger place"),
        ({"due_on": date(2020, 1, 1)}, "is past"),
    ],
)
def test_what_makes_no_sense_is_refused_in_a_sentence(village: SimpleNamespace, said: Any, says: str) -> None:
    with pytest.raises(Refusal, match=says):
        raised(village.zhou, **said)
    with seeing(EVERYWHERE):
        assert Issue.objects.count() == 0


def test_an_issue_has_one_case_for_good(village: SimpleNamespace) -> None:
    from firmground.cases.actions import open_case

    issue = take(raised(village.zhou), "waiver", "waived", village.zhou, why="a mistake")
    with pytest.raises(Refusal, match="open it again instead"), seeing(village.zhou.officer):
        open_case(procedure="issue", subject_id=str(issue.pk), channel="field_visit", by=village.zhou)


def test_a_county_sees_its_own_issues_alone(village: SimpleNamespace) -> None:
    issue = raised(village.zhou)
    with seeing(village.peng.officer):
        assert queries.issue(issue.pk, seen_by=village.peng.officer) is None
        assert Issue.objects.count() == 0
        assert queries.standing_on(timezone.localdate(), seen_by=EVERYWHERE) == []
    assert queries.standing_on(timezone.localdate(), seen_by=NOWHERE) == []


# As of any day --------------------------------------------------------------------------------------------------------


def walk(village: SimpleNamespace) -> None:
    """Three issues: one verified, found again; one overdue; one waived."""
    with on("03-01"):
        back = raised(village.supervisor_qin, owner="township", due_on=date(2020, 3, 11))
        late = raised(village.supervisor_qin, owner="village_worker", content=3, severity=3)
    with on("03-05"):
        take(back, "rectification", "claimed", village.tang)
        gone = raised(village.zhou, content=3, place_code=TOWNSHIP)
    with on("03-07"):
        take(back, "verification", "accepted", village.zhou, why="seen")
        actions.note_help(issues=[late.pk], on=date(2020, 3, 7), by=village.supervisor_qin)
    with on("03-09"):
        take(gone, "waiver", "waived", village.zhou, why="a mistake")
    with on("05-01"):
        take(back, "found_again", "returned", village.supervisor_qin, why="gone again")


COUNTED = ["raised", "open", "overdue", "claimed", "reopened", "verified", "waived", "without_help"]


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(2020, 2, 28), None),
        (date(2020, 3, 1), [2, 2, 0, 0, 0, 0, 0, 2]),
        (date(2020, 3, 5), [3, 3, 0, 1, 0, 0, 0, 3]),
        (date(2020, 3, 8), [3, 2, 0, 0, 0, 1, 0, 1]),
        (date(2020, 3, 9), [3, 1, 1, 0, 0, 1, 1, 0]),  # the grave one had seven days
        (date(2020, 5, 1), [3, 2, 1, 0, 1, 0, 1, 1]),
        (date(2020, 5, 12), [3, 2, 2, 0, 1, 0, 1, 1]),  # ten days again
    ],
)
def test_how_issues_stood_can_be_told_of_any_past_day(
    village: SimpleNamespace, day: date, expected: list[int] | None
) -> None:
    walk(village)
    with seeing(EVERYWHERE):
        found = queries.standing_on(day, seen_by=EVERYWHERE)
        listed = list(queries.issues(day, seen_by=EVERYWHERE))
    assert [[getattr(row, name) for name in COUNTED] for row in found] == ([expected] if expected else [])
    if expected:
        assert sum(row.state not in ("resolved", "waived") for row in listed) == expected[1]
        assert sum(row.late_after < day and row.state not in ("resolved", "waived") for row in listed) == expected[2]
        assert sum(row.state == "claimed" for row in listed) == expected[3]


def test_issues_are_counted_by_place_content_and_severity_in_one_statement(
    village: SimpleNamespace, django_assert_num_queries: Any
) -> None:
    walk(village)
    with seeing(EVERYWHERE), django_assert_num_queries(1):
        days = [date(2020, 3, 1), date(2020, 3, 9)]
        apart = queries.standing_on(days, seen_by=EVERYWHERE, digits=12, by_content=True, by_severity=True)
    assert [(row.on.day, row.place_code, row.content, row.severity, row.open) for row in apart] == [
        (1, POJI, 1, 2, 1), (1, POJI, 3, 3, 1),
        (9, TOWNSHIP, 3, 2, 0), (9, POJI, 1, 2, 0), (9, POJI, 3, 3, 1),
    ]  # fmt: skip
    with seeing(EVERYWHERE):
        (total,) = queries.standing_on(days[1], seen_by=EVERYWHERE, digits=0)
        assert (total.place_code, total.raised) == ("", 3)
        assert queries.standing_on(days[1], seen_by=EVERYWHERE, place="52") == []
        assert queries.standing_on(days[1], seen_by=Territory(("52",))) == []


# Lists ----------------------------------------------------------------------------------------------------------------

LIST = """\
reference,place_code,household_id,content,severity,title,text,found_on,due_on,owner,unit
A1,530627102201,,1,3,Roof leaks,,2020-01-02,,township,housing
A2,530627102201,,9,3,Wrong content,,2020-01-02,,,
A3,522326001201,,1,3,Elsewhere,,2020-01-02,,,
A4,530627,,2,1,No posts,,2 January,,,
A5,530627102201,53062710220100001,4,1,Not watched,,2020-01-02,,,
"""


def loaded(by: Office, text: str = LIST) -> lists.Loaded:
    with seeing(by.officer):
        return lists.load_list(content=text.encode(), source="central_inspection", by=by)


def test_a_list_is_raised_row_by_row_and_says_of_each_row_left_out_why(village: SimpleNamespace) -> None:
    result = loaded(village.zhou)
    assert (result.raised, [line for line, _, _ in result.rejected]) == (2, [3, 4, 5])
    says = [reason for _, reason, _ in result.rejected]
    assert ["five contents" in says[0], "No place" in says[1], "2020-06-30" in says[2]] == [True] * 3
    assert lists.rejects(result)[0][:4] == ["3", says[0], "A2", POJI]
    with seeing(EVERYWHERE):
        assert Issue.objects.get(reference="A5").household_id == LI


def test_a_list_sent_twice_raises_nothing_twice(village: SimpleNamespace) -> None:
    loaded(village.zhou)
    again = loaded(village.zhou)
    assert again.raised == 0
    assert "already" in again.rejected[0][1]


@pytest.mark.parametrize(
    ("text", "says"),
    [("a,b\n1,2\n", "place_code"), ("", "missing"), ("\x00", "no CSV"), (LIST.partition("\n")[0], "1 to")],
)
def test_what_is_no_list_is_refused_whole(village: SimpleNamespace, text: str, says: str) -> None:
    with pytest.raises(Refusal, match=says):
        loaded(village.zhou, text)
