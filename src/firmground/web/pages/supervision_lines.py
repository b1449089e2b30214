"""A place on the board of supervision: what remains there, what is being done, and will it make it."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, TypeVar

from django.utils.translation import gettext

from firmground.findings.models import PlaceResult, Screening
from firmground.officers.territory import Eyes
from firmground.places.models import Place
from firmground.supervision.board import queries
from firmground.supervision.board.models import OUTLOOKS, Forecast, PlaceFigures
from firmground.supervision.board.queries import GUARANTEES
from firmground.supervision.dispatch import declared
from firmground.supervision.dispatch import queries as dispatch
from firmground.supervision.dispatch.declared import Indicator
from firmground.supervision.dispatch.models import week_ended
from firmground.supervision.dispatch.queries import Sum
from firmground.supervision.ledger.queries import Standing, standing_on
from firmground.supervision.listing.queries import listings
from firmground.supervision.plans import queries as plans
from firmground.supervision.visits import queries as visits
from firmground.supervision.visits.queries import Visited
from firmground.web.language import spoken

ISSUES = ("open", "overdue", "without_help")
PLAN = ("items", "done", "late")
VISITS = ("visits", "last_on")
COLUMNS = ("code", "name", "listed", "poor_households", "poor_persons", "incidence", "chance", *GUARANTEES, *ISSUES,
           *PLAN, *VISITS)  # fmt: skip
HEADINGS = [
    "place_code", "place", "listed_places", "households", "persons", "poor_households", "poor_persons",
    "rural_population", *(f"{guarantee}_not_met" for guarantee in GUARANTEES), "issues_open", "issues_overdue",
    "issues_without_help", "plan_items", "plan_done", "plan_late", "visits", "households_seen", "last_visit",
    "deadline", "may_remain", "foretold_10", "foretold_50", "foretold_90", "chance", "outlook",
]  # fmt: skip

NO_PLAN, NEVER = plans.Standing(), Visited()
T = TypeVar("T")


@dataclass
class Line:
    """A place on the board.

    Attributes:
        listed: listed places in it, itself among them. reported: sums of the dispatch sheet by indicator; of it `due`
            counties should have reported.
    """

    code: str
    name: str
    figures: PlaceFigures | None
    short: Mapping[str, PlaceResult] = field(default_factory=dict)
    forecast: Forecast | None = None
    standing: Standing | None = None
    plan: plans.Standing = NO_PLAN
    visited: Visited = NEVER
    listed: int = 0
    reported: Mapping[str, Sum] = field(default_factory=dict)
    due: int = 0

    @property
    def incidence(self) -> float | None:
        """Poor persons of the rural population; None where that is not known."""
        known = self.figures
        return known.poor_persons / known.rural_population if known and known.rural_population else None

    @property
    def guarantees(self) -> list[tuple[str, PlaceResult | None]]:
        return [(standard, self.short.get(guarantee)) for guarantee, standard in GUARANTEES.items()]

    def mapped(self, chosen: str) -> int | None:
        """What the map draws of it; None: nothing is known."""
        if chosen == "unlikely":
            return round(100 * (1 - self.forecast.chance)) if self.forecast else None
        value = self.cell(chosen)
        return None if value is None else int(value)

    def cell(self, column: str) -> Any:
        """What a column of the table sorts by."""
        if column in GUARANTEES:
            return self.short[column].not_met if column in self.short else None
        if column in ISSUES:
            return getattr(self.standing, column) if self.standing else 0
        if column in PLAN:
            return getattr(self.plan, column)
        if column in VISITS:
            return getattr(self.visited, column)
        if column == "chance":
            return self.forecast.chance if self.forecast else None
        if column in self.reported:
            return self.reported[column].value
        return getattr(self if column in ("code", "name", "incidence", "listed") else self.figures, column, None)


def lines(
    screening: Screening, known: Mapping[str, PlaceFigures], here: str, on: date, *, seen_by: Eyes
) -> dict[str, Line]:
    """Each place with everything that is counted of it, as of a day.

    Issues, plans, visits and listings are counted within the reader's territory only.

    Args:
        known: the figures of the places, by code; all of them lie in `here`.
    """
    names = {place.code: place.name(spoken()) for place in Place.objects.filter(code__in=known)}
    names[""] = gettext("The nation")
    short = queries.short(screening, list(known), seen_by=seen_by)
    foretold = queries.forecasts(screening, list(known), seen_by=seen_by)
    levels = {len(code) for code in (here, *known)}
    counted: dict[str, Any] = {"seen_by": seen_by, "place": here, "digits": max(max(levels), 2)}
    standing = {
        row.place_code: row for digits in sorted(levels) for row in standing_on(on, **{**counted, "digits": digits})
    }
    plan = _upward(plans.standing(on, **counted), levels, NO_PLAN)
    visited = _upward(visits.visited(on, **counted), levels, NEVER)
    codes = listings(on, seen_by=seen_by).filter(place_code__startswith=here).values_list("place_code", flat=True)
    listed = Counter(code[:digits] for code in set(codes) for digits in levels if digits <= len(code))
    return {
        code: Line(
            code, names.get(code, code), figures, short[code], foretold.get(code), standing.get(code),
            plan.get(code, NO_PLAN), visited.get(code, NEVER), listed[code],
        )
        for code, figures in known.items()
    }  # fmt: skip


def report(here: Line, below: Iterable[Line], on: date, *, seen_by: Eyes) -> list[Indicator]:
    """Add what the dispatch sheet said, as known on a day, of the week that had ended last; tells which indicators."""
    shown = [each for each in declared.in_force().values() if each.on_board]
    if not shown or len(here.code) > 6:
        return []
    sums = dispatch.latest(here.code, on, [each.id for each in shown], seen_by=seen_by, known_on=on)
    due = dispatch.due(here.code, week_ended(on), seen_by=seen_by)
    for line in below:
        line.reported = sums.get(line.code, {})
        line.due = sum(county.startswith(line.code) for county in due)
    total = {}
    for each in shown:
        of = [found[each.id] for found in sums.values() if each.id in found]
        if of:
            total[each.id] = Sum(sum(one.value for one in of), None, sum(one.counties for one in of))  # type: ignore[arg-type]
    here.reported, here.due = total, len(due)
    return shown


def outlooks(counties: Iterable[Line]) -> dict[str, list[Line]]:
    """The counties that have a forecast by their outlook, the worst first; every outlook, also where there is none."""
    told = sorted(
        ((line.forecast.chance, line.code, line.forecast.outlook, line) for line in counties if line.forecast),
        key=lambda each: each[:2],
    )
    return {outlook: [line for *_, found, line in told if found == outlook] for outlook in OUTLOOKS}


def cells(line: Line) -> list[Any]:
    """What HEADINGS name, and the indicators of the dispatch sheet each with how many counties reported it."""
    known, told = line.figures, line.forecast
    assert known is not None
    foretold = [told.remaining[percent] for percent in ("10", "50", "90")] if told else [""] * 3
    return [
        line.code, line.name, line.listed, known.households, known.persons, known.poor_households, known.poor_persons,
        "" if known.rural_population is None else known.rural_population, *(line.cell(each) for each in GUARANTEES),
        *(line.cell(each) for each in (*ISSUES, *PLAN)), line.visited.visits, line.visited.households,
        line.visited.last_on or "", told.deadline if told else "", told.most if told else "", *foretold,
        told.chance if told else "", told.outlook if told else "",
    ]  # fmt: skip


def reported_cells(line: Line, shown: Collection[Indicator]) -> list[Any]:
    """Of each indicator its sum, how many counties reported it, and how many should have."""
    found = [(line.reported.get(each.id), line.due) for each in shown]
    return [cell for sum_, due in found for cell in ((sum_.value, sum_.counties, due) if sum_ else ("", 0, due))]


def _upward(rows: Mapping[str, T], levels: Collection[int], none: T) -> dict[str, T]:
    """Rows of the deepest level, added up in the places of every level."""
    made: dict[str, T] = {}
    for code, row in rows.items():
        for digits in levels:
            if digits <= len(code):
                made[code[:digits]] = made.get(code[:digits], none) + row  # type: ignore[operator]
    return made
