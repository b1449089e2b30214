"""How fast the supervision board of a nation comes, and what a screening's roll-ups take beside one pass over it.

    python -m benchmarks.board [--weeks 52] [--villages 130000] [--households 1000000] [--samples 20]

Part one: 2,994 counties, 130,000 villages, 52 weekly screenings in PostgreSQL. Figures of villages are drawn and
copied in, not screened; those of larger places are added up from them, and the forecasts are the room's own. The board
is asked through Django's test client beside a bare SELECT of the same rows, as `benchmarks.desk` does.

Part two: the figures of every place are counted from the snapshot of a synthetic world, beside one pass over the
findings of its screening (grouped by village and standard), and beside reading the same household columns alone.
"""

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks import desk_filled
from benchmarks.desk import WARM_UP, Page, asked_for, percentiles
from benchmarks.measuring import CATALOGUE, HOME, cpu_seconds, table, world

FIRST = date(2020, 1, 5)
TOWNSHIP_OF = 10
"""So many villages make a township."""
GUARANTEES = ("children_in_school", "household_insured", "housing_safe", "water_safe")
RUNS = 5
ROLES = {"nation": "", "province": "53", "county": "530627", "township": ""}

VILLAGES = """
INSERT INTO places_place (code, level, name_zh, name_en)
WITH county AS (SELECT code, row_number() OVER (ORDER BY code) - 1 AS n, count(*) OVER () AS counties
                FROM places_place WHERE level = 'county'),
village AS (
    SELECT code AS county, generate_series(0, %(villages)s / counties - 1 + (n < %(villages)s %% counties)::int) AS k
    FROM county
),
coded AS (SELECT county || lpad((500 + k / %(of)s)::text, 3, '0') AS township, k FROM village)
SELECT DISTINCT township, 'township', '镇' || township, 'Township ' || township FROM coded
UNION ALL
SELECT township || lpad((201 + k %% %(of)s)::text, 3, '0'), 'village', '村', 'Village' FROM coded
ON CONFLICT DO NOTHING
"""

FIGURES = """
INSERT INTO board_placefigures (
    screening_id, place_code, digits, households, persons, poor_households, poor_persons,
    exited_households, exited_persons, monitored_households, monitored_persons, rural_population
)
WITH village AS (
    SELECT code, 40 + abs(hashtext(code)) %% 200 AS homes, abs(hashtext(code || 'p')) %% 30 AS began
    FROM places_place WHERE level = 'village' AND substr(code, 7, 1) = '5'
),
counted AS (
    SELECT code, homes, greatest(0, began - (began * %(week)s) / 45) AS poor, homes / 8 AS monitored FROM village
)
SELECT %(screening)s, left(code, digits), digits, sum(homes), sum(homes) * 4, sum(poor), sum(poor) * 3,
       sum(homes) / 5, sum(homes), sum(monitored), sum(monitored) * 4, sum(homes) * 4
FROM counted CROSS JOIN unnest(ARRAY[0, 2, 4, 6, 9, 12]) AS digits GROUP BY left(code, digits), digits
"""

RESULTS = """
INSERT INTO findings_placeresult (screening_id, place_code, standard, asked, met, not_met, unknown, opened, closed)
SELECT screening_id, place_code, standard, households, households - poor_households, poor_households, 0, 0, 0
FROM board_placefigures CROSS JOIN unnest(%(standards)s::text[]) AS standard WHERE screening_id = %(screening)s
"""


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--weeks", type=int, default=52)
    asked.add_argument("--villages", type=int, default=130_000)
    asked.add_argument("--households", type=int, default=1_000_000)
    asked.add_argument("--samples", type=int, default=20)
    options = asked.parse_args()
    home = HOME.absolute() / f"board-{options.villages}-{options.weeks}"
    home.mkdir(parents=True, exist_ok=True)
    os.environ["FIRMGROUND_HOME"] = str(home)
    os.environ["DJANGO_SETTINGS_MODULE"] = "firmground.web.settings"
    import django

    django.setup()
    fill(home, options.villages, options.weeks)
    pages(options.samples)
    roll_ups(options.households)


