"""Households that fall short, counted once however many standards of a task they or their members fall short of."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from django.db import connection
from django.db.models import Max, Sum
from django.db.models.functions import Length

from firmground.findings.models import PlaceResult, Screening, StandardResult

COUNTED = """
WITH marked AS (
    SELECT left(f.place_code, %(digits)s) AS code, coalesce(m.household_id, f.subject_id) AS household_id,
        bit_or(CASE f.verdict WHEN 'not_met' THEN t.bit ELSE t.bit << 8 END) AS marks
    FROM findings_finding f JOIN unnest(%(standards)s::text[], %(bits)s::int[]) AS t (standard, bit) USING (standard)
    LEFT JOIN registry_member m ON f.about = 'member' AND m.member_id = f.subject_id AND m.superseded_at IS NULL
    WHERE f.closed_in_id IS NULL AND f.replaced_in_id IS NULL AND f.place_code LIKE %(under)s
    GROUP BY 1, 2
)
SELECT code, marks, count(*) FROM marked GROUP BY 1, 2
"""


@dataclass
class Tally:
    """Households of one place and task: those that fall short of a standard, those of whom an answer is not known."""

    short: int = 0
    unknown: int = 0


@dataclass
class PlaceTally:
    """What one place counts. `either` has the households short in any of the tasks asked for together."""

    households: int = 0
    tasks: dict[int, Tally] = field(default_factory=dict)
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
            mine = self.tasks.setdefault(task, Tally())
            mine.short += tally.short
            mine.unknown += tally.unknown


def by_place(
    screening: Screening,
    tasks: Mapping[int, Sequence[str]],
    *,
    digits: int,
    under: str = "",
    either: Sequence[int] = (),
) -> dict[str, PlaceTally]:
    """What the latest screening counts in each place of a level.

    Args:
        screening: the latest one; findings are open or not as it left them.
        tasks: at most seven tasks and the standards of each. Leave out what is held.
        digits: the level, by the length of its codes; 0 is the nation.
        under: only places inside this one.
        either: tasks that are counted together, too.
    """
    found: dict[str, PlaceTally] = {}
    standards = {standard: task for task, names in tasks.items() for standard in names}
    bits = {task: 1 << place for place, task in enumerate(tasks)}
    results = (
        PlaceResult.objects.filter(screening=screening, place_code__startswith=under)
        .annotate(digits=Length("place_code"))
        .filter(digits=digits)
        .values("place_code")
    )
    households = StandardResult.objects.filter(screening=screening, about="household").values("standard")
    for row in results.filter(standard__in=households).annotate(most=Max("asked")):
        found[row["place_code"]] = PlaceTally(households=row["most"], tasks={task: Tally() for task in tasks})
    changes = results.filter(standard__in=standards).annotate(opened_here=Sum("opened"), closed_here=Sum("closed"))
    for change in changes.values("place_code", "opened_here", "closed_here"):
        if change["place_code"] in found:
            found[change["place_code"]].opened = change["opened_here"]
            found[change["place_code"]].closed = change["closed_here"]
    with connection.cursor() as cursor:
        cursor.execute(
            COUNTED,
            {
                "digits": digits,
                "standards": list(standards),
                "bits": [bits[task] for task in standards.values()],
                "under": f"{under}%",
            },
        )
        for code, marks, households in cursor.fetchall():
            place = found.setdefault(code, PlaceTally(tasks={task: Tally() for task in tasks}))
            for task, bit in bits.items():
                place.tasks[task].short += households if marks & bit else 0
                place.tasks[task].unknown += households if marks & bit << 8 else 0
            place.either += households if any(marks & bits[task] for task in either) else 0
    return found
