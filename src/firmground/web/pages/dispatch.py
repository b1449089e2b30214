"""The dispatch sheet: its indicators week by week, summed upward, who is late; and the sheet a county hands in."""

from datetime import date, timedelta
from decimal import Decimal
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
from firmground.supervision.dispatch import actions, declared, published, queries
from firmground.supervision.dispatch.declared import Indicator
from firmground.supervision.dispatch.models import week_ended
from firmground.supervision.dispatch.queries import Sum
from firmground.web.export import as_csv
from firmground.web.language import spoken
from firmground.web.pages import asked
from firmground.web.templatetags.ledger import number

WEEKS = 6
"""Columns of the page; the file has a whole year."""
YEAR = 53
SHOWN = ("labour_out", "posts")
"""Indicators that are told of every place below."""
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
    if asked.wants_csv(request):
        told = queries.series(code, last - timedelta(weeks=YEAR), last, seen_by=request.eyes)
        rows = [
            [code, week, name, cell.value, cell.base if cell.base is not None else "", cell.counties]
            for name, weeks in told.items()
            for week, cell in sorted(weeks.items())
        ]
        actions.export(rows=len(rows), chosen={"place": code, "on": str(on or "")}, by=request.office)
        return as_csv(f"dispatch-{code or 'nation'}-{last}", HEADINGS, rows)
    weeks = [last - timedelta(weeks=n) for n in range(WEEKS)]  # the newest first: a phone shows two or three
    told = queries.series(code, weeks[-1], last, seen_by=request.eyes)
    indicators = declared.in_force()
    due = queries.due(code, last, seen_by=request.eyes)
    late = queries.late(code, day, seen_by=request.eyes)
    children = {} if len(code) == 6 else queries.latest(code, day, SHOWN, seen_by=request.eyes)
    names = _names({*late, *children})
    return render(
        request,
        "web/dispatch.html",
        {
            "code": code, "on": on, "last": last, "weeks": weeks, "due": len(due), "reported": len(due) - len(late),
            "place_name": path[-1].name(spoken()) if path else gettext("The nation"),
            "crumbs": [{"code": each.code, "name": each.name(spoken())} for each in path],
            "lines": [_line(each, weeks, told.get(each.id, {}), told) for each in indicators.values()],
            "any": any(told.values()),
            "late": [(each, names.get(each, each)) for each in late],
            "children": [
                (each, names.get(each, each), [_plain(sums[name].value) if name in sums else None for name in SHOWN])
                for each, sums in sorted(children.items())
            ],
            "published": [] if code else _published(indicators, day),
            "fallen": [
                in_language(indicators[name].title, spoken())
                for name in (queries.fallen(code, last, seen_by=request.eyes) if len(code) == 6 else [])
                if name in indicators
            ],
            "may_hand_in": len(code) == 6
            and may(request.office, "dispatch.hand_in")
            and request.office.reach.covers(code),
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
            return redirect(f"{reverse('dispatch_place', args=[code])}?on={week + timedelta(days=6)}")
        except Refusal as refusal:
            problem = str(refusal)
    context = {
        "code": code, "place_name": place.name(spoken()), "week": week, "sunday": week + timedelta(days=6),
        "form": form, "problem": problem, "may_hand_in": may(request.office, "dispatch.hand_in"),
    }  # fmt: skip
    return render(request, "web/dispatch_sheet.html", context, status=400 if request.method == "POST" else 200)


def _form(indicators: dict[str, Indicator], said: Any, before: Any, posted: Any) -> forms.Form:
    """A field for every indicator, with last week's figure beside it; one for the year before where it is asked."""
    fields: dict[str, forms.Field] = {}
    for name, each in indicators.items():
        title, unit = in_language(each.title, spoken()), in_language(each.unit, spoken())
        cell, last = said.get(name), before.get(name)
        hint = gettext("The week before: %(n)s") % {"n": number(_plain(last.value))} if last else ""
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
        cells.append((cell, _plain(cell.value) if cell else None, cell.value / against if cell and against else None))
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


def _plain(value: Decimal) -> int | Decimal:
    """A whole number without the decimals it was kept with."""
    return int(value) if value == int(value) else value


def _names(codes: set[str]) -> dict[str, str]:
    return {place.code: place.name(spoken()) for place in Place.objects.filter(code__in=codes)}
