"""A part of a snapshot as plain numbers, for compiled loops: every table of it, every column they read.

What does not fit (a column of an odd type, an amount out of all proportion, rows that do not lie in the order of their
subjects) is not repaired here: `Unfit` says so, and another engine judges the part.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from firmground.engines.snapshot import Part, Snapshot
from firmground.engines.standards.declared import Fact, Table
from firmground.engines.standards.given import MOST_DAYS, MOST_GIVEN
from firmground.engines.standards.merge import UNKNOWN, UNKNOWN_BOOL, Array
from firmground.engines.standards.native import Functions
from firmground.engines.standards.tree import QUOTIENT_PLACES

if TYPE_CHECKING:
    from firmground.engines.standards.catalogue import Catalogue

ALL_KNOWN = np.empty(0, np.uint8)


class Unfit(Exception):
    """This part of the snapshot, or this catalogue, is not for compiled loops."""


@dataclass
class Rows:
    """One table's rows of a part.

    Attributes:
        first: how many rows of the file come before them.
        positions: the position among the subject's rows of each row's subject; None for a table that is nobody's.
        ids: the keys; None unless the table is asked about.
    """

    table: Table
    count: int
    first: int = 0
    positions: Array | None = None
    ids: pa.Array | None = None
    stored: dict[str, pa.Array] = field(default_factory=dict)
    columns: dict[str, Array] = field(default_factory=dict)


class Reader:
    """Reads the tables of one part, each when it is first asked for.

    Args:
        columns: the base facts wanted of each table.
        places: the decimal places each decimal is brought to, by table and fact.
        asked: the tables whose keys are wanted.
        kernels: the functions of `kernels`, compiled or not.
    """

    def __init__(
        self,
        catalogue: "Catalogue",
        snapshot: Snapshot,
        part: Part,
        columns: Mapping[str, Sequence[str]],
        places: Mapping[tuple[str, str], int],
        asked: Sequence[str],
        kernels: Functions,
    ) -> None:
        self.catalogue, self.snapshot, self.part = catalogue, snapshot, part
        self.wanted, self.decimal_places, self.asked = columns, places, asked
        self.kernels = kernels
        self.words: list[str] = []
        self._rows: dict[str, Rows] = {}
        self._places: dict[str, tuple[Array, list[str]]] = {}

    def read(self, texts: Sequence[str]) -> dict[str, Rows]:
        """All tables, as numbers; `texts` are those that the loops compare with."""
        for name in self.wanted:
            self.rows(self.catalogue.tables[name])
        self.words = self._all_words(texts)
        rank = {word: number for number, word in enumerate(self.words)}
        for rows in self._rows.values():
            for name, column in rows.stored.items():
                rows.columns[name] = self._numbers(rows.table, rows.table.facts[name], column, rank)
            rows.stored.clear()
        return self._rows

    def rows(self, table: Table) -> Rows:
        if table.name not in self._rows:
            self._rows[table.name] = self._read(table)
        return self._rows[table.name]

    def places(self, table: Table) -> tuple[Array, list[str]]:
        """The number of each row's place, and the places in order; a related row is where its subject is."""
        if table.name not in self._places:
            rows = self.rows(table)
            if table.place is None:
                assert table.of is not None
                assert rows.positions is not None
                numbers, places = self.places(self.catalogue.tables[table.of])
                self._places[table.name] = numbers[rows.positions], places
        return self._places[table.name]

    def _read(self, table: Table) -> Rows:
        paths = self.snapshot.paths(table.name, self.part.county)
        parent = self.catalogue.tables[table.of] if table.of else None
        above = self.rows(parent) if parent is not None else None
        if parent is None and table.place is None:
            raise Unfit(f"{table.name} has no places")
        if not paths:
            return self._without_rows(table)
        if len(paths) > 1:
            raise Unfit(f"{table.name} lies in several files")
        facts = [table.facts[name] for name in self.wanted.get(table.name, ())]
        texts = [fact.name for fact in facts if fact.type == "text"] + ([table.place] if table.place else [])
        with (
            pa.memory_map(str(paths[0])) as mapped,
            pq.ParquetFile(mapped, read_dictionary=texts, pre_buffer=False) as file,
        ):
            there = file.schema_arrow.names
            position = f"{parent.name}_row" if parent is not None else None
            needed = [name for name in (table.key, table.place, position, parent.key if parent else None) if name]
            if not set(needed) <= set(there):
                raise Unfit(f"{table.name} says not whose or where its rows are")
            if parent is None and self.part.last is not None:
                first, last = self.part.first, self.part.last
            else:
                first, last = 0, file.metadata.num_rows
            groups = list(range(file.metadata.num_row_groups))
            if above is not None and self.part.last is not None:
                assert position is not None
                groups = _groups_with(file, position, above.first, above.first + above.count)
            elif self.part.last is not None:
                groups = _groups_of_rows(file, first, last)
            before = sum(file.metadata.row_group(number).num_rows for number in range(groups[0] if groups else 0))
            columns = [fact.name for fact in facts if fact.name in there]
            columns += [table.key] if table.name in self.asked else []
            columns += [name for name in (table.place, position) if name]
            found = file.read_row_groups(groups, list(dict.fromkeys(columns)), use_threads=False)
        positions = None
        if above is None:
            found = found.slice(first - before, last - first)
            rows = Rows(table, found.num_rows, first)
        else:
            positions = _integers(found[position])
            if self.part.last is not None:
                low, high = np.searchsorted(positions, [above.first, above.first + above.count])
                found, positions, before = found.slice(low, high - low), positions[low:high], before + int(low)
            if not self.kernels["ascending"](positions, above.first, above.count):
                raise Unfit(f"{table.name} does not lie in the order of its subjects")
            rows = Rows(table, found.num_rows, before, positions - above.first)
        if table.name in self.asked:
            rows.ids = _text(found[table.key])
        if table.place is not None:
            self._places[table.name] = _numbered(found[table.place])
        for fact in facts:
            if fact.name in found.column_names:
                rows.stored[fact.name] = _whole(found[fact.name])
            else:
                rows.columns[fact.name] = _unknown(fact, found.num_rows)
        return rows

    def _without_rows(self, table: Table) -> Rows:
        rows = Rows(table, 0, 0, np.empty(0, np.int64), pa.array([], pa.string()))
        rows.columns = {name: _unknown(table.facts[name], 0) for name in self.wanted.get(table.name, ())}
        self._places[table.name] = np.empty(0, np.int64), []
        return rows

    def _all_words(self, texts: Sequence[str]) -> list[str]:
        words = set(texts)
        for rows in self._rows.values():
            for name, column in rows.stored.items():
                if rows.table.facts[name].type == "text":
                    if not pa.types.is_dictionary(column.type) or column.dictionary.null_count:
                        raise Unfit(f"{rows.table.name}.{name} is {column.type}")
                    words.update(column.dictionary.to_pylist())
        return sorted(words)

    def _numbers(self, table: Table, fact: Fact, column: pa.Array, rank: Mapping[str, int]) -> Array:
        type_, size, offset = column.type, len(column), column.offset
        known = ALL_KNOWN
        if column.null_count and column.buffers()[0] is not None:
            known = np.frombuffer(column.buffers()[0], np.uint8)
        if pa.types.is_null(type_):
            return _unknown(fact, size)
        out = np.empty(size, np.int8 if fact.type == "bool" else np.int64)
        if size == 0:
            return out
        match fact.type:
            case "bool" if pa.types.is_boolean(type_):
                self.kernels["flagged"](np.frombuffer(column.buffers()[1], np.uint8), known, offset, out)
                return out
            case "text":
                ranks = np.array([rank[word] for word in column.dictionary.to_pylist()], np.int64)
                codes = np.frombuffer(column.indices.buffers()[1], np.int32)[offset : offset + size]
                self.kernels["ranked"](codes, known, offset, ranks, out)
                return out
            case "date" if pa.types.is_date32(type_):
                values, limit = _slice(column, np.int32), MOST_DAYS
            case "int" if pa.types.is_int32(type_) or pa.types.is_int64(type_):
                values, limit = _slice(column, type_.to_pandas_dtype()), MOST_GIVEN
            case "decimal" if pa.types.is_decimal128(type_):
                unit = 10 ** (self.decimal_places[table.name, fact.name] - type_.scale)
                if unit < 1:
                    raise Unfit(f"{table.name}.{fact.name} has {type_.scale} places")
                words = np.frombuffer(column.buffers()[1], np.int64)[2 * offset : 2 * (offset + size)]
                most = self.kernels["narrowed"](words, known, offset, unit, out)
                if not 0 <= most <= MOST_GIVEN:
                    raise Unfit(f"{table.name}.{fact.name} is out of all proportion")
                return out
            case _:
                raise Unfit(f"{table.name}.{fact.name} is {type_}")
        most = self.kernels["widened"](values.astype(np.int64, copy=False), known, offset, out)
        if not 0 <= most <= limit:
            raise Unfit(f"{table.name}.{fact.name} is out of all proportion")
        return out


