"""The command line. Each room adds its verbs; a verb's module is imported only when it is called.

Exit codes: 0 done, 1 fault in us, 2 wrong use, 3 done but some input refused.
"""

import sys
from importlib import import_module

import click

from firmground.common.errors import Refusal

VERBS = {
    "audit": "firmground.cli.audit",
    "bench": "firmground.cli.bench",
    "briefs": "firmground.cli.briefs",
    "demo": "firmground.cli.demo",
    "dispatch": "firmground.cli.dispatch",
    "explain": "firmground.cli.screening",
    "findings": "firmground.cli.findings",
    "forecast": "firmground.cli.forecast",
    "funds": "firmground.cli.funds",
    "load": "firmground.cli.load",
    "manage": "firmground.cli.manage",
    "officers": "firmground.cli.officers",
    "places": "firmground.cli.places",
    "procedures": "firmground.cli.procedures",
    "screen": "firmground.cli.screening",
    "serve": "firmground.cli.serve",
    "snapshot": "firmground.cli.snapshot",
    "standards": "firmground.cli.standards",
    "work": "firmground.cli.work",
    "world": "firmground.cli.world",
}


class Verbs(click.Group):
    """Verbs by name, each loaded from its own module on first use."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        module = VERBS.get(cmd_name)
        if module is None:
            return None
        command: click.Command = getattr(import_module(module), cmd_name)
        return command


@click.group(cls=Verbs, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="firmground")
def cli() -> None:
    """Firmground: from registers to findings that explain themselves."""


def main() -> None:
    """Run the command line; a mistake of the user's is a sentence, never a traceback."""
    try:
        code = cli(standalone_mode=False)
    except click.ClickException as error:
        error.show()
        sys.exit(2)
    except click.exceptions.Exit as stop:
        sys.exit(stop.exit_code)
    except (click.Abort, KeyboardInterrupt):
        click.echo("Stopped.", err=True)
        sys.exit(130)
    except OSError as error:
        if error.errno is None:
            raise
        where = f"{error.filename}: " if error.filename else ""
        click.echo(f"{where}{error.strerror}. Is the folder there, writable, and not full?", err=True)
        sys.exit(2)
    except Refusal as refusal:
        click.echo(str(refusal), err=True)
        sys.exit(refusal.exit_code)
    sys.exit(code if isinstance(code, int) else 0)
