"""The fast engine: one query brings every fact of a batch of counties together, and judges all standards at once.

Each standard is one truth value a subject (holds, does not, unknown), so that nothing but those and the facts that
rules read is kept; findings, with their evidence, are written out for the few subjects that have them.
"""

import tempfile
import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import pyarrow as pa

from firmground.engines.snapshot import Part, Snapshot
from firmground.engines.standards.declared import Standard, Table
from firmground.engines.standards.findings import FINDINGS_SCHEMA, SUMMARY_SCHEMA, Batch, added_up, in_order
from firmground.engines.standards.reference_engine import ReferenceEngine
from firmground.engines.standards.relation import COUNTY, ID, PLACE, Relation
from firmground.engines.standards.sql import MACROS, Sql, emit, quoted, text_literal
from firmground.engines.standards.tree import Node, Type, names_in

if TYPE_CHECKING:
    from firmground.engines.standards.catalogue import Catalogue

FINDING = (
    f"{{about}} AS about, {ID} AS subject_id, {PLACE} AS place_code, {{standard}} AS standard, "
    "CASE WHEN short THEN 'not_met' ELSE 'unknown' END AS verdict, evidence, {as_of} AS as_of, "
    "{digest} AS catalogue_digest"
)
COUNTED = (
    f"{{about}} AS about, {PLACE} AS place_code, {{standard}} AS standard, asked, asked - short - unknown AS met, "
    "short AS not_met, unknown"
)
OUTGROWN = (duckdb.OutOfRangeException, duckdb.ConversionException, pa.ArrowInvalid, OverflowError)
"""How a number ends that is too long for a type: in DuckDB, or among what was added up beside it."""


def connect(threads: int = 1, memory: str = "700MB") -> duckdb.DuckDBPyConnection:
    """An in-memory DuckDB with the language's arithmetic."""
    connection = duckdb.connect(config={"threads": threads, "memory_limit": memory})
    connection.execute("SET enable_progress_bar = false")
    # Left to themselves, in-memory databases that outgrow their memory all write to one file in ./.tmp, and read each
    # other's pages. DuckDB makes this folder if it is needed, and removes it.
    spill = Path(tempfile.gettempdir()) / f"firmground-{uuid.uuid4()}"
    connection.execute(f"SET temp_directory = {text_literal(str(spill))}")
    for macro in MACROS:
        connection.execute(macro)
    return connection


