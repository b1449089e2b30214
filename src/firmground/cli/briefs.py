"""`firmground briefs`: the weekly briefs of listed supervision."""

from datetime import date, datetime

import click

from firmground.cli.django_setup import start_django


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
@click.argument("number", type=int, required=False)
@click.option("--week", type=click.DateTime(["%Y-%m-%d"]), help="All briefs of the week in which this day lies.")
def verify(number: int | None, week: datetime | None) -> int:
    """Work every number of a brief out again from the rows of its day: NUMBER is the one in its address.

    Exit code 3: a number comes out differently, or a text is not the one that was signed.
    """
    if (number is None) == (week is None):
        raise click.UsageError("Name the brief by its NUMBER, or a --week.")
    start_django()
    from firmground.officers.machine import everywhere
    from firmground.officers.territory import EVERYWHERE
    from firmground.supervision.briefs import queries
    from firmground.supervision.briefs.models import monday_of

    with everywhere():
        rows = queries.briefs(seen_by=EVERYWHERE)
        found = list(rows.filter(pk=number) if number is not None else rows.filter(week=monday_of(_day(week))))
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
    return 3 if wrong else 0


def _day(moment: datetime | None) -> date:
    assert moment is not None  # one of the two was given
    return moment.date()
