"""How fast a nation is screened: this machine's bound, ourselves, and peers, on the same registers in one run.

    python -m benchmarks.screen [--households 1000000 | --sizes 10000 100000 1000000 | --snapshot DIR] [--rounds 5]
    python -m benchmarks.screen --where          where our own time goes

* scan: DuckDB reads every column that the standards read (the greatest of each) and does nothing else.
* ours: the whole screening of the whole catalogue: both verdicts, evidence, findings and counts written.
* The same two for the standards of `peers.SUBSET` alone, beside the same standards in Polars, pandas and
  OpenFisca-core. The peers write findings (without evidence) and counts, too, and must count what we count;
  floating-point money may put a household at the line on the other side, which is told below the table.
"""

import argparse
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any

from benchmarks.measuring import CATALOGUE, HOME, PEERS_PYTHON, Run, clock, in_turn, median, run, table, world
from benchmarks.peers import SUBSET, Totals
from firmground.engines.snapshot import Snapshot
from firmground.engines.standards.catalogue import Catalogue, load
from firmground.engines.standards.tree import names_in

PEERS = ("polars", "pandas", "openfisca")
TITLES = {
    "scan": "scan, all standards",
    "ours": "ours, all standards",
    "scan_subset": "scan, subset",
    "ours_subset": "ours, subset",
    "polars": "Polars, subset",
    "pandas": "pandas, subset",
    "openfisca": "OpenFisca, subset",
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--households", type=int, default=1_000_000)
    parser.add_argument("--sizes", type=int, nargs="+", help="Several worlds, to see how the cost grows.")
    parser.add_argument("--snapshot", type=Path, nargs="+", help="Snapshots made before, instead of new worlds.")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", nargs="+", choices=TITLES, default=list(TITLES), help="These steps alone.")
    parser.add_argument("--where", action="store_true", help="Where our own time goes, in one process.")
    parser.add_argument("--step", choices=TITLES, help=argparse.SUPPRESS)
    said = parser.parse_args()
    snapshots = said.snapshot or [world(size) for size in said.sizes or [said.households]]
    if said.step:
        STEPS[said.step](snapshots[0])
    elif said.where:
        from benchmarks.where import where

        for snapshot in snapshots:
            where(snapshot)
    else:
        for snapshot in snapshots:
            compare(snapshot, said.rounds, said.only)


def compare(snapshot: Path, rounds: int, steps: Iterable[str]) -> None:
    """Measure the steps in turn, and print a table."""
    opened = Snapshot.open(snapshot)
    catalogue, households = load(CATALOGUE), opened.rows("household")
    steps = list(steps)
    if not PEERS_PYTHON.exists():
        print("The peers are not installed, and left out; 'make bench' installs them.", file=sys.stderr)
        steps = [step for step in steps if step not in PEERS]

    def one(step: str) -> Run:
        python = PEERS_PYTHON if step in PEERS else sys.executable
        return run("benchmarks.screen", "--step", step, "--snapshot", str(snapshot), python=python)

    measured = in_turn(rounds, steps, one)
    notes = check(measured)
    print(
        f"\n{households:,} households, {opened.rows('member'):,} members, {sum(f.rows for f in opened.files):,} rows; "
        f"{in_force(catalogue, opened)} standards, subset {len(SUBSET)}; {os.cpu_count()} processors; "
        f"medians of {rounds}\n"
    )
    print(table([row(step, measured, households) for step in measured]))
    print(*(f"\n{note}" for note in notes))


def row(step: str, measured: Mapping[str, list[Run]], households: int) -> dict[str, str]:
    cpu = median(measured[step], "cpu")
    subset = step not in ("scan", "ours")

    def times(other: str) -> str:
        return f"{cpu / median(measured[other], 'cpu'):.2f}" if other in measured else ""

    return {
        "": TITLES[step],
        "CPU s": f"{cpu:.2f}",
        "from–to": f"{min(r.cpu for r in measured[step]):.2f}–{max(r.cpu for r in measured[step]):.2f}",
        "wall s": f"{median(measured[step], 'wall'):.2f}",
        "MB": f"{median(measured[step], 'memory'):,.0f}",
        "× scan": times("scan_subset" if subset else "scan"),
        "× ours": times("ours_subset" if subset else "ours"),
        "households / CPU s": f"{households / cpu:,.0f}",
    }


def check(measured: Mapping[str, list[Run]]) -> list[str]:
    """Who counts otherwise, and by how many; many mean that something else was screened, and end the benchmark.

    Raises:
        SystemExit: more than one in ten thousand came out otherwise.
    """
    notes = []
    if "ours_subset" not in measured:
        return notes
    wanted: Totals = measured["ours_subset"][0].said
    for peer in PEERS:
        for name, counts in (measured[peer][0].said if peer in measured else {}).items():
            apart = max(abs(theirs - mine) for theirs, mine in zip(counts, wanted[name], strict=True))
            if apart:
                notes.append(f"{TITLES[peer]}: {name} comes out otherwise for {apart} of {wanted[name][0]:,}.")
            if apart > wanted[name][0] / 10_000:
                raise SystemExit(f"{notes[-1]} {counts}, ours {wanted[name]} (asked, met, not met, unknown)")
    return notes


def in_force(catalogue: Catalogue, snapshot: Snapshot) -> int:
    return sum(standard.holds_on(snapshot.as_of) for standard in catalogue.standards.values())


def subset(catalogue: Catalogue) -> Catalogue:
    """The catalogue with the standards alone that the peers are asked, too."""
    standards = {name: catalogue.standards[name] for name in SUBSET}
    return replace(catalogue, standards=standards, digest=f"{catalogue.digest} subset")


def columns_read(catalogue: Catalogue, snapshot: Snapshot) -> dict[str, list[str]]:
    """The base facts that the standards in force depend on, with the keys, by table."""
    read: dict[str, set[str]] = {}
    for standard in catalogue.standards.values():
        if standard.holds_on(snapshot.as_of):
            for name, node in catalogue.expressions_behind(standard):
                facts = catalogue.tables[name].facts
                base = {each for each in names_in(node) if each in facts and facts[each].kind == "base"}
                read.setdefault(name, set()).update(base)
    for name, columns in read.items():
        about = catalogue.tables[name]
        columns.add(f"{about.of}_row" if about.of else str(about.place))
        if any(standard.about == name for standard in catalogue.standards.values()):
            columns.add(about.key)
    return {name: sorted(columns) for name, columns in read.items() if name in snapshot.tables()}


def scan(folder: Path, narrow: Callable[[Catalogue], Catalogue]) -> None:
    import duckdb

    snapshot = Snapshot.open(folder)
    tables = columns_read(narrow(load(CATALOGUE)), snapshot)

    def work() -> None:
        connection = duckdb.connect()
        for name, columns in tables.items():
            paths = [str(path) for county in snapshot.parts() for path in snapshot.paths(name, county)]
            picked = ", ".join(f'max("{column}")' for column in columns)
            connection.execute(f"SELECT {picked} FROM read_parquet(?, hive_partitioning=false)", [paths]).fetchall()

    clock(work)


def ours(folder: Path, narrow: Callable[[Catalogue], Catalogue]) -> None:
    from firmground.engines.standards.screening import screen

    catalogue = narrow(load(CATALOGUE))

    def work(to: Path) -> Totals:
        screening = screen(folder, catalogue, to)
        return {each.standard: [each.asked, each.met, each.not_met, each.unknown] for each in screening.totals}

    in_new_folder(work)


def peer(folder: Path, name: str) -> None:
    screen: Callable[[Path, Path], Totals] = import_module(f"benchmarks.peers.in_{name}").screen
    in_new_folder(lambda to: screen(folder, to))


def in_new_folder(work: Callable[[Path], Any]) -> None:
    """Do the work by the clock; what it writes is thrown away afterwards."""
    HOME.mkdir(parents=True, exist_ok=True)
    to = Path(tempfile.mkdtemp(dir=HOME))
    try:
        clock(lambda: work(to))
    finally:
        shutil.rmtree(to)


STEPS: dict[str, Callable[[Path], None]] = {
    "scan": lambda folder: scan(folder, lambda whole: whole),
    "ours": lambda folder: ours(folder, lambda whole: whole),
    "scan_subset": lambda folder: scan(folder, subset),
    "ours_subset": lambda folder: ours(folder, subset),
    **{name: (lambda folder, name=name: peer(folder, name)) for name in PEERS},
}


if __name__ == "__main__":
    main()
