"""`firmground manage`: Django's own administration."""

import click

from firmground.cli.django_setup import start_django


@click.command(context_settings={"ignore_unknown_options": True, "help_option_names": []})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def manage(arguments: tuple[str, ...]) -> None:
    """Django's administration: migrate, makemigrations, check, shell …"""
    from django.core.management import execute_from_command_line

    start_django()
    execute_from_command_line(["firmground manage", *arguments])
