"""Workbooks of Excel 97 to 2003 (.xls).

They are read with xlrd: calamine, which reads the newer ones, shows a cell with an error as empty, and a damaged file
can end its whole process. A formula counts by the result that was saved with it.
"""

from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import xlrd
from django.utils.translation import gettext
from xlsxwriter.utility import xl_col_to_name

from firmground.registry.load.sheets import Contents, Sheet
from firmground.registry.load.workbooks import contents_of, not_a_workbook, sheet_of

VISIBLE = 0


def old_workbook(file: Path) -> Contents:
    """A workbook in the container of old Office files.

    Raises:
        Refusal: it is protected, damaged, empty, or no workbook.
    """
    try:
        # With its formats, because only then xlrd tells which cells are merged.
        book = xlrd.open_workbook(file, formatting_info=True, logfile=_Nowhere())
    except xlrd.XLRDError:
        raise not_a_workbook(file, gettext("protected by a password, or not a workbook")) from None
    except Exception:  # whatever xlrd meets in damaged bytes
        raise not_a_workbook(file, gettext("damaged")) from None
    return contents_of(
        file, ((sheet.name, _sheet(sheet, book.datemode) if sheet.visibility == VISIBLE else None) for sheet in book)
    )


class _Nowhere:
    """Where xlrd's warnings go: they quote the file."""

    def write(self, text: str) -> None: ...

    def flush(self) -> None: ...


def _sheet(sheet: xlrd.sheet.Sheet, date_mode: int) -> Sheet:
    rows = [
        [_value(cell, date_mode) for cell in row] + [""] * (sheet.ncols - len(row))
        for row in (sheet.row(number) for number in range(sheet.nrows))
    ]
    merged = [(row, column, last - 1) for row, last, column, _ in sheet.merged_cells]
    unread = [
        (row + 1, xl_col_to_name(column), gettext("holds an error of the spreadsheet (such as #REF!)"))
        for row in range(sheet.nrows)
        for column, kind in enumerate(sheet.row_types(row))
        if kind == xlrd.XL_CELL_ERROR
    ]
    return sheet_of(sheet.name, rows, merged, unread, dates_1904=date_mode == 1)


def _value(cell: Any, date_mode: int) -> str | float | bool | date | datetime | time:
    """What a cell holds, as calamine hands it out."""
    match cell.ctype:
        case xlrd.XL_CELL_BOOLEAN:
            return bool(cell.value)
        case xlrd.XL_CELL_ERROR:
            return ""
        case xlrd.XL_CELL_DATE:
            try:
                moment = xlrd.xldate.xldate_as_datetime(cell.value, date_mode)
            except (OverflowError, ValueError):
                return float(cell.value)
            return moment.time() if cell.value < 1 else moment
        case _:
            value: str | float = cell.value
            return value
