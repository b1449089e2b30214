"""Households: where they live, when they were registered and exited, why they are poor, what they have per head."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from firmground.world.days import BEGINS, ENDS, LONG_AGO, NEVER, Days, day
from firmground.world.villages import Settled
from firmground.world.words import Cause, Kind

# Origins: how a household came into the register.
REGISTERED, MARGINAL, GENERAL = 0, 1, 2

POOR_SHARE = 0.066  # of registered households, which are small: 5.51 of 98.99 million persons at the end of 2019
UNSTABLE_SHARE = 0.022  # of exited households: nearly 2 of 93 million persons
MARGINAL_SHARE = 0.030  # for each registered one: nearly 3 for 98.99 million persons
GENERAL_SHARE = 0.060  # of all: households met in the "big screening" of 2019; an assumption of the world

EXIT_YEARS = np.arange(2014, 2020)
EXIT_WEIGHTS = np.array([0.08, 0.10, 0.14, 0.17, 0.21, 0.30])
CAUSE_WEIGHTS = np.array([0.33, 0.12, 0.08, 0.03, 0.04, 0.02, 0.13, 0.09, 0.08, 0.03, 0.04, 0.01])

# Median and spread of true yearly income per head before shocks, in yuan of 2019.
INCOME = {
    Kind.poor: (3900.0, 0.20),
    Kind.exited: (9500.0, 0.36),
    Kind.marginal: (5500.0, 0.14),
    Kind.general: (12000.0, 0.38),
}


@dataclass(frozen=True)
class Households:
    """One row each, in the order of their keys. Days are day numbers, NEVER where it did not happen."""

    village: NDArray[np.int32]  # ordinal of the village in its county
    number: NDArray[np.int32]  # within the village, from 1
    origin: NDArray[np.int8]
    registered_on: Days
    exited_on: Days
    main_cause: NDArray[np.int8]
    income_per_head: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.village)

    @property
    def still_poor(self) -> NDArray[np.bool_]:
        return (self.origin == REGISTERED) & (self.exited_on == NEVER)


def draw_households(rng: np.random.Generator, settled: Settled, county_depth: float) -> Households:
    """The households of a block.

    Args:
        county_depth: how much poverty is left in its county; the mean of all counties is one.
    """
    sizes = settled.sizes
    n = int(sizes.sum())
    village = np.repeat(np.arange(len(sizes), dtype=np.int32), sizes)
    starts = np.repeat(np.cumsum(sizes) - sizes, sizes)
    number = (np.arange(n) - starts + 1).astype(np.int32)

    u = rng.random(n, np.float32)
    marginal_share = MARGINAL_SHARE * (1 - GENERAL_SHARE)
    origin = np.select(
        [u < GENERAL_SHARE, u < GENERAL_SHARE + marginal_share],
        [GENERAL, MARGINAL],
        REGISTERED,
    )
    origin = origin.astype(np.int8)

    # Poverty left is uneven: by county and, more so, by village, with a mean of one.
    village_depth = np.exp(rng.normal(-0.18, 0.60, len(sizes)))
    poor = rng.random(n, np.float32) < np.minimum(POOR_SHARE * county_depth * village_depth, 0.6)[village]
    poor &= origin == REGISTERED

    exit_year = rng.choice(EXIT_YEARS, n, p=EXIT_WEIGHTS)
    exited_on = _first_of_year(exit_year) + 304 + rng.integers(0, 56, n)  # November and December
    exited_on = np.where((origin == REGISTERED) & ~poor, exited_on, NEVER).astype(np.int32)

    first_wave = rng.random(n, np.float32) < 0.82  # registered in the winter of 2013-14; the rest before exit, to 2017
    early = day("2013-10-10") + rng.integers(0, 300, n)
    late = day("2015-09-01") + rng.integers(0, 700, n)
    registered_on = np.where(first_wave | (exit_year < 2018), early, late)
    # Marginal households were looked for from October 2019; the big screening met general ones in 2019.
    registered_on = np.where(
        origin == MARGINAL,
        day("2019-10-15") + _mostly_early(rng, n, 240),
        registered_on,
    )
    registered_on = np.where(origin == GENERAL, day("2019-03-01") + rng.integers(0, 270, n), registered_on)

    return Households(
        village=village,
        number=number,
        origin=origin,
        registered_on=registered_on.astype(np.int32),
        exited_on=exited_on,
        main_cause=np.where(
            origin == GENERAL,
            -1,
            rng.choice(len(Cause), n, p=CAUSE_WEIGHTS / CAUSE_WEIGHTS.sum()),
        ).astype(np.int8),
        income_per_head=_income_per_head(rng, origin, poor),
    )


def known_from(registered_on: Days) -> Days:
    """From which day on a household is in the register: registrations reach it within the month."""
    return np.where(registered_on < BEGINS, LONG_AGO, np.minimum(registered_on + 12, ENDS)).astype(np.int32)


def kind_of(households: Households, monitored_on: Days, as_of: int) -> NDArray[np.int8]:
    """What kind of household each was on a day: exits and entries into monitoring turn one kind into another."""
    kind = np.where(households.exited_on <= as_of, Kind.exited, Kind.poor)
    kind = np.where((kind == Kind.exited) & (monitored_on <= as_of), Kind.unstable, kind)
    kind = np.where(households.origin == MARGINAL, Kind.marginal, kind)
    return np.where(households.origin == GENERAL, Kind.general, kind).astype(np.int8)


def _first_of_year(year: NDArray[np.integer]) -> NDArray[np.int64]:
    return (year - 1970).astype("datetime64[Y]").astype("datetime64[D]").astype(np.int64)


def _mostly_early(rng: np.random.Generator, n: int, span: int) -> NDArray[np.int64]:
    return (rng.beta(1.0, 1.8, n) * span).astype(np.int64)


def _income_per_head(
    rng: np.random.Generator, origin: NDArray[np.int8], poor: NDArray[np.bool_]
) -> NDArray[np.float32]:
    kind = np.select(
        [origin == MARGINAL, origin == GENERAL, poor],
        [Kind.marginal, Kind.general, Kind.poor],
        Kind.exited,
    )
    median, spread = np.zeros(len(Kind)), np.zeros(len(Kind))
    for one, (middle, sigma) in INCOME.items():
        median[one], spread[one] = middle, sigma
    income = median[kind] * np.exp(spread[kind] * rng.standard_normal(len(kind), np.float32))
    floor = np.where(kind == Kind.exited, 4020.0, 2300.0)  # nobody was let go below the line, before shocks
    return np.maximum(income, floor * (1 + 0.05 * rng.random(len(kind)))).astype(np.float32)
