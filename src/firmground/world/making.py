"""Making a world: county by county, on as many processes as are given, and again from where it was stopped.

A county is drawn and written block by block, so that memory does not grow with it.

What is done of an unfinished world stands in `.world/` of its folder; the same command goes on from there.
"""

import json
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from dataclasses import asdict, dataclass
from datetime import date
from multiprocessing import get_context
from pathlib import Path
from typing import Any, TypeAlias

import pyarrow.compute as pc

from firmground.common.errors import Refusal
from firmground.common.files import write_whole
from firmground.engines import rollups
from firmground.engines.snapshot import MANIFEST, Snapshot, SnapshotWriter
from firmground.world.columns import base_facts
from firmground.world.days import BEGINS, ENDS, number
from firmground.world.facilities import Eyes, draw_facilities
from firmground.world.growing import Growing
from firmground.world.history import draw
from firmground.world.identity import REGIONS_OF_A_COUNTY
from firmground.world.registers import registered
from firmground.world.rows import Moment
from firmground.world.snapshots import snapshot_tables
from firmground.world.truth import truth_tables
from firmground.world.villages import Settled, chosen, counties, settle

UNFINISHED = ".world"
MOST_HOUSEHOLDS = 99_999  # in one village: its households are numbered with five digits
GENERATOR = 4  # raised whenever the same seed would give another world


@dataclass(frozen=True)
class Plan:
    """All that a world's bytes depend on, besides the catalogue's places and facts."""

    households: int
    seed: int
    as_of: str
    known_at: str
    errors: float
    counties: tuple[str, ...]
    form: str = "snapshot"
    generator: int = GENERATOR

    @classmethod
    def of(
        cls,
        *,
        households: int,
        seed: int,
        as_of: date,
        known_at: date,
        errors: float,
        counties: list[str],
        form: str,
    ) -> "Plan":
        """A plan that can be carried out.

        Raises:
            Refusal: a number or a day outside the world's bounds.
        """
        for name, when in (("--as-of", as_of), ("--known-at", known_at)):
            if not BEGINS + 184 <= number(when) <= ENDS:
                raise Refusal(
                    f"{name} {when}: the world's history runs from 2018-07-01 to 2020-06-30, and its first statements "
                    "are known in January 2019. Choose a day from 2019-01-01 to 2020-06-30."
                )
        if households < 1:
            raise Refusal(f"--households {households}: a world has at least one household.")
        if not 0 <= errors <= 0.2:
            raise Refusal(f"--errors {errors}: a share between 0 and 0.2.")
        if seed < 0:
            raise Refusal(f"--seed {seed}: a whole number from 0.")
        return cls(
            households,
            seed,
            as_of.isoformat(),
            known_at.isoformat(),
            errors,
            tuple(sorted(counties)),
            form,
        )

    @property
    def moment(self) -> Moment:
        return Moment(
            number(date.fromisoformat(self.as_of)),
            number(date.fromisoformat(self.known_at)),
        )

    @property
    def eyes(self) -> Eyes:
        return Eyes(date.fromisoformat(self.as_of), date.fromisoformat(self.known_at))

    def settled(self, catalogue: Path) -> list[Settled]:
        """The counties with their households."""
        among = chosen(counties(catalogue / "places.csv"), list(self.counties))
        settled = [one for one in settle(among, self.households, self.seed) if one.households]
        crowded = max(int(one.sizes.max()) for one in settled)
        if crowded > MOST_HOUSEHOLDS:
            raise Refusal(
                f"--households {self.households}: a village would hold {crowded:,} households; at most "
                f"{MOST_HOUSEHOLDS:,} can be numbered. Ask for fewer, or for more counties."
            )
        for one in settled if self.form != "snapshot" else []:
            if len(one.blocks()) > REGIONS_OF_A_COUNTY:
                raise Refusal(
                    f"--households {self.households}: county {one.county.code} would hold {one.households:,}, more "
                    "than there are identity numbers for. Ask for fewer, for more counties, or for --form snapshot."
                )
        return settled


Progress: TypeAlias = Callable[[int], None]


