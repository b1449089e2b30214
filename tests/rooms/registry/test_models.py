"""The registers hold the catalogue's facts, each with its type and its class."""

import tomllib
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import DatabaseError, IntegrityError, connection, models
from django.utils import timezone

from firmground.registry.columns import base_facts
from firmground.registry.models import REGISTERS, Household, Living, Load
from tests.rooms.registry.conftest import OLD_LI, SHANGPA

CATALOGUE = Path(settings.FIRMGROUND_CATALOGUE)
FACTS = tomllib.loads((CATALOGUE / "facts.toml").read_text(encoding="utf-8"))
FIELDS = {
    "text": models.TextField,
    "bool": models.BooleanField,
    "int": models.IntegerField,
    "decimal": models.DecimalField,
    "date": models.DateField,
}
EVERY_FACT = [(table, name, kind) for table, facts in base_facts(CATALOGUE).items() for name, kind in facts.items()]


@pytest.mark.parametrize(("table", "name", "kind"), EVERY_FACT)
def test_every_base_fact_is_a_column_of_its_type_and_class(table: str, name: str, kind: str) -> None:
    if name in REGISTERS[table].COMPUTED:
        assert name not in {field.name for field in REGISTERS[table]._meta.get_fields()}
        return
    living = table == "household" and name not in {field.name for field in Household._meta.get_fields()}
    model = Living if living else REGISTERS[table]
    field = model._meta.get_field(name)
    assert isinstance(field, FIELDS[kind])
    if kind == "decimal":
        assert (field.max_digits, field.decimal_places) == (12, 2)  # type: ignore[union-attr]
    assert model.privacy[name] == FACTS[table]["facts"][name]["class"]


@pytest.mark.parametrize("model", REGISTERS.values())
def test_every_field_has_a_class(model: Any) -> None:
    assert set(model.privacy) == {field.name for field in model._meta.concrete_fields}
    assert set(model.privacy.values()) <= {"public", "official", "personal", "sensitive"}


def test_names_and_numbers_of_people_are_no_public_data() -> None:
    assert {Household.privacy[name] for name in ("head", "phone", "bank_account")} <= {"personal", "sensitive"}
    assert REGISTERS["member"].privacy["id_number"] == "sensitive"


@pytest.fixture
def load(db: None) -> Load:
    now = timezone.now()
    return Load.objects.create(
        file_name="h.csv", sha256="0" * 64, table="household", outcome="taken", rows_read=0, started_at=now,
        finished_at=now, by="Officer Mei",
    )  # fmt: skip


def household(load: Load, **fields: Any) -> Household:
    said = {"household_id": OLD_LI, "village_code": SHANGPA, "recorded_at": timezone.now(), "source": load}
    return Household.objects.create(**{**said, **fields})


def test_a_household_has_one_open_row(load: Load) -> None:
    household(load)
    household(load, superseded_at=timezone.now(), superseded_by=load)
    with pytest.raises(IntegrityError, match="household_open_once"):
        household(load)


@pytest.mark.parametrize("village", ["533323", "", None])
def test_every_row_is_in_a_village(load: Load, village: str | None) -> None:
    with pytest.raises(DatabaseError):
        household(load, village_code=village)


def test_a_superseded_row_names_the_load_that_superseded_it(load: Load) -> None:
    with pytest.raises(IntegrityError, match="household_superseded_by_a_load"):
        household(load, superseded_at=timezone.now())


def test_a_load_that_lost_a_row_is_refused_by_the_database(load: Load) -> None:
    load.rows_read, load.rows_new = 10, 9
    with pytest.raises(IntegrityError, match="load_accounts_for_every_row"):
        load.save()


def test_a_row_is_held_from_the_day_its_facts_name(load: Load) -> None:
    living = Living.objects.create(
        living_id="a", household_id=OLD_LI, village_code=SHANGPA, surveyed_on="2020-05-01", recorded_at=timezone.now(),
        source=load,
    )  # fmt: skip
    living.refresh_from_db()
    assert str(living.held_from) == "2020-05-01"


def test_rows_of_a_county_are_found_by_an_index(load: Load) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("EXPLAIN SELECT * FROM registry_member WHERE village_code ^@ '533323'")
        assert "member_by_place" in str(cursor.fetchall())
