"""What counties send, disasters included, comes out of the registers as the world it was made from."""

from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner
from django.conf import settings

from firmground.cli.world import world
from firmground.engines.snapshot import Snapshot
from firmground.officers.machine import machine
from firmground.places import actions as places
from firmground.registry import actions, snapshot
from firmground.registry.actions import Report

COUNTY = "533323"


def make(folder: Path, form: str) -> Path:
    """A small county, a tenth of its rows spoilt."""
    words = ["--households", "80", "--counties", COUNTY, "--errors", "0.1", "--form", form, "--to", str(folder)]
    CliRunner().invoke(world, words, standalone_mode=False, catch_exceptions=False)
    return folder


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("form", ["csv", "xlsx", "parquet"])
def test_the_registers_hold_the_world_that_the_files_tell_of(tmp_path: Path, form: str) -> None:
    places.load(file=Path(settings.FIRMGROUND_CATALOGUE) / "places.csv", by=machine())
    sent = make(tmp_path / "sent", form)
    files = sorted((sent / COUNTY).iterdir())
    refused = set()
    for file, report in actions.load_all(files=files, by=machine(), accept_good=True):
        assert isinstance(report, Report), report
        refused |= {(file.name, row.cells) for row in report.refused}
    doomed = pa.concat_tables([pq.read_table(file) for file in (sent / "truth").glob("refused-*.parquet")]).to_pylist()
    assert len(refused) == len(doomed) > 0

    true = Snapshot.open(make(tmp_path / "true", "snapshot"))
    known = snapshot.write(as_of=true.as_of, to=tmp_path / "known")
    for table in true.tables():
        expected, found = (pq.read_table(of.paths(table, COUNTY)[0]) for of in (true, known))
        key = f"{table}_id"
        lost = pa.array([row["key"] for row in doomed if row["table"] == table], pa.string())
        expected = expected.filter(pc.invert(pc.is_in(expected[key], value_set=lost)))
        assert found.select(expected.column_names).equals(expected), table
