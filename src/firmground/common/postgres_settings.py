"""Which PostgreSQL, and as whom: the server of DATABASE_URL, else the embedded one.

Two roles. "owner" owns the tables and migrates; "default" is the application's: neither owner nor superuser, so that
no mistake in a page can drop a table, and row-level security binds it.
"""

import os
from contextlib import suppress
from pathlib import Path
from typing import Any

from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict

from firmground.common.embedded_postgres import APPLICATION, DATABASE, OWNER
from firmground.common.errors import Refusal


def databases(home: Path) -> dict[str, dict[str, Any]]:
    """Django's DATABASES.

    Raises:
        Refusal: DATABASE_URL is not a PostgreSQL address.
    """
    url = os.environ.get("DATABASE_URL")
    if url:
        return {
            "default": _server("DATABASE_URL", url),
            "owner": _server("DATABASE_OWNER_URL", os.environ.get("DATABASE_OWNER_URL", url)),
        }
    embedded = {
        "ENGINE": "firmground.common.embedded_postgres",
        "NAME": DATABASE,
        "HOME": str(home / "postgres"),
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
    }
    return {"default": {**embedded, "USER": APPLICATION}, "owner": {**embedded, "USER": OWNER}}


def _server(variable: str, url: str) -> dict[str, Any]:
    said: dict[str, Any] = {}
    with suppress(ProgrammingError):
        said = conninfo_to_dict(url)
    if not said.get("dbname"):
        raise Refusal(
            f"{variable} is not the address of a PostgreSQL database. "
            "Write it as postgresql://user:password@host:port/database."
        )
    known = {"dbname": "NAME", "user": "USER", "password": "PASSWORD", "host": "HOST", "port": "PORT"}
    return {
        "ENGINE": "django.db.backends.postgresql",
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        **{django: str(said.pop(name)) for name, django in known.items() if name in said},
        "OPTIONS": said,
    }
