"""What screening again costs when one household in a hundred has changed, beside screening everything.

    python -m benchmarks.rescreen [--households 1000000 | --snapshot DIR] [--rounds 5]

Two second snapshots are made of one first: in one the changed households lie in as few counties as can hold them, in
the other every county has some. In a changed household the water runs short a day more, and each statement's wages
are a hundred yuan more. Both are screened from nothing and since the first snapshot's screening; all counts must agree.
Telling what changed is done once, when the second snapshot is written, and shown by itself.
"""

import argparse
import os
import shutil
import tempfile
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from benchmarks.measuring import CATALOGUE, HOME, clock, in_turn, median, run, table, world
from firmground.engines.changes import FOLDER, write_changes
from firmground.engines.snapshot import Snapshot, SnapshotWriter
from firmground.engines.standards.catalogue import load
from firmground.engines.standards.screening import screen

SHARE = 0.01
WHOLE, TELLING, AGAIN = "whole", "telling", "again"
TITLES = {WHOLE: "everything screened", TELLING: "telling what changed", AGAIN: "screened again"}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--households", type=int, default=1_000_000)
    parser.add_argument("--snapshot", type=Path, help="A snapshot made before, instead of a new world.")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--step", choices=TITLES, help=argparse.SUPPRESS)
    parser.add_argument("--first", type=Path, nargs=2, help=argparse.SUPPRESS)
    said = parser.parse_args()
    if said.step:
        assert said.snapshot
        assert said.first
        step(said.step, said.snapshot, *said.first)
        return
    first = Snapshot.open(said.snapshot or world(said.households))
    HOME.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(dir=HOME))
    try:
        compare(first, work, said.rounds)
    finally:
        shutil.rmtree(work)


def compare(first: Snapshot, work: Path, rounds: int) -> None:
    """Make the second snapshots, measure, and print a table."""
    screen(first, load(CATALOGUE), work / "screening")
    wanted = round(first.rows("household") * SHARE)
    seconds = {"in few counties": few_counties(first, wanted), "in every county": every_county(first)}
    rows = []
    for number, (where, changed) in enumerate(seconds.items()):
        folder = work / f"second-{number}"
        households = write_second(first, folder, changed)
        write_changes(first, Snapshot.open(folder))
        options = ["--snapshot", str(folder), "--first", str(first.folder), str(work / "screening")]
        measured = in_turn(rounds, list(TITLES), lambda each, o=options: run("benchmarks.rescreen", "--step", each, *o))
        if measured[AGAIN][0].said["totals"] != measured[WHOLE][0].said["totals"]:
            raise SystemExit("screened again comes to other counts than screened from nothing")
        whole = median(measured[WHOLE], "cpu")
        for each, runs in measured.items():
            cpu = median(runs, "cpu")
            rows.append(
                {
                    "": f"{where}: {TITLES[each]}",
                    "households changed": f"{households:,}",
                    "counties": len(changed),
                    "CPU s": f"{cpu:.2f}",
                    "wall s": f"{median(runs, 'wall'):.2f}",
                    "MB": f"{median(runs, 'memory'):,.0f}",
                    "times less CPU": f"{whole / cpu:.1f}",
                }
            )
    print(f"\n{first.rows('household'):,} households; {os.cpu_count()} processors; medians of {rounds}\n")
    print(table(rows))


def step(name: str, second: Path, first: Path, screening: Path) -> None:
    """One measured step, in a process of its own."""
    catalogue, to = load(CATALOGUE), Path(tempfile.mkdtemp(dir=HOME))

    def screened(since: Path | None) -> dict[str, Any]:
        done = screen(second, catalogue, to, since=since)
        counts = [[each.standard, each.asked, each.not_met, each.unknown] for each in done.totals]
        return {"totals": counts}

    def telling() -> dict[str, Any]:
        shutil.rmtree(second / FOLDER, ignore_errors=True)
        write_changes(Snapshot.open(first), Snapshot.open(second))
        return {}

    try:
        clock({WHOLE: lambda: screened(None), TELLING: telling, AGAIN: lambda: screened(screening)}[name])
    finally:
        shutil.rmtree(to)


def few_counties(first: Snapshot, wanted: int) -> dict[str, pa.Array]:
    """County -> the households that change, in the fewest counties, the largest first."""
    changed = {}
    for county in sorted(first.parts(), key=lambda each: -first.rows("household", each)):
        ids = keys(first, county)[:wanted]
        changed[county] = ids
        wanted -= len(ids)
        if not wanted:
            break
    return changed


def every_county(first: Snapshot) -> dict[str, pa.Array]:
    """County -> every hundredth household."""
    every = round(1 / SHARE)
    each = {county: keys(first, county) for county in first.parts()}
    return {
        county: ids.take(pa.array(np.arange(len(ids) % every // 2, len(ids), every))) for county, ids in each.items()
    }


def keys(snapshot: Snapshot, county: str) -> pa.Array:
    return pa.concat_tables(read(snapshot, "household", county, ["household_id"]))["household_id"].combine_chunks()


def read(snapshot: Snapshot, name: str, county: str, columns: list[str] | None = None) -> Iterator[pa.Table]:
    return (pq.ParquetFile(path).read(columns=columns) for path in snapshot.paths(name, county))


def write_second(first: Snapshot, folder: Path, changed: dict[str, pa.Array]) -> int:
    """Write the snapshot in which those households have changed; returns how many they are."""
    writer = SnapshotWriter(folder, as_of=first.as_of, parent=first)
    for county in first.parts():
        if county not in changed:
            writer.keep_county(county)
            continue
        for name in first.tables():
            rows = list(read(first, name, county))
            if rows:
                writer.write(name, county, after(name, pa.concat_tables(rows), changed[county]))
    writer.close()
    return sum(map(len, changed.values()))


def after(name: str, rows: pa.Table, changed: pa.Array) -> pa.Table:
    """A table with the changes."""
    column, more = {"household": ("water_short_days", 1), "statement": ("wage_migrant", Decimal(100))}.get(
        name, (None, None)
    )
    if column is None:
        return rows
    kind = rows.schema.field(column).type
    added = pc.add(rows[column], pa.scalar(more, kind)).cast(kind)
    chosen = pc.if_else(pc.is_in(rows["household_id"], value_set=changed), added, rows[column])
    return rows.set_column(rows.column_names.index(column), column, chosen)


if __name__ == "__main__":
    main()
