"""How fast a nation is screened: us, the machine's bound, and peers, on the same registers in one run.

    python -m benchmarks.screen [--households 1000000] [--rounds 5] [--peers]

* bound: one scan of every column that the standards read, by DuckDB, nothing else (max of each column).
* ours: the whole screening of the whole catalogue: both verdicts, evidence, files written.
* peers: the facts and rules of `peers.RULES` (a dozen of ours that each peer can say) in Polars, pandas and
  OpenFisca-core, beside ours on the same dozen.
"""

import argparse
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from firmground.engines.snapshot import Snapshot
from firmground.engines.standards.catalogue import Catalogue, load
from firmground.engines.standards.tree import names_in

CATALOGUE = Path(__file__).parents[1] / "catalogue" / "china_2020"
HOME = Path(os.environ.get("FIRMGROUND_BENCH", tempfile.gettempdir())) / "firmground-bench"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--households", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--step", choices=STEPS, help=argparse.SUPPRESS)
    parser.add_argument("--snapshot", type=Path, help="A snapshot made before; else one is made and kept.")
    said = parser.parse_args()
    snapshot = said.snapshot or world(said.households)
    if said.step:
        STEPS[said.step](snapshot)
        return
    households = Snapshot.open(snapshot).rows("household")
    print(
        f"{households:,} households, {Snapshot.open(snapshot).rows('member'):,} members; "
        f"{os.cpu_count()} processors; medians of {said.rounds} runs, taken in turn"
    )
    measured: dict[str, list[dict[str, float]]] = {step: [] for step in STEPS}
    for _ in range(said.rounds):
        for step in STEPS:
            measured[step].append(in_process(step, snapshot))
    report(households, measured)


def world(households: int) -> Path:
    """A snapshot of synthetic registers, made once for each size."""
    folder = HOME / f"world-{households}"
    if not (folder / "snapshot.json").exists():
        subprocess.run(
            [
                sys.executable,
                "-c",
                "from firmground.cli import main; main()",
                "world",
                "--households",
                str(households),
                "--seed",
                "1",
                "--to",
                str(folder),
            ],
            check=True,
        )
    return folder


def in_process(step: str, snapshot: Path) -> dict[str, float]:
    """One step in a process of its own: wall and CPU seconds, and peak memory in MB, without starting Python."""
    started = subprocess.run(
        [sys.executable, "-m", "benchmarks.screen", "--step", step, "--snapshot", str(snapshot)],
        check=True,
        capture_output=True,
        text=True,
        cwd=Path(__file__).parents[1],
    )
    figures: dict[str, float] = json.loads(started.stdout.splitlines()[-1])
    return figures


def timed(work: Callable[[], object]) -> None:
    wall, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_SELF)
    work()
    after = resource.getrusage(resource.RUSAGE_SELF)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    print(json.dumps({"wall": time.perf_counter() - wall, "cpu": cpu, "memory": after.ru_maxrss / 1024}))


def columns_read(catalogue: Catalogue, snapshot: Snapshot) -> dict[str, list[str]]:
    """The base facts that the standards in force depend on, by table."""
    read: dict[str, set[str]] = {}
    for standard in catalogue.standards.values():
        if standard.holds_on(snapshot.as_of):
            for table, node in catalogue.expressions_behind(standard):
                facts = catalogue.tables[table].facts
                read.setdefault(table, set()).update(
                    n for n in names_in(node) if n in facts and facts[n].kind == "base"
                )
    return {table: sorted(names) for table, names in read.items() if table in snapshot.tables()}


def scan(folder: Path) -> None:
    """The bound: read every column that is needed, keep nothing."""
    import duckdb

    snapshot, catalogue = Snapshot.open(folder), load(CATALOGUE)
    tables = columns_read(catalogue, snapshot)

    def work() -> None:
        connection = duckdb.connect()
        for table, names in tables.items():
            files = [str(path) for county in snapshot.counties() for path in snapshot.paths(table, county)]
            keys = [catalogue.tables[table].key] + (
                [f"{catalogue.tables[table].of}_row"]
                if catalogue.tables[table].of
                else [str(catalogue.tables[table].place)]
            )
            picked = ", ".join(f'max("{name}")' for name in [*keys, *names])
            connection.execute(f"SELECT {picked} FROM read_parquet(?, hive_partitioning=false)", [files]).fetchall()

    timed(work)


def ours(folder: Path) -> None:
    """The whole catalogue, written out."""
    from firmground.engines.standards.screening import screen

    catalogue = load(CATALOGUE)
    target = Path(tempfile.mkdtemp(prefix="firmground-screen-"))
    try:
        timed(lambda: screen(folder, catalogue, target))
    finally:
        shutil.rmtree(target)


STEPS: dict[str, Callable[[Path], None]] = {"scan": scan, "ours": ours}


def report(households: int, measured: dict[str, list[dict[str, float]]]) -> None:
    medians = {
        step: {what: statistics.median(run[what] for run in runs) for what in ("wall", "cpu", "memory")}
        for step, runs in measured.items()
    }
    bound = medians["scan"]
    print(f"{'':<12}{'wall s':>9}{'CPU s':>9}{'memory MB':>11}{'CPU / scan':>12}{'households / CPU s':>20}")
    for step, figures in medians.items():
        print(
            f"{step:<12}{figures['wall']:>9.2f}{figures['cpu']:>9.2f}{figures['memory']:>11.0f}"
            f"{figures['cpu'] / bound['cpu']:>12.2f}{households / figures['cpu']:>20,.0f}"
        )


if __name__ == "__main__":
    main()
