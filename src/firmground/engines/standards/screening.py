"""A screening: every standard asked of every subject of a snapshot, county by county.

    screening.json                       what was screened, when, with what, and the totals of each standard
    summary.parquet                      about, place_code, standard, asked, met, not_met, unknown
    findings/county=<code>/<about>.parquet
    counties/<code>.json, .parquet       one county's key and summary: what makes it unnecessary to screen it again

A county's findings depend on its files, the date and the catalogue alone. Where these are what they were, what was
found stands, in this folder or in an earlier one.
"""

import hashlib
import json
import os
import shutil
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from importlib.util import find_spec
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq

from firmground.common.errors import Refusal
from firmground.common.files import link_or_copy, whole, write_whole
from firmground.engines import changes
from firmground.engines.snapshot import Part, Snapshot
from firmground.engines.standards.declared import Standard, Table
from firmground.engines.standards.findings import FINDINGS_SCHEMA, SUMMARY_SCHEMA, Batch, added_up, rows_of
from firmground.engines.standards.rescreening import Change

if TYPE_CHECKING:
    from firmground.engines.standards.catalogue import Catalogue
    from firmground.engines.standards.compiled_engine import CompiledEngine
    from firmground.engines.standards.duckdb_engine import DuckdbEngine
    from firmground.engines.standards.reference_engine import ReferenceEngine

FINDINGS_VERSION = 1
"""Part of each county's key: raise it when the same inputs would give other findings."""
BATCH_SUBJECTS = 100_000
WORTH_A_PROCESS = 400_000
"""Subjects below which starting more processes costs more than it saves."""
WORTH_LOADING, WORTH_COMPILING = 10_000, 200_000
"""Subjects from which compiled standards repay their loading, and from which they repay being compiled."""
ENGINES = ("compiled", "duckdb", "reference")
PARQUET = {"compression": "zstd", "compression_level": 1}
Task = tuple[tuple[int, ...], list[Part]]
"""A batch, and the numbers of the tables that are asked about in it."""


@dataclass(frozen=True)
class StandardTotal:
    """One standard's totals over everything screened."""

    standard: str
    about: str
    asked: int
    met: int
    not_met: int
    unknown: int

    @property
    def share_failing(self) -> float | None:
        return self.not_met / self.asked if self.asked else None


@dataclass(frozen=True)
class Screening:
    """A finished screening, as `screening.json` tells it."""

    folder: Path
    snapshot_digest: str
    catalogue_digest: str
    as_of: date
    known_at: str
    engine: str
    counties: tuple[str, ...]
    screened_again: int
    totals: tuple[StandardTotal, ...]
    held: Mapping[str, str] = field(default_factory=dict)
    started_at: str = ""
    finished_at: str = ""

    @classmethod
    def open(cls, folder: Path | str) -> "Screening":
        """Read a finished screening.

        Raises:
            Refusal: the folder holds none.
        """
        folder = Path(folder)
        try:
            said = json.loads((folder / "screening.json").read_text(encoding="utf-8"))
        except FileNotFoundError:
            raise Refusal(f"{folder} holds no finished screening; run 'firmground screen SNAPSHOT --to' it.") from None
        except (json.JSONDecodeError, UnicodeDecodeError) as error:
            raise Refusal(f"{folder / 'screening.json'} cannot be read ({error}); screen again.") from None
        totals = tuple(StandardTotal(**total) for total in said.pop("totals"))
        said["as_of"] = date.fromisoformat(said["as_of"])
        said["counties"] = tuple(said["counties"])
        return cls(folder=folder, totals=totals, **said)


