"""Findings of the latest screening."""

from typing import Any, Literal

from django.http import Http404
from ninja import Router, Schema

from firmground.api.door import TokenNeeded
from firmground.api.errors import ERRORS
from firmground.api.records import After, Code, Limit, Word, shown
from firmground.findings import queries
from firmground.findings.models import Finding
from firmground.officers.requests import OfficerRequest

router = Router(tags=["findings"], auth=TokenNeeded())

KEPT = ("opened_in", "changed_in", "replaced_in", "closed_in")


class FindingOut(Schema):
    """A subject that falls short of a standard, or of which nobody knows. What a role does not read is left out."""

    id: int
    status: str
    opened_as_of: str
    about: str | None = None
    subject_id: str | None = None
    household_id: str | None = None
    place_code: str | None = None
    standard: str | None = None
    verdict: str | None = None
    evidence: dict[str, Any] | None = None


@router.get(
    "/findings", response={200: list[FindingOut], **ERRORS}, exclude_unset=True, summary="Findings, in the order of id"
)
def findings(
    request: OfficerRequest,
    place: Code = "",
    standard: Word | None = None,
    verdict: Finding.Verdict | None = None,
    status: Literal["opened", "still_open", "changed", "closed"] | None = None,
    after: After = 0,
    limit: Limit = 100,
) -> Any:
    """What the latest screening found in your territory; of a place, a standard, a verdict, a status.

    Without a status: all that are open. Ask for the next page with the last id as `after`.
    """
    screening = queries.latest()
    in_sight(request, place)
    if screening is None:
        return []
    rows = queries.in_place(screening, place, seen_by=request.eyes, standard=standard, verdict=verdict, status=status)
    return [said(row, request) for row in rows.filter(pk__gt=after).order_by("pk")[:limit]]


def said(row: Any, request: OfficerRequest) -> dict[str, Any]:
    return {
        **shown(row, request.office, KEPT), "status": row.status, "opened_as_of": row.opened_as_of.isoformat(),
    }  # fmt: skip


def in_sight(request: OfficerRequest, place: str) -> None:
    """See that a place lies in the territory, or around it.

    Raises:
        Http404: it does not.
    """
    if not request.eyes.territory.opens(place):
        raise Http404