def make_snapshot(
    plan: Plan,
    folder: Path,
    catalogue: Path,
    processes: int = 1,
    progress: Progress | None = None,
) -> Snapshot:
    """Make the world of `plan` as a snapshot in `folder`, with the truth in `folder/truth`.

    Args:
        progress: told, after each county, how many households are done since the last call.

    Raises:
        Refusal: the folder holds something else, or the catalogue lacks what the world needs.
    """
    if (folder / MANIFEST).exists():
        raise Refusal(f"{folder} already holds a snapshot, and snapshots never change. Choose another folder.")
    base_facts(catalogue)
    settled = plan.settled(catalogue)
    begun(plan, folder)
    work = each_county(_snapshot_of_county, plan, settled, folder, catalogue, processes, progress)
    done = dict(work)
    writer = SnapshotWriter(
        folder,
        as_of=date.fromisoformat(plan.as_of),
        known_at=date.fromisoformat(plan.known_at),
        made_by={"world": asdict(plan)},
    )
    for files in done.values():
        writer.take_up(files)
    snapshot = writer.close()
    finish(folder)
    return snapshot


def begun(plan: Plan, folder: Path) -> None:
    """Begin a world in `folder`, or go on with the one begun there.

    Raises:
        Refusal: the folder holds something else, or an unfinished world of another plan.
    """
    note = folder / UNFINISHED / "plan.json"
    if note.exists():
        said = json.loads(note.read_text(encoding="utf-8"))
        if said != json.loads(json.dumps(asdict(plan))):
            raise Refusal(
                f"{folder} holds an unfinished world of another plan: {said}. Finish it with the same options, remove "
                "the folder, or choose another."
            )
    elif folder.exists() and any(folder.iterdir()):
        raise Refusal(f"{folder} is not empty. Choose a new folder for the world.")
    write_whole(note, json.dumps(asdict(plan)) + "\n")


def finish(folder: Path) -> None:
    """Every county is there: nothing need be taken up again."""
    shutil.rmtree(folder / UNFINISHED)


def each_county(
    work: Callable[[Plan, Settled, Path, Path], Any],
    plan: Plan,
    settled: list[Settled],
    folder: Path,
    catalogue: Path,
    processes: int,
    progress: Progress | None,
) -> Iterator[tuple[str, Any]]:
    """Do `work` for every county that is not done yet; yield (county, what it told), done ones included."""
    tell = progress or (lambda households: None)
    waiting = []
    for one in settled:
        note = _note(folder, one.county.code)
        if note.exists():
            tell(one.households)
            yield one.county.code, json.loads(note.read_text(encoding="utf-8"))
        else:
            waiting.append(one)
    if processes <= 1:
        for one in waiting:
            told = _and_note(work, plan, one, folder, catalogue)
            tell(one.households)
            yield one.county.code, told
        return
    waiting.sort(key=lambda one: -one.households)  # the largest first, so that nobody waits for one at the end
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        running = {pool.submit(_and_note, work, plan, one, folder, catalogue): one for one in waiting}
        try:
            while running:
                for future in wait(running, return_when=FIRST_COMPLETED).done:
                    one = running.pop(future)
                    tell(one.households)
                    yield one.county.code, future.result()
        except BaseException:
            pool.shutdown(wait=True, cancel_futures=True)
            raise


def _note(folder: Path, county: str) -> Path:
    return folder / UNFINISHED / f"{county}.json"


def _and_note(
    work: Callable[[Plan, Settled, Path, Path], Any],
    plan: Plan,
    one: Settled,
    folder: Path,
    catalogue: Path,
) -> Any:
    told = work(plan, one, folder, catalogue)
    write_whole(_note(folder, one.county.code), json.dumps(told))
    return told


def _snapshot_of_county(plan: Plan, one: Settled, folder: Path, catalogue: Path) -> dict[str, dict[str, object]]:
    facts, county = base_facts(catalogue), one.county.code
    before, sums = 0, []
    with Growing(folder) as registers, Growing(folder / "truth") as truth:
        for block in one.blocks():
            history = draw(block, plan.seed, plan.errors)
            for table, rows in snapshot_tables(history, plan.moment, facts, before):
                if rows.num_rows or table == "household":
                    registers.add(f"{table}/county={county}/part-0.parquet", rows)
                if table == "household":
                    kinds = rows.select(["village_code", "kind"])
                elif table == "member":
                    at = pc.subtract(rows["household_row"], before)
                    persons = rollups.persons_of(kinds.num_rows, at, rows["status"])
                    sums.append(rollups.added_up(kinds["village_code"], kinds["kind"], persons))
            before += int(registered(history, plan.moment).sum())
            for name, rows in truth_tables(history, plan.moment).items():
                truth.add(f"{name}-{county}.parquet", rows)
        served = draw_facilities(one, plan.seed, plan.eyes)
        for table, rows in served.tables(facts, rollups.together(sums)).items():
            if rows.num_rows:
                registers.add(f"{table}/county={county}/part-0.parquet", rows)
        truth.add(f"facilities-{county}.parquet", served.truth())
    return {path: registers.told(path) for path in registers.rows}
