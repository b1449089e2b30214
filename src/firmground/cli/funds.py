"""`firmground funds`: the books of money."""

import click

from firmground.cli.django_setup import start_django


@click.group()
def funds() -> None:
    """Money from the document to the household: prove that the books hold."""


@funds.command()
@click.option("--json", "as_json", is_flag=True, help="Print for machines.")
def check(as_json: bool) -> int:
    """Work every account out again, on every day of the past and as it was known at every moment.

    It proves that the books balance, that no fund received more than its document says, that allocations never
    exceed funds nor payments allocations, and that every payment has its posting. Exit code 3: something does not hold.
    """
    import json

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
