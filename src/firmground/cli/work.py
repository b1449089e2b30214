"""`firmground work`: what need not be waited for, such as the load of a file that was handed in."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import click

from firmground.cli.django_setup import start_django


@click.command()
@click.option("--until-input-ends", is_flag=True, hidden=True, help="Stop with the process that started this one.")
def work(until_input_ends: bool) -> None:
    """Do the work that the pages have queued, until interrupted. `firmground serve` does it by itself."""
    start_django()
    from django.core.management import call_command

    from firmground.officers.machine import everywhere
    from firmground.registry import actions

    if until_input_ends:
        threading.Thread(target=_stop_with_input, daemon=True).start()
    with everywhere():
        actions.take_up_again()
    call_command("procrastinate", "worker", "--concurrency", "1", verbosity=0)


@contextmanager
def working() -> Iterator[None]:
    """While this lasts, the queue is worked off in a process of its own."""
    command = [sys.executable, "-m", "firmground.cli", "work", "--until-input-ends"]
    started_by = os.getpid()
    with subprocess.Popen(command, stdin=subprocess.PIPE) as process:
        try:
            yield
        finally:
            if os.getpid() == started_by:  # not a web worker that was forked from it, and leaves by the same way
                process.terminate()


def _stop_with_input() -> None:
    while os.read(sys.stdin.fileno(), 1024):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
