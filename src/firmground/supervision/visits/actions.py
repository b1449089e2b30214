"""Every write of supervision teams, visits and the help they bring."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext

from firmground.common.constraints import told_as
from firmground.common.errors import Refusal
from firmground.officers.acting import action, record
from firmground.officers.models import Office, Officer
from firmground.places.models import Place
from firmground.registry.models import OPEN, Household
from firmground.supervision.ledger import actions as ledger
from firmground.supervision.ledger.models import Issue
from firmground.supervision.visits.models import Help, SupervisionTeam, TeamMember, Visit

MOST_HOUSEHOLDS = 500


@dataclass(frozen=True)
class Found:
    """Something a visit found, to be raised as an issue."""

    title: str
    content: int
    severity: int
    text: str = ""
    owner: str = ""
    household_id: str = ""
    due_on: date | None = None


@dataclass(frozen=True)
class Brought:
    """Help that a visit brought.

    Attributes:
        amount: yuan; None where it is no money.
        found: the place of what was found, in the same record, that it is for; issue: the number of an issue. Neither:
            it is for the place.
    """

    kind: str
    text: str
    amount: Decimal | None = None
    found: int | None = None
    issue: int | None = None
    on: date | None = None


@action("supervision_visits.form_team")
def form_team(
    *, title: str, place_code: str, units: Sequence[str], held_from: date, by: Office, why: str = ""
) -> SupervisionTeam:
    """Form a supervision team for a territory.

    Raises:
        Refusal: no such place in the territory, or neither a name nor a unit.
    """
    units = [unit.strip() for unit in units if unit.strip()]
    there = not place_code or Place.objects.filter(code=place_code, valid_to=None).exists()
    if not there or not by.reach.covers(place_code):
        raise Refusal(gettext("No place of your territory has the code %(code)s.") % {"code": place_code or "–"})
    if not title.strip() or not units:
        raise Refusal(gettext("Say what the team is called, and which units send its members."))
    return SupervisionTeam.objects.create(
        title=title.strip(), place_code=place_code, units=units, held_from=held_from, formed_by=by
    )


@action("supervision_visits.end_team")
def end_team(*, team: SupervisionTeam, held_to: date, by: Office, why: str) -> None:
    """End a team and its roster; its last day is `held_to`.

    Raises:
        Refusal: before it began, twice, or without a reason.
    """
    _see_that_it_ends(team, held_to, why)
    for member in team.members.filter(held_to=None):
        member.held_to = max(held_to, member.held_from)
        member.save()
    team.held_to = held_to
    team.save()


@action("supervision_visits.post")
def post(
    *, team: SupervisionTeam, officer: Officer, held_from: date, by: Office, unit: str = "", leads: bool = False,
    why: str = "",
) -> TeamMember:  # fmt: skip
    """Send an officer to a team.

    Raises:
        Refusal: the team has ended, or the officer is in it.
    """
    if team.held_to is not None:
        raise Refusal(gettext("The team ended on %(day)s.") % {"day": team.held_to})
    with told_as("member_once_in_a_supervision_team", gettext("This officer is in the team already.")):
        return TeamMember.objects.create(
            team=team, place_code=team.place_code, officer=officer, unit=unit.strip(), leads=leads,
            held_from=max(held_from, team.held_from),
        )  # fmt: skip


@action("supervision_visits.end_post")
def end_post(*, member: TeamMember, held_to: date, by: Office, why: str) -> None:
    """Call somebody back from a team.

    Raises:
        Refusal: before it began, twice, or without a reason.
    """
    _see_that_it_ends(member, held_to, why)
    member.held_to = held_to
    member.save()


@action("supervision_visits.plan")
def plan(
    *, team: SupervisionTeam, place_code: str, mode: str, from_on: date, to_on: date, by: Office, why: str = ""
) -> Visit:
    """Plan a visit. An unannounced one is in nobody's sight below the office that plans it, until it begins.

    Raises:
        Refusal: the place is not the team's, the days make no sense, or an unannounced visit would be seen by those
            it is for.
    """
    place = Place.objects.filter(code=place_code, valid_to=None).first()
    if place is None or not by.reach.covers(place_code) or not place_code.startswith(team.place_code):
        raise Refusal(gettext("Choose a place that the team supervises, within your territory."))
    if mode not in Visit.Mode.values:
        raise Refusal(gettext("Say whether the visit is announced, unannounced, or by video."))
    if to_on < from_on:
        raise Refusal(gettext("It began on %(day)s and cannot end before.") % {"day": from_on})
    if (team.held_to is not None and from_on > team.held_to) or from_on < team.held_from:
        raise Refusal(gettext("The team was not there on %(day)s.") % {"day": from_on})
    hidden = mode == Visit.Mode.UNANNOUNCED and from_on > timezone.localdate()
    if hidden and by.territory == place_code:
        raise Refusal(
            gettext("Offices of the very place would see it. Unannounced visits are planned by a level above.")
        )
    return Visit.objects.create(
        team=team, place_code=place_code, planned_from=by.territory, mode=mode, from_on=from_on, to_on=to_on,
        recorded_by=by,
    )  # fmt: skip


@action("supervision_visits.record")
def record_visit(
    *,
    visit: Visit,
    households_seen: int,
    by: Office,
    households: Collection[str] = (),
    note: str = "",
    found: Sequence[Found] = (),
    brought: Sequence[Brought] = (),
    why: str = "",
) -> list[Issue]:
    """Record what a visit saw, found and brought: its issues are raised, its help is noted, all or nothing.

    Raises:
        Refusal: it has not begun, is recorded already, or something in it makes no sense.
    """
    visit = Visit.objects.select_for_update(of=("self",)).get(pk=visit.pk)
    if visit.from_on > timezone.localdate():
        raise Refusal(gettext("The visit begins on %(day)s; record it then.") % {"day": visit.from_on})
    if visit.households_seen is not None:
        raise Refusal(gettext("This visit is recorded. Raise what was forgotten as an issue of its own."))
    seen = list(dict.fromkeys(households))
    known = Household.objects.filter(OPEN, household_id__in=seen, village_code__startswith=visit.place_code)
    if len(seen) > MOST_HOUSEHOLDS or known.count() != len(seen):
        raise Refusal(gettext("Not every household that you name lives in the place. Look at the numbers again."))
    if households_seen < len(seen) or households_seen > 100_000:
        raise Refusal(gettext("At least as many households were seen as you name: %(n)s.") % {"n": len(seen)})
    visit.households, visit.households_seen, visit.note, visit.recorded_by = seen, households_seen, note.strip(), by
    visit.save()
    issues = [_raise(each, visit, by, why) for each in found]
    for each in brought:
        number = each.issue
        if each.found is not None:
            if not 0 <= each.found < len(issues):
                raise Refusal(gettext("The help is for something that was not found. Choose again."))
            number = issues[each.found].pk
        bring_help(visit=visit, kind=each.kind, text=each.text, amount=each.amount, issue=number, on=each.on, by=by)
    return issues


@action("supervision_visits.bring_help")
def bring_help(
    *,
    visit: Visit,
    kind: str,
    text: str,
    by: Office,
    amount: Decimal | None = None,
    issue: int | None = None,
    on: date | None = None,
    why: str = "",
) -> Help:
    """Note help that came with a visit, or after it; the issue it is for counts as helped from that day.

    Args:
        on: the day it came; left out, the visit's first.

    Raises:
        Refusal: it says nothing, is money without a sum, came before the visit or has not come yet, or the issue is
            not one of the place.
    """
    on = on or visit.from_on
    if kind not in Help.Kind.values or not text.strip() or len(text) > 300:
        raise Refusal(gettext("Say of which kind the help is, and in a few words what it is."))
    if (kind == Help.Kind.MONEY and amount is None) or (amount is not None and amount <= 0):
        raise Refusal(gettext("Say how much money came; more than nothing."))
    if on < visit.from_on or on > timezone.localdate():
        raise Refusal(gettext("Help came on a day since the visit, not after today."))
    about = Issue.objects.filter(pk=issue).first() if issue is not None else None
    if issue is not None and (about is None or not about.place_code.startswith(visit.place_code)):
        raise Refusal(gettext("The issue is not one of the place that was visited."))
    made = Help.objects.create(
        visit=visit, place_code=visit.place_code, issue=about, kind=kind, amount=amount, text=text.strip(),
        brought_on=on, brought_by=by,
    )  # fmt: skip
    if about is not None:
        ledger.note_help(issues=[about.pk], on=on, by=by)
    return made


@action("supervision_visits.export")
def export(*, what: str, rows: int, chosen: Mapping[str, str], by: Office) -> None:
    """Record that visits are taken out of the house: how many, and which were chosen."""
    record(None, by.territory, what=what, rows=rows, chosen={key: value for key, value in chosen.items() if value})


def _see_that_it_ends(held: Any, held_to: date, why: str) -> None:
    if held.held_to is not None:
        raise Refusal(gettext("It ended on %(day)s.") % {"day": held.held_to})
    if held_to < held.held_from:
        raise Refusal(gettext("It began on %(day)s and cannot end before.") % {"day": held.held_from})
    if not why.strip():
        raise Refusal(gettext("Say why it ends."))


def _raise(found: Found, visit: Visit, by: Office, why: str) -> Issue:
    return ledger.raise_issue(
        place_code=visit.place_code, content=found.content, source=Issue.Source.FIELD_VISIT, title=found.title,
        text=found.text, severity=found.severity, found_on=visit.from_on, owner=found.owner, due_on=found.due_on,
        household_id=found.household_id, visit=visit.pk, by=by, why=why,
    )  # fmt: skip
