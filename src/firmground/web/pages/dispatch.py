"""The dispatch sheet: its indicators week by week, summed upward, who is late; and the sheet a county hands in."""

import base64
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from django import forms
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_safe

from firmground.common.errors import Refusal
from firmground.common.in_force import catalogue_in_force
from firmground.engines.declarations import in_language
from firmground.officers.acting import may
from firmground.officers.requests import OfficerRequest
from firmground.places import queries as places
from firmground.places.models import Place
from firmground.registry.load.tabular import write_refused
from firmground.supervision.dispatch import actions, declared, files, published, queries
from firmground.supervision.dispatch.declared import Indicator
from firmground.supervision.dispatch.models import week_ended
from firmground.supervision.dispatch.queries import Sum
from firmground.web.burndown import charted
from firmground.web.export import XLSX
from firmground.web.language import spoken
from firmground.web.pages import asked
from firmground.web.templatetags.ledger import number

WEEKS = 6
"""Columns of the page; the file has a whole year."""
YEAR = 53
LARGEST = 8 * 2**20
"""Bytes of a file handed in on the page."""
HEADINGS = ["place_code", "week", "indicator", "value", "base", "counties"]


@require_safe
def dispatch(request: OfficerRequest, code: str = "") -> HttpResponseBase:
    """What the counties under a place reported of the weeks up to `?on=`, added up."""
    path = places.path(code)
    if code and (not path or path[-1].code != code or not request.eyes.territory.opens(code)):
        raise Http404
    on = asked.day(request)
    day = on or timezone.localdate()
    last = week_ended(day)
    now = asked.choice(request, "known", ["now"]) == "now"
    known_on = None if now or on is None else on
    year = queries.series(code, last - timedelta(weeks=YEAR), last, seen_by=request.eyes, known_on=known_on)
    if form := asked.export(request):
        rows = [
            [code, week, name, cell.value, cell.base if cell.base is not None else "", cell.counties]
            for name, weeks in year.items()
            for week, cell in sorted(weeks.items())
        ]
        actions.export(rows=len(rows), chosen={"place": code, "on": str(on or "")}, by=request.office)
        return form(f"dispatch-{code or 'nation'}-{last}", HEADINGS, rows)
    weeks = [last - timedelta(weeks=n) for n in range(WEEKS)]  # the newest first: a phone shows two or three
    told = {name: {week: of[week] for week in weeks if week in of} for name, of in year.items()}
    indicators = declared.in_force()
    due = queries.due(code, last, seen_by=request.eyes)
    late = queries.late(code, day, seen_by=request.eyes, known_on=known_on)
    shown = [name for name, each in indicators.items() if each.on_board]
    children = {} if len(code) == 6 else queries.latest(code, day, shown, seen_by=request.eyes, known_on=known_on)
    names = _names({*late, *children})
    fallen = queries.fallen(code, last, seen_by=request.eyes, known_on=known_on) if len(code) == 6 else []
    return render(
        request,
        "web/dispatch.html",
        {
            "shown": [indicators[name] for name in shown], "now": now,
            "charts": [_chart(indicators[name], year[name], len(due)) for name in shown if name in year],
            "code": code, "on": on, "last": last, "weeks": weeks, "due": len(due), "reported": len(due) - len(late),
            "place_name": path[-1].name(spoken()) if path else gettext("The nation"),
            "crumbs": [{"code": each.code, "name": each.name(spoken())} for each in path],
            "lines": [_line(each, weeks, told.get(each.id, {}), told) for each in indicators.values()],
            "any": any(told.values()),
            "late": [(each, names.get(each, each)) for each in late],
            "children": [
                (each, names.get(each, each), [sums[name].plain if name in sums else None for name in shown])
                for each, sums in sorted(children.items())
            ],
            "published": [] if code else _published(indicators, day),
            "fallen": [
                in_language(indicators[name].title, spoken())
                for name in fallen
                if name in indicators
            ],
            "may_hand_in": len(code) == 6
            and may(request.office, "dispatch.hand_in")
            and request.office.reach.covers(code),
            "may_load": may(request.office, "dispatch.load"),
        },
    )  # fmt: skip


