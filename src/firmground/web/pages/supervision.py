"""The board of listed supervision, nation to village, as of any day: what remains, and will they make it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.http import Http404
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from firmground.findings.models import PlaceResult, Screening
from firmground.findings.queries import COUNTY_DIGITS
from firmground.officers.requests import OfficerRequest
from firmground.places import queries as places
from firmground.places.models import DIGITS, Level, Place
from firmground.supervision.board import actions, queries
from firmground.supervision.board.models import Forecast, PlaceFigures
from firmground.supervision.board.queries import GUARANTEES
from firmground.supervision.board.weak import weakest
from firmground.supervision.ledger.queries import Standing, standing_on
from firmground.web.burndown import drawn
from firmground.web.export import as_csv
from firmground.web.language import spoken
from firmground.web.pages import asked, maps
from firmground.web.pages.supervision_words import guarantees, reason

COLUMNS = ("code", "name", "poor_households", "poor_persons", "incidence", "open", "overdue", "chance", *GUARANTEES)


@dataclass
class Line:
    """A place on the board."""

    code: str
    name: str
    figures: PlaceFigures | None
    short: Mapping[str, PlaceResult] = field(default_factory=dict)
    forecast: Forecast | None = None
    standing: Standing | None = None

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
        if column in ("open", "overdue"):
            return getattr(self.standing, column) if self.standing else 0
        if column == "chance":
            return self.forecast.chance if self.forecast else None
        return getattr(self if column in ("code", "name", "incidence") else self.figures, column, None)


def supervision(request: OfficerRequest, code: str = "") -> HttpResponseBase:
    path = places.path(code)
    if code and (not path or path[-1].code != code or not request.officer.territory.opens(code)):
        raise Http404
    on = asked.day(request)
    screening = queries.screening_on(on)
    context: dict[str, Any] = {"code": code, "on": on, "screening": screening, "guarantees": guarantees()}
    context["crumbs"] = [{"code": each.code, "name": each.name(spoken())} for each in path]
    if screening is None:
        return render(request, "web/supervision.html", context)
    deeper = [digits for digits in DIGITS.values() if digits > len(code)]
    below = queries.figures(screening, digits=deeper[0], under=code, seen_by=request.eyes) if deeper else {}
    counties = below
    if len(code) < DIGITS[Level.PREFECTURE]:
        counties = queries.figures(screening, digits=COUNTY_DIGITS, under=code, seen_by=request.eyes)
    own = queries.of_place(screening, code, seen_by=request.eyes)
    known = {**counties, **below, **({code: own} if own else {})}
    lines = _lines(request, screening, known, code, {len(each) for each in (code, *known)}, on)
    here = lines.pop(code, None) or Line(code, path[-1].name(spoken()) if path else gettext("The nation"), None)
    column, down = asked.sort(request, COLUMNS, "code")
    rows = asked.sorted_by([lines[each] for each in below], lambda line: line.cell(column), down)
    if asked.wants_csv(request):
        actions.export(rows=len(rows), chosen={"place": code, "on": str(on or "")}, by=request.office)
        return as_csv(f"supervision-{code or 'nation'}-{screening.as_of}", HEADINGS, [_cells(line) for line in rows])
    weak = weakest(
        counties,
        {each: lines[each].short for each in counties},
        {each: told for each in counties if (told := lines[each].forecast)},
    )
    # Of the nation alone, and only the listed: three thousand circles are no map.
    listed = set() if code else set(places.listed(on).values_list("code", flat=True))
    series = queries.series(screening, code, seen_by=request.eyes) if len(code) <= COUNTY_DIGITS else []
    context |= {
        "here": here,
        "rows": rows,
        "weak": [{"line": lines[each.place_code], "reason": reason(each)} for each in weak],
        "burndown": drawn(series, here.forecast),
        "series": series,
        "map": _map(request, [lines[each] for each in counties if each in listed], on) if listed else "",
        "mapped": chosen_of_map(request),
        "maps": mappable().items(),
        "sort": f"-{column}" if down else column,
    }
    return render(request, "web/supervision.html", context)


def mappable() -> dict[str, str]:
    """What the circles of the map may count."""
    return {
        "poor_persons": gettext("Persons still poor"),
        "open": gettext("Open issues"),
        "overdue": gettext("Overdue"),
        "unlikely": gettext("Chance to miss the deadline, in 100"),
    }


def chosen_of_map(request: OfficerRequest) -> str:
    return asked.choice(request, "map", mappable()) or "poor_persons"


def _map(request: OfficerRequest, lines: list[Line], on: date | None) -> SafeString:
    """The counties with what the reader chose to see; each leads to its board, where the reader may open it."""
    chosen, opens = chosen_of_map(request), request.officer.territory.opens
    asks = f"?on={on}" if on else ""
    counted = [
        maps.Counted(
            code=line.code,
            count=count,
            says=f"{line.name}: {mappable()[chosen]} {count:,}",
            address=reverse("supervision_place", args=[line.code]) + asks if opens(line.code) else "",
        )
        for line in lines
        if (count := line.mapped(chosen)) is not None
    ]
    return SafeString(maps.of_counties(counted, mappable()[chosen]))


def _lines(
    request: OfficerRequest, screening: Screening, known: Mapping[str, PlaceFigures], here: str, digits: set[int],
    on: date | None,
) -> dict[str, Line]:  # fmt: skip
    """Each place with everything that is counted of it. Issues are counted within the reader's territory only."""
    names = {place.code: place.name(spoken()) for place in Place.objects.filter(code__in=known)}
    names[""] = gettext("The nation")
    short = queries.short(screening, list(known), seen_by=request.eyes)
    foretold = queries.forecasts(screening, list(known), seen_by=request.eyes)
    standing = {}
    for level in sorted(digits):
        for row in standing_on(on or timezone.localdate(), seen_by=request.eyes, place=here, digits=level):
            standing[row.place_code] = row
    return {
        code: Line(code, names.get(code, code), figures, short[code], foretold.get(code), standing.get(code))
        for code, figures in known.items()
    }


HEADINGS = [
    "place_code", "place", "households", "persons", "poor_households", "poor_persons", "rural_population",
    *(f"{guarantee}_not_met" for guarantee in GUARANTEES), "issues_open", "issues_overdue", "deadline", "may_remain",
    "foretold_10", "foretold_50", "foretold_90", "chance",
]  # fmt: skip


def _cells(line: Line) -> list[Any]:
    known, told = line.figures, line.forecast
    assert known is not None
    foretold = [told.remaining[percent] for percent in ("10", "50", "90")] if told else [""] * 3
    return [
        line.code, line.name, known.households, known.persons, known.poor_households, known.poor_persons,
        "" if known.rural_population is None else known.rural_population, *(line.cell(each) for each in GUARANTEES),
        line.cell("open"), line.cell("overdue"), told.deadline if told else "", told.most if told else "", *foretold,
        told.chance if told else "",
    ]  # fmt: skip
