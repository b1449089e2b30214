"""No sequence of postings, failures and restarts breaks the books or changes their past.

The books are compared with a list of moves kept by hand, which says of every attempt whether it should hold.
"""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import count
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from firmground.common.errors import Refusal
from firmground.funds.books import actions, queries
from firmground.funds.books.actions import Paid
from firmground.funds.books.models import Posting
from firmground.funds.books.proof import prove
from firmground.officers.territory import EVERYWHERE, seeing
from tests.cast import ZHENXIONG

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
FIRST = date(2020, 3, 2)
DOCUMENT, COST = 100, 70
WAYS = {"receive": ("source", "available"), "give_back": ("available", "source"), "allocate": ("available", "P"),
        "take_back": ("P", "available"), "pay": ("P", "spent P"), "refund": ("spent P", "P")}  # fmt: skip
numbers = count(1)


@dataclass
class Move:
    """One posting as it should stand in the books."""

    kind: str
    taken: str
    put: str
    amount: int
    day: int
    posting: int = 0
    of: "Move | None" = None
    undone: bool = False
    number: str = ""


@dataclass
class Plain:
    """The books as a list."""

    moves: list[Move] = field(default_factory=list)

    def with_(self, move: Move) -> "Plain":
        return Plain([*self.moves, move])

    def holds(self) -> bool:
        """No account is below nought on any day; no more came than the document says, or was allocated than costs."""
        for day in range(6):
            held = self.held(day)
            if any(amount < 0 for account, amount in held.items() if account != "source"):
                return False
        held = self.held(6)
        return -held["source"] <= DOCUMENT and all(held[p] + held[f"spent {p}"] <= COST for p in ("P1", "P2"))

    def held(self, day: int) -> dict[str, int]:
        made: dict[str, int] = defaultdict(int)
        for move in self.moves:
            if move.day <= day:
                made[move.taken] -= move.amount
                made[move.put] += move.amount
        return made

    def paid_back(self, payment: Move) -> int:
        return sum(
            move.amount for move in self.moves if move.of is payment and move.kind == "refund" and not move.undone
        )


BEGUN = [("receive", 80, 0, "P1", 0, ""), ("allocate", 50, 1, "P1", 0, ""), ("allocate", 20, 1, "P2", 0, ""),
         ("pay", 20, 2, "P1", 0, ""), ("pay", 9, 2, "P2", 0, "")]  # fmt: skip
"""Each sequence goes on from here: else most would be refused for want of money."""
attempts = st.lists(
    st.tuples(
        st.sampled_from([*WAYS, "pay", "refund", "reverse", "reverse"]),
        st.integers(1, 30),
        st.integers(0, 5),
        st.sampled_from(["P1", "P2"]),
        st.integers(0, 30),
        st.sampled_from(["", "", "", "fails", "restarts"]),
    ),
    min_size=4,
    max_size=24,
)


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # an example takes a second: a shorter one would take hours
)
@given(sequence=attempts)
def test_no_sequence_breaks_the_books_or_changes_their_past(
    county: SimpleNamespace, sequence: list[tuple[str, int, int, str, int, str]]
) -> None:
    by, fund = county.zhou, f"F{next(numbers)}"
    projects = {name: county.built(f"{fund}-{name}", cost=Decimal(COST)) for name in ("P1", "P2")}
    with seeing(by.officer):
        actions.register_fund(number=fund, place_code=ZHENXIONG, title="t", source="county", doc_no="1", doc_on=FIRST,
                              year=2020, amount=Decimal(DOCUMENT), by=by)  # fmt: skip
    plain, past = Plain(), []
    for kind, amount, day, name, which, what in (*BEGUN, *sequence):
        move = _move(plain, kind, amount, day, name, which)
        if move is None:
            continue
        should = _should(plain, move)
        with seeing(by.officer):
            did = _post(move, fund, projects[name].number, by, what == "fails")
        assert did == (should and what != "fails"), (move, what)
        if did:
            if move.kind == "reverse" and move.of is not None:
                move.of.undone = True
            plain = plain.with_(move)
        if what == "restarts":
            connection.close()
        if did:
            past.append((timezone.now(), [_as_told(plain.held(day)) for day in range(6)]))
    with seeing(EVERYWHERE):
        for moment, told in past:
            assert [_stands(fund, FIRST + timedelta(days=day), moment) for day in range(6)] == told
        assert prove().faults == []


