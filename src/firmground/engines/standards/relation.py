"""From facts to one SELECT: a row for each subject with every fact the standards read.

Related rows are grouped by the position of their subject in its file when the snapshot gives it (`<subject>_row`),
and by the subject's key when it does not.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow.parquet as pq

from firmground.common.errors import Refusal
from firmground.engines.snapshot import Snapshot
from firmground.engines.standards.declared import Aggregate, Fact, Parameter, Table
from firmground.engines.standards.sql import Sql, column_type, emit, quoted, text_literal, value_literal
from firmground.engines.standards.tree import QUOTIENT_PLACES, Node, Type, names_in

if TYPE_CHECKING:
    from firmground.engines.standards.catalogue import Catalogue

KEY, UP, ID, ROW, PLACE, COUNTY, FILE = "__key", "__up", "__id", "__row", "__place", "__county", "__file"


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
        case "date" if kind == "date32":
            return Sql(name)
        case "date" if kind == "timestamp":
            return Sql(f"CAST({name} AS DATE)")
        case "text" if kind in ("string", "large_string", "dictionary<values=string, indices=int32, ordered=0>"):
            return Sql(name)
        case "decimal" if kind.startswith("decimal"):
            places = int(stored.rstrip(")").split(",")[1])
            if places <= QUOTIENT_PLACES:
                return Sql(name, places)
            return Sql(f"CAST({name} AS DECIMAL(28,{QUOTIENT_PLACES}))", QUOTIENT_PLACES)
        case "decimal" if whole:
            return Sql(f"CAST({name} AS DECIMAL(18,0))")
        case "decimal" if kind in ("double", "float"):
            return Sql(f"CAST({name} AS DECIMAL(28,{QUOTIENT_PLACES}))", QUOTIENT_PLACES)
    raise Refusal(
        f"The snapshot's column {table}.{fact.name} is {stored}, but facts.toml says {fact.type}. "
        "Make the snapshot again, or correct facts.toml."
    )


class Relation:
    """Builds the SELECT for one batch of counties of a snapshot, for one catalogue and date."""

    def __init__(self, catalogue: "Catalogue", snapshot: Snapshot, counties: Sequence[str]) -> None:
        self.catalogue, self.snapshot, self.counties = catalogue, snapshot, list(counties)
        self.as_of: date = snapshot.as_of
        self._columns: dict[str, tuple[Columns, bool]] = {}

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
        one_file_each = all(len(self.snapshot.paths(parent.name, county)) <= 1 for county in self.counties)
        return one_file_each and f"{parent.name}_row" in self.columns(child).types

    def parameter(self, parameter: Parameter, place_column: str) -> Sql:
        """A parameter on the screening's date: a literal, or a choice by place where places differ."""
        inside = {
            row.place for row in parameter.values
            if any(row.place.startswith(county) and row.place != county for county in self.counties)
        }
        choices = {county: parameter.row_at(self.as_of, county) for county in self.counties}
        choices |= {place: parameter.row_at(self.as_of, place) for place in inside}
        values = {place: None if row is None else row.value for place, row in choices.items()}
        if len(set(values.values())) == 1:
            return value_literal(next(iter(values.values())), parameter.type)
        literals = {place: value_literal(value, parameter.type) for place, value in values.items()}
        places = max(literal.places for literal in literals.values())
        target = f"DECIMAL({18 + places},{places})" if parameter.type == "decimal" else column_type(parameter.type)
        branches = " ".join(
            f"WHEN starts_with({place_column}, {text_literal(place)}) THEN CAST({literals[place].text} AS {target})"
            for place in sorted(values, key=lambda p: (-len(p), p))
        )
        return Sql(f"(CASE {branches} END)", places)

    def _schema(self, table: Table) -> tuple[Columns, bool]:
        if table.name not in self._columns:
            self._columns[table.name] = Columns.of([path for _, path in self.paths(table)])
        return self._columns[table.name]

    def _layers(self, table: Table, names: Sequence[str], top: bool, up: Table | None = None
                ) -> tuple[str, dict[str, Sql]]:
        """The scan, the aggregates of related tables beside it, and a layer of SELECT for each step of derivation."""
        wanted = self._facts_behind(table, names)
        parameters = self._parameters_behind(table, names)
        scan, known = self._scan(table, [f for f in wanted if f.kind == "base"], top, up,
                                 by_place=bool(parameters) and not top)
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
            known |= {name: Sql(quoted(name), piece.places) for name, piece in pieces.items()}
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

    def _scan(self, table: Table, base: Sequence[Fact], top: bool, up: Table | None, by_place: bool
              ) -> tuple[str, dict[str, Sql]]:
        """The Parquet files, with the keys that the layers above need."""
        files = self.paths(table)
        columns, same = self._schema(table)
        options = f"filename={text_literal(FILE)}, file_row_number=true, hive_partitioning=false"
        if not same:
            options += ", union_by_name=true"
        listed = ", ".join(text_literal(str(path)) for _, path in files)
        keys = [f"{self._own_key(table)} AS {KEY}"]
        if up is not None:
            keys.append(f"{self._key_of_parent(table, up)} AS {UP}")
        if top:
            keys.append(f"CAST({quoted(table.key)} AS VARCHAR) AS {ID}")
            keys.append(f"{self._by_file({path: text_literal(county) for county, path in files})} AS {COUNTY}")
            keys.append(f"CAST(file_row_number AS INTEGER) + {self._by_file(self._positions(table))} AS {ROW}")
        pieces = {fact.name: base_column(fact, columns, table.name) for fact in base}
        read = [f"{piece.text} AS {quoted(name)}" for name, piece in pieces.items()]
        known = {name: Sql(quoted(name), piece.places) for name, piece in pieces.items()}
        if (top or by_place) and table.place is not None:
            keys.append(f"coalesce(CAST({quoted(table.place)} AS VARCHAR), '') AS {PLACE}")
        sql = f"SELECT {', '.join(keys + read)} FROM read_parquet([{listed}], {options})"
        if (top or by_place) and table.place is None:
            sql = self._with_place_of_parent(sql, table, up)
        return sql, known

    def _with_place_of_parent(self, sql: str, table: Table, up: Table | None) -> str:
        """A related row is where its subject is."""
        parent = self.catalogue.tables[table.of] if table.of else None
        if parent is None:
            return f"SELECT *, '' AS {PLACE} FROM ({sql})"
        if up is None:
            keyed = sql.replace("SELECT ", f"SELECT {self._key_of_parent(table, parent)} AS {UP}, ", 1)
        else:
            keyed = sql
        above, _ = self._scan(parent, [], top=False, up=None, by_place=True)
        return (
            f"SELECT s.*, coalesce(p.{PLACE}, '') AS {PLACE} FROM ({keyed}) s LEFT JOIN ({above}) p "
            f"ON p.{KEY} = s.{UP}"
        )

    def _own_key(self, table: Table) -> str:
        """What related rows will be grouped by: the row's position in the batch, or its key."""
        children = [t for t in self.catalogue.tables.values() if t.of == table.name and self.paths(t)]
        if children and all(self.merges(child, table) for child in children):
            return f"CAST(file_row_number AS INTEGER) + {self._by_file(self._positions(table))}"
        return f"CAST({quoted(table.key)} AS VARCHAR)"

    def _key_of_parent(self, child: Table, parent: Table) -> str:
        siblings = [t for t in self.catalogue.tables.values() if t.of == parent.name and self.paths(t)]
        if all(self.merges(sibling, parent) for sibling in siblings):
            first = {county: at for (county, _), at in reversed(list(zip(self.paths(parent), self._starts(parent), strict=True)))}
            offsets = {path: f"CAST({first.get(county, 0)} AS INTEGER)" for county, path in self.paths(child)}
            return f"{quoted(parent.name + '_row')} + {self._by_file(offsets)}"
        return f"CAST({quoted(parent.key)} AS VARCHAR)"

    def _starts(self, table: Table) -> list[int]:
        """At which row of the batch each of a table's files begins."""
        rows = {self.snapshot.folder / f.path: f.rows for f in self.snapshot.files if f.table == table.name}
        counts = [rows[path] for _, path in self.paths(table)]
        return [sum(counts[:n]) for n in range(len(counts))]

    def _positions(self, table: Table) -> dict[Path, str]:
        pairs = zip(self.paths(table), self._starts(table), strict=True)
        return {path: f"CAST({at} AS INTEGER)" for (_, path), at in pairs}

    def _by_file(self, values: Mapping[Path, str]) -> str:
        """A value that depends on the file a row is from."""
        if len(set(values.values())) == 1:
            return next(iter(values.values()))
        branches = " ".join(f"WHEN {text_literal(str(path))} THEN {value}" for path, value in values.items())
        return f"(CASE {FILE} {branches} END)"

    def _with_aggregates(self, scan: str, table: Table, facts: Sequence[Fact]) -> tuple[str, dict[str, Sql]]:
        by_child: dict[str, list[Fact]] = {}
        for fact in facts:
            assert fact.aggregate is not None
            by_child.setdefault(fact.aggregate.table, []).append(fact)
        known: dict[str, Sql] = {}
        joins, finals = [], []
        for number, (child_name, child_facts) in enumerate(by_child.items()):
            child = self.catalogue.tables[child_name]
            aggregates = [fact.aggregate for fact in child_facts if fact.aggregate is not None]
            if not self.paths(child):
                for fact, aggregate in zip(child_facts, aggregates, strict=True):
                    empty = {"count": "CAST(0 AS BIGINT)", "any": "FALSE"}.get(aggregate.function)
                    finals.append(f"{empty or value_literal(None, fact.type).text} AS {quoted(fact.name)}")
                    known[fact.name] = Sql(quoted(fact.name), 2 if fact.type == "decimal" else 0)
                continue
            inner, inner_known = self._layers(
                child, names_in(*(a.of for a in aggregates), *(a.where for a in aggregates)), top=False, up=table)
            raws: list[str] = []
            for fact, aggregate in zip(child_facts, aggregates, strict=True):
                raw, final = _aggregated(aggregate, fact, inner_known, f"{quoted(f'__{fact.name}')[1:-1]}")
                raws += raw
                finals.append(f"{final.text} AS {quoted(fact.name)}")
                known[fact.name] = Sql(quoted(fact.name), final.places)
            joins.append(
                f" LEFT JOIN (SELECT {UP}, {', '.join(raws)} FROM ({inner}) GROUP BY {UP}) c{number} "
                f"ON c{number}.{UP} = s.{KEY}"
            )
        if not finals:
            return scan, {}
        return f"SELECT s.*, {', '.join(finals)} FROM ({scan}) s{''.join(joins)}", known


