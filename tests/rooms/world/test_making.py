"""The same seed gives the same world, however it is made; nothing half made passes for a world."""

import json
import shutil
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from firmground.cli.world import world
from firmground.common.errors import Refusal
from firmground.common.home import CATALOGUE
from firmground.engines.snapshot import Snapshot
from firmground.world import making
from firmground.world.columns import arrow, base_facts
from firmground.world.facilities import PLACES, RELATED
from firmground.world.making import make_snapshot
from firmground.world.villages import BLOCK, counties, settle

from .conftest import COUNTIES, bytes_of, plan


def test_the_same_seed_gives_the_same_bytes(small_world: Snapshot, tmp_path: Path) -> None:
    again = make_snapshot(plan(), tmp_path / "again", CATALOGUE)
    assert bytes_of(again.folder) == bytes_of(small_world.folder)


def test_two_processes_write_the_same_bytes_as_one(small_world: Snapshot, tmp_path: Path) -> None:
    by_two = make_snapshot(plan(), tmp_path / "by_two", CATALOGUE, processes=2)
    assert bytes_of(by_two.folder) == bytes_of(small_world.folder)


def test_a_county_in_several_blocks_has_the_same_bytes_by_one_process_or_two(tmp_path: Path) -> None:
    large = plan(households=45_000)
    assert max(len(one.blocks()) for one in large.settled(CATALOGUE)) > 1
    by_one = make_snapshot(large, tmp_path / "by_one", CATALOGUE)
    by_two = make_snapshot(large, tmp_path / "by_two", CATALOGUE, processes=2)
    assert bytes_of(by_one.folder) == bytes_of(by_two.folder)


@pytest.mark.usefixtures("small_blocks")
def test_blocks_of_a_county_stand_one_after_another_in_its_files(tmp_path: Path) -> None:
    world = make_snapshot(plan(), tmp_path / "w", CATALOGUE)
    for county in COUNTIES:
        (file,) = world.paths("household", county)
        assert pq.ParquetFile(file).num_row_groups > 3
        keys = pq.read_table(file)["household_id"].to_pylist()
        assert keys == sorted(set(keys))
        for table in world.tables():
            if table not in {"household", *PLACES, *RELATED}:
                rows = pq.read_table(world.paths(table, county)[0], partitioning=None)
                assert [keys[row] for row in rows["household_row"].to_pylist()] == rows["household_id"].to_pylist()
    told = sum(pq.read_table(file).num_rows for file in (world.folder / "truth").glob("at_risk-*.parquet"))
    assert told == world.rows("household")


@pytest.mark.parametrize("households", [1, 700, 30_000, 3_000_000, 25_000_000])
def test_blocks_hold_every_household_once_and_no_more_than_they_may(households: int) -> None:
    for one in settle(counties(CATALOGUE / "places.csv"), households, seed=1):
        blocks = one.blocks()
        assert sum((block.sizes for block in blocks), np.zeros_like(one.sizes)).tolist() == one.sizes.tolist()
        ends = np.cumsum([block.households for block in blocks])
        assert [block.before for block in blocks] == [0, *ends[:-1]][: len(blocks)]
        assert all(block.households <= max(BLOCK, int(block.sizes.max())) for block in blocks)


def test_another_seed_gives_another_world(small_world: Snapshot, tmp_path: Path) -> None:
    other = make_snapshot(plan(seed=8), tmp_path / "other", CATALOGUE)
    assert other.digest != small_world.digest


