"""How fast the pages that officers work with come, beside a bare SELECT of the same rows.

    python -m benchmarks.desk [--households 100000] [--samples 40] [--pages desk case …] [--explain]

The pages are asked through Django's test client, as officers of several levels: middleware, session, policies,
templates. The bare SELECT is what somebody would write by hand for the rows that the page shows: psycopg, the same
server, as superuser, so that no policy binds it. Page and SELECT take turns, each time about another place, household,
person or case. CPU is that of Python and of the page's own server process.
"""

import argparse
import os
import random
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from http.cookies import SimpleCookie
from typing import Any

from benchmarks import desk_filled
from benchmarks.measuring import table

MOST_STATEMENTS = 25
WARM_UP = 3
"""Rounds that are not counted: catalogues are read and statements prepared."""
PAGE = 50
THEIR_HOMES = (
    "LEFT JOIN registry_household home ON village_code = place_code AND household_id = subject_id"
    " AND superseded_at IS NULL"
)

Select = tuple[str, Sequence[Any]]
"""A statement and its values."""


@dataclass(frozen=True)
class Page:
    """A page as one officer asks for it, again and again about something else.

    Attributes:
        asks: for one thing out of `about`, the method, the address and what is sent.
        bare: for the same thing, the statements that fetch the rows it shows.
    """

    name: str
    role: str
    about: Sequence[Any]
    asks: Callable[[Any], tuple[str, str, dict[str, str]]]
    bare: Callable[[Any], Sequence[Select]]


@dataclass
class Measured:
    """Milliseconds of each answer, of each bare SELECT, CPU milliseconds of a page, and what it took."""

    page: list[float]
    bare: list[float]
    python: float
    server: float
    statements: int
    rows: int


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--households", type=int, default=100_000)
    asked.add_argument("--samples", type=int, default=40)
    asked.add_argument("--pages", nargs="+", default=[], help="only pages whose name begins so")
    asked.add_argument("--explain", action="store_true", help="show the statements of each page that take longest")
    options = asked.parse_args()
    home = desk_filled.home(options.households)
    home.mkdir(parents=True, exist_ok=True)
    os.environ["FIRMGROUND_HOME"] = str(home)
    os.environ["DJANGO_SETTINGS_MODULE"] = "firmground.web.settings"
    import django

    django.setup()
    desk_filled.fill(options.households)
    measure(options.samples, tuple(options.pages), explain=options.explain)


def measure(samples: int, wanted: tuple[str, ...], *, explain: bool) -> None:
    """Print the table."""
    with desk_filled.superuser() as connection:
        print(_size(connection), file=sys.stderr)
        rows = []
        for page in pages(connection, samples + WARM_UP):
            if wanted and not page.name.startswith(wanted):
                continue
            taken = asked_for(page, connection, explain=explain)
            (p50, p95), (bare, bare95) = percentiles(taken.page), percentiles(taken.bare)
            rows.append(
                {
                    "page": page.name,
                    "p50 ms": f"{p50:.1f}",
                    "p95 ms": f"{p95:.1f}",
                    "SELECT p50": f"{bare:.2f}",
                    "SELECT p95": f"{bare95:.2f}",
                    "× SELECT": f"{p50 / bare:.0f}",
                    "CPU ms Python": f"{taken.python:.1f}",
                    "CPU ms server": f"{taken.server:.1f}",
                    "statements": f"{taken.statements}{'!' if taken.statements > MOST_STATEMENTS else ''}",
                    "rows": taken.rows,
                }
            )
        print(table(rows))


def percentiles(times: list[float]) -> tuple[float, float]:
    cuts = statistics.quantiles(times, n=20, method="inclusive")
    return cuts[9], cuts[18]


def _size(connection: Any) -> str:
    counts = [
        f"{connection.execute(f'SELECT count(*) FROM {name}').fetchone()[0]:,} {said}"
        for name, said in {
            "registry_household": "households",
            "registry_member": "rows of members",
            "cases_case WHERE closed_on IS NULL": "open cases",
            "cases_move": "moves",
            "findings_finding": "findings",
        }.items()
    ]
    (size,) = connection.execute("SELECT pg_size_pretty(pg_database_size(current_database()))").fetchone()
    return f"{', '.join(counts)}; {size}"


# Asking --------------------------------------------------------------------------------------------------------------


