"""The board of listed supervision, nation to village, as of any day: what remains, and will they make it."""

from collections.abc import Collection
from datetime import date
from typing import Any

from django.http import Http404
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from firmground.findings import queries as findings
from firmground.findings import tallies
from firmground.findings.queries import COUNTY_DIGITS
from firmground.officers.requests import OfficerRequest
from firmground.places import queries as places
from firmground.places.models import DIGITS, Level
from firmground.supervision.board import actions, queries
from firmground.supervision.board.weak import weakest
from firmground.supervision.dispatch.models import week_ended
from firmground.supervision.ledger.queries import Standing, standing_on
from firmground.supervision.plans import queries as plans
from firmground.web.burndown import drawn
from firmground.web.language import spoken
from firmground.web.pages import asked, maps, supervision_lines
from firmground.web.pages.supervision_lines import COLUMNS, HEADINGS, Line
from firmground.web.pages.supervision_words import contents, guarantees, reason

NAMED = 60
"""So many counties of an outlook are named; the rest are counted."""


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
    day = on or timezone.localdate()
    lines = supervision_lines.lines(screening, known, code, day, seen_by=request.eyes)
    here = lines.pop(code, None) or Line(code, path[-1].name(spoken()) if path else gettext("The nation"), None)
    shown = supervision_lines.report(here, [lines[each] for each in below], day, seen_by=request.eyes)
    column, down = asked.sort(request, [*COLUMNS, *(each.id for each in shown)], "code")
    rows = asked.sorted_by([lines[each] for each in below], lambda line: line.cell(column), down)
    if form := asked.export(request):
        actions.export(rows=len(rows), chosen={"place": code, "on": str(on or "")}, by=request.office)
        headings = [*HEADINGS, *(f"{each.id}{what}" for each in shown for what in ("", "_counties", "_due"))]
        cells = [supervision_lines.cells(line) + supervision_lines.reported_cells(line, shown) for line in rows]
        return form(f"supervision-{code or 'nation'}-{screening.as_of}", headings, cells)
    weak = weakest(
        counties,
        {each: lines[each].short for each in counties},
        {each: told for each in counties if (told := lines[each].forecast)},
    )
    listed = {each for each in counties if lines[each].listed}
    series = queries.series(screening, code, seen_by=request.eyes) if len(code) <= COUNTY_DIGITS else []
    planned = plans.planned(code, day, seen_by=request.eyes)
    context |= {
        "here": here,
        "rows": rows,
        "weak": [{"line": lines[each.place_code], "reason": reason(each)} for each in weak],
        "burndown": drawn(series, here.forecast, planned),
        "planned": planned,
        "latest": screening == findings.latest(),
        "outlooks": _outlooks([lines[each] for each in counties], listed),
        "tasks": tallies.by_place(screening, digits=len(code), under=code, seen_by=request.eyes).get(code),
        "contents": _contents(request, code, day),
        "week": week_ended(day),
        "reported": [(each, here.reported.get(each.id)) for each in shown],
        "shown": shown,
        # Of the nation alone, and only the listed: three thousand circles are no map.
        "map": _map(request, [lines[each] for each in sorted(listed)], on) if listed and not code else "",
        "mapped": chosen_of_map(request),
        "maps": mappable().items(),
        "sort": f"-{column}" if down else column,
    }
    return render(request, "web/supervision.html", context)


def _outlooks(counties: list[Line], listed: Collection[str]) -> list[dict[str, Any]]:
    """Who will miss the deadline, who may, and who is on course: how many, how many of them listed, and by name."""
    if not any(line.forecast for line in counties):
        return []
    return [
        {
            "outlook": outlook,
            "count": len(found),
            "listed": sum(line.code in listed for line in found),
            "named": sorted(found, key=lambda line: line.code not in listed)[:NAMED],
            "more": max(len(found) - NAMED, 0),
        }
        for outlook, found in supervision_lines.outlooks(counties).items()
    ]


def _contents(request: OfficerRequest, code: str, day: date) -> list[tuple[int, str, Standing | None]]:
    """How the issues of a place stand, by the content of supervision."""
    rows = standing_on(day, seen_by=request.eyes, place=code, digits=len(code), by_content=True)
    found = {row.content: row for row in rows}
    return [(number, word, found.get(number)) for number, word in contents().items()]


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
