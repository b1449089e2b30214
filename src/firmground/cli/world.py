"""firmground world: synthetic registers of any size, on the real villages of the 52 listed counties."""

import json
import os
import sys
from dataclasses import asdict
from datetime import date, datetime
from pathlib import Path

import click

from firmground.common.home import CATALOGUE
from firmground.engines.standards.catalogue import load
from firmground.world.detection import as_tables, score
from firmground.world.files import make_files
from firmground.world.making import Plan, make_snapshot
from firmground.world.published import as_table, compare, put_into_manual

DAY = click.DateTime(formats=["%Y-%m-%d"])


@click.group("world", invoke_without_command=True)
@click.option("--households", type=int, help="How many households to make, over all counties.")
@click.option(
    "--seed",
    type=int,
    default=1,
    show_default=True,
    help="Same seed, same world, to the byte.",
)
@click.option(
    "--to",
    type=click.Path(path_type=Path, file_okay=False),
    help="A new folder for the world.",
)
@click.option(
    "--form",
    type=click.Choice(["snapshot", "xlsx", "csv", "parquet"]),
    default="snapshot",
    show_default=True,
    help="A snapshot to screen, or the files that counties would send.",
)
@click.option(
    "--as-of",
    type=DAY,
    default="2020-06-30",
    show_default=True,
    help="The registers as of this day.",
)
@click.option(
    "--known-at",
    type=DAY,
    help="...as far as known on this day (left out: the same day).",
)
@click.option("--counties", default="", metavar="CODE,...", help="Only these listed counties.")
@click.option(
    "--errors",
    type=float,
    default=0.002,
    show_default=True,
    help="Share of rows with each kind of planted error.",
)
@click.option(
    "--processes",
    type=int,
    help="Left out: one for each core. The bytes do not depend on it.",
)
@click.option(
    "--catalogue",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    default=CATALOGUE,
    help="Whose places and facts; left out: the one in force.",
)
@click.option("--json", "as_json", is_flag=True, help="Print for machines.")
@click.pass_context
def world(
    ctx: click.Context,
    households: int | None,
    seed: int,
    to: Path | None,
    form: str,
    as_of: datetime,
    known_at: datetime | None,
    counties: str,
    errors: float,
    processes: int | None,
    catalogue: Path,
    as_json: bool,
) -> None:
    """Make synthetic registers. Nobody in them exists.

    The whole history, July 2018 to June 2020, follows from the seed; --as-of shows the same world as it was known on an
    earlier day. Up to 0.92 million households the villages have their natural size; beyond it they hold more. Stopped
    in the middle, the same command goes on where it was.
    """
    if ctx.invoked_subcommand is not None:
        return
    if households is None or to is None:
        raise click.UsageError("Say how many --households and a folder to write them --to.")
    known = known_at or as_of
    plan = Plan.of(
        households=households,
        seed=seed,
        as_of=as_of.date(),
        known_at=known.date(),
        errors=errors,
        counties=[code.strip() for code in counties.split(",") if code.strip()],
        form=form,
    )
    workers = processes or len(os.sched_getaffinity(0))
    try:
        with click.progressbar(length=households, label="Making the world", show_eta=True, file=sys.stderr) as bar:
            if form == "snapshot":
                snapshot = make_snapshot(plan, to, catalogue, workers, bar.update)
                rows = {table: snapshot.rows(table) for table in snapshot.tables()}
            else:
                rows = make_files(plan, to, catalogue, workers, bar.update)
    except KeyboardInterrupt:
        click.echo(f"\nThe same command goes on where {to} was left.", err=True)
        raise
    if as_json:
        click.echo(json.dumps({"folder": str(to), "as_of": plan.as_of, "rows": rows}))
    else:
        counted = ", ".join(f"{count:,} {table}" for table, count in sorted(rows.items()))
        click.echo(f"{to}: as of {plan.as_of}, known at {plan.known_at}. Rows: {counted}.")


@world.command("compare")
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option("--manual", type=click.Path(path_type=Path, exists=True, dir_okay=False), help="A page to write it into.")
@click.option("--json", "as_json", is_flag=True, help="Print for machines.")
def compare_with_published(folder: Path, manual: Path | None, as_json: bool) -> None:
    """Set the world in FOLDER beside the published figures."""
    compared = compare(folder)
    if manual:
        put_into_manual(manual, "compared", as_table(compared))
    if as_json:
        rows = [{"figure": one.figure.what, "published": one.figure.value, "world": one.world} for one in compared]
        click.echo(json.dumps(rows, ensure_ascii=False))
        return
    for one in compared:
        figure = one.figure
        click.echo(f"{figure.what:58} {figure.value:8.2f} {one.world:8.2f} {one.difference:+7.2f}   {figure.source}")


@world.command("score")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.option("--households", type=int, default=50_000, show_default=True, help="How many households the world has.")
@click.option("--seed", type=int, default=1, show_default=True)
@click.option("--errors", type=float, default=0.002, show_default=True, help="Share of rows with each planted error.")
@click.option(
    "--catalogue",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    default=CATALOGUE,
    help="Whose standards are scored; left out: the one in force.",
)
@click.option("--processes", type=int, help="Left out: one for each core.")
@click.option("--manual", type=click.Path(path_type=Path, exists=True, dir_okay=False), help="A page to write it into.")
@click.option("--json", "as_json", is_flag=True, help="Print for machines.")
def score_detection(
    folder: Path,
    households: int,
    seed: int,
    errors: float,
    catalogue: Path,
    processes: int | None,
    manual: Path | None,
    as_json: bool,
) -> None:
    """Score the standards: who was warned of in six monthly screenings, and who really was at risk.

    The months January to June 2020 of one world are made and screened in FOLDER; months already there are kept.
    """
    june = date(2020, 6, 30)
    plan = Plan.of(
        households=households, seed=seed, as_of=june, known_at=june, errors=errors, counties=[], form="snapshot"
    )
    workers = processes or len(os.sched_getaffinity(0))
    found = score(plan, folder, catalogue, load(catalogue), workers, lambda doing: click.echo(f"{doing} ...", err=True))
    if manual:
        put_into_manual(manual, "scored", as_tables(found))
    click.echo(json.dumps(asdict(found)) if as_json else as_tables(found))