@require_http_methods(["GET", "POST"])
def dispatch_sheet(request: OfficerRequest, code: str) -> HttpResponse:
    """The sheet of a county for the week of `?week=`, or the one that ended last: every indicator in one form."""
    place = Place.objects.filter(code=code).first()
    if place is None or not request.eyes.territory.covers(code):
        raise Http404
    day = asked.day(request, "week") or week_ended(timezone.localdate())
    week = day - timedelta(days=day.weekday())
    said = queries.sheet(code, week, seen_by=request.eyes)
    before = queries.sheet(code, week - timedelta(weeks=1), seen_by=request.eyes)
    indicators = declared.in_force()
    form = _form(indicators, said, before, request.POST or None)
    problem = ""
    if request.method == "POST" and form.is_valid():
        given = {name: value for name, value in form.cleaned_data.items() if isinstance(value, Decimal)}
        try:
            actions.hand_in(
                county=code,
                week=week,
                values={name: given[name] for name in indicators if name in given},
                bases={name: given[f"base_{name}"] for name in indicators if f"base_{name}" in given},
                why=form.cleaned_data["why"],
                by=request.office,
            )
            return redirect(f"{reverse('dispatch_place', args=[code])}?on={week + timedelta(days=6)}&known=now")
        except Refusal as refusal:
            problem = str(refusal)
    context = {
        "code": code, "place_name": place.name(spoken()), "week": week, "sunday": week + timedelta(days=6),
        "form": form, "problem": problem, "may_hand_in": may(request.office, "dispatch.hand_in"),
    }  # fmt: skip
    return render(request, "web/dispatch_sheet.html", context, status=400 if request.method == "POST" else 200)


@require_safe
def dispatch_empty(request: OfficerRequest, code: str = "") -> HttpResponse:
    """An empty sheet of the counties under a place that report, for `?weeks=` weeks up to the one of `?week=`."""
    if not request.eyes.territory.covers(code):
        raise Http404
    day = asked.day(request, "week") or week_ended(timezone.localdate())
    weeks = int(asked.choice(request, "weeks", [str(n) for n in range(1, YEAR + 1)]) or 1)
    last = day - timedelta(days=day.weekday())
    counties = [code] if len(code) == 6 else queries.due(code, last, seen_by=request.eyes)
    data = files.empty(counties, [last - timedelta(weeks=n) for n in reversed(range(weeks))], by=request.office)
    name = f'attachment; filename="dispatch-{code or "nation"}-{last}.xlsx"'
    return HttpResponse(data, content_type=XLSX, headers={"Content-Disposition": name})


@require_http_methods(["GET", "POST"])
def dispatch_load(request: OfficerRequest) -> HttpResponse:
    """Hand in a file; the rows that are not taken come back in one to be mended."""
    context: dict[str, Any] = {"may_load": may(request.office, "dispatch.load"), "home": request.office.territory[:6]}
    if request.method == "POST":
        try:
            context |= _handed_in(request)
        except Refusal as refusal:
            context["problem"] = str(refusal)
    return render(request, "web/dispatch_load.html", context, status=400 if "problem" in context else 200)


