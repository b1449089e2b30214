"""The findings of one subject table in a batch of counties, as every engine must produce them.

A finding is a standard that a subject does not meet, or of which it is not known whether the subject meets it.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from firmground.common.files import whole
from firmground.engines.standards.tree import Value

PARQUET = {"compression": "zstd", "compression_level": 1}

FINDINGS_SCHEMA = pa.schema(
    [
        ("about", pa.string()),
        ("subject_id", pa.string()),
        ("place_code", pa.string()),
        ("standard", pa.string()),
        ("verdict", pa.string()),
        ("evidence", pa.string()),
        ("as_of", pa.date32()),
        ("catalogue_digest", pa.string()),
    ]
)
# JSON leaves the writing of control characters open; both engines write them as DuckDB does.
_TO_BE_ESCAPED = re.compile(r'["\\\x00-\x1f]')
_SHORT_ESCAPES = {'"': '\\"', "\\": "\\\\", "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
SUMMARY_SCHEMA = pa.schema(
    [
        ("about", pa.string()),
        ("place_code", pa.string()),
        ("standard", pa.string()),
        ("asked", pa.int64()),
        ("met", pa.int64()),
        ("not_met", pa.int64()),
        ("unknown", pa.int64()),
    ]
)


@dataclass(frozen=True)
class Batch:
    """What a batch of counties came to, county by county; findings and counts in their order."""

    findings: dict[str, pa.Table]
    summaries: dict[str, pa.Table]


def rows_of(path: Path) -> pa.Table:
    """A file of findings or counts. Pyarrow's usual reader, made for whole folders, costs more than these few rows."""
    with pq.ParquetFile(path, pre_buffer=False) as file:
        return file.read(use_threads=False)


def write_rows(path: Path, rows: pa.Table) -> None:
    """Write findings or counts, whole or not at all."""
    with whole(path) as unfinished:
        pq.write_table(rows, unfinished, **PARQUET)


def in_order(findings: pa.Table) -> pa.Table:
    """Findings in the one order they are written in: by standard, place and subject."""
    keys = [(column, "ascending") for column in ("standard", "place_code", "subject_id")]
    return findings.take(pc.sort_indices(findings, keys)).combine_chunks()


def added_up(summary: pa.Table) -> pa.Table:
    """The counts of each place once, in the one order they are written in; who is not asked anything is left out."""
    keys, counts = ["about", "place_code", "standard"], ["asked", "met", "not_met", "unknown"]
    added = summary.group_by(keys, use_threads=False).aggregate([(count, "sum") for count in counts])
    named = added.select([*keys, *(f"{count}_sum" for count in counts)]).rename_columns(SUMMARY_SCHEMA.names)
    return named.filter(pc.greater(named["asked"], 0)).sort_by([(key, "ascending") for key in keys])


def evidence_text(evidence: Mapping[str, Value]) -> str:
    """Evidence as JSON: numbers exact and without trailing zeros, dates as 2020-06-30, unknown as null."""
    return "{" + ",".join(f"{json.dumps(name)}:{value_text(value)}" for name, value in evidence.items()) + "}"


def value_text(value: Value) -> str:
    """One value as JSON."""
    if isinstance(value, Decimal):
        text = f"{value:f}"
        if "." in text:
            text = text.rstrip("0").rstrip(".")
        return "0" if text == "-0" else text
    if isinstance(value, date):
        return f'"{value.isoformat()}"'
    if isinstance(value, str):
        return f'"{_TO_BE_ESCAPED.sub(_escaped, value)}"'
    return json.dumps(value)


def _escaped(match: re.Match[str]) -> str:
    return _SHORT_ESCAPES.get(match[0]) or f"\\u{ord(match[0]):04X}"
