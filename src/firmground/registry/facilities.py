"""Every read of what serves the villages: water supplies, clinics, schools, and what each village has."""

from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery

from firmground.officers.territory import Eyes
from firmground.registry.models import FACILITIES, OPEN, REGISTERS, Register, Village, WaterTest


def within(kind: str, code: str, *, seen_by: Eyes) -> QuerySet[Any]:
    """The facilities of one kind that are in use in a place, each water supply with the day of its `last_test`."""
    model = FACILITIES[kind]
    rows = model._default_manager.filter(
        OPEN, seen_by.territory.q("place_code"), place_code__startswith=code, closed_on=None
    )
    if kind == "water_supply":
        tests = WaterTest.objects.filter(
            OPEN, place_code=OuterRef("place_code"), water_supply_id=OuterRef("water_supply_id")
        ).order_by("-tested_on")
        last = {
            name: Subquery(tests.values(fact)[:1]) for name, fact in (("last_test", "tested_on"), ("passed", "passed"))
        }
        rows = rows.annotate(**last)
    return rows


def everything_about(kind: str, key: str, *, seen_by: Eyes) -> dict[str, list[Register]]:
    """Every row of every register about a facility, superseded ones too, each register's oldest first."""
    model = FACILITIES[kind]
    registers = {kind: model, **{name: other for name, other in REGISTERS.items() if other.OF is model}}
    return {
        name: list(
            each._default_manager.filter(seen_by.territory.q("place_code"), **{model.KEY: key}).order_by(
                "held_from", "recorded_at", "id"
            )
        )
        for name, each in registers.items()
    }


def village(code: str, *, seen_by: Eyes) -> Village | None:
    """What is known of a village itself."""
    return Village.objects.filter(OPEN, seen_by.territory.q("village_code"), village_code=code).first()
