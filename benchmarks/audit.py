"""What the trail costs: single decisions, each a transaction of its own, and one statement over many rows.

    python -m benchmarks.audit

The same writes to a table that is audited and to its twin that is not; CPU of client and server together. At the end
the trail that was made is verified.
"""

import os
import sys
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import click

from benchmarks.load import Cost, cost


@click.command()
@click.option("--decisions", default=10_000, show_default=True)
@click.option("--rows", default=100_000, show_default=True)
def main(decisions: int, rows: int) -> None:
    with TemporaryDirectory() as folder:
        os.environ["FIRMGROUND_HOME"] = folder
        Path(folder).chmod(0o755)
        from firmground.cli.django_setup import start_django

        start_django()
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        measure(decisions, rows)


def measure(decisions: int, rows: int) -> None:
    """Audited and not, in turn."""
    from django.db import connection, connections, transaction

    from firmground.common.audit.trail import acting
    from firmground.common.audit.verifying import verify
    from firmground.officers.machine import everywhere

    with connections["owner"].cursor() as cursor:
        cursor.execute("CREATE TABLE plain (LIKE officers_office INCLUDING ALL)")
        cursor.execute(f"GRANT ALL ON plain TO {connection.settings_dict['USER']}")
        cursor.execute("ALTER TABLE officers_office DROP CONSTRAINT office_fits_its_level")
    with everywhere() as by:

        def fill(table: str) -> None:
            with connection.cursor() as cursor:
                cursor.execute(
                    f"INSERT INTO {table} (id, officer_id, role, territory, department, held_from)"
                    f" SELECT n + 1000, {by.officer_id}, 'auditor', '530627102201', '', %s"
                    " FROM generate_series(1, %s) n",
                    [date(2020, 1, 1), rows],
                )

        def decide(table: str) -> Callable[[], None]:
            def run() -> None:
                for n in range(decisions):
                    with transaction.atomic(), told("bench.decide"), connection.cursor() as cursor:
                        cursor.execute(f"UPDATE {table} SET held_to = '2020-12-31' WHERE id = %s", [1001 + n])

            return run

        def told(verb: str):  # type: ignore[no-untyped-def]
            return acting(officer=by.officer_id, office=by.pk, role=by.role, verb=verb)

        def bulk(table: str) -> Callable[[], None]:
            def run() -> None:
                with transaction.atomic(), told("bench.bulk"), connection.cursor() as cursor:
                    cursor.execute(f"UPDATE {table} SET held_to = '2021-12-31' WHERE id > 1000")

            return run

        for table in ("plain", "officers_office"):
            with transaction.atomic(), told("bench.fill"):
                fill(table)
        print(f"{'':<28} {'not audited':>14} {'audited':>14} {'costs':>7} {'a row more':>12}")
        for name, work, count in (("single decisions", decide, decisions), ("rows in one statement", bulk, rows)):
            without, within = cost(work("plain")), cost(work("officers_office"))
            tell(f"{count:,} {name}", without, within, count)
        began = time.process_time()
        proof = verify()
        took = time.process_time() - began
        print(f"verified: {proof.entries:,} entries, {proof.seals:,} seals, {took:.1f} CPU seconds here")
        assert not proof.fault, proof.fault


def tell(name: str, without: Cost, within: Cost, count: int) -> None:
    print(
        f"{name:<28} {without.cpu:>12.2f} s {within.cpu:>12.2f} s {within.cpu / without.cpu:>6.1f}×"
        f" {(within.cpu - without.cpu) / count * 1e6:>9.0f} µs",
        flush=True,
    )


if __name__ == "__main__":
    sys.exit(main())
