"""`firmground load`: files of counties and departments into the registers."""

import json
from pathlib import Path
from typing import Any

import click

from firmground.cli.django_setup import start_django
from firmground.common.errors import Refusal

SHOWN = 20  # refused rows on the screen; all of them are in the reject file


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--accept-good", is_flag=True, help="Take the good rows of a file although others are refused.")
@click.option("--table", help="The register the files hold, where their headings do not tell.")
@click.option("--ignore-column", "ignore_columns", multiple=True, metavar="HEADING", help="Leave a column out.")
@click.option("--ignore-sheet", "ignore_sheets", multiple=True, metavar="NAME", help="Leave a sheet out.")
@click.option("--rejects-to", type=click.Path(path_type=Path, exists=True, file_okay=False),
              help="Folder for the files of refused rows (default: beside the original).")  # fmt: skip
@click.option("--language", type=click.Choice(["en", "zh"]), default="en", show_default=True, help="Of the reasons.")
@click.option("--json", "as_json", is_flag=True, help="Report as JSON, for machines.")
def load(files: tuple[Path, ...], accept_good: bool, table: str | None, ignore_columns: tuple[str, ...],
         ignore_sheets: tuple[str, ...], rejects_to: Path | None, language: str, as_json: bool) -> int:  # fmt: skip
    """Load FILES (CSV, XLSX, XLS, Parquet) into the registers.

    Each file is taken whole or not at all, unless --accept-good is said. Refused rows come back in a file beside the
    original, <name>.refused.xlsx or .csv, with a column that says why; mend them there and load that file. Loading a
    file twice changes nothing. Files of households are loaded before files that speak of them, in whatever order they
    are named. Exit code 3: something was refused.
    """
    start_django()
    from django.utils import translation

    from firmground.officers.machine import everywhere
    from firmground.registry import actions

    translation.activate({"en": "en", "zh": "zh-hans"}[language])
    said, refused = [], False
    progress = click.progressbar(length=len(files), label="Loading", hidden=as_json, item_show_func=str)
    with progress as bar, everywhere() as by:
        for file, result in actions.load_all(
            files=files, by=by, accept_good=accept_good, table=table, ignore_columns=ignore_columns,
            ignore_sheets=ignore_sheets, rejects_to=rejects_to, progress=lambda what: bar.update(0, what),
        ):  # fmt: skip
            bar.update(1)
            if isinstance(result, Refusal):
                said.append({"file": file.name, "taken": False, "refusal": str(result)})
                refused = True
            else:
                said.append(result.as_json())
                refused |= bool(result.refused)
    if as_json:
        click.echo(json.dumps({"files": said}, ensure_ascii=False, indent=1))
    else:
        for each in said:
            _show(each)
    return 3 if refused else 0


def _show(said: dict[str, Any]) -> None:
    if "refusal" in said:
        click.echo(f"{said['refusal']} Nothing of {said['file']} was taken.", err=True)
        return
    taken = "taken" if said["taken"] else "not taken"
    click.echo(f"{said['file']}: {taken}")
    for table in said["tables"]:
        counts = ", ".join(
            f"{table[what]:,} {what}" for what in ("new", "superseding", "unchanged", "refused") if table[what]
        )
        click.echo(f"  {table['table']}: {table['read']:,} rows read: {counts or 'none'}")
    for note in said["notes"]:
        click.echo(f"  {note}")
    for row in said["refused"][:SHOWN]:
        where = f"sheet '{row['sheet']}', row {row['row']}" if row["sheet"] else f"row {row['row']}"
        click.echo(f"  refused: {where}: {row['why']}", err=True)
    if len(said["refused"]) > SHOWN:
        click.echo(f"  ... and {len(said['refused']) - SHOWN:,} rows more", err=True)
    if said["reject_file"]:
        click.echo(f"  The refused rows are in {said['reject_file']}.", err=True)
        if not said["taken"]:
            click.echo("  Nothing was taken. Mend the file, or take the good rows with --accept-good.", err=True)
