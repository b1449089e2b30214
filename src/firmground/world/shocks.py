"""What happens to households: at most one shock of their own in the 24 months, and the epidemic of spring 2020."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from firmground.world.days import BEGINS, ENDS, NEVER, Days, age, day
from firmground.world.households import Households
from firmground.world.people import Members
from firmground.world.words import Hazard, Shock

# Chance of each in 24 months, for a household that it can strike.
CHANCES = {
    Shock.illness: 0.045,
    Shock.accident: 0.008,
    Shock.job_loss: 0.030,
    Shock.school_cost: 0.060,
    Shock.crop_failure: 0.015,
    Shock.livestock_failure: 0.015,
}
FLOOD_VILLAGES = 0.07  # chance of a village in each rainy season
RAINY_SEASONS = ((day("2018-07-01"), day("2018-08-25")), (day("2019-05-25"), day("2019-08-20")),
                 (day("2020-05-20"), day("2020-06-26")))  # fmt: skip

# Sources of income a shock can strike (columns of livelihood.SOURCES).
WAGE_MIGRANT, CROP, LIVESTOCK = 0, 3, 4

# When migrant workers were out again after the Spring Festival of 2020, as a share of those out in 2019; with the newly
# gone out this gives the 94.04 % of 10 April and the 102.7 % of 30 April published for the 52 counties.
USUAL_DEPARTURE = day("2020-02-08")
OUT_AGAIN_DAYS = np.array([day(d) for d in ("2020-02-08", "2020-03-01", "2020-03-27", "2020-04-10", "2020-04-30",
                                            "2020-05-31", "2020-06-30", "2020-12-31")])  # fmt: skip
OUT_AGAIN_SHARES = np.array([0.0, 0.42, 0.78, 0.900, 0.960, 0.975, 0.980, 1.0])
NEWLY_OUT_DAYS = np.array([day(d) for d in ("2020-02-20", "2020-04-10", "2020-04-30", "2020-06-30")])
NEWLY_OUT_SHARES = np.array([0.0, 0.0404, 0.067, 0.105])


@dataclass(frozen=True)
class Effect:
    """What a shock does to income: `share` of `source` is lost from `on` until `until`; one row per household."""

    on: Days
    until: Days
    source: NDArray[np.int8]
    share: NDArray[np.float32]


@dataclass(frozen=True)
class Shocks:
    """The shocks of a block's households and what the epidemic did to its workers."""

    kind: NDArray[np.int8]  # Shock of its own, none for most
    own: Effect
    epidemic: Effect
    member: NDArray[np.int64]  # whom it struck, or -1
    newly_serious: NDArray[np.bool_]  # a serious illness was found
    self_paid: NDArray[np.float32]  # rigid spending it brings, in yuan
    loss: NDArray[np.float32]  # of goods and harvest, in yuan
    hazard: NDArray[np.int8]  # what the emergency department would call it, or -1
    dwelling_damaged: NDArray[np.bool_]
    out_again_on: Days  # per member: a worker's departure in 2020; NEVER for those who do not work
    newly_out_on: Days  # per member: first departure, in 2020


def draw_shocks(rng: np.random.Generator, households: Households, members: Members, villages: int) -> Shocks:
    """The shocks of a block."""
    n = len(households)
    starts = members.starts(n)
    sizes = np.diff(np.append(starts, len(members)))
    works = members.usual_months > 0
    workers = np.bincount(members.household[works], minlength=n)
    student = _student(rng, members, n)
    kind, on = _kinds(rng, households, workers, student, villages)

    anyone = starts + np.minimum((rng.random(n) * sizes).astype(np.int64), sizes - 1)
    worker = _one_of(rng, members.household, works, n)
    member = np.select(
        [kind == Shock.none, kind == Shock.job_loss, kind == Shock.school_cost,
         (kind == Shock.illness) | (kind == Shock.accident)],
        [-1, worker, student, np.where((worker >= 0) & (rng.random(n, np.float32) < 0.5), worker, anyone)],
        -1,
    )  # fmt: skip

    struck_worker = (member >= 0) & works[member] & (kind != Shock.school_cost)
    source = np.select(
        [struck_worker, kind == Shock.livestock_failure],
        [WAGE_MIGRANT, LIVESTOCK],
        CROP,
    ).astype(np.int8)
    u = rng.random(n, np.float32)
    share = np.select(
        [
            kind == Shock.none,
            kind == Shock.school_cost,
            struck_worker,
            kind == Shock.illness,
            kind == Shock.accident,
        ],
        [0.0, 0.0, 1.0 / np.maximum(workers, 1), 0.2 + 0.4 * u, 0.1 + 0.4 * u],
        0.35 + 0.6 * u,
    ).astype(np.float32)
    length = np.select(
        [kind == Shock.job_loss, kind == Shock.flood, kind == Shock.crop_failure],
        [60 + 280 * u, 160 + 60 * u, 240 + 120 * u],
        180 + 360 * u,
    )
    until = np.where(kind == Shock.none, NEVER, on + length).astype(np.int32)

    z = rng.standard_normal(n, np.float32)
    spent = np.select(
        [kind == Shock.illness, kind == Shock.accident, kind == Shock.school_cost],
        [5200 * np.exp(0.95 * z), 6500 * np.exp(0.8 * z), 9500 * np.exp(0.35 * z)],
        0.0,
    )
    harmed = np.isin(kind, [Shock.flood, Shock.crop_failure, Shock.livestock_failure])
    loss = np.where(harmed, 5200 * np.exp(0.8 * rng.standard_normal(n, np.float32)), 0.0)
    flood = kind == Shock.flood
    spent = np.where(flood, 0.35 * loss, spent)
    out_again_on, newly_out_on = _epidemic(rng, members, works)
    return Shocks(
        kind=kind,
        own=Effect(
            np.where(kind == Shock.none, NEVER, on).astype(np.int32),
            until,
            source,
            share,
        ),
        epidemic=_kept_home(members, out_again_on, n),
        member=member,
        newly_serious=(kind == Shock.illness) & (rng.random(n, np.float32) < 0.5),
        self_paid=np.minimum(np.rint(spent), 90_000).astype(np.float32),
        loss=np.minimum(np.rint(loss), 60_000).astype(np.float32),
        hazard=np.select(
            [
                flood,
                kind == Shock.crop_failure,
                kind == Shock.livestock_failure,
                kind == Shock.accident,
            ],
            [
                np.where(u < 0.8, Hazard.flood, Hazard.landslide),
                Hazard.drought,
                Hazard.pest,
                Hazard.accident,
            ],
            -1,
        ).astype(np.int8),
        dwelling_damaged=flood & (rng.random(n, np.float32) < 0.12),
        out_again_on=out_again_on,
        newly_out_on=newly_out_on,
    )