def decimal_places(snapshot: Snapshot, table: Table, fact: str) -> int:
    """The places of a decimal column, as its first file has them; 2 where it is in none."""
    for file in snapshot.files:
        if file.table == table.name:
            schema = _schema(snapshot.folder / file.path)
            at = schema.get_field_index(fact)
            if at >= 0 and pa.types.is_decimal(schema.field(at).type):
                return min(max(2, int(schema.field(at).type.scale)), QUOTIENT_PLACES)
            return 2
    return 2


def _schema(path: Path) -> pa.Schema:
    return pq.read_schema(path)


def _slice(column: pa.Array, type_: Any) -> Array:
    return np.frombuffer(column.buffers()[1], type_)[column.offset : column.offset + len(column)]


def _whole(column: pa.ChunkedArray) -> pa.Array:
    """A column in one piece."""
    if column.num_chunks == 1:
        return column.chunk(0)
    if pa.types.is_dictionary(column.type):
        column = column.unify_dictionaries()
    return column.combine_chunks()


def _integers(column: pa.ChunkedArray) -> Array:
    if column.null_count or not pa.types.is_integer(column.type):
        raise Unfit("positions are unknown")
    positions: Array = column.to_numpy().astype(np.int64, copy=False)
    return positions


def _text(column: pa.ChunkedArray) -> pa.Array:
    if column.null_count or not pa.types.is_string(column.type):
        raise Unfit(f"a key is {column.type}")
    return _whole(column)


