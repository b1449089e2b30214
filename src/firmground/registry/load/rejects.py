"""The rows that were refused, as a file beside the original: their cells as they were, and a column that says why.

Mended there and loaded again, the file goes in: the added columns are known and left aside.
"""

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path

import xlsxwriter

from firmground.common.files import whole
from firmground.registry.load.cleaning import RefusedRow
from firmground.registry.load.headings import REJECT_HEADINGS

RUN_BY_SPREADSHEETS = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")


def write(original: Path, headings: Mapping[str, Sequence[str]], refused: Sequence[RefusedRow], folder: Path) -> Path:
    """Write the refused rows of one file into `folder`, as a workbook if the original was one, else as CSV.

    Args:
        headings: the headings of each sheet, by the sheet's name.
    """
    workbook = any(headings) or original.suffix.lower().startswith(".xls")
    target = folder / f"{original.stem}.refused{'.xlsx' if workbook else '.csv'}"
    with whole(target) as unfinished:
        if workbook:
            _workbook(unfinished, headings, refused)
        else:
            _csv(unfinished, next(iter(headings.values())), refused)
    return target


def _workbook(path: Path, headings: Mapping[str, Sequence[str]], refused: Sequence[RefusedRow]) -> None:
    with xlsxwriter.Workbook(
        path, {"strings_to_formulas": False, "strings_to_urls": False, "constant_memory": True}
    ) as book:
        text = book.add_format({"num_format": "@"})
        bold = book.add_format({"num_format": "@", "bold": True})
        for name, said in headings.items():
            rows = [row for row in refused if row.sheet == name]
            if not rows:
                continue
            sheet = book.add_worksheet(name or None)
            sheet.freeze_panes(1, 0)
            for column, heading in enumerate([*said, *REJECT_HEADINGS]):
                sheet.write_string(0, column, heading, bold)
            for line, row in enumerate(rows, start=1):
                for column, cell in enumerate(_cells(row, len(said))):
                    sheet.write_string(line, column, cell, text)


def _csv(path: Path, headings: Sequence[str], refused: Sequence[RefusedRow]) -> None:
    with open(path, "w", encoding="utf-8-sig", newline="") as file:  # with the mark, spreadsheets read the Chinese
        writer = csv.writer(file)
        writer.writerow([harmless(cell) for cell in (*headings, *REJECT_HEADINGS)])
        for row in refused:
            writer.writerow([harmless(cell) for cell in _cells(row, len(headings))])


def _cells(row: RefusedRow, width: int) -> list[str]:
    cells = [*row.cells, *[""] * width][:width]
    # A row with more cells than headings keeps them all: nothing of it is lost.
    return [
        *cells[: width - 1],
        " | ".join(row.cells[width - 1 :]) if len(row.cells) > width else cells[-1],
        str(row.row),
        row.why,
    ]


def harmless(cell: str) -> str:
    """A cell that no spreadsheet runs as a formula. The load takes the apostrophe off again."""
    return f"'{cell}" if cell.startswith(RUN_BY_SPREADSHEETS) else cell
