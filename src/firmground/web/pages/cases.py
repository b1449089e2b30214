"""Cases as lists: the desk of an office, and every case of a territory."""

import re
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from django.db.models import QuerySet
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from firmground.cases import actions, applications, declared, queries, wording
from firmground.cases.models import Case
from firmground.common.errors import Refusal
from firmground.officers.acting import may
from firmground.officers.models import Office
from firmground.officers.requests import OfficerRequest
from firmground.places.queries import children
from firmground.registry.declared import catalogue
from firmground.registry.queries import households_called
from firmground.web.export import as_csv
from firmground.web.language import spoken
from firmground.web.pages import asked
from firmground.web.pages.search import IDENTITY_NUMBER

COLUMNS = {
    "due": ("late_after", "pk"),
    "opened": ("opened_on", "pk"),
    "subject": ("subject_id", "pk"),
    "place": ("place_code", "late_after", "pk"),
    "step": ("procedure", "at", "late_after", "pk"),
    "closed": ("closed_on", "pk"),
}
STATES = ("open", "late", "closed")
LATELY = timedelta(days=30)
MOST_CALLED = 200
CASE_NUMBER = re.compile(r"\d{1,9}")


@require_safe
def desk(request: OfficerRequest) -> HttpResponseBase:
    """What an office has to do today, what has risen to it, what waits for others, and what it finished lately."""
    office, today = request.office, timezone.localdate()
    parts = {
        "mine": queries.mine(office),
        "risen": queries.risen(office),
        "waiting": queries.waiting(office),
        "finished": queries.finished(office, today - LATELY),
    }
    part = asked.choice(request, "part", parts) or "mine"
    counts = queries.desk_counts(office, today, today - LATELY)
    context = _list(request, parts[part], today, "-closed" if part == "finished" else "due")
    waiting = applications.waiting(office.reach)
    return render(
        request,
        "web/desk.html",
        {
            **context,
            "part": part,
            "parts": [(name, title, counts[name]) for name, title in _titles().items()],
            "late": counts["late"],
            "applications": list(waiting[: asked.ROWS_OF_A_PAGE]) if may(office, "cases.take_up") else [],
            "may_take": part in ("mine", "risen") and may(office, "cases.take"),
            "today": today,
        },
    )


@require_safe
def cases(request: OfficerRequest) -> HttpResponseBase:
    """Every case in sight, or some of them; also as a table to take away."""
    today = timezone.localdate()
    state = asked.choice(request, "state", STATES)
    rows = queries.searched(queries.within(request.eyes), state=state, on=today)
    if asked.wants_csv(request):
        rows, chosen, _ = _chosen(request, rows, today, "due")
        actions.export(cases=rows.count(), chosen={**chosen, "state": state}, by=request.office)
        return as_csv(f"cases-{today}", HEADINGS, _lines(rows, today))
    context = _list(request, rows, today, "due")
    may_export = may(request.office, "cases.export")
    return render(request, "web/cases.html", {**context, "state": state, "states": STATES, "may_export": may_export})


def _titles() -> dict[str, str]:
    return {
        "mine": gettext("Mine to do"),
        "risen": gettext("Risen to me"),
        "waiting": gettext("Waits for others"),
        "finished": gettext("Finished lately"),
    }


def _list(request: OfficerRequest, rows: QuerySet[Case], today: date, order: str) -> dict[str, Any]:
    """A page of cases with the filters chosen, and what may be chosen."""
    rows, chosen, sort = _chosen(request, rows, today, order)
    page = asked.page(request, rows)
    return {
        "page": page,
        "lines": wording.lines(list(page), today),
        "chosen": chosen,
        "sort": sort,
        "procedures": [(name, wording.title_of(name)) for name in declared.in_force().procedures],
        "steps": _steps(),
        "places": _places(request.office, chosen["place"]),
        "standards": sorted(
            (
                (name, each.title.get(spoken()) or name)
                for name, each in catalogue().standards.items()
                if each.procedure
            ),
            key=lambda each: each[1],
        ),
        "today": today,
    }


def _chosen(
    request: OfficerRequest, rows: QuerySet[Case], today: date, order: str
) -> tuple[QuerySet[Case], dict[str, str], str]:
    """The cases that fit the address, in its order."""
    in_force = declared.in_force().procedures
    steps = {name for _, found in _steps() for name, _ in found}
    ended = {outcome for procedure in in_force.values() for outcome in procedure.outcomes}
    chosen = {
        "procedure": asked.choice(request, "procedure", in_force),
        "at": asked.choice(request, "at", steps | ended),
        "place": asked.place(request),
        "standard": asked.choice(request, "standard", catalogue().standards),
        "late": asked.choice(request, "late", ["yes"]),
        "q": " ".join(request.GET.get("q", "").split())[:60],
    }
    called: dict[str, Any] = {}
    if sought := chosen["q"]:
        if IDENTITY_NUMBER.fullmatch(sought):
            raise Refusal(
                gettext("An identity number does not belong in an address. Look for it in the box at the top.")
            )
        called["number"] = int(sought) if CASE_NUMBER.fullmatch(sought) else None
        called["households"] = [
            each.household_id for each in households_called(sought, MOST_CALLED, seen_by=request.eyes)
        ]
    rows = queries.searched(
        rows,
        procedure=chosen["procedure"],
        at=chosen["at"],
        place=chosen["place"],
        standard=chosen["standard"],
        state="late" if chosen["late"] else "",
        on=today,
        **called,
    )
    column, down = asked.sort(request, COLUMNS, order)
    sign = "-" if down else ""
    return (
        rows.order_by(*(f"{sign}{name}" for name in COLUMNS[column])).prefetch_related("text"),
        chosen,
        f"-{column}" if down else column,
    )


def _steps() -> list[tuple[str, list[tuple[str, str]]]]:
    """The steps of each procedure at which a case may stand."""
    return [
        (wording.title(each), [(name, each.word(name, spoken())) for name, step in each.steps.items() if step.in_order])
        for each in declared.in_force().procedures.values()
    ]


def _places(office: Office, chosen: str) -> list[tuple[str, str]]:
    """The places one level below the office's, and the one chosen."""
    found = [(place.code, place.name(spoken())) for place in children(office.territory)]
    if chosen and chosen not in dict(found):
        found.append((chosen, wording.name_of(chosen)))
    return found


HEADINGS = ["case", "procedure", "about", "subject_id", "place_code", "channel", "opened_on", "at", "since", "due_on",
            "days_late", "waits_for", "closed_on"]  # fmt: skip


def _lines(rows: QuerySet[Case], today: date) -> Iterator[list[Any]]:
    for case in rows.prefetch_related(None).iterator(chunk_size=2000):
        late = max(0, (today - case.late_after).days) if case.late_after and case.closed_on is None else 0
        yield [case.pk, case.procedure, case.about, case.subject_id, case.place_code, case.channel, case.opened_on,
               case.at, case.entered_on, case.due_on, late, " ".join(case.roles), case.closed_on]  # fmt: skip
