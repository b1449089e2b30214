"""`firmground standards`: check a folder of declarations."""

import json
from dataclasses import asdict
from pathlib import Path

import click

from firmground.engines.standards.catalogue import Checked, check


@click.group()
def standards() -> None:
    """What must hold: check the standards, facts and parameters of a catalogue."""


@standards.command("check")
@click.argument("catalogue", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option("--json", "as_json", is_flag=True, help="Print the result for machines.")
def check_catalogue(catalogue: Path, as_json: bool) -> int:
    """Check the catalogue in folder CATALOGUE: facts.toml, parameters/ and standards/.

    Every refusal is listed with its file, its key and, inside an expression, the character. Exit code 0: all is
    accepted; 3: something is refused.
    """
    checked = check(catalogue)
    if as_json:
        click.echo(json.dumps(_for_machines(checked), ensure_ascii=False, indent=1))
    else:
        _for_people(checked)
    return 3 if checked.refusals else 0


def _for_machines(checked: Checked) -> dict[str, object]:
    return {
        "standards": [
            {
                "id": id_,
                "accepted": id_ in checked.catalogue.standards,
                "refusals": [asdict(refused) for refused in checked.refusals_of(id_)],
            }
            for id_ in checked.standard_ids
        ],
        "refusals": [asdict(refused) for refused in checked.refusals],
    }


def _for_people(checked: Checked) -> None:
    for note in checked.notes:
        click.echo(f"note     {note}")
    for refused in checked.refusals:
        click.echo(f"refused  {refused}")
    accepted = len(checked.catalogue.standards)
    parameters = len(checked.catalogue.parameters)
    facts = sum(len(table.facts) for table in checked.catalogue.tables.values())
    click.echo(
        f"{accepted} of {len(checked.standard_ids)} standards accepted; {facts} facts, {parameters} parameters; "
        f"{len(checked.refusals)} refusals."
    )
