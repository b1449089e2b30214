"""Every write of teams."""

from collections.abc import Collection
from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import F, OuterRef, QuerySet, Subquery
from django.utils import timezone
from django.utils.translation import gettext

from firmground.common.constraints import told_as
from firmground.common.errors import Refusal
from firmground.officers.acting import action
from firmground.officers.models import Office, Officer, Role
from firmground.places.models import Level, Place
from firmground.registry.models import OPEN, Household
from firmground.teams.models import NOW, Attendance, Cadre, Helper, Team, Visit

OLDEST_MARK = 31
"""Days: what was forgotten longer ago is told by nobody's memory."""


@action("teams.send")
def send(*, place_code: str, sent_by: str, held_from: date, by: Office, why: str = "") -> Team:
    """Send a team to a village.

    Raises:
        Refusal: no such village, outside the territory, or it has a team.
    """
    if not Place.objects.filter(code=place_code, level=Level.VILLAGE).exists() or not by.reach.covers(place_code):
        raise Refusal(gettext("No village of your territory has the code %(code)s.") % {"code": place_code})
    if not sent_by.strip():
        raise Refusal(gettext("Say which body sends the team."))
    with told_as("team_once_in_a_village", gettext("The village has a team already.")):
        return Team.objects.create(place_code=place_code, sent_by=sent_by.strip(), held_from=held_from)


@action("teams.end_team")
def end_team(*, team: Team, held_to: date, by: Office, why: str) -> None:
    """End a team and the posts in it; its last day is `held_to`.

    Raises:
        Refusal: before it began, or without a reason.
    """
    if held_to < team.held_from:
        raise Refusal(gettext("It began on %(day)s and cannot end before.") % {"day": team.held_from})
    if not why.strip():
        raise Refusal(gettext("Say why the team ends."))
    for cadre in Cadre.objects.filter(NOW, team=team):
        cadre.held_to = max(held_to, cadre.held_from)
        cadre.save()
    team.held_to = held_to
    team.save()


@action("teams.post")
def post(*, team: Team, officer: Officer, post: str, held_from: date, by: Office, why: str = "") -> Cadre:
    """Send an officer to a team.

    Raises:
        Refusal: the officer is in a team, the team has ended, the village has a first secretary already, or the post
            is none that is known.
    """
    if team.held_to is not None:
        raise Refusal(gettext("The team ended on %(day)s.") % {"day": team.held_to})
    if post not in Cadre.Post.values:
        raise Refusal(
            gettext("“%(post)s” is no post in a team; it is one of: %(known)s.")
            % {"post": post, "known": ", ".join(Cadre.Post.values)}
        )
    alone = (Cadre.Post.FIRST_SECRETARY, Cadre.Post.LEADER)
    if post in alone and Cadre.objects.filter(NOW, team=team, post=post).exists():
        raise Refusal(gettext("The team has one already; end that post first."))
    with told_as("cadre_in_one_team", gettext("This officer is in a team already; end that post first.")):
        return Cadre.objects.create(
            team=team, place_code=team.place_code, officer=officer, post=post, held_from=max(held_from, team.held_from)
        )


@action("teams.end_post")
def end_post(*, cadre: Cadre, held_to: date, by: Office, why: str) -> None:
    """Call a cadre back; the last day at the village is `held_to`.

    Raises:
        Refusal: before the post began, twice, or without a reason.
    """
    if cadre.held_to is not None:
        raise Refusal(gettext("The post ended on %(day)s.") % {"day": cadre.held_to})
    if held_to < cadre.held_from:
        raise Refusal(gettext("It began on %(day)s and cannot end before.") % {"day": cadre.held_from})
    if not why.strip():
        raise Refusal(gettext("Say why the post ends."))
    cadre.held_to = held_to
    cadre.save()


@action("teams.mark")
def mark(*, cadre: Cadre, on: date, state: str, by: Office, reason: str = "", why: str = "") -> Attendance:
    """Say whether a cadre was at post on a day. The township's word confirms itself; the village's waits for it.

    Raises:
        Refusal: by the cadre, for a day to come or long past or outside the post, leave without a reason, or another
            word than the township's, which is confirmed.
    """
    today = timezone.localdate()
    if cadre.officer_id == by.officer_id:
        raise Refusal(gettext("Nobody marks their own attendance. Ask the village or the township."))
    if state not in Attendance.State.values:
        raise Refusal(gettext("Say whether the cadre is at post, on leave or away."))
    if on > today:
        raise Refusal(gettext("%(day)s is not here yet.") % {"day": on})
    if (today - on).days > OLDEST_MARK:
        raise Refusal(gettext("Attendance is marked within %(days)s days.") % {"days": OLDEST_MARK})
    if on < cadre.held_from or (cadre.held_to is not None and on > cadre.held_to):
        raise Refusal(gettext("This cadre was not posted here on %(day)s.") % {"day": on})
    if state == Attendance.State.ON_LEAVE and not reason.strip():
        raise Refusal(gettext("Say why the cadre is on leave."))
    reason = reason.strip() if state == Attendance.State.ON_LEAVE else ""
    township = by.role == Role.TOWNSHIP
    with transaction.atomic():
        row = Attendance.objects.select_for_update(of=("self",)).filter(cadre=cadre, on=on).first()
        if row is None:
            row = Attendance(cadre=cadre, on=on, place_code=cadre.place_code)
        elif (row.state, row.reason) == (state, reason) and (row.confirmed_by_id is not None or not township):
            return row  # said again
        elif row.confirmed_by_id is not None and not township:
            raise Refusal(gettext("The township has confirmed this day. Only the township changes it."))
        row.state, row.reason, row.marked_by = state, reason, by
        row.confirmed_by = by if township else None
        with told_as("attendance_once_a_day", gettext("Somebody else marked this just now. Look again.")):
            row.save()
    return row


