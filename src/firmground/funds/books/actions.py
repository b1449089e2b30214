"""Every write of the books: funds, the postings that move their money, and payments."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import IntegrityError
from django.db.models import Sum
from django.utils import timezone
from django.utils.translation import gettext

from firmground.common.constraints import told_as
from firmground.common.errors import Refusal
from firmground.funds import declared
from firmground.funds.books.models import Account, Fund, Payment, Posting
from firmground.funds.projects.models import Project
from firmground.funds.projects.queries import may_be_funded, may_be_paid
from firmground.officers.acting import action, record
from firmground.officers.models import Office, Role
from firmground.places.models import Place

MOST = Decimal("9999999999999999.99")
KEPT = Account.Kind.SOURCE, Account.Kind.AVAILABLE
AT_ONCE = 5000


@action("books.register")
def register_fund(
    *, number: str, place_code: str, title: str, source: str, doc_no: str, doc_on: date, year: int, amount: Decimal,
    by: Office, direction: str = "", why: str = "",
) -> Fund:  # fmt: skip
    """Enter the document of a fund. Its money is received by postings, up to its amount.

    Raises:
        Refusal: the number is taken, the place is none of the territory, or something is missing or makes no sense.
    """
    _keeps_books(by)
    if not by.reach.covers(place_code) or (place_code and not Place.objects.filter(code=place_code).exists()):
        raise Refusal(gettext("No place of your territory has the code %(code)s.") % {"code": place_code or "–"})
    said = {"number": _text(number, 40), "title": _text(title, 120), "doc_no": _text(doc_no, 80)}
    lists = declared.in_force().lists
    for name, code in (("source", source), ("direction", direction)):
        if code not in lists[name] and (code or name == "source"):
            raise Refusal(_one_of(code, lists[name]))
    if not 2000 <= year <= 2100 or doc_on > timezone.localdate():
        raise Refusal(gettext("Say the budget year, and a day of the document that has come."))
    with told_as("books_fund_number_key", gettext("A fund with the number %(number)s is entered already.") % said):
        fund = Fund.objects.create(
            **said, place_code=place_code, source=source, direction=direction, doc_on=doc_on, year=year,
            amount=_money(amount), made_by=by, made_at=timezone.now(),
        )  # fmt: skip
    Account.objects.bulk_create(Account(fund=fund, kind=kind, place_code=place_code) for kind in KEPT)
    return fund


@action("books.receive")
def receive(*, fund: str, amount: Decimal, on: date, reference: str, by: Office, why: str = "") -> Posting:
    """Money of a document has come in.

    Raises:
        Refusal: with it, more would have come than the document says.
    """
    row = _fund(fund, by)
    source, available = (_account(row, kind) for kind in KEPT)
    Account.objects.select_for_update().get(pk=available.pk)
    came = _total(taken=source) - _total(put=source)
    if came + amount > row.amount:
        raise Refusal(
            gettext("The document says %(amount)s yuan, of which %(came)s have come: %(more)s more are too many.")
            % {"amount": f"{row.amount:,}", "came": f"{came:,}", "more": f"{amount:,}"}
        )
    return _post("receive", source, available, amount, on, by, reference=reference)


@action("books.give_back")
def give_back(*, fund: str, amount: Decimal, on: date, reason: str, by: Office, why: str = "") -> Posting:
    """Money that is not allocated goes back to where it came from.

    Raises:
        Refusal: so much is not available on that day, or on a later one.
    """
    row = _fund(fund, by)
    return _post("give_back", _account(row, "available"), _account(row, "source"), amount, on, by, reason=reason)


@action("books.allocate")
def allocate(
    *, fund: str, project: str, amount: Decimal, on: date, reference: str, by: Office, why: str = ""
) -> Posting:
    """Set money of a fund aside for a project of the yearly plan.

    Raises:
        Refusal: the project is not in the plan, lies outside the fund's place, would get more than it costs; or so
            much is not available.
    """
    row, for_ = _fund(fund, by), _project(project)
    if not for_.place_code.startswith(row.place_code):
        raise Refusal(gettext("Project %(number)s lies outside the place of the fund.") % {"number": project})
    if not may_be_funded(for_):
        raise Refusal(
            gettext("Project %(number)s is not in the yearly plan: only what is, gets money.") % {"number": project}
        )
    allocated = _account(row, "allocated", for_, make=True)
    Project.objects.select_for_update(of=("self",)).get(pk=for_.pk)
    between = ({"project": for_, "kind": "allocated"}, {"kind": "available"})
    total = _moved(*between) - _moved(*reversed(between))
    if total + amount > for_.cost:
        raise Refusal(
            gettext("Project %(number)s costs %(cost)s yuan, of which %(has)s are allocated: %(more)s are too many.")
            % {"number": project, "cost": f"{for_.cost:,}", "has": f"{total:,}", "more": f"{amount:,}"}
        )
    return _post("allocate", _account(row, "available"), allocated, amount, on, by, reference=reference)


@action("books.take_back")
def take_back(*, fund: str, project: str, amount: Decimal, on: date, reason: str, by: Office, why: str = "") -> Posting:
    """Money that a project has not spent becomes available again.

    Raises:
        Refusal: the project has not so much left.
    """
    row, for_ = _fund(fund, by), _project(project)
    allocated = _account(row, "allocated", for_)
    return _post("take_back", allocated, _account(row, "available"), amount, on, by, reason=reason)


@dataclass(frozen=True)
class Paid:
    """One payment, as an officer or a file says it. Amounts in yuan; `line` is the line of the file."""

    number: str
    fund: str
    project: str
    amount: Decimal
    on: date
    payee: str
    payee_type: str
    purpose: str
    payee_id_number: str = ""
    household_id: str = ""
    bank_account: str = ""
    reference: str = ""
    line: int | None = None


@action("books.pay")
def pay(*, payments: Sequence[Paid], by: Office, source: str = "", why: str = "") -> list[Posting]:
    """Enter payments, all of them or none.

    Args:
        source: the digest of the file they came in.

    Raises:
        Refusal: a number is there already, a project or fund is not known or has not so much, a code is none of
            funds.toml, a day is to come. The first that is wrong is named with its line.
    """
    _keeps_books(by)
    if not payments:
        raise Refusal(gettext("There is no payment."))
    funds = {row.number: row for row in Fund.objects.filter(number__in={each.fund for each in payments})}
    projects = {
        row.number: row
        for row in Project.objects.select_related("case").filter(number__in={each.project for each in payments})
    }
    accounts = {
        (row.fund_id, row.project_id, row.kind): row
        for row in Account.objects.filter(fund__in=funds.values(), project__in=projects.values())
    }
    lists, purposes = declared.in_force().lists, declared.in_force().purposes
    now, postings, rows = timezone.now(), [], []
    for each in payments:
        try:
            fund, project = funds.get(each.fund), projects.get(each.project)
            if fund is None or project is None:
                said = {"number": each.fund if fund is None else each.project}
                raise Refusal(gettext("No fund or project within your territory is “%(number)s”.") % said)
            allocated = accounts.get((fund.pk, project.pk, "allocated"))
            if allocated is None or not may_be_paid(project):
                raise Refusal(
                    gettext("Fund %(fund)s has allocated nothing to project %(project)s, or it is closed.")
                    % {"fund": each.fund, "project": each.project}
                )
            for code, known in ((each.payee_type, lists["payee"]), (each.purpose, purposes)):
                if code not in known:
                    raise Refusal(_one_of(code, known))
            spent = accounts.get((fund.pk, project.pk, "spent"))
            if spent is None:
                spent = accounts[fund.pk, project.pk, "spent"] = _account(fund, "spent", project, make=True)
            postings.append(_posting("pay", allocated, spent, each.amount, each.on, by, now, reference=each.reference))
            rows.append(
                Payment(
                    number=_text(each.number, 60),
                    place_code=project.place_code,
                    payee=_text(each.payee, 120),
                    payee_type=each.payee_type,
                    payee_id_number=each.payee_id_number.strip()[:18],
                    household_id=each.household_id.strip()[:40],
                    bank_account=each.bank_account.strip()[:40],
                    purpose=each.purpose,
                    source=source,
                    line=each.line,
                )
            )
        except Refusal as refusal:
            raise Refusal(_on_line(each, str(refusal))) from None
    with _held(), told_as("books_payment_number_key", gettext("A payment of this number is entered already.")):
        Posting.objects.bulk_create(postings, batch_size=AT_ONCE)
        for posting, row in zip(postings, rows, strict=True):
            row.posting = posting
        Payment.objects.bulk_create(rows, batch_size=AT_ONCE)
    record(None, by.territory, payments=len(rows), yuan=str(sum(each.amount for each in postings)), source=source)
    return postings


@action("books.refund")
def refund(*, payment: str, amount: Decimal, on: date, reason: str, by: Office, why: str = "") -> Posting:
    """Money of a payment came back to the project.

    Raises:
        Refusal: there is no such payment, it was reversed, or less was paid than would have come back.
    """
    _keeps_books(by)
    paid = Posting.objects.select_for_update(of=("self",)).filter(payment__number=payment).first()
    if paid is None:
        raise Refusal(gettext("There is no payment %(number)s within your territory.") % {"number": payment})
    if Posting.objects.filter(reverses=paid).exists():
        raise Refusal(gettext("Payment %(number)s was reversed.") % {"number": payment})
    came = _total(refunds=paid, reversed_by=None)
    if came + amount > paid.amount or on < paid.on:
        raise Refusal(
            gettext("Payment %(number)s was %(amount)s yuan on %(on)s, of which %(came)s came back already.")
            % {"number": payment, "amount": f"{paid.amount:,}", "on": paid.on, "came": f"{came:,}"}
        )
    return _post("refund", paid.put, paid.taken, amount, on, by, reason=reason, refunds=paid)


@action("books.reverse")
def reverse(*, posting: int, on: date, reason: str, by: Office, why: str = "") -> Posting:
    """Undo a posting that should never have been: the same amount the other way, both stay in the books.

    Raises:
        Refusal: there is none, it is reversed or itself a reversal, money of it came back, the day lies before it, or
            what it brought is spent.
    """
    _keeps_books(by)
    row = Posting.objects.select_for_update(of=("self",)).filter(pk=posting).first()
    if row is None:
        raise Refusal(gettext("There is no posting %(number)s within your territory.") % {"number": posting})
    if row.kind == "reverse" or Posting.objects.filter(reverses=row).exists():
        raise Refusal(gettext("Posting %(number)s is reversed already, or is a reversal.") % {"number": posting})
    if Posting.objects.filter(refunds=row, reversed_by=None).exists():
        raise Refusal(gettext("Money of posting %(number)s came back: reverse that first.") % {"number": posting})
    if on < row.on:
        raise Refusal(gettext("It was posted on %(day)s: it can be reversed from that day on.") % {"day": row.on})
    return _post("reverse", row.put, row.taken, row.amount, on, by, reason=reason, reverses=row)


@action("books.export")
def export(*, rows: int, chosen: Mapping[str, str], by: Office) -> None:
    """Record that the books are taken out of the house: how many rows, and which."""
    record(None, by.territory, rows=rows, chosen={key: value for key, value in chosen.items() if value})


def _post(
    kind: str, taken: Account, put: Account, amount: Decimal, on: date, by: Office, **said: Any
) -> Posting:  # fmt: skip
    _keeps_books(by)
    posting = _posting(kind, taken, put, amount, on, by, timezone.now(), **said)
    with _held(), told_as("books_posting_reverses_id_key", gettext("It is reversed already.")):
        posting.save(force_insert=True)
    return posting


def _posting(
    kind: str, taken: Account, put: Account, amount: Decimal, on: date, by: Office, now: datetime, *,
    reference: str = "", reason: str = "", **said: Any,
) -> Posting:  # fmt: skip
    if on > timezone.localdate():
        raise Refusal(gettext("%(day)s is not here yet.") % {"day": on})
    reason = " ".join(reason.split())
    if kind in ("reverse", "take_back", "give_back", "refund") and not reason:
        raise Refusal(gettext("Say why."))
    place = max(taken.place_code, put.place_code, key=len)
    return Posting(
        kind=kind, taken=taken, put=put, amount=_money(amount), on=on, place_code=place, recorded_at=now,
        recorded_by=by, reference=" ".join(reference.split())[:80], reason=reason[:300], **said,
    )  # fmt: skip


def _account(fund: Fund, kind: str, project: Project | None = None, *, make: bool = False) -> Account:
    row = Account.objects.filter(fund=fund, project=project, kind=kind).first()
    if row is None and make and project is not None:
        row, _ = Account.objects.get_or_create(
            fund=fund, project=project, kind=kind, defaults={"place_code": project.place_code}
        )
    if row is None:
        said = {"fund": fund.number, "project": project.number if project else "–"}
        raise Refusal(gettext("Fund %(fund)s has allocated nothing to project %(project)s.") % said)
    return row


def _fund(number: str, by: Office) -> Fund:
    _keeps_books(by)
    row = Fund.objects.filter(number=number).first()
    if row is None or not by.reach.covers(row.place_code):
        raise Refusal(gettext("There is no fund %(number)s within your territory.") % {"number": number})
    return row


def _project(number: str) -> Project:
    row = Project.objects.select_related("case").filter(number=number).first()
    if row is None:
        raise Refusal(gettext("There is no project %(number)s within your territory.") % {"number": number})
    return row


def _keeps_books(by: Office) -> None:
    """Of the departments only those that funds.toml names keep the books."""
    if by.role == Role.DEPARTMENT and by.department not in declared.in_force().keepers:
        raise Refusal(gettext("Your department does not keep the books: %(names)s do.")
                      % {"names": ", ".join(declared.in_force().keepers) or "–"})  # fmt: skip


@contextmanager
def _held() -> Iterator[None]:
    """Say in a sentence which account the database would not let fall below nought, and on which day."""
    try:
        yield
    except IntegrityError as error:
        diagnostic = getattr(error.__cause__, "diag", None)
        if getattr(diagnostic, "constraint_name", "") != "books_never_below_nought":
            raise
        short: Mapping[str, Any] = json.loads(diagnostic.message_detail or "{}")  # type: ignore[union-attr]
        account = Account.objects.select_related("fund", "project").get(pk=short["account"])
        words = {
            "available": gettext("Fund %(fund)s has not so much available: on %(on)s it would lack %(lacks)s yuan."),
            "allocated": gettext(
                "Project %(project)s has not so much left of fund %(fund)s: on %(on)s it would lack %(lacks)s yuan."
            ),
            "spent": gettext(
                "Project %(project)s has not spent so much of fund %(fund)s: on %(on)s it would lack %(lacks)s yuan."
            ),
        }
        raise Refusal(
            words[account.kind]
            % {
                "fund": account.fund.number,
                "project": account.project.number if account.project else "",
                "on": short["on"],
                "lacks": f"{Decimal(short['lacks']):,}",
            }
        ) from None


def _total(**chosen: Any) -> Decimal:
    total: Decimal | None = Posting.objects.filter(**chosen).aggregate(n=Sum("amount"))["n"]
    return total or Decimal(0)


def _moved(into: Mapping[str, Any], out_of: Mapping[str, Any]) -> Decimal:
    """What was put into some accounts out of others, whatever the kind of posting."""
    put = {f"put__{name}": value for name, value in into.items()}
    return _total(**put, **{f"taken__{name}": value for name, value in out_of.items()})


def _money(amount: Decimal) -> Decimal:
    if not (amount.is_finite() and 0 < amount <= MOST and amount == round(amount, 2)):
        raise Refusal(gettext("An amount is more than nought, in yuan with at most two decimals."))
    return amount


def _text(value: str, longest: int) -> str:
    text = " ".join(value.split())
    if not text or len(text) > longest or "\x00" in text:
        raise Refusal(gettext("“%(value)s”: write from 1 to %(most)s characters.") % {"value": text, "most": longest})
    return text


def _one_of(code: str, known: Mapping[str, Any]) -> str:
    return gettext("“%(code)s” is not declared in funds.toml; it may be one of: %(known)s.") % {
        "code": code, "known": ", ".join(known) or "–",
    }  # fmt: skip


def _on_line(each: Paid, refusal: str) -> str:
    if each.line is None:
        return gettext("Payment %(number)s: %(why)s") % {"number": each.number, "why": refusal}
    return gettext("Line %(line)s, payment %(number)s: %(why)s") % {
        "line": each.line, "number": each.number, "why": refusal,
    }  # fmt: skip
