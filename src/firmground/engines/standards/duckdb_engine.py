"""The fast engine: one query brings every fact of a batch of counties together, and judges all standards at once.

Each standard is two bits a subject (falls short; unknown), so that nothing but bits and the facts that rules read
is kept; findings, with their evidence, are written out for the few subjects that have them.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

import duckdb
import pyarrow as pa

from firmground.common.errors import Refusal
from firmground.engines.snapshot import Snapshot
from firmground.engines.standards.declared import Standard, Table
from firmground.engines.standards.findings import SUMMARY_SCHEMA
from firmground.engines.standards.relation import COUNTY, ID, PLACE, Relation
from firmground.engines.standards.sql import MACROS, Sql, emit, quoted, text_literal
from firmground.engines.standards.tree import Node, Type, names_in

if TYPE_CHECKING:
    from firmground.engines.standards.catalogue import Catalogue

BITS = 62


def connect(threads: int = 1, memory: str = "400MB") -> duckdb.DuckDBPyConnection:
    """An in-memory DuckDB with the language's arithmetic."""
    connection = duckdb.connect(config={"threads": threads, "memory_limit": memory})
    for macro in MACROS:
        connection.execute(macro)
    return connection


@dataclass(frozen=True)
class Batch:
    """What a batch of counties came to. `findings` are read county by county before the next batch is judged."""

    summary: pa.Table
    findings: dict[str, pa.Table]


