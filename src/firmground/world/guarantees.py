"""Food and clothing, housing, water, schooling, insurance: what truly holds for each household and when it was lost.

Visitors see it at three surveys (late 2018, late 2019, spring 2020) and overlook a few failures.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from firmground.world.days import ENDS, LONG_AGO, NEVER, Days, day
from firmground.world.households import GENERAL, Households
from firmground.world.people import Members, grade_in, school_year
from firmground.world.shocks import Shocks
from firmground.world.words import Grade, Protein, Quality

# Shares of the census (communique 2, poverty counties): how the dwelling became safe, water, food, insurance.
IDENTIFIED_SAFE, RENOVATED, RELOCATED = 0.4374, 0.4225, 0.1401
WATER_PIPED = 0.9367
PROTEIN_ANY_TIME = 0.9894
INSURED_EMPLOYEE = 0.0014 / 0.72  # of grown-ups, who are 72 % of all
NOT_YET_SAFE = 0.012  # of renovated dwellings: finished only in the first half of 2020, or not yet
WATER_FAILS = 0.006  # of households at some time in the 24 months; most are put right by June 2020
OVERLOOKED = 0.06  # of failing guarantees, by a visitor

SURVEYS = (
    ("2018-10-08", "2018-12-15"),
    ("2019-10-08", "2019-12-15"),
    ("2020-03-10", "2020-06-24"),
)


@dataclass(frozen=True)
class Lost:
    """When a guarantee was lost and when it held again; NEVER for not at all."""

    since: Days
    until: Days

    def on(self, when: Days | int) -> NDArray[np.bool_]:
        return (self.since <= when) & (when < self.until)


@dataclass(frozen=True)
class Guarantees:
    """Per household, and for schooling and insurance per member."""

    surveyed: tuple[Days, Days, Days]
    survey_known: tuple[Days, Days, Days]
    overlooks: NDArray[np.bool_]  # visitors to this household see no failure
    staple_enough: NDArray[np.bool_]
    protein: NDArray[np.int8]
    clothed: NDArray[np.bool_]
    dwelling_grade: NDArray[np.int8]  # before any repair
    damaged_grade: NDArray[np.int8]  # after a flood, or -1
    relocated: NDArray[np.bool_]
    dwelling_area: NDArray[np.int64]  # hundredths of a square metre
    dwelling: Lost
    dry_area: NDArray[np.bool_]
    water_piped: NDArray[np.bool_]
    water_tested: NDArray[np.bool_]
    water_how: NDArray[np.int8]  # what fails: quantity, quality, distance, reliability
    water: Lost
    out_of_school: Lost  # members
    uninsured: Lost  # members
    employee_insured: NDArray[np.bool_]  # members
    specially_insured: NDArray[np.bool_]  # members


def draw_guarantees(
    rng: np.random.Generator,
    households: Households,
    members: Members,
    shocks: Shocks,
    villages: int,
    dry_area: bool,
) -> Guarantees:
    """The guarantees of a block's households."""
    n = len(households)
    surveyed, known = _surveys(rng, households)
    how = rng.random(n, np.float32)
    relocated = (how >= 1 - RELOCATED) & (households.origin != GENERAL)
    renovated = (how >= IDENTIFIED_SAFE) & ~relocated
    grade = np.where(
        renovated,
        np.where(rng.random(n) < 0.7, Grade.C, Grade.D),
        (rng.random(n) < 0.45).astype(int),
    )
    grade[relocated] = Grade.A
    damaged = shocks.dwelling_damaged & ~relocated

    return Guarantees(
        surveyed=surveyed,
        survey_known=known,
        overlooks=rng.random(n, np.float32) < OVERLOOKED,
        staple_enough=rng.random(n, np.float32) < 0.9996,
        protein=np.select(
            [
                rng.random(n, np.float32) < PROTEIN_ANY_TIME,
                rng.random(n, np.float32) < 0.95,
            ],
            [Protein.any_time, Protein.sometimes],
            Protein.never,
        ).astype(np.int8),
        clothed=rng.random(n, np.float32) < 0.9996,
        dwelling_grade=grade.astype(np.int8),
        damaged_grade=np.where(damaged, np.where(rng.random(n) < 0.5, Grade.C, Grade.D), -1).astype(np.int8),
        relocated=relocated,
        dwelling_area=_areas(rng, members, relocated),
        dwelling=_dwellings(rng, renovated, damaged, shocks.own.on),
        dry_area=np.full(n, dry_area),
        water_piped=rng.random(n, np.float32) < WATER_PIPED,
        water_tested=(rng.random(villages) < 0.8)[households.village],
        water_how=rng.integers(0, 4, n, np.int8),
        water=_water(rng, n),
        out_of_school=_out_of_school(rng, members),
        uninsured=_uninsured(rng, members),
        employee_insured=rng.random(len(members), np.float32) < INSURED_EMPLOYEE,
        specially_insured=rng.random(len(members), np.float32) < 0.0001,
    )


