"""The board: every listed county, what its households fall short of, what changed, and where they lie."""

import re
from collections.abc import Mapping

from django.contrib.auth.decorators import login_not_required
from django.core.cache import cache
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from firmground.findings.tallies import PlaceTally
from firmground.officers.models import Officer
from firmground.officers.requests import OfficerRequest
from firmground.places import queries as places
from firmground.places.models import Level, Place
from firmground.web.language import spoken
from firmground.web.pages import asked, maps
from firmground.web.pages.now import TASKS, Now
from firmground.web.pages.rows import COLUMNS, Row, in_order, row, total

LINK = re.compile(r' href="/places/(\d{6})/"')


@login_not_required
def board(request: OfficerRequest) -> HttpResponse:
    now = Now.read(request.eyes)
    if now.screening is None:
        return render(request, "web/board.html", {"screening": None})
    column, down = asked.sort(request, COLUMNS, "code")
    provinces = listed_counties(now.tallies(digits=6))
    for province in provinces:
        for county in province.below:
            province.add(county)
        province.below = in_order(province.below, column, down)
    rows = in_order(provinces, column, down)
    return render(
        request,
        "web/board.html",
        {
            "screening": now.screening,
            "tasks": TASKS,
            "sort": f"-{column}" if down else column,
            "provinces": rows,
            "counties": sum(len(province.below) for province in rows),
            "nation": total("", gettext("All listed counties"), rows),
            "held": now.held,
            "map": only_linked(drawn(now, rows), request.officer),
        },
    )


def listed_counties(counted: Mapping[str, PlaceTally] | None = None) -> list[Row]:
    """The provinces with the listed counties below them, in the order of their codes."""
    listed = list(places.listed().filter(level=Level.COUNTY))
    codes = {place.code[:2] for place in listed}
    provinces = {p.code: Row(code=p.code, name=p.name(spoken())) for p in Place.objects.filter(code__in=codes)}
    for place in listed:
        provinces[place.code[:2]].below.append(row(place.code, place.name(spoken()), (counted or {}).get(place.code)))
    return [provinces[code] for code in sorted(provinces)]


def drawn(now: Now, provinces: list[Row]) -> SafeString:
    """The map. It changes only with a screening or a release, so it is kept."""
    assert now.screening is not None
    key = f"map-{now.screening.pk}-{len(now.held)}-{now.catalogue.digest[:12]}-{spoken()}"
    picture: str | None = cache.get(key)
    if picture is None:
        counties = {county.code: county for province in provinces for county in province.below}
        counted = [
            maps.Counted(
                code=code,
                count=county.either,
                says=gettext("%(county)s: %(short)s of %(households)s households fall short")
                % {"county": county.name, "short": f"{county.either:,}", "households": f"{county.households:,}"},
                address=reverse("place", args=[code]),
            )
            for code, county in counties.items()
        ]
        picture = maps.of_counties(counted, gettext("Households falling short"))
        cache.set(key, picture)
    return SafeString(picture)


def only_linked(picture: SafeString, officer: Officer | None) -> SafeString:
    """The map with links to those counties alone whose pages the reader may open; who has not signed in is asked to."""
    if officer is None:
        return picture
    return SafeString(LINK.sub(lambda link: link[0] if officer.territory.opens(link[1]) else "", picture))
