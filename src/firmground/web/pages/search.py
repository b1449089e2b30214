"""Search: a household by its number, its head or a member; a place by its name or code.

The box posts what was typed. A name goes on to an address that can be kept and sent; an identity number never stands
in an address, and so in no history and no log.
"""

import re
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from firmground.officers.requests import OfficerRequest
from firmground.places.models import Place
from firmground.places.search import named
from firmground.registry import queries as registry
from firmground.web.language import spoken
from firmground.web.pages.now import Now
from firmground.web.pages.places import level_name
from firmground.web.pages.rows import row

MOST = 20
IDENTITY_NUMBER = re.compile(r"\d{15}|\d{17}[\dXx](\d{2}|\d{4})?")  # mistyped ones, too


@csrf_exempt  # it changes nothing, and whoever refuses cookies may search
@require_http_methods(["GET", "HEAD", "POST"])
def search(request: OfficerRequest) -> HttpResponse:
    typed = request.method == "POST"
    sought = " ".join((request.POST if typed else request.GET).get("q", "").split())[:100]
    of_identity = IDENTITY_NUMBER.fullmatch(sought) is not None
    if typed and not of_identity:
        return redirect(f"{reverse('search')}?{urlencode({'q': sought})}")
    if of_identity and not typed:
        return render(
            request, "web/search.html", {"screening": Now.read(request.eyes).screening, "in_address": True}, status=400
        )
    households = registry.households_called(sought, MOST + 1, seen_by=request.officer)
    if len(households) == 1 and (of_identity or households[0].household_id == sought):
        return redirect("household", households[0].household_id)
    found = [] if of_identity else named(sought, MOST + 1) if sought else []
    return render(
        request,
        "web/search.html",
        {
            "screening": Now.read(request.eyes).screening,
            "sought": "" if of_identity else sought,
            "of_identity": of_identity,
            "more": max(len(households), len(found)) > MOST,
            **_described(households[:MOST], found[:MOST]),
        },
    )


def _described(households: list[Any], found: list[Place]) -> dict[str, list[Any]]:
    """What was found, with the names of the places around it."""
    codes = {h.village_code for h in households} | {p.code[:6] for p in found}
    called = {p.code: p.name(spoken()) for p in Place.objects.filter(code__in=codes)}
    for each in households:
        each.village = called.get(each.village_code, each.village_code)
    places = [
        {
            "name": place.name(spoken()),
            "level": level_name(place.level),
            "within": called.get(place.code[:6], "") if len(place.code) > 6 else "",
            "code": place.code,
            "address": row(place.code, "", None).address,
        }
        for place in found
    ]
    return {"households": households, "places": places}
