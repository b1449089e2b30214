"""Places, and what the latest screening counted in them."""

from datetime import date
from typing import Any

from django.http import Http404
from django.utils import timezone
from ninja import Router, Schema

from firmground.api.door import TokenNeeded
from firmground.api.errors import ERRORS
from firmground.api.records import Code, Limit
from firmground.api.records import Place as OfPlace
from firmground.findings import queries as findings
from firmground.officers.requests import OfficerRequest
from firmground.places import queries
from firmground.places.models import Level, Place

router = Router(tags=["places"], auth=TokenNeeded())


class PlaceOut(Schema):
    """A place. Its code begins with the code of the place above."""

    code: str
    level: str
    name_zh: str
    name_en: str
    valid_from: date | None
    valid_to: date | None


class PlaceWithMore(PlaceOut):
    within: list[str]
    listed: bool


class Count(Schema):
    standard: str
    asked: int
    met: int
    not_met: int
    unknown: int
    opened: int
    closed: int


class Counts(Schema):
    """Counts of the latest screening, one for each standard that may speak."""

    as_of: date
    counts: list[Count]


@router.get("/places", response={200: list[PlaceOut], **ERRORS}, summary="Places in force, by code")
def places(
    request: OfficerRequest, within: Code = "", level: Level | None = None, after: Code = "", limit: Limit = 100
) -> Any:
    """The places within one, those after a code; a page ends where `limit` is reached."""
    rows = queries.in_force().filter(code__startswith=within, code__gt=after).order_by("code")
    return list((rows.filter(level=level) if level else rows)[:limit])


@router.get("/places/{code}", response={200: PlaceWithMore, **ERRORS}, summary="A place")
def place(request: OfficerRequest, code: OfPlace) -> Any:
    found = _place(code)
    return {
        **{name: getattr(found, name) for name in PlaceOut.model_fields},
        "within": [each.code for each in queries.path(code)[:-1]],
        "listed": queries.listed(timezone.localdate()).filter(code=code).exists(),
    }


@router.get("/places/{code}/counts", response={200: Counts, **ERRORS}, summary="What was counted in a place")
def counts(request: OfficerRequest, code: OfPlace) -> Any:
    _place(code)
    screening = findings.latest()
    if screening is None or not request.eyes.territory.covers(code):
        raise Http404
    return {
        "as_of": screening.as_of,
        "counts": list(findings.counts(screening, [code], seen_by=request.eyes)),
    }


def _place(code: str) -> Place:
    try:
        return queries.place(code)
    except Place.DoesNotExist:
        raise Http404 from None
