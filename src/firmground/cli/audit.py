"""`firmground audit`: the trail of who changed what."""

import click

from firmground.cli.django_setup import start_django


@click.group()
def audit() -> None:
    """Prove that nothing of what was recorded has been changed."""


@audit.command()
@click.option("--head", default="", help="A head as it was published: the trail must contain it.")
def verify(head: str) -> int:
    """Work the whole chain out again and print its head.

    Exit code 3: something does not fit; the first entry that does not is named.
    """
    start_django()
    from firmground.common.audit.verifying import verify
    from firmground.officers.machine import everywhere

    with everywhere():
        proof = verify(head.strip().lower())
    if proof.fault:
        click.echo(f"The trail is not as it was written: {proof.fault}.", err=True)
        click.echo(f"Up to seal {proof.seals:,} it is ({proof.entries:,} entries).", err=True)
        return 3
    click.echo(f"{proof.entries:,} entries in {proof.seals:,} seals are as they were written.")
    click.echo(f"head: {proof.head}")
    if head and proof.head_found_at is None:
        click.echo(
            "The head that you named is not among the seals: the trail was cut off or made anew since it was "
            "published, or the head is mistyped.",
            err=True,
        )
        return 3
    if head:
        after = proof.seals - (proof.head_found_at or 0)
        click.echo(f"The head that you named is seal {proof.head_found_at:,}; {after:,} follow it.")
    return 0
