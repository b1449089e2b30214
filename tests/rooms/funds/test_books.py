"""The books: what may be posted, what may not, and that the past stays as it was."""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from firmground.cases.models import Case
from firmground.common.audit.trail import acting
from firmground.common.errors import Refusal
from firmground.funds.books import actions, queries
from firmground.funds.books.actions import Paid
from firmground.funds.books.models import Account, Payment, Posting
from firmground.funds.books.proof import prove
from firmground.funds.projects.models import Project
from firmground.officers.models import Role
from firmground.officers.territory import EVERYWHERE, seeing
from tests.cast import ZHENXIONG
from tests.rooms.funds.conftest import MARCH

pytestmark = pytest.mark.django_db
APRIL, MAY = date(2020, 4, 1), date(2020, 5, 1)


def yuan(amount: int | str) -> Decimal:
    return Decimal(amount)


def paid(number: str = "V1", amount: int | str = 100, **said: Any) -> Paid:
    return Paid(**{
        "number": number, "fund": "F1", "project": "P1", "amount": yuan(amount), "on": APRIL, "payee": "Pipe works",
        "payee_type": "firm", "purpose": "works", **said,
    })  # fmt: skip


def stands(on: date | None = None) -> tuple[int, int, int, int]:
    """(received, available, allocated, spent) of fund F1 on a day."""
    with seeing(EVERYWHERE):
        (row,) = queries.standing(queries.funds(seen_by=EVERYWHERE), on)
    return int(row.received), int(row.available), int(row.allocated), int(row.spent)


def test_a_yuan_is_followed_from_the_document_to_the_payee(county: SimpleNamespace) -> None:
    zhou = county.zhou
    #                                               received available allocated spent
    assert stands(date(2020, 3, 1)) == (0, 0, 0, 0)
    assert stands() == (1000, 400, 600, 0)
    with seeing(zhou.officer):
        actions.pay(payments=[paid(amount=250)], by=zhou)
        assert stands() == (1000, 400, 350, 250)
        actions.refund(payment="V1", amount=yuan(50), on=MAY, reason="too many pipes", by=zhou)
        assert stands() == (1000, 400, 400, 200)
        actions.take_back(fund="F1", project="P1", amount=yuan(400), on=MAY, reason="it is cheaper", by=zhou)
        assert stands() == (1000, 800, 0, 200)
        actions.give_back(fund="F1", amount=yuan(300), on=MAY, reason="not needed", by=zhou)
    assert stands() == (700, 500, 0, 200)
    assert stands(APRIL) == (1000, 400, 350, 250)
    with seeing(EVERYWHERE):
        assert prove().faults == []


@pytest.mark.parametrize(
    ("attempt", "sentence"),
    [
        (lambda by: actions.receive(fund="F1", amount=yuan(1), on=MARCH, reference="", by=by), "too many"),
        (lambda by: actions.receive(fund="F9", amount=yuan(1), on=MARCH, reference="", by=by), "no fund F9"),
        (lambda by: actions.allocate(fund="F1", project="P1", amount=yuan(401), on=MARCH, reference="", by=by),
         "not so much available: on 2020-03-02 it would lack 1.00 yuan"),
        (lambda by: actions.allocate(fund="F1", project="P1", amount=yuan(1), on=date(2020, 3, 1), reference="", by=by),
         "on 2020-03-01 it would lack 1.00"),
        (lambda by: actions.pay(payments=[paid(amount=601)], by=by), "P1 has not so much left of fund F1"),
        (lambda by: actions.pay(payments=[paid(on=date(2020, 3, 1))], by=by), "on 2020-03-01 it would lack 100.00"),
        (lambda by: actions.pay(payments=[paid(amount="-5")], by=by), "more than nought"),
        (lambda by: actions.pay(payments=[paid(amount="0.001")], by=by), "two decimals"),
        (lambda by: actions.pay(payments=[paid(amount="NaN")], by=by), "more than nought"),
        (lambda by: actions.pay(payments=[paid(project="P7", line=3)], by=by), "Line 3, payment V1: No fund"),
        (lambda by: actions.pay(payments=[paid(purpose="party")], by=by), "“party” is not declared"),
        (lambda by: actions.pay(payments=[paid(on=timezone.localdate() + timedelta(days=1))], by=by), "not here yet"),
        (lambda by: actions.pay(payments=[paid(), paid()], by=by), "of this number is entered already"),
        (lambda by: actions.pay(payments=[], by=by), "no payment"),
        (lambda by: actions.refund(payment="V1", amount=yuan(1), on=MAY, reason="x", by=by), "no payment V1"),
        (lambda by: actions.take_back(fund="F1", project="P1", amount=yuan(1), on=MAY, reason=" ", by=by), "Say why"),
        (lambda by: actions.reverse(posting=0, on=MAY, reason="x", by=by), "no posting 0"),
    ],
)  # fmt: skip
def test_what_does_not_hold_is_refused_with_a_sentence_and_leaves_nothing(
    county: SimpleNamespace, attempt: Callable[[Any], Any], sentence: str
) -> None:
    with seeing(county.zhou.officer), pytest.raises(Refusal, match=sentence):
        attempt(county.zhou)
    assert stands() == (1000, 400, 600, 0)
    with seeing(EVERYWHERE):
        assert not Payment.objects.exists()


