"""The card a household keeps: who helps it, what it was promised and given, whom to call. In both languages, as PDF.

It hangs where visitors see it: no identity number, account or health; what was given stands there in words only where
those tell nothing of either.
"""

from typing import Any

import segno
from django.http import HttpResponse
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.views.decorators.http import require_safe

from firmground.assistance.declared import in_force
from firmground.assistance.plans import measures_of
from firmground.notices.queries import telephone_of
from firmground.officers.requests import OfficerRequest
from firmground.places.models import Place
from firmground.places.queries import path
from firmground.registry.models import OPEN, Assistance
from firmground.teams.queries import helper_of
from firmground.web.language import CHOICES, spoken
from firmground.web.pages.assistance import of_territory
from firmground.web.paper import printed

MOST_ROWS = 40


@require_safe
def card(request: OfficerRequest, household_id: str) -> HttpResponse:
    """The card as PDF: a page of A5 for each language, two of which make a folded A4."""
    home = of_territory(request.officer, household_id)
    address = request.build_absolute_uri(reverse("public_assistance"))
    known = in_force()
    said = {
        "household": home,
        "helper": helper_of(home, seen_by=request.officer),
        "rows": _rows(home),
        "complaints": known.telephone(home.village_code),
        "township": telephone_of(home.village_code),
        "code": segno.make(address, error="m").svg_inline(scale=3, border=0),
        "address": address,
        "today": timezone.localdate(),
    }
    pages = []
    for language in (CHOICES["zh"], CHOICES["en"]):
        with translation.override(language):
            names = [place.name(spoken()) for place in _below_province(home.village_code)]
            pages.append(render_to_string("web/card_page.html", {**said, "place": " ".join(names)}))
    paper = printed(render_to_string("web/card.html", {"pages": pages}))
    return HttpResponse(
        paper,
        content_type="application/pdf",
        headers={"Content-Disposition": f'inline; filename="card-{home.household_id}.pdf"'},
    )


def _rows(home: Any) -> list[dict[str, Any]]:
    """What was promised and given, the last first; from the measures, and from what departments' files brought."""
    kinds = in_force().kinds
    standing = [row for row in measures_of(home) if row.cancelled_on is None]
    made_here = {row.assistance_id for row in standing}
    rows: list[dict[str, Any]] = [
        {
            "measure": row.measure,
            "item": "" if kinds[row.measure].discreet else row.item,
            "amount": row.amount,
            "due_on": row.due_on,
            "given_on": row.given_on,
        }
        for row in standing
    ]
    given = Assistance.objects.filter(OPEN, village_code=home.village_code, household_id=home.household_id)
    rows += [
        {"measure": row.measure, "item": "", "amount": row.amount, "due_on": None, "given_on": row.given_on}
        for row in given
        if row.assistance_id not in made_here
    ]
    return sorted(rows, key=lambda row: row["given_on"] or row["due_on"], reverse=True)[:MOST_ROWS]


def _below_province(code: str) -> list[Place]:
    return path(code)[2:]
