"""Under the policies, what readers ask for is still found by an index."""

from types import SimpleNamespace

import pytest
from django.db import connection
from django.db.models import QuerySet

from firmground.findings.models import Finding
from firmground.officers.territory import seeing
from firmground.registry.models import Household, Member
from tests.cast import ZHENXIONG

VILLAGE = f"{ZHENXIONG}102201"
ASKED = {
    "members of a village": (lambda: Member.objects.filter(village_code__startswith=VILLAGE), "member_by_place"),
    "a household by number": (
        lambda: Household.objects.filter(superseded_at=None, household_id=f"{VILLAGE}00001"), "household_open_once",
    ),
    "members by name": (lambda: Member.objects.filter(name__startswith="李"), "member_by_name"),
    "a member by identity number": (lambda: Member.objects.filter(id_number="990"), "member_by_id_number"),
    "findings of a place": (lambda: Finding.objects.filter(place_code__startswith=VILLAGE[:9]), "finding_by_place"),
}  # fmt: skip


@pytest.mark.parametrize("asked", ASKED)
def test_an_index_serves_the_readers_own_condition(cast: SimpleNamespace, asked: str) -> None:
    make, index = ASKED[asked]
    rows: QuerySet = make()
    with seeing(cast.zhou.reach), connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(f"EXPLAIN {rows.query.sql_with_params()[0]}", rows.query.sql_with_params()[1])
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert index in plan
    assert "Index Cond" in plan.split(index)[1]


def test_like_would_be_tried_on_every_row(cast: SimpleNamespace) -> None:
    """Why `startswith` is not LIKE here; when this fails, PostgreSQL has learned better."""
    with seeing(cast.zhou.reach), connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("EXPLAIN SELECT * FROM registry_member WHERE village_code LIKE %s", [f"{VILLAGE}%"])
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "~>=~" not in plan