def screen(
    snapshot: Snapshot | Path | str,
    catalogue: "Catalogue",
    to: Path | str,
    engine: str | None = None,
    progress: Callable[[int, int], None] | None = None,
    since: Path | str | None = None,
    workers: int | None = None,
) -> Screening:
    """Screen a snapshot into a folder; counties already screened there, or in `since`, with the same key are kept.

    Args:
        engine: one of ENGINES; by default the one that costs least. All find the same.
        progress: told (subjects done, subjects in all) after each batch.
        since: an earlier screening's folder, whose files are linked where a county's key is the same.
        workers: processes; one for each processor by default.

    Raises:
        Refusal: the snapshot is not one, is damaged, does not fit the catalogue, or holds none of its subjects.
    """
    if not isinstance(snapshot, Snapshot):
        snapshot = Snapshot.open(snapshot)
    run = _Run(
        snapshot,
        catalogue,
        Path(to),
        engine,
        progress or (lambda done, total: None),
        Path(since) if since else None,
        workers or os.cpu_count() or 1,
    )
    try:
        return run.run()
    except Exception as error:
        if not _may_be_damage(error):
            raise
        for path in snapshot.damaged_files():
            raise Refusal(
                f"{snapshot.folder / path} is damaged: its content is not what the snapshot's list says. "
                "Make the snapshot again."
            ) from None
        raise


def _may_be_damage(error: Exception) -> bool:
    """Whether this is how a reader of files ends; DuckDB is not loaded to ask."""
    duckdb = sys.modules.get("duckdb")
    return isinstance(error, (pa.ArrowException, OSError)) or (duckdb is not None and isinstance(error, duckdb.Error))


@dataclass
class _Judge:
    """Judges batches and writes their findings: the part of a screening that runs in several threads or processes."""

    snapshot: Snapshot
    catalogue: "Catalogue"
    engine_name: str
    to: Path
    asked: list[tuple[Table, list[Standard]]]
    engines: dict[tuple[int, ...], Callable[[Sequence[Part]], list[Batch]]] = field(default_factory=dict)
    compiled_engines: "dict[tuple[int, ...], CompiledEngine]" = field(default_factory=dict)

    def judge(self, task: Task) -> list[tuple[int, dict[str, pa.Table]]]:
        """Judge a batch for the tables of these numbers; returns the summary of each county for each."""
        numbers, parts = task
        summaries = []
        for number, judged in zip(numbers, self.engine(numbers)(parts), strict=True):
            name = self.asked[number][0].name
            for part in parts:
                rows = judged.findings.get(part.county, FINDINGS_SCHEMA.empty_table())
                file = name if part.last is None else f"{name}-{part.first:09}"
                _write(self.to / f"findings/county={part.county}/{file}.parquet", rows)
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


_in_this_process: list[_Judge] = []


def _start(judge: _Judge) -> None:
    _in_this_process[:] = [judge]


def _work(task: Task) -> list[tuple[int, dict[str, pa.Table]]]:
    return _in_this_process[0].judge(task)


