"""Payments as the bank or the treasury sends them: a file that is taken whole, or in part where that is asked for.

A file is known by its content: sent twice, it changes nothing. A row that says the total is held against the rows above
it; where it does not agree, nothing of the file is taken, whatever was asked for.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

from django.db import transaction
from django.utils.translation import gettext

from firmground.common.errors import Refusal
from firmground.common.files import sha256_of
from firmground.funds import declared
from firmground.funds.books import actions
from firmground.funds.books.actions import Paid
from firmground.funds.books.models import Payment
from firmground.officers.acting import action
from firmground.officers.models import Office
from firmground.registry.columns import even
from firmground.registry.load import cells
from firmground.registry.load.cleaning import RefusedRow
from firmground.registry.load.tabular import Row, tabular

COLUMNS = {
    "number": ("支付编号", "支付流水号", "流水号", "交易流水号", "payment"),
    "fund": ("资金编号", "指标文号编号", "fund number"),
    "project": ("项目编号", "project number"),
    "amount": ("金额", "支付金额", "金额（元）", "支付金额（元）", "yuan"),
    "on": ("支付日期", "日期", "交易日期", "day", "date"),
    "payee": ("收款人", "收款人名称", "户名", "收款人户名"),
    "payee_type": ("收款人类型", "kind of payee"),
    "purpose": ("用途", "款项用途", "what for"),
    "payee_id_number": ("证件号码", "身份证号", "收款人证件号", "统一社会信用代码"),
    "household_id": ("户编号", "household"),
    "bank_account": ("银行账号", "收款账号", "卡号", "account"),
    "reference": ("凭证号", "凭证", "voucher"),
}
NEEDED = ("number", "fund", "project", "amount", "on", "payee", "payee_type", "purpose")
TOTAL = {"合计", "总计", "合计金额", "total", "sum"}
MOST_ROWS = 200_000


@dataclass
class Loaded:
    """What became of a file. `known`: it was taken before, and nothing changed. Amounts in yuan."""

    taken: bool = False
    known: bool = False
    payments: int = 0
    yuan: Decimal = Decimal(0)
    aside: list[str] = field(default_factory=list)
    refused: list[RefusedRow] = field(default_factory=list)
    headings: dict[str, Sequence[str]] = field(default_factory=dict)


class _Nothing(Exception):
    """Some rows were refused, and the file is taken whole or not at all."""


@action("books.load")
def load(*, file: Path, by: Office, accept_good: bool = False, year: int | None = None, why: str = "") -> Loaded:
    """Enter the payments of a file.

    Args:
        file: CSV, XLSX, XLS or Parquet, whatever its name; COLUMNS says its headings, and NEEDED may not be missing.
        accept_good: take the good rows although others are refused.
        year: payments of other years are refused.

    Raises:
        Refusal: it cannot be read, has no headings that are known, or its total does not agree.
    """
    digest = sha256_of(file)
    if Payment.objects.filter(source=digest).exists():
        return Loaded(known=True)
    names = {key: (key, *also) for key, also in COLUMNS.items()}
    said = tabular(file, names, lambda keys: set(NEEDED) <= set(keys), most=MOST_ROWS)
    if not said.headings:
        raise Refusal(
            gettext("%(file)s has no row of headings with all of these: %(names)s.")
            % {"file": file.name, "names": ", ".join(f"{key} ({COLUMNS[key][0]})" for key in NEEDED)}
        )
    loaded = Loaded(headings=said.headings, aside=said.aside)
    rows = _without_totals(said.rows, loaded)
    paid: list[tuple[Row, Paid]] = []
    for row in rows:
        try:
            paid.append((row, _paid(row, year)))
        except (Refusal, cells.Wrong) as wrong:
            loaded.refused.append(row.refused(wrong))
    if not rows:
        raise Refusal(gettext("There is no payment."))
    try:
        with transaction.atomic():
            good = _entered(paid, digest, by, loaded)
            if loaded.refused and not accept_good:
                raise _Nothing
    except _Nothing:
        return loaded
    loaded.taken, loaded.payments = bool(good), len(good)
    loaded.yuan = sum((each.amount for each in good), Decimal(0))
    return loaded


def _entered(paid: list[tuple[Row, Paid]], digest: str, by: Office, loaded: Loaded) -> list[Paid]:
    """All at once, which is quick; where that is refused, one by one, which says of each row what is wrong with it."""
    every = [each for _, each in paid]
    if not every:
        return []
    try:
        with transaction.atomic():
            actions.pay(payments=every, source=digest, by=by)
        return every
    except Refusal:
        good = []
    for row, each in paid:
        try:
            with transaction.atomic():
                actions.pay(payments=[each], source=digest, by=by)
            good.append(each)
        except Refusal as refusal:
            loaded.refused.append(row.refused(refusal))
    loaded.refused.sort(key=lambda refused: (refused.sheet, refused.row))
    return good


def _without_totals(rows: Sequence[Row], loaded: Loaded) -> list[Row]:
    """The payments alone, each total held against those above it on its sheet."""
    kept: list[Row] = []
    since: dict[str, Decimal] = {}
    for row in rows:
        amount = _amount(row)
        if any(even(cell) in TOTAL for cell in row.cells):
            above = since.pop(row.sheet, Decimal(0))
            if amount is not None and amount != above:
                raise Refusal(
                    gettext("Row %(row)s says the total is %(total)s yuan; the rows above it make %(sum)s. Nothing of "
                            "the file was taken: ask whoever made it for the right one.")
                    % {"row": row.number, "total": f"{amount:,}", "sum": f"{above:,}"}
                )  # fmt: skip
            continue
        since[row.sheet] = since.get(row.sheet, Decimal(0)) + (amount or Decimal(0))
        kept.append(row)
    return kept


def _amount(row: Row) -> Decimal | None:
    try:
        return cells.amount(row.said.get("amount", ""))[0]
    except cells.Wrong:
        return None


def _paid(row: Row, year: int | None) -> Paid:
    """One row as a payment.

    Raises:
        Refusal, Wrong: what is not right about it.
    """
    if row.broken:
        raise Refusal(row.broken)
    said = {key: cells.plain(cell) for key, cell in row.said.items()}
    if missing := [COLUMNS[key][0] for key in NEEDED if not said.get(key)]:
        raise Refusal(gettext("Nothing is written under %(names)s.") % {"names": ", ".join(missing)})
    amount, rounded = cells.amount(said["amount"])
    on, month_alone = cells.day(said["on"])
    if amount is None or rounded:
        raise Refusal(gettext("An amount is more than nought, in yuan with at most two decimals."))
    if on is None or month_alone:
        raise Refusal(gettext("“%(said)s” names no day of payment: write 2020-06-30.") % {"said": said["on"]})
    if year is not None and on.year != year:
        raise Refusal(gettext("It was paid on %(day)s, not in %(year)s.") % {"day": on, "year": year})
    codes = declared.in_force()
    return Paid(
        number=said["number"], fund=said["fund"], project=said["project"], amount=amount, on=on, payee=said["payee"],
        payee_type=_code("payee", said["payee_type"], codes), purpose=_code("purpose", said["purpose"], codes),
        payee_id_number=said.get("payee_id_number", "").upper(), household_id=said.get("household_id", ""),
        bank_account=said.get("bank_account", "").replace(" ", ""), reference=said.get("reference", ""),
        line=row.number,
    )  # fmt: skip


def _code(name: str, said: str, codes: declared.Funds) -> str:
    """The code of a word in either language; what is none is left for the books to refuse."""
    titles = codes.titles(name)
    return next((code for code, title in titles.items() if even(said) in {even(word) for word in title.values()}), said)
