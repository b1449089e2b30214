"""How many will remain poor at the deadline, and when nobody will: from a place's series and those of its siblings.

The model is a gamma process with random effects (Lawless and Crowder, Lifetime Data Analysis 10, 2004), as it is used
for what wears down to a threshold. In a span of d weeks those who remain leave with the hazard

    H ~ Gamma(shape = regularity d, mean = pace d),     leaving ~ Binomial(remaining, 1 - exp(-H)).

High regularity is a steady stream; low regularity is long silence and then many at once. No place keeps its pace for
ever: with a chance that is the same for all it turns, each week, to another pace and regularity, drawn from those that
its siblings were seen with (a hidden Markov chain on a grid; Rabiner, Proc. IEEE 77, 1989). So a plateau or a surge
that began two weeks ago is believed soon, and one to come is never ruled out. Three points already give a forecast: a
wide one, and mostly the siblings'.

A rise (a flood) stands apart: its rate is the place's own drawn towards the siblings', its size, as a share of where
the place began, is drawn from rises seen. Paths are drawn with a seed; the answer is their quantiles.

What siblings were seen with is not all there is. Two hundred places in February have seen one winter, not two hundred:
until a year has been seen, turns and rises are drawn towards what the unseen seasons may bring; and each path's pace
strays as a random walk, so that what is unknown of the pace grows with the weeks to come.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import pairwise
from math import ceil, lgamma, sqrt
from typing import Any

import numpy as np

Series = Sequence[tuple[date, int]]
"""Day and number remaining, in the order of days."""
Numbers = np.ndarray[Any, Any]

REGULARITIES = np.array([0.04, 0.12, 0.35, 1.0, 3.0, 10.0, 40.0])
PACES = np.geomspace(0.0002, 0.8, 28)
TURNS = (0.005, 0.01, 0.02, 0.04, 0.08, 0.16)
"""Chances a week that a place changes its pace, of which the siblings tell the likeliest."""
ROUNDS = 6
"""Of looking at the siblings: what they have in common, and again with what that says of each."""
EVEN = 0.15
"""Share of the even distribution in what is believed before a place is looked at."""
WEEKS_OF_SIBLINGS = 20.0
"""A place's own rate of rises counts for half after so many weeks."""
YEAR = 52.0
"""Weeks. What siblings were seen with counts for half after so long: two hundred places in February saw one winter."""
UNSEEN_TURNS = 0.03
"""The chance a week of a turn in the seasons that nobody has seen: about one a place in a campaign."""
UNSEEN_RISES = 0.005
"""Rises a week in the seasons that nobody has seen: one place in four in a year, as in the counties of a flood."""
SIZES = np.array([0.01, 0.02, 0.05, 0.1, 0.2, 0.4])
"""Rises in those seasons, as shares of the beginning: a heavy tail."""
WANDERS = 0.2
"""How far a place's pace strays from what was believed: the deviation of its logarithm after one week. It grows with
the root of the weeks, for whatever presses a place on or holds it back that its past does not show."""
PATHS = 1000
BEYOND = timedelta(weeks=52)
"""How long after the deadline the day of the end is looked for."""
PERCENTS = (2.5, 10, 25, 50, 75, 90, 97.5)

_pace, _regularity = (axis.ravel() for axis in np.meshgrid(PACES, REGULARITIES, indexing="ij"))
_even = np.full(_pace.size, 1 / _pace.size)


