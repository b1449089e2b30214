"""Every read of the registers. The number of statements never depends on how much there is to read."""

from collections.abc import Sequence
from datetime import date, datetime

from django.db.models import Count, Q, QuerySet
from django.db.models.functions import Left

from firmground.registry.identity_numbers import eighteen
from firmground.registry.models import OPEN, REGISTERS, Household, Load, Member, Register

VILLAGE_DIGITS = 12


def everything_about(household_id: str) -> dict[str, list[Register]]:
    """Every row of every register about a household, superseded ones too, oldest first."""
    households = list(Household.objects.filter(household_id=household_id).order_by("recorded_at", "id"))
    found: dict[str, list[Register]] = {name: [] for name in REGISTERS} | {"household": list(households)}
    home = next((row.village_code for row in households if row.superseded_at is None), None)
    if home is not None:
        for name, model in REGISTERS.items():
            if model is not Household:
                rows = model.objects.filter(village_code=home, household_id=household_id)
                found[name] = list(rows.order_by("held_from", "recorded_at", "id"))
    return found


def search(text: str, limit: int = 50) -> list[Household]:
    """Households by the beginning of their number, by a name in them, or by a member's identity number."""
    sought = text.strip()
    if not sought:
        return []
    ids = set(
        Member.objects.filter(OPEN)
        .filter(Q(name__startswith=sought) | Q(id_number=eighteen(sought) or sought.upper()))
        .values_list("household_id", flat=True)[:limit]
    )
    numbered = Q(household_id=sought)
    if sought.isdigit() and len(sought) >= VILLAGE_DIGITS:
        numbered |= Q(village_code=sought[:VILLAGE_DIGITS], household_id__startswith=sought)
    chosen = numbered | Q(head__startswith=sought) | Q(household_id__in=ids)
    return list(Household.objects.filter(OPEN).filter(chosen).order_by("household_id")[:limit])


def in_place(code: str, *, order: Sequence[str] = ("household_id",)) -> QuerySet[Household]:
    """The households registered in a place (a village, or anything above it). Slice it for a page."""
    return Household.objects.filter(OPEN, village_code__startswith=code).order_by(*order, "household_id")


def counts(code: str, digits: int) -> dict[str, tuple[int, int]]:
    """Households and members in force for each place of `digits` digits inside the place `code`."""
    counted = []
    for model in (Household, Member):
        rows = model.objects.filter(OPEN, village_code__startswith=code)
        if model is Member:
            rows = rows.filter(Q(status="active") | Q(status=None))
        grouped = rows.annotate(place=Left("village_code", digits)).values("place").annotate(rows=Count("id"))
        counted.append(dict(grouped.values_list("place", "rows")))
    households, members = counted
    return {place: (rows, members.get(place, 0)) for place, rows in sorted(households.items())}


def changed_counties(since: datetime, until: datetime) -> set[str]:
    """The counties (6 digits) whose registers a load changed after one moment and up to another."""
    loads = Load.objects.filter(finished_at__gt=since, started_at__lte=until, outcome=Load.Outcome.TAKEN)
    return {county for counties in loads.values_list("counties", flat=True) for county in counties}


def known(as_of: date, known_at: datetime, row: str = "") -> tuple[str, list[object]]:
    """SQL: the row speaks of a time up to `as_of`, was recorded by `known_at`, and not superseded by then."""
    at = f"{row}." if row else ""
    return (
        f"({at}recorded_at <= %s AND ({at}superseded_at IS NULL OR {at}superseded_at > %s)"
        f" AND ({at}held_from IS NULL OR {at}held_from <= %s))",
        [known_at, known_at, as_of],
    )
