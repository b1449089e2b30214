"""Where a screening's time goes: the engine's own steps, timed in one process with one thread."""

import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.measuring import CATALOGUE, HOME, table
from firmground.engines.snapshot import Snapshot
from firmground.engines.standards import duckdb_engine, merge, relation, screening
from firmground.engines.standards.catalogue import load

READING, MERGING = "related rows: scan and conditions", "related rows: added up by subject"
JUDGING, EVIDENCE = "subjects: scan, facts, verdicts", "findings and evidence"
COUNTING, HANDING, WRITING = "counts by place", "findings in order, as Arrow", "Parquet files written"
REST = "planning, Python, the rest"
STATEMENTS = {
    "CREATE OR REPLACE TEMP TABLE judged": JUDGING,
    "CREATE OR REPLACE TEMP TABLE found": EVIDENCE,
    "CREATE OR REPLACE TEMP TABLE places": COUNTING,
    "CREATE OR REPLACE TEMP TABLE counted": COUNTING,
}


def where(snapshot: Path) -> None:
    """Print a table."""
    spent, catalogue = _Spent(), load(CATALOGUE)
    spent.time(relation._RowValues, "read", READING)
    spent.time(relation.Relation, "_column", READING)
    spent.time(merge.Segments, "of", MERGING)
    for name in ("count", "value", "quantified"):
        spent.time(merge.Merge, name, MERGING)
    spent.time(relation, "column", MERGING)
    spent.time(duckdb_engine.DuckdbEngine, "_by_county", HANDING)
    spent.time(screening, "_write", WRITING)
    connect = duckdb_engine.connect
    duckdb_engine.connect = lambda *given, **named: _Connection(connect(*given, **named), spent)  # type: ignore[assignment]
    HOME.mkdir(parents=True, exist_ok=True)
    to = Path(tempfile.mkdtemp(dir=HOME))
    try:
        started = time.process_time()
        screening.screen(snapshot, catalogue, to, workers=1)
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


class _Connection:
    """A DuckDB connection whose statements are timed."""

    def __init__(self, connection: Any, spent: _Spent) -> None:
        self._connection, self._spent = connection, spent

    def execute(self, sql: str, *given: Any) -> Any:
        what = next((what for begin, what in STATEMENTS.items() if sql.startswith(begin)), None)
        if what is None:
            return self._connection.execute(sql, *given)
        return self._spent.call(what, lambda: self._connection.execute(sql, *given))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)
