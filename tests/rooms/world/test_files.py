"""The files that counties would send hold the facts of the snapshot; what cannot be read is listed in the truth."""

from dataclasses import replace
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from firmground.common.home import CATALOGUE
from firmground.engines.rollups import COUNTED
from firmground.engines.snapshot import Snapshot
from firmground.registry.columns import tables
from firmground.registry.identity_numbers import check_digit, state
from firmground.registry.load.preparing import prepare
from firmground.world import files
from firmground.world.files import FILE_NAMES, make_files
from firmground.world.making import make_snapshot

from .conftest import bytes_of, plan

COUNTY = "530627"
NOT_IN_FILES = {"household_row", "water_supply_row", "county_row", "account_households", "phone_households",
                "id_number_state", "latest", *COUNTED}  # fmt: skip


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    folder = tmp_path_factory.mktemp("files") / "snapshot"
    return make_snapshot(plan(households=400, counties=[COUNTY]), folder, CATALOGUE)


def sent(folder: Path, form: str, **changed: object) -> Path:
    """The files of a small county in one form."""
    make_files(plan(**{"households": 400, "counties": [COUNTY], "form": form, **changed}), folder / form, CATALOGUE)
    return folder / form


@pytest.mark.parametrize("form", ["csv", "xlsx", "parquet"])
def test_a_loader_reads_the_facts_of_the_snapshot_and_refuses_what_is_listed(
    form: str, snapshot: Snapshot, tmp_path: Path
) -> None:
    folder = sent(tmp_path, form)
    known = tables(CATALOGUE)
    listed = pq.read_table(folder / "truth" / f"refused-{COUNTY}.parquet").to_pylist()
    assert listed
    seen = set()
    for file in sorted((folder / COUNTY).iterdir()):
        for part in prepare(file, known).parts:
            table = "household" if part.table.name == "living" else part.table.name
            key = f"{table}_id"
            want = {row[key]: row for row in pq.read_table(snapshot.paths(table, COUNTY)[0]).to_pylist()}
            got = {row[key]: row for row in part.rows.to_pylist()}
            shared = set(part.rows.column_names) & set(next(iter(want.values()))) - NOT_IN_FILES
            assert {key: {name: row[name] for name in shared} for key, row in got.items()} == {
                key: {name: want[key][name] for name in shared} for key in got
            }
            refused = {row["key"] for row in listed if row["table"] == part.table.name}
            assert want.keys() - got.keys() == refused
            assert len(part.refused) == len(refused)
            seen.add(table)
    assert seen == set(FILE_NAMES)


def test_every_fact_is_sent(snapshot: Snapshot, tmp_path: Path) -> None:
    folder = sent(tmp_path, "parquet", errors=0.0)
    known = tables(CATALOGUE)
    for table, name in FILE_NAMES.items():
        parts = prepare(folder / COUNTY / f"{name}.parquet", known).parts
        columns = {column for part in parts for column in part.rows.column_names}
        assert set(pq.read_schema(snapshot.paths(table, COUNTY)[0]).names) - NOT_IN_FILES <= columns


@pytest.mark.usefixtures("small_blocks")
@pytest.mark.parametrize("form", ["csv", "xlsx", "parquet"])
def test_a_county_in_several_blocks_sends_one_file_of_each_table(
    form: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "ROWS_OF_A_SHEET", 2500)
    of = plan(households=1200, counties=[COUNTY])
    snapshot = make_snapshot(of, tmp_path / "snapshot", CATALOGUE)
    make_files(replace(of, form=form), tmp_path / form, CATALOGUE)
    known = tables(CATALOGUE)
    names = sorted(file.stem for file in (tmp_path / form / COUNTY).iterdir())
    assert {"户", "人口", "人口-2", "收支", "收支-2"} <= set(names), "a new file where one is full"
    assert "户-2" not in names
    listed = pq.read_table(tmp_path / form / "truth" / f"refused-{COUNTY}.parquet").to_pylist()
    for table in ("member", "statement"):
        want = set(pq.read_table(snapshot.paths(table, COUNTY)[0])[f"{table}_id"].to_pylist())
        got: list[str] = []
        for name in names:
            if name.split("-")[0] == FILE_NAMES[table]:
                (part,) = prepare(tmp_path / form / COUNTY / f"{name}.{form}", known).parts
                got += part.rows[f"{table}_id"].to_pylist()
                refused = {row["key"] for row in listed if row["file"] == f"{COUNTY}/{name}.{form}"}
                assert len(part.refused) == len(refused)
        assert len(got) == len(set(got))
        assert want - set(got) == {row["key"] for row in listed if row["table"] == table}