def fill(home: Path, villages: int, weeks: int) -> None:
    """See that the database is there."""
    from django.core.management import call_command
    from django.db import connections

    from firmground.findings.models import Screening
    from firmground.officers.machine import everywhere
    from firmground.places import actions as places
    from firmground.supervision.board import actions as board

    call_command("migrate", verbosity=0)
    if (home / "filled").exists():
        return
    began = time.perf_counter()
    with everywhere() as by:
        places.load(file=CATALOGUE / "places.csv", by=by)
        places.load_listing(file=CATALOGUE / "listed_counties.csv", by=by)
    connections.close_all()
    with desk_filled.superuser() as connection:
        connection.execute(VILLAGES, {"villages": villages, "of": TOWNSHIP_OF})
        counties = "(SELECT jsonb_agg(code) FROM places_place WHERE level = 'county')"
        for week in range(weeks):
            day = FIRST + timedelta(weeks=week)
            (screening,) = connection.execute(
                "INSERT INTO findings_screening (folder, snapshot_folder, snapshot_digest, catalogue_digest, as_of,"
                " known_at, engine, counties, started_at, finished_at, previous_id)"
                f" SELECT '', '', md5(%(day)s), '', %(day)s::date, %(day)s::date, 'drawn', {counties}, %(day)s::date,"
                " %(day)s::date, max(id) FROM findings_screening RETURNING id",
                {"day": str(day)},
            ).fetchone()
            connection.execute(FIGURES, {"screening": screening, "week": week})
            print(f"\rweek {week + 1} of {weeks}, {time.perf_counter() - began:.0f} s", end="", file=sys.stderr)
        connection.execute(RESULTS, {"screening": screening, "standards": list(GUARANTEES)})
        connection.execute("VACUUM ANALYZE")
    print(file=sys.stderr)
    before = cpu_seconds()
    with everywhere() as by:
        _officers()
        told = board.foretell_places(screening=Screening.objects.latest(), by=by)
    print(f"{told:,} forecasts in {cpu_seconds() - before:.0f} CPU s", file=sys.stderr)
    (home / "filled").touch()


def _officers() -> None:
    from django.db import transaction

    from firmground.common.audit.trail import acting
    from firmground.officers.models import Office, Officer

    with transaction.atomic(), acting(officer=None, office=None, role="administrator", verb="bench"):
        for role, territory in ROLES.items():
            officer = Officer.objects.create(username=role, name=role, language="en", password="!")
            where = territory or ("530627500" if role == "township" else "")
            Office.objects.create(officer=officer, role=role, territory=where, held_from=date(2020, 1, 1))


BARE: Sequence[str] = (
    "SELECT * FROM board_placefigures WHERE screening_id = %(last)s AND digits = %(digits)s AND place_code LIKE %(in)s",
    "SELECT * FROM findings_placeresult WHERE screening_id = %(last)s AND length(place_code) = %(digits)s"
    " AND place_code LIKE %(in)s",
    "SELECT * FROM board_forecast WHERE screening_id = %(last)s AND digits = %(digits)s AND place_code LIKE %(in)s",
    "SELECT screening_id, poor_persons FROM board_placefigures WHERE place_code = %(place)s",
)