def test_interrupted_and_taken_up_again_it_is_the_same_world(
    small_world: Snapshot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "stopped"

    def stop(households: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        make_snapshot(plan(), folder, CATALOGUE, progress=stop)
    with pytest.raises(Refusal, match="not a snapshot"):
        Snapshot.open(folder)
    drawn = []
    draw = making.draw
    monkeypatch.setattr(making, "draw", lambda one, *rest: drawn.append(one.county.code) or draw(one, *rest))
    make_snapshot(plan(), folder, CATALOGUE)
    assert drawn == COUNTIES[1:], "the county that was done is not made twice"
    assert bytes_of(folder) == bytes_of(small_world.folder)


def test_an_unfinished_world_is_not_finished_as_another(tmp_path: Path) -> None:
    making.begun(plan(), tmp_path / "begun")
    with pytest.raises(Refusal, match="unfinished world of another plan"):
        make_snapshot(plan(seed=8), tmp_path / "begun", CATALOGUE)


def test_a_folder_with_other_things_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("dear Li")
    with pytest.raises(Refusal, match="not empty"):
        make_snapshot(plan(), tmp_path, CATALOGUE)
    assert [file.name for file in tmp_path.iterdir()] == ["letter.txt"]


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"households": 0}, "at least one household"),
        ({"as_of": date(2021, 1, 31)}, "2018-07-01 to 2020-06-30"),
        ({"errors": 0.5}, "between 0 and 0.2"),
        ({"seed": -1}, "whole number from 0"),
    ],
)
def test_a_plan_that_cannot_be_carried_out_is_refused_in_a_sentence(changed: dict[str, object], says: str) -> None:
    with pytest.raises(Refusal, match=says):
        plan(**changed)


def test_files_for_more_people_than_there_are_numbers_are_refused() -> None:
    crowded = plan(households=8_000_000, counties=["530627"], form="csv")
    with pytest.raises(Refusal, match="county 530627 would hold 8,000,000"):
        crowded.settled(CATALOGUE)
    assert plan(households=8_000_000, counties=["530627"]).settled(CATALOGUE)


def test_a_county_that_is_not_listed_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refusal, match="110101: not among the 52 listed counties"):
        make_snapshot(plan(counties=["110101"]), tmp_path / "w", CATALOGUE)


@pytest.mark.parametrize("households", [1, 500, 100_000, 3_000_000])
def test_every_household_asked_for_is_settled_in_a_committee_village(households: int) -> None:
    settled = settle(counties(CATALOGUE / "places.csv"), households, seed=1)
    assert sum(one.households for one in settled) == households
    assert len(settled) == 52
    for one in settled:
        assert all(1 <= int(code[9:]) <= 399 for code in one.county.villages)


def test_small_worlds_people_whole_villages_and_large_ones_all_of_them() -> None:
    every = counties(CATALOGUE / "places.csv")
    peopled = {n: sum(int((one.sizes > 0).sum()) for one in settle(every, n, seed=1)) for n in (20_000, 2_000_000)}
    villages = sum(len(county.villages) for county in every)
    assert peopled[20_000] < villages / 10
    assert peopled[2_000_000] == villages
    assert villages == 13_165 - 71, "all village units of the 52 counties but the quasi units"


def test_the_tables_have_exactly_the_base_facts(small_world: Snapshot) -> None:
    facts = base_facts(CATALOGUE)
    assert set(small_world.tables()) == set(facts)
    for table, known in facts.items():
        schema = pq.read_schema(small_world.paths(table, COUNTIES[0])[0])
        place = {"household": "village_code", **PLACES}.get(table)
        of = RELATED.get(table, "household")
        keys = [f"{table}_id", place] if place else [f"{of}_row", f"{table}_id", f"{of}_id"]
        extra = ["member_id"] if table == "school_roll" else []
        assert schema.names == keys + extra + [fact.name for fact in known]
        for fact in known:
            sample = {"text": np.int8, "bool": np.int8, "decimal": np.int64}.get(fact.type, np.int32)
            assert schema.field(fact.name).type == arrow(np.zeros(1, sample), fact).type


def test_the_command_makes_a_world_and_says_what_is_in_it(tmp_path: Path) -> None:
    said = CliRunner().invoke(
        world, ["--households", "50", "--counties", "513437,530627", "--to", str(tmp_path / "w"), "--json"]
    )
    assert isinstance(said.exception, Refusal), "513437 Leibo is not among the listed counties"
    said = CliRunner().invoke(
        world, ["--households", "50", "--counties", "530627", "--to", str(tmp_path / "w"), "--json", "--processes", "1"]
    )
    assert said.exit_code == 0, said.output
    told = json.loads(said.stdout.strip().splitlines()[-1])
    assert told["rows"]["household"] <= 50  # those registered by then
    shutil.rmtree(tmp_path / "w")
