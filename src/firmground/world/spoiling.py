"""What real files carry: titles and merged headings, totals, old encodings, and cells that a spreadsheet has ruined.

Most of it a careful loader understands. Some cells nobody can: an identity number turned into a floating-point number,
a year of two digits, an amount "about 3000", a word on no list. Rows with one of these are listed as refused; they are
rows that no other row depends on.
"""

import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from firmground.world.history import History

FULL_WIDTH = str.maketrans("0123456789.", "０１２３４５６７８９．")
REFUSED_OF_ERRORS = 0.5  # cells nobody can read, for each harmlessly odd one

TOP_SHARE, TOTALS_SHARE, OLD_ENCODING_SHARE = 0.3, 0.4, 0.4  # of files, where there are errors at all

Cell = str | float | None


@dataclass(frozen=True)
class Spoilt:
    """A table, or a block of one, as a county's file shows it.

    `cells` replaces single cells: row -> heading -> what stands there.
    """

    title: str
    table: pa.Table
    cells: dict[int, dict[str, Cell]] = field(default_factory=dict)
    refused_rows: dict[int, tuple[str, str, str]] = field(default_factory=dict)  # row -> key, column, why
    has_top: bool = False
    has_totals: bool = False
    old_encoding: bool = False

    @property
    def refused(self) -> list[tuple[str, str, str]]:
        """(key, column, why) of the rows that a loader must refuse."""
        return list(self.refused_rows.values())

    def above(self) -> list[list[tuple[str, int]]]:
        """The lines over the headings, as (text, columns it reaches over): a title, and names of groups of columns."""
        if not self.has_top:
            return []
        width = self.table.num_columns
        return [[(f"2020年{self.title}信息采集表", width)], [("编号", 2), (f"{self.title}情况", width - 2)]]

    def below(self, width: int) -> list[list[str]]:
        """The lines under the table."""
        if not self.has_totals:
            return []
        rest = [""] * (width - 1)
        return [["合计", *rest], ["填表人：", *rest]]

    def as_text(self) -> pa.Table:
        """Every cell as text."""
        columns = {}
        for name in self.table.column_names:
            text = pc.fill_null(pc.cast(self.table[name].combine_chunks(), pa.string()), "")
            columns[name] = self._replaced(name, text)
        return pa.table(columns)

    def typed(self) -> pa.Table:
        """Columns of their types; only text can be spoilt."""
        columns = {name: self.table[name].combine_chunks() for name in self.table.column_names}
        return pa.table(
            {name: self._replaced(name, of) if pa.types.is_string(of.type) else of for name, of in columns.items()}
        )

    def _replaced(self, name: str, column: pa.Array) -> pa.Array:
        here = {row: str(of[name]) for row, of in self.cells.items() if name in of}
        if not here:
            return column
        values = column.to_pylist()
        for row, cell in here.items():
            values[row] = cell
        return pa.array(values, pa.string())


def spoil(
    history: History, table: str, title: str, rows: pa.Table, written: pa.Table, share: float, form: str
) -> Spoilt:
    """Spoil a share of the rows of a block's table, each in one cell.

    Args:
        rows: the table under the columns' own names.
        written: the same under headings, as it is to be written.
    """
    if share == 0:
        return Spoilt(title, written)
    drawn_from = [history.seed, int(history.settled.county.code), 99, zlib.crc32(table.encode())]
    of_county = np.random.default_rng(np.random.SeedSequence(drawn_from))
    rng = np.random.default_rng(np.random.SeedSequence([*drawn_from, history.settled.block + 1]))
    heading = dict(zip(rows.column_names, written.column_names, strict=True))
    spoilt = Spoilt(
        title,
        written,
        has_top=form != "parquet" and bool(of_county.random() < TOP_SHARE),
        has_totals=form != "parquet" and bool(of_county.random() < TOTALS_SHARE),
        old_encoding=form == "csv" and bool(of_county.random() < OLD_ENCODING_SHARE),
    )
    for column, odd in _odd_cells(rows, form):
        for row in np.flatnonzero(rng.random(rows.num_rows) < share).tolist():
            value = rows[column][row].as_py()
            if value is not None and row not in spoilt.cells:
                spoilt.cells[row] = {heading[column]: odd(value)}
    ruin = RUINED.get(table)
    if ruin is not None and (form != "parquet" or ruin.text):
        lonely = _nothing_depends_on(table, rows)
        for row in np.flatnonzero((rng.random(rows.num_rows) < share * REFUSED_OF_ERRORS) & lonely).tolist():
            value = rows[ruin.column][row].as_py()
            if value is not None and ruin.can(value):
                spoilt.cells[row] = {heading[ruin.column]: ruin.cell(value, form)}
                key = rows[f"{table}_id"][row].as_py()
                spoilt.refused_rows[row] = (key, heading[ruin.column], ruin.why)
    return spoilt


def _odd_cells(rows: pa.Table, form: str) -> list[tuple[str, Callable[..., Cell]]]:
    """Columns and ways of writing their cells oddly, which a loader should still understand."""
    days = [name for name in rows.column_names if pa.types.is_date(rows.schema.field(name).type)]
    amounts = [name for name in rows.column_names if pa.types.is_decimal(rows.schema.field(name).type)]
    odd: list[tuple[str, Callable[..., Cell]]] = []
    if form != "parquet":
        odd += [(days[0], _serial), (days[-1], _chinese_day)] if days else []
        odd += [(amounts[0], lambda amount: str(amount).translate(FULL_WIDTH))] if amounts else []
    odd.append(("household_id", lambda key: key.translate(FULL_WIDTH)))
    if "name" in rows.column_names:
        odd.append(("name", lambda name: f" {name[0]}　{name[1:]}"))
    return odd


def _serial(day: date) -> Cell:
    """The day as a spreadsheet counts; one so early that its number would read as a year stays as it is."""
    return float((day - date(1899, 12, 30)).days) if day.year > 1910 else day.isoformat()


def _chinese_day(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"


@dataclass(frozen=True)
class Ruin:
    """A cell that nobody can read any more."""

    column: str
    why: str
    cell: Callable[[Any, str], Cell]
    can: Callable[[Any], bool] = lambda value: True
    text: bool = True  # can be written into a column of text


RUINED = {
    "member": Ruin(
        "id_number",
        "identity number turned into a floating-point number",
        lambda number, form: float(str(number)) if form == "xlsx" else f"{float(str(number)):.5E}",
        can=lambda number: len(str(number)) == 18 and str(number).isdigit(),
    ),
    "statement": Ruin("wage_migrant", "an amount in words", lambda amount, _: f"约{amount}", text=False),
    "spending": Ruin(
        "spent_on",
        "a year of two digits",
        lambda on, _: f"{on:%y}-{on.month}-{on.day}",
        text=False,
    ),
    "assistance": Ruin("measure", "a word on no list", lambda *_: "帮了忙"),
}


def _nothing_depends_on(table: str, rows: pa.Table) -> np.ndarray:
    """Rows that can be missing without taking others along: grown-ups' whose number is theirs alone, and events."""
    if table != "member":
        return np.ones(rows.num_rows, bool)
    old = pc.less(rows["birth_date"], pa.scalar(date(1985, 1, 1)))
    numbers = rows["id_number"].combine_chunks().dictionary_encode()
    times = np.bincount(numbers.indices.fill_null(0).to_numpy(), minlength=len(numbers.dictionary))
    alone = times[numbers.indices.fill_null(0).to_numpy()] == 1
    return pc.fill_null(old, False).combine_chunks().to_numpy(zero_copy_only=False) & alone
