"""Performance 绩效: what a project's goals were worth, with the arithmetic, summed for sectors and a county.

A goal earns its weight where it is reached, and the share that was reached where it is not: 30 of 40 households earn
three quarters of the weight. A goal that is not measured earns nothing and says so. What is above the target earns no
more. Sums over projects weigh each by its cost (self-evaluation of project, sector and county: General Office 2018
No. 35; the arithmetic is ours, the rule names none).
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from firmground.funds.projects.models import Goal, Project

CENT = Decimal("0.01")
NOTHING = Decimal(0)


def earned(goal: Goal) -> Decimal | None:
    """What a goal earned of its weight, in points with two decimals; None where it is not measured."""
    if goal.actual is None:
        return None
    reached, asked = (goal.actual, goal.target) if goal.direction == "at_least" else (goal.target, goal.actual)
    share = Decimal(1) if reached >= asked else reached / asked
    return (goal.weight * share).quantize(CENT, ROUND_HALF_UP)


@dataclass(frozen=True)
class Score:
    """Points of 100, and the weight of the goals that were measured."""

    points: Decimal
    measured: Decimal

    @property
    def complete(self) -> bool:
        return self.measured == 100


def score(goals: Iterable[Goal]) -> Score:
    """The score of one project."""
    told = [(goal.weight, points) for goal in goals if (points := earned(goal)) is not None]
    return Score(sum((points for _, points in told), NOTHING), sum((weight for weight, _ in told), NOTHING))


@dataclass(frozen=True)
class Sector:
    """Projects of a category, or all of them: how many, what they cost, and of those wholly measured the mean score,
    each weighted by its cost; None where none is."""

    category: str
    projects: int
    cost: Decimal
    measured: int
    measured_cost: Decimal
    points: Decimal | None


def sectors(projects: Iterable[Project]) -> list[Sector]:
    """By category, and "" for all together. The goals of the projects should be at hand (`prefetch_related`)."""
    of: dict[str, list[tuple[Decimal, Score]]] = defaultdict(list)
    for project in projects:
        told = (project.cost, score(project.goals.all()))
        of[project.category].append(told)
        of[""].append(told)
    return [_sector(category, rows) for category, rows in sorted(of.items())]


def _sector(category: str, rows: list[tuple[Decimal, Score]]) -> Sector:
    whole = [(cost, each.points) for cost, each in rows if each.complete]
    cost = sum((cost for cost, _ in whole), NOTHING)
    points = sum((cost * points for cost, points in whole), NOTHING)
    mean = (points / cost).quantize(CENT, ROUND_HALF_UP) if cost else None
    return Sector(category, len(rows), sum((cost for cost, _ in rows), NOTHING), len(whole), cost, mean)
