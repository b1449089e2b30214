"""The files that counties would send: one folder per county, one file per table, Chinese headings and words.

They hold the same facts as the snapshot of the same plan, with names and numbers beside them. With a share of errors,
some counties' files carry what real files carry: see spoiling.py. Rows that a careful loader must refuse are listed
in the truth.
"""

import csv
import io
import tomllib
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet as pq
import xlsxwriter

from firmground.common.errors import Refusal
from firmground.common.files import whole
from firmground.engines.rollups import COUNTED
from firmground.world.columns import BaseFact, base_facts
from firmground.world.facilities import draw_facilities
from firmground.world.growing import ROWS_OF_A_GROUP, WRITING, Growing
from firmground.world.history import History, draw
from firmground.world.identity import Identity, identify
from firmground.world.making import Plan, Progress, begun, each_county, finish
from firmground.world.registers import registered
from firmground.world.rows import Moment
from firmground.world.snapshots import snapshot_tables
from firmground.world.spoiling import Spoilt, spoil
from firmground.world.truth import truth_tables
from firmground.world.villages import Settled

FILE_NAMES = {
    "household": "户", "member": "人口", "statement": "收支", "spending": "刚性支出", "check": "保障核查",
    "medical_bill": "医疗费用", "school_roll": "学籍", "disaster": "灾情", "housing_grade": "住房鉴定",
    "support": "救助", "risk": "风险", "assistance": "帮扶措施", "village": "行政村", "county": "县基本情况",
    "exit_survey": "退出评估", "water_supply": "供水工程", "clinic": "医疗卫生机构",
    "school": "学校", "water_test": "水质检测", "interruption": "停水记录",
}  # fmt: skip
# Worked out over the whole register: no county can send them.
COMPUTED = {"household_row", "water_supply_row", "county_row", "account_households", "phone_households",
            "id_number_state", "latest", *COUNTED}  # fmt: skip
ROWS_OF_A_SHEET = 1_000_000


@dataclass(frozen=True)
class Wording:
    """The catalogue's Chinese words: headings by table and column, code words by fact, yes and no."""

    headings: Mapping[str, Mapping[str, Any]]
    values: Mapping[str, Mapping[str, Any]]

    @classmethod
    def of(cls, catalogue: Path) -> "Wording":
        """Read the catalogue's words.toml.

        Raises:
            Refusal: it is missing or cannot be read.
        """
        file = catalogue / "words.toml"
        try:
            said = tomllib.loads(file.read_text(encoding="utf-8"))
        except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise Refusal(f"{file} cannot be read ({error}): counties' files need its words.") from None
        return cls(said["headers"], said["values"])

    def heading(self, table: str, column: str) -> str:
        """What a column is called; living conditions stand in the household file."""
        own = self.headings[table]
        return str((own.get(column) or self.headings["living"][column])["zh"])

    def sheet(self, table: str, rows: pa.Table, facts: list[BaseFact], typed: bool) -> pa.Table:
        """A whole table under its headings."""
        known = {fact.name: fact for fact in facts}
        return pa.table(
            {
                self.heading(table, name): self.written(table, rows[name].combine_chunks(), known.get(name), typed)
                for name in rows.column_names
            }
        )

    def written(self, table: str, column: pa.Array, fact: BaseFact | None, typed: bool) -> pa.Array:
        """A column as it is written in a file: code words in Chinese, and yes and no too unless the form is typed."""
        if fact is None:
            return column
        if fact.values:
            words = self.values[f"{table}.{fact.name}"]
            codes = column.dictionary_encode()
            return pa.array([words[code]["zh"] for code in codes.dictionary.to_pylist()], pa.string()).take(
                codes.indices
            )
        if fact.type == "bool" and not typed:
            yes, no = self.values["bool"]["true"]["zh"], self.values["bool"]["false"]["zh"]
            return pc.if_else(column, yes, no)
        return column