def _handed_in(request: OfficerRequest) -> dict[str, Any]:
    upload = request.FILES.get("file")
    if upload is None or upload.size is None or upload.size > LARGEST:
        raise Refusal(gettext("Choose a file of at most %(most)s MB.") % {"most": LARGEST // 2**20})
    with TemporaryDirectory() as folder:
        file = Path(folder) / Path(upload.name or "dispatch").name
        file.write_bytes(upload.read())
        loaded = files.load(file=file, by=request.office, why=request.POST.get("why", ""))
        if not loaded.refused:
            return {"loaded": loaded}
        back = write_refused(file, loaded.headings, loaded.refused, Path(folder))
        data = base64.b64encode(back.read_bytes()).decode()
        return {"loaded": loaded, "back": data, "back_name": back.name,
                "back_type": XLSX if back.suffix == ".xlsx" else "text/csv"}  # fmt: skip


def _chart(each: Indicator, of: dict[date, Sum], due: int) -> dict[str, Any]:
    """The series of a year; weeks that fewer counties reported than the fullest one are marked as incomplete."""
    points = sorted(of.items())
    most = max(each.counties for _, each in points)
    reference = published.load(catalogue_in_force()).get(each.reference) if each.reference else None
    first, last = points[0][0], points[-1][0]
    against = [
        (point.on, point.value * each.scale) for point in reference.points if first <= point.on <= last
    ] if reference else []  # fmt: skip
    return {
        "title": in_language(each.title, spoken()), "unit": in_language(each.unit, spoken()),
        "picture": charted([(week, float(sum_.value), sum_.counties < most) for week, sum_ in points], against),
        "most": most, "due": max(due, most),
        "incomplete": any(sum_.counties < most for _, sum_ in points), "against": bool(against),
        "reference": in_language(reference.title, spoken()) if reference else "",
    }  # fmt: skip


def _form(indicators: dict[str, Indicator], said: Any, before: Any, posted: Any) -> forms.Form:
    """A field for every indicator, with last week's figure beside it; one for the year before where it is asked."""
    fields: dict[str, forms.Field] = {}
    for name, each in indicators.items():
        title, unit = in_language(each.title, spoken()), in_language(each.unit, spoken())
        cell, last = said.get(name), before.get(name)
        hint = gettext("The week before: %(n)s") % {"n": number(queries.plain(last.value))} if last else ""
        fields[name] = forms.DecimalField(
            label=gettext("%(title)s (%(unit)s)") % {"title": title, "unit": unit}, help_text=hint, required=False,
            min_value=0, max_digits=16, decimal_places=2, initial=cell.value if cell else None,
        )  # fmt: skip
        if each.asks_base:
            known = cell or last
            fields[f"base_{name}"] = forms.DecimalField(
                label=gettext("%(title)s: in 2019") % {"title": title}, required=False,
                min_value=0, max_digits=16, decimal_places=2, initial=known.base if known else None,
            )  # fmt: skip
    fields["why"] = forms.CharField(
        label=gettext("Why it changes"), max_length=300, required=False,
        help_text=gettext("Only where something was handed in for this week already."),
    )  # fmt: skip
    made: forms.Form = type("SheetForm", (forms.Form,), fields)(posted)
    return made


def _line(each: Indicator, weeks: list[date], of: dict[date, Sum], told: dict[str, dict[date, Sum]]) -> dict[str, Any]:
    """A row of the table: the sums, and the share of the year before, or of what it is a part of, where both are known
    of the same number of counties."""
    cells = []
    for week in weeks:
        cell = of.get(week)
        whole = told.get(each.of, {}).get(week) if each.of else None
        against = cell.base if cell and each.asks_base else None
        if cell and whole and whole.counties == cell.counties:
            against = against or whole.value
        cells.append((cell, cell.plain if cell else None, cell.value / against if cell and against else None))
    return {"title": in_language(each.title, spoken()), "unit": in_language(each.unit, spoken()), "cells": cells}


def _published(indicators: dict[str, Indicator], day: date) -> list[dict[str, Any]]:
    """What had been published by a day, indicator by indicator, newest last."""
    folder = catalogue_in_force()
    if not (folder / published.FILE).exists():
        return []
    series = published.load(folder)
    wanted = [series[each.reference] for each in indicators.values() if each.reference in series]
    return [
        {
            "title": in_language(each.title, spoken()), "unit": in_language(each.unit, spoken()), "on": point.on,
            "value": f"{point.value:,.10g}", "share": point.share, "source": in_language(point.source, spoken()),
        }
        for each in wanted
        for point in each.points
        if point.on <= day
    ]  # fmt: skip


def _names(codes: set[str]) -> dict[str, str]:
    return {place.code: place.name(spoken()) for place in Place.objects.filter(code__in=codes)}
