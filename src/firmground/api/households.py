"""Households: a list, and everything about one."""

from typing import Annotated, Any

from django.http import Http404
from ninja import Router, Schema
from pydantic import Field

from firmground.api import findings as found
from firmground.api.door import TokenNeeded
from firmground.api.errors import ERRORS
from firmground.api.records import Code, Key, Limit, shown
from firmground.cases import queries as cases
from firmground.findings import queries as findings
from firmground.officers.requests import OfficerRequest
from firmground.registry import queries

router = Router(tags=["households"], auth=TokenNeeded())

Facts = Annotated[dict[str, Any], Field(description="By name, as in facts.toml; those of the classes your role reads")]


class HouseholdOut(Schema):
    household_id: str
    village_code: str
    facts: Facts


class WholeHousehold(HouseholdOut):
    """A household, and the rows in force of every register about it, by the register's name."""

    registers: dict[str, list[Facts]]
    findings: list[found.FindingOut]
    cases: list[int]


@router.get("/households", response={200: list[HouseholdOut], **ERRORS}, summary="Households, in the order of number")
def households(request: OfficerRequest, place: Code = "", after: Key | None = None, limit: Limit = 100) -> Any:
    """The households of your territory, or of a place in it. The last number as `after` gives the next page."""
    found.in_sight(request, place)
    rows = queries.in_place(place, seen_by=request.eyes).filter(household_id__gt=after or "")
    return [_own(row, request) for row in rows[:limit]]


@router.get(
    "/households/{household_id}", response={200: WholeHousehold, **ERRORS}, exclude_unset=True, summary="A household"
)
def household(request: OfficerRequest, household_id: Key) -> Any:
    known = queries.everything_about(household_id, seen_by=request.eyes)
    in_force = {name: [row for row in rows if row.superseded_at is None] for name, rows in known.items()}
    own = in_force.pop("household")
    if not own:
        raise Http404
    screening = findings.latest()
    short = findings.open_in(screening, seen_by=request.eyes).filter(household_id=household_id) if screening else []
    return {
        **_own(own[0], request),
        "registers": {name: [shown(row, request.office) for row in rows] for name, rows in in_force.items()},
        "findings": [found.said(row, request) for row in short],
        "cases": [case.pk for case in cases.of_subject("household", household_id, seen_by=request.eyes)],
    }


def _own(row: Any, request: OfficerRequest) -> dict[str, Any]:
    facts = shown(row, request.office)
    return {"household_id": facts.pop("household_id"), "village_code": facts.pop("village_code"), "facts": facts}
