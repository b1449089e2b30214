"""The whole history of a block of a county, July 2018 to June 2020, drawn from (seed, county, block)."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from firmground.world import departments, visits
from firmground.world.days import ENDS
from firmground.world.guarantees import Guarantees, draw_guarantees
from firmground.world.households import Households, draw_households
from firmground.world.livelihood import Livelihood, draw_livelihood
from firmground.world.monitoring import (
    Assistance,
    Monitoring,
    draw_assistance,
    draw_monitoring,
)
from firmground.world.people import (
    Members,
    draw_members,
    labour_on,
    school_year,
    stage_in,
)
from firmground.world.planted import Planted, plant, rounding
from firmground.world.rows import Rows
from firmground.world.shocks import Shocks, draw_shocks
from firmground.world.villages import Settled
from firmground.world.words import Labour, Stage

SUBJECTS = (
    "villages", "households", "members", "shocks", "livelihood", "guarantees", "monitoring", "assistance", "bills",
    "disasters", "grades", "support", "spending", "checks", "statements", "planted", "contacts", "county",
)  # fmt: skip


@dataclass(frozen=True)
class History:
    """What happened in one block of a county, and when the registers learned of it."""

    settled: Settled
    seed: int
    households: Households
    members: Members
    shocks: Shocks
    livelihood: Livelihood
    guarantees: Guarantees
    monitoring: Monitoring
    assistance: Assistance
    medical_bills: Rows
    disasters: Rows
    housing_grades: Rows
    support: Rows
    spending: Rows
    checks: Rows
    planted: Planted

    def rng(self, subject: str) -> np.random.Generator:
        """The generator of one subject: what one subject draws does not move another."""
        return stream(self.seed, self.settled, subject)


def stream(seed: int, settled: Settled, subject: str) -> np.random.Generator:
    """The generator for one subject of one block."""
    drawn_from = [seed, int(settled.county.code), SUBJECTS.index(subject), settled.block]
    return np.random.default_rng(np.random.SeedSequence(drawn_from))


def draw(settled: Settled, seed: int, errors: float) -> History:
    """Make the history of one block of a county; the same arguments give the same history.

    Args:
        errors: the share of those who can that carry each kind of planted error.
    """

    def rng(subject: str) -> np.random.Generator:
        return stream(seed, settled, subject)

    of_county = stream(seed, replace(settled, block=0), "county")  # what all blocks of a county share
    depth, dry_area = float(np.exp(of_county.normal(-0.045, 0.30))), bool(of_county.random() < 0.25)
    villages = len(settled.sizes)
    households = draw_households(rng("households"), settled, depth)
    n = len(households)
    members = draw_members(rng("members"), households)
    population = np.bincount(members.household, members.left_on > ENDS, n).astype(np.int32)
    shocks = draw_shocks(rng("shocks"), households, members, villages)
    livelihood = draw_livelihood(rng("livelihood"), households, members, shocks, population)
    guarantees = draw_guarantees(rng("guarantees"), households, members, shocks, villages, dry_area)
    can_work = _can_work(members, n)
    monitoring = draw_monitoring(rng("monitoring"), households, livelihood, shocks, guarantees, can_work)
    assistance = draw_assistance(
        rng("assistance"), households, members, livelihood, guarantees, monitoring, shocks, can_work
    )
    return History(
        settled=settled,
        seed=seed,
        households=households,
        members=members,
        shocks=shocks,
        livelihood=livelihood,
        guarantees=guarantees,
        monitoring=monitoring,
        assistance=assistance,
        medical_bills=departments.medical_bills(rng("bills"), households, members, shocks),
        disasters=departments.disasters(rng("disasters"), households, shocks),
        housing_grades=departments.housing_grades(rng("grades"), households, guarantees, shocks),
        support=departments.support_payments(rng("support"), households, members, livelihood, shocks),
        spending=visits.rigid_spending(rng("spending"), households, members, shocks),
        checks=visits.checks(rng("checks"), households, members, guarantees),
        planted=plant(
            rng("planted"),
            errors,
            rounding(seed, settled),
            households,
            members,
            livelihood,
            monitoring,
            assistance,
        ),
    )


def _can_work(members: Members, n: int) -> NDArray[np.bool_]:
    studying = stage_in(members, school_year(ENDS), ENDS) > Stage.preschool
    labour = labour_on(members, ENDS, studying, members.serious)
    able = np.isin(labour, [Labour.ordinary, Labour.skilled]) & (members.left_on > ENDS)
    return np.bincount(members.household, able, n) > 0
