"""Delimited text: CSV as counties, departments and spreadsheets write it, in any of their encodings."""

import csv
import io
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv
from django.utils.translation import gettext

from firmground.common.errors import Refusal
from firmground.registry.load.headings import SEARCHED_ROWS
from firmground.registry.load.sheets import MEGABYTE, Body, Cells, Contents, Sheet

DELIMITERS = (",", "\t", ";", "|")
SEARCHED_BYTES = 256 * 1024


def delimited(file: Path) -> Contents:
    """Open a file of delimited text.

    Raises:
        Refusal: it is no text, or was cut off.
    """
    data, encoding = _as_utf8(file)
    if b"\x00" in data:
        raise Refusal(
            gettext("%(file)s is neither a workbook, nor Parquet, nor text that can be read.") % {"file": file.name}
        )
    start = data[:SEARCHED_BYTES].decode("utf-8", errors="ignore")
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
    records = _first_records(data[:SEARCHED_BYTES].decode("utf-8", errors="ignore"), delimiter)
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
