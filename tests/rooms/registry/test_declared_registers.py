"""A register that another room declares is loaded, goes into snapshots and is judged like those of this room."""

import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from django.apps import apps
from django.core.exceptions import ImproperlyConfigured
from django.db import connection, connections, models
from hypothesis import given
from hypothesis import strategies as st

from firmground.common.home import CATALOGUE
from firmground.engines.snapshot import Snapshot, part_of
from firmground.engines.standards.screening import screen
from firmground.findings import actions as findings
from firmground.findings.models import Finding, PlaceResult
from firmground.officers.machine import machine
from firmground.registry import declared, live, snapshot
from firmground.registry.columns import tables
from firmground.registry.fields import day, decimal, same_as, text
from firmground.registry.models import REGISTERS, Household, Register, register
from firmground.registry.queries import in_part, lies_in, part
from tests.rooms.registry.conftest import SHANGPA, csv_file, load, why

JUNE = date(2020, 6, 30)
FACTS = """
[chest]
key = "chest_id"
place = "place_code"
label = { en = "chests", zh = "钱柜" }
[chest.facts]
holds = { type = "decimal", unit = "yuan", label = { en = "Holds", zh = "余额" }, class = "official" }
opened_on = { type = "date", label = { en = "Opened", zh = "设立日期" }, class = "official" }
[chest.facts.paid]
type = "decimal"
unit = "yuan"
sum = "outlay"
of = "amount"

[outlay]
key = "outlay_id"
of = "chest"
label = { en = "outlays", zh = "支出" }
[outlay.facts]
amount = { type = "decimal", unit = "yuan", label = { en = "Amount", zh = "金额" }, class = "official" }
"""
STANDARD = """
title = { en = "The chest pays what it holds", zh = "钱柜足额支付" }
task = 5
about = "chest"
law = "A made one"
holds_from = 2020-01-01
met_when = "paid >= holds"
why = "Money that lies idle helps nobody."
owner = "county"
answer_within_days = 15
plausible_share_failing = [0.0, 1.0]
author = "housing office"
checker = "county audit"
review_by = 2027-06-30

[[example]]
says = "what is paid out is well"
given = { holds = 10, outlay = [{ amount = 10 }] }
verdict = "met"
[[example]]
says = "what lies idle is not"
given = { holds = 10, outlay = [{ amount = 9 }] }
verdict = "not_met"
[[example]]
says = "nobody knows what is in it"
given = {}
verdict = "unknown"
"""
DIGITS = (0, 2, 4, 6, 9, 12)


WHERE = {"the nation": "", "Yunnan": "53", "Nujiang": "5333", "Fugong": "533323", "Shangpa": "533323101201"}
pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "owner"])


@pytest.fixture
def chests(transactional_db: None, tmp_path: Path, settings: Any) -> Iterator[type[Register]]:
    """Two registers as a room would declare them in its models, with their tables, in a catalogue that asks of them."""

    def meta(key: str, **more: Any) -> Any:
        made = register(key, place="place_code", digits=DIGITS, **more)
        made.app_label = "registry"
        return made

    class Chest(Register):
        KEY, TITLE, PLACE, DIGITS = "chest_id", ("Chests", "钱柜"), "place_code", (0, 2, 4, 6, 9, 12)
        place_code = models.CharField(max_length=12)
        chest_id = text("official", null=False)
        holds = decimal("official")
        opened_on = day("official")
        held_from = same_as("opened_on", "official")
        Meta = meta("chest_id")

    class Outlay(Register):
        KEY, TITLE, PLACE, DIGITS, OF = "outlay_id", ("Outlays", "支出"), "place_code", (0, 2, 4, 6, 9, 12), Chest
        place_code = models.CharField(max_length=12)
        chest_id = text("official", null=False)
        outlay_id = text("official", null=False)
        amount = decimal("official")
        held_from = day("official")
        Meta = meta("outlay_id", of="chest_id")

    catalogue = tmp_path / "catalogue"
    shutil.copytree(settings.FIRMGROUND_CATALOGUE, catalogue)
    with (catalogue / "facts.toml").open("a", encoding="utf-8") as facts:
        facts.write(FACTS)
    (catalogue / "standards" / "chest_empty.toml").write_text(STANDARD, encoding="utf-8")
    settings.FIRMGROUND_CATALOGUE = catalogue
    owner = connections["owner"]
    with owner.schema_editor() as schema:
        for model in (Chest, Outlay):
            schema.create_model(model)
            schema.execute(f"GRANT ALL ON {model._meta.db_table} TO PUBLIC")
            schema.execute(f"GRANT ALL ON SEQUENCE {model._meta.db_table}_id_seq TO PUBLIC")
    yield Chest
    connections["default"].close()
    with owner.schema_editor() as schema:
        for model in (Outlay, Chest):
            schema.execute(f"DROP TABLE {model._meta.db_table}")
            del REGISTERS[model.table()], apps.all_models["registry"][model.__name__.lower()]
    apps.clear_cache()


@pytest.fixture
def filled(chests: type[Register], households: None, tmp_path: Path) -> type[Register]:
    """A chest in each place from the nation down, 100 yuan in each; 40 are paid out, of Fugong's all."""
    below = [[place, f"c{place}", "100", "2020-02-01"] for place in WHERE.values() if place]
    assert load(csv_file(tmp_path / "chests.csv", [["place_code", "chest_id", "余额", "设立日期"], *below])).taken
    nation = chests._default_manager.get(place_code="53")
    nation.pk, nation.place_code, nation.chest_id = None, "", "c"  # files do not speak of the nation; rooms may
    nation.save()
    outlays = [[f"c{place}", f"o{place}", "100" if place == "533323" else "40"] for place in WHERE.values()]
    assert load(csv_file(tmp_path / "outlays.csv", [["chest_id", "outlay_id", "金额"], *outlays])).taken
    return chests


