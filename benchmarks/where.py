"""Where a screening's time goes: the engine's own steps, timed in one process with one thread."""

import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from benchmarks.measuring import CATALOGUE, HOME, table
from firmground.engines.snapshot import Snapshot
from firmground.engines.standards import compiled_engine, screening
from firmground.engines.standards.catalogue import load
from firmground.engines.standards.columns import Reader

REST = "loading, planning, Python, the rest"
STEPS = [
    (Reader, "_read", "Parquet read"),
    (Reader, "_numbers", "columns as plain numbers"),
    (compiled_engine._Judging, "add_up", "related rows: conditions and sums"),
    (compiled_engine._Judging, "ask", "subjects: facts and verdicts"),
    (compiled_engine._Judging, "evidence", "evidence"),
    (compiled_engine._Judging, "findings", "findings in order, as Arrow"),
    (compiled_engine._Judging, "summary", "counts by place"),
    (pq, "write_table", "Parquet written"),
]


def where(snapshot: Path) -> None:
    """Print a table."""
    spent, catalogue = _Spent(), load(CATALOGUE)
    for owner, name, what in STEPS:
        spent.time(owner, name, what)
    HOME.mkdir(parents=True, exist_ok=True)
    to = Path(tempfile.mkdtemp(dir=HOME))
    try:
        screening.screen(snapshot, catalogue, to / "compiling", engine="compiled", workers=1)
        spent.seconds.clear()
        started = time.process_time()
        screening.screen(snapshot, catalogue, to / "measured", engine="compiled", workers=1)
        total = time.process_time() - started
    finally:
        shutil.rmtree(to)
    spent.seconds[REST] = total - sum(spent.seconds.values())
    print(f"\n{Snapshot.open(snapshot).rows('household'):,} households, one process: {total:.2f} CPU s\n")
    print(
        table(
            [
                {"": what, "CPU s": f"{seconds:.2f}", "share": f"{seconds / total:.0%}"}
                for what, seconds in spent.seconds.most_common()
            ]
        )
    )


class _Spent:
    """CPU seconds by what they went into; a step within a step counts for itself alone."""

    def __init__(self) -> None:
        self.seconds: Counter[str] = Counter()
        self._within: list[float] = []

    def time(self, owner: Any, name: str, what: str) -> None:
        """Count the calls of a function from now on."""
        stored = vars(owner)[name]
        inner = stored.__func__ if isinstance(stored, classmethod) else stored

        def timed(*given: Any, **named: Any) -> Any:
            return self.call(what, lambda: inner(*given, **named))

        setattr(owner, name, classmethod(timed) if isinstance(stored, classmethod) else timed)

    def call(self, what: str, work: Callable[[], Any]) -> Any:
        started = time.process_time()
        self._within.append(0.0)
        try:
            return work()
        finally:
            took = time.process_time() - started
            self.seconds[what] += took - self._within.pop()
            if self._within:
                self._within[-1] += took
