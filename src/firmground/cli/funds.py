"""`firmground funds`: the books of money."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import click

from firmground.cli.django_setup import start_django
from firmground.common.errors import Refusal


@click.group()
def funds() -> None:
    """Money from the document to the household: enter payments, prove that the books hold."""


@funds.command("load")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--accept-good", is_flag=True, help="Take the good rows of a file although others are refused.")
@click.option("--year", type=int, help="Refuse payments of other years.")
@click.option("--json", "as_json", is_flag=True, help="Report as JSON, for machines.")
def load(files: tuple[Path, ...], accept_good: bool, year: int | None, as_json: bool) -> int:
    """Enter the payments of FILES (CSV, XLSX, XLS) as the bank or the treasury sends them.

    A file is taken whole or not at all, unless --accept-good is said; what is refused comes back beside the original as
    <name>.refused, with a column that says why. A file that was taken before is known by its content and changes
    nothing. Exit code 3: something was refused.
    """
    start_django()
    from firmground.funds.books import bank_files
    from firmground.officers.machine import everywhere
    from firmground.registry.load.tabular import write_refused

    told: list[dict[str, Any]] = []
    with everywhere() as by:
        for file in files:
            try:
                loaded = bank_files.load(file=file, by=by, accept_good=accept_good, year=year)
            except Refusal as refusal:
                told.append({"file": file.name, "refusal": str(refusal)})
                continue
            back = write_refused(file, loaded.headings, loaded.refused, file.parent) if loaded.refused else None
            told.append(
                {"file": file.name, "taken": loaded.taken, "known": loaded.known, "payments": loaded.payments,
                 "yuan": str(loaded.yuan), "refused": len(loaded.refused), "aside": loaded.aside,
                 "reasons": [[row.row, row.why] for row in loaded.refused[:20]], "rejects": str(back) if back else None}
            )  # fmt: skip
    if as_json:
        click.echo(json.dumps({"files": told}, ensure_ascii=False, indent=1))
    else:
        for each in told:
            _show(each)
    return 3 if any("refusal" in each or each["refused"] for each in told) else 0


def _show(said: dict[str, Any]) -> None:
    if "refusal" in said:
        click.echo(f"{said['file']}: {said['refusal']}", err=True)
        return
    if said["known"]:
        click.echo(f"{said['file']}: taken before; nothing changed")
        return
    what = f"{said['payments']:,} payments, {Decimal(said['yuan']):,} yuan" if said["taken"] else "nothing was taken"
    click.echo(f"{said['file']}: {what}")
    if said["aside"]:
        click.echo(f"  left aside, because nobody knows them: {', '.join(said['aside'])}")
    for row, reason in said["reasons"]:
        click.echo(f"  row {row}: {reason}", err=True)
    if said["rejects"]:
        click.echo(f"  {said['refused']} rows were refused; they are in {said['rejects']}", err=True)


@funds.command()
@click.option("--json", "as_json", is_flag=True, help="Print for machines.")
def check(as_json: bool) -> int:
    """Work every account out again, on every day of the past and as it was known at every moment.

    It proves that the books balance, that no fund received more than its document says, that allocations never
    exceed funds nor payments allocations, and that every payment has its posting. Exit code 3: something does not hold.
    """
    start_django()
    from firmground.funds.books.proof import prove
    from firmground.officers.machine import everywhere

    with everywhere():
        proof = prove()
    if as_json:
        click.echo(json.dumps({"funds": proof.funds, "postings": proof.postings, "payments": proof.payments,
                               "held": {kind: str(yuan) for kind, yuan in proof.held.items()},
                               "faults": proof.faults}, ensure_ascii=False))  # fmt: skip
        return 3 if proof.faults else 0
    for fault in proof.faults:
        click.echo(f"{fault}.", err=True)
    click.echo(f"{proof.funds:,} funds, {proof.postings:,} postings, {proof.payments:,} payments.")
    words = {"source": "received", "available": "available", "allocated": "allocated, not spent", "spent": "spent"}
    for kind, word in words.items():
        yuan = proof.held.get(kind, 0)
        click.echo(f"  {word:<22}{(-yuan if kind == 'source' else yuan):>26,.2f} yuan")
    click.echo("The books do not hold." if proof.faults else "The books hold, on every day and as known at any moment.")
    return 3 if proof.faults else 0
