"""Every read of teams, within the territory of whoever looks. The number of statements never depends on the rows."""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import date, timedelta
from typing import Any

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Left

from firmground.officers.models import Office, Officer
from firmground.officers.territory import Eyes
from firmground.registry.models import OPEN, Household
from firmground.teams.models import NOW, Attendance, Cadre, Helper, Team, Visit

HELPED = ("poor", "unstable", "marginal", "sudden")
"""The kinds of household that have a helper: still poor, or monitored."""
DAYS = 30
VILLAGE_DIGITS = 12


@dataclass
class Row:
    """What is counted for a place.

    Attributes:
        villages: with at least one household to help. without_team: of these.
        at_post: cadres at post on the day, confirmed or not; away, on_leave and unmarked make up the rest.
        days, days_at_post: marked and confirmed in the 30 days up to the day.
        households: poor or monitored. without_helper, not_visited: of these.
    """

    code: str
    villages: int = 0
    without_team: int = 0
    teams: int = 0
    cadres: int = 0
    at_post: int = 0
    on_leave: int = 0
    away: int = 0
    days: int = 0
    days_at_post: int = 0
    households: int = 0
    without_helper: int = 0
    not_visited: int = 0

    @property
    def unmarked(self) -> int:
        return self.cadres - self.at_post - self.on_leave - self.away


def by_place(code: str, digits: int, on: date, visited_since: date, *, seen_by: Eyes) -> list[Row]:
    """The counts for each place of `digits` digits in the place `code`, on a day.

    Args:
        visited_since: a household not visited since the day before this one counts as not visited.
    """
    rows: dict[str, Row] = {}

    def put(found: Iterable[dict[str, Any]]) -> None:
        for each in found:
            place = each.pop("place")
            row = rows.setdefault(place, Row(place))
            for name, value in each.items():
                setattr(row, name, value)

    def grouped(queryset: QuerySet[Any], field: str = "place_code") -> QuerySet[Any, Any]:
        near = queryset.filter(seen_by.territory.q(field), **{f"{field}__startswith": code})
        return near.order_by().annotate(place=Left(field, digits)).values("place")

    helped = to_help(code, seen_by=seen_by)
    put(grouped(helped, "village_code").annotate(
        villages=Count("village_code", distinct=True), households=Count("id"),
    ))  # fmt: skip
    teamless = ~Exists(Team.objects.filter(_held(on), place_code=OuterRef("village_code")))
    put(grouped(helped.filter(teamless), "village_code").annotate(without_team=Count("village_code", distinct=True)))
    put(grouped(without_helper(helped), "village_code").annotate(without_helper=Count("id")))
    put(grouped(not_visited(helped, visited_since), "village_code").annotate(not_visited=Count("id")))
    put(grouped(Team.objects.filter(_held(on))).annotate(teams=Count("id")))
    put(grouped(Cadre.objects.filter(_held(on))).annotate(cadres=Count("id")))
    state = Attendance.State
    put(grouped(Attendance.objects.filter(on=on)).annotate(
        at_post=Count("id", filter=Q(state=state.AT_POST)),
        on_leave=Count("id", filter=Q(state=state.ON_LEAVE)),
        away=Count("id", filter=Q(state=state.AWAY)),
    ))  # fmt: skip
    put(grouped(Attendance.objects.filter(_lately(on), confirmed_by__isnull=False)).annotate(
        days=Count("id"), days_at_post=Count("id", filter=Q(state=state.AT_POST)),
    ))  # fmt: skip
    return sorted(rows.values(), key=lambda row: row.code)


def total(code: str, rows: Iterable[Row]) -> Row:
    """The counts of a place from those of the places in it."""
    made = Row(code)
    counts = [each.name for each in fields(Row) if each.name != "code"]
    for row in rows:
        for name in counts:
            setattr(made, name, getattr(made, name) + getattr(row, name))
    return made


def to_help(code: str, *, seen_by: Eyes) -> QuerySet[Household]:
    """The poor and monitored households of a place."""
    return Household.objects.filter(
        OPEN, seen_by.territory.q("village_code"), village_code__startswith=code, kind__in=HELPED
    ).order_by("household_id")


def without_helper(households: QuerySet[Household]) -> QuerySet[Household]:
    """Those that nobody helps."""
    helper = Helper.objects.filter(NOW, place_code=OuterRef("village_code"), household_id=OuterRef("household_id"))
    return households.filter(~Exists(helper))


