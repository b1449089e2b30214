"""The judge over a snapshot: slow, plain, and what the fast engines are compared with."""

from collections import Counter
from collections.abc import Sequence
from decimal import InvalidOperation
from typing import TYPE_CHECKING

import pyarrow as pa

from firmground.common.errors import Refusal
from firmground.engines.snapshot import Part, Snapshot
from firmground.engines.standards.declared import Standard, Table
from firmground.engines.standards.findings import (
    FINDINGS_SCHEMA,
    SUMMARY_SCHEMA,
    Batch,
    added_up,
    evidence_text,
    in_order,
)
from firmground.engines.standards.reference import Reference
from firmground.engines.standards.subjects import subjects_in

if TYPE_CHECKING:
    from firmground.engines.standards.catalogue import Catalogue


class ReferenceEngine:
    """Judges the standards of one subject table over counties, one subject at a time."""

    def __init__(self, catalogue: "Catalogue", snapshot: Snapshot, table: Table, standards: Sequence[Standard]) -> None:
        self.catalogue, self.snapshot, self.table, self.standards = catalogue, snapshot, table, list(standards)

    def judge(self, parts: Sequence[Part]) -> Batch:
        """Judge every subject of these counties, or of a slice of one.

        Raises:
            Refusal: a number is longer than any amount can be.
        """
        reference = Reference(self.catalogue, self.snapshot.as_of)
        findings, summaries = {}, {}
        for part in parts:
            counts: Counter[tuple[str, int, str]] = Counter()
            rows: list[list[tuple[object, ...]]] = [[] for _ in self.standards]
            for id_, subject in subjects_in(self.catalogue, self.snapshot, part, self.table):
                value = reference.values_of(subject)
                for k, standard in enumerate(self.standards):
                    try:
                        judgement = reference.judge_by(standard, value)
                    except InvalidOperation:
                        raise Refusal(
                            f"A number grew too large when {id_} was asked {standard.id}. "
                            f"Look for an amount out of all proportion in county {part.county}."
                        ) from None
                    if judgement.verdict == "not_asked":
                        continue
                    counts[subject.place, k, "asked"] += 1
                    counts[subject.place, k, judgement.verdict] += 1
                    if judgement.verdict != "met":
                        rows[k].append(
                            (
                                self.table.name,
                                id_,
                                subject.place,
                                standard.id,
                                judgement.verdict,
                                evidence_text(judgement.evidence),
                                self.snapshot.as_of,
                                self.catalogue.digest,
                            )
                        )
            flat = [row for of_standard in rows for row in of_standard]
            findings[part.county] = in_order(_table(flat, FINDINGS_SCHEMA))
            counted = _table(
                [
                    (
                        self.table.name,
                        place,
                        self.standards[k].id,
                        *(counts[place, k, what] for what in ("asked", "met", "not_met", "unknown")),
                    )
                    for place, k in sorted({(place, k) for place, k, _ in counts})
                ],
                SUMMARY_SCHEMA,
            )
            summaries[part.county] = added_up(counted)
        return Batch(findings, summaries)


def _table(rows: list[tuple[object, ...]], schema: pa.Schema) -> pa.Table:
    columns = list(zip(*rows, strict=True)) if rows else [()] * len(schema)
    return pa.table(
        [pa.array(column, field.type) for column, field in zip(columns, schema, strict=True)], schema=schema
    )
