"""An action: who acts is told to PostgreSQL, a refusal leaves nothing but its attempt, nothing told is nothing seen."""

from types import SimpleNamespace

import pytest
from django.db import DatabaseError, connection, transaction

from firmground.common.audit.models import Entry
from firmground.common.errors import Refusal
from firmground.officers.acting import action
from firmground.officers.models import Office, Officer
from firmground.officers.territory import EVERYWHERE, NOWHERE, Territory, seeing
from tests.cast import WANGMO, ZHENXIONG


@action("officers.give_password")
def rename(*, officer: Officer, name: str, by: Office, why: str = "") -> None:
    officer.name = name
    officer.save(update_fields=["name"])


@action("officers.grant")
def rename_and_think_better_of_it(*, officer: Officer, by: Office) -> None:
    rename(officer=officer, name="Somebody else", by=by)
    raise Refusal("On second thoughts, no.")


@action("officers.grant")
def rename_two_ways(*, officer: Officer, by: Office) -> None:
    officer.email = "mei@example.gov.cn"
    officer.save(update_fields=["email"])
    rename(officer=officer, name="Mei Xiaolan", by=by, why="as on her card")


def told(name: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(current_setting(%s, true), '')", [name])
        return str(cursor.fetchone()[0])


def test_an_action_leaves_who_in_which_office_and_why(cast: SimpleNamespace) -> None:
    rename(officer=cast.mei.officer, name="Mei Xiaolan", by=cast.zhou, why="as on her card")
    with seeing(EVERYWHERE):
        entry = Entry.objects.latest("id")
    assert (entry.officer, entry.office, entry.role) == (cast.zhou.officer_id, cast.zhou.pk, "county")
    assert (entry.verb, entry.why, entry.kind) == ("officers.give_password", "as on her card", "update")
    assert (entry.before, entry.after) == ({"name": "Officer Mei"}, {"name": "Mei Xiaolan"})


def test_actions_inside_an_action_record_their_own_verb(cast: SimpleNamespace) -> None:
    rename_two_ways(officer=cast.mei.officer, by=cast.zhou)
    with seeing(EVERYWHERE):
        assert list(Entry.objects.order_by("-id").values_list("verb", "why")[:2]) == [
            ("officers.give_password", "as on her card"), ("officers.grant", ""),
        ]  # fmt: skip


def test_a_refusal_leaves_nothing_but_the_attempt(cast: SimpleNamespace) -> None:
    with pytest.raises(Refusal):
        rename_and_think_better_of_it(officer=cast.mei.officer, by=cast.zhou)
    assert Officer.objects.get(pk=cast.mei.officer_id).name == "Officer Mei"
    with seeing(EVERYWHERE):
        last = Entry.objects.latest("id")
        assert (last.kind, last.verb, last.after) == (
            "refused", "officers.grant", {"refusal": "On second thoughts, no."},
        )  # fmt: skip
        assert not Entry.objects.filter(verb="officers.give_password").exists()


def test_a_role_that_may_not_is_refused_and_the_attempt_is_on_record(cast: SimpleNamespace) -> None:
    with pytest.raises(Refusal, match="Village worker"):
        rename(officer=cast.tang.officer, name="x", by=cast.mei)
    with seeing(EVERYWHERE):
        assert Entry.objects.filter(kind="refused", officer=cast.mei.officer_id).count() == 1


def test_a_write_of_nobody_is_refused_by_the_database(cast: SimpleNamespace) -> None:
    with pytest.raises(DatabaseError, match="Nobody acts"), transaction.atomic():
        Officer.objects.filter(pk=cast.mei.officer_id).update(name="x")


def test_an_action_writes_no_further_than_its_office_reaches(cast: SimpleNamespace) -> None:
    @action("officers.end")
    def move(*, office: Office, territory: str, by: Office) -> int:
        return Office.objects.filter(pk=office.pk).update(territory=territory)

    assert move(office=cast.peng, territory=WANGMO, by=cast.zhou) == 0, "another county's row is not there"
    with pytest.raises(DatabaseError, match="row-level security"), transaction.atomic():
        move(office=cast.zhou, territory=WANGMO, by=cast.zhou)


def test_what_was_told_is_told_no_more_afterwards(cast: SimpleNamespace) -> None:
    rename(officer=cast.mei.officer, name="Mei", by=cast.zhou)
    assert (told("firmground.acting"), told("firmground.territories")) == ("", "")
    with pytest.raises(DatabaseError), seeing(EVERYWHERE), transaction.atomic():
        Officer.objects.filter(pk=cast.mei.officer_id).update(name="x")
    assert told("firmground.territories") == ""
    with seeing(cast.zhou.reach):
        with seeing(NOWHERE):
            assert told("firmground.territories") == "{}"
        assert told("firmground.territories") == f'{{"{ZHENXIONG}"}}'


def test_a_verb_that_is_not_in_the_table_is_an_error() -> None:
    with pytest.raises(KeyError):
        action("officers.crown")


@pytest.mark.parametrize(
    ("prefixes", "kept"),
    [([], ()), (["5306", "530627"], ("5306",)), (["53", "", "52"], ("",)), (["530627", "5223"], ("5223", "530627"))],
)
def test_a_territory_is_the_union_of_its_prefixes(prefixes: list[str], kept: tuple[str, ...]) -> None:
    assert Territory.of(prefixes).prefixes == kept


def test_a_territory_covers_what_lies_in_it() -> None:
    assert Territory(("5306",)).covers(ZHENXIONG)
    assert not Territory((ZHENXIONG,)).covers("5306")
    assert not NOWHERE.covers("")
    assert EVERYWHERE.covers("")
