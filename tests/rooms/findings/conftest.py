"""Screenings as the engines write them, drawn by hand."""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from firmground.engines.standards.findings import FINDINGS_SCHEMA, SUMMARY_SCHEMA

# (household, standard) -> (verdict, evidence); a household's id begins with its village's code.
Found = Mapping[tuple[str, str], tuple[str, dict[str, Any]]]


@dataclass
class Drawn:
    """A screening folder in the making: everybody is asked everything; who is not in `found` meets it."""

    found: Found
    households: tuple[str, ...]
    standards: tuple[str, ...]
    as_of: date = date(2020, 6, 30)
    held: tuple[str, ...] = ()
    counties: tuple[str, ...] = ()
    extra: dict[str, Any] = field(default_factory=dict)

    def write(self, to: Path) -> Path:
        counties = self.counties or tuple(sorted({household[:6] for household in self.households}))
        drawn = repr((sorted(self.found.items()), self.households, self.standards, counties, self.extra))
        to.mkdir(parents=True)
        for county in counties:
            rows = [
                {"about": "household", "subject_id": household, "place_code": household[:12], "standard": standard,
                 "verdict": verdict, "evidence": json.dumps(evidence, ensure_ascii=False), "as_of": self.as_of,
                 "catalogue_digest": "c" * 64}
                for (household, standard), (verdict, evidence) in self.found.items() if household[:6] == county
            ]  # fmt: skip
            (to / "findings" / f"county={county}").mkdir(parents=True)
            table = pa.Table.from_pylist(rows, schema=FINDINGS_SCHEMA)
            pq.write_table(table, to / "findings" / f"county={county}" / "household.parquet")
        tally = []
        for village in sorted({household[:12] for household in self.households if household[:6] in counties}):
            inside = [household for household in self.households if household[:12] == village]
            for standard in self.standards:
                verdicts = [self.found.get((household, standard), ("met", {}))[0] for household in inside]
                counted = {verdict: verdicts.count(verdict) for verdict in ("met", "not_met", "unknown")}
                tally.append({"about": "household", "place_code": village, "standard": standard,
                              "asked": len(inside), **counted})  # fmt: skip
        pq.write_table(pa.Table.from_pylist(tally, schema=SUMMARY_SCHEMA), to / "summary.parquet")
        said = {
            "catalogue_digest": "c" * 64,
            "snapshot_digest": hashlib.sha256(f"{self.as_of}{drawn}".encode()).hexdigest(),
            "as_of": self.as_of.isoformat(), "known_at": self.as_of.isoformat(), "engine": "reference",
            "counties": list(counties), "held": dict.fromkeys(self.held, "more than is plausible"),
            "screened_again": len(counties), "started_at": "", "finished_at": "",
            "totals": [
                {"standard": standard, "about": "household",
                 **{count: sum(row[count] for row in tally if row["standard"] == standard)
                    for count in ("asked", "met", "not_met", "unknown")}}
                for standard in self.standards
            ],
        }  # fmt: skip
        (to / "screening.json").write_text(json.dumps(said), encoding="utf-8")
        return to


@pytest.fixture
def draw(tmp_path: Path) -> Callable[..., Path]:
    """Draw a screening into a folder of its own, and return the folder."""

    def draw(found: Found, households: tuple[str, ...], standards: tuple[str, ...] = ("roof",), **other: Any) -> Path:
        drawn = Drawn(found, households, standards, **other)
        return drawn.write(tmp_path / f"screening-{len(list(tmp_path.iterdir()))}")

    return draw


@pytest.fixture(autouse=True)
def _everywhere(everywhere: object) -> None:
    """These tests are about what the room does; who may see and do it is told elsewhere."""