class _Run:
    def __init__(
        self,
        snapshot: Snapshot,
        catalogue: "Catalogue",
        to: Path,
        engine: str | None,
        progress: Callable[[int, int], None],
        since: Path | None,
        workers: int,
    ) -> None:
        self.snapshot, self.catalogue, self.to, self.engine_wanted = snapshot, catalogue, to, engine
        self.engine_name = ""
        self.progress, self.since, self.workers = progress, since, workers
        in_force = [s for s in catalogue.standards.values() if s.screened and s.holds_on(snapshot.as_of)]
        self.asked = [
            (table, standards)
            for table in catalogue.tables.values()
            if (standards := [s for s in in_force if s.about == table.name])
        ]
        self.judge = _Judge(snapshot, catalogue, "", to, self.asked)

    def cheapest_for(self, counties: Sequence[str]) -> str:
        """Compiled standards, where there is enough to do to repay what it costs to load or to make them."""
        subjects = sum(self.subjects(county) for county in counties)
        if subjects < WORTH_LOADING or find_spec("numba") is None:
            return "duckdb"
        return "compiled" if subjects >= WORTH_COMPILING or self.are_compiled(self.judge, self.together()) else "duckdb"

    def are_compiled(self, judge: _Judge, together: Sequence[tuple[int, ...]]) -> bool:
        """Whether the standards about the tables of these numbers are compiled already."""
        return find_spec("numba") is not None and all(judge.compiled(each).code.is_kept() for each in together)

    def run(self) -> Screening:
        started = _now()
        counties = self.snapshot.counties()
        self.check_that_something_is_asked()
        keys = {county: self.key(county) for county in counties}
        due = [county for county in counties if not self.kept(county, keys[county])]
        (self.to / "screening.json").unlink(missing_ok=True)
        for county in due:
            shutil.rmtree(self.to / f"findings/county={county}", ignore_errors=True)
        total = sum(self.subjects(county) for county in counties)
        done = total - sum(self.subjects(county) for county in due)
        self.progress(done, total)
        for county in self.brought_up_to_date(due, keys):
            due.remove(county)
            done += self.subjects(county)
            self.progress(done, total)
        if due or not self.engine_name:
            self.engine_name = self.engine_wanted or self.cheapest_for(due)
        tasks = self.tasks(due)
        waiting = Counter(part.county for _, parts in tasks for part in parts)
        summaries: dict[str, list[tuple[int, pa.Table]]] = {county: [] for county in due}
        for (_, parts), summary in self.judged(tasks):
            for part in parts:
                for number, counted in summary:
                    if part.county in counted:
                        summaries[part.county].append((number, counted[part.county]))
                waiting[part.county] -= 1
                if not waiting[part.county]:
                    self.finish_county(part.county, keys[part.county], summaries.pop(part.county))
                    done += self.subjects(part.county)
            self.progress(done, total)
        for county in list(summaries):  # nothing is asked there on this day
            self.finish_county(county, keys[county], summaries.pop(county))
        return self.finish(started, counties, len(due))

    def brought_up_to_date(self, counties: Sequence[str], keys: Mapping[str, str]) -> list[str]:
        """The counties whose earlier findings could be corrected by what changed, without screening them again."""
        earlier = self.earlier_of_parent()
        if not counties or earlier is None or self.engine_wanted == "reference":
            return []
        known = [county for county in counties if county in earlier.counties]
        changed = Snapshot.open(self.snapshot.folder / changes.FOLDER)
        judge = _Judge(changed, self.catalogue, self.engine_wanted or "duckdb", self.to, self.asked)
        roots = [self.catalogue.root(self.asked[numbers[0]][0]).name for numbers in self.together()]
        together = [numbers for numbers, root in zip(self.together(), roots, strict=True) if changed.rows(root)]
        if self.engine_wanted is None and self.are_compiled(judge, together):
            judge.engine_name = "compiled"  # few subjects do not repay compiling, but what was compiled is soonest
        self.engine_name = judge.engine_name
        parts = [Part(part) for part in changed.counties()]
        made = [
            Change(self.asked[number][0], judged)
            for numbers in together
            for number, judged in zip(numbers, judge.engine(numbers)(parts), strict=True)
        ]
        if not all(change.lies_in(known) for change in made):
            return []
        for county in known:
            summaries = [rows_of(earlier.folder / f"counties/{county}.parquet")]
            touching = [change for change in made if change.touches(county)]
            files: dict[str, list[Path]] = {}
            for file in sorted((earlier.folder / f"findings/county={county}").glob("*.parquet")):
                files.setdefault(file.stem.partition("-")[0], []).append(file)
            for change in touching:
                rows = change.findings_of(county, files.pop(change.table.name, ()))
                _write(self.to / f"findings/county={county}/{change.table.name}.parquet", rows)
                summaries.append(change.summary_of(county))
            self.take_over(file for untouched in files.values() for file in untouched)
            self.finish_county(county, keys[county], [(0, summary) for summary in summaries])
        return known

    def earlier_of_parent(self) -> Screening | None:
        """The earlier screening, if it is of this snapshot's parent and the snapshot says what changed since."""
        if self.since is None or not (self.snapshot.folder / changes.FOLDER / "snapshot.json").exists():
            return None
        earlier = Screening.open(self.since)
        same = (
            earlier.snapshot_digest == self.snapshot.parent
            and earlier.catalogue_digest == self.catalogue.digest
            and earlier.as_of == self.snapshot.as_of
        )
        return earlier if same else None

    def together(self) -> list[tuple[int, ...]]:
        """The numbers of the tables that compiled standards judge in one reading: those of one root."""
        roots = [self.catalogue.root(table).name for table, _ in self.asked]
        return [tuple(n for n, each in enumerate(roots) if each == root) for root in dict.fromkeys(roots)]

    def tasks(self, counties: Sequence[str]) -> list[Task]:
        """Batches large enough that planning a query does not matter, small enough for little memory."""
        fast = self.engine_name != "reference"
        tasks = []
        for numbers in self.together():
            tables = [self.asked[number][0] for number in numbers]
            divide = [fast and self.divisible(table, counties) for table in tables]
            alone = self.engine_name != "compiled" or len(set(divide)) > 1
            for some in [(number,) for number in numbers] if alone else [numbers]:
                batches = self.snapshot.batches(
                    self.catalogue.root(tables[0]).name,
                    BATCH_SUBJECTS if fast else 1,
                    counties,
                    divide=divide[numbers.index(some[0])],
                )
                tasks += [(some, parts) for parts in batches]
        return tasks

    def divisible(self, table: Table, counties: Sequence[str]) -> bool:
        """Whether a slice of a county's subjects tells which rows of the table belong to it."""
        if table.of is None:
            return True
        paths = [path for county in counties for path in self.snapshot.paths(table.name, county)]
        by_position = all(f"{table.of}_row" in pq.read_schema(path).names for path in paths)
        return by_position and self.catalogue.tables[table.of].of is None

    def judged(self, tasks: Sequence[Task]) -> Iterator[tuple[Task, list[tuple[int, dict[str, pa.Table]]]]]:
        """Each task with its summaries, in order; several at once where there is enough to do."""
        judge = _Judge(self.snapshot, self.catalogue, self.engine_name, self.to, self.asked)
        if self.engine_name == "compiled":
            judge.compiled_engines = self.judge.compiled_engines
        workers = min(self.workers, len(tasks))
        if workers < 2 or self.subjects_in(tasks) < WORTH_A_PROCESS:
            yield from ((task, judge.judge(task)) for task in tasks)
            return
        pool: Executor
        if self.engine_name == "compiled":  # its loops run side by side in threads, over one copy of everything
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

    def check_that_something_is_asked(self) -> None:
        present = set(self.snapshot.tables())
        if self.asked and not any(table.name in present for table, _ in self.asked):
            asked = ", ".join(sorted(table.name for table, _ in self.asked))
            raise Refusal(
                f"The snapshot holds {', '.join(sorted(present)) or 'no table'}, but the standards are about {asked}. "
                "Is it the snapshot, or the catalogue, of another programme?"
            )

    def key(self, county: str) -> str:
        text = f"{FINDINGS_VERSION} {self.snapshot.county_digest(county)} {self.catalogue.digest}"
        return hashlib.sha256(text.encode()).hexdigest()

    def subjects(self, county: str) -> int:
        return sum(self.snapshot.rows(table.name, county) for table, _ in self.asked)

    def subjects_in(self, tasks: Sequence[Task]) -> int:
        """How many subjects are asked, each counted for its own table; slices of one county are one county."""
        asked = {(number, part.county) for numbers, parts in tasks for number in numbers for part in parts}
        return sum(self.snapshot.rows(self.asked[number][0].name, county) for number, county in asked)

    def kept(self, county: str, key: str) -> bool:
        """Whether the county's findings stand, here or after linking them from the earlier screening."""
        if _key_of(self.to, county) == key:
            return True
        if self.since is None or _key_of(self.since, county) != key:
            return False
        shutil.rmtree(self.to / f"findings/county={county}", ignore_errors=True)
        self.take_over((self.since / f"findings/county={county}").glob("*.parquet"))
        self.take_over(self.since / f"counties/{county}{suffix}" for suffix in (".parquet", ".json"))
        return True

    def take_over(self, files: Iterable[Path]) -> None:
        """Take files of the earlier screening into this one."""
        assert self.since is not None
        for path in files:
            target = self.to / path.relative_to(self.since)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.unlink(missing_ok=True)
            link_or_copy(path, target)

    def finish_county(self, county: str, key: str, summaries: Sequence[tuple[int, pa.Table]]) -> None:
        """Put a county's summaries together; its key, written last, says that it is done."""
        of_tables = sorted(summaries, key=lambda pair: self.asked[pair[0]][0].name)
        rows = pa.concat_tables([SUMMARY_SCHEMA.empty_table(), *(rows for _, rows in of_tables)])
        if len({number for number, _ in summaries}) < len(summaries):  # a village may lie in two slices of its county
            rows = added_up(rows)
        _write(self.to / f"counties/{county}.parquet", rows.combine_chunks())
        write_whole(self.to / f"counties/{county}.json", json.dumps({"key": key}))

    def finish(self, started: str, counties: Sequence[str], screened_again: int) -> Screening:
        for folder in (self.to / "findings").glob("county=*"):  # left by a screening of another snapshot
            if folder.name.removeprefix("county=") not in counties:
                shutil.rmtree(folder)
        tables = [rows_of(self.to / f"counties/{county}.parquet") for county in counties]
        summary = pa.concat_tables([SUMMARY_SCHEMA.empty_table(), *tables])
        _write(self.to / "summary.parquet", summary)
        totals = self.totals(summary)
        screening = Screening(
            folder=self.to,
            snapshot_digest=self.snapshot.digest,
            catalogue_digest=self.catalogue.digest,
            as_of=self.snapshot.as_of,
            known_at=self.snapshot.known_at,
            engine=self.engine_name,
            counties=tuple(counties),
            screened_again=screened_again,
            totals=totals,
            held=self.held(totals),
            started_at=started,
            finished_at=_now(),
        )
        said = {key: value for key, value in asdict(screening).items() if key != "folder"}
        write_whole(self.to / "screening.json", json.dumps(said, indent=1, default=str, ensure_ascii=False) + "\n")
        return screening

    def totals(self, summary: pa.Table) -> tuple[StandardTotal, ...]:
        sums = (
            summary.group_by(["standard", "about"])
            .aggregate([(column, "sum") for column in ("asked", "met", "not_met", "unknown")])
            .to_pylist()
        )
        by_standard = {row["standard"]: row for row in sums}
        return tuple(
            StandardTotal(
                s.id,
                s.about,
                *(
                    (by_standard[s.id][f"{c}_sum"] if s.id in by_standard else 0)
                    for c in ("asked", "met", "not_met", "unknown")
                ),
            )
            for _, standards in self.asked
            for s in standards
        )

    def held(self, totals: Sequence[StandardTotal]) -> dict[str, str]:
        """Standards whose share failing is not believed until a person releases them, and why."""
        reasons = {}
        for total in totals:
            plausible = self.catalogue.standards[total.standard].plausible_share_failing
            if plausible is None or not total.asked:
                continue
            low, high = plausible
            share = Decimal(total.not_met) / total.asked
            if not low <= share <= high:
                reasons[total.standard] = (
                    f"{total.not_met:,} of {total.asked:,} fall short ({share:.2%}); "
                    f"between {low:.2%} and {high:.2%} would be plausible"
                )
        return reasons


def _key_of(folder: Path, county: str) -> str | None:
    try:
        key: str = json.loads((folder / f"counties/{county}.json").read_text(encoding="utf-8"))["key"]
    except (OSError, ValueError, KeyError):
        return None
    return key


def _write(path: Path, table: pa.Table) -> None:
    with whole(path) as unfinished:
        pq.write_table(table, unfinished, **PARQUET)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
