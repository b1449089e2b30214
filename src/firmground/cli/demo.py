"""`firmground demo`: from nothing to the pages, in one command.

Stages follow one another; each can tell from what it left behind whether it is done. Interrupted and called again, the
demo goes on where it stopped.
"""

import functools
import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from firmground.cli.django_setup import start_django
from firmground.cli.serve import check_host, free
from firmground.common.errors import Refusal
from firmground.common.files import sha256_of, write_whole
from firmground.common.home import CATALOGUE, HOME

if TYPE_CHECKING:
    from firmground.engines.standards.catalogue import Catalogue

MONTHS = (date(2020, 5, 31), date(2020, 6, 30))  # the board shows what changed from the first to the second
ERRORS = 0.002  # the share of rows with each kind of error in the counties' files

Tell = Callable[[int], None]  # so many more units of a stage's size are done


@dataclass(frozen=True)
class Stage:
    """A part of the way: its name, how big it is, whether it is done, and how it is done."""

    name: str
    work: Callable[[Tell], None]
    done: Callable[[], bool] = lambda: False
    size: Callable[[], int] = lambda: 1


@click.command()
@click.option("--households", type=click.IntRange(1), default=20_000, show_default=True)
@click.option("--seed", type=click.IntRange(0), default=2020, show_default=True)
@click.option("--host", default="127.0.0.1", show_default=True, help="Address of this machine to listen on.")
@click.option("--port", type=click.IntRange(1, 65535), default=8000, show_default=True, help="Or the next free one.")
@click.option("--no-serve", is_flag=True, help="Stop when everything is ready.")
def demo(households: int, seed: int, host: str, port: int, no_serve: bool) -> None:
    """Make a world of invented households, load and screen it, and serve the pages.

    Two months are made, so that the board can say what changed. Everything lies in FIRMGROUND_HOME (./var); remove that
    folder to begin anew.
    """
    os.environ["FIRMGROUND_DEMO"] = "1"  # its officers' passwords stand on the sign-in page
    check_host(host)
    began = time.monotonic()
    folder = HOME / "demo"
    claim(folder, households, seed)
    start_django()
    from firmground.officers.machine import everywhere

    stages = [
        Stage("Prepare the database", migrate),
        Stage("Load the places and the listing", load_places),
        *(stage for as_of in MONTHS for stage in Month(folder, as_of, households, seed).stages()),
        Stage("Enrol the officers of two counties", enrol_cast),
        Stage("Let them work for a week", play_scene, scene_is_played),
    ]
    for number, stage in enumerate(stages, start=1):
        label = f"[{number:>2}/{len(stages)}] {stage.name}"
        with everywhere() if number > 1 else nullcontext():  # the machine is known once the database is there
            carry_out(label, stage)
    click.echo(f"Everything is ready after {time.monotonic() - began:,.0f} seconds.")
    if no_serve:
        return
    while not free(host, port):
        port += 1
    # A new process: this one has started threads, and a web server forks.
    serving = [sys.executable, "-m", "firmground.cli", "serve", "--host", host, "--port", str(port)]
    os.execv(sys.executable, serving)  # noqa: S606 (no shell is wanted)


def claim(folder: Path, households: int, seed: int) -> None:
    """See that the folder holds this world or none.

    Raises:
        Refusal: it holds another.
    """
    note, world = folder / "demo.json", {"households": households, "seed": seed}
    if not note.exists():
        write_whole(note, json.dumps(world) + "\n")
    elif (there := json.loads(note.read_text(encoding="utf-8"))) != world:
        raise Refusal(
            f"{folder} holds the demo with {there['households']:,} households and seed {there['seed']}. Ask for that "
            f"one, remove {folder.parent}, or name another folder with FIRMGROUND_HOME."
        )


def carry_out(label: str, stage: Stage) -> None:
    """Do a stage that is not done, showing how far it is and how much time is left."""
    if stage.done():
        click.echo(f"{label}: was done before")
        return
    began = time.monotonic()
    with click.progressbar(length=max(stage.size(), 1), label=f"{label:<55}") as bar:
        stage.work(bar.update)
        bar.update((bar.length or 1) - bar.pos)
        bar.label = said = f"{label}: {time.monotonic() - began:,.1f} seconds"
    if not sys.stdout.isatty():
        click.echo(said)


def migrate(tell: Tell) -> None:
    from django.core.management import call_command

    call_command("migrate", verbosity=0)


def load_places(tell: Tell) -> None:
    from firmground.officers.machine import machine
    from firmground.places import actions

    actions.load(file=CATALOGUE / "places.csv", by=machine())
    actions.load_listing(file=CATALOGUE / "listed_counties.csv", by=machine())