def _move(plain: Plain, kind: str, amount: int, day: int, name: str, which: int) -> Move | None:
    """An attempt; None where there is nothing to refund or to reverse."""
    if kind == "refund":
        paid = [move for move in plain.moves if move.kind == "pay"]
        if not paid:
            return None
        of = paid[which % len(paid)]
        return Move(kind, of.put, of.taken, amount, day, of=of, number=of.number)
    if kind == "reverse":
        if not plain.moves:
            return None
        of = plain.moves[which % len(plain.moves)]
        return Move(kind, of.put, of.taken, of.amount, day, of=of)
    taken, put = (each.replace("P", name) for each in WAYS[kind])
    return Move(kind, taken, put, amount, day, number=f"V{next(numbers)}")


def _should(plain: Plain, move: Move) -> bool:
    of = move.of
    if of is not None:
        if of.undone or move.day < of.day:
            return False
        if move.kind == "refund" and plain.paid_back(of) + move.amount > of.amount:
            return False
        if move.kind == "reverse" and (of.kind == "reverse" or plain.paid_back(of)):
            return False
    if move.kind in ("pay", "take_back") and not any(each.put == move.taken for each in plain.moves):
        return False
    if move.kind == "reverse" or move.kind in ("give_back", "take_back", "refund"):
        # Only what adds to a document or a project is held against its amount.
        return all(
            amount >= 0
            for day in range(6)
            for account, amount in plain.with_(move).held(day).items()
            if account != "source"
        )
    return plain.with_(move).holds()


class _Failure(Exception):
    """The machine stops after the posting was written, before it was committed."""


def _post(move: Move, fund: str, project: str, by: Any, fails: bool) -> bool:
    said = {"on": FIRST + timedelta(days=move.day), "by": by}
    amount = Decimal(move.amount)
    paid = Paid(move.number, fund, project, amount, FIRST + timedelta(days=move.day), "p", "firm", "works")
    calls: dict[str, Callable[[], Posting]] = {
        "receive": lambda: actions.receive(fund=fund, amount=amount, reference="", **said),
        "give_back": lambda: actions.give_back(fund=fund, amount=amount, reason="x", **said),
        "allocate": lambda: actions.allocate(fund=fund, project=project, amount=amount, reference="", **said),
        "take_back": lambda: actions.take_back(fund=fund, project=project, amount=amount, reason="x", **said),
        "pay": lambda: actions.pay(payments=[paid], by=by)[0],
        "refund": lambda: actions.refund(payment=move.number, amount=amount, reason="x", **said),
        "reverse": lambda: actions.reverse(posting=move.of.posting if move.of else 0, reason="x", **said),
    }  # fmt: skip
    try:
        with transaction.atomic():
            move.posting = calls[move.kind]().pk
            if fails:
                raise _Failure
    except (Refusal, _Failure):
        return False
    return True


def _as_told(held: dict[str, int]) -> tuple[int, int, int, int]:
    return (-held["source"], held["available"], held["P1"] + held["P2"], held["spent P1"] + held["spent P2"])


def _stands(fund: str, on: date, known_at: datetime) -> tuple[int, int, int, int]:
    (row,) = queries.standing(queries.funds(seen_by=EVERYWHERE).filter(number=fund), on, known_at)
    return int(row.received), int(row.available), int(row.allocated), int(row.spent)


@pytest.fixture
def county(cast: SimpleNamespace, tmp_path: Path) -> SimpleNamespace:
    """The cast, with a way to make projects that are being built."""
    from tests.rooms.funds import conftest as of_funds
    from tests.villages import settle

    with seeing(EVERYWHERE):
        settle(tmp_path)
    cast.built = of_funds.maker(cast)
    return cast
