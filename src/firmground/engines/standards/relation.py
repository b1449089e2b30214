"""From facts to one SELECT: a row for each subject with every fact the standards read.

Related rows are grouped by the position of their subject in its file when the snapshot gives it (`<subject>_row`),
and by the subject's key when it does not.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from firmground.common.errors import Refusal
from firmground.engines.snapshot import Part, Snapshot
from firmground.engines.standards.declared import Fact, Parameter, Table
from firmground.engines.standards.merge import UNKNOWN, UNKNOWN_BOOL, Array, Merge, Segments, column
from firmground.engines.standards.sql import (
    DECIMAL_COLUMN,
    NARROW,
    NARROW_PLACES,
    WIDE,
    Sql,
    column_type,
    decimal_type,
    emit,
    quoted,
    text_literal,
    value_literal,
)
from firmground.engines.standards.tree import QUOTIENT_PLACES, Type, names_in

if TYPE_CHECKING:
    import duckdb

    from firmground.engines.standards.catalogue import Catalogue

NOT_WHOLE = "not whole"
"""Text that is no number: what DuckDB is made to stumble over where a whole number is asked for."""
UP, ID, PLACE, COUNTY, FILE = "__up", "__id", "__place", "__county", "__file"


@dataclass(frozen=True)
class Columns:
    """The columns of a table's files in a batch: name -> Parquet's own type, as text."""

    types: Mapping[str, str]

    @classmethod
    def of(cls, paths: Sequence[Path]) -> tuple["Columns", bool]:
        """The columns, and whether all files have the same."""
        schemas = [pq.read_schema(path) for path in paths]
        types = {field.name: str(field.type) for schema in schemas for field in schema}
        return cls(types), all(schema.equals(schemas[0]) for schema in schemas)


def base_column(fact: Fact, columns: Columns, table: str) -> Sql:
    """The snapshot's column of a base fact, as the fact's declared type; unknown where there is no such column."""
    stored = columns.types.get(fact.name)
    name = quoted(fact.name)
    if stored is None or stored == "null":
        return value_literal(None, fact.type)
    kind = stored.split("[")[0].split("(")[0]
    whole = kind in ("int8", "int16", "int32", "int64", "uint8", "uint16", "uint32")
    match fact.type:
        case "bool" if kind == "bool":
            return Sql(name)
        case "int" if whole:
            return Sql(f"CAST({name} AS BIGINT)")
        case "int" if kind in ("double", "float"):  # pandas writes whole numbers so where some are unknown
            whole_ = (
                f"CASE WHEN {name} = trunc({name}) THEN CAST({name} AS BIGINT) ELSE CAST('{NOT_WHOLE}' AS BIGINT) END"
            )
            return Sql(f"CASE WHEN NOT isnan({name}) THEN {whole_} END")
        case "int" if kind.startswith("decimal") and stored.endswith(", 0)"):
            return Sql(f"CAST({name} AS BIGINT)")
        case "date" if kind == "date32":
            return Sql(name)
        case "date" if kind == "timestamp":
            return Sql(f"CAST({name} AS DATE)")
        case "text" if kind in ("string", "large_string") or kind.startswith("dictionary<values=string"):
            return Sql(name)
        case "decimal" if kind.startswith("decimal"):
            places = int(stored.rstrip(")").split(",")[1])
            width = int(stored.split("(")[1].split(",")[0])
            if places <= QUOTIENT_PLACES:
                return Sql(name, places, width)
            return Sql(f"CAST({name} AS {DECIMAL_COLUMN})", QUOTIENT_PLACES, WIDE)
        case "decimal" if whole:
            return Sql(f"CAST({name} AS DECIMAL(18,0))")
        case "decimal" if kind in ("double", "float"):
            return Sql(f"CAST(CASE WHEN NOT isnan({name}) THEN {name} END AS {DECIMAL_COLUMN})", QUOTIENT_PLACES, WIDE)
    raise Refusal(
        f"The snapshot's column {table}.{fact.name} is {stored}, but facts.toml says {fact.type}. "
        "Make the snapshot again, or correct facts.toml."
    )


def check_keys(columns: Columns, table: Table, parent: Table | None) -> None:
    """Refuse a table whose rows say neither whose nor where they are."""
    for key in (table.key, table.place, parent.key if parent is not None else None):
        if key is not None and key not in columns.types:
            raise Refusal(
                f"The snapshot's table {table.name} has no column {key}, but facts.toml names it as a key. "
                "Make the snapshot again, or correct facts.toml."
            )


class Relation:
    """The facts of one batch of a snapshot, for one catalogue and date, in one DuckDB connection."""

    def __init__(
        self, catalogue: "Catalogue", snapshot: Snapshot, parts: Sequence[Part], connection: "duckdb.DuckDBPyConnection"
    ) -> None:
        self.catalogue, self.snapshot, self.connection = catalogue, snapshot, connection
        self.counties = [part.county for part in parts]
        self.slice = parts[0] if parts[0].last is not None else None
        assert self.slice is None or len(parts) == 1
        self.as_of: date = snapshot.as_of
        self._columns: dict[str, tuple[Columns, bool]] = {}
        self._keys: dict[str, pa.Array] = {}
        self._begins: dict[str, list[int]] = {}

    def select(self, table: Table, names: Sequence[str]) -> tuple[str, dict[str, Sql]] | None:
        """SQL with __id, __place, __county and one column for each fact of `names` (and those behind them).

        Returns None when no county of the batch has rows of this table. The mapping has the SQL of each name
        (facts, parameters, as_of) for expressions over the result.
        """
        if not self.paths(table):
            return None
        return self._layers(table, names, top=True)

    def paths(self, table: Table) -> list[tuple[str, Path]]:
        """(county, file) of a table in this batch."""
        return [(county, path) for county in self.counties for path in self.snapshot.paths(table.name, county)]

    def columns(self, table: Table) -> Columns:
        return self._schema(table)[0]

    def merges(self, child: Table, parent: Table) -> bool:
        """Whether rows of `child` carry the position of their row in `parent`, so that no key is looked up."""
        if self.slice is not None and parent.of is not None:
            return False  # positions are those in the whole county
        one_file_each = all(len(self.snapshot.paths(parent.name, county)) <= 1 for county in self.counties)
        return one_file_each and f"{parent.name}_row" in self.columns(child).types

    def parameter(self, parameter: Parameter, place_column: str) -> Sql:
        """A parameter on the screening's date: a literal, or a choice by place where places differ."""
        places = {row.place for row in parameter.values}
        rows = {place: parameter.row_at(self.as_of, place) for place in places}
        in_force = {place: row for place, row in rows.items() if row is not None and row.place == place}
        if not set(in_force) - {""}:
            return value_literal(parameter.at(self.as_of), parameter.type)
        values = {place: row.value for place, row in in_force.items()}
        literals = {place: value_literal(value, parameter.type) for place, value in values.items()}
        digits = max(literal.places for literal in literals.values())
        target = decimal_type(digits) if parameter.type == "decimal" else column_type(parameter.type)
        branches = " ".join(
            f"WHEN starts_with({place_column}, {text_literal(place)}) THEN CAST({literals[place].text} AS {target})"
            for place in sorted(values, key=lambda p: (-len(p), not self._is_near(p), p))
        )
        return Sql(f"(CASE {branches} END)", digits, NARROW if digits <= NARROW_PLACES else WIDE)

    def _is_near(self, place: str) -> bool:
        """Whether a place holds, or lies in, a county of the batch, so that its rows are probably there."""
        return any(county.startswith(place) or place.startswith(county) for county in self.counties)

    def _schema(self, table: Table) -> tuple[Columns, bool]:
        if table.name not in self._columns:
            found = Columns.of([path for _, path in self.paths(table)])
            check_keys(found[0], table, self.catalogue.tables[table.of] if table.of else None)
            self._columns[table.name] = found
        return self._columns[table.name]

    def _layers(
        self, table: Table, names: Sequence[str], top: bool, up: Table | None = None
    ) -> tuple[str, dict[str, Sql]]:
        """The scan, the aggregates of related tables beside it, and a layer of SELECT for each step of derivation."""
        wanted = self._facts_behind(table, names)
        parameters = self._parameters_behind(table, names)
        scan, known = self._scan(
            table, [f for f in wanted if f.kind == "base"], top, up, by_place=bool(parameters) and not top
        )
        known |= {"as_of": value_literal(self.as_of, "date")}
        known |= {p.name: self.parameter(p, PLACE) for p in parameters}
        aggregates = [fact for fact in wanted if fact.aggregate is not None]
        sql, added = self._with_aggregates(scan, table, aggregates)
        known |= added
        waiting = [fact for fact in wanted if fact.formula is not None]
        while waiting:
            ready = [f for f in waiting if all(n in known for n in names_in(f.formula))]
            pieces = {fact.name: self._as_declared(fact, known) for fact in ready}
            listed = ", ".join(f"{piece.text} AS {quoted(name)}" for name, piece in pieces.items())
            sql = f"SELECT *, {listed} FROM ({sql})"
            known |= {name: Sql(quoted(name), piece.places, piece.width) for name, piece in pieces.items()}
            waiting = [fact for fact in waiting if fact not in ready]
        return sql, known

    def _as_declared(self, fact: Fact, known: Mapping[str, Sql]) -> Sql:
        assert fact.formula is not None
        piece = emit(fact.formula, known)
        if fact.formula.type == "null":
            return value_literal(None, fact.type)
        if fact.type == "decimal" and fact.formula.type == "int":
            return Sql(f"CAST({piece.text} AS DECIMAL(18,0))")
        return piece

    def _facts_behind(self, table: Table, names: Sequence[str]) -> list[Fact]:
        found: dict[str, Fact] = {}

        def visit(name: str) -> None:
            fact = table.facts.get(name)
            if fact is None or name in found:
                return
            for inner in names_in(fact.formula):
                visit(inner)
            found[name] = fact

        for name in names:
            visit(name)
        return list(found.values())

    def _parameters_behind(self, table: Table, names: Sequence[str]) -> list[Parameter]:
        facts = self._facts_behind(table, names)
        read = dict.fromkeys([*names, *(name for fact in facts for name in names_in(fact.formula))])
        return [self.catalogue.parameters[n] for n in read if n in self.catalogue.parameters and n not in table.facts]

    def _scan(
        self, table: Table, base: Sequence[Fact], top: bool, up: Table | None, by_place: bool
    ) -> tuple[str, dict[str, Sql]]:
        """The Parquet files, with the keys that the layers above need."""
        files = self.paths(table)
        columns, same = self._schema(table)
        options = f"filename={text_literal(FILE)}, file_row_number=true, hive_partitioning=false"
        if not same:
            options += ", union_by_name=true"
        listed = ", ".join(text_literal(str(path)) for _, path in files)
        keys = [f"{self._up(table, up)} AS {UP}"] if up is not None else []
        if top:
            keys.append(f"CAST({quoted(table.key)} AS VARCHAR) AS {ID}")
            keys.append(f"{self._by_file({path: text_literal(county) for county, path in files})} AS {COUNTY}")
        pieces = {fact.name: base_column(fact, columns, table.name) for fact in base}
        read = [f"{piece.text} AS {quoted(name)}" for name, piece in pieces.items()]
        known = {name: Sql(quoted(name), piece.places, piece.width) for name, piece in pieces.items()}
        if (top or by_place) and table.place is not None:
            keys.append(f"coalesce(CAST({quoted(table.place)} AS VARCHAR), '') AS {PLACE}")
        sql = f"SELECT {', '.join(keys + read)} FROM read_parquet([{listed}], {options}){self._within_slice(table)}"
        if (top or by_place) and table.place is None:
            sql = self._beside(sql, table, "places", {PLACE: self._places(table)})
        return sql, known

    def _beside(self, sql: str, table: Table, what: str, columns: Mapping[str, pa.Array]) -> str:
        """The rows of a scan, which come in the order of the files, with more columns in that order."""
        name = f"__{table.name}_{what}"
        self.connection.register(name, pa.table(dict(columns)))
        return f"SELECT * FROM ({sql}) POSITIONAL JOIN {name}"

    def _places(self, table: Table) -> pa.ChunkedArray:
        """The place code of each row in the batch; a related row is where its subject is, "" if that is nowhere."""
        if table.place is not None:
            return self._column(table, f"coalesce(CAST({quoted(table.place)} AS VARCHAR), '')")
        parent = self.catalogue.tables[table.of] if table.of else None
        if parent is None or not self.paths(parent):
            return pa.array([""] * self._starts(table)[-1], pa.string())
        positions = self._positions_of(parent, self._column(table, self._up(table, parent)))
        found = pa.array(positions, mask=positions < 0)
        return pc.fill_null(self._places(parent).take(found), "")

    def _column(self, table: Table, sql: str) -> pa.ChunkedArray:
        """One expression over a table's files in the batch."""
        listed = ", ".join(text_literal(str(path)) for _, path in self.paths(table))
        return (
            self.connection.execute(
                f"SELECT {sql} AS value FROM read_parquet([{listed}], filename={text_literal(FILE)}, "
                f"file_row_number=true, hive_partitioning=false){self._within_slice(table)}"
            )
            .to_arrow_table()
            .column(0)
        )

    def _up(self, child: Table, parent: Table) -> str:
        """What says whose row it is: the subject's position in the batch, or its key to be looked up."""
        if not self.merges(child, parent):
            return f"CAST({quoted(parent.key)} AS VARCHAR)"
        starts = zip(self.paths(parent), self._starts(parent), strict=False)
        first = {county: at for (county, _), at in starts}
        offsets = {path: f"CAST({first.get(county, 0)} AS INTEGER)" for county, path in self.paths(child)}
        before = f" - {self.slice.first}" if self.slice is not None else ""
        return f"{quoted(parent.name + '_row')} + {self._by_file(offsets)}{before}"

    def _within_slice(self, table: Table) -> str:
        """Only the rows of the slice: of the subject itself by position, of a related table by its subject's."""
        if self.slice is None:
            return ""
        position = "file_row_number"
        if table.of is not None:
            position = quoted(f"{table.of}_row")
            if self.catalogue.tables[table.of].of is not None or position.strip('"') not in self.columns(table).types:
                return ""  # rows whose subject is not in the slice are dropped when their key is not found
        orphans = f" OR {position} IS NULL" if self.slice.first == 0 else ""
        return f" WHERE ({position} >= {self.slice.first} AND {position} < {self.slice.last}{orphans})"

    def _starts(self, table: Table) -> list[int]:
        """At which row of the batch each of a table's files begins, and where the last one ends."""
        if table.name not in self._begins:
            if self.slice is not None:
                rows = [len(self._column(table, "1"))]
            else:
                rows = [pq.read_metadata(path).num_rows for _, path in self.paths(table)]
            self._begins[table.name] = list(accumulate(rows, initial=0))
        return self._begins[table.name]

    def _by_file(self, values: Mapping[Path, str]) -> str:
        """A value that depends on the file a row is from."""
        if len(set(values.values())) == 1:
            return next(iter(values.values()))
        branches = " ".join(f"WHEN {text_literal(str(path))} THEN {value}" for path, value in values.items())
        return f"(CASE {FILE} {branches} END)"

    def _with_aggregates(self, scan: str, table: Table, facts: Sequence[Fact]) -> tuple[str, dict[str, Sql]]:
        """The scan with the facts from related tables beside it, row for row."""
        if not facts:
            return scan, {}
        columns: dict[str, pa.Array] = {}
        known: dict[str, Sql] = {}
        by_child: dict[str, list[Fact]] = {}
        for fact in facts:
            assert fact.aggregate is not None
            by_child.setdefault(fact.aggregate.table, []).append(fact)
        for child_name, child_facts in by_child.items():
            made, sql = self._merged(table, self.catalogue.tables[child_name], child_facts)
            columns |= made
            known |= sql
        return self._beside(scan, table, "aggregates", columns), known

    def _merged(self, table: Table, child: Table, facts: Sequence[Fact]) -> tuple[dict[str, pa.Array], dict[str, Sql]]:
        """The facts that one related table gives to each subject of the batch."""
        aggregates = [fact.aggregate for fact in facts if fact.aggregate is not None]
        names = names_in(*(a.of for a in aggregates), *(a.where for a in aggregates))
        rows = _RowValues()
        if self.paths(child):
            sql, inner = self._layers(child, names, top=False, up=table)
            wanted = [rows.wanted(fact, inner) for fact in facts]
            rows.read(self.connection, sql)
        else:
            wanted = [rows.nothing(fact) for fact in facts]
        merge = Merge(Segments.of(self._positions_of(table, rows.up), self._starts(table)[-1]))
        columns, known = {}, {}
        for fact, aggregate, want in zip(facts, aggregates, wanted, strict=True):
            condition = rows.column(want.where)
            values = rows.column(want.of)
            present: Array | None = None
            if aggregate.function == "count":
                result = merge.count(want.where, condition)
            elif aggregate.function in ("any", "all"):
                result, present = merge.quantified(aggregate.function, values, condition)
            else:
                result, present = merge.value(aggregate.function, values, condition, merge.count(want.where, condition))
            columns[fact.name] = column(result, present, fact.type, want.places)
            width = NARROW if want.places <= NARROW_PLACES else WIDE
            known[fact.name] = Sql(quoted(fact.name), want.places, width)
        return columns, known

    def _positions_of(self, table: Table, up: pa.ChunkedArray) -> Array:
        """The position in the batch of each row's subject, -1 for rows whose subject is not there."""
        if not pa.types.is_integer(up.type):
            if table.name not in self._keys:
                self._keys[table.name] = self._column(table, f"CAST({quoted(table.key)} AS VARCHAR)").combine_chunks()
            up = pc.index_in(up, value_set=self._keys[table.name])
        positions: Array = pc.fill_null(up, -1).to_numpy()
        if len(positions) and positions.max() >= self._starts(table)[-1]:
            raise Refusal(
                f"A row in {', '.join(self.counties)} has a {table.name}_row beyond the end of {table.name}. "
                "Make the snapshot again."
            )
        return positions


