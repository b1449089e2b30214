"""`firmground places`: the tree of places, and what became of it."""

import json
from pathlib import Path

import click

from firmground.cli.django_setup import start_django
from firmground.common.errors import Refusal
from firmground.common.home import CATALOGUE


@click.group()
def places() -> None:
    """Load the tree of places; split, merge, rename and move them."""


@places.command()
@click.argument("file", type=click.Path(path_type=Path), default=CATALOGUE / "places.csv")
@click.option("--listing", type=click.Path(path_type=Path), help="CSV of the places under listed supervision.")
def load(file: Path, listing: Path | None) -> None:
    """Load the tree from FILE, a CSV (default: the catalogue's, with its listing)."""
    start_django()
    from firmground.officers.machine import everywhere
    from firmground.places import actions

    with everywhere() as by:
        tree = actions.load(file=file, by=by)
    click.echo(f"{tree.rows:,} places read: {tree.new:,} new, {tree.corrected:,} corrected.")
    listing = listing or (CATALOGUE / "listed_counties.csv" if file == CATALOGUE / "places.csv" else None)
    if listing:
        with everywhere() as by:
            listed = actions.load_listing(file=listing, by=by)
        click.echo(f"{listed.rows:,} listings read: {listed.new:,} new.")


@places.command()
@click.argument("file", type=click.Path(path_type=Path))
def change(file: Path) -> None:
    """Bring the splits, mergers, renames and moves of FILE, a TOML file, into force."""
    start_django()
    from firmground.officers.machine import everywhere
    from firmground.places import changes

    with everywhere() as by:
        taken = changes.take_in(file=file, by=by)
    click.echo(f"{taken.new} changes in force, {taken.known} were known already.")


@places.command()
@click.option("--screening", type=int, help="Its number; left out: the last one taken in.")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def relist(screening: int | None, as_json: bool) -> None:
    """Print which places would enter and leave the list by rule. Nothing is changed: that is done on the page."""
    start_django()
    from firmground.findings.models import Screening
    from firmground.officers.machine import everywhere
    from firmground.supervision.listing import queries

    with everywhere():
        rows = Screening.objects.all() if screening is None else Screening.objects.filter(pk=screening)
        last = rows.last()
        if last is None:
            raise Refusal(
                "Nothing has been screened yet." if screening is None else f"There is no screening {screening}."
            )
        drawn = queries.everywhere(last)
    if drawn.held:
        raise Refusal(f"Nothing is drawn: {', '.join(drawn.held)} is held back until somebody releases it.")
    parts = {"enter": drawn.entering, "leave": drawn.leaving, "unknown": drawn.unknown, "stay": drawn.staying}
    if as_json:
        said = {
            name: [
                {"place": each.place_code, "grounds": each.grounds, "poor": each.poor, "rural": each.rural}
                for each in part
            ]
            for name, part in parts.items()
        }
        click.echo(json.dumps({"screening": last.pk, "as_of": str(last.as_of), **said}, ensure_ascii=False))
        return
    click.echo(f"By screening {last.pk}, as of {last.as_of}:")
    for name, part in parts.items():
        click.echo(f"{len(part):>7,} {name}")
    for sign, part in (("+", drawn.entering), ("-", drawn.leaving)):
        for each in part:
            click.echo(f"{sign} {each.place_code}  {each.poor} of {each.rural} {', '.join(each.grounds)}".rstrip())
