"""The trail: every write leaves an entry, commits are sealed one after the other, and a changed past is named."""

import threading
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import psycopg
import pytest
from django.db import DatabaseError, connection, connections, transaction

from firmground.common.audit.models import Entry, Seal
from firmground.common.audit.trail import acting, history, record
from firmground.common.audit.verifying import verify
from firmground.officers.models import Office, Officer
from firmground.officers.territory import EVERYWHERE, seeing
from tests.cast import enrol

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def officers(transactional_db: None) -> Iterator[SimpleNamespace]:
    with seeing(EVERYWHERE):
        with transaction.atomic():
            cast = enrol()
        yield cast


def rename(officer: Officer, *names: str) -> None:
    """One transaction, an entry for each name."""
    with transaction.atomic(), told():
        for name in names:
            Officer.objects.filter(pk=officer.pk).update(name=name)


def told() -> Any:
    return acting(officer=1, office=1, role="county", verb="tests.rename", why="it was misspelt")


@pytest.fixture
def forger(officers: SimpleNamespace) -> Iterator[Callable[[str], None]]:
    """Somebody with the owner's rights, who switches the guards off and on again."""
    wire = psycopg.connect(**connections["owner"].get_connection_params(), autocommit=True)
    tables = ("audit_entry", "audit_seal")

    def forge(statement: str) -> None:
        for table in tables:
            wire.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        wire.execute("ALTER TABLE audit_entry DISABLE ROW LEVEL SECURITY")
        wire.execute(statement)

    yield forge
    for table in tables:
        wire.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
    wire.execute("ALTER TABLE audit_entry ENABLE ROW LEVEL SECURITY")
    wire.close()


def test_an_update_leaves_what_changed_and_nothing_else(officers: SimpleNamespace) -> None:
    rename(officers.mei.officer, "Mei Xiaolan")
    entry = history(Officer, officers.mei.officer_id).last()
    assert entry is not None
    assert (entry.kind, entry.before, entry.after) == ("update", {"name": "Officer Mei"}, {"name": "Mei Xiaolan"})
    assert (entry.verb, entry.why) == ("tests.rename", "it was misspelt")
    before = Entry.objects.count()
    rename(officers.mei.officer, "Mei Xiaolan")
    assert Entry.objects.count() == before, "a write that changes nothing leaves nothing"


def test_a_deletion_leaves_the_whole_row_and_no_password(officers: SimpleNamespace) -> None:
    with transaction.atomic(), told():
        gone = Officer.objects.create(username="gone", name="Gone", password="secret hash")
        key = gone.pk
        gone.delete()
    made, deleted = history(Officer, key)
    assert made.after["username"] == deleted.before["username"] == "gone"
    assert made.after["password"] == deleted.before["password"] == "…"


def test_a_savepoint_that_was_undone_leaves_no_entry_and_no_gap(officers: SimpleNamespace) -> None:
    with transaction.atomic(), told():
        Officer.objects.filter(username="mei").update(name="one")
        with transaction.atomic():
            Officer.objects.filter(username="mei").update(name="two")
            transaction.set_rollback(True)
        Officer.objects.filter(username="mei").update(name="three")
    assert [entry.after["name"] for entry in history(Officer, officers.mei.officer_id)][1:] == ["one", "three"]
    assert not verify().fault


def test_the_application_cannot_write_change_or_delete_entries(officers: SimpleNamespace) -> None:
    for statement in (
        "UPDATE audit_entry SET why = ''", "DELETE FROM audit_entry", "UPDATE audit_seal SET number = 9",
        "DELETE FROM audit_seal", "INSERT INTO audit_seal (transaction, closing) VALUES (9, false)",
        "SELECT audit_append('update', 't', '1', '', NULL, NULL)",
    ):  # fmt: skip
        with pytest.raises(DatabaseError, match="permission denied"), connection.cursor() as cursor:
            cursor.execute(statement)


def test_even_the_owner_is_stopped_by_a_trigger(officers: SimpleNamespace) -> None:
    with psycopg.connect(**connections["owner"].get_connection_params(), autocommit=True) as wire:
        wire.execute("ALTER TABLE audit_entry NO FORCE ROW LEVEL SECURITY")
        try:
            with pytest.raises(psycopg.Error, match="never changed"):
                wire.execute("UPDATE audit_entry SET why = 'forged'")
        finally:
            wire.execute("ALTER TABLE audit_entry FORCE ROW LEVEL SECURITY")


