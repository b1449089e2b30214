"""Who may grant, end, delegate, hand over, lock; and what becomes of those who may not."""

from collections.abc import Iterator
from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.utils import timezone

from firmground.common.audit.models import Entry
from firmground.common.errors import Refusal
from firmground.officers import actions, desks, queries
from firmground.officers.models import HandOver, Office, Officer, Role
from firmground.officers.territory import EVERYWHERE, Territory, seeing
from tests.cast import WANGMO, ZHENXIONG

TODAY = timezone.localdate()


@pytest.fixture
def officers(cast: SimpleNamespace) -> Any:
    with seeing(EVERYWHERE):
        yield cast


def grant(by: Office, to: Office, role: str, territory: str, **more: Any) -> Office:
    return actions.grant(officer=to.officer, role=role, territory=territory, held_from=TODAY, by=by, **more)


@pytest.mark.parametrize(
    ("by", "role", "territory", "allowed"),
    [
        ("zhou", Role.TOWNSHIP, f"{ZHENXIONG}102", True),
        ("zhou", Role.VILLAGE_WORKER, f"{ZHENXIONG}102201", True),
        ("zhou", Role.COUNTY, ZHENXIONG, False),  # its own level
        ("zhou", Role.PREFECTURE, "5306", False),  # the level above
        ("zhou", Role.TOWNSHIP, f"{WANGMO}001", False),  # another county
        ("zhou", Role.AUDITOR, ZHENXIONG, False),
        ("luo", Role.COUNTY, ZHENXIONG, True),
        ("luo", Role.COUNTY, WANGMO, False),
        ("tang", Role.VILLAGE_WORKER, f"{ZHENXIONG}102201", True),
        ("mei", Role.VILLAGE_WORKER, f"{ZHENXIONG}102201", False),
        ("admin_lin", Role.COUNTY, ZHENXIONG, True),
        ("admin_lin", Role.AUDITOR, f"{ZHENXIONG}102", True),
        ("admin_lin", Role.NATION, "", False),
        ("admin_lin", Role.COUNTY, WANGMO, False),
        ("root", Role.NATION, "", True),
        ("auditor_zhao", Role.VILLAGE_WORKER, f"{ZHENXIONG}102201", False),
        ("supervisor_qin", Role.TOWNSHIP, f"{ZHENXIONG}102", False),
    ],
)
def test_an_office_is_granted_by_a_level_above_or_an_administrator_within_the_territory(
    officers: SimpleNamespace, by: str, role: str, territory: str, allowed: bool
) -> None:
    office = getattr(officers, by)
    if allowed:
        assert grant(office, officers.bao, role, territory).granted_by == office
    else:
        with pytest.raises(Refusal):
            grant(office, officers.bao, role, territory)
        assert not Office.objects.filter(officer=officers.bao.officer).exclude(pk=officers.bao.pk).exists()


def test_nobody_grants_to_themselves(officers: SimpleNamespace) -> None:
    with pytest.raises(Refusal, match="themselves"):
        grant(officers.zhou, officers.zhou, Role.TOWNSHIP, f"{ZHENXIONG}102")


@pytest.mark.parametrize(
    ("role", "territory", "department"),
    [("king", ZHENXIONG, ""), (Role.TOWNSHIP, ZHENXIONG, ""), (Role.DEPARTMENT, ZHENXIONG, ""),
     (Role.TOWNSHIP, f"{ZHENXIONG}102", "health"), (Role.TOWNSHIP, f"{ZHENXIONG}1a2", "")],
)  # fmt: skip
def test_an_office_that_makes_no_sense_is_refused_in_a_sentence(
    officers: SimpleNamespace, role: str, territory: str, department: str
) -> None:
    with pytest.raises(Refusal):
        grant(officers.admin_lin, officers.mei, role, territory, department=department)


def test_the_last_day_does_not_lie_before_the_first(officers: SimpleNamespace) -> None:
    with pytest.raises(Refusal, match="before the first"):
        grant(officers.zhou, officers.mei, Role.TOWNSHIP, f"{ZHENXIONG}102", held_to=TODAY - timedelta(days=1))


def test_an_office_that_has_ended_acts_no_more_and_sees_nothing(officers: SimpleNamespace) -> None:
    actions.end(office=officers.zhou, on=TODAY - timedelta(days=1), by=officers.luo, why="moved")
    ended = Office.objects.select_related("officer").get(pk=officers.zhou.pk)
    assert ended.officer.territory == Territory(())
    with pytest.raises(Refusal, match="not held today"):
        grant(ended, officers.bao, Role.TOWNSHIP, f"{ZHENXIONG}102")


def test_a_delegation_is_no_longer_and_no_wider_than_the_office_and_ends_with_it(officers: SimpleNamespace) -> None:
    until = TODAY + timedelta(days=10)
    lent = actions.delegate(to=officers.tang.officer, until=until, by=officers.zhou, why="on leave")
    assert (lent.role, lent.territory, lent.held_to, lent.delegated_from) == (
        Role.COUNTY, ZHENXIONG, until, officers.zhou,
    )  # fmt: skip
    with pytest.raises(Refusal, match="lent to you"):
        actions.delegate(to=officers.mei.officer, until=until, by=lent)
    with pytest.raises(Refusal, match="within its own territory"):
        actions.delegate(to=officers.mei.officer, until=until, by=officers.zhou, territory="53")
    actions.end(office=officers.zhou, on=TODAY, by=officers.luo, why="moved")
    lent.refresh_from_db()
    assert lent.held_to == TODAY
    officers.zhou.refresh_from_db()
    with pytest.raises(Refusal, match="cannot last longer"):
        actions.delegate(to=officers.mei.officer, until=until, by=officers.zhou)


