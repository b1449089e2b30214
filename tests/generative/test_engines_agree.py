"""The fast engine says what the judge says, on standards and registers nobody thought of."""

import tempfile
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from firmground.engines.standards.screening import screen

from .registers import COUNTIES, HOUSEHOLDS, catalogues, write_snapshot


def findings_in(folder: Path) -> list[tuple[object, ...]]:
    return [
        tuple(row.values())
        for path in sorted(folder.glob("findings/**/*.parquet"))
        for row in pq.read_table(path, partitioning=None).to_pylist()
    ]


def summary_in(folder: Path) -> list[tuple[object, ...]]:
    return sorted(tuple(row.values()) for row in pq.read_table(folder / "summary.parquet").to_pylist())


@pytest.mark.parametrize("in_merge_order", [True, False])
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck), print_blob=True)
@given(catalogue=catalogues(), registers=st.fixed_dictionaries(dict.fromkeys(COUNTIES, HOUSEHOLDS)))
def test_duckdb_finds_what_the_judge_finds(in_merge_order, catalogue, registers):
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        snapshot = write_snapshot(folder / "snapshot", registers, in_merge_order)
        screen(snapshot, catalogue, folder / "judge", engine="reference", workers=1)
        screen(snapshot, catalogue, folder / "fast", engine="duckdb", workers=1)
        assert findings_in(folder / "fast") == findings_in(folder / "judge")
        assert summary_in(folder / "fast") == summary_in(folder / "judge")
