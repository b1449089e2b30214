"""Files of payments: taken whole or not at all, known when they come again, every wrong row named."""

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from firmground.common.errors import Refusal
from firmground.funds.books import bank_files
from firmground.funds.books.models import Payment
from firmground.funds.books.proof import prove
from firmground.funds.projects.models import Project
from firmground.officers.territory import EVERYWHERE, seeing
from firmground.registry.load.tabular import write_refused
from tests.cast import sign_in

pytestmark = pytest.mark.django_db
HEADINGS = "支付编号,资金编号,项目编号,金额（元）,支付日期,收款人,收款人类型,用途,备注"
GOOD = ["V1,F1,P1,100.00,2020-04-01,县水利工程队,企业,工程款,", "V2,F1,P1,150.50元,2020/4/2,张三,农户,到户补助,x"]


def loaded(
    cast: SimpleNamespace, folder: Path, rows: list[str], encoding: str = "utf-8", **said: object
) -> bank_files.Loaded:
    file = folder / "april.csv"
    file.write_bytes("\n".join([HEADINGS, *rows, ""]).encode(encoding))
    with seeing(cast.zhou.officer):
        return bank_files.load(file=file, by=cast.zhou, **said)  # type: ignore[arg-type]


def entered() -> int:
    with seeing(EVERYWHERE):
        assert prove().faults == []
        return Payment.objects.count()


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_a_file_of_the_bank_is_entered_once(county: SimpleNamespace, tmp_path: Path, encoding: str) -> None:
    done = loaded(county, tmp_path, [*GOOD, "合计,,,250.50,,,,,"], encoding)
    assert (done.taken, done.payments, done.yuan, done.aside) == (True, 2, Decimal("250.50"), ["备注"])
    again = loaded(county, tmp_path, [*GOOD, "合计,,,250.50,,,,,"], encoding)
    assert (again.known, again.taken) == (True, False)
    with seeing(EVERYWHERE):
        second = Payment.objects.get(number="V2")
        assert (second.payee_type, second.purpose, second.line) == ("household", "grant", 3)
    assert entered() == 2


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("V1,F1,P1,5,2020-04-01,甲,企业,工程款,", "entered already"),
        ("V3,F1,P9,5,2020-04-01,甲,企业,工程款,", "No fund or project"),
        ("V3,F1,P1,-5,2020-04-01,甲,企业,工程款,", "more than nought"),
        ("V3,F1,P1,5.001,2020-04-01,甲,企业,工程款,", "two decimals"),
        ("V3,F1,P1,5,2020-02-01,甲,企业,工程款,", "on 2020-02-01 it would lack 5.00"),
        ("V3,F1,P1,400,2020-04-01,甲,企业,工程款,", "has not so much left"),
        ("V3,F1,P1,5,2019-04-01,甲,企业,工程款,", "not in 2020"),
        ("V3,F1,P1,5,2020-04,甲,企业,工程款,", "names no day"),
        ("V3,F1,P1,5,2020-04-01,,企业,工程款,", "Nothing is written under 收款人"),
        ("V3,F1,P1,5,2020-04-01,甲,企业,请客,", "“请客” is not declared"),
    ],
)
def test_one_wrong_row_keeps_the_file_out_and_is_named(
    county: SimpleNamespace,
    tmp_path: Path,
    row: str,
    reason: str,
) -> None:
    done = loaded(county, tmp_path, [*GOOD, row], year=2020)
    assert (done.taken, [each.row for each in done.refused]) == (False, [4])
    assert reason in done.refused[0].why
    assert entered() == 0
    part = loaded(county, tmp_path, [*GOOD, row], year=2020, accept_good=True)
    assert (part.taken, part.payments, len(part.refused)) == (True, 2, 1)
    assert entered() == 2
    back = write_refused(tmp_path / "april.csv", part.headings, part.refused, tmp_path)
    assert reason in back.read_text("utf-8-sig")


def test_a_total_that_does_not_agree_keeps_everything_out(county: SimpleNamespace, tmp_path: Path) -> None:
    with pytest.raises(Refusal, match=r"Row 4 says the total is 999.00 yuan; the rows above it make 250.50"):
        loaded(county, tmp_path, [*GOOD, "合计,,,999,,,,,"], accept_good=True)
    assert entered() == 0


def test_a_file_that_is_none_is_refused_with_what_it_lacks(county: SimpleNamespace, tmp_path: Path) -> None:
    file = tmp_path / "x.csv"
    file.write_text("name,yuan\na,3\n", encoding="utf-8")
    with seeing(county.zhou.officer), pytest.raises(Refusal, match="no row of headings with all of these: number"):
        bank_files.load(file=file, by=county.zhou)


def test_a_clerk_hands_it_in_on_a_page(
    county: SimpleNamespace,
    built: Callable[..., Project],
) -> None:
    zhou = sign_in(Client(headers={"accept-language": "en"}), county.zhou)
    text = "\n".join([HEADINGS, *GOOD, "V3,F1,P9,5,2020-04-01,甲,企业,工程款,"]).encode("gb18030")
    page = "/funds/payments/load/"
    whole = zhou.post(page, {"file": SimpleUploadedFile("四月.csv", text)}).content.decode()
    assert "Nothing of the file was taken." in whole
    assert "No fund or project within your territory is “P9”" in whole
    part = zhou.post(page, {"file": SimpleUploadedFile("四月.csv", text), "accept": "good"}).content.decode()
    assert "2 payments were entered: 250.50 yuan." in part
    again = zhou.post(page, {"file": SimpleUploadedFile("四月.csv", text)}).content.decode()
    assert "This very file was taken before" in again
    assert zhou.post(page, {}).status_code == 400
