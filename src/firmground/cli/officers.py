"""`firmground officers`: what is done for officers at the machine itself."""

import click

from firmground.cli.django_setup import start_django
from firmground.common.errors import Refusal


@click.group()
def officers() -> None:
    """Officers, and the tokens of their programs."""


@officers.command()
@click.argument("username")
@click.option("--office", type=int, help="Number of the office, where the officer holds several.")
@click.option("--name", required=True, help="What the token is for.")
@click.option("--days", type=int, default=90, show_default=True, help="Days until it ends.")
def token(username: str, office: int | None, name: str, days: int) -> None:
    """Make a token for an office of the officer who signs in as USERNAME, and print it, this once."""
    start_django()
    from firmground.officers import actions
    from firmground.officers.machine import everywhere
    from firmground.officers.models import Office

    with everywhere() as by:
        held = Office.held_on().filter(officer__username=username).select_related("officer")
        found = list(held.filter(pk=office) if office else held)
        if not found:
            raise Refusal(
                f"Nobody who signs in as {username} holds {f'office {office}' if office else 'an office'} today."
            )
        if len(found) > 1:
            listed = "; ".join(f"{each.pk}: {each.role} {each.territory or 'the nation'}" for each in found)
            raise Refusal(f"{username} holds several offices. Choose one with --office: {listed}.")
        _, secret = actions.make_token(office=found[0], name=name, days=days, by=by)
    click.echo(secret)
