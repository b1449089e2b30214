"""Search: a household by its number, its head or a member; a place by its name or code."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from firmground.places.models import Place
from firmground.places.search import named
from firmground.registry import queries as registry
from firmground.web.language import spoken
from firmground.web.pages.now import Now
from firmground.web.pages.places import level_name
from firmground.web.pages.rows import row

MOST = 20


def search(request: HttpRequest) -> HttpResponse:
    sought = " ".join(request.GET.get("q", "").split())[:100]
    households = registry.households_called(sought, MOST + 1)
    if len(households) == 1 and households[0].household_id == sought:
        return redirect("household", sought)
    places = named(sought, MOST + 1) if sought else []
    codes = {h.village_code for h in households[:MOST]} | {p.code[:6] for p in places[:MOST]}
    called = {p.code: p.name(spoken()) for p in Place.objects.filter(code__in=codes)}
    for each in households:
        each.village = called.get(each.village_code, each.village_code)
    return render(
        request,
        "web/search.html",
        {
            "screening": Now.read().screening,
            "sought": sought,
            "households": households[:MOST],
            "places": [
                {
                    "name": place.name(spoken()),
                    "level": level_name(place.level),
                    "within": called.get(place.code[:6], "") if len(place.code) > 6 else "",
                    "code": place.code,
                    "address": row(place.code, "", None).address,
                }
                for place in places[:MOST]
            ],
            "more": max(len(households), len(places)) > MOST,
        },
    )