def make_files(
    plan: Plan, folder: Path, catalogue: Path, processes: int = 1, progress: Progress | None = None
) -> dict[str, int]:
    """Write the files of every county of `plan`, and the truth; returns the rows of each table.

    Raises:
        Refusal: the folder holds something else, or the catalogue lacks what the world needs.
    """
    Wording.of(catalogue)
    settled = plan.settled(catalogue)
    begun(plan, folder)
    rows: dict[str, int] = {}
    for _, counted in each_county(_files_of_county, plan, settled, folder, catalogue, processes, progress):
        for table, count in counted.items():
            rows[table] = rows.get(table, 0) + count
    finish(folder)
    return rows


def _files_of_county(plan: Plan, one: Settled, folder: Path, catalogue: Path) -> dict[str, int]:
    county = one.county.code
    facts, words = base_facts(catalogue), Wording.of(catalogue)
    counted: dict[str, int] = {}
    with Sheets(folder / county, plan.form) as sheets, Growing(folder / "truth") as truth:
        for block in one.blocks():
            history = draw(block, plan.seed, plan.errors)
            refused = []
            for table, rows in sent_tables(history, plan.moment, facts, identify(history)):
                written = words.sheet(table, rows, facts[table], typed=plan.form == "parquet")
                spoilt = spoil(history, table, FILE_NAMES[table], rows, written, plan.errors, plan.form)
                counted[table] = counted.get(table, 0) + rows.num_rows
                name = sheets.add(spoilt)
                refused.append(_refused(f"{county}/{name}", table, spoilt))
            truth.add(f"refused-{county}.parquet", pa.concat_tables(refused))
            for name, known_truth in truth_tables(history, plan.moment).items():
                truth.add(f"{name}-{county}.parquet", known_truth)
        served = draw_facilities(one, plan.seed, plan.eyes)
        for table, rows in served.tables(facts, named=True).items():
            sent = rows.drop_columns([name for name in rows.column_names if name in COMPUTED])
            sheets.add(Spoilt(FILE_NAMES[table], words.sheet(table, sent, facts[table], typed=plan.form == "parquet")))
            counted[table] = sent.num_rows
        truth.add(f"facilities-{county}.parquet", served.truth())
    return counted


def _refused(file: str, table: str, spoilt: Spoilt) -> pa.Table:
    rows = [(file, table, *row) for row in spoilt.refused]
    columns = zip(*rows, strict=True) if rows else [()] * 5
    names = ("file", "table", "key", "column", "why")
    return pa.table({name: pa.array(of, pa.string()) for name, of in zip(names, columns, strict=True)})


def sent_tables(
    history: History, moment: Moment, facts: dict[str, list[BaseFact]], identity: Identity
) -> Iterator[tuple[str, pa.Table]]:
    """The tables of a block as its county sends them: the snapshot's, without what is computed, with who is who."""
    here = pa.array(registered(history, moment))
    for table, rows in snapshot_tables(history, moment, facts, with_positions=True):
        at = rows["position"].combine_chunks() if table == "member" else None
        rows = rows.drop_columns([name for name in rows.column_names if name in COMPUTED | {"position"}])
        if table == "household":
            for place, name in enumerate(("group_name", "head", "phone", "bank_account"), start=2):
                rows = rows.add_column(place, name, getattr(identity, name).filter(here))
        if at is not None:
            for place, name in enumerate(("name", "id_number"), start=2):
                rows = rows.add_column(place, name, getattr(identity, name).take(at))
        yield table, rows


# The three forms --------------------------------------------------------------------------


class Sheet(Protocol):
    """One file of a county, which grows by a block at a time."""

    def add(self, block: Spoilt) -> None: ...

    def close(self) -> None: ...


class ParquetSheet:
    """Columns of their types."""

    def __init__(self, path: Path, first: Spoilt) -> None:
        self.writer = pq.ParquetWriter(path, first.typed().schema, **WRITING)

    def add(self, block: Spoilt) -> None:
        self.writer.write_table(block.typed(), row_group_size=ROWS_OF_A_GROUP)

    def close(self) -> None:
        self.writer.close()


