"""`firmground briefs`: the weekly briefs of listed supervision."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from firmground.cli.django_setup import start_django

if TYPE_CHECKING:
    from firmground.supervision.briefs.models import Brief


@click.group()
def briefs() -> None:
    """Weekly supervision briefs: make those of a week, and see whether their numbers still come out."""


@briefs.command("make")
@click.argument("day", type=click.DateTime(["%Y-%m-%d"]))
def make(day: datetime) -> None:
    """Make the briefs of the week in which DAY lies, for every territory with a listed place that has none.

    It is done by itself every Monday.
    """
    start_django()
    from firmground import flow

    click.echo(f"{flow.make_briefs(day.date()):,} briefs were made.")


@briefs.command("verify")
@click.argument("what", required=False)
@click.option("--week", type=click.DateTime(["%Y-%m-%d"]), help="All briefs of the week in which this day lies.")
def verify(what: str | None, week: datetime | None) -> int:
    """Work every number of a brief out again from the rows of its day.

    WHAT is the number in its address; or a file that was taken out, its numbers (JSON) or its paper (PDF), of which it
    is said first whether it is what was sealed.

    Exit code 3: a number comes out differently, or a text or a file is not what was sealed.
    """
    if (what is None) == (week is None):
        raise click.UsageError("Name the brief by its number, or a file of it, or a --week.")
    start_django()
    from firmground.officers.machine import everywhere
    from firmground.officers.territory import EVERYWHERE
    from firmground.supervision.briefs import queries
    from firmground.supervision.briefs.models import monday_of

    with everywhere():
        rows, altered = queries.briefs(seen_by=EVERYWHERE), 0
        if week is not None:
            found = list(rows.filter(week=monday_of(week.date())))
        elif what and what.isascii() and what.isdigit() and len(what) < 18:
            found = list(rows.filter(pk=int(what)))
        else:
            brief, altered = _of_file(Path(str(what)))
            found = [brief]
        if not found:
            raise click.UsageError("There is no such brief.")
        wrong = 0
        for row in found:
            differences = list(queries.differences(row))
            wrong += bool(differences) or not row.whole
            if not row.whole:
                click.echo(f"{row}: its text is not the one it was signed with.", err=True)
            for name, told, now in differences:
                click.echo(f"{row}: {name} was told as {told}, and comes out as {now}.", err=True)
    click.echo(f"{len(found) - wrong:,} of {len(found):,} briefs come out as they were told.")
    return 3 if wrong or altered else 0


def _of_file(file: Path) -> "tuple[Brief, bool]":
    """The brief that a file is of, and whether the file is not what was sealed; it says so."""
    from firmground.officers.territory import EVERYWHERE
    from firmground.supervision.briefs import sealed

    if not file.is_file():
        raise click.UsageError(f"{file} is no file, and no number of a brief.")
    held = sealed.compared(file.read_bytes(), seen_by=EVERYWHERE)
    if held.sealed:
        click.echo(f"{file} is what was sealed: {held.brief}.")
    else:
        click.echo(f"{file} is not what was sealed: {held.brief}.", err=True)
    for name, was, says in held.differences:
        click.echo(f"{held.brief}: {name} was sealed as {was}, and the file says {says}.", err=True)
    return held.brief, not held.sealed
