"""How far a rate found in a sample may lie off, and a sum of such rates.

A share's interval is Wilson's score interval (1927), which stays between 0 and 1 and says something where nobody was
found. A sum of shares with known weights is combined by MOVER, the method of variance estimates recovery (Zou and
Donner, Statistics in Medicine 27, 2008): each share brings the distance to its own ends, and the distances add up as
squares. A sample drawn by villages tells less than one drawn by persons: the design effect says how many times less.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist


@dataclass(frozen=True)
class Interval:
    """An estimate and the ends of its interval."""

    estimate: float
    lower: float
    upper: float


def share(found: int, asked: int, confidence: float = 0.95, design_effect: float = 1.0) -> Interval | None:
    """Wilson's interval of a share; None if nobody was asked.

    Args:
        design_effect: the sample counts as `asked / design_effect` persons drawn one by one.

    Raises:
        ValueError: more were found than asked, or a number outside its bounds.
    """
    if not 0 <= found <= asked or not 0 < confidence < 1 or design_effect < 1:
        raise ValueError(f"{found} of {asked}, confidence {confidence}, design effect {design_effect}")
    if asked == 0:
        return None
    return wilson(found / asked, asked / design_effect, confidence)


def wilson(estimate: float, size: float, confidence: float = 0.95) -> Interval:
    """Wilson's interval of a share that a sample worth `size` persons drawn one by one has found."""
    z2 = NormalDist().inv_cdf((1 + confidence) / 2) ** 2
    middle = (estimate + z2 / (2 * size)) / (1 + z2 / size)
    half = sqrt(z2 * (estimate * (1 - estimate) / size + z2 / (4 * size**2))) / (1 + z2 / size)
    lower = 0.0 if estimate == 0 else max(0.0, middle - half)
    return Interval(estimate, lower, 1.0 if estimate == 1 else min(1.0, middle + half))


def weighted_sum(constant: float, parts: Sequence[tuple[float, Interval]]) -> Interval:
    """`constant` plus each share times its weight, none negative, from samples that do not depend on each other."""
    if any(weight < 0 for weight, _ in parts):
        raise ValueError("a negative weight")
    estimate = constant + sum(weight * of.estimate for weight, of in parts)
    below = sqrt(sum((weight * (of.estimate - of.lower)) ** 2 for weight, of in parts))
    above = sqrt(sum((weight * (of.upper - of.estimate)) ** 2 for weight, of in parts))
    return Interval(estimate, estimate - below, estimate + above)
