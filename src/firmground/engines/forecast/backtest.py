"""Is the forecast right as often as it says? Two hundred invented counties of five patterns, foretold from weeks ago.

The patterns are not the model: steady leaving at a county's own rate; a surge that begins late; a plateau; a flood that
throws people back; exits by administrative batches. Each has its own numbers, drawn with a seed. The constants of the
model were chosen on these five, seed 52.

Another five were made afterwards and nothing was chosen on them: a quota of the same number each week; slow until the
harvest, then quick; a final push in the last weeks; two small floods; a pace that tires.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np

from firmground.engines.forecast.burndown import Foretold, Series, Siblings, foretell

PATTERNS = ("steady", "late surge", "plateau", "flood", "batches")
OTHER_PATTERNS = ("quota", "harvest", "final push", "two floods", "tiring")
BEGINS = date(2020, 2, 10)
WEEKS = 40
NOMINAL = (50, 80, 95)
HARVEST = 28
"""The week in which it begins."""
MOST = 0.05
"""Of those at the beginning, so many may remain: what counts as a miss."""


@dataclass(frozen=True)
class County:
    pattern: str
    series: Series


@dataclass(frozen=True)
class Tested:
    """One origin: so many weeks before the deadline.

    Attributes:
        within: by nominal percent, the share of counties inside the central interval. Where a whole number has a
            probability of its own the county counts for a part, drawn: so that right is exactly the nominal share.
        by_pattern: the same for the interval of 80 %.
        width: the median width of the interval of 80 %, as a share of the beginning.
        missed: counties that missed.
        foretold: of these, those whose chance was below one half.
        alarms: counties that made it whose chance was below one half.
    """

    before: int
    within: Mapping[int, float]
    by_pattern: Mapping[str, float]
    width: float
    missed: int
    foretold: int
    alarms: int


def counties(number: int = 200, seed: int = 52, patterns: Sequence[str] = PATTERNS) -> list[County]:
    """Invented counties, as many of each pattern."""
    dice = np.random.default_rng(seed)
    return [County(pattern := patterns[i % len(patterns)], _series(pattern, dice)) for i in range(number)]


def provinces(invented: Sequence[County], each: int = 10) -> list[County]:
    """The sums of so many counties that follow one another, a province each."""
    return [
        County(f"{each} counties", [(rows[0][0], sum(left for _, left in rows)) for rows in zip(*several, strict=True)])
        for first in range(0, len(invented), each)
        if (several := [county.series for county in invented[first : first + each]])
    ]


def _series(pattern: str, dice: np.random.Generator) -> Series:
    began = left = int(np.exp(dice.normal(8, 0.8)))
    rate = float(np.exp(dice.normal(np.log(0.05), 0.5)))
    turn, length, strength = int(dice.integers(8, 30)), int(dice.integers(5, 14)), float(dice.uniform(3, 8))
    size, every = float(dice.uniform(0.1, 0.6)), int(dice.integers(3, 9))
    points = [(BEGINS, left)]
    for week in range(1, WEEKS + 1):
        hazard = rate * float(dice.gamma(8, 1 / 8))
        if pattern == "late surge":
            hazard *= strength if week > turn else 0.5
        elif pattern == "plateau" and turn <= week < turn + length:
            hazard = 0.0
        elif pattern == "batches":
            hazard = float(dice.uniform(0.5, 1.5)) * rate * every if week % every == 0 else 0.0
        elif pattern == "harvest":
            hazard *= 0.4 if week < HARVEST else 2.0
        elif pattern == "final push" and week > WEEKS - length:
            hazard *= strength
        elif pattern == "tiring":
            hazard *= np.exp(-week / turn)
        if pattern == "quota":
            left -= min(left, int(dice.poisson(0.5 * rate * began)))
        else:
            left -= int(dice.binomial(left, -np.expm1(-hazard)))
        if pattern == "flood" and week == turn:
            left += int(size * began * dice.uniform(0.3, 1))
        if pattern == "two floods" and week in (turn, turn + length):
            left += int(size / 3 * began * dice.uniform(0.3, 1))
        points.append((BEGINS + timedelta(weeks=week), left))
    return points


def known(before: int, invented: Sequence[County]) -> Siblings:
    """What a set of counties tells until so many weeks before the deadline, and nothing later."""
    return Siblings.of([county.series[: WEEKS - before + 1] for county in invented])


def held_against(before: int, invented: Sequence[County], siblings: Siblings, seed: int = 1) -> Tested:
    """Foretell each county from `before` weeks before the deadline and hold it against what came."""
    dice, deadline = np.random.default_rng(seed), BEGINS + timedelta(weeks=WEEKS)
    ranks, widths, missed, foretold, alarms = [], [], 0, 0, 0
    for number, county in enumerate(invented):
        series = county.series[: WEEKS - before + 1]
        began, came = series[0][1], county.series[-1][1]
        told = foretell(series, deadline, siblings=siblings, most=int(MOST * began), seed=number)
        ranks.append(_rank(told, came, dice))
        widths.append((told.quantiles()["90"] - told.quantiles()["10"]) / began)
        miss, alarm = came > MOST * began, told.chance < 0.5
        missed, foretold, alarms = missed + miss, foretold + (miss and alarm), alarms + (alarm and not miss)
    off = np.abs(np.array(ranks) - 0.5) * 200
    patterns = np.array([county.pattern for county in invented])
    return Tested(
        before,
        {percent: float((off <= percent).mean()) for percent in NOMINAL},
        {pattern: float((off[patterns == pattern] <= 80).mean()) for pattern in dict.fromkeys(patterns.tolist())},
        float(np.median(widths)),
        missed,
        foretold,
        alarms,
    )


def _rank(told: Foretold, came: int, dice: Any) -> float:
    """Where what came lies among the paths, 0 to 1; paths that are equal to it are shared out by a die."""
    below, equal = (told.remaining < came).mean(), (told.remaining == came).mean()
    return float(below + dice.random() * equal)
