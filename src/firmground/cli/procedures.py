"""`firmground procedures`: check the procedures of a catalogue, and draw them."""

import json
from dataclasses import asdict
from pathlib import Path

import click

from firmground.common.errors import Refusal
from firmground.engines.declarations import in_language
from firmground.engines.procedures.declared import CheckedProcedures, Procedure, check_procedures
from firmground.engines.procedures.drawn import diagram

FOLDER = click.argument("catalogue", type=click.Path(path_type=Path, exists=True, file_okay=False))


@click.group()
def procedures() -> None:
    """Who does what, by when: check and draw the procedures of a catalogue."""


@procedures.command("check")
@FOLDER
@click.option("--json", "as_json", is_flag=True, help="Print the result for machines.")
def check_catalogue(catalogue: Path, as_json: bool) -> int:
    """Check procedures/ and calendar.toml in folder CATALOGUE.

    What they name in notices/, forms/ and standards/ must be there, where the folder has those at all. Every refusal is
    listed with its file and its key. Exit code 0: all is accepted; 3: something is refused.
    """
    checked = check_procedures(catalogue)
    if as_json:
        click.echo(json.dumps(_for_machines(checked), ensure_ascii=False, indent=1))
    else:
        for refused in checked.refusals:
            click.echo(f"refused  {refused}")
        steps = sum(len(procedure.steps) for procedure in checked.procedures.values())
        click.echo(
            f"{len(checked.procedures)} of {len(checked.ids)} procedures accepted; {steps} steps; "
            f"{len(checked.refusals)} refusals."
        )
    return 3 if checked.refusals else 0


@procedures.command()
@FOLDER
@click.argument("name", required=False)
@click.option("--language", default="en", show_default=True, type=click.Choice(["en", "zh"]), help="Of the words.")
def draw(catalogue: Path, name: str | None, language: str) -> None:
    """Print the procedure NAME of folder CATALOGUE, or every one, as a diagram in Mermaid's language."""
    checked = check_procedures(catalogue)
    wanted = checked.ids if name is None else [name]
    if not wanted:
        raise Refusal(f"There are no procedures in {catalogue}. Is it the folder that holds procedures/?")
    for procedure in [_accepted(checked, each) for each in wanted]:
        click.echo(f"%% {procedure.id}: {in_language(procedure.title, language)}")
        click.echo(diagram(procedure, language))


def _accepted(checked: CheckedProcedures, name: str) -> Procedure:
    if name not in checked.ids:
        there = ", ".join(checked.ids) or "none"
        raise Refusal(f"There is no procedure '{name}' in {checked.folder}; there are {there}.")
    if name not in checked.procedures:
        raise Refusal(
            f"The procedure '{name}' is refused, so it cannot be drawn. "
            f"'firmground procedures check {checked.folder}' says why."
        )
    return checked.procedures[name]


def _for_machines(checked: CheckedProcedures) -> dict[str, object]:
    return {
        "procedures": [
            {
                "id": id_,
                "accepted": id_ in checked.procedures,
                "refusals": [asdict(refused) for refused in checked.refusals_of(id_)],
            }
            for id_ in checked.ids
        ],
        "refusals": [asdict(refused) for refused in checked.refusals],
    }