def _kinds(
    rng: np.random.Generator,
    households: Households,
    workers: NDArray[np.integer],
    student: NDArray[np.int64],
    villages: int,
) -> tuple[NDArray[np.int8], NDArray[np.int64]]:
    n = len(households)
    u = rng.random(n, np.float32)
    kind = np.full(n, Shock.none, np.int8)
    on = rng.integers(BEGINS, ENDS - 5, n)
    below = 0.0
    for one, chance in CHANCES.items():
        can = {Shock.job_loss: workers > 0, Shock.school_cost: student >= 0}.get(one, True)
        kind[(u >= below) & (u < below + chance) & can] = one
        below += chance
    autumn = np.where(rng.random(n, np.float32) < 0.5, day("2018-09-03"), day("2019-09-02"))
    on = np.where(kind == Shock.school_cost, autumn + rng.integers(0, 10, n), on)
    for first, last in RAINY_SEASONS:
        when = np.where(
            rng.random(villages) < FLOOD_VILLAGES,
            rng.integers(first, last, villages),
            NEVER,
        )
        reach = 0.05 + 0.3 * rng.random(villages)
        hit = (when[households.village] != NEVER) & (rng.random(n) < reach[households.village])
        kind[hit] = Shock.flood
        on = np.where(hit, when[households.village], on)
    return kind, on


def _student(rng: np.random.Generator, members: Members, n: int) -> NDArray[np.int64]:
    """For each household, a member of 16 to 21 still to study for a fee; -1 for none."""
    old = age(members.birth, ENDS)
    studies = (old >= 16) & (old <= 21) & (members.track >= 1) & (members.grown_education < 0)
    return _one_of(rng, members.household, studies, n)


def _one_of(
    rng: np.random.Generator,
    household: NDArray[np.int32],
    able: NDArray[np.bool_],
    n: int,
) -> NDArray[np.int64]:
    """For each household, one of its members that are `able`, by chance; -1 for none."""
    at = np.flatnonzero(able)
    chosen = np.full(n, -1, np.int64)
    order = rng.permutation(len(at))
    chosen[household[at[order]]] = at[order]
    return chosen


def _epidemic(rng: np.random.Generator, members: Members, works: NDArray[np.bool_]) -> tuple[Days, Days]:
    m = len(members)
    out_again = np.interp(rng.random(m), OUT_AGAIN_SHARES, OUT_AGAIN_DAYS)
    out_again_on = np.where(works, out_again, NEVER).astype(np.int32)
    # Those able to work who stayed at home before: about 3 for 10 who were out.
    idle = (members.post < 0) & ~works & (members.grown_education >= 0) & ~members.chronic & ~members.serious
    old = age(members.birth, ENDS)
    idle &= (members.disability == 0) & (old >= 18) & (old < 55)
    chance = NEWLY_OUT_SHARES[-1] * works.sum() / max(int(idle.sum()), 1)
    u = rng.random(m)
    first_out = np.interp(u / max(chance, 1e-9) * NEWLY_OUT_SHARES[-1], NEWLY_OUT_SHARES, NEWLY_OUT_DAYS)
    return out_again_on, np.where(idle & (u < chance), first_out, NEVER).astype(np.int32)


def _kept_home(members: Members, out_again_on: Days, n: int) -> Effect:
    """The wages a household lost while its workers could not leave: their waiting days, weighed by their months."""
    works = out_again_on != NEVER
    months = np.where(works, members.usual_months, 0).astype(float)
    waited = np.where(works, out_again_on.astype(np.int64) - USUAL_DEPARTURE, 0)
    weight = np.bincount(members.household, months, n)
    days = np.bincount(members.household, months * waited, n) / np.maximum(weight, 1)
    lost = weight > 0
    return Effect(
        on=np.where(lost, USUAL_DEPARTURE, NEVER).astype(np.int32),
        until=np.where(lost, USUAL_DEPARTURE + np.rint(days), NEVER).astype(np.int32),
        source=np.full(n, WAGE_MIGRANT, np.int8),
        share=np.where(lost, 1.0, 0.0).astype(np.float32),
    )
