"""A screening: every standard asked of every subject of a snapshot, county by county.

    screening.json                       what was screened, when, with what, and the totals of each standard
    summary.parquet                      about, place_code, standard, asked, met, not_met, unknown
    findings/county=<code>/<about>.parquet
    counties/<code>.json, .parquet       one county's key and summary: what makes it unnecessary to screen it again

A county's findings depend on its files, the date and the catalogue alone. Where these are what they were, what was
found stands, in this folder or in an earlier one.
"""

import json
import os
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq

from firmground.common.errors import Refusal
from firmground.common.files import write_whole
from firmground.engines import changes
from firmground.engines.snapshot import Part, Snapshot
from firmground.engines.standards.declared import Table
from firmground.engines.standards.findings import rows_of, write_rows
from firmground.engines.standards.judging import Judge, Summaries, Task, all_judged
from firmground.engines.standards.rescreening import Change
from firmground.engines.standards.screened_counties import Counties, key_of

if TYPE_CHECKING:
    from firmground.engines.standards.catalogue import Catalogue

BATCH_SUBJECTS = 100_000
WORTH_A_PROCESS = 400_000
"""Subjects below which starting more processes costs more than it saves."""
WORTH_LOADING, WORTH_COMPILING = 10_000, 200_000
"""Subjects from which compiled standards repay their loading, and from which they repay being compiled."""
ENGINES = ("compiled", "duckdb", "reference")


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
        self.judge = Judge(snapshot, catalogue, "", to, self.asked)
        self.counties = Counties(to, since)

    def cheapest_for(self, counties: Sequence[str]) -> str:
        """Compiled standards, where there is enough to do to repay what it costs to load or to make them."""
        subjects = sum(self.subjects(county) for county in counties)
        if subjects < WORTH_LOADING or find_spec("numba") is None:
            return "duckdb"
        return "compiled" if subjects >= WORTH_COMPILING or self.are_compiled(self.judge, self.together()) else "duckdb"

    def are_compiled(self, judge: Judge, together: Sequence[tuple[int, ...]]) -> bool:
        """Whether the standards about the tables of these numbers are compiled already."""
        return find_spec("numba") is not None and all(judge.compiled(each).code.is_kept() for each in together)

    def run(self) -> Screening:
        started = _now()
        counties = self.snapshot.parts()
        self.check_that_something_is_asked()
        keys = {county: key_of(self.snapshot, county, self.catalogue.digest) for county in counties}
        due = [county for county in counties if not self.counties.stands(county, keys[county])]
        (self.to / "screening.json").unlink(missing_ok=True)
        for county in due:
            self.counties.forget(county)
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
        summaries: dict[str, list[tuple[str, pa.Table]]] = {county: [] for county in due}
        for (_, parts), summary in self.judged(tasks):
            for part in parts:
                for number, counted in summary:
                    if part.county in counted:
                        summaries[part.county].append((self.asked[number][0].name, counted[part.county]))
                waiting[part.county] -= 1
                if not waiting[part.county]:
                    self.counties.finish(part.county, keys[part.county], summaries.pop(part.county))
                    done += self.subjects(part.county)
            self.progress(done, total)
        for county in list(summaries):  # nothing is asked there on this day
            self.counties.finish(county, keys[county], summaries.pop(county))
        return self.finish(started, counties, len(due))

    def brought_up_to_date(self, counties: Sequence[str], keys: Mapping[str, str]) -> list[str]:
        """The counties whose earlier findings could be corrected by what changed, without screening them again."""
        earlier = self.earlier_of_parent()
        if not counties or earlier is None or self.engine_wanted == "reference":
            return []
        known = [county for county in counties if county in earlier.counties]
        changed = Snapshot.open(self.snapshot.folder / changes.FOLDER)
        judge = Judge(changed, self.catalogue, self.engine_wanted or "duckdb", self.to, self.asked)
        roots = [self.catalogue.root(self.asked[numbers[0]][0]).name for numbers in self.together()]
        together = [numbers for numbers, root in zip(self.together(), roots, strict=True) if changed.rows(root)]
        if self.engine_wanted is None and self.are_compiled(judge, together):
            judge.engine_name = "compiled"  # few subjects do not repay compiling, but what was compiled is soonest
        self.engine_name = judge.engine_name
        parts = [Part(part) for part in changed.parts()]
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
                write_rows(self.to / f"findings/county={county}/{change.table.name}.parquet", rows)
                summaries.append(change.summary_of(county))
            self.counties.take_over(file for untouched in files.values() for file in untouched)
            self.counties.finish(county, keys[county], [("", summary) for summary in summaries])
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

    def judged(self, tasks: Sequence[Task]) -> Iterator[tuple[Task, Summaries]]:
        """Each task with its summaries, in order; several at once where there is enough to do."""
        judge = Judge(self.snapshot, self.catalogue, self.engine_name, self.to, self.asked)
        if self.engine_name == "compiled":
            judge.compiled_engines = self.judge.compiled_engines
        return all_judged(judge, tasks, self.workers if self.subjects_in(tasks) >= WORTH_A_PROCESS else 1)

    def check_that_something_is_asked(self) -> None:
        present = set(self.snapshot.tables())
        if self.asked and not any(table.name in present for table, _ in self.asked):
            asked = ", ".join(sorted(table.name for table, _ in self.asked))
            raise Refusal(
                f"The snapshot holds {', '.join(sorted(present)) or 'no table'}, but the standards are about {asked}. "
                "Is it the snapshot, or the catalogue, of another programme?"
            )

    def subjects(self, county: str) -> int:
        return sum(self.snapshot.rows(table.name, county) for table, _ in self.asked)

    def subjects_in(self, tasks: Sequence[Task]) -> int:
        """How many subjects are asked, each counted for its own table; slices of one county are one county."""
        asked = {(number, part.county) for numbers, parts in tasks for number in numbers for part in parts}
        return sum(self.snapshot.rows(self.asked[number][0].name, county) for number, county in asked)

    def finish(self, started: str, counties: Sequence[str], screened_again: int) -> Screening:
        self.counties.keep_only(counties)
        summary = self.counties.summary(counties)
        write_rows(self.to / "summary.parquet", summary)
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


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
