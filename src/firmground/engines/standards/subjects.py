"""Subjects read from a snapshot with the rows related to them, for the engines that take one at a time."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow.parquet as pq

from firmground.common.errors import Refusal
from firmground.engines.snapshot import Part, Snapshot
from firmground.engines.standards.declared import Table
from firmground.engines.standards.reference import Subject
from firmground.engines.standards.relation import Columns, base_column, check_keys
from firmground.engines.standards.sql import quoted, text_literal

if TYPE_CHECKING:
    import duckdb

    from firmground.engines.standards.catalogue import Catalogue


def subjects_in(
    catalogue: "Catalogue", snapshot: Snapshot, part: Part, table: Table, ids: Sequence[str] | None = None
) -> Iterator[tuple[str, Subject]]:
    """The subjects of a part in the order of their file: (id, subject). `ids` asks for some of a whole county."""
    from firmground.engines.standards.duckdb_engine import connect

    reader = _Reader(catalogue, snapshot, part.county, connect())
    places = reader.places(table, ids)
    position: dict[str | None, int] = reader.positions(table) if part.last is not None else {}
    for id_, up, subject in reader.rows(table, ids):
        at = position.get(id_ if table.of is None else up, 0)  # a row whose subject is not there goes with the first
        if part.last is None or part.first <= at < part.last:
            subject.place = places.get(id_, "")
            yield id_, subject


class _Reader:
    def __init__(
        self, catalogue: "Catalogue", snapshot: Snapshot, county: str, connection: "duckdb.DuckDBPyConnection"
    ) -> None:
        self.catalogue, self.snapshot, self.county, self.connection = catalogue, snapshot, county, connection

    def rows(
        self, table: Table, ids: Sequence[str] | None = None, parents: Sequence[str] | None = None
    ) -> list[tuple[str, str | None, Subject]]:
        """(own id, parent's id, subject) of each row, with its related rows."""
        paths = self.snapshot.paths(table.name, self.county)
        if not paths:
            return []
        columns, _ = Columns.of(paths)
        check_keys(columns, table, self.catalogue.tables[table.of] if table.of else None)
        base = [fact for fact in table.facts.values() if fact.kind == "base"]
        parent = self.catalogue.tables[table.of].key if table.of else None
        picked = [
            f"CAST({quoted(table.key)} AS VARCHAR)",
            f"CAST({quoted(parent)} AS VARCHAR)" if parent else "NULL",
            *(base_column(fact, columns, table.name).text for fact in base),
        ]
        chosen = [(table.key, ids)] if ids is not None else [(parent, parents)] if parents is not None else []
        where = " AND ".join(f"CAST({quoted(str(key))} AS VARCHAR) IN (SELECT unnest(?))" for key, _ in chosen)
        rest = f"FROM {_scan(paths)}" + (f" WHERE {where}" if where else "")
        wanted = [list(some or ()) for _, some in chosen]
        found = self._numbers_fit(f"SELECT {', '.join(picked)} {rest}", wanted)
        if found is None:
            each = ((fact, base_column(fact, columns, table.name).text) for fact in base)
            name = next(f.name for f, text in each if self._numbers_fit(f"SELECT {text} {rest}", wanted) is None)
            raise Refusal(
                f"The column {table.name}.{name} of county {self.county} holds a number that is infinite, has more "
                "than 18 digits before the point, or is not whole where facts.toml says int. "
                "Make the snapshot again without it."
            )
        subjects = [
            (own, up, Subject(table.name, {f.name: v for f, v in zip(base, values, strict=True) if v is not None}))
            for own, up, *values in found
        ]
        children = [child for child in self.catalogue.tables.values() if child.of == table.name]
        by_id = {id_: subject for id_, _, subject in subjects}
        related: dict[str, dict[str, list[Subject]]] = {id_: {} for id_ in by_id}
        some = list(by_id) if ids is not None or parents is not None else None
        for child in children:
            for _, parent_id, row in self.rows(child, parents=some):
                if parent_id in related:
                    related[parent_id].setdefault(child.name, []).append(row)
        for id_, subject in by_id.items():
            subject.related = related[id_]
        return subjects

    def _numbers_fit(self, query: str, wanted: list[list[str]]) -> list[Any] | None:
        """The rows of a query; None if a number in them outgrows every amount there is."""
        import duckdb

        try:
            return self.connection.execute(query, wanted).fetchall()
        except (duckdb.ConversionException, duckdb.OutOfRangeException):
            return None

    def positions(self, table: Table) -> dict[str | None, int]:
        """Where in their file the subjects lie that a slice is counted by: a related row goes with its own."""
        root = self.catalogue.root(table)
        paths = self.snapshot.paths(root.name, self.county)
        keys = self.connection.execute(f"SELECT CAST({quoted(root.key)} AS VARCHAR) FROM {_scan(paths)}").fetchall()
        return {key: number for number, (key,) in enumerate(keys)}

    def places(self, table: Table, ids: Sequence[str] | None = None) -> dict[str, str]:
        """The place code of each row, or of some; a related row is where its subject is."""
        paths = self.snapshot.paths(table.name, self.county)
        if not paths:
            return {}
        check_keys(Columns.of(paths)[0], table, self.catalogue.tables[table.of] if table.of else None)
        own = f"CAST({quoted(table.key)} AS VARCHAR)"
        chosen = f"FROM {_scan(paths)}" + ("" if ids is None else f" WHERE {own} IN (SELECT unnest(?))")
        wanted = [] if ids is None else [list(ids)]
        if table.place is not None:
            place = f"coalesce(CAST({quoted(table.place)} AS VARCHAR), '')"
            return dict(self.connection.execute(f"SELECT {own}, {place} {chosen}", wanted).fetchall())
        if table.of is None:
            return {}
        parent = self.catalogue.tables[table.of]
        pairs = self.connection.execute(
            f"SELECT {own}, CAST({quoted(parent.key)} AS VARCHAR) {chosen}", wanted
        ).fetchall()
        above = self.places(parent, None if ids is None else [up for _, up in pairs])
        return {row: above.get(up, "") for row, up in pairs}


def _scan(paths: Sequence[Path]) -> str:
    same = len({pq.read_schema(path) for path in paths}) == 1
    listed = ", ".join(text_literal(str(path)) for path in paths)
    return f"read_parquet([{listed}], hive_partitioning=false{'' if same else ', union_by_name=true'})"