def pages(samples: int) -> None:
    """Print the table of the board at every level."""
    below = {"": 2, "53": 4, "5306": 6, "530627": 9, "530627500": 12}
    rows = []
    with desk_filled.superuser() as connection:
        (size, count, last) = connection.execute(
            "SELECT pg_size_pretty(pg_total_relation_size('board_placefigures')), count(*), max(screening_id)"
            " FROM board_placefigures"
        ).fetchone()
        print(f"{count:,} rows of figures, {size}", file=sys.stderr)
        for name, role, place in (
            ("nation", "nation", ""), ("province", "nation", "53"), ("prefecture", "nation", "5306"),
            ("county", "county", "530627"), ("township", "township", "530627500"),
        ):  # fmt: skip
            address = f"/supervision/{place}/" if place else "/supervision/"
            values = {"last": last, "digits": below[place], "in": f"{place}%", "place": place}
            page = Page(
                name,
                role,
                [(place,)] * (samples + WARM_UP),
                lambda _, address=address: ("get", address, {}),
                lambda _, values=values: [(statement, values) for statement in BARE],
            )
            taken = asked_for(page, connection, explain=False)
            (p50, p95), (bare, bare95) = percentiles(taken.page), percentiles(taken.bare)
            rows.append(
                {
                    "board of": name,
                    "p50 ms": f"{p50:.0f}",
                    "p95 ms": f"{p95:.0f}",
                    "SELECT p50": f"{bare:.1f}",
                    "SELECT p95": f"{bare95:.1f}",
                    "× SELECT": f"{p50 / bare:.0f}",
                    "CPU ms Python": f"{taken.python:.0f}",
                    "CPU ms server": f"{taken.server:.0f}",
                    "statements": taken.statements,
                    "rows": taken.rows,
                }
            )
    print(table(rows))


def roll_ups(households: int) -> None:
    """Print what counting a screening takes, beside one pass over its findings and beside reading alone."""
    import duckdb
    from django.db import transaction

    from firmground.common.audit.trail import acting
    from firmground.engines.snapshot import Snapshot
    from firmground.officers.machine import everywhere
    from firmground.supervision.board import figures

    folder = world(households).absolute()
    found = folder.parent / f"{folder.name}-screened"
    if not (found / "screening.json").exists():
        verb = ["screen", str(folder), "--to", str(found)]
        code = "from firmground.cli import main; main()"
        subprocess.run([sys.executable, "-c", code, *verb], check=True, stdout=subprocess.DEVNULL)
    snapshot = Snapshot.open(folder)
    homes = [str(path) for county in snapshot.parts() for path in snapshot.paths("household", county)]
    findings = str(found / "findings" / "**" / "*.parquet")

    def ours() -> None:
        acts = acting(officer=None, office=None, role="administrator", verb="bench")
        with transaction.atomic(), acts:
            figures.count(-1, folder, snapshot.parts())
            transaction.set_rollback(True)

    def one_pass() -> None:
        duckdb.sql(f"SELECT place_code, standard, verdict, count(*) FROM '{findings}' GROUP BY ALL").fetchall()

    def scan() -> None:
        duckdb.execute(
            "SELECT count(village_code), count(kind), sum(population) FROM read_parquet(?)", [homes]
        ).fetchall()

    rows = []
    with everywhere():
        taken = {name: _spent(work) for name, work in (("roll-ups", ours), ("pass", one_pass), ("scan", scan))}
    for name, said in (
        ("figures of every place, counted and written", "roll-ups"),
        ("one pass over the findings", "pass"),
        ("reading the households' columns", "scan"),
    ):
        wall, cpu = taken[said]
        rows.append(
            {
                f"{households:,} households": name,
                "wall s": f"{wall:.2f}",
                "CPU s": f"{cpu:.2f}",
                "× one pass (wall)": f"{wall / taken['pass'][0]:.2f}",
            }
        )
    print()
    print(table(rows))


def _spent(work: Any) -> tuple[float, float]:
    """Median wall and CPU seconds, the CPU of this connection's server process among them."""
    import psutil
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        server = psutil.Process(cursor.fetchone()[0])
    walls, cpus = [], []
    for _ in range(RUNS):
        began, cpu = time.perf_counter(), cpu_seconds() + sum(server.cpu_times()[:2])
        work()
        walls.append(time.perf_counter() - began)
        cpus.append(cpu_seconds() + sum(server.cpu_times()[:2]) - cpu)
    return median(walls), median(cpus)


if __name__ == "__main__":
    main()
