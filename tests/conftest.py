"""Tests run on a real PostgreSQL, as the application's own role: what a page may not do, a test may not do.

The embedded server is shared by every run in this checkout, and lives in var/tests; each process has its own database.
"""

import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

HOME = Path(__file__).parents[1] / "var" / "tests"
os.environ["FIRMGROUND_HOME"] = str(HOME)
os.environ["DJANGO_SETTINGS_MODULE"] = "firmground.web.settings"

import django  # noqa: E402  (the settings read the environment)
from django.conf import settings  # noqa: E402

settings.PASSWORD_HASHERS = [*settings.PASSWORD_HASHERS, "django.contrib.auth.hashers.MD5PasswordHasher"]
django.setup()  # the conftest of a room may name its models

import pytest  # noqa: E402
from django.db import ProgrammingError  # noqa: E402
from django.utils import translation  # noqa: E402
from pytest_django.plugin import DjangoDbBlocker  # noqa: E402


@pytest.fixture(scope="session")
def django_db_setup(django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """A migrated database for this process, dropped at the end."""
    from django.conf import settings
    from django.core.management import call_command
    from django.db import connections

    if "DATABASE_URL" not in os.environ:
        from firmground.common.embedded_postgres import Server

        Server(HOME / "postgres", hasty=True).ensure()
    owner, application = connections["owner"], connections["default"]
    name = f"test_{os.getpid()}"
    with django_db_blocker.unblock():
        with owner._nodb_cursor() as cursor:
            _drop_abandoned(cursor)
            cursor.execute(f"CREATE DATABASE {name}")
        for connection in (owner, application):
            connection.close()
            settings.DATABASES[connection.alias]["NAME"] = connection.settings_dict["NAME"] = name
        call_command("migrate", verbosity=0)
        with owner.cursor() as cursor:  # how transactional tests clean up
            cursor.execute(f"GRANT TRUNCATE ON ALL TABLES IN SCHEMA public TO {application.settings_dict['USER']}")
        owner.close()
    yield
    with django_db_blocker.unblock():
        application.close()
        with owner._nodb_cursor() as cursor:
            _drop(cursor, name)


@pytest.fixture
def everywhere(request: pytest.FixtureRequest) -> Iterator[Any]:
    """The machine acts and sees every place: for tests that are not about who may see or do what.

    Rooms have it used by every test of theirs that touches the database.
    """
    if not {"db", "transactional_db"} & set(request.fixturenames) and not request.node.get_closest_marker("django_db"):
        yield None
        return
    request.getfixturevalue(
        "transactional_db" if "transactional_db" in request.fixturenames or _is_transactional(request) else "db"
    )
    from firmground.common.audit.trail import acting
    from firmground.officers import machine

    with (
        machine.everywhere() as office,
        acting(officer=office.officer_id, office=office.pk, role=office.role, verb="tests"),
    ):
        yield office


def _is_transactional(request: pytest.FixtureRequest) -> bool:
    mark = request.node.get_closest_marker("django_db")
    return bool(mark and mark.kwargs.get("transaction"))


@pytest.fixture
def cast(db: None) -> Any:
    """Officers of two counties, and those above them (tests/cast.py)."""
    from firmground.officers.territory import EVERYWHERE, seeing
    from tests.cast import enrol

    with seeing(EVERYWHERE):
        return enrol()


@pytest.fixture(autouse=True)
def _in_english() -> None:
    """A page asked for in Chinese leaves its language behind in the thread."""
    translation.activate("en")


def _drop(cursor, name: str) -> None:  # type: ignore[no-untyped-def]
    """Drop a database and whoever is connected; the server's own vacuum may not be sent away, so it is waited for."""
    for attempt in range(20):
        try:
            cursor.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
            return
        except ProgrammingError:
            if attempt == 19:
                raise
            time.sleep(0.5)


def _drop_abandoned(cursor) -> None:  # type: ignore[no-untyped-def]
    """Databases of runs that were killed."""
    cursor.execute("SELECT datname FROM pg_database WHERE datname ~ '^test_[0-9]+$'")
    for (name,) in cursor.fetchall():
        try:
            os.kill(int(name.removeprefix("test_")), 0)
        except ProcessLookupError:
            _drop(cursor, name)
        except PermissionError:
            pass
