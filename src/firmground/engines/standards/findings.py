"""The findings of one subject table in a batch of counties, as every engine must produce them.

A finding is a standard that a subject does not meet, or of which it is not known whether the subject meets it.
"""

import json
from collections.abc import Mapping
from datetime import date
from decimal import Decimal

import pyarrow as pa

from firmground.engines.standards.tree import Value

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
    return json.dumps(value, ensure_ascii=False)


def evidence_read(text: str) -> dict[str, Value]:
    """Evidence from its JSON, with exact decimals; dates stay text."""
    read: dict[str, Value] = json.loads(text, parse_float=Decimal)
    return read
