"""A database as a nation's officers find it after some months, for `benchmarks.desk`: made once for a size, and kept.

Registers are those of a synthetic world. Households, their living conditions and their members are there for everybody,
and of members also rows that were superseded, until there are five for each household. The other registers are there
for the counties whose officers are asked. The world is screened and the screening taken in as always; every fifth
household has an open case, at a step to which the procedure itself led.

Rows are written past policies and triggers, by the superuser of the embedded server: for the filling alone.
"""

import io
import json
import random
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from benchmarks.measuring import CATALOGUE, HOME, world

HISTORY = 5
"""Rows of members for each household, superseded ones among them."""
OPEN_CASE_OF, CLOSED_CASE_OF = 5, 50
"""Every so manieth household has an open case, a case that ended lately."""
COUNTIES = 3
"""Of so many counties every register is filled; their officers are asked."""
LONGEST = 40
"""Days since the oldest case was opened."""
AT_ONCE = 50_000

SURNAMES = "李王张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗"
GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉兰萍红鹏辉燕斌波凤云龙兵琴文山"
WEIGHTS, CHECK_DIGITS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2), "10X98765432"
ROLES = {"village_worker": 12, "township": 9, "county": 6, "prefecture": 4, "province": 2, "nation": 0, "department": 6}
"""Who takes steps, and how many digits their territories have."""


def home(households: int) -> Path:
    """The FIRMGROUND_HOME of the database of that size."""
    return HOME.absolute() / f"desk-{households}"


def fill(households: int) -> None:
    """See that the database is there. Django must have been set up with FIRMGROUND_HOME at `home`."""
    from django.core.management import call_command

    note = home(households) / "filled.json"
    if note.exists():
        call_command("migrate", verbosity=0)
        return
    from django.db import connections

    from firmground.officers.machine import everywhere, machine
    from firmground.places import actions as places

    snapshot = world(households).absolute()
    connections.close_all()
    _new_database()
    call_command("migrate", verbosity=0)
    with everywhere():
        _say("places", lambda: places.load(file=CATALOGUE / "places.csv", by=machine()))
        places.load_listing(file=CATALOGUE / "listed_counties.csv", by=machine())
        _say("registers", lambda: _registers(snapshot, households))
        _say("findings", lambda: _findings(snapshot))
        _say("officers", _officers)
        _say("cases", _cases)
    with superuser() as connection:
        connection.execute("VACUUM ANALYZE")
    note.write_text(json.dumps({"households": households, "on": str(date.today())}) + "\n", encoding="utf-8")


def _say(what: str, work: Any) -> None:
    began = time.perf_counter()
    work()
    print(f"{what}: {time.perf_counter() - began:,.0f} s", file=sys.stderr)


def _new_database() -> None:
    from firmground.common.embedded_postgres import DATABASE, OWNER

    with superuser("postgres") as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)")
        connection.execute(f"CREATE DATABASE {DATABASE} OWNER {OWNER}")


def superuser(database: str = "firmground") -> Any:
    """A connection that policies do not bind and that wakes no trigger."""
    from django.conf import settings

    from firmground.common.embedded_postgres import Server

    server = Server.of(settings.FIRMGROUND_HOME / "postgres")
    server.ensure()
    connection = server.connect(database=database)
    connection.execute("SET session_replication_role = replica")
    return connection


# Registers -----------------------------------------------------------------------------------------------------------


