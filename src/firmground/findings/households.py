"""The households of a village with what was found of them; findings about a member count for its household."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from firmground.findings.models import Finding, Screening
from firmground.findings.queries import in_place
from firmground.officers.territory import Eyes
from firmground.registry.models import OPEN, Household


@dataclass
class Found:
    """A household of a village, and the standards it or a member falls short of or is not known to meet."""

    household: Household
    short: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)


COLUMNS: dict[str, Callable[[Found], Any]] = {
    "id": lambda row: row.household.household_id,
    "head": lambda row: row.household.head,
    "kind": lambda row: row.household.kind,
    "population": lambda row: row.household.population,
    "short": lambda row: len(row.short),
    "unknown": lambda row: len(row.unknown),
}


def of_village(
    screening: Screening, code: str, *, seen_by: Eyes, standard: str = "", kind: str = "", verdict: str = ""
) -> list[Found]:
    """The households registered in a village, by their number. Two queries; a village is small enough to hold.

    Args:
        standard, verdict: only those with an open finding about that standard, or of that verdict; both: the same one.
    """
    found: dict[str, Found] = {
        row.household_id: Found(row)
        for row in Household.objects.filter(OPEN, seen_by.territory.q("village_code"), village_code=code).order_by(
            "household_id"
        )
        if not kind or row.kind == kind
    }
    wanted: defaultdict[str, bool] = defaultdict(bool)
    for finding in in_place(screening, code, seen_by=seen_by).only("household_id", "standard", "verdict"):
        row = found.get(finding.household_id)
        if row is not None:
            standards = row.short if finding.verdict == Finding.Verdict.NOT_MET else row.unknown
            if finding.standard not in standards:
                standards.append(finding.standard)
            wanted[finding.household_id] |= standard in ("", finding.standard) and verdict in ("", finding.verdict)
    if standard or verdict:
        return [row for household_id, row in found.items() if wanted[household_id]]
    return list(found.values())