def _numbered(column: pa.ChunkedArray) -> tuple[Array, list[str]]:
    """Each row's place as a number, and the places in order; an unknown one is ''."""
    whole = _whole(column)
    if not pa.types.is_dictionary(whole.type):
        raise Unfit(f"places are {whole.type}")
    listed = whole.dictionary.to_pylist()
    if whole.null_count:
        listed.append("")
    places = sorted(set(listed))
    number = {place: n for n, place in enumerate(places)}
    ranks = np.array([number[place] for place in listed], np.int64)
    codes = whole.indices.fill_null(len(listed) - 1).to_numpy()
    return ranks[codes] if len(ranks) else np.empty(0, np.int64), places


def _unknown(fact: Fact, size: int) -> Array:
    if fact.type == "bool":
        return np.full(size, UNKNOWN_BOOL, np.int8)
    return np.full(size, UNKNOWN, np.int64)


def _groups_of_rows(file: pq.ParquetFile, first: int, last: int) -> list[int]:
    """The row groups that hold these rows."""
    found, begins = [], 0
    for number in range(file.metadata.num_row_groups):
        ends = begins + file.metadata.row_group(number).num_rows
        if begins < last and ends > first:
            found.append(number)
        begins = ends
    return found


def _groups_with(file: pq.ParquetFile, position: str, first: int, last: int) -> list[int]:
    """The row groups from the first to the last that may hold rows of these subjects; all, where nothing tells."""
    at = file.schema_arrow.names.index(position)
    found = []
    for number in range(file.metadata.num_row_groups):
        statistics = file.metadata.row_group(number).column(at).statistics
        if statistics is None or not statistics.has_min_max or statistics.null_count:
            return list(range(file.metadata.num_row_groups))
        if statistics.min < last and statistics.max >= first:
            found.append(number)
    return list(range(found[0], found[-1] + 1)) if found else []