class DuckdbEngine:
    """Judges the standards of one subject table over batches of counties."""

    def __init__(self, catalogue: "Catalogue", snapshot: Snapshot, table: Table, standards: Sequence[Standard]) -> None:
        self.catalogue, self.snapshot, self.table, self.standards = catalogue, snapshot, table, list(standards)
        self.connection = connect()

    def judge(self, counties: Sequence[str]) -> Batch:
        """Judge every subject of these counties.

        Raises:
            Refusal: the snapshot does not fit the catalogue, or a number outgrew every type.
        """
        relation = Relation(self.catalogue, self.snapshot, counties)
        names = names_in(*(s.rule for s in self.standards), *(s.asked_of for s in self.standards))
        selected = relation.select(self.table, names)
        if selected is None:
            return Batch(SUMMARY_SCHEMA.empty_table(), {})
        sql, known = selected
        try:
            return self._judge(sql, known, counties)
        except duckdb.OutOfRangeException as error:
            raise Refusal(
                f"A number grew too large while screening {', '.join(counties)}: {error}. "
                "Look for an amount out of all proportion there."
            ) from None

    def _judge(self, sql: str, known: dict[str, Sql], counties: Sequence[str]) -> Batch:
        groups = self._groups()
        asked = [f"coalesce({emit(node, known).text}, FALSE)" if node is not None else "TRUE" for node in groups]
        rules = [emit(standard.rule, known).text for standard in self.standards]
        group_of = [next(i for i, node in enumerate(groups) if node == s.asked_of) for s in self.standards]
        judged = ", ".join(
            [f"{condition} AS asked_{i}" for i, condition in enumerate(asked)]
            + [f"{rule} AS rule_{k}" for k, rule in enumerate(rules)]
        )
        facts = [n for n in names_in(*(s.rule for s in self.standards)) if known[n].text == quoted(n)]
        kept = [quoted(ID), quoted(PLACE), quoted(COUNTY), *(quoted(n) for n in facts)]
        masks = []
        for word, first in enumerate(range(0, len(rules), BITS)):
            members = list(islice(enumerate(rules), first, first + BITS))
            short = [f"CAST(coalesce(NOT rule_{k}, FALSE) AND asked_{group_of[k]} AS BIGINT) * {1 << (k - first)}"
                     for k, _ in members]
            unknown = [f"CAST(rule_{k} IS NULL AND asked_{group_of[k]} AS BIGINT) * {1 << (k - first)}"
                       for k, _ in members]
            masks += [f"{' + '.join(short)} AS short_{word}", f"{' + '.join(unknown)} AS unknown_{word}"]
        run = self.connection.execute
        run(f"CREATE OR REPLACE TEMP TABLE judged AS SELECT {', '.join(kept)}, "
            f"{', '.join(f'asked_{i}' for i in range(len(asked)))}, {', '.join(masks)} "
            f"FROM (SELECT *, {judged} FROM ({sql}))")
        types = dict(run("SELECT column_name, data_type FROM (DESCRIBE judged)").fetchall())
        run("CREATE OR REPLACE TEMP TABLE found AS " + " UNION ALL ".join(
            self._findings_of(k, standard, known, types) for k, standard in enumerate(self.standards)))
        summary = self._summary(group_of, len(asked))
        return Batch(summary, dict(self._findings_by_county(counties)))

    def _groups(self) -> list[Node | None]:
        """The different `among`s, each asked once."""
        groups: list[Node | None] = []
        for standard in self.standards:
            if standard.asked_of not in groups:
                groups.append(standard.asked_of)
        return groups

    def _findings_of(self, k: int, standard: Standard, known: dict[str, Sql], types: dict[str, str]) -> str:
        word, bit = divmod(k, BITS)
        pieces, fixed = [], "{"
        for number, name in enumerate(names_in(standard.rule)):
            fixed += ("," if number else "") + f'"{name}":'
            sql = known[name]
            pieces += [text_literal(fixed), f"coalesce({self._json(name, sql, types)}, 'null')"]
            fixed = ""
        evidence = " || ".join([*pieces, text_literal(fixed + "}")])
        mask = 1 << bit
        return (
            f"SELECT {quoted(COUNTY)}, {quoted(ID)}, {quoted(PLACE)}, CAST({k} AS SMALLINT) AS k, "
            f"(short_{word} & {mask}) <> 0 AS short, {evidence} AS evidence "
            f"FROM judged WHERE ((short_{word} | unknown_{word}) & {mask}) <> 0"
        )

    def _json(self, name: str, sql: Sql, types: dict[str, str]) -> str:
        fact = self.table.facts.get(name)
        type_: Type = fact.type if fact else "date" if name == "as_of" else self.catalogue.parameters[name].type
        text = sql.text
        match type_:
            case "text":
                return f"CAST(to_json({text}) AS VARCHAR)"
            case "date":
                return f"'\"' || CAST({text} AS VARCHAR) || '\"'"
            case "decimal" if sql.places:
                return f"rtrim(rtrim(CAST({text} AS VARCHAR), '0'), '.')"
        return f"CAST({text} AS VARCHAR)"

    def _summary(self, group_of: Sequence[int], groups: int) -> pa.Table:
        counts = ", ".join(f"count(*) FILTER (WHERE asked_{i}) AS asked_{i}" for i in range(groups))
        run = self.connection.execute
        run(f"CREATE OR REPLACE TEMP TABLE places AS SELECT coalesce({quoted(PLACE)}, '') AS place, {counts} "
            f"FROM judged GROUP BY 1")
        asked = " UNION ALL ".join(
            f"SELECT place, {k} AS k, asked_{group} AS asked FROM places" for k, group in enumerate(group_of))
        ids = ", ".join(text_literal(s.id) for s in self.standards)
        return run(
            f"SELECT {text_literal(self.table.name)} AS about, a.place AS place_code, ([{ids}])[a.k + 1] AS standard, "
            f"a.asked, a.asked - coalesce(f.short, 0) - coalesce(f.unknown, 0) AS met, "
            f"coalesce(f.short, 0) AS not_met, coalesce(f.unknown, 0) AS unknown FROM ({asked}) a LEFT JOIN "
            f"(SELECT coalesce({quoted(PLACE)}, '') AS place, k, count(*) FILTER (WHERE short) AS short, "
            f"count(*) FILTER (WHERE NOT short) AS unknown FROM found GROUP BY 1, 2) f ON f.place = a.place AND f.k = a.k "
            f"WHERE a.asked > 0 ORDER BY a.place, a.k"
        ).to_arrow_table()

    def _findings_by_county(self, counties: Sequence[str]) -> Iterator[tuple[str, pa.Table]]:
        ids = ", ".join(text_literal(s.id) for s in self.standards)
        for county in counties:
            yield county, self.connection.execute(
                f"SELECT {text_literal(self.table.name)} AS about, {quoted(ID)} AS subject_id, "
                f"coalesce({quoted(PLACE)}, '') AS place_code, ([{ids}])[k + 1] AS standard, "
                f"CASE WHEN short THEN 'not_met' ELSE 'unknown' END AS verdict, evidence, "
                f"DATE '{self.snapshot.as_of}' AS as_of, {text_literal(self.catalogue.digest)} AS catalogue_digest "
                f"FROM found WHERE {quoted(COUNTY)} = {text_literal(county)}"
            ).to_arrow_table()

