"""Every read of the registers. The number of statements never depends on how much there is to read."""

import json
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import Count, Func, GeneratedField, Q, QuerySet, TextField, Value
from django.db.models.functions import Left

from firmground.engines.snapshot import COUNTY_DIGITS, NATION
from firmground.officers.territory import Eyes
from firmground.registry.identity_numbers import eighteen
from firmground.registry.models import OF_HOUSEHOLDS, OPEN, Household, Load, Member, OfHousehold, Register

VILLAGE_DIGITS = 12


def everything_about(household_id: str, *, seen_by: Eyes) -> dict[str, list[Register]]:
    """Every row of every register about a household, superseded ones too, oldest first."""
    rows = Household.objects.filter(seen_by.territory.q("village_code"), household_id=household_id)
    households = list(rows.order_by("recorded_at", "id"))
    found: dict[str, list[Register]] = {name: [] for name in OF_HOUSEHOLDS} | {"household": list(households)}
    home = next((row.village_code for row in households if row.superseded_at is None), None)
    return found if home is None else found | related_to(household_id, home)


def related_to(household_id: str, village_code: str, which: Q | None = None) -> dict[str, list[Register]]:
    """The rows of every register but the household's own, each register's oldest first; in one statement.

    Args:
        which: what must hold of the rows; superseded ones come too if it is left out.
    """
    registers = {name: model for name, model in OF_HOUSEHOLDS.items() if issubclass(model, OfHousehold)}
    first, *others = (
        # The village comes first: the index is by place.
        model._default_manager.filter(which or Q(), village_code=village_code, household_id=household_id)
        .order_by()
        .values_list(Value(name), Func(template=f'to_jsonb("{model._meta.db_table}")::text', output_field=TextField()))
        for name, model in registers.items()
    )
    found: dict[str, list[Register]] = {name: [] for name in registers}
    for name, said in first.union(*others, all=True):
        row = json.loads(said, parse_float=Decimal)
        fields = registers[name]._meta.concrete_fields
        values = [_typed(field).to_python(row[field.column]) for field in fields]
        found[name].append(registers[name].from_db("default", [field.attname for field in fields], values))
    for rows in found.values():
        rows.sort(key=lambda row: (_when(row), row.recorded_at, row.pk))
    return found


def _typed(field: Any) -> Any:
    """The field that knows the type of a column."""
    return field.output_field if isinstance(field, GeneratedField) else field


def _when(row: Any) -> date:
    """Since when a row holds; what nobody dated comes last, as in PostgreSQL."""
    return getattr(row, "held_from", None) or date.max


def households_called(text: str, most: int, *, seen_by: Eyes) -> list[Any]:
    """Households by the beginning of their number, of their head's or a member's name; or by a whole identity number.

    Each household carries `by`: the name of the member it was found by, or "". Telephones and accounts are not looked
    through.
    """
    sought = text.strip()
    number = eighteen(sought)
    if not sought or (sought.isdigit() and len(sought) < VILLAGE_DIGITS):  # shorter numbers are codes of places
        return []
    in_sight = seen_by.territory.q("village_code")
    own = Q(head__startswith=sought)
    if sought.isdigit():
        own = Q(household_id=sought) | Q(village_code=sought[:VILLAGE_DIGITS], household_id__startswith=sought)
    found: list[Any] = list(Household.objects.filter(OPEN, in_sight).filter(own).order_by("household_id")[:most])
    known = {household.household_id for household in found}
    of_member = Q(id_number=number) if number else Q(name__startswith=sought)
    members = Member.objects.filter(OPEN, in_sight).filter(of_member).order_by("household_id")[: most * 2]
    named = {member.household_id: member for member in members if member.household_id not in known}
    villages = {member.village_code for member in named.values()}
    others = Household.objects.filter(OPEN, in_sight, village_code__in=villages, household_id__in=list(named))
    found += others.order_by("household_id")[: most - len(found)]
    for household in found:
        household.by = named[household.household_id].name if household.household_id in named else ""
    return found


def in_place(code: str, *, seen_by: Eyes, order: Sequence[str] = ("household_id",)) -> QuerySet[Household]:
    """The households registered in a place (a village, or anything above it). Slice it for a page."""
    return Household.objects.filter(OPEN, seen_by.territory.q("village_code"), village_code__startswith=code).order_by(
        *order, "household_id"
    )


def counts(code: str, digits: int, *, seen_by: Eyes) -> dict[str, tuple[int, int]]:
    """Households and members in force for each place of `digits` digits inside the place `code`."""
    counted = []
    for model in (Household, Member):
        rows = model.objects.filter(OPEN, seen_by.territory.q("village_code"), village_code__startswith=code)
        if model is Member:
            rows = rows.filter(Q(status="active") | Q(status=None))
        grouped = rows.annotate(place=Left("village_code", digits)).values("place").annotate(rows=Count("id"))
        counted.append(dict(grouped.values_list("place", "rows")))
    households, members = counted
    return {place: (rows, members.get(place, 0)) for place, rows in sorted(households.items())}


def changed_counties(since: datetime, until: datetime) -> set[str]:
    """The parts of a snapshot whose registers a load changed after one moment and up to another."""
    loads = Load.objects.filter(finished_at__gt=since, started_at__lte=until, outcome=Load.Outcome.TAKEN)
    return {county for counties in loads.values_list("counties", flat=True) for county in counties}


def in_part(part: str) -> Q:
    """Rows of `place_code` that stand in one part of a snapshot."""
    if len(part) == COUNTY_DIGITS:
        return Q(place_code__startswith=part)
    return Q(place_code="" if part == NATION else part)


def part(place: str) -> str:
    """SQL: the part of a snapshot that a column of places belongs to, as `part_of` says it."""
    return f"coalesce(nullif(left({place}, {COUNTY_DIGITS}), ''), '{NATION}')"


def lies_in(part: str, place: str) -> str:
    """SQL: whether a column of places belongs to a part; for a county by its index."""
    assert part.isdigit()
    if len(part) == COUNTY_DIGITS:
        return f"{place} ^@ '{part}'"
    return f"{place} = '{'' if part == NATION else part}'"


def known(as_of: date, known_at: datetime, row: str = "") -> tuple[str, list[object]]:
    """SQL: the row speaks of a time up to `as_of`, was recorded by `known_at`, and not superseded by then."""
    at = f"{row}." if row else ""
    return (
        f"({at}recorded_at <= %s AND ({at}superseded_at IS NULL OR {at}superseded_at > %s)"
        f" AND ({at}held_from IS NULL OR {at}held_from <= %s))",
        [known_at, known_at, as_of],
    )
