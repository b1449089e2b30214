"""The files that counties would send: one folder per county, one file per table, Chinese headings and words.

They hold the same facts as the snapshot of the same plan, with names and numbers beside them. With a share of errors,
some counties' files carry what real files carry: see spoiling.py. Rows that a careful loader must refuse are listed
in the truth.
"""

import csv
import io
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet as pq
import xlsxwriter

from firmground.common.errors import Refusal
from firmground.common.files import whole
from firmground.engines.snapshot import PARQUET
from firmground.world.columns import BaseFact, base_facts
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
    "support": "救助", "risk": "风险", "assistance": "帮扶措施",
}  # fmt: skip
# Worked out over the whole register: no county can send them.
COMPUTED = {"household_row", "account_households", "phone_households", "id_number_state"}
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
    history = draw(one, plan.seed, plan.errors)
    county = one.county.code
    facts = base_facts(catalogue)
    words = Wording.of(catalogue)
    identity = identify(history)
    counted: dict[str, int] = {}
    refused: list[tuple[str, str, str, str, str]] = []
    for table, rows in sent_tables(history, plan.moment, facts, identity):
        typed = plan.form == "parquet"
        known = {fact.name: fact for fact in facts[table]}
        written = pa.table(
            {
                words.heading(table, name): words.written(table, rows[name].combine_chunks(), known.get(name), typed)
                for name in rows.column_names
            }
        )
        spoilt = spoil(history, table, FILE_NAMES[table], rows, written, plan.errors, plan.form)
        counted[table] = rows.num_rows
        for part, start in enumerate(range(0, max(rows.num_rows, 1), ROWS_OF_A_SHEET)):
            name = f"{FILE_NAMES[table]}{f'-{part + 1}' if part else ''}.{plan.form}"
            piece = spoilt.slice(start, ROWS_OF_A_SHEET)
            with whole(folder / county / name) as unfinished:
                WRITERS[plan.form](unfinished, piece)
            refused += [(f"{county}/{name}", table, key, column, why) for key, column, why in piece.refused]
    for name, truth in truth_tables(history, plan.moment).items():
        _write_parquet_table(folder / "truth" / f"{name}-{county}.parquet", truth)
    listed = zip(*refused, strict=True) if refused else [[]] * 5
    names = ("file", "table", "key", "column", "why")
    _write_parquet_table(
        folder / "truth" / f"refused-{county}.parquet",
        pa.table({name: pa.array(list(of), pa.string()) for name, of in zip(names, listed, strict=True)}),
    )
    return counted


def sent_tables(
    history: History, moment: Moment, facts: dict[str, list[BaseFact]], identity: Identity
) -> Iterator[tuple[str, pa.Table]]:
    """The tables of a county as it sends them: the snapshot's, without what is computed, with who is who."""
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


def _write_parquet_table(path: Path, table: pa.Table) -> None:
    with whole(path) as unfinished:
        pq.write_table(table, unfinished, **PARQUET)


# The three forms --------------------------------------------------------------------------


def _parquet(path: Path, sheet: Spoilt) -> None:
    pq.write_table(sheet.typed(), path, **PARQUET)


def _csv(path: Path, sheet: Spoilt) -> None:
    """UTF-8 with a mark, or GB18030 as old systems write."""
    table = sheet.as_text()
    headings = table.column_names
    text = io.StringIO()
    above = [[cell for said, reach in line for cell in (said, *[""] * (reach - 1))] for line in sheet.above()]
    csv.writer(text).writerows([*above, headings])
    rows = io.BytesIO()
    pyarrow.csv.write_csv(table, rows, pyarrow.csv.WriteOptions(include_header=False, quoting_style="needed"))
    under = io.StringIO()
    csv.writer(under).writerows(sheet.below(len(headings)))
    whole_text = text.getvalue() + rows.getvalue().decode("utf-8") + under.getvalue()
    path.write_bytes(whole_text.encode("gb18030" if sheet.old_encoding else "utf-8-sig"))


def _xlsx(path: Path, sheet: Spoilt) -> None:
    """A workbook of one sheet: amounts as numbers, days as days, keys as text."""
    table = sheet.table
    book = xlsxwriter.Workbook(str(path), {"constant_memory": True})
    book.set_properties({"created": datetime(2020, 7, 1)})
    as_day = book.add_format({"num_format": "yyyy-mm-dd"})
    page = book.add_worksheet(sheet.title)
    headings = table.column_names
    line = -1
    for above in sheet.above():
        line += 1
        at = 0
        for said, reach in above:
            page.merge_range(line, at, line, at + reach - 1, said)
            at += reach
    line += 1
    page.write_row(line, 0, headings)
    columns = [column.combine_chunks() for column in table.columns]
    for start in range(0, table.num_rows, 20_000):
        pieces = [column.slice(start, 20_000).to_pylist() for column in columns]
        for row, cells in enumerate(zip(*pieces, strict=True), start):
            line += 1
            odd = sheet.cells.get(row, {})
            for at, (heading, cell) in enumerate(zip(headings, cells, strict=True)):
                cell = odd.get(heading, cell)
                if type(cell) is str:
                    page.write_string(line, at, cell)
                elif type(cell) is date:
                    page.write_datetime(line, at, cell, as_day)
                elif cell is not None:
                    page.write_number(line, at, float(cell))
    for below in sheet.below(len(headings)):
        line += 1
        page.write_row(line, 0, below)
    book.close()


WRITERS = {"parquet": _parquet, "csv": _csv, "xlsx": _xlsx}
