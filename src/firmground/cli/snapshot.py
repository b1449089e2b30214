"""`firmground snapshot`: the registers as of a date, frozen for the engines."""

import json
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import click

from firmground.cli.django_setup import start_django


class Day(click.ParamType[Any]):
    name = "date"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> date:
        try:
            return date.fromisoformat(str(value))
        except ValueError:
            self.fail(f"{value!r} is no date. Write it as 2020-06-30.", param, ctx)


class Moment(click.ParamType[Any]):
    name = "moment"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        try:
            said = datetime.fromisoformat(str(value))
        except ValueError:
            self.fail(f"{value!r} is no moment. Write it as 2020-07-01 or 2020-07-01T08:30.", param, ctx)
        # A day alone means its end: what was recorded on it is known.
        return datetime.combine(said, time.max) if len(str(value)) == 10 else said


@click.command()
@click.option("--as-of", type=Day(), required=True, help="What the registers say of this date.")
@click.option("--known-at", type=Moment(), help="As they were known at this moment (default: now).")
@click.option(
    "--to", type=click.Path(path_type=Path), required=True, help="The folder to write; it must hold no snapshot."
)
@click.option(
    "--parent", type=click.Path(path_type=Path), help="An earlier snapshot: counties unchanged since are linked."
)
@click.option("--json", "as_json", is_flag=True, help="Report as JSON, for machines.")
def snapshot(as_of: date, known_at: datetime | None, to: Path, parent: Path | None, as_json: bool) -> None:
    """Write the registers as of a date, as known at a moment, as a folder of Parquet files."""
    start_django()
    from django.utils import timezone

    from firmground.engines.snapshot import Snapshot
    from firmground.officers.machine import everywhere
    from firmground.registry import snapshot as registers

    if known_at is not None and timezone.is_naive(known_at):
        known_at = timezone.make_aware(known_at)
    before = Snapshot.open(parent) if parent else None
    with click.progressbar(length=1, label="Writing", hidden=as_json, show_pos=True) as bar:

        def progress(done: int, of: int) -> None:
            bar.length = of
            bar.update(done - bar.pos)

        with everywhere():
            written = registers.write(as_of=as_of, known_at=known_at, to=to, parent=before, progress=progress)
    rows = {table: written.rows(table) for table in written.tables()}
    if as_json:
        click.echo(json.dumps({"folder": str(to), "as_of": as_of.isoformat(), "known_at": written.known_at,
                               "digest": written.digest, "rows": rows}))  # fmt: skip
        return
    click.echo(f"{to}: {len(written.counties())} counties as of {as_of}, as known at {written.known_at}")
    for table, number in rows.items():
        click.echo(f"  {table}: {number:,} rows")
