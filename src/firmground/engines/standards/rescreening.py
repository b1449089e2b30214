"""Screening again after few households changed: their old findings are taken out of what was found, their new put in.

Nothing else is judged. The snapshot says who changed (`engines.changes`); both their rows as they were and as they are
are judged, so that the counts of each place can be corrected as well.
"""

from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from firmground.engines.changes import AFTER, BEFORE
from firmground.engines.snapshot import COUNTY_DIGITS, NATION, part_of
from firmground.engines.standards.declared import Table
from firmground.engines.standards.findings import FINDINGS_SCHEMA, SUMMARY_SCHEMA, Batch, in_order, rows_of

COUNTS = ("asked", "met", "not_met", "unknown")


class Change:
    """What a change of some subjects comes to for one table: how they were judged as they were, and as they are."""

    def __init__(self, table: Table, judged: Batch) -> None:
        self.table = table
        self.before, self.after = (
            judged.findings.get(part, FINDINGS_SCHEMA.empty_table()).cast(FINDINGS_SCHEMA) for part in (BEFORE, AFTER)
        )
        self.summaries = [
            _times(judged.summaries[part], sign)
            for part, sign in ((BEFORE, -1), (AFTER, 1))
            if part in judged.summaries
        ]

    def lies_in(self, counties: Sequence[str]) -> bool:
        """Whether every changed subject is in one of these counties."""
        places = pa.concat_tables([*self.summaries, SUMMARY_SCHEMA.empty_table()])["place_code"].unique().to_pylist()
        return {part_of(place) for place in places} <= set(counties)

    def touches(self, county: str) -> bool:
        """Whether any changed subject is, or was, in this county."""
        return any(_of(county, summary).num_rows for summary in self.summaries)

    def findings_of(self, county: str, earlier: Sequence[Path]) -> pa.Table:
        """The county's findings now, from the files of what was found earlier."""
        tables = [rows_of(path) for path in earlier]
        found = pa.concat_tables([FINDINGS_SCHEMA.empty_table(), *tables])
        answered = _of(county, self.before)["subject_id"].unique()
        stands = found.filter(pc.invert(pc.is_in(found["subject_id"], value_set=answered)))
        return in_order(pa.concat_tables([stands, _of(county, self.after)]))

    def summary_of(self, county: str) -> pa.Table:
        """What is to be added to the county's counts."""
        return pa.concat_tables([SUMMARY_SCHEMA.empty_table(), *(_of(county, summary) for summary in self.summaries)])


def _of(county: str, rows: pa.Table) -> pa.Table:
    parts = pc.utf8_slice_codeunits(rows["place_code"], 0, COUNTY_DIGITS)
    return rows.filter(pc.equal(parts, "" if county == NATION else county))


def _times(summary: pa.Table, sign: int) -> pa.Table:
    for count in COUNTS:
        at = summary.schema.get_field_index(count)
        summary = summary.set_column(at, count, pc.multiply(summary[count], sign))
    return summary