def not_visited(households: QuerySet[Household], since: date) -> QuerySet[Household]:
    """Those that nobody has called on since a day."""
    theirs = Visit.objects.filter(place_code=OuterRef("village_code"), household_id=OuterRef("household_id"))
    return households.filter(~Exists(theirs.filter(on__gte=since)))


def with_last_visit(households: QuerySet[Household]) -> QuerySet[Any]:
    """Households with `helper_id`, `helper_name` and `visited_on`; those never visited first, then the longest ago."""
    here = {"place_code": OuterRef("village_code"), "household_id": OuterRef("household_id")}
    helper = Helper.objects.filter(NOW, **here)
    last = Visit.objects.filter(**here).order_by("-on").values("on")[:1]
    return households.annotate(
        helper_id=Subquery(helper.values("officer_id")[:1]),
        helper_name=Subquery(helper.values("officer__name")[:1]),
        visited_on=Subquery(last),
    ).order_by(F("visited_on").asc(nulls_first=True), "household_id")


def villages_without_team(code: str, on: date, *, seen_by: Eyes) -> QuerySet[Any, Any]:
    """Villages with households to help and no team: code and number of those households, the most first."""
    teamless = ~Exists(Team.objects.filter(_held(on), place_code=OuterRef("village_code")))
    rows = to_help(code, seen_by=seen_by).filter(teamless).order_by()
    return rows.values("village_code").annotate(households=Count("id")).order_by("-households", "village_code")


def cadres(code: str, on: date, *, seen_by: Eyes) -> QuerySet[Any]:
    """The cadres posted in a place on a day, each with `state`, `reason`, `marked` and `confirmed` of that day, and
    `days` and `days_at_post` of the 30 days up to it."""
    today = Attendance.objects.filter(cadre=OuterRef("pk"), on=on)
    lately = Q(_lately(on, "attendance__"), attendance__confirmed_by__isnull=False)
    return (
        Cadre.objects.filter(_held(on), seen_by.territory.q("place_code"), place_code__startswith=code)
        .select_related("officer", "team")
        .annotate(
            state=Subquery(today.values("state")),
            reason=Subquery(today.values("reason")),
            mark=Subquery(today.values("id")),
            confirmed=Subquery(today.values("confirmed_by")),
            days=Count("attendance", filter=lately),
            days_at_post=Count("attendance", filter=lately & Q(attendance__state=Attendance.State.AT_POST)),
        )
        .order_by("place_code", "post", "id")
    )


def unconfirmed(code: str, *, seen_by: Eyes) -> QuerySet[Attendance]:
    """Marks that wait for the township."""
    return (
        Attendance.objects.filter(
            seen_by.territory.q("place_code"), place_code__startswith=code, confirmed_by__isnull=True
        )
        .select_related("cadre__officer", "marked_by__officer")
        .order_by("on", "place_code", "cadre")
    )


def team_of(village: str, on: date, *, seen_by: Eyes) -> Team | None:
    """The team of a village on a day."""
    return Team.objects.filter(_held(on), seen_by.territory.q("place_code"), place_code=village).first()


def helper_of(household: Household, *, seen_by: Eyes) -> Helper | None:
    """Who helps a household now."""
    mine = Helper.objects.filter(NOW, seen_by.territory.q("place_code"), household_id=household.household_id)
    return mine.select_related("officer").first()


def visits_to(household: Household, *, seen_by: Eyes) -> QuerySet[Visit]:
    """Every visit to a household, the last first."""
    mine = Visit.objects.filter(seen_by.territory.q("place_code"), household_id=household.household_id)
    return mine.select_related("officer")


def officers_near(code: str, sought: str, most: int) -> list[Officer]:
    """Officers with an office in the county of a place, or above it, whose name or sign-in name begins so."""
    offices = Office.held_on().filter(
        Q(territory__startswith=code[:6]) | Q(territory__in=[code[:n] for n in (0, 2, 4, 6) if n <= len(code)])
    )
    found = Officer.objects.filter(pk__in=offices.values("officer"), locked_on=None)
    if sought:
        found = found.filter(Q(name__startswith=sought) | Q(username__startswith=sought))
    return list(found.order_by("name", "username")[:most])


def _held(on: date) -> Q:
    return Q(Q(held_to=None) | Q(held_to__gte=on), held_from__lte=on)


def _lately(on: date, of: str = "") -> Q:
    return Q(**{f"{of}on__gt": on - timedelta(days=DAYS), f"{of}on__lte": on})
