"""Proving the trail: every entry is as it was written, every seal follows from the one before.

The digests are worked out here, not by the functions in the database that wrote them. What this cannot see by itself is
a trail cut off at its end, or made anew from some point on: for that the head has to be kept elsewhere, in print.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from itertools import chain, groupby

from django.db import connections, transaction

ROWS_AT_ONCE = 5_000

SEALED = """
SELECT seal.number, seal.transaction, seal.entries, seal.digest, entry.id, entry."position",
    jsonb_build_array(
        entry.transaction, entry."position", to_char(entry.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US'),
        entry.kind, entry.officer, entry.office, entry.role, entry.verb, entry.why, entry."table", entry.key,
        entry.place_code, entry.before, entry.after
    )::text, entry.digest
FROM audit_seal seal LEFT JOIN audit_entry entry USING (transaction)
WHERE seal.number IS NOT NULL ORDER BY seal.number, entry."position"
"""
UNSEALED = """
SELECT entry.id, entry.transaction FROM audit_entry entry LEFT JOIN audit_seal seal USING (transaction)
WHERE seal.number IS NULL ORDER BY entry.id LIMIT 1
"""


@dataclass(frozen=True)
class Proof:
    """What was found. `fault` names the first place that does not fit; "" if all do."""

    seals: int
    entries: int
    head: str
    fault: str = ""
    head_found_at: int | None = None


@dataclass(frozen=True)
class _Entry:
    id: int | None  # none: the seal has no entry at all
    position: int
    message: str
    digest: bytes


def verify(head: str = "") -> Proof:
    """Prove the whole trail, seal by seal. It has to be read with eyes that see everywhere.

    Args:
        head: the digest of a seal as it was published; the trail must contain it.
    """
    last, number, entries, found_at = b"", 0, 0, None
    with transaction.atomic():
        for (sealed, bundle, count, digest), rows in _seals():
            number += 1
            fault = ""
            if sealed != number:
                fault = f"seal {number} is missing: seal {sealed} follows seal {number - 1}"
            fault = fault or _of_entries(bundle, count, rows)
            if not fault and _sealed(last, number, bundle, count, rows) != digest:
                fault = (
                    f"seal {number} does not follow from seal {number - 1}: it was moved, or its {count} "
                    f"entries (transaction {bundle}) were changed together with their digests"
                )
            if fault:
                return Proof(number - 1, entries, last.hex(), fault)
            last = digest
            entries += count
            if digest.hex() == head:
                found_at = number
        with connections["default"].cursor() as cursor:
            cursor.execute(UNSEALED)
            stray = cursor.fetchone()
    fault = f"entry {stray[0]} was inserted: its transaction {stray[1]} was never sealed" if stray else ""
    return Proof(number, entries, last.hex(), fault, found_at)


def _seals() -> Iterator[tuple[tuple[int, int, int, bytes], list[_Entry]]]:
    """(number, transaction, how many entries, digest) of each seal in order, with its entries by position."""
    with connections["default"].chunked_cursor() as cursor:
        cursor.execute(SEALED)
        entries = chain.from_iterable(iter(lambda: cursor.fetchmany(ROWS_AT_ONCE), []))
        for (number, bundle, count, digest), rows in groupby(entries, key=lambda row: row[:4]):
            found = [_Entry(row[4], row[5] or 0, row[6], bytes(row[7] or b"")) for row in rows]
            yield (number, bundle, count, bytes(digest)), [each for each in found if each.id is not None]


def _of_entries(bundle: int, count: int, rows: list[_Entry]) -> str:
    """What is wrong with the first entry of a transaction that is not as it was written; "" if none."""
    for place, entry in enumerate(rows, start=1):
        if place > count:
            return f"entry {entry.id} was inserted: transaction {bundle} was sealed with {count} entries"
        if sha256(entry.message.encode()).digest() != entry.digest:
            before = _written_as(entry, count)
            if before:
                return (
                    f"entry {entry.id} was reordered: it stands as number {entry.position} of transaction {bundle}, "
                    f"and was written as number {before}"
                )
            return f"entry {entry.id} was changed (number {entry.position} of transaction {bundle})"
        if entry.position != place:
            return f"number {place} of transaction {bundle} is missing: entry {entry.id} is number {entry.position}"
    if len(rows) < count:
        return f"number {len(rows) + 1} of transaction {bundle} is missing: it was sealed with {count} entries"
    return ""


def _written_as(entry: _Entry, count: int) -> int | None:
    """The position with which an entry's digest comes out right, if there is one."""
    bundle, _, rest = entry.message.removeprefix("[").split(", ", 2)
    for position in range(1, count + 1):
        if sha256(f"[{bundle}, {position}, {rest}".encode()).digest() == entry.digest:
            return position
    return None


def _sealed(last: bytes, number: int, bundle: int, count: int, rows: list[_Entry]) -> bytes:
    said = json.dumps([number, bundle, count])
    return sha256(last + said.encode() + b"".join(entry.digest for entry in rows)).digest()