@pytest.mark.usefixtures("small_blocks")
def test_numbers_telephones_and_accounts_differ_between_blocks(tmp_path: Path) -> None:
    folder = sent(tmp_path, "parquet", households=1200, errors=0.0)
    sheets = folder / COUNTY
    read = {name: prepare(sheets / f"{name}.parquet", tables(CATALOGUE)).parts[0].rows for name in ("户", "人口")}
    for name, column in (("户", "phone"), ("户", "bank_account"), ("人口", "id_number")):
        numbers = read[name][column].to_pylist()
        assert len(set(numbers)) == len(numbers) > 1000


@pytest.mark.parametrize("form", ["csv", "xlsx", "parquet"])
def test_the_same_seed_gives_the_same_files(form: str, tmp_path: Path) -> None:
    first, second = sent(tmp_path / "first", form), sent(tmp_path / "second", form)
    assert bytes_of(first) == bytes_of(second)


def test_without_errors_nothing_is_refused_and_files_are_plain(tmp_path: Path) -> None:
    folder = sent(tmp_path, "csv", errors=0.0)
    assert pq.read_table(folder / "truth" / f"refused-{COUNTY}.parquet").num_rows == 0
    for file in (folder / COUNTY).iterdir():
        said = file.read_text(encoding="utf-8-sig")
        assert "编号" in said.split("\n", 1)[0], "the headings stand in the first line"
        assert "合计" not in said


def test_every_identity_number_is_of_no_region_and_right_unless_it_was_spoilt(
    snapshot: Snapshot, tmp_path: Path
) -> None:
    folder = sent(tmp_path, "parquet")
    (part,) = prepare(folder / COUNTY / "人口.parquet", tables(CATALOGUE)).parts
    member = pq.read_table(snapshot.paths("member", COUNTY)[0])
    states = dict(zip(member["member_id"].to_pylist(), member["id_number_state"].to_pylist(), strict=True))
    numbers = []
    for row in part.rows.to_pylist():
        said = states[row["member_id"]]
        alone = state(row["id_number"], row["birth_date"])
        assert alone == ("good" if said == "duplicate" else said)
        if said == "good":
            numbers.append(row["id_number"])
            assert row["id_number"][17] == check_digit(row["id_number"][:17])
            assert int(row["id_number"][16]) % 2 == (row["sex"] == "male")
        if row["id_number"]:
            assert row["id_number"].startswith("99")
    assert len(set(numbers)) == len(numbers)
    assert len(numbers) > 1000


def test_telephones_and_accounts_are_shared_only_where_it_was_planted(snapshot: Snapshot, tmp_path: Path) -> None:
    folder = sent(tmp_path, "parquet")
    part = prepare(folder / COUNTY / "户.parquet", tables(CATALOGUE)).parts[0]
    counted = pq.read_table(snapshot.paths("household", COUNTY)[0])
    for column, count in (("phone", "phone_households"), ("bank_account", "account_households")):
        numbers = dict(zip(part.rows["household_id"].to_pylist(), part.rows[column].to_pylist(), strict=True))
        times: dict[str, int] = {}
        for number in numbers.values():
            times[number] = times.get(number, 0) + 1
        said = dict(zip(counted["household_id"].to_pylist(), counted[count].to_pylist(), strict=True))
        assert {household: times[number] for household, number in numbers.items()} == said