def test_whoever_lent_an_office_may_take_it_back(officers: SimpleNamespace) -> None:
    lent = actions.delegate(to=officers.tang.officer, until=TODAY + timedelta(days=9), by=officers.zhou)
    actions.end(office=lent, on=TODAY, by=officers.zhou, why="back early")
    lent.refresh_from_db()
    assert lent.held_to == TODAY


def test_a_desk_is_handed_over_by_a_sheet_of_what_is_open_and_late(
    officers: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lists(office: Office, on: date) -> Iterator[desks.Piece]:
        assert (office, on) == (officers.zhou, TODAY)
        for number, days in (("8", 3), ("7", -1), ("9", None)):
            due_on = None if days is None else TODAY + timedelta(days=days)
            yield desks.Piece(number, {"en": "a case", "zh": "个案"}, f"{ZHENXIONG}102201", due_on)

    monkeypatch.setattr(desks, "_KINDS", {"case": lists})
    other = grant(officers.root, officers.tang, Role.COUNTY, ZHENXIONG)
    sheet = actions.hand_over(
        office=officers.zhou, to=other, promised="Li is promised a call", by=officers.zhou, why="retires"
    )
    assert [(piece["number"], piece["late"]) for piece in sheet.sheet] == [("7", True), ("8", False), ("9", False)]
    assert (sheet.late, sheet.promised, sheet.acknowledged_at) == (1, "Li is promised a call", None)
    (entry,) = Entry.objects.filter(kind="insert", verb="officers.hand_over")
    assert (entry.why, entry.place_code) == ("retires", ZHENXIONG)
    with pytest.raises(Refusal, match="has not been acknowledged"):
        actions.hand_over(office=officers.zhou, to=other, by=officers.zhou)
    with pytest.raises(Refusal, match="same role"):
        actions.hand_over(office=officers.zhou, to=officers.peng, by=officers.zhou)
    with pytest.raises(Refusal, match="level above"):
        actions.hand_over(office=officers.zhou, to=other, by=officers.peng)


def test_whoever_takes_a_desk_over_and_nobody_else_acknowledges_its_sheet(officers: SimpleNamespace) -> None:
    other = grant(officers.root, officers.tang, Role.COUNTY, ZHENXIONG)
    sheet = actions.hand_over(office=officers.zhou, to=other, by=officers.luo, why="on leave")
    for somebody in (officers.zhou, officers.luo):
        with pytest.raises(Refusal, match="somebody else"):
            actions.acknowledge(hand_over=sheet, by=somebody)
    actions.acknowledge(hand_over=sheet, by=other)
    with pytest.raises(Refusal, match="before"):
        actions.acknowledge(hand_over=sheet, by=other)
    with seeing(officers.peng.reach):
        assert not HandOver.objects.exists(), "the next county reads no sheet"
    with seeing(officers.zhou.reach):
        assert queries.hand_overs(officers.zhou).get().acknowledged_at is not None


def test_sessions_whose_time_is_over_are_forgotten(officers: SimpleNamespace) -> None:
    for key, hours in (("over", -1), ("going on", 1)):
        expires = timezone.now() + timedelta(hours=hours)
        Session.objects.create(session_key=key, session_data="", expire_date=expires)
    assert actions.clear_sessions(by=officers.root) == 1
    ours = Session.objects.filter(session_key__in=["over", "going on"])  # the pages of other tests have theirs
    assert [each.session_key for each in ours] == ["going on"]


def test_a_locked_officer_sees_and_does_nothing(officers: SimpleNamespace) -> None:
    actions.lock(officer=officers.tang.officer, because="telephone stolen", by=officers.zhou)
    tang = Office.objects.select_related("officer").get(pk=officers.tang.pk)
    assert tang.officer.territory == Territory(())
    with pytest.raises(Refusal, match="locked"):
        grant(tang, officers.bao, Role.VILLAGE_WORKER, f"{ZHENXIONG}102201")
    actions.unlock(officer=tang.officer, by=officers.zhou, why="found again")
    assert Officer.objects.get(pk=tang.officer_id).is_active


@pytest.mark.parametrize(("by", "whom"), [("zhou", "luo"), ("zhou", "peng"), ("zhou", "zhou"), ("mei", "tang")])
def test_nobody_locks_themselves_the_level_above_or_the_next_county(
    officers: SimpleNamespace, by: str, whom: str
) -> None:
    with pytest.raises(Refusal):
        actions.lock(officer=getattr(officers, whom).officer, because="envy", by=getattr(officers, by))
    assert Officer.objects.get(username=whom).is_active


def test_who_is_enrolled_gets_an_office_and_a_password_to_be_changed(officers: SimpleNamespace) -> None:
    officer, password = actions.enrol(
        username="gao", name="Officer Gao", role=Role.VILLAGE_WORKER, territory=f"{ZHENXIONG}102201",
        held_from=date(2020, 1, 1), by=officers.tang,
    )  # fmt: skip
    assert officer.password_was_given
    assert officer.check_password(password)
    assert [office.role for office in officer.offices_today] == [Role.VILLAGE_WORKER]
    with pytest.raises(Refusal, match="already"):
        actions.enrol(username="gao", name="Another", role=Role.VILLAGE_WORKER, territory=f"{ZHENXIONG}102201",
                      held_from=date(2020, 1, 1), by=officers.tang)  # fmt: skip
    with pytest.raises(Refusal):
        actions.enrol(username="wen", name="Wen", role=Role.COUNTY, territory=ZHENXIONG, held_from=TODAY,
                      by=officers.tang)  # fmt: skip
    assert not Officer.objects.filter(username="wen").exists(), "a refusal undoes everything"
