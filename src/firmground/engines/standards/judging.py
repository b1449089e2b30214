"""Batches of a screening judged, and their findings written: one after another, in threads or in processes."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa

from firmground.common.errors import Refusal
from firmground.engines.snapshot import Part, Snapshot
from firmground.engines.standards.declared import Standard, Table
from firmground.engines.standards.findings import FINDINGS_SCHEMA, Batch, write_rows

if TYPE_CHECKING:
    from firmground.engines.standards.catalogue import Catalogue
    from firmground.engines.standards.compiled_engine import CompiledEngine
    from firmground.engines.standards.duckdb_engine import DuckdbEngine
    from firmground.engines.standards.reference_engine import ReferenceEngine

Task = tuple[tuple[int, ...], list[Part]]
"""A batch, and the numbers of the tables that are asked about in it."""
Summaries = list[tuple[int, dict[str, pa.Table]]]
"""For each table's number, the counts of each county."""


@dataclass
class Judge:
    """Judges batches and writes their findings: the part of a screening that runs in several threads or processes."""

    snapshot: Snapshot
    catalogue: "Catalogue"
    engine_name: str
    to: Path
    asked: list[tuple[Table, list[Standard]]]
    engines: dict[tuple[int, ...], Callable[[Sequence[Part]], list[Batch]]] = field(default_factory=dict)
    compiled_engines: "dict[tuple[int, ...], CompiledEngine]" = field(default_factory=dict)

    def judge(self, task: Task) -> Summaries:
        """Judge a batch for the tables of these numbers; returns the summary of each county for each."""
        numbers, parts = task
        summaries = []
        for number, judged in zip(numbers, self.engine(numbers)(parts), strict=True):
            name = self.asked[number][0].name
            for part in parts:
                rows = judged.findings.get(part.county, FINDINGS_SCHEMA.empty_table())
                file = name if part.last is None else f"{name}-{part.first:09}"
                write_rows(self.to / f"findings/county={part.county}/{file}.parquet", rows)
            summaries.append((number, judged.summaries))
        return summaries

    def engine(self, numbers: tuple[int, ...]) -> Callable[[Sequence[Part]], list[Batch]]:
        if numbers not in self.engines:
            self.engines[numbers] = self.made(numbers)
        return self.engines[numbers]

    def made(self, numbers: tuple[int, ...]) -> Callable[[Sequence[Part]], list[Batch]]:
        asked = [self.asked[number] for number in numbers]
        if self.engine_name == "compiled":
            return self.compiled(numbers).judge
        engine: type[DuckdbEngine | ReferenceEngine]
        if self.engine_name == "duckdb":
            from firmground.engines.standards.duckdb_engine import DuckdbEngine as engine
        else:
            from firmground.engines.standards.reference_engine import ReferenceEngine as engine
        engines = [engine(self.catalogue, self.snapshot, table, standards) for table, standards in asked]
        return lambda parts: [engine.judge(parts) for engine in engines]

    def compiled(self, numbers: tuple[int, ...]) -> "CompiledEngine":
        from firmground.engines.standards.compiled_engine import CompiledEngine

        if numbers not in self.compiled_engines:
            asked = [self.asked[number] for number in numbers]
            self.compiled_engines[numbers] = CompiledEngine(self.catalogue, self.snapshot, asked)
        return self.compiled_engines[numbers]


_in_this_process: list[Judge] = []


def _start(judge: Judge) -> None:
    _in_this_process[:] = [judge]


def _work(task: Task) -> Summaries:
    return _in_this_process[0].judge(task)


def all_judged(judge: Judge, tasks: Sequence[Task], workers: int) -> Iterator[tuple[Task, Summaries]]:
    """Each task with its summaries, in order; several at once where there is more than one worker."""
    workers = min(workers, len(tasks))
    if workers < 2:
        yield from ((task, judge.judge(task)) for task in tasks)
        return
    pool: Executor
    if judge.engine_name == "compiled":  # its loops run side by side in threads, over one copy of everything
        for numbers in {numbers for numbers, _ in tasks}:  # which is made once
            judge.engine(numbers)
            judge.compiled(numbers).functions  # noqa: B018
        with ThreadPoolExecutor(workers) as pool:
            yield from zip(tasks, pool.map(judge.judge, tasks), strict=True)
        return
    with ProcessPoolExecutor(workers, get_context("spawn"), _start, (judge,)) as pool:
        try:
            yield from zip(tasks, pool.map(_work, tasks), strict=True)
        except BrokenProcessPool:
            raise Refusal(
                "A screening process was stopped from outside, perhaps for want of memory. Run the same command "
                "again: the counties that are finished are kept."
            ) from None