def _surveys(
    rng: np.random.Generator, households: Households
) -> tuple[tuple[Days, Days, Days], tuple[Days, Days, Days]]:
    """Days of the three surveys, none before the household was registered, and when each was recorded."""
    n = len(households)
    on, known = [], []
    for first, last in SURVEYS:
        when = rng.integers(day(first), day(last), n)
        when = np.maximum(
            when,
            np.where(
                households.registered_on < day(first),
                LONG_AGO,
                households.registered_on,
            ),
        )
        recorded = when + rng.integers(1, 21, n)
        on.append(when.astype(np.int32))
        known.append(recorded.astype(np.int32))
    return (on[0], on[1], on[2]), (known[0], known[1], known[2])


def _areas(rng: np.random.Generator, members: Members, relocated: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Hundredths of a square metre; new homes have at most 25 square metres a person, with few exceptions."""
    n = len(relocated)
    each = np.where(relocated, 15 + 9.8 * rng.random(n), 20 + 14 * rng.random(n))
    each = np.where(relocated & (rng.random(n) < 0.01), 27, each)
    return np.rint(each * np.bincount(members.household, members.left_on == NEVER, n) * 100).astype(np.int64)


def _dwellings(
    rng: np.random.Generator,
    renovated: NDArray[np.bool_],
    damaged: NDArray[np.bool_],
    struck_on: Days,
) -> Lost:
    """Unsafe until renovated (most before 2019), or from a flood until repaired."""
    n = len(renovated)
    done = day("2016-06-01") + (rng.beta(2.0, 2.0, n) * 1100).astype(np.int64)
    late = rng.random(n, np.float32) < NOT_YET_SAFE
    done = np.where(late, day("2019-10-01") + rng.integers(0, 330, n), done)
    repaired = struck_on.astype(np.int64) + rng.integers(60, 400, n)
    since = np.where(damaged, struck_on, np.where(renovated, LONG_AGO, NEVER))
    until = np.where(damaged, repaired, np.where(renovated, done, NEVER))
    return Lost(since.astype(np.int32), np.minimum(until, NEVER).astype(np.int32))


def _water(rng: np.random.Generator, n: int) -> Lost:
    lost = rng.random(n, np.float32) < WATER_FAILS
    since = rng.integers(day("2018-03-01"), day("2020-06-01"), n)
    until = since + rng.integers(90, 500, n)
    return Lost(
        np.where(lost, since, NEVER).astype(np.int32),
        np.where(lost, until, NEVER).astype(np.int32),
    )


def _out_of_school(rng: np.random.Generator, members: Members) -> Lost:
    """Children of compulsory age who leave school; most are brought back within the school year."""
    m = len(members)
    since = rng.integers(day("2018-09-10"), ENDS, m)
    months = since.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
    year = 1970 + months // 12 - (months % 12 < 8)
    grade = year - members.first_school_year
    lost = (grade >= 3) & (grade < 9) & (members.not_in_class < 0) & (members.left_on == NEVER)
    lost &= rng.random(m, np.float32) < np.where(grade >= 6, 0.012, 0.004)
    until = since + rng.integers(40, 320, m)
    return Lost(
        np.where(lost, since, NEVER).astype(np.int32),
        np.where(lost, until, NEVER).astype(np.int32),
    )


def _uninsured(rng: np.random.Generator, members: Members) -> Lost:
    """Those who did not pay for an insurance year, which begins in January; most do later."""
    m = len(members)
    lost = rng.random(m, np.float32) < 0.0024
    since = np.where(rng.random(m) < 0.5, day("2019-01-01"), day("2020-01-01"))
    until = since + rng.integers(60, 330, m)
    return Lost(
        np.where(lost, since, NEVER).astype(np.int32),
        np.where(lost, until, NEVER).astype(np.int32),
    )


def compulsory_child(members: Members, on: int) -> NDArray[np.bool_]:
    """Who belongs in compulsory school in the school year of a day."""
    grade = grade_in(members, school_year(on))
    return (grade >= 0) & (grade < 9)


def water_seen(guarantees: Guarantees, fails: NDArray[np.bool_]) -> dict[str, NDArray[np.generic]]:
    """The water columns of the living conditions, where `fails` says whose water was seen to fail."""
    n = len(fails)
    how, piped, dry = guarantees.water_how, guarantees.water_piped, guarantees.dry_area
    few, bad, far, short = (fails & (how == one) for one in range(4))
    piped = piped & ~far
    jitter = (np.arange(n) * 7919 % 97).astype(np.int32)  # any spread does: no rule reads between the limits
    litres = np.where(dry, 24, 42) + jitter % 40
    litres = np.where(few, np.where(dry, 8, 18) + jitter % 10, litres)
    quality = np.where(guarantees.water_tested, Quality.test_passed, Quality.looks_clean)
    return {
        "water_litres": litres.astype(np.int64) * 100,
        "water_dry_area": dry.astype(np.int8),
        "water_quality": np.where(bad, Quality.fails, quality).astype(np.int8),
        "water_piped": piped.astype(np.int8),
        "water_fetch_minutes": np.select([piped, far], [0, 28 + jitter % 35], 4 + jitter % 14).astype(np.int32),
        "water_fetch_metres": np.select([piped, far], [0, 900 + 11 * jitter], 60 + 6 * jitter).astype(np.int32),
        "water_fetch_climb": np.select([piped, far], [0, 90 + jitter], jitter % 60).astype(np.int32),
        "water_short_days": np.where(short, 45 + jitter % 60, jitter % 9).astype(np.int32),
    }
