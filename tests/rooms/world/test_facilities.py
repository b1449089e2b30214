"""What serves the villages: the same tap for the same seed, failures where the truth says, and nobody's truth moved."""

import shutil
from collections.abc import Callable
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest

from firmground.common.home import CATALOGUE
from firmground.engines.snapshot import Snapshot
from firmground.engines.standards.catalogue import load
from firmground.engines.standards.screening import screen
from firmground.world.columns import base_facts
from firmground.world.facilities import PLACES, RELATED, SHARES
from firmground.world.making import make_snapshot

from .conftest import plan

Ask = Callable[[str], list[tuple]]


def tables_of(snapshot: Snapshot, table: str) -> list[dict]:
    return [row for county in snapshot.parts() for row in pq.read_table(snapshot.paths(table, county)).to_pylist()]


def test_every_peopled_village_drinks_and_is_counted_once(small_world: Snapshot) -> None:
    peopled = {row["village_code"] for row in tables_of(small_world, "household")}
    assert peopled <= {row["village_id"] for row in tables_of(small_world, "village")}
    assert peopled <= {row["place_code"] for row in tables_of(small_world, "water_supply")}
    assert {len(row["place_code"]) for row in tables_of(small_world, "clinic")} == {6, 9, 12}


def test_words_are_those_of_the_catalogue(small_world: Snapshot) -> None:
    for table in (*PLACES, *RELATED):
        for fact in base_facts(CATALOGUE)[table]:
            if fact.values:
                said = {row[fact.name] for row in tables_of(small_world, table)} - {None}
                assert said
                assert said <= set(fact.values), (table, fact.name)


def test_tests_and_interruptions_stand_at_their_supplies_in_order(small_world: Snapshot) -> None:
    for county in small_world.parts():
        for table, of in RELATED.items():
            keys = [row[f"{of}_id"] for row in pq.read_table(small_world.paths(of, county)).to_pylist()]
            assert keys == sorted(set(keys))
            rows = pq.read_table(small_world.paths(table, county), partitioning=None).to_pylist()
            assert [keys[row[f"{of}_row"]] for row in rows] == [row[f"{of}_id"] for row in rows]
            order = [(row[f"{of}_row"], row[f"{table}_id"]) for row in rows]
            assert order == sorted(set(order))


def test_in_march_less_was_known_of_the_same_supplies(small_world: Snapshot, small_world_in_march: Snapshot) -> None:
    for table in RELATED:
        then, now = ({row[f"{table}_id"] for row in tables_of(of, table)} for of in (small_world_in_march, small_world))
        assert then < now, table
    then, now = (
        {(row["water_supply_id"], row["supply_type"], row["opened_on"], row["people_served"])
         for row in tables_of(of, "water_supply")} for of in (small_world_in_march, small_world)
    )  # fmt: skip
    assert then == now


@pytest.fixture(scope="module")
def found(wide_world: Snapshot, tmp_path_factory: pytest.TempPathFactory) -> Ask:
    screening = screen(wide_world, load(CATALOGUE), tmp_path_factory.mktemp("facilities"), engine="duckdb")
    connection = duckdb.connect()
    for name, files in (
        ("truth", f"{wide_world.folder}/truth/facilities-*.parquet"),
        ("finding", f"{screening.folder}/findings/*/*.parquet"),
    ):
        connection.execute(f"CREATE VIEW {name} AS FROM read_parquet('{files}', hive_partitioning = false)")
    return lambda question: connection.execute(question).fetchall()


def test_standards_find_every_failure_and_no_other(found: Ask) -> None:
    pairs = "SELECT subject_id, standard FROM"
    about = f"finding WHERE standard IN {tuple(SHARES)}"  # not what households add up to: the truth of those is theirs
    assert found(f"{pairs} truth EXCEPT {pairs} {about} AND verdict = 'not_met'") == []
    assert found(f"{pairs} {about} EXCEPT {pairs} truth") == []
    assert {standard for (standard,) in found("SELECT DISTINCT standard FROM truth")} == SHARES.keys()


def test_more_households_move_no_tap(small_world: Snapshot, tmp_path: Path) -> None:
    more = make_snapshot(plan(households=4000), tmp_path / "more", CATALOGUE)
    known = {row["water_supply_id"]: row for row in tables_of(more, "water_supply")}
    assert all(known[row["water_supply_id"]] == row for row in tables_of(small_world, "water_supply"))
    shutil.rmtree(more.folder)
