"""A file -> typed rows for each register it holds, with everything that the database need not be asked about."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyarrow as pa
from django.utils.translation import gettext

from firmground.common.errors import Refusal
from firmground.registry.columns import Table
from firmground.registry.load import headings, reading
from firmground.registry.load.cleaning import (
    Cleaned,
    RefusedRow,
    clean,
    unknown_columns,
)
from firmground.registry.load.sheets import Sheet


@dataclass
class Part:
    """The rows of a file for one register, from all sheets that hold it."""

    table: Table
    rows: pa.Table
    sheets: list[Cleaned]
    starts: list[int]  # the position in `rows` of each sheet's first row
    refused: list[RefusedRow]
    read: int

    def refuse(self, reasons: Mapping[int, str]) -> None:
        """Count rows as refused: position in `rows` -> reason."""
        of_sheet: list[dict[int, str]] = [{} for _ in self.sheets]
        numbers = self.rows["row"].to_numpy()
        positions = np.fromiter(reasons, np.int64, len(reasons))
        where = np.searchsorted(self.starts, positions, side="right") - 1
        for position, sheet in zip(positions.tolist(), where.tolist(), strict=True):
            of_sheet[sheet][int(numbers[position])] = reasons[position]
        for sheet_of, found in zip(self.sheets, of_sheet, strict=True):
            self.refused += sheet_of.refuse(found) if found else []


@dataclass
class Prepared:
    """What a file brings: a part for each register, households first. `headings` are those of each sheet."""

    parts: list[Part]
    headings: dict[str, list[str]]
    notes: list[str] = field(default_factory=list)


def tables_in(file: Path, known: Mapping[str, Table], table: str | None = None) -> list[str]:
    """The registers a file holds, by its headings alone.

    Raises:
        Refusal: the file cannot be read.
    """
    found = (
        headings.find(sheet.top, known, where=file.name, only=table, hint=f"{file.stem} {sheet.name}")
        for sheet in reading.read(file).sheets
    )
    return [each.table.name for each in found if each]


def prepare(
    file: Path,
    known: Mapping[str, Table],
    *,
    table: str | None = None,
    ignore_columns: Collection[str] = (),
    ignore_sheets: Collection[str] = (),
) -> Prepared:
    """Read a file and type its rows.

    Raises:
        Refusal: the file cannot be read, its headings cannot be understood, or it holds columns that nobody knows.
    """
    contents = reading.read(file)
    prepared = Prepared([], {}, list(contents.notes))
    found_in: dict[str, list[_Found]] = {}
    for sheet in contents.sheets:
        if sheet.name and sheet.name in ignore_sheets:
            prepared.notes.append(gettext("Sheet '%(sheet)s' was passed over, as asked.") % {"sheet": sheet.name})
            continue
        where = (
            gettext("%(file)s, sheet '%(sheet)s'") % {"file": file.name, "sheet": sheet.name}
            if sheet.name
            else file.name
        )
        found = headings.find(
            sheet.top, known, where=where, only=table, hint=f"{file.stem} {sheet.name}", ignored=ignore_columns
        )
        if found is None:
            raise Refusal(_no_headings(sheet, where, table))
        body = sheet.body(found.first_row, len(found.headings) + len(found.living))
        if unknown := unknown_columns(found, body):
            raise Refusal(
                gettext(
                    "%(where)s: %(table)s has no such columns: %(unknown)s. Correct the headings, or "
                    "name them among the columns to leave out (--ignore-column)."
                )
                % {"where": where, "table": found.table.shown, "unknown": ", ".join(unknown)}
            )
        result = clean(sheet, found, body)
        prepared.notes += result.notes
        prepared.headings[sheet.name] = [
            heading.said for heading in sorted((*found.headings, *found.living), key=lambda heading: heading.index)
        ]
        found_in.setdefault(found.table.name, []).append(
            _Found(where, result, result.rows, result.refused, result.read)
        )
        if result.living is not None:
            alive = result.living
            found_in.setdefault("living", []).append(_Found(where, result, alive, [], alive.num_rows))
    for name in (each for each in known if each in found_in):  # households before what speaks of them
        prepared.parts.append(_part(known[name], found_in[name]))
    if not prepared.parts:
        raise Refusal(gettext("%(file)s holds no table that is to be loaded.") % {"file": file.name})
    return prepared


@dataclass(frozen=True)
class _Found:
    """What one sheet brings for one register."""

    where: str
    sheet: Cleaned
    rows: pa.Table
    refused: list[RefusedRow]
    read: int


def _part(table: Table, sheets: list[_Found]) -> Part:
    first = sheets[0]
    for other in sheets[1:]:
        if differing := sorted(set(other.rows.column_names) ^ set(first.rows.column_names)):
            raise Refusal(
                gettext(
                    "%(first)s and %(second)s both hold %(table)s, but not the same columns "
                    "(%(differing)s). Give them the same, or load them one by one."
                )
                % {"first": first.where, "second": other.where, "table": table.shown, "differing": ", ".join(differing)}
            )
    return Part(
        table=table,
        rows=pa.concat_tables([each.rows.select(first.rows.column_names) for each in sheets]).combine_chunks(),
        sheets=[each.sheet for each in sheets],
        starts=np.cumsum([0, *(each.rows.num_rows for each in sheets[:-1])]).tolist(),
        refused=[row for each in sheets for row in each.refused],
        read=sum(each.read for each in sheets),
    )


def _no_headings(sheet: Sheet, where: str, table: str | None) -> str:
    first = next((cell.strip() for row in sheet.top for cell in row if cell.strip()), "")
    return gettext(
        "%(where)s: no row among the first %(rows)s holds the headings of %(table)s (the "
        "sheet begins with '%(start)s'). Give the columns their headings, or leave the "
        "sheet out with --ignore-sheet."
    ) % {"where": where, "rows": headings.SEARCHED_ROWS, "table": table or gettext("a register"), "start": first[:30]}
