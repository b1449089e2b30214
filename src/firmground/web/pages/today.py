"""The village worker's page on a phone: which households to call on today and why, and what else waits."""

from datetime import date, timedelta
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from firmground.cases import declared, forms, queries, wording
from firmground.engines.procedures.declared import Step
from firmground.officers.models import Office
from firmground.officers.requests import OfficerRequest
from firmground.places.queries import path
from firmground.registry.declared import parameter
from firmground.teams import queries as teams
from firmground.web.language import spoken
from firmground.web.pages.teams import PARAMETER

MOST = 50
AT_HOME = ("visited_on", "seen_on")
"""A form that asks for one of these is filled in at the household's home."""


@require_safe
def today(request: OfficerRequest) -> HttpResponse:
    office, on = request.office, timezone.localdate()
    mine = queries.mine(office)
    lines = wording.lines(list(mine.prefetch_related("text")[:MOST]), on)
    of_visits = {line.case.pk for line in lines if is_visit(declared.of_case(line.case).steps[line.case.at])}
    called = unvisited(office, on)
    return render(
        request,
        "web/today.html",
        {
            "on": on,
            "visits": together([line for line in lines if line.case.pk in of_visits]),
            "others": together([line for line in lines if line.case.pk not in of_visits]),
            "more": max(0, mine.count() - MOST),
            "unvisited": called,
            "place": ", ".join(place.name(spoken()) for place in path(office.territory)[-2:]),
        },
    )


def together(lines: list[wording.Line]) -> list[list[wording.Line]]:
    """The cases of each household together: one call serves them all. The most urgent household comes first."""
    found: dict[str, list[wording.Line]] = {}
    for line in lines:
        found.setdefault(line.case.subject_id, []).append(line)
    return list(found.values())


def is_visit(step: Step) -> bool:
    """Whether a step is taken at the household's home."""
    needed = {need for outcome in step.leads_to for need in step.needed_for(outcome)}
    named = [need.removeprefix("form:") for need in needed if need.startswith("form:")]
    return any(field.name in AT_HOME for name in named for field in forms.declared(name).fields)


def unvisited(office: Office, on: date) -> list[Any]:
    """Households on which nobody has called for too long, those that this officer helps first."""
    since = on - timedelta(days=int(str(parameter(PARAMETER, on, office.territory).value)))
    rows = teams.not_visited(teams.to_help(office.territory, seen_by=office.reach), since)
    found = list(teams.with_last_visit(rows)[:MOST])
    return sorted(found, key=lambda each: each.helper_id != office.officer_id)