@dataclass(frozen=True)
class _Wanted:
    """The row-level columns an aggregate is worked out from: its condition and its operand ("" for none)."""

    where: str
    of: str
    places: int


class _RowValues:
    """Conditions and operands of related rows, worked out by DuckDB in one pass and shared between aggregates."""

    def __init__(self) -> None:
        self.names: dict[str, str] = {}
        self.read_columns: dict[str, Array] = {"": None}  # type: ignore[dict-item]
        self.up: pa.ChunkedArray = pa.chunked_array([], pa.int32())

    def wanted(self, fact: Fact, known: Mapping[str, Sql]) -> _Wanted:
        aggregate = fact.aggregate
        assert aggregate is not None
        where = ""
        if aggregate.where is not None:
            where = self.name(f"coalesce({emit(aggregate.where, known).text}, FALSE)")
        if aggregate.of is None:
            return _Wanted(where, "", 0)
        operand = emit(aggregate.of, known)
        if aggregate.of.type == "null":
            operand = value_literal(None, fact.type)
        return _Wanted(where, self.name(_as_stored(operand, fact.type)), operand.places)

    def nothing(self, fact: Fact) -> _Wanted:
        """What to work out when there are no rows at all."""
        self.read_columns["nothing"] = np.empty(0, np.int64)
        return _Wanted("", "nothing", 2 if fact.type == "decimal" else 0)

    def name(self, sql: str) -> str:
        return self.names.setdefault(sql, f"column_{len(self.names)}")

    def read(self, connection: "duckdb.DuckDBPyConnection", sql: str) -> None:
        listed = "".join(f", {piece} AS {name}" for piece, name in self.names.items())
        table = connection.execute(f"SELECT {UP}{listed} FROM ({sql})").to_arrow_table()
        self.up = table.column(UP)
        self.read_columns |= {name: _as_numpy(table.column(name)) for name in self.names.values()}

    def column(self, name: str) -> Array:
        return self.read_columns[name]


def _as_stored(operand: Sql, type_: Type) -> str:
    """An operand as a number without nulls where that is exact: money in its smallest unit, dates as days."""
    if type_ == "bool":
        return f"coalesce(CAST({operand.text} AS TINYINT), {UNKNOWN_BOOL})"
    if type_ == "text":
        return operand.text
    if type_ == "date":
        return f"coalesce(CAST({operand.text} - DATE '1970-01-01' AS BIGINT), CAST({UNKNOWN} AS BIGINT))"
    if operand.places > NARROW_PLACES:
        return operand.text
    scaled = f"{operand.text} * {10**operand.places}" if operand.places else operand.text
    return f"coalesce(CAST({scaled} AS BIGINT), CAST({UNKNOWN} AS BIGINT))"


def _as_numpy(values: pa.ChunkedArray) -> Array:
    if pa.types.is_decimal(values.type):
        places = values.type.scale
        numbers = [None if v is None else int(v.scaleb(places)) for v in values.to_pylist()]
        return np.array([*numbers, None], object)[:-1]
    if pa.types.is_string(values.type):
        return np.array([*values.to_pylist(), None], object)[:-1]
    numbers_or_flags: Array = values.to_numpy(zero_copy_only=False)
    return numbers_or_flags
