"""Workbooks: .xlsx and .xlsm.

They are read with calamine, which hands out what a cell holds and does not guess types from the first rows. What it
shows as empty though it is not (errors, formulas whose result was not saved) is looked up in the sheet's XML. A .xls is
read in `old_workbooks`.
"""

import html
import re
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from django.utils.translation import gettext
from python_calamine import (
    CalamineError,
    CalamineWorkbook,
    PasswordError,
    SheetTypeEnum,
    SheetVisibleEnum,
    load_workbook,
)

from firmground.common.errors import Refusal
from firmground.registry.load.headings import SEARCHED_ROWS
from firmground.registry.load.sheets import MEGABYTE, Body, Contents, Sheet, as_text

LARGEST_UNPACKED = 500 * MEGABYTE
MOST_PARTS = 10_000
MOST_EMPTY_CELLS = 20_000_000


def zipped(file: Path) -> Contents:
    """A zipped workbook: weighed before it is unpacked, and searched for cells that calamine shows as empty."""
    try:
        with zipfile.ZipFile(file) as parts:
            entries = parts.infolist()
            if len(entries) > MOST_PARTS or sum(entry.file_size for entry in entries) > LARGEST_UNPACKED:
                raise Refusal(
                    gettext(
                        "%(file)s unpacks to more than %(size)s MB. Split it, or save it as CSV, and load the parts."
                    )
                    % {"file": file.name, "size": LARGEST_UNPACKED // MEGABYTE}
                )
            if "xl/workbook.xml" not in parts.namelist():
                raise Refusal(
                    gettext("%(file)s is a zip archive but no workbook. Unpack it and load the files inside.")
                    % {"file": file.name}
                )
            dates_1904 = re.search(rb'date1904="(1|true)"', parts.read("xl/workbook.xml")) is not None
            unread = {name: _unread_cells(file, parts.read(part)) for name, part in _sheet_parts(parts)}
    except (
        zipfile.BadZipFile,
        zipfile.LargeZipFile,
        EOFError,
        KeyError,
        OSError,
        ValueError,
        NotImplementedError,
        RuntimeError,
    ):
        raise Refusal(
            gettext("%(file)s is damaged or cut off. Send it again, or open and save it anew.") % {"file": file.name}
        ) from None
    return _workbook(file, {(name, place) for name, places in unread.items() for place in places}, dates_1904)


def _sheet_parts(parts: zipfile.ZipFile) -> list[tuple[str, str]]:
    """The name and the part of each worksheet."""
    relations = re.findall(r"<Relationship\s[^>]*>", parts.read("xl/_rels/workbook.xml.rels").decode("utf-8"))
    targets = {_attribute(each, "Id"): _attribute(each, "Target") for each in relations}
    sheets = []
    for sheet in re.findall(r"<(?:\w+:)?sheet\s[^>]*>", parts.read("xl/workbook.xml").decode("utf-8")):
        target = targets.get(_attribute(sheet, r"\w+:id"), "").lstrip("/")
        part = target if target.startswith("xl/") else f"xl/{target}"
        if part in parts.namelist():
            sheets.append((_attribute(sheet, "name"), part))
    return sheets


def _attribute(tag: str, name: str) -> str:
    found = re.search(rf"\s{name}=(?:\"([^\"]*)\"|'([^']*)')", tag)
    return html.unescape(found[1] or found[2] or "") if found else ""


ERROR_CELL = re.compile(rb'<c r="([A-Z]+)(\d+)"[^>]*\bt="e"')
# A formula whose result was not saved would read as "unknown".
EMPTY_FORMULA = re.compile(
    rb'<c r="([A-Z]+)(\d+)"[^>]*><f\b(?:[^>]*/>|[^<]*(?:<(?!/c>|v>)[^<]*)*?</f>)(?:<v\s*/>|<v></v>)?</c>'
)


def _unread_cells(file: Path, xml: bytes) -> list[tuple[int, str, str]]:
    """(row from 1, column letters, why) of each cell that holds something but shows as empty."""
    rows = int((re.findall(rb'<row r="(\d+)"', xml[-100_000:]) or [b"0"])[-1])
    width = 16_384 if re.search(rb'<c r="[A-Z]{3}\d', xml) else 702 if re.search(rb'<c r="[A-Z]{2}\d', xml) else 26
    if rows * width > MOST_EMPTY_CELLS and xml.count(b"<c ") * 20 < rows * width:
        raise Refusal(
            gettext("%(file)s has a sheet of %(rows)s rows that is nearly empty. Remove the stray cells and save it.")
            % {"file": file.name, "rows": rows}
        )
    unread = []
    if b't="e"' in xml:
        unread += [
            (int(row), column.decode(), gettext("holds an error of the spreadsheet (such as #REF!)"))
            for column, row in ERROR_CELL.findall(xml)
        ]
    if b"<f" in xml:
        unread += [
            (int(row), column.decode(), gettext("holds a formula whose result was not saved"))
            for column, row in EMPTY_FORMULA.findall(xml)
        ]
    return unread


def _workbook(file: Path, unread: set[tuple[str, tuple[int, str, str]]], dates_1904: bool) -> Contents:
    try:
        opened = load_workbook(file)
    except PasswordError:
        raise Refusal(
            gettext("%(file)s is protected by a password. Save a copy without it and load that.") % {"file": file.name}
        ) from None
    except (CalamineError, OSError, ValueError):
        raise not_a_workbook(file, gettext("damaged")) from None
    found = (
        (
            about.name,
            _worksheet(file, opened, about.name, {place for name, place in unread if name == about.name}, dates_1904)
            if about.visible is SheetVisibleEnum.Visible
            else None,
        )
        for about in opened.sheets_metadata
        if about.typ is SheetTypeEnum.WorkSheet
    )
    return contents_of(file, found)


def not_a_workbook(file: Path, kind: str) -> Refusal:
    return Refusal(
        gettext("%(file)s is %(kind)s. Open it in a spreadsheet and save it as .xlsx.")
        % {"file": file.name, "kind": kind}
    )


def contents_of(file: Path, found: Iterable[tuple[str, Sheet | None]]) -> Contents:
    """The sheets of a workbook, each with its name; None for one that is hidden.

    Raises:
        Refusal: there is nothing on any of them.
    """
    sheets, notes = [], []
    for name, sheet in found:
        if sheet is None:
            notes.append(gettext("Sheet '%(sheet)s' is hidden and was not read.") % {"sheet": name})
        elif sheet.top:
            sheets.append(sheet)
        else:
            notes.append(gettext("Sheet '%(sheet)s' is empty.") % {"sheet": name})
    if not sheets:
        raise Refusal(
            gettext("%(file)s has no sheet with anything on it.") % {"file": file.name}
            + "".join(f" {n}" for n in notes)
        )
    return Contents(sheets, notes)


def _worksheet(
    file: Path, workbook: CalamineWorkbook, name: str, unread: set[tuple[int, str, str]], dates_1904: bool
) -> Sheet:
    try:
        sheet = workbook.get_sheet_by_name(name)
        left = [""] * (sheet.start[1] if sheet.start else 0)  # calamine leaves empty columns before the first one out
        rows = [[*left, *row] for row in sheet.iter_rows()] if left else list(sheet.iter_rows())
    except CalamineError:
        raise Refusal(
            gettext("%(file)s: sheet '%(name)s' is damaged. Open the file in a spreadsheet and save it anew.")
            % {"file": file.name, "name": name}
        ) from None
    merged = [(row, column, last_row) for (row, column), (last_row, _) in sheet.merged_cell_ranges or ()]
    return sheet_of(name, rows, merged, unread, dates_1904)


def sheet_of(
    name: str,
    rows: list[list[Any]],
    merged: Iterable[tuple[int, int, int]],
    unread: Iterable[tuple[int, str, str]],
    dates_1904: bool,
) -> Sheet:
    """A sheet of a workbook.

    Args:
        rows: all of them, equally long.
        merged: (row, column, last row) of cells that reach downwards, counted from 0.
        unread: (row from 1, column letters, why) of cells that hold something nobody can read.
    """
    for row, column, last_row in merged:
        for below in rows[row + 1 : last_row + 1]:
            # What is merged downwards holds for every row it reaches over; above the table it is a title.
            if row >= 1 and column < len(below):
                below[column] = rows[row][column]
    why: dict[int, str] = {}
    for number, letter, reason in sorted(unread):
        why.setdefault(number, gettext("cell %(cell)s %(reason)s") % {"cell": f"{letter}{number}", "reason": reason})

    def body(first: int, width: int) -> Body:
        below = rows[first:]
        numbers = np.arange(first + 1, first + 1 + len(below), dtype=np.int32)
        columns = list(zip(*below, strict=True)) if below else [()] * width
        cells = [pa.array([as_text(cell) for cell in column], pa.string()) for column in columns[:width]]
        broken = {
            row: ([as_text(cell) for cell in rows[row - 1]], reason)
            for row, reason in why.items()
            if first < row <= len(rows)
        }
        if broken:
            whole = np.isin(numbers, list(broken), invert=True)
            numbers, cells = numbers[whole], [column.filter(pa.array(whole)) for column in cells]
        return Body(pa.array(numbers, pa.int32()), cells, broken)

    return Sheet(
        name=name,
        top=[[as_text(cell) for cell in row] for row in rows[:SEARCHED_ROWS]],
        body=body,
        dates_1904=dates_1904,
    )
