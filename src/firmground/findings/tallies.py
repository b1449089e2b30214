"""Households that fall short, counted once however many standards of a task they or their members fall short of."""

from dataclasses import dataclass, field

from firmground.findings.models import HouseholdTally, Screening
from firmground.findings.queries import COUNTY_DIGITS
from firmground.officers.territory import Eyes

TASKS = (3, 5, 8)  # of the notice, as the board counts them; 8, the census, stands for the quality of the registers
TOGETHER = (3, 5)  # what a household itself lives by: a household short in both counts once on the map


@dataclass
class Tally:
    """Households of one place and task: those that fall short of a standard, those of whom an answer is not known."""

    short: int = 0
    unknown: int = 0


@dataclass
class PlaceTally:
    """What one place counts. `either` has the households short in one of TOGETHER."""

    households: int = 0
    tasks: dict[int, Tally] = field(default_factory=lambda: {task: Tally() for task in TASKS})
    either: int = 0
    opened: int = 0
    closed: int = 0

    def add(self, other: "PlaceTally") -> None:
        """Take in a place that lies in this one; no household lies in two."""
        self.households += other.households
        self.either += other.either
        self.opened += other.opened
        self.closed += other.closed
        for task, tally in other.tasks.items():
            self.tasks[task].short += tally.short
            self.tasks[task].unknown += tally.unknown


def by_place(screening: Screening, *, digits: int, seen_by: Eyes, under: str = "") -> dict[str, PlaceTally]:
    """What a screening counted in each place of a level.

    Args:
        digits: the level, by the length of its codes; 0 is the nation.
        under: only places inside this one, and itself.
        seen_by: whose territory bounds it below the county; what is counted of a county is for everybody.
    """
    found: dict[str, PlaceTally] = {}
    rows = HouseholdTally.objects.filter(screening=screening, digits=digits, place_code__startswith=under)
    if digits > COUNTY_DIGITS:
        rows = rows.filter(seen_by.territory.q("place_code"))
    for row in rows.order_by("place_code", "tasks"):
        place = found.setdefault(row.place_code, PlaceTally(households=row.households))
        tasks = tuple(map(int, row.tasks.split(",")))
        if tasks == TOGETHER:
            place.either = row.short
        else:
            place.tasks[tasks[0]] = Tally(row.short, row.unknown)
            place.opened += row.opened
            place.closed += row.closed
    return found
