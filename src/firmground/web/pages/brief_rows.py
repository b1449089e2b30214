"""What stands behind a brief: its numbers as a file, and the rows of each of them."""

from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from firmground.cases import wording
from firmground.officers.requests import OfficerRequest
from firmground.places.models import Place
from firmground.registry.declared import word
from firmground.supervision.briefs import actions, queries, rows
from firmground.supervision.briefs.models import Brief
from firmground.web.language import spoken
from firmground.web.pages import asked, supervision_words
from firmground.web.pages.listing import bases

Cells = list[tuple[Any, str, str]]
"""A row of the page: (what it says, where it leads, how it is written)."""


@require_safe
def brief_numbers(request: OfficerRequest, number: int) -> HttpResponse:
    """The numbers of a brief as the text that was sealed: its SHA-256 is the digest on the paper."""
    row = in_sight(request, number)
    content = row.said.encode()
    actions.export(brief=row, content=content, by=request.office)
    name = f"brief-{row.place_code or 'nation'}-{row.week}-{row.edition}.json"
    return HttpResponse(
        content, content_type="application/json", headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )


@require_safe
def brief_rows(request: OfficerRequest, number: int) -> HttpResponse:
    """The rows behind the number `?of=`, of the brief's place or of `?place=` within it."""
    brief = in_sight(request, number)
    name = request.GET.get("of", "")
    place = asked.place(request) or brief.place_code
    found = rows.behind(brief, name, place)
    if found is None:
        raise Http404
    page = asked.page(request, found.rows)
    return render(
        request,
        "web/brief_rows.html",
        {
            "brief": brief,
            "name": names({brief.place_code})[brief.place_code],
            "place_name": names({place})[place],
            "counts": title(name),
            "of": name,
            "found": found,
            "told": rows.told(brief, name, place),
            "page": page,
            "headings": HEADINGS[found.what](title(name)),
            "rows": CELLS[found.what](list(page), brief, name),
        },
    )


def in_sight(request: OfficerRequest, number: int) -> Brief:
    row = queries.brief(number, seen_by=request.eyes)
    if row is None:
        raise Http404
    return row


def names(codes: set[str]) -> dict[str, str]:
    known = {place.code: place.name(spoken()) for place in Place.objects.filter(code__in=codes)}
    return {code: known.get(code, code) if code else gettext("The nation") for code in codes}


def title(name: str) -> str:
    """What a number counts, as the brief calls it."""
    part, _, rest = name.partition(".")
    guarantee, _, verdict = rest.partition(".")
    words = {
        "poor_households": gettext("Households still poor"), "poor_persons": gettext("Persons still poor"),
        "monitored_persons": gettext("Persons watched over"), "not_met": gettext("Fall short"),
        "unknown": gettext("Not known"), "asked": gettext("Asked"), "raised": gettext("Raised since the beginning"),
        "overdue": gettext("Past their day"), "claimed": gettext("Said to be put right, not verified"),
        "reopened": gettext("Came back"), "without_help": gettext("Without any help so far"),
        "verified": gettext("Verified by somebody else"), "waived": gettext("Waived"),
        "late": gettext("Orders past their day"), "visits": gettext("Supervision visits this week"),
        "unannounced": gettext("Unannounced visits this week"), "households": gettext("Households seen this week"),
        "unhelped": gettext("Visits whose findings still wait for help"), "counties": gettext("Listed counties"),
        "villages": gettext("Listed villages"), "left": gettext("Left the list this week"),
        "county": gettext("Exits of counties under way"), "village": gettext("Exits of villages under way"),
        "open": gettext("Open orders") if part == "orders" else gettext("Open issues"),
    }  # fmt: skip
    said = words.get(verdict or rest, verdict or rest)
    of = dict(supervision_words.guarantees()).get(guarantee, "") if part == "guarantees" else ""
    return f"{of}: {said}" if of else said