def ids(of: Snapshot, table: str) -> dict[str, list[str]]:
    return {
        county: [row for path in of.paths(table, county) for row in pq.read_table(path)[f"{table}_id"].to_pylist()]
        for county in of.parts()
        if of.paths(table, county)
    }


def test_a_file_of_it_is_read_by_the_catalogues_labels_and_its_rows_are_refused_with_reasons(
    chests: type[Register], households: None, tmp_path: Path
) -> None:
    report = load(csv_file(tmp_path / "a.csv", [["place_code", "chest_id", "余额"], ["5399", "c1", "1"]]))
    assert why(report) == ["no place that this register may speak of has the code 5399"]
    report = load(csv_file(tmp_path / "b.csv", [["chest_id", "outlay_id", "金额"], ["c9", "o1", "1"]]))
    assert why(report) == ["the register 钱柜 (chest) has no number c9: load it first"]


def test_each_row_stands_once_in_a_snapshot_in_the_part_of_its_place(filled: type[Register], tmp_path: Path) -> None:
    written = snapshot.write(as_of=JUNE, to=tmp_path / "snapshot")
    chests = {"0": ["c"], "53": ["c53"], "5333": ["c5333"], "533323": ["c533323", f"c{SHANGPA}"]}
    assert ids(written, "chest") == chests
    assert ids(written, "outlay") == {part: ["o" + key[1:] for key in keys] for part, keys in chests.items()}
    assert sum(map(len, ids(written, "household").values())) == Household.objects.count() == 3


@pytest.mark.parametrize("engine", ["reference", "duckdb", "compiled"])
def test_it_is_screened_wherever_it_stands_and_again_after_a_change(
    filled: type[Register], tmp_path: Path, engine: str
) -> None:
    first = snapshot.write(as_of=JUNE, to=tmp_path / "first")
    found = screen(first, declared.catalogue(), tmp_path / "found", engine=engine)
    assert short(found.folder) == {"c", "c53", "c5333", f"c{SHANGPA}"}
    assert load(csv_file(tmp_path / "more.csv", [["chest_id", "outlay_id", "金额"], ["c53", "o53", "100"]])).taken
    second = snapshot.write(as_of=JUNE, to=tmp_path / "second", parent=first)
    again = screen(second, declared.catalogue(), tmp_path / "again", engine=engine, since=found.folder)
    assert short(again.folder) == {"c", "c5333", f"c{SHANGPA}"}


def test_its_findings_count_in_the_places_it_stands_in_and_cases_find_them_in_one_part(
    filled: type[Register], tmp_path: Path
) -> None:
    written = snapshot.write(as_of=JUNE, to=tmp_path / "snapshot")
    found = screen(written, declared.catalogue(), tmp_path / "found")
    taken = findings.take_in(folder=found.folder, by=machine()).screening
    rows = PlaceResult.objects.filter(screening=taken, standard="chest_empty")
    counts = {row.place_code: (row.asked, row.not_met) for row in rows}
    above = {"": (5, 4), "53": (4, 3), "5333": (3, 2), "533323": (2, 1)}
    assert counts == above | {"533323101": (1, 1), SHANGPA: (1, 1)}
    stand = {each: list(Finding.objects.filter(in_part(each), about="chest")) for each in taken.counties}
    assert {each: [row.subject_id for row in rows] for each, rows in stand.items() if rows} == {
        "0": ["c"], "53": ["c53"], "5333": ["c5333"], "533323": [f"c{SHANGPA}"],
    }  # fmt: skip


def test_it_is_judged_live(filled: type[Register]) -> None:
    chest = live.registered("chest", "c53", JUNE)
    assert chest is not None
    assert (chest.stated["holds"], [each.stated["amount"] for each in chest.related["outlay"]]) == (100, [40])


def test_a_catalogue_that_does_not_know_it_passes_it_over(
    filled: type[Register], tmp_path: Path, settings: Any
) -> None:
    settings.FIRMGROUND_CATALOGUE = CATALOGUE
    assert "chest" not in tables(CATALOGUE)
    assert "chest" not in snapshot.write(as_of=JUNE, to=tmp_path / "snapshot").tables()


def test_two_registers_of_one_name_are_refused(chests: type[Register]) -> None:
    with pytest.raises(ImproperlyConfigured, match="Two registers are called 'household'"):
        type("Twin", (Register,), {"KEY": "household_id", "__module__": __name__, "Meta": type(
            "Meta", (), {"app_label": "registry"})})  # fmt: skip
    apps.all_models["registry"].pop("twin", None)
    apps.clear_cache()


@given(st.lists(st.from_regex(r"([1-9]\d(\d\d(\d\d(\d{3}(\d{3})?)?)?)?)?", fullmatch=True), max_size=8))
def test_every_place_stands_in_exactly_one_part(places: list[str]) -> None:
    with connection.cursor() as cursor:
        for place in places:
            parts = {part_of(other) for other in (*places, place)}
            said = ", ".join(f"{lies_in(each, 'place')}" for each in sorted(parts))
            cursor.execute(f"SELECT {part('place')}, ARRAY[{said}] FROM (SELECT %s::varchar AS place) row", [place])
            its_part, lies = cursor.fetchone()
            assert its_part == part_of(place)
            assert [each for each, holds in zip(sorted(parts), lies, strict=True) if holds] == [its_part]


def short(folder: Path) -> set[str]:
    """The chests that fall short."""
    tables = [pq.read_table(path, partitioning=None) for path in (folder / "findings").rglob("chest.parquet")]
    return {row for table in tables for row in table["subject_id"].to_pylist()}