def _registers(snapshot: Path, households: int) -> None:
    import duckdb
    from django.db import transaction
    from django.utils import timezone

    from firmground.registry.models import OF_HOUSEHOLDS, Load

    source = duckdb.connect()
    for table in sorted({each.parent.name for each in snapshot.glob("*/county=*")}):
        source.execute(
            f'CREATE OR REPLACE VIEW "{table}" AS'
            f" SELECT * FROM read_parquet('{snapshot}/{table}/*/*.parquet', hive_partitioning=false)"
        )
    source.execute(
        f"CREATE TABLE people AS SELECT *, {_name('member_id')} AS name,"
        f" seventeen || substr('{CHECK_DIGITS}', ({_weighed()}) % 11 + 1, 1) AS id_number"
        " FROM (SELECT *, '99' || lpad((n // 1000 % 10000)::text, 4, '0') || strftime(birth_date, '%Y%m%d')"
        " || lpad((n % 1000)::text, 3, '0') AS seventeen"
        " FROM (SELECT *, row_number() OVER (ORDER BY member_id) AS n FROM member))"
    )
    source.execute(
        "CREATE TABLE home AS SELECT household.*, head FROM household LEFT JOIN"
        " (SELECT household_id, arg_min(name, member_id) AS head FROM people GROUP BY household_id)"
        " USING (household_id)"
    )
    (members,) = source.execute("SELECT count(*) FROM people").fetchone() or (0,)
    of_counties = f"home.village_code[:6] IN (SELECT DISTINCT village_code[:6] FROM home ORDER BY 1 LIMIT {COUNTIES})"
    now = timezone.now()
    for name, model in OF_HOUSEHOLDS.items():
        with transaction.atomic():
            load = Load.objects.create(
                file_name=f"{name}.csv", sha256="", table=name, outcome="taken", rows_read=0, started_at=now,
                finished_at=now, by="bench",
            )  # fmt: skip
        its = f"'2020-06-30 00:00:00+00' AS recorded_at, {load.pk} AS source_id"
        if name == "household":
            _copy(source, model, f"SELECT *, {its} FROM home ORDER BY household_id")
        elif name == "living":
            key = "household_id || '-' || surveyed_on AS living_id"
            _copy(source, model, f"SELECT *, {key}, {its} FROM home WHERE surveyed_on IS NOT NULL ORDER BY 1")
        elif name == "member":
            once = f"SELECT people.*, village_code, {its}, NULL AS superseded_at, NULL AS superseded_by_id"
            joined = "FROM people JOIN home USING (household_id)"
            _copy(source, model, f"{once} {joined} ORDER BY household_id, member_id")
            past = once.replace("2020-06-30", "2019-12-31").replace("NULL AS superseded_at", "'2020-06-30' AS"
                " superseded_at").replace("NULL AS superseded_by_id", f"{load.pk} AS superseded_by_id")  # fmt: skip
            share = (HISTORY * households - members) / members
            which = f"hash(member_id) % 1000000 < {int(share * 1_000_000)}"
            _copy(source, model, f"{past} {joined} WHERE {which} ORDER BY household_id, member_id")
        elif source.execute("SELECT 1 FROM duckdb_views() WHERE view_name = ?", [name]).fetchone():
            _copy(
                source,
                model,
                f'SELECT "{name}".*, village_code, {its} FROM "{name}" JOIN home USING (household_id)'
                f" WHERE {of_counties} ORDER BY household_id",
            )


def _name(key: str) -> str:
    """SQL: an invented name, always the same for the same key."""
    parts = [
        f"substr('{letters}', (hash({key}) // {by} % {len(letters)})::int + 1, 1)"
        for letters, by in ((SURNAMES, 1), (GIVEN, 1_000), (GIVEN, 1_000_000))
    ]
    return " || ".join(parts)


def _weighed() -> str:
    """SQL: the digits of `seventeen`, each times its weight."""
    return " + ".join(f"(ascii(seventeen[{at}]) - 48) * {weight}" for at, weight in enumerate(WEIGHTS, start=1))


def _copy(source: Any, model: Any, statement: str) -> None:
    """Copy what a statement gives into a register: the columns that both have."""
    import pyarrow.csv

    meta = model._meta
    ours = {field.column for field in meta.concrete_fields if not field.generated} - {"id"}
    given = [column for column, *_ in source.execute(f"DESCRIBE {statement}").fetchall()]
    columns = ", ".join(f'"{column}"' for column in given if column in ours)
    batches = source.execute(f"SELECT {columns} FROM ({statement})").fetch_record_batch(AT_ONCE)
    into = f"COPY {meta.db_table} ({columns}) FROM STDIN (FORMAT csv)"
    with superuser() as connection, connection.cursor().copy(into) as copy:
        for batch in batches:
            piece = io.BytesIO()
            pyarrow.csv.write_csv(batch, piece, pyarrow.csv.WriteOptions(include_header=False))
            copy.write(piece.getvalue())