@action("teams.mark")
def mark_all(*, marks: Collection[tuple[Cadre, str, str]], on: date, by: Office, why: str = "") -> None:
    """Mark several cadres on one day, all or none.

    Args:
        marks: cadre, state, reason.

    Raises:
        Refusal: one of them is refused, or there is none.
    """
    if not marks:
        raise Refusal(gettext("Say of at least one cadre whether they are at post, on leave or away."))
    for cadre, state, reason in marks:
        mark(cadre=cadre, on=on, state=state, reason=reason, by=by)


@action("teams.confirm")
def confirm(*, marks: Collection[Attendance], by: Office, why: str = "") -> int:
    """Confirm what villages marked; how many were confirmed.

    Raises:
        Refusal: one of them is about, or was marked by, the officer who confirms.
    """
    rows = Attendance.objects.select_for_update(of=("self",)).filter(
        pk__in=[each.pk for each in marks], confirmed_by=None
    )
    found = list(rows.select_related("cadre", "marked_by"))
    for row in found:
        if by.officer_id in (row.cadre.officer_id, row.marked_by.officer_id):
            raise Refusal(gettext("You cannot confirm what you marked yourself, or your own attendance."))
        row.confirmed_by = by
        row.save()
    return len(found)


@action("teams.assign_helper")
def assign_helper(*, household: Household, officer: Officer, by: Office, why: str = "") -> Helper:
    """Make an officer the one who helps a household from today; whoever did so before has done until today.

    Raises:
        Refusal: the officer helps it already, or is locked.
    """
    today = timezone.localdate()
    if not officer.is_active:
        raise Refusal(gettext("This officer's access is locked. Choose another."))
    before = Helper.objects.select_for_update(of=("self",)).filter(NOW, household_id=household.household_id).first()
    if before is not None:
        if before.officer_id == officer.pk:
            raise Refusal(gettext("This officer helps the household already."))
        before.held_to = today
        before.save()
    with told_as("helper_one_at_a_time", gettext("Somebody else named a helper just now. Look again.")):
        return Helper.objects.create(
            household_id=household.household_id, place_code=household.village_code, officer=officer, held_from=today
        )


@action("teams.visit")
def visit(
    *, household: Household, on: date, seen: bool, by: Office, note: str = "", help: str = "", why: str = ""
) -> Visit:
    """Record that one called on a household. Said again for the same day, the last word counts.

    Raises:
        Refusal: on a day to come, or of longer ago than the longest anybody remembers.
    """
    today = timezone.localdate()
    if on > today:
        raise Refusal(gettext("%(day)s is not here yet.") % {"day": on})
    if (today - on).days > OLDEST_MARK:
        raise Refusal(gettext("A visit is recorded within %(days)s days.") % {"days": OLDEST_MARK})
    row, _ = Visit.objects.update_or_create(
        household_id=household.household_id,
        officer=by.officer,
        on=on,
        defaults={"place_code": household.village_code, "seen": seen, "note": note.strip(), "help": help.strip()},
    )
    return row


@action("teams.follow_registers")
def follow_registers(*, on: date, by: Office, why: str = "") -> int:
    """Let what is known of households that moved follow them: visits are theirs and come along; who helped them there
    has done so until this day, and helps on only with an office that reaches to the new village.

    Returns:
        how many households were left without a helper.
    """
    now = Household.objects.filter(OPEN, household_id=OuterRef("household_id")).values("village_code")[:1]

    def moved(rows: QuerySet[Any]) -> QuerySet[Any]:
        return rows.annotate(village=Subquery(now)).exclude(village=None).exclude(village=F("place_code"))

    moved(Visit.objects.all()).update(place_code=Subquery(now))
    left = 0
    for row in moved(Helper.objects.filter(NOW).select_related("officer")):
        row.held_to = max(on, row.held_from)
        row.save(update_fields=["held_to"])
        held = Office.held_on(on).filter(officer=row.officer)
        if row.officer.is_active and any(each.reach.covers(row.village) for each in held):
            Helper.objects.create(
                household_id=row.household_id, place_code=row.village, officer=row.officer, held_from=row.held_to
            )
        else:
            left += 1
    return left
