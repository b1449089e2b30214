"""`firmground findings`: screenings on their way into the register of findings."""

from pathlib import Path

import click

from firmground.cli.django_setup import start_django


@click.group()
def findings() -> None:
    """Take screenings in; release standards that were held."""


@findings.command("take-in")
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--snapshot", type=click.Path(path_type=Path), help="The snapshot it was made from, for pages to read.")
def take_in(folder: Path, snapshot: Path | None) -> None:
    """Compare the screening in FOLDER with what is open: what opens, what changed, what closes.

    Taking the same screening in twice changes nothing.
    """
    start_django()
    from firmground.findings import actions
    from firmground.officers.machine import everywhere

    with everywhere() as by:
        taken = actions.take_in(folder=folder, snapshot=snapshot, by=by)
    known = "" if taken.new else " (it had been taken in before)"
    click.echo(
        f"Screening as of {taken.screening.as_of}{known}: {taken.opened:,} findings opened, {taken.changed:,} changed, "
        f"{taken.closed:,} closed."
    )
    for standard in taken.held:
        click.echo(f"held: {standard}. Look at it, then: firmground findings release {standard} --note WHY")


@findings.command()
@click.argument("standard")
@click.option("--note", required=True, help="Why the share falling short is believed. It is kept.")
def release(standard: str, note: str) -> None:
    """Let a STANDARD speak that the last screening held."""
    start_django()
    from firmground.findings import actions
    from firmground.officers.machine import everywhere

    with everywhere() as by:
        taken = actions.release(standard=standard, note=note, by=by)
    click.echo(
        f"{standard} released: {taken.opened:,} findings opened, {taken.changed:,} changed, {taken.closed:,} closed."
    )