def _places(found: list[Any], brief: Brief, name: str) -> list[Cells]:
    called = names({code for code, _, _ in found})
    address = f"{reverse('brief_rows', args=[brief.pk])}?of={name}&place="
    return [[(called[code], address + code, ""), (n, "", "num")] for code, _, n in found]


def _households(found: list[Any], brief: Brief, name: str) -> list[Cells]:
    return [
        [
            (number, reverse("household", args=[number]), ""),
            (word("household.kind", kind, spoken()), "", ""),
            (n, "", "num"),
        ]
        for number, kind, n in found
    ]


def _findings(found: list[Any], brief: Brief, name: str) -> list[Cells]:
    return [
        [
            (row.subject_id, reverse("household", args=[row.household_id]) if row.household_id else "", ""),
            (row.verdict, "", "verdict"),
            (row.opened_as_of, "", "day"),
        ]
        for row in found
    ]


def _issues(found: list[Any], brief: Brief, name: str) -> list[Cells]:
    called, states = names({row.place_code for row in found}), supervision_words.states()
    return [
        [(f"{row.pk} {row.title}", reverse("issue", args=[row.pk]), ""), (called[row.place_code], "", ""),
         (states.get(row.state, row.state), "", ""), (row.late_after, "", "day")]
        for row in found
    ]  # fmt: skip


def _orders(found: list[Any], brief: Brief, name: str) -> list[Cells]:
    called, states = names({row.place_code for row in found}), supervision_words.order_states()
    return [
        [(f"{row.pk} {row.title}", reverse("order", args=[row.pk]), ""), (called[row.place_code], "", ""),
         (states.get(row.state, row.state), "", ""), (row.late_after, "", "day")]
        for row in found
    ]  # fmt: skip


def _visits(found: list[Any], brief: Brief, name: str) -> list[Cells]:
    called, modes = names({row.place_code for row in found}), supervision_words.modes()
    return [
        [(f"{row.from_on}", reverse("supervision_visit", args=[row.pk]), ""), (called[row.place_code], "", ""),
         (row.team.title, "", ""), (modes[row.mode], "", ""), (row.households_seen, "", "num")]
        for row in found
    ]  # fmt: skip


def _listings(found: list[Any], brief: Brief, name: str) -> list[Cells]:
    called, grounds = names({row.place_code for row in found}), bases()
    return [
        [(called[row.place_code], reverse("exit", args=[row.place_code]), ""), (grounds[row.basis], "", ""),
         (row.listed_on, "", "day"), (row.delisted_on, "", "day")]
        for row in found
    ]  # fmt: skip


def _cases(found: list[Any], brief: Brief, name: str) -> list[Cells]:
    called = names({row.place_code for row in found})
    return [
        [(called[row.place_code], reverse("case", args=[row.pk]), ""),
         (wording.title_of(row.procedure), "", ""), (row.opened_on, "", "day")]
        for row in found
    ]  # fmt: skip


CELLS = {
    "places": _places, "households": _households, "findings": _findings, "issues": _issues, "orders": _orders,
    "visits": _visits, "listings": _listings, "cases": _cases,
}  # fmt: skip
HEADINGS = {
    "places": lambda counts: [gettext("Place"), counts],
    "households": lambda counts: [gettext("Household"), gettext("Kind"), gettext("Persons")],
    "findings": lambda counts: [gettext("Household or subject"), gettext("Verdict"), gettext("Since")],
    "issues": lambda counts: [gettext("Issue"), gettext("Place"), gettext("Stood"), gettext("Due by")],
    "orders": lambda counts: [gettext("Order"), gettext("Place"), gettext("Stood"), gettext("Answer by")],
    "visits": lambda counts: [
        gettext("Visit"), gettext("Place"), gettext("Supervision team"), gettext("How"), gettext("Households seen"),
    ],
    "listings": lambda counts: [gettext("Place"), gettext("Ground"), gettext("Listed on"), gettext("Delisted")],
    "cases": lambda counts: [gettext("Place"), gettext("Procedure"), gettext("Opened on")],
}  # fmt: skip