# Findings, officers --------------------------------------------------------------------------------------------------


def _findings(snapshot: Path) -> None:
    from firmground.engines.standards.catalogue import load
    from firmground.engines.standards.screening import screen
    from firmground.findings import actions
    from firmground.officers.machine import machine

    folder = snapshot.with_name(f"{snapshot.name}-screened")
    screen(snapshot, load(CATALOGUE), folder)
    with superuser() as connection:
        connection.execute("ANALYZE")
    actions.take_in(folder=folder, snapshot=snapshot, by=machine())


def _officers() -> None:
    """One officer for each role and territory in which somebody lives."""
    from django.db import transaction

    from firmground.common.audit.trail import acting
    from firmground.officers.models import Office, Officer

    with superuser() as connection:
        villages = [code for (code,) in connection.execute("SELECT DISTINCT village_code FROM registry_household")]
    held = sorted({(role, code[:digits]) for role, digits in ROLES.items() for code in villages})
    with transaction.atomic(), acting(officer=None, office=None, role="administrator", verb="bench"):
        people = Officer.objects.bulk_create(
            [
                Officer(username=f"{role}-{code}", name=f"{role} {code}", language="en", password="!")
                for role, code in held
            ],
            batch_size=5_000,
        )
        Office.objects.bulk_create(
            [
                Office(officer=officer, role=role, territory=code, held_from=date(2020, 1, 1),
                       department="health" if role == "department" else "")
                for officer, (role, code) in zip(people, held, strict=True)
            ],
            batch_size=5_000,
        )  # fmt: skip


# Cases ---------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Walk:
    """A way through a procedure up to today. Every case is a copy of one."""

    run: Any
    channel: str
    standards: list[str]


def walks() -> tuple[list[Walk], list[Walk]]:
    """Ways that are still open, and ways that ended: random, and the same ones whenever they are asked for on a day."""
    from firmground.cases import declared
    from firmground.registry.declared import catalogue

    dice, today = random.Random(5), date.today()
    standing: list[Walk] = []
    ended: list[Walk] = []
    for procedure in declared.in_force().procedures.values():
        standards = [each.id for each in catalogue().standards.values() if each.procedure == procedure.id][:2]
        for _ in range(40):
            began = today - timedelta(days=dice.randint(0, LONGEST))
            run = _walked(dice, procedure, began, declared.calendar(), today)
            (standing if run.step else ended).append(Walk(run, dice.choice(list(procedure.opened_by)), standards))
    dice.shuffle(standing)
    dice.shuffle(ended)
    return standing, ended


def _walked(dice: random.Random, procedure: Any, began: date, calendar: Any, today: date) -> Any:
    """A run after some moves that the procedure allows, whatever it asks for being shown."""
    from firmground.engines.procedures.run import Move, Run

    steps = procedure.steps.values()
    shown = frozenset(need for step in steps for outcome in step.leads_to for need in step.needed_for(outcome))
    run = Run(procedure, began, calendar)
    for _ in range(dice.randint(0, 12)):
        on = run.last_day + timedelta(days=dice.randint(0, 3))
        if run.step is None or on > today:
            break
        role = dice.choice([role for role in run.step.by if role in ROLES])
        allowed = [each for each in run.choices(role, role, on, shown) if each.allowed and each.step.in_order]
        if allowed:
            choice = dice.choice(allowed)
            run = run.take(
                Move(choice.step.id, choice.outcome, role, role, on, frozenset(choice.step.needed_for(choice.outcome)))
            )
    return run