def _aggregated(aggregate: Aggregate, fact: Fact, known: Mapping[str, Sql], stem: str) -> tuple[list[str], Sql]:
    """What is counted within each group, and the fact's value from it: groups without a row have nulls there."""
    where = emit(aggregate.where, known).text if aggregate.where is not None else None

    def counted(condition: str | None = None) -> str:
        conditions = [c for c in (where, condition) if c]
        return "count(*)" + (f" FILTER (WHERE {' AND '.join(conditions)})" if conditions else "")

    def name(part: str) -> str:
        return quoted(f"{stem}_{part}")

    if aggregate.function == "count":
        return [f"{counted()} AS {name('n')}"], Sql(f"coalesce({name('n')}, 0)")
    assert aggregate.of is not None
    of = _operand(aggregate.of, fact.type, known)
    if aggregate.function in ("any", "all"):
        raws = [
            f"{counted(of.text)} AS {name('true')}",
            f"{counted(f'NOT ({of.text})')} AS {name('false')}",
            f"{counted(f'({of.text}) IS NULL')} AS {name('unknown')}",
        ]
        true, false, unknown = name("true"), name("false"), name("unknown")
        if aggregate.function == "any":
            return raws, Sql(f"(CASE WHEN {true} > 0 THEN TRUE WHEN {unknown} > 0 THEN NULL ELSE FALSE END)")
        return raws, Sql(f"(CASE WHEN {false} > 0 THEN FALSE WHEN {unknown} > 0 THEN NULL WHEN {true} > 0 THEN TRUE END)")
    filtered = f" FILTER (WHERE {where})" if where else ""
    raw = f"{aggregate.function}({of.text}){filtered} AS {name('value')}"
    if aggregate.function != "sum":
        return [raw], Sql(name("value"), of.places)
    narrow = "BIGINT" if fact.type == "int" else f"DECIMAL({18 + max(of.places - 2, 0)},{of.places})"
    return (
        [raw, f"{counted()} AS {name('n')}", f"count({of.text}){filtered} AS {name('known')}"],
        Sql(f"(CASE WHEN {name('n')} = {name('known')} THEN CAST({name('value')} AS {narrow}) END)", of.places),
    )


def _operand(node: Node, type_: Type, known: Mapping[str, Sql]) -> Sql:
    if node.type == "null":
        return value_literal(None, type_)
    piece = emit(node, known)
    if type_ == "decimal" and node.type == "int":
        return Sql(f"CAST({piece.text} AS DECIMAL(18,0))")
    return piece