class CsvSheet:
    """UTF-8 with a mark, or GB18030 as old systems write."""

    def __init__(self, path: Path, first: Spoilt) -> None:
        self.headings = first.table.column_names
        self.below = first.below(len(self.headings))
        encoding = "gb18030" if first.old_encoding else "utf-8-sig"
        self.file = path.open("w", encoding=encoding, newline="")  # closed by `close`, some blocks later
        above = [[cell for said, reach in line for cell in (said, *[""] * (reach - 1))] for line in first.above()]
        csv.writer(self.file).writerows([*above, self.headings])

    def add(self, block: Spoilt) -> None:
        rows = io.BytesIO()
        options = pyarrow.csv.WriteOptions(include_header=False, quoting_style="needed")
        pyarrow.csv.write_csv(block.as_text(), rows, options)
        self.file.write(rows.getvalue().decode("utf-8"))

    def close(self) -> None:
        csv.writer(self.file).writerows(self.below)
        self.file.close()


class XlsxSheet:
    """A workbook of one sheet: amounts as numbers, days as days, keys as text."""

    def __init__(self, path: Path, first: Spoilt) -> None:
        self.headings = first.table.column_names
        self.below = first.below(len(self.headings))
        self.book = xlsxwriter.Workbook(str(path), {"constant_memory": True})
        self.book.set_properties({"created": datetime(2020, 7, 1)})
        self.as_day = self.book.add_format({"num_format": "yyyy-mm-dd"})
        self.page = self.book.add_worksheet(first.title)
        self.line = 0
        for above in first.above():
            at = 0
            for said, reach in above:
                self.page.merge_range(self.line, at, self.line, at + reach - 1, said)
                at += reach
            self.line += 1
        self._write_row(self.headings)

    def add(self, block: Spoilt) -> None:
        columns = [column.combine_chunks() for column in block.table.columns]
        for start in range(0, block.table.num_rows, 20_000):
            pieces = [column.slice(start, 20_000).to_pylist() for column in columns]
            for row, cells in enumerate(zip(*pieces, strict=True), start):
                odd = block.cells.get(row, {})
                for at, (heading, cell) in enumerate(zip(self.headings, cells, strict=True)):
                    cell = odd.get(heading, cell)
                    if type(cell) is str:
                        self.page.write_string(self.line, at, cell)
                    elif type(cell) is date:
                        self.page.write_datetime(self.line, at, cell, self.as_day)
                    elif cell is not None:
                        self.page.write_number(self.line, at, float(cell))
                self.line += 1

    def close(self) -> None:
        for below in self.below:
            self._write_row(below)
        self.book.close()

    def _write_row(self, cells: list[str]) -> None:
        self.page.write_row(self.line, 0, cells)
        self.line += 1


FORMS: dict[str, Callable[[Path, Spoilt], Sheet]] = {"parquet": ParquetSheet, "csv": CsvSheet, "xlsx": XlsxSheet}


class Sheets:
    """A county's files in one form. They take their names when the `with` block ends without an error."""

    def __init__(self, folder: Path, form: str) -> None:
        self.folder, self.form = folder, form
        self._open: dict[str, tuple[str, Sheet, int]] = {}  # by title: file name, sheet, rows
        self._parts: dict[str, int] = {}
        self._stack = ExitStack()

    def add(self, block: Spoilt) -> str:
        """Write a block after what its table's file holds, or into a new file once that is full; returns its name."""
        title, count = block.title, block.table.num_rows
        name, sheet, rows = self._open.get(title, ("", None, 0))
        if sheet is None or rows + count > ROWS_OF_A_SHEET:
            part = self._parts[title] = self._parts.get(title, 0) + 1
            name = f"{title}{f'-{part}' if part > 1 else ''}.{self.form}"
            unfinished = self._stack.enter_context(whole(self.folder / name))
            sheet, rows = FORMS[self.form](unfinished, block), 0
            self._stack.callback(sheet.close)
        sheet.add(block)
        self._open[title] = name, sheet, rows + count
        return name

    def __enter__(self) -> "Sheets":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.__exit__(kind, error, trace)
