"""What households live on: land, twelve sources of income, and what each half-year truly brought.

`base` is what a half-year would bring without shocks; shocks take their share of one source for their days. Costs of
farming are spent before the harvest, so a lost harvest does not lower them.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from firmground.world.days import (
    ENDS,
    HALF_ENDS,
    HALF_LENGTHS,
    HALF_STARTS,
    NEVER,
    age,
    overlap,
)
from firmground.world.households import GENERAL, MARGINAL, REGISTERED, Households
from firmground.world.people import Members
from firmground.world.shocks import Effect, Shocks

SOURCES = (
    "wage_migrant", "wage_post", "wage_other", "operating_crop", "operating_livestock", "operating_other", "property",
    "transfer_dibao", "transfer_tekun", "transfer_pension", "transfer_eco", "transfer_other",
)  # fmt: skip
(
    MIGRANT,
    POST,
    OTHER_WAGE,
    CROP,
    LIVESTOCK,
    OTHER_OPERATING,
    PROPERTY,
    DIBAO,
    TEKUN,
    PENSION,
    ECO,
    OTHER,
) = range(12)
OPERATING = slice(CROP, OTHER_OPERATING + 1)

SECOND_HALF = np.full(12, 0.5, np.float32)  # the share of a year's income that comes from July to December
SECOND_HALF[MIGRANT], SECOND_HALF[CROP], SECOND_HALF[LIVESTOCK] = 0.51, 0.62, 0.55
SEASON = np.stack([SECOND_HALF, 1 - SECOND_HALF, SECOND_HALF, 1 - SECOND_HALF])
GROWTH = np.array([0.96, 1.00, 1.05, 1.08], np.float32)

LITTLE_WAGE = 320.0  # nobody is paid less in a half-year
INDUSTRY_SHARE = 0.989  # of registered households, industry help: 14.658 of 14.822 million
EMPLOYMENT_SHARE = 0.938  # employment help: 13.906 of 14.822 million


@dataclass(frozen=True)
class Livelihood:
    """Land in mu, income in yuan. Arrays are households by half-years (and by SOURCES)."""

    cultivated: NDArray[np.float32]
    forest: NDArray[np.float32]
    pasture: NDArray[np.float32]
    returned_forest: NDArray[np.float32]
    population: NDArray[np.int32]
    industry_help: NDArray[np.bool_]
    employment_help: NDArray[np.bool_]
    true: NDArray[np.float32]  # n x 4 x 12: what each half-year truly brought
    cost: NDArray[np.float32]  # n x 4
    base_net: NDArray[np.float32]  # n x 4: net income had nothing happened
    struck: tuple[
        NDArray[np.float32], NDArray[np.float32]
    ]  # n x 4: the struck source, of its own shock and the epidemic

    @property
    def wages(self) -> NDArray[np.bool_]:
        """Who has any wage."""
        return self.true[:, 2, : OTHER_WAGE + 1].sum(axis=1) > 0

    @property
    def operates(self) -> NDArray[np.bool_]:
        """Who has any business or farm of its own."""
        return self.true[:, 2, OPERATING].sum(axis=1) > 0

    def net_income(self, shocks: Shocks, first: int, last: int) -> NDArray[np.float64]:
        """True net income from `first` to `last`, both included; after the history, 2020's level goes on."""
        net = np.zeros(len(self.cultivated))
        for half, share, start, end, length in _pieces(first, last):
            net += self.base_net[:, half] * (share * (end - start + 1) / length)
        return net - self.lost(shocks.own, first, last) - self.lost(shocks.epidemic, first, last, slot=1)

    def lost(self, effect: Effect, first: int, last: int, slot: int = 0) -> NDArray[np.float64]:
        """Income that a shock takes away from `first` to `last`; slot 0 is the shock of its own, 1 the epidemic."""
        gone = np.zeros(len(self.cultivated))
        for half, share, start, end, length in _pieces(first, last):
            days = overlap(effect.on, effect.until, start, end)
            gone += self.struck[slot][:, half] * effect.share * days * (share / length)
        return gone


def _pieces(first: int, last: int) -> list[tuple[int, float, int, int, int]]:
    """A span of days by half-years: (half, factor, first day, last day, days its income is spread over).

    Beyond the history a year is its last two halves at the level of 2020, spread evenly.
    """
    pieces = []
    for half in range(4):
        start, end = max(first, int(HALF_STARTS[half])), min(last, int(HALF_ENDS[half]))
        if start <= end:
            pieces.append((half, 1.0, start, end, int(HALF_LENGTHS[half])))
    start = max(first, ENDS + 1)
    if start <= last:
        pieces.append((2, float(GROWTH[3] / GROWTH[2]), start, last, 365))
        pieces.append((3, 1.0, start, last, 365))
    return pieces


