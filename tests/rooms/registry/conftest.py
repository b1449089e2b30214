"""Two counties, a few villages, and files as they would be sent."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from django.conf import settings
from django.test import Client

from firmground.officers.machine import machine
from firmground.places import actions as places
from firmground.registry import actions
from firmground.registry.actions import Report
from firmground.registry.columns import Table, tables
from tests.cast import sign_in

COUNTRY = """\
code,level,name_zh,name_en,lon,lat
53,province,云南省,Yunnan,102.71,25.04
5333,prefecture,怒江傈僳族自治州,,98.85,25.85
533301,county,泸水市,Lushui City,98.85,25.97
533301101,township,上江镇,,,
533301101200,village,蛮蚌村委会,,,
533323,county,福贡县,Fugong County,98.86,26.90
533323101,township,上帕镇,,,
533323101201,village,上帕村委会,,,
533323101202,village,木古甲村委会,,,
"""
SHANGPA, MUGUJIA, MANBANG = "533323101201", "533323101202", "533301101200"  # two of Fugong, one of Lushui
OLD_LI, TASHI, ZHAO = f"{SHANGPA}00001", f"{MUGUJIA}00001", f"{MANBANG}00001"  # a household in each
HOUSEHOLDS = [
    ["户编号", "行政村代码", "户主姓名", "户类型"],
    [OLD_LI, SHANGPA, "李老四", "脱贫户"],
    [TASHI, MUGUJIA, "扎西", "边缘易致贫户"],
    [ZHAO, MANBANG, "赵六", "一般农户"],
]
Cells = Sequence[Sequence[Any]]


@pytest.fixture
def country(db: None, tmp_path: Path) -> None:
    """Those places."""
    file = tmp_path / "places.csv"
    file.write_text(COUNTRY, encoding="utf-8")
    places.load(file=file, by=machine())


@pytest.fixture
def households(country: None, tmp_path: Path) -> None:
    """One household in each village."""
    assert load(csv_file(tmp_path / "households.csv", HOUSEHOLDS)).taken


@pytest.fixture
def known() -> dict[str, Table]:
    """What files may bring, by the catalogue in force."""
    return tables(Path(settings.FIRMGROUND_CATALOGUE))


def load(file: Path, **options: Any) -> Report:
    return actions.load(file=file, by=machine(), **options)


def csv_file(file: Path, rows: Cells, *, encoding: str = "utf-8", delimiter: str = ",", quoted: bool = False) -> Path:
    """A delimited file. Cells are written as they are; quoted: all of them in quotation marks."""
    mark = '"' if quoted else ""
    lines = [delimiter.join(f"{mark}{cell}{mark}" for cell in row) for row in rows]
    file.write_bytes("".join(f"{line}\r\n" for line in lines).encode(encoding))
    return file


def xlsx_file(
    file: Path, rows: Cells, more: Callable[[xlsxwriter.Workbook, Any], None] | None = None, **options: Any
) -> Path:
    """A workbook of one sheet; `more` may add to it. Text, numbers and dates keep their types."""
    with xlsxwriter.Workbook(file, options) as book:
        book.set_calc_mode("auto")
        date_format = book.add_format({"num_format": "yyyy-mm-dd"})
        sheet = book.add_worksheet("Sheet1")
        for row, cells in enumerate(rows):
            for column, cell in enumerate(cells):
                if hasattr(cell, "isoformat"):
                    sheet.write_datetime(row, column, cell, date_format)
                elif cell is not None:
                    sheet.write(row, column, cell)
        if more:
            more(book, sheet)
    return file


def why(report: Report) -> list[str]:
    """The reasons of the refused rows, in order."""
    return [row.why for row in report.refused]


@pytest.fixture
def client(cast: Any) -> Client:
    """An officer of the nation at the pages."""
    return sign_in(Client(headers={"accept-language": "en"}), cast.han)


@pytest.fixture(autouse=True)
def _everywhere(everywhere: object) -> None:
    """These tests are about what the room does; who may see and do it is told elsewhere."""