@dataclass(frozen=True)
class Siblings:
    """What places alike have in common.

    Attributes:
        belief: the weight of each pace and regularity, as a place begins with it or turns to it.
        turns: the chance a week of such a turn.
        rises: how many rises a week.
        sizes: rises seen, as shares of where the place began.
        unseen: the share of rises whose size is drawn as if none had been seen.
    """

    belief: Numbers = field(default_factory=lambda: _even)
    turns: float = 0.04
    rises: float = 0.005
    sizes: Numbers = field(default_factory=lambda: SIZES)
    unseen: float = 1.0

    @classmethod
    def of(cls, series: Iterable[Series]) -> "Siblings":
        """What a set of places tells; an empty one tells nothing."""
        several = [each for each in series if len(each) > 1]
        if not several:
            return cls()
        steps = [_steps(each) for each in several]
        belief, turns = _even, 0.04
        for _ in range(ROUNDS):
            told = {chance: [_believed(each, belief, chance) for each in steps] for chance in TURNS}
            turns = max(TURNS, key=lambda chance: sum(likelihood for _, _, likelihood in told[chance]))
            seen = np.mean([sum_of / max(weeks, 1) for _, (sum_of, weeks), _ in told[turns]], axis=0)
            belief = (1 - EVEN) * seen / (seen.sum() or 1) + EVEN * _even if seen.sum() else _even
        found = [size for each in several for size in _rises(each)]
        weeks = sum(_weeks(each[0][0], each[-1][0]) for each in several)
        days = [day for each in several for day in (each[0][0], each[-1][0])]
        unseen = YEAR / (YEAR + _weeks(min(days), max(days)))
        rises = (1 - unseen) * len(found) / weeks + unseen * UNSEEN_RISES
        turns = (1 - unseen) * turns + unseen * UNSEEN_TURNS
        return cls(belief, turns, rises, np.array(found) if found else SIZES, unseen if found else 1.0)


@dataclass(frozen=True)
class Foretold:
    """What may come.

    Attributes:
        remaining: the numbers remaining at the deadline, one for each path, sorted.
        reached: weeks from the last day of the series until no more than `most` remain, sorted; inf: not by then.
        since: the last day of the series.
    """

    remaining: Numbers
    reached: Numbers
    since: date
    most: int

    @property
    def chance(self) -> float:
        """That no more than `most` remain at the deadline."""
        return float((self.remaining <= self.most).mean())

    def quantiles(self) -> Mapping[str, int]:
        """Of those remaining, by percent."""
        found = np.percentile(self.remaining, PERCENTS, method="inverted_cdf")
        return {f"{percent:g}": int(value) for percent, value in zip(PERCENTS, found, strict=True)}

    def days(self) -> Mapping[str, date | None]:
        """Of the day on which no more than `most` remain, by percent; None: later than was looked."""
        found = np.percentile(self.reached, PERCENTS, method="inverted_cdf")
        return {
            f"{percent:g}": None if np.isinf(weeks) else self.since + timedelta(days=ceil(weeks * 7))
            for percent, weeks in zip(PERCENTS, found, strict=True)
        }


def foretell(
    series: Series, deadline: date, *, siblings: Siblings | None = None, most: int = 0, seed: int = 2020
) -> Foretold:
    """What may remain of one place at its deadline.

    Args:
        series: at least one point.
        most: so many may remain.

    Raises:
        ValueError: the series is empty, its days do not rise, or a number is negative.
    """
    if not series or any(later <= day for (day, _), (later, _) in pairwise(series)):
        raise ValueError("A series has at least one point, and each day is later than the one before.")
    if min(number for _, number in series) < 0:
        raise ValueError("A number remaining is never negative.")
    shared, dice = siblings or Siblings(), np.random.default_rng(seed)
    (since, now), began = series[-1], max(series[0][1], 1)
    belief, _, _ = _believed(_steps(series), shared.belief, shared.turns)
    cells = dice.choice(_pace.size, PATHS, p=belief)
    own, lived = len(_rises(series)), _weeks(series[0][0], since)
    rate = dice.gamma(own + shared.rises * WEEKS_OF_SIBLINGS, 1 / (lived + WEEKS_OF_SIBLINGS), PATHS)
    left = np.full(PATHS, now, dtype=np.int64)
    at_deadline, reached = left, np.where(left <= most, 0.0, np.inf)
    until, beyond = _weeks(since, deadline), _weeks(since, deadline + BEYOND)
    at, strays = 0.0, np.zeros(PATHS)
    while at < beyond and (at < until or np.isinf(reached).any()):
        span = min(1.0, until - at if at < until else beyond - at)
        turned = dice.random(PATHS) < -np.expm1(span * np.log1p(-shared.turns))
        cells = np.where(turned, dice.choice(_pace.size, PATHS, p=shared.belief), cells)
        strays += WANDERS * sqrt(span) * dice.standard_normal(PATHS)
        hazard = dice.gamma(_regularity[cells] * span, _pace[cells] / _regularity[cells]) * np.exp(strays)
        left = left - dice.binomial(left, -np.expm1(-hazard))
        risen = (dice.random(PATHS) < -np.expm1(-rate * span)) & (left > 0)
        sizes = np.where(
            dice.random(PATHS) < shared.unseen, dice.choice(SIZES, PATHS), dice.choice(shared.sizes, PATHS)
        )
        left = left + np.where(risen, np.ceil(sizes * began), 0).astype(np.int64)
        at += span
        if at <= until:
            at_deadline = left
        reached = np.where(np.isinf(reached) & (left <= most), at, reached)
    return Foretold(np.sort(at_deadline), np.sort(reached), since, most)


