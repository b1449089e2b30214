"""`firmground places`: the tree of places, and what became of it."""

from pathlib import Path

import click

from firmground.cli.django_setup import start_django
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