def test_a_posting_is_reversed_and_both_stay(county: SimpleNamespace) -> None:
    zhou = county.zhou
    with seeing(zhou.officer):
        (posting,) = actions.pay(payments=[paid(amount=250)], by=zhou)
        known = timezone.now()
        undone = actions.reverse(posting=posting.pk, on=MAY, reason="the wrong firm", by=zhou)
        assert stands() == (1000, 400, 600, 0)
        assert stands(APRIL) == (1000, 400, 350, 250)
        for number, sentence in ((posting.pk, "reversed already"), (undone.pk, "is a reversal")):
            with pytest.raises(Refusal, match=sentence):
                actions.reverse(posting=number, on=MAY, reason="again", by=zhou)
        with pytest.raises(Refusal, match="was reversed"):
            actions.refund(payment="V1", amount=yuan(1), on=MAY, reason="late", by=zhou)
    with seeing(EVERYWHERE):
        (before,) = queries.standing(queries.funds(seen_by=EVERYWHERE), known_at=known)
        assert before.spent == 250


def test_what_was_spent_cannot_be_undone_below_it(county: SimpleNamespace) -> None:
    zhou = county.zhou
    with seeing(zhou.officer):
        actions.pay(payments=[paid(amount=600)], by=zhou)
        received = Posting.objects.get(kind="receive")
        with pytest.raises(Refusal, match="has not so much available"):
            actions.reverse(posting=received.pk, on=MAY, reason="never came", by=zhou)
        with pytest.raises(Refusal, match="not so much left"):
            actions.take_back(fund="F1", project="P1", amount=yuan(1), on=MAY, reason="cheaper", by=zhou)


@pytest.mark.parametrize("statement", ["UPDATE books_posting SET amount = 1", "DELETE FROM books_payment",
                                       "UPDATE books_fund SET amount = 1", "DELETE FROM books_account"])  # fmt: skip
def test_nothing_is_changed_or_deleted_whoever_asks(county: SimpleNamespace, statement: str) -> None:
    with seeing(county.zhou.officer):
        actions.pay(payments=[paid()], by=county.zhou)
    told = acting(officer=None, office=None, role=Role.ADMINISTRATOR, verb="tests")
    refused = pytest.raises(DatabaseError, match="never changed or deleted")
    with seeing(EVERYWHERE), refused, transaction.atomic(), told, connection.cursor() as cursor:
        cursor.execute(statement)


def test_the_database_itself_lets_no_account_fall_below_nought(county: SimpleNamespace) -> None:
    available, source = (Account.objects.filter(kind=kind) for kind in ("available", "source"))
    with seeing(EVERYWHERE), pytest.raises(DatabaseError, match="would hold -1"), transaction.atomic():
        Posting.objects.create(
            kind="give_back", taken=available.get(), put=source.get(), amount=401, on=MARCH, place_code=ZHENXIONG,
            recorded_at=timezone.now(), recorded_by=county.zhou, reason="by hand",
        )  # fmt: skip


def test_another_county_neither_sees_nor_touches_it(county: SimpleNamespace) -> None:
    with seeing(county.peng.officer):
        assert not queries.funds(seen_by=county.peng.reach).exists()
        with pytest.raises(Refusal, match="no fund F1"):
            actions.receive(fund="F1", amount=yuan(1), on=MARCH, reference="", by=county.peng)
        with pytest.raises(Refusal, match="within your territory"):
            actions.pay(payments=[paid()], by=county.peng)


def test_of_the_departments_only_those_that_are_declared_keep_the_books(county: SimpleNamespace) -> None:
    with seeing(county.doctor_wu.officer), pytest.raises(Refusal, match="does not keep the books"):
        actions.pay(payments=[paid()], by=county.doctor_wu)


def test_money_goes_to_projects_of_the_yearly_plan_only_and_no_more_than_they_cost(county: SimpleNamespace) -> None:
    zhou = county.zhou
    with seeing(EVERYWHERE), acting(officer=None, office=None, role=Role.ADMINISTRATOR, verb="tests"):
        Case.objects.filter(pk=county.project.case_id).update(at="library")
    with seeing(zhou.officer):
        with pytest.raises(Refusal, match="not in the yearly plan"):
            actions.allocate(fund="F1", project="P1", amount=yuan(1), on=MARCH, reference="", by=zhou)
        with pytest.raises(Refusal, match="or it is closed"):
            actions.pay(payments=[paid()], by=zhou)
    with seeing(EVERYWHERE), acting(officer=None, office=None, role=Role.ADMINISTRATOR, verb="tests"):
        Case.objects.filter(pk=county.project.case_id).update(at="start")
        Project.objects.filter(pk=county.project.pk).update(cost=700)
    with seeing(zhou.officer), pytest.raises(Refusal, match=r"costs 700\.00 yuan, of which 600\.00 are"):
        actions.allocate(fund="F1", project="P1", amount=yuan(101), on=MARCH, reference="", by=zhou)


def test_what_is_carried_over_has_an_age(county: SimpleNamespace) -> None:
    """Of 1,000 yuan that came in March 2020, 250 are spent: the rest is a year old in March 2021."""
    with seeing(county.zhou.officer):
        actions.pay(payments=[paid(amount=250)], by=county.zhou)
        (fund,) = queries.funds(seen_by=county.zhou.reach)
        for on, ages in (
            (date(2020, 12, 31), (750, 0, 0)), (date(2021, 3, 2), (0, 750, 0)), (date(2022, 3, 2), (0, 0, 750)),
        ):  # fmt: skip
            assert tuple(queries.ages(fund, on).values()) == ages


@pytest.mark.parametrize(
    "statement",
    ["UPDATE books_accountday SET amount = amount + 1", "DELETE FROM books_accountday",
     "INSERT INTO books_accountday (account_id, \"on\", place_code, amount)"
        " SELECT account_id, date '2020-01-01', place_code, 5 FROM books_accountday LIMIT 1"],
)  # fmt: skip
def test_nobody_writes_the_sums_of_days_by_hand(county: SimpleNamespace, statement: str) -> None:
    refused = pytest.raises(DatabaseError, match="follow from postings")
    with seeing(EVERYWHERE), refused, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