@dataclass(frozen=True)
class _Step:
    weeks: float
    likelihood: Numbers | None  # at each point of the grid, logarithms; None: it tells nothing of the pace


def _steps(series: Series) -> list[_Step]:
    """What each step of a series says. One that rises, and one from nobody, says nothing of the pace."""
    return [
        _Step(_weeks(day, later), _likelihood(_weeks(day, later), before, after) if 0 < before >= after else None)
        for (day, before), (later, after) in pairwise(series)
    ]


def _believed(steps: list[_Step], begin: Numbers, turns: float) -> tuple[Numbers, tuple[Numbers, int], float]:
    """What is believed of a place after these steps; the sum of what was believed after each, and how many they are;
    and the logarithm of how likely the steps were."""
    belief, total, count, likelihood = begin, np.zeros_like(begin), 0, 0.0
    for step in steps:
        stays = (1 - turns) ** step.weeks
        belief = stays * belief + (1 - stays) * begin
        if step.likelihood is None:
            continue
        best = step.likelihood.max()
        belief = belief * np.exp(step.likelihood - best)
        scale = belief.sum()
        belief, likelihood = belief / scale, likelihood + float(np.log(scale) + best)
        total, count = total + belief, count + 1
    return belief / belief.sum(), (total, count), likelihood


def _likelihood(weeks: float, before: int, after: int) -> Numbers:
    """The log-likelihood of a step at each point of the grid.

    Who leaves are whole persons: a hazard is known to half a person, and none left means one of less than that.
    """
    shape, scale = _regularity * weeks, _pace / _regularity
    if after == before:
        return np.asarray(np.log(np.maximum(_up_to(shape, np.log1p(0.5 / before) / scale), 1e-12)))
    hazard = np.log((before + 0.5) / (after + 0.5))
    density = (shape - 1) * np.log(hazard / scale) - hazard / scale - _log_gamma(shape) - np.log(scale)
    return np.asarray(np.maximum(density + np.log(2 * np.log1p(0.5 / (after + 0.5))), -40.0))


def _log_gamma(shape: Numbers) -> Numbers:
    values, where = np.unique(shape, return_inverse=True)
    return np.array([lgamma(value) for value in values])[where]


def _up_to(shape: Numbers, x: Numbers) -> Numbers:
    """The regularised incomplete gamma function P(shape, x), by its series; where x is large, by its limits."""
    small = np.minimum(x, 30.0)
    term = total = np.ones_like(small)
    for n in range(1, 120):
        term = term * small / (shape + n)
        total = total + term
    below = np.exp(shape * np.log(np.maximum(small, 1e-300)) - small - _log_gamma(shape + 1)) * total
    return np.where(x > 30, np.where(x > shape, 1.0, 0.0), np.minimum(below, 1.0))


def _rises(series: Series) -> list[float]:
    began = max(series[0][1], 1)
    return [(b - a) / began for (_, a), (_, b) in pairwise(series) if b > a]


def _weeks(first: date, last: date) -> float:
    return (last - first).days / 7
