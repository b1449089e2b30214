"""The households of a village, each with what it falls short of."""

from collections.abc import Collection

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from firmground.findings.models import Finding
from firmground.registry.models import OPEN, Household

COLUMNS = {
    "id": "household_id",
    "head": "head",
    "kind": "kind",
    "population": "population",
    "short": "short",
    "unknown": "unknown",
}


def of_village(
    code: str,
    *,
    standard: str = "",
    kind: str = "",
    verdict: str = "",
    hidden: Collection[str] = (),
    order: str = "id",
    down: bool = False,
) -> QuerySet[Household]:
    """The households registered in a village, with `short` and `unknown` (how many standards) and `standards` (ids; None: no finding).

    Args:
        standard, verdict: only those with an open finding about that standard, or of that verdict; both: the same one.
        hidden: standards that are held back; their findings count nowhere.
        order: one of COLUMNS; equal ones by their id.
    """
    open_now = Finding.objects.filter(closed_in=None, replaced_in=None, about="household", place_code=code).exclude(
        standard__in=hidden
    )
    of_this = open_now.filter(subject_id=OuterRef("household_id"))
    each = of_this.order_by().values("subject_id")
    rows = Household.objects.filter(OPEN, village_code=code).annotate(
        short=Coalesce(Subquery(each.annotate(n=Count("pk", filter=Q(verdict="not_met"))).values("n")), 0),
        unknown=Coalesce(Subquery(each.annotate(n=Count("pk", filter=Q(verdict="unknown"))).values("n")), 0),
        standards=Subquery(
            each.annotate(
                ids=ArrayAgg("standard", filter=Q(verdict="not_met"), order_by="standard", default=Value([]))
            ).values("ids")
        ),
    )
    if kind:
        rows = rows.filter(kind=kind)
    if standard or verdict:
        wanted = {key: value for key, value in (("standard", standard), ("verdict", verdict)) if value}
        rows = rows.filter(Exists(of_this.filter(**wanted)))
    column = F(COLUMNS[order])
    return rows.order_by(column.desc(nulls_last=True) if down else column.asc(nulls_last=True), "household_id")