class DuckdbEngine:
    """Judges the standards of one subject table over batches of counties."""

    def __init__(self, catalogue: "Catalogue", snapshot: Snapshot, table: Table, standards: Sequence[Standard]) -> None:
        self.catalogue, self.snapshot, self.table, self.standards = catalogue, snapshot, table, list(standards)
        self.connection = connect()

    def judge(self, parts: Sequence[Part]) -> Batch:
        """Judge every subject of these counties, or of a slice of one.

        A number that outgrows DuckDB's types, which it may meet even where nobody is asked for it, is for the judge.

        Raises:
            Refusal: the snapshot does not fit the catalogue, or a number outgrew even the judge.
        """
        try:
            return self._judge_together(parts)
        except OUTGROWN:
            if len(parts) == 1:
                return ReferenceEngine(self.catalogue, self.snapshot, self.table, self.standards).judge(parts)
        batches = [self.judge([part]) for part in parts]
        return Batch(
            {county: found for batch in batches for county, found in batch.findings.items()},
            {county: counted for batch in batches for county, counted in batch.summaries.items()},
        )

    def _judge_together(self, parts: Sequence[Part]) -> Batch:
        counties = [part.county for part in parts]
        relation = Relation(self.catalogue, self.snapshot, parts, self.connection)
        names = names_in(*(s.rule for s in self.standards), *(s.asked_of for s in self.standards))
        selected = relation.select(self.table, names)
        return Batch({}, {}) if selected is None else self._judge(*selected, counties)

    def _judge(self, sql: str, known: dict[str, Sql], counties: Sequence[str]) -> Batch:
        groups = self._groups()
        asked = [f"coalesce({emit(node, known).text}, FALSE)" if node is not None else "TRUE" for node in groups]
        rules = [emit(standard.rule, known).text for standard in self.standards]
        group_of = [next(i for i, node in enumerate(groups) if node == s.asked_of) for s in self.standards]
        judged = ", ".join(
            [f"{condition} AS __asked_{i}" for i, condition in enumerate(asked)]
            + [f"{rule} AS __rule_{k}" for k, rule in enumerate(rules)]
        )
        facts = [n for n in names_in(*(s.rule for s in self.standards)) if known[n].text == quoted(n)]
        kept = [ID, PLACE, COUNTY, *(quoted(n) for n in facts)]
        kept += [f"__asked_{i}" for i in range(len(asked))] + [f"__rule_{k}" for k in range(len(rules))]
        run = self.connection.execute
        run(f"CREATE OR REPLACE TEMP TABLE judged AS SELECT {', '.join(kept)} FROM (SELECT *, {judged} FROM ({sql}))")
        run(
            "CREATE OR REPLACE TEMP TABLE found AS "
            + " UNION ALL ".join(
                self._findings_of(k, group_of[k], standard, known) for k, standard in enumerate(self.standards)
            )
        )
        self._count(group_of, len(asked))
        findings = self._by_county("found", FINDING, FINDINGS_SCHEMA, counties)
        summaries = self._by_county("counted", COUNTED, SUMMARY_SCHEMA, counties)
        return Batch(
            {county: in_order(found) for county, found in findings.items()},
            {county: added_up(counted) for county, counted in summaries.items()},
        )

    def _groups(self) -> list[Node | None]:
        """The different `among`s, each asked once."""
        groups: list[Node | None] = []
        for standard in self.standards:
            if standard.asked_of not in groups:
                groups.append(standard.asked_of)
        return groups

    def _findings_of(self, k: int, group: int, standard: Standard, known: dict[str, Sql]) -> str:
        pieces, fixed = [], "{"
        for number, name in enumerate(names_in(standard.rule)):
            fixed += ("," if number else "") + f'"{name}":'
            sql = known[name]
            pieces += [text_literal(fixed), f"coalesce({self._json(name, sql)}, 'null')"]
            fixed = ""
        evidence = " || ".join([*pieces, text_literal(fixed + "}")])
        return (
            f"SELECT {COUNTY}, {ID}, {PLACE}, CAST({k} AS SMALLINT) AS k, "
            f"__rule_{k} IS NOT NULL AS short, {evidence} AS evidence "
            f"FROM judged WHERE __asked_{group} AND (__rule_{k} IS NULL OR NOT __rule_{k})"
        )

    def _json(self, name: str, sql: Sql) -> str:
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

    def _count(self, group_of: Sequence[int], groups: int) -> None:
        """How each standard came out in each place."""
        run = self.connection.execute
        counts = ", ".join(f"count(*) FILTER (WHERE __asked_{i}) AS __asked_{i}" for i in range(groups))
        run(f"CREATE OR REPLACE TEMP TABLE places AS SELECT {COUNTY}, {PLACE}, {counts} FROM judged GROUP BY ALL")
        asked = (
            f"SELECT {COUNTY}, {PLACE}, unnest(range({len(group_of)})) AS k, "
            f"unnest([{', '.join(f'__asked_{group}' for group in group_of)}]) AS asked FROM places"
        )
        run(
            f"CREATE OR REPLACE TEMP TABLE counted AS SELECT a.*, coalesce(f.short, 0) AS short, "
            f"coalesce(f.unknown, 0) AS unknown FROM ({asked}) a LEFT JOIN (SELECT {COUNTY}, {PLACE}, k, "
            f"count(*) FILTER (WHERE short) AS short, count(*) FILTER (WHERE NOT short) AS unknown FROM found "
            f"GROUP BY ALL) f USING ({COUNTY}, {PLACE}, k) WHERE a.asked > 0"
        )

    def _by_county(self, table: str, columns: str, schema: pa.Schema, counties: Sequence[str]) -> dict[str, pa.Table]:
        ids = ", ".join(text_literal(s.id) for s in self.standards)
        picked = columns.format(
            about=text_literal(self.table.name),
            standard=f"([{ids}])[k + 1]",
            as_of=f"DATE '{self.snapshot.as_of}'",
            digest=text_literal(self.catalogue.digest),
        )
        return {
            county: self.connection.execute(f"SELECT {picked} FROM {table} WHERE {COUNTY} = {text_literal(county)}")
            .to_arrow_table()
            .cast(schema)
            for county in counties
        }
