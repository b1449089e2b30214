"""Two counties, three thousand households: Zhenxiong, the largest in Yunnan, and Shache in Kashgar."""

import hashlib
from collections.abc import Callable
from datetime import date
from pathlib import Path

import duckdb
import pytest

from firmground.common.home import CATALOGUE
from firmground.engines.snapshot import Snapshot
from firmground.world import villages
from firmground.world.making import Plan, make_snapshot

COUNTIES = ["530627", "653125"]


def plan(**changed: object) -> Plan:
    """The plan of the small world, with changes."""
    usual = {
        "households": 3000,
        "seed": 7,
        "as_of": date(2020, 6, 30),
        "known_at": date(2020, 6, 30),
        "errors": 0.02,
        "counties": COUNTIES,
        "form": "snapshot",
    }
    return Plan.of(**{**usual, **changed})  # type: ignore[arg-type]


def bytes_of(folder: Path) -> dict[str, str]:
    """The digest of every file in a folder."""
    return {
        str(file.relative_to(folder)): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in sorted(folder.rglob("*"))
        if file.is_file()
    }


@pytest.fixture(scope="session")
def small_world(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    return make_snapshot(plan(), tmp_path_factory.mktemp("world") / "june", CATALOGUE)


@pytest.fixture(scope="session")
def small_world_in_march(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    march = date(2020, 3, 31)
    return make_snapshot(plan(as_of=march, known_at=march), tmp_path_factory.mktemp("world") / "march", CATALOGUE)


@pytest.fixture(scope="session")
def wide_world(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    """All 52 counties with fifty thousand households and the usual errors."""
    wide = plan(households=50_000, seed=1, errors=0.002, counties=[])
    return make_snapshot(wide, tmp_path_factory.mktemp("world") / "wide", CATALOGUE, processes=2)


@pytest.fixture
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Counties are made in blocks of 300 households."""
    monkeypatch.setattr(villages, "BLOCK", 300)


def asker(snapshot: Snapshot) -> Callable[[str], list[tuple]]:
    """Ask the tables of a snapshot, and its truth, in SQL."""
    connection = duckdb.connect()
    for table in snapshot.tables():
        files = f"{snapshot.folder}/{table}/*/*.parquet"
        connection.execute(f"CREATE VIEW \"{table}\" AS FROM read_parquet('{files}', hive_partitioning = false)")
    for table in ("at_risk", "planted"):
        connection.execute(f"CREATE VIEW {table} AS FROM read_parquet('{snapshot.folder}/truth/{table}-*.parquet')")
    return lambda question: connection.execute(question).fetchall()


@pytest.fixture(scope="session")
def ask(small_world: Snapshot) -> Callable[[str], list[tuple]]:
    return asker(small_world)