CASES = """
CREATE TEMP TABLE chosen AS
SELECT row_number() OVER (ORDER BY n) AS id, household_id, village_code, walk
FROM (
    SELECT n, household_id, village_code, n / %(every)s %% %(walks)s AS walk
    FROM (
        SELECT household_id, village_code, row_number() OVER (ORDER BY household_id) AS n
        FROM registry_household WHERE superseded_at IS NULL
    ) numbered WHERE n %% %(every)s = %(rest)s
) every_so_many;

ANALYZE chosen, walk, walk_move, reach, officers_office;

INSERT INTO cases_case (
    id, procedure, text_id, about, subject_id, place_code, channel, standards, opened_on, opened_by_id, why, at,
    entered_on, due_on, whole_due_on, late_after, roles, risen_to, closed_on, moves_made
)
SELECT %(after)s + chosen.id, walk.procedure, text_id, 'household', household_id, village_code, channel, standards,
    opened_on, %(machine)s, '', at, entered_on, due_on, whole_due_on, late_after, roles, risen_to, closed_on, moves_made
FROM chosen JOIN walk ON walk.n = chosen.walk;

INSERT INTO cases_move (case_id, position, step, outcome, place_code, office_id, "on", at, shown, answers, why)
SELECT %(after)s + chosen.id, position, step, outcome, village_code, office.id, "on", "on" + time '09:00', shown, '{}',
    'as the bench would have it'
FROM chosen JOIN walk_move move ON move.n = chosen.walk
JOIN reach USING (role)
JOIN officers_office office ON office.role = move.role AND office.territory = left(village_code, digits);

DROP TABLE chosen;
"""
WALKS = """
DROP TABLE IF EXISTS walk, walk_move, reach;
CREATE TEMP TABLE walk (
    n int, procedure text, text_id text, channel text, standards jsonb, opened_on date, at text, entered_on date,
    due_on date, whole_due_on date, late_after date, roles text[], risen_to text, closed_on date, moves_made int
);
CREATE TEMP TABLE walk_move (
    n int, position int, step text, outcome text, role text, "on" date, shown text[]
);
CREATE TEMP TABLE reach (role text, digits int);
"""


def _cases() -> None:
    from django.db import transaction

    from firmground.cases import declared
    from firmground.common.audit.trail import acting
    from firmground.officers.machine import machine

    texts = {}
    with transaction.atomic(), acting(officer=None, office=None, role="administrator", verb="bench"):
        for procedure in declared.in_force().procedures.values():
            texts[procedure.id] = declared.text_of(procedure).digest
    standing, ended = walks()
    by, after = machine().pk, 0
    with superuser() as connection:
        for chosen, every, rest in ((standing, OPEN_CASE_OF, 0), (ended, CLOSED_CASE_OF, 1)):
            connection.execute(WALKS)
            _write_walks(connection, chosen, texts)
            said = {"every": every, "rest": rest, "walks": len(chosen), "after": after, "machine": by}
            for statement in CASES.split(";\n"):
                if statement.strip():
                    connection.execute(statement, said if "%(" in statement else None)
            ((after,),) = connection.execute("SELECT max(id) FROM cases_case").fetchall()
        connection.execute("SELECT setval(pg_get_serial_sequence('cases_case', 'id'), %s)", [after])


def _write_walks(connection: Any, chosen: list[Walk], texts: dict[str, str]) -> None:
    cursor = connection.cursor()
    cursor.executemany("INSERT INTO reach VALUES (%s, %s)", list(ROLES.items()))
    with cursor.copy("COPY walk FROM STDIN") as copy:
        for row in _rows_of(chosen, texts):
            copy.write_row(row)
    with cursor.copy("COPY walk_move FROM STDIN") as copy:
        for n, walk in enumerate(chosen):
            for position, move in enumerate(walk.run.moves, start=1):
                copy.write_row((n, position, move.step, move.outcome, move.role, move.on, sorted(move.shown)))


def _rows_of(chosen: list[Walk], texts: dict[str, str]) -> Iterator[tuple[Any, ...]]:
    for n, walk in enumerate(chosen):
        run = walk.run
        limits = [day for day in (run.due_on, run.whole_due_on) if day is not None]
        yield (
            n, run.procedure.id, texts[run.procedure.id], walk.channel, json.dumps(walk.standards), run.opened_on,
            run.at, run.entered_on, run.due_on, run.whole_due_on, min(limits, default=None),
            list(run.step.by) if run.step else [], run.escalated_to(date.today()) or "",
            None if run.step else run.entered_on, len(run.moves),
        )  # fmt: skip