def asked_for(page: Page, connection: Any, *, explain: bool) -> Measured:
    import psutil

    browser = Browser()
    cookies = {each: browser.sign_in(page.role, each) for each in {_territory(page, each) for each in page.about}}
    taken = Measured([], [], 0.0, 0.0, 0, 0)
    slow: list[tuple[float, str]] = []
    backend = psutil.Process(_backend())
    began = (time.process_time(), 0.0)
    for number, each in enumerate(page.about):
        method, address, sent = page.asks(each)
        browser.client.cookies = cookies[_territory(page, each)]
        with _counted() as statements:
            if number == WARM_UP:
                began = (0.0, _cpu(backend))
            python, start = time.process_time(), time.perf_counter()
            answer = getattr(browser.client, method)(address, sent)
            lasted, spent = time.perf_counter() - start, time.process_time() - python
        if answer.status_code not in (200, 302) or "/account/" in answer.get("Location", ""):
            raise SystemExit(f"{page.name}: {address} answered {answer.status_code}")
        start = time.perf_counter()
        rows = sum(len(connection.execute(statement, values).fetchall()) for statement, values in page.bare(each))
        bare = time.perf_counter() - start
        if number >= WARM_UP:
            taken.page.append(lasted * 1000)
            taken.bare.append(bare * 1000)
            taken.python += spent * 1000
            taken.statements = max(taken.statements, len(statements))
            taken.rows = max(taken.rows, rows)
            slow += statements
    count = len(taken.page)
    taken.python, taken.server = taken.python / count, (_cpu(backend) - began[1]) * 1000 / count
    if explain:
        for lasted, statement in sorted(slow, reverse=True)[:5]:
            print(f"{page.name}: {lasted * 1000:.1f} ms  {statement[:600]}", file=sys.stderr)
    return taken


def _territory(page: Page, about: Any) -> str:
    """The territory of the officer who asks: around what is asked about, which always begins with a place's code."""
    return str(about[0])[: desk_filled.ROLES[page.role]]


class Browser:
    """One for all officers: each client of Django's would load all middleware again."""

    def __init__(self) -> None:
        from django.test import Client

        self.client = Client(SERVER_NAME="localhost", headers={"accept-language": "en"})

    def sign_in(self, role: str, territory: str) -> Any:
        """The cookies of an officer who signed in with both factors a moment ago."""
        from firmground.officers.models import Office
        from firmground.web.signing_in.middleware import OFFICE, SECOND, SEEN

        office = Office.objects.select_related("officer").get(role=role, territory=territory)
        self.client.cookies = SimpleCookie()
        self.client.force_login(office.officer)
        session = self.client.session
        session[SECOND], session[OFFICE], session[SEEN] = True, office.pk, time.time()
        session.save()
        return self.client.cookies


def _backend() -> int:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return int(cursor.fetchone()[0])


def _cpu(process: Any) -> float:
    used = process.cpu_times()
    return float(used.user + used.system)


