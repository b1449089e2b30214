"""A file as it was sent -> sheets of cells, every cell as text.

Workbooks are read with calamine, which hands out what the cell holds and does not guess types from the first rows.
A number of a workbook becomes text here: 3 for 3.0, and in scientific form from 10^15 on, where a spreadsheet keeps
15 digits only, so that a column that must be exact can see that its digits are lost.
"""

import csv
import html
import io
import re
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet as pq
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
from firmground.registry.load.headings import SEARCHED_ROWS, Heading

MEGABYTE = 1024 * 1024
LARGEST_FILE = 1024 * MEGABYTE
LARGEST_UNPACKED = 500 * MEGABYTE
MOST_PARTS = 10_000
MOST_EMPTY_CELLS = 20_000_000
EXACT_BELOW = 1e15
DELIMITERS = (",", "\t", ";", "|")
Cells = list[str]


@dataclass(frozen=True)
class Body:
    """The rows under a sheet's headings. `broken` are rows that are none: number -> its cells, and why."""

    rows: pa.Array  # int32, numbered as the reader sees them, from 1
    cells: list[pa.Array]  # string, never null
    broken: dict[int, tuple[Cells, str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Sheet:
    """One sheet of a file: its first rows, to find the headings in, and the rest when they are found."""

    name: str  # "" where a file is one sheet
    top: Sequence[Cells]
    body: Callable[[int, int], Body]  # (first row counted from 0, width)
    dates_1904: bool = False


@dataclass(frozen=True)
class Contents:
    """What a file holds, and what the reader should know of what was passed over."""

    sheets: Sequence[Sheet]
    notes: Sequence[str] = ()


def read(file: Path) -> Contents:
    """Open a file, whatever its name says it is.

    Raises:
        Refusal: it is none of the forms that can be read, or is damaged, protected or too large.
    """
    try:
        size = file.stat().st_size
        with open(file, "rb") as opened:
            start = opened.read(4096)
    except OSError as error:
        raise Refusal(
            gettext("%(file)s cannot be opened: %(why)s.") % {"file": file.name, "why": error.strerror}
        ) from None
    if size == 0:
        raise Refusal(gettext("%(file)s is empty.") % {"file": file.name})
    if size > LARGEST_FILE:
        raise Refusal(
            gettext("%(file)s is larger than %(size)s MB. Split it and load the parts.")
            % {"file": file.name, "size": LARGEST_FILE // MEGABYTE}
        )
    if start.startswith(b"PK\x03\x04"):
        return _xlsx(file)
    if start.startswith(b"\xd0\xcf\x11\xe0"):
        return _workbook(file, set())
    if start.startswith(b"PAR1"):
        return _parquet(file)
    if re.match(rb"\s*(<!doctype|<html|<table|<\?xml|<meta)", start, re.IGNORECASE):
        raise Refusal(
            gettext("%(file)s is a web page, not a workbook. Open it in a spreadsheet and save it as .xlsx.")
            % {"file": file.name}
        )
    return _delimited(file)


# Workbooks --------------------------------------------------------------------------------


def _xlsx(file: Path) -> Contents:
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


def _workbook(file: Path, unread: set[tuple[str, tuple[int, str, str]]], dates_1904: bool = False) -> Contents:
    try:
        workbook = load_workbook(file)
    except PasswordError:
        raise Refusal(
            gettext("%(file)s is protected by a password. Save a copy without it and load that.") % {"file": file.name}
        ) from None
    except (CalamineError, OSError, ValueError) as error:
        kind = (
            gettext("protected by a password, or not a workbook")
            if "OLE" in str(error) or "CFB" in str(error).upper()
            else gettext("damaged")
        )
        raise Refusal(
            gettext("%(file)s is %(kind)s. Open it in a spreadsheet and save it as .xlsx.")
            % {"file": file.name, "kind": kind}
        ) from None
    sheets, notes = [], []
    for about in workbook.sheets_metadata:
        if about.typ is not SheetTypeEnum.WorkSheet:
            continue
        if about.visible is not SheetVisibleEnum.Visible:
            notes.append(gettext("Sheet '%(sheet)s' is hidden and was not read.") % {"sheet": about.name})
            continue
        sheet = _worksheet(
            file, workbook, about.name, {place for name, place in unread if name == about.name}, dates_1904
        )
        if sheet.top:
            sheets.append(sheet)
        else:
            notes.append(gettext("Sheet '%(sheet)s' is empty.") % {"sheet": about.name})
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
    for (row, column), (last_row, _) in sheet.merged_cell_ranges or ():
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
        cells = [pa.array([_as_text(cell) for cell in column], pa.string()) for column in columns[:width]]
        broken = {
            row: ([_as_text(cell) for cell in rows[row - 1]], reason)
            for row, reason in why.items()
            if first < row <= len(rows)
        }
        if broken:
            whole = np.isin(numbers, list(broken), invert=True)
            numbers, cells = numbers[whole], [column.filter(pa.array(whole)) for column in cells]
        return Body(pa.array(numbers, pa.int32()), cells, broken)

    return Sheet(
        name=name,
        top=[[_as_text(cell) for cell in row] for row in rows[:SEARCHED_ROWS]],
        body=body,
        dates_1904=dates_1904,
    )


def _as_text(cell: object) -> str:
    if type(cell) is str:
        return cell
    if type(cell) is float:
        if cell.is_integer() and abs(cell) < EXACT_BELOW:
            return str(int(cell))
        return repr(cell) if abs(cell) < EXACT_BELOW else f"{cell:.14E}"
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == time() else cell.isoformat(sep=" ", timespec="seconds")
    if isinstance(cell, date | time | timedelta):
        return str(cell)
    return str(cell)


# Columns already typed --------------------------------------------------------------------


def _parquet(file: Path) -> Contents:
    try:
        table = pq.read_table(file)
    except (pa.ArrowException, OSError):
        raise Refusal(gettext("%(file)s is a damaged Parquet file. Send it again.") % {"file": file.name}) from None

    def body(first: int, width: int) -> Body:
        cells = []
        for index, column in enumerate(table.columns):
            try:
                cells.append(pc.fill_null(_column_as_text(column.combine_chunks()), ""))
            except pa.ArrowNotImplementedError:
                place = Heading(index, table.column_names[index], None).place
                raise Refusal(
                    gettext("%(file)s, %(place)s: cells of type %(type)s cannot be read.")
                    % {"file": file.name, "place": place, "type": column.type}
                ) from None
        return Body(pa.array(np.arange(1, table.num_rows + 1, dtype=np.int32)), cells)

    return Contents([Sheet(name="", top=[list(table.column_names)], body=body)])


def _column_as_text(column: pa.Array) -> pa.Array:
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    if pa.types.is_floating(column.type):
        return pa.array(
            [None if value is None else _as_text(float(value)) for value in column.to_pylist()], pa.string()
        )
    return pc.cast(column, pa.string())


# Delimited text ---------------------------------------------------------------------------


def _delimited(file: Path) -> Contents:
    data, encoding = _as_utf8(file)
    if b"\x00" in data:
        raise Refusal(
            gettext("%(file)s is neither a workbook, nor Parquet, nor text that can be read.") % {"file": file.name}
        )
    start = data[: 256 * 1024].decode("utf-8", errors="ignore")
    delimiter = max(DELIMITERS, key=lambda each: _usual_width(start, each))
    top = _first_records(start, delimiter)
    _refuse_open_quotation(file, data, delimiter)

    def body(first: int, width: int) -> Body:
        return _parsed(file, data, delimiter, first, width)

    notes = (
        []
        if encoding in ("utf-8", "utf-8-sig")
        else [gettext("The file is written in %(encoding)s.") % {"encoding": encoding.upper()}]
    )
    return Contents([Sheet(name="", top=[cells for cells, _ in top], body=body)], notes)


def _refuse_open_quotation(file: Path, data: bytes, delimiter: str) -> None:
    """A file that ends inside quotation marks was cut off; its last row would read as if nothing were missing."""
    if data.count(b'"') % 2 == 0:
        return
    records = 0
    try:
        for _ in csv.reader(io.StringIO(data.decode("utf-8"), newline=""), delimiter=delimiter, strict=True):
            records += 1
    except csv.Error as error:
        if "end of data" in str(error):
            raise Refusal(
                gettext(
                    "%(file)s is cut off or damaged: the quotation mark opened in row %(row)s is "
                    "never closed. Send it again."
                )
                % {"file": file.name, "row": records + 1}
            ) from None


def _as_utf8(file: Path) -> tuple[bytes, str]:
    """The file's text in UTF-8 without a byte order mark, and the encoding it came in."""
    data = file.read_bytes()
    if data.startswith(b"\xef\xbb\xbf"):
        candidates = ["utf-8-sig"]
    elif data.startswith((b"\xff\xfe", b"\xfe\xff")):
        candidates = ["utf-16"]
    else:
        candidates = ["utf-8", "gb18030"]
    for encoding in candidates:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        return (data if encoding == "utf-8" else text.encode("utf-8")), encoding
    raise Refusal(
        gettext(
            "%(file)s is damaged, or written in an encoding other than UTF-8, UTF-16 and "
            "GB18030. Save it as 'CSV UTF-8' and load that."
        )
        % {"file": file.name}
    )


def _usual_width(start: str, delimiter: str) -> int:
    widths = sorted(len(cells) for cells, _ in _first_records(start, delimiter))
    return widths[len(widths) // 2] if widths else 0


def _first_records(start: str, delimiter: str) -> list[tuple[Cells, int]]:
    """The first records, each with the number of text lines up to its end."""
    lines = io.StringIO(start, newline="\n")
    reader = csv.reader(lines, delimiter=delimiter)
    records = []
    try:
        for cells in reader:
            records.append((cells, reader.line_num))
            if len(records) == SEARCHED_ROWS + 1:
                break
    except csv.Error:  # a cell longer than any cell: a quotation mark that is never closed
        pass
    return records[:SEARCHED_ROWS]


def _parsed(file: Path, data: bytes, delimiter: str, first: int, width: int) -> Body:
    """The records from `first` on. A record with too few cells ends in empty ones; one with too many is broken."""
    records = _first_records(data[: 256 * 1024].decode("utf-8", errors="ignore"), delimiter)
    lines = records[first - 1][1] if first else 0
    offset = 0
    for _ in range(lines):
        end = data.find(b"\n", offset)
        offset = len(data) if end < 0 else end + 1
    ragged: list[tuple[int, str]] = []

    def keep(row: pyarrow.csv.InvalidRow) -> str:
        ragged.append((row.number, row.text))
        return "skip"

    names = [str(index) for index in range(width)]
    if offset >= len(data):
        return Body(pa.array([], pa.int32()), [pa.array([], pa.string())] * width)
    try:
        table = pyarrow.csv.read_csv(
            pa.BufferReader(pa.py_buffer(memoryview(data)[offset:])),
            read_options=pyarrow.csv.ReadOptions(column_names=names, use_threads=False, block_size=16 * MEGABYTE),
            parse_options=pyarrow.csv.ParseOptions(
                delimiter=delimiter, newlines_in_values=True, ignore_empty_lines=False, invalid_row_handler=keep
            ),
            convert_options=pyarrow.csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False
            ),
        )
    except pa.ArrowInvalid:
        raise Refusal(
            gettext("%(file)s is damaged: it cannot be told apart into cells. Send it again.") % {"file": file.name}
        ) from None
    total = table.num_rows + len(ragged)
    numbers = np.arange(1, total + 1, dtype=np.int32)
    rows = np.setdiff1d(numbers, [number for number, _ in ragged]).astype(np.int32) if ragged else numbers
    short: dict[int, Cells] = {}
    broken: dict[int, tuple[Cells, str]] = {}
    for number, text in ragged:
        cells = next(csv.reader([text], delimiter=delimiter), [])
        if any(cell.strip() for cell in cells[width:]):
            broken[number + first] = (
                cells,
                gettext("has %(cells)s cells where the headings have %(width)s")
                % {"cells": len(cells), "width": width},
            )
        else:
            short[number] = (cells + [""] * width)[:width]
    columns = [column.combine_chunks() for column in table.columns]
    if short:
        rows = np.concatenate([rows, np.fromiter(short, np.int32)])
        columns = [
            pa.concat_arrays([column, pa.array([cells[index] for cells in short.values()], pa.string())])
            for index, column in enumerate(columns)
        ]
    return Body(pa.array(rows + first, pa.int32()), columns, broken)