def draw_livelihood(
    rng: np.random.Generator,
    households: Households,
    members: Members,
    shocks: Shocks,
    population: NDArray[np.int32],
) -> Livelihood:
    """The livelihoods of a block's households."""
    n = len(households)
    cultivated = np.round(rng.gamma(2.0, 2.6, n), 1).astype(np.float32)
    forest = np.where(rng.random(n, np.float32) < 0.6, np.round(rng.gamma(1.2, 6.0, n), 1), 0)
    pasture = np.where(rng.random(n, np.float32) < 0.12, np.round(rng.gamma(1.2, 20.0, n), 1), 0)
    returned = np.where(rng.random(n, np.float32) < 0.38, np.floor(forest * rng.random(n) * 9) / 10, 0)
    registered = households.origin == REGISTERED
    industry_help = registered & (rng.random(n, np.float32) < INDUSTRY_SHARE)
    employment_help = registered & (rng.random(n, np.float32) < EMPLOYMENT_SHARE)
    marginal = households.origin == MARGINAL
    year, cost_ratio = _year(
        rng,
        households,
        members,
        population,
        cultivated,
        returned,
        industry_help | marginal,
        employment_help | marginal,
    )

    wobble = np.exp(0.06 * rng.standard_normal((n, 4), np.float32))
    base = year[:, None, :] * SEASON[None] * GROWTH[None, :, None]
    base[:, :, : PROPERTY + 1] *= wobble[:, :, None]
    base[:, 3, OTHER_WAGE] += _newly_earned(members, shocks, n)
    cost = base[:, :, OPERATING].sum(axis=2) * cost_ratio[:, None]
    true = base.copy()
    struck = []
    for effect in (shocks.own, shocks.epidemic):
        struck.append(np.take_along_axis(base, effect.source[:, None, None].astype(np.int64), axis=2)[:, :, 0])
        _take_away(true, effect)
    return Livelihood(
        cultivated=cultivated,
        forest=forest.astype(np.float32),
        pasture=pasture.astype(np.float32),
        returned_forest=returned.astype(np.float32),
        population=population,
        industry_help=industry_help,
        employment_help=employment_help,
        true=true,
        cost=cost,
        base_net=base.sum(axis=2) - cost,
        struck=(struck[0], struck[1]),
    )


def _year(
    rng: np.random.Generator,
    households: Households,
    members: Members,
    population: NDArray[np.int32],
    cultivated: NDArray[np.float32],
    returned: NDArray[np.float64],
    industry_help: NDArray[np.bool_],
    employment_help: NDArray[np.bool_],
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Gross income of a year by source, and what share of operating income it costs.

    What is fixed by rule (allowances, pensions, posts) comes first; the rest of the household's income per head is
    earned from the sources that are open to it.
    """
    n = len(households)

    def of(each: NDArray[np.generic]) -> NDArray[np.float64]:
        return np.asarray(np.bincount(members.household, each.astype(float), n), np.float64)

    year = np.zeros((n, len(SOURCES)), np.float32)
    aged = members.pension & (age(members.birth, ENDS) >= 62)
    year[:, POST] = of((members.post >= 0) & (members.left_on == NEVER)) * (6000 + 3600 * rng.random(n))
    year[:, DIBAO] = of(members.dibao) * (1900 + 1300 * rng.random(n))
    year[:, TEKUN] = of(members.tekun) * (6200 + 900 * rng.random(n))
    year[:, PENSION] = of(aged) * 1320
    year[:, ECO] = returned * 125
    year[:, OTHER] = cultivated * 92 + np.where(rng.random(n) < 0.25, 300 + 900 * rng.random(n), 0)
    income = households.income_per_head * population
    rest = np.maximum(income - year.sum(axis=1), 0.15 * income)

    weights = rng.gamma(3.0, 1 / 3.0, (n, PROPERTY + 1)).astype(np.float32)
    weights[:, MIGRANT] *= 2.6 * (of(members.usual_months > 0) > 0)
    weights[:, POST] = 0
    weights[:, OTHER_WAGE] *= 0.30 * (employment_help | (rng.random(n) < 0.5))
    weights[:, CROP] *= 0.55 * (industry_help | (rng.random(n) < 0.8))
    weights[:, LIVESTOCK] *= 0.40 * (rng.random(n) < 0.7)
    weights[:, OTHER_OPERATING] *= 0.35 * (rng.random(n) < 0.15)
    weights[:, PROPERTY] *= 0.06 * (rng.random(n) < np.where(households.origin == GENERAL, 0.2, 0.75))
    net = weights / np.maximum(weights.sum(axis=1, keepdims=True), 1e-6) * rest[:, None]
    nothing = weights.sum(axis=1) == 0
    cost_ratio = (0.24 + 0.2 * rng.random(n, np.float32)).astype(np.float32)
    net[:, OPERATING] /= 1 - cost_ratio[:, None]
    year[:, : PROPERTY + 1] += net.astype(np.float32)
    year[nothing, OTHER] += rest[nothing]
    earns = (year[:, OTHER_WAGE] > 0) & (year[:, OTHER_WAGE] < 2.4 * LITTLE_WAGE)
    year[earns, OTHER_WAGE] = 2.4 * LITTLE_WAGE
    return year, cost_ratio


def _newly_earned(members: Members, shocks: Shocks, n: int) -> NDArray[np.float64]:
    """Wages of the spring of 2020 earned by those who went out for the first time."""
    went = shocks.newly_out_on != NEVER
    days = ENDS - shocks.newly_out_on[went].astype(np.int64)
    wages = np.bincount(members.household[went], np.maximum(days, 10) * 70.0, n)
    return wages.astype(np.float64)


def _take_away(true: NDArray[np.float32], effect: Effect) -> None:
    at = np.flatnonzero(effect.share > 0)
    for half in range(4):
        days = overlap(
            effect.on[at],
            effect.until[at],
            int(HALF_STARTS[half]),
            int(HALF_ENDS[half]),
        )
        true[at, half, effect.source[at]] *= 1 - effect.share[at] * days / HALF_LENGTHS[half]
