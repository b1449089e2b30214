"""What if a threshold were another: who would newly fall short of a standard, and who no longer."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from firmground.common.errors import Refusal
from firmground.engines.snapshot import Snapshot
from firmground.engines.standards.declared import value_problem
from firmground.engines.standards.duckdb_engine import DuckdbEngine
from firmground.engines.standards.tree import Value

if TYPE_CHECKING:
    from firmground.engines.standards.catalogue import Catalogue

BATCH_SUBJECTS = 60_000


@dataclass(frozen=True)
class WhatIf:
    """The answer: how many fall short now and then, and by county the subjects added and dropped."""

    standard: str
    parameter: str
    value: Value
    falling_short_now: int
    falling_short_then: int
    added: Mapping[str, list[str]]
    dropped: Mapping[str, list[str]]


def what_if(
    snapshot: Snapshot | Path | str, catalogue: "Catalogue", standard: str, parameter: str, value: Value
) -> WhatIf:
    """Ask one standard of a whole snapshot twice: as declared, and with a parameter set to `value` everywhere.

    Raises:
        Refusal: the standard does not read the parameter, or the value is not of its type.
    """
    if not isinstance(snapshot, Snapshot):
        snapshot = Snapshot.open(snapshot)
    asked = catalogue.standards[standard]
    if parameter not in catalogue.parameters_behind(asked):
        raise Refusal(f"The standard '{standard}' does not read the parameter '{parameter}'.")
    problem = value_problem(value, catalogue.parameters[parameter].type)
    if problem:
        raise Refusal(f"{value} {problem}.")
    table = catalogue.tables[asked.about]
    changed = catalogue.with_parameter(parameter, value)
    now_engine, then_engine = (DuckdbEngine(one, snapshot, table, [asked]) for one in (catalogue, changed))
    now_total = then_total = 0
    added: dict[str, list[str]] = {}
    dropped: dict[str, list[str]] = {}
    for batch in snapshot.batches(catalogue.root(table).name, BATCH_SUBJECTS):
        now, then = now_engine.judge(batch).findings, then_engine.judge(batch).findings
        for county in dict.fromkeys([*now, *then]):
            before, after = (_falling_short(found.get(county)) for found in (now, then))
            now_total, then_total = now_total + len(before), then_total + len(after)
            if after - before:
                added.setdefault(county, []).extend(sorted(after - before))
            if before - after:
                dropped.setdefault(county, []).extend(sorted(before - after))
    return WhatIf(standard, parameter, value, now_total, then_total, added, dropped)


def _falling_short(findings: pa.Table | None) -> set[str]:
    if findings is None:
        return set()
    return set(findings.filter(pc.equal(findings["verdict"], "not_met"))["subject_id"].to_pylist())
