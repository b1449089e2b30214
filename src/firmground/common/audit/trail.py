"""Telling the database who acts, recording by hand, and reading the history of a record."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connections, models
from django.db.models import QuerySet
from psycopg.pq import TransactionStatus

from firmground.common.audit.models import Entry


@contextmanager
def acting(*, officer: int | None, office: int | None, role: str, verb: str, why: str = "",
           using: str = "default") -> Iterator[None]:  # fmt: skip
    """Who writes, for the length of the block. Within a transaction; nested blocks take turns."""
    said = {"officer": officer, "office": office, "role": role, "verb": verb, "why": why}
    with told("firmground.acting", json.dumps(said, ensure_ascii=False), using=using):
        yield


@contextmanager
def told(name: str, value: str, *, using: str = "default") -> Iterator[None]:
    """A setting that policies and triggers read, for the length of the block; then what it was before.

    When the transaction has failed, it cannot be set back by hand; rolling back does it.
    """
    connection = connections[using]
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(current_setting(%s, true), ''), set_config(%s, %s, false)", [name, name, value])
        (before, _) = cursor.fetchone()
    try:
        yield
    finally:
        wire = connection.connection
        if wire is not None and not wire.closed and wire.info.transaction_status != TransactionStatus.INERROR:
            # Not through the cursor of Django, which refuses after a mistake that a rollback will mend.
            wire.execute("SELECT set_config(%s, %s, false)", [name, before])


def record(subject: models.Model | None, place_code: str, details: Mapping[str, Any], refused: bool = False) -> None:
    """Add an event to the trail: of the record it is about (none: of the place alone)."""
    table, key = (subject._meta.db_table, str(subject.pk)) if subject is not None else ("", "")
    with connections["default"].cursor() as cursor:
        cursor.execute(
            "SELECT audit_event(%s, %s, %s, %s, %s)",
            [refused, table, key, place_code, json.dumps(dict(details), cls=DjangoJSONEncoder, ensure_ascii=False)],
        )


def history(model: type[models.Model], key: object) -> QuerySet[Entry]:
    """Everything that happened to one record, the first first."""
    return Entry.objects.filter(table=model._meta.db_table, key=str(key)).order_by("id")