def enrol_cast(tell: Tell) -> None:
    from firmground.registry.models import OPEN, Household
    from firmground.web import demo_cast

    of_counties = Household.objects.filter(OPEN, village_code__regex=f"^({'|'.join(demo_cast.COUNTIES)})")
    demo_cast.enrol(of_counties.values_list("village_code", flat=True).distinct())


def play_scene(tell: Tell) -> None:
    from firmground.web import demo_scene

    demo_scene.play()


def scene_is_played() -> bool:
    from firmground.web import demo_scene

    return demo_scene.is_played()


@functools.cache
def in_force() -> "Catalogue":
    from firmground.engines.standards.catalogue import load

    return load(CATALOGUE)


class Month:
    """What counties sent by the end of a month, on its way to the board."""

    def __init__(self, folder: Path, as_of: date, households: int, seed: int) -> None:
        self.as_of, self.households, self.seed = as_of, households, seed
        self.files = folder / f"files-{as_of}"
        self.snapshot = folder / f"snapshot-{as_of}"
        self.screening = folder / f"screening-{as_of}"

    def stages(self) -> Iterator[Stage]:
        month = f"{self.as_of:%B %Y}"
        yield Stage(f"{month}: make the counties' files", self.make, self.is_made, lambda: self.households)
        yield Stage(f"{month}: load them into the registers", self.load, self.is_loaded, self.bytes)
        yield Stage(f"{month}: take a snapshot of the registers", self.freeze, self.is_frozen)
        yield Stage(
            f"{month}: ask every household every standard", self.screen, self.is_taken_in, lambda: self.households
        )
        yield Stage(f"{month}: take the findings in, and open cases", self.take_in, self.is_taken_in)

    def make(self, tell: Tell) -> None:
        from firmground.world.files import make_files
        from firmground.world.making import Plan

        plan = Plan.of(
            households=self.households, seed=self.seed, as_of=self.as_of, known_at=self.as_of, errors=ERRORS,
            counties=[], form="csv",
        )  # fmt: skip
        make_files(plan, self.files, CATALOGUE, len(os.sched_getaffinity(0)), tell)

    def is_made(self) -> bool:
        return bool(self.sent()) and not (self.files / ".world").exists()

    def sent(self) -> list[Path]:
        return sorted(self.files.glob("*/*.csv"))

    def bytes(self) -> int:
        return sum(file.stat().st_size for file in self.sent())

    def load(self, tell: Tell) -> None:
        from firmground.officers.machine import machine
        from firmground.registry import actions

        refused = self.files / "refused"
        refused.mkdir(exist_ok=True)
        waiting = self.waiting()
        tell(self.bytes() - sum(file.stat().st_size for file in waiting))
        for file, report in actions.load_all(files=waiting, by=machine(), accept_good=True, rejects_to=refused):
            if isinstance(report, Refusal):
                raise report
            tell(file.stat().st_size)

    def waiting(self) -> list[Path]:
        """Files of which nothing is in the registers."""
        from firmground.registry.models import Load

        taken = set(Load.objects.filter(outcome=Load.Outcome.TAKEN).values_list("sha256", flat=True))
        return [file for file in self.sent() if sha256_of(file) not in taken]

    def is_loaded(self) -> bool:
        return self.is_frozen() or not self.waiting()

    def freeze(self, tell: Tell) -> None:
        from firmground.registry import snapshot

        snapshot.write(as_of=self.as_of, to=self.snapshot)

    def is_frozen(self) -> bool:
        return (self.snapshot / "snapshot.json").exists()

    def screen(self, tell: Tell) -> None:
        from firmground.engines.standards.screening import screen

        told = 0

        def progress(done: int, total: int) -> None:
            nonlocal told
            now = self.households * done // total
            tell(now - told)
            told = now

        screen(self.snapshot, in_force(), self.screening, progress=progress)

    def take_in(self, tell: Tell) -> None:
        from firmground import flow
        from firmground.findings import actions
        from firmground.officers.machine import machine
        from firmground.web.demo_scene import CASES_BEGAN, days_ago

        taken = actions.take_in(folder=self.screening, snapshot=self.snapshot, by=machine())
        with nullcontext() if self.as_of == MONTHS[-1] else days_ago(CASES_BEGAN):
            flow.open_cases(taken.screening)  # nobody works off the queue yet

    def is_taken_in(self) -> bool:
        """Whether its findings are in, by the catalogue in force; of an earlier month any catalogue will do."""
        from firmground.engines.snapshot import Snapshot
        from firmground.findings.models import Screening

        taken = Screening.objects.filter(snapshot_digest=Snapshot.open(self.snapshot).digest)
        if self.as_of == MONTHS[-1]:
            taken = taken.filter(catalogue_digest=in_force().digest)
        return taken.exists()
