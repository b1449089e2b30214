"""`firmground dispatch`: the weekly sheet of the counties, as files."""

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import click

from firmground.cli.django_setup import start_django
from firmground.common.errors import Refusal


@click.group()
def dispatch() -> None:
    """The dispatch sheet: give out an empty one, and hand in what comes back."""


@dispatch.command("sheet")
@click.option("--place", default="", help="Of the counties that report in this place (code); left out: of the nation.")
@click.option("--week", type=click.DateTime(["%Y-%m-%d"]), required=True, help="A day of the first week.")
@click.option("--weeks", default=1, show_default=True, help="So many weeks.")
@click.option("--to", type=click.Path(path_type=Path, dir_okay=False), required=True, help="The file: XLSX.")
def sheet(place: str, week: datetime, weeks: int, to: Path) -> None:
    """Write an empty sheet to fill in, with what is handed in already."""
    start_django()
    from firmground.common.files import whole
    from firmground.officers.machine import everywhere
    from firmground.officers.territory import EVERYWHERE
    from firmground.supervision.dispatch import files, queries

    first = week.date() - timedelta(days=week.weekday())
    with everywhere() as by:
        counties = queries.due(place, first + timedelta(weeks=weeks), seen_by=EVERYWHERE)
        data = files.empty(counties, [first + timedelta(weeks=n) for n in range(weeks)], by=by)
    with whole(to) as unfinished:
        unfinished.write_bytes(data)
    click.echo(f"{to}: {len(counties)} counties, {weeks} weeks")


@dispatch.command("load")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--why", default="", help="Why figures change that were handed in already.")
@click.option("--json", "as_json", is_flag=True, help="Report as JSON, for machines.")
def load(files: tuple[Path, ...], why: str, as_json: bool) -> int:
    """Hand in what FILES (CSV, XLSX, XLS) say, a row for each county and week.

    Good rows are taken; the others come back beside the original as <name>.refused, with a column that says why.
    The same file twice changes nothing. Exit code 3: something was refused.
    """
    start_django()
    from firmground.officers.machine import everywhere
    from firmground.registry.load.tabular import write_refused
    from firmground.supervision.dispatch import files as sheets

    told: list[dict[str, Any]] = []
    refused = False
    with everywhere() as by:
        for file in files:
            try:
                loaded = sheets.load(file=file, by=by, why=why)
            except Refusal as refusal:
                told.append({"file": file.name, "refusal": str(refusal)})
                refused = True
                continue
            back = write_refused(file, loaded.headings, loaded.refused, file.parent) if loaded.refused else None
            refused |= bool(loaded.refused)
            told.append(
                {"file": file.name, "rows": loaded.rows, "figures": loaded.figures, "refused": len(loaded.refused),
                 "aside": loaded.aside, "reasons": [[row.row, row.why] for row in loaded.refused[:20]],
                 "rejects": str(back) if back else None}
            )  # fmt: skip
    if as_json:
        click.echo(json.dumps({"files": told}, ensure_ascii=False, indent=1))
        return 3 if refused else 0
    for each in told:
        if "refusal" in each:
            click.echo(f"{each['refusal']} Nothing of {each['file']} was taken.", err=True)
            continue
        click.echo(f"{each['file']}: {each['rows']} rows taken, {each['figures']} figures new or corrected")
        if each["aside"]:
            click.echo(f"  left aside, because nobody knows them: {', '.join(each['aside'])}")
        for row, reason in each["reasons"]:
            click.echo(f"  row {row}: {reason}", err=True)
        if each["rejects"]:
            click.echo(f"  {each['refused']} rows were not taken; they are in {each['rejects']}", err=True)
    return 3 if refused else 0
