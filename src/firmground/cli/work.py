"""`firmground work`: what need not be waited for, such as the load of a file that was handed in."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import click

from firmground.cli.django_setup import start_django

WORKING = 0xF13D  # an advisory lock that every worker shares; PostgreSQL lets go of it when a worker is killed


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
    hold = hold_and_take_up_again()  # kept until this process ends
    with everywhere():
        actions.take_up_again()
    call_command("procrastinate", "worker", "--concurrency", "1", verbosity=0)
    hold.close()


def hold_and_take_up_again() -> Any:
    """Queue again the jobs in whose midst a worker was killed, unless another worker lives, whose jobs they may be.

    Without this they would be taken for going on for ever, and whatever shares their lock would wait.

    Returns:
        the connection that tells the next worker that this one lives.
    """
    from django.db import connections
    from django.utils import timezone
    from procrastinate.contrib.django import app
    from procrastinate.exceptions import UniqueViolation

    hold = connections.create_connection("default")
    with hold.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [WORKING])
        (alone,) = cursor.fetchone()
        for job in app.job_manager.list_jobs(status="doing") if alone else ():
            assert job.id is not None  # it came out of the database
            with suppress(UniqueViolation):  # the same waits in the queue already
                app.job_manager.retry_job_by_id(job.id, retry_at=timezone.now())
        cursor.execute("SELECT pg_advisory_lock_shared(%s)", [WORKING])
        if alone:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [WORKING])
    return hold


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
