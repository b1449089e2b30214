"""Facilities with what was found of them."""

from dataclasses import dataclass

from django.db.models import QuerySet

from firmground.findings.models import Finding, Screening
from firmground.findings.queries import in_place
from firmground.officers.territory import Eyes
from firmground.registry.facilities import within
from firmground.registry.models import FACILITIES


@dataclass(frozen=True)
class Counted:
    """Facilities of one kind in a place, and how many of them fall short of something (None: nothing was screened)."""

    kind: str
    number: int
    short: int | None


def short(screening: Screening | None, kind: str, place: str = "", *, seen_by: Eyes) -> QuerySet[Finding]:
    """What facilities of a kind fall short of in a place."""
    if screening is None:
        return Finding.objects.none()
    return in_place(screening, place, seen_by=seen_by, verdict=Finding.Verdict.NOT_MET).filter(about=kind).order_by()


def counted(screening: Screening | None, place: str, *, seen_by: Eyes) -> list[Counted]:
    """How many facilities of each kind a place has."""
    return [
        Counted(
            kind,
            within(kind, place, seen_by=seen_by).count(),
            short(screening, kind, place, seen_by=seen_by).values("subject_id").distinct().count()
            if screening
            else None,
        )
        for kind in FACILITIES
    ]