def test_commits_at_once_make_one_chain_without_gaps(officers: SimpleNamespace) -> None:
    faults: list[Exception] = []

    def work(number: int) -> None:
        try:
            with seeing(EVERYWHERE):
                for turn in range(15):
                    rename(officers.mei.officer if turn % 2 else officers.tang.officer, f"{number} {turn}")
        except Exception as fault:
            faults.append(fault)
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    numbers = list(Seal.objects.order_by("number").values_list("number", flat=True))
    assert numbers == list(range(1, len(numbers) + 1))
    assert len(numbers) >= 60
    assert not verify().fault


def make_trail(officers: SimpleNamespace) -> list[Entry]:
    """Three transactions; the second has three entries, which are returned."""
    rename(officers.mei.officer, "a")
    rename(officers.mei.officer, "b", "c", "d")
    rename(officers.mei.officer, "e")
    return list(history(Officer, officers.mei.officer_id))[2:5]


@pytest.mark.parametrize(
    ("forgery", "said"),
    [
        ("UPDATE audit_entry SET why = 'forged' WHERE id = {1}", "entry {1} was changed"),
        ("UPDATE audit_entry SET after = '{{}}' WHERE id = {1}", "entry {1} was changed"),
        ("UPDATE audit_entry SET officer = 2 WHERE id = {1}", "entry {1} was changed"),
        ("DELETE FROM audit_entry WHERE id = {1}", "number 2 of transaction {t} is missing"),
        ("DELETE FROM audit_entry WHERE id = {2}", "number 3 of transaction {t} is missing"),
        ("DELETE FROM audit_entry WHERE transaction = {t}", "number 1 of transaction {t} is missing"),
        (
            "INSERT INTO audit_entry SELECT {2} + 1000, transaction, 4, at, kind, officer, office, role, verb, why,"
            ' "table", key, place_code, before, after, digest FROM audit_entry WHERE id = {2}',
            "was inserted: transaction {t} was sealed with 3 entries",
        ),
        (
            "INSERT INTO audit_entry SELECT {2} + 1000, 999999, 1, at, kind, officer, office, role, verb, why,"
            ' "table", key, place_code, before, after, digest FROM audit_entry WHERE id = {2}',
            "was inserted: its transaction 999999 was never sealed",
        ),
        (
            'UPDATE audit_entry SET "position" = 9 WHERE id = {1};'
            ' UPDATE audit_entry SET "position" = 2 WHERE id = {2};'
            ' UPDATE audit_entry SET "position" = 3 WHERE id = {1}',
            "entry {2} was reordered",
        ),
        (
            "UPDATE audit_seal SET number = -1 WHERE transaction = {t};"
            " UPDATE audit_seal SET number = number - 1 WHERE transaction = {t} + 1;"
            " UPDATE audit_seal SET number = (SELECT max(number) + 1 FROM audit_seal) WHERE transaction = {t}",
            "does not follow from seal",
        ),
        (
            "DELETE FROM audit_entry WHERE transaction = {t}; DELETE FROM audit_seal WHERE transaction = {t}",
            "is missing",
        ),
        (
            "UPDATE audit_entry SET why = 'forged', digest = sha256('forged') WHERE id = {1}",
            "entry {1} was changed",
        ),
    ],
)
def test_the_first_entry_that_does_not_fit_is_named(
    officers: SimpleNamespace, forger: Callable[[str], None], forgery: str, said: str
) -> None:
    entries = make_trail(officers)
    assert not verify().fault
    known = [entry.pk for entry in entries]
    forger(forgery.format(*known, t=entries[0].transaction))
    assert said.format(*known, t=entries[0].transaction) in verify().fault


def test_a_trail_made_anew_is_known_by_the_head_that_was_published(
    officers: SimpleNamespace, forger: Callable[[str], None]
) -> None:
    make_trail(officers)
    published = verify().head
    rename(officers.mei.officer, "f")
    assert verify(published).head_found_at == verify().seals - 1
    last = Seal.objects.order_by("-number")[:2]
    forger(
        f"DELETE FROM audit_entry WHERE transaction IN ({', '.join(str(seal.transaction) for seal in last)});"
        f"DELETE FROM audit_seal WHERE transaction IN ({', '.join(str(seal.transaction) for seal in last)})"
    )
    assert not verify().fault, "cut off cleanly, it looks whole"
    assert verify(published).head_found_at is None


def test_an_event_is_recorded_by_hand_and_read_by_territory(officers: SimpleNamespace) -> None:
    with transaction.atomic(), told():
        record(officers.zhou, officers.zhou.territory, {"seen": True})
    with seeing(officers.zhou.reach):
        assert history(Office, officers.zhou.pk).filter(kind="event").count() == 1
    with seeing(officers.peng.reach):
        assert not history(Office, officers.zhou.pk).exists()
