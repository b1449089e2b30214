"""What goals earn, by hand: the table of the manual."""

from decimal import Decimal

import pytest

from firmground.funds.projects.models import Goal
from firmground.funds.projects.performance import Score, earned, score

#          direction  target  actual  weight  earned
TABLE = [
    ("at_least", "40", "41", "60", "60.00"),  # above the target earns no more
    ("at_least", "40", "30", "60", "45.00"),  # three quarters of 60
    ("at_least", "90", "0", "40", "0.00"),
    ("at_most", "100", "80", "20", "20.00"),  # cheaper than promised
    ("at_most", "100", "125", "20", "16.00"),  # 100 / 125 of 20
    ("at_most", "0", "0", "10", "10.00"),  # no accident promised, and none
    ("at_most", "0", "3", "10", "0.00"),
    ("at_least", "3", "1", "10", "3.33"),
]


def goal(direction: str, target: str, actual: str | None, weight: str) -> Goal:
    told = None if actual is None else Decimal(actual)
    return Goal(direction=direction, target=Decimal(target), actual=told, weight=Decimal(weight))


@pytest.mark.parametrize(("direction", "target", "actual", "weight", "points"), TABLE)
def test_a_goal_earns_what_was_reached_of_its_weight(
    direction: str, target: str, actual: str, weight: str, points: str
) -> None:
    assert earned(goal(direction, target, actual, weight)) == Decimal(points)


def test_what_is_not_measured_earns_nothing_and_says_so() -> None:
    assert earned(goal("at_least", "40", None, "60")) is None
    told = score([goal("at_least", "40", "30", "60"), goal("at_least", "90", None, "40")])
    assert told == Score(Decimal("45.00"), Decimal(60))
    assert not told.complete
