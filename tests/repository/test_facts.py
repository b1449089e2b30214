"""facts.toml is the one list of base facts: the registers hold exactly these, with these types."""

import tomllib

import pytest
from django.db import models

from firmground.common.home import CATALOGUE
from firmground.registry.models import REGISTERS

FIELDS: dict[str, tuple[type[models.Field], ...]] = {
    "text": (models.TextField, models.CharField),
    "bool": (models.BooleanField,),
    "int": (models.IntegerField, models.SmallIntegerField),
    "decimal": (models.DecimalField,),
    "date": (models.DateField,),
}
# Worked out when a snapshot is taken, from what must not be in one.
COUNTED = {
    ("statement", "recorded_on"),
    *((table, name) for table, each in REGISTERS.items() for name in each.COMPUTED),
}
DECLARED = tomllib.loads((CATALOGUE / "facts.toml").read_text(encoding="utf-8"))
BASE = [
    (table, name, fact["type"])
    for table, said in DECLARED.items()
    for name, fact in said.get("facts", {}).items()
    if not fact.keys() & {"is", "count", "sum", "min", "max", "any", "all"}
]


def _fields(table: str) -> dict[str, models.Field]:
    """The fields of a register; living conditions are facts of the household."""
    held = [REGISTERS[name] for name in ((table, "living") if table == "household" else (table,))]
    return {field.name: field for register in held for field in register._meta.concrete_fields}


@pytest.mark.parametrize(("table", "fact", "type_"), BASE, ids=lambda value: str(value))
def test_a_base_fact_is_a_field_of_its_register(table: str, fact: str, type_: str) -> None:
    if (table, fact) in COUNTED:
        assert fact not in _fields(table) or fact == "recorded_on"
        return
    assert fact in _fields(table), f"no register holds {table}.{fact}"
    assert isinstance(_fields(table)[fact], FIELDS[type_])


def test_every_register_is_declared() -> None:
    assert set(REGISTERS) == {*DECLARED, "living"}