@contextmanager
def _counted() -> Iterator[list[tuple[float, str]]]:
    """Every statement of the block with its seconds."""
    from django.db import connection

    found: list[tuple[float, str]] = []

    def count(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        start = time.perf_counter()
        try:
            return execute(sql, params, many, context)
        finally:
            found.append((time.perf_counter() - start, sql))

    with connection.execute_wrapper(count):
        yield found


# Pages ---------------------------------------------------------------------------------------------------------------


def pages(connection: Any, samples: int) -> list[Page]:
    """What is asked, drawn from the database: the same things every time."""
    dice, today = random.Random(11), date.today()

    def drawn(statement: str) -> list[Any]:
        found = connection.execute(statement).fetchall()
        dice.shuffle(found)
        return (found * (samples // len(found) + 1))[:samples]

    ((screening,),) = connection.execute("SELECT max(id) FROM findings_screening").fetchall()
    counties = f"SELECT DISTINCT left(village_code, 6) AS code FROM registry_household ORDER BY 1 LIMIT {COUNTIES}"
    in_counties = f"left(village_code, 6) IN ({counties})"
    households = drawn(
        f"SELECT village_code, household_id FROM registry_household WHERE {in_counties} AND superseded_at IS NULL"
        " ORDER BY md5(household_id) LIMIT 1000"
    )
    people = drawn(
        f"SELECT village_code, name, id_number FROM registry_member WHERE {in_counties} AND superseded_at IS NULL"
        " AND id_number IS NOT NULL ORDER BY md5(member_id) LIMIT 1000"
    )
    cases = drawn(
        f"SELECT place_code, id, subject_id FROM cases_case WHERE left(place_code, 6) IN ({counties})"
        " ORDER BY md5(id::text) LIMIT 1000"
    )
    every_county = drawn("SELECT DISTINCT left(village_code, 6) FROM registry_household ORDER BY 1")
    townships = drawn(f"SELECT DISTINCT left(village_code, 9) FROM registry_household WHERE {in_counties} ORDER BY 1")
    villages = drawn(f"SELECT DISTINCT village_code FROM registry_household WHERE {in_counties} ORDER BY 1")

    def place(about: Any) -> tuple[str, str, dict[str, str]]:
        return "get", f"/places/{about[0]}/", {}

    def file(about: Any) -> tuple[str, str, dict[str, str]]:
        return "get", f"/households/{about[1]}/", {}

    def late(_: Any) -> tuple[str, str, dict[str, str]]:
        return "get", "/cases/", {"state": "late"}

    def named(about: Any) -> tuple[str, str, dict[str, str]]:
        return "get", "/search/", {"q": about[1]}

    def desk(_: Any) -> tuple[str, str, dict[str, str]]:
        return "get", "/desk/", {}

    def counted(code: str, digits: int) -> list[Select]:
        """What a place's page counts: the places below it, and each standard."""
        return [
            (
                "SELECT * FROM findings_householdtally WHERE screening_id = %s AND digits = %s AND place_code LIKE %s",
                (screening, digits, f"{code}%"),
            ),
            ("SELECT * FROM findings_placeresult WHERE screening_id = %s AND place_code = %s", (screening, code)),
        ]

    def of_village(about: Any) -> list[Select]:
        (code,) = about
        return [
            *counted(code, 12),
            ("SELECT * FROM registry_household WHERE superseded_at IS NULL AND village_code = %s", (code,)),
            (
                "SELECT household_id, standard, verdict FROM findings_finding WHERE place_code = %s"
                " AND closed_in_id IS NULL AND replaced_in_id IS NULL",
                (code,),
            ),
        ]

    def on_desk(role: str) -> Callable[[Any], list[Select]]:
        """The most urgent cases with their households, and how many there are in each part of the desk."""

        def of(about: Any) -> list[Select]:
            within = f"{about[0]}%"
            return [
                (
                    "SELECT * FROM (SELECT * FROM cases_case WHERE closed_on IS NULL AND place_code LIKE %s"
                    f" AND roles @> ARRAY[%s]::varchar[] ORDER BY late_after, id LIMIT {PAGE}) urgent {THEIR_HOMES}",
                    (within, role),
                ),
                (
                    "SELECT count(*) FILTER (WHERE roles @> ARRAY[%s]::varchar[]),"
                    " count(*) FILTER (WHERE risen_to = %s)"
                    " FROM cases_case WHERE closed_on IS NULL AND place_code LIKE %s",
                    (role, role, within),
                ),
            ]

        return of

    def on_list(about: Any) -> list[Select]:
        return [
            (
                "SELECT * FROM (SELECT * FROM cases_case WHERE closed_on IS NULL AND place_code LIKE %s"
                f" AND late_after < %s ORDER BY late_after, id LIMIT {PAGE}) urgent {THEIR_HOMES}",
                (f"{about[0]}%", today),
            )
        ]

    def of_household(about: Any) -> list[Select]:
        from firmground.registry.models import OF_HOUSEHOLDS

        registers = [model._meta.db_table for model in OF_HOUSEHOLDS.values()]
        return [
            *((f"SELECT * FROM {name} WHERE village_code = %s AND household_id = %s", about) for name in registers),
            ("SELECT * FROM findings_finding WHERE place_code = %s AND household_id = %s", about),
            ("SELECT * FROM cases_case WHERE place_code = %s AND about = 'household' AND subject_id = %s", about),
        ]

    def called(about: Any) -> list[Select]:
        own = "superseded_at IS NULL AND village_code LIKE %s"
        return [
            (
                f"SELECT * FROM registry_household WHERE {own} AND head LIKE %s ORDER BY household_id LIMIT 21",
                (f"{about[0][:6]}%", f"{about[1]}%"),
            ),
            (
                f"SELECT * FROM registry_member WHERE {own} AND name LIKE %s ORDER BY household_id LIMIT 42",
                (f"{about[0][:6]}%", f"{about[1]}%"),
            ),
        ]

    def called_anywhere(about: Any) -> list[Select]:
        return called(("", about[1]))

    def numbered(about: Any) -> list[Select]:
        return [
            (
                "SELECT household.* FROM registry_member member JOIN registry_household household"
                " USING (village_code, household_id) WHERE id_number = %s AND member.superseded_at IS NULL"
                " AND household.superseded_at IS NULL",
                (about[2],),
            )
        ]

    def of_case(about: Any) -> list[Select]:
        return [
            ("SELECT * FROM cases_case WHERE id = %s", (about[1],)),
            ("SELECT * FROM cases_move WHERE case_id = %s ORDER BY position", (about[1],)),
            *of_household((about[0], about[2])),
        ]

    return [
        Page("board, nation", "nation", [("",)] * samples, lambda _: ("get", "/", {}), lambda _: counted("", 6)),
        Page("place, county", "county", every_county, place, lambda about: counted(about[0], 9)),
        Page("place, township", "township", townships, place, lambda about: counted(about[0], 12)),
        Page("place, village", "village_worker", villages, place, of_village),
        Page("desk, village worker", "village_worker", villages, desk, on_desk("village_worker")),
        Page("desk, township", "township", townships, desk, on_desk("township")),
        Page("desk, county", "county", every_county, desk, on_desk("county")),
        Page("today, village worker", "village_worker", villages, lambda _: ("get", "/today/", {}),
             on_desk("village_worker")),
        Page("late cases, county", "county", every_county, late, on_list),
        Page("late cases, nation", "nation", [("",)] * samples, late, on_list),
        Page("household, village worker", "village_worker", households, file,
             of_household),
        Page("case, village worker", "village_worker", cases, lambda each: ("get", f"/cases/{each[1]}/", {}), of_case),
        Page("search by name, county", "county", people, named, called),
        Page("search by name, nation", "nation", people, named,
             called_anywhere),
        Page("search by ID number, county", "county", people, lambda each: ("post", "/search/", {"q": each[2]}),
             numbered),
    ]  # fmt: skip


COUNTIES = desk_filled.COUNTIES

if __name__ == "__main__":
    main()
