"""What visitors write down: rigid spending as the household tells it, and checks of single guarantees."""

import numpy as np
from numpy.typing import NDArray

from firmground.world.columns import Columns, cents
from firmground.world.days import BEGINS, ENDS, HALF_ENDS, NEVER, Days, day
from firmground.world.departments import school_fees
from firmground.world.guarantees import Guarantees, compulsory_child
from firmground.world.households import Households, known_from
from firmground.world.people import Members, stage_in
from firmground.world.rows import Rows, gathered
from firmground.world.shocks import Shocks
from firmground.world.words import Evidence, Item, Outcome, Purpose, Shock, Stage

SPENDING_UNTOLD = 0.06
CHECKED_SHARE = 0.25  # of households, one guarantee of theirs, in each of the two later surveys

PURPOSE_OF_SHOCK = {
    Shock.illness: Purpose.medical,
    Shock.accident: Purpose.accident,
    Shock.flood: Purpose.farm_repair,
    Shock.school_cost: Purpose.schooling,
}
EVIDENCE = np.array(
    [
        Evidence.visit,
        Evidence.visit,
        Evidence.card,
        Evidence.card,
        Evidence.certificate,
        Evidence.laboratory,
    ],
    np.int8,
)


def rigid_spending(rng: np.random.Generator, households: Households, members: Members, shocks: Shocks) -> Rows:
    """Spending after every reimbursement. All of it is true; some is told late, some never."""
    n = len(households)
    parts = []
    for shock, purpose in PURPOSE_OF_SHOCK.items():
        at = np.flatnonzero(shocks.kind == shock)
        on = np.minimum(shocks.own.on[at] + rng.integers(2, 40, len(at)), ENDS)
        parts.append(_spent(rng, at, on, purpose, shocks.self_paid[at]))
    for year in (2018, 2019):
        stage = stage_in(members, year, day(f"{year}-09-15"))
        fees = np.where(stage >= Stage.senior, school_fees(members, stage, shocks, year), 0)
        struck = np.flatnonzero(shocks.kind == Shock.school_cost)
        fees[shocks.member[struck]] = 0  # already counted as the shock
        at = np.flatnonzero(fees > 0)
        on = day(f"{year}-09-05") + rng.integers(0, 12, len(at))
        parts.append(_spent(rng, members.household[at], on, Purpose.schooling, fees[at]))
    some = np.flatnonzero(rng.random(n, np.float32) < 0.16)
    on = rng.integers(BEGINS, ENDS - 5, len(some))
    parts.append(_spent(rng, some, on, Purpose.medical, 200 + 2300 * rng.random(len(some)) ** 2))
    return gathered(parts)


def _spent(
    rng: np.random.Generator,
    household: NDArray[np.integer],
    on: NDArray[np.integer],
    purpose: Purpose,
    amount: NDArray[np.floating],
) -> Rows:
    """Told at the next half-yearly statement, or to a visitor before that."""
    k = len(household)
    half = np.minimum(np.searchsorted(HALF_ENDS, on), len(HALF_ENDS) - 1)
    at_statement = HALF_ENDS[half] - 12 + rng.integers(0, 36, k)
    recorded = np.where(
        rng.random(k) < 0.35,
        np.minimum(on + rng.integers(6, 50, k), at_statement),
        at_statement,
    )
    recorded = np.where(rng.random(k) < SPENDING_UNTOLD, NEVER, np.maximum(recorded, on + 1))
    columns: Columns = {
        "spent_on": on.astype(np.int32),
        "purpose": np.full(k, purpose, np.int8),
        "amount": cents(np.rint(amount)),
        "compliant": (rng.random(k) >= 0.04).astype(np.int8),
    }
    return Rows(
        household.astype(np.int32),
        on.astype(np.int32),
        recorded.astype(np.int32),
        columns,
    )


def checks(
    rng: np.random.Generator,
    households: Households,
    members: Members,
    guarantees: Guarantees,
) -> Rows:
    """Checks of single guarantees at the surveys of late 2019 and spring 2020: failures, and a draw of the others."""
    n = len(households)
    in_register = known_from(households.registered_on)
    parts = []
    for survey in (1, 2):
        on = guarantees.surveyed[survey]
        fails = failures(guarantees, members, on, n)
        drawn = rng.random(n, np.float32) < CHECKED_SHARE
        item_drawn = rng.integers(0, len(Item), n)
        for item, (bad, until) in fails.items():
            seen = bad & ~guarantees.overlooks
            at = np.flatnonzero(seen | (drawn & (item_drawn == item) & ~bad))
            failed = seen[at]
            fixed = np.where(failed, until[at], NEVER)
            columns: Columns = {
                "item": np.full(len(at), item, np.int8),
                "outcome": np.where(failed, Outcome.fails, Outcome.holds).astype(np.int8),
                "evidence_type": np.full(len(at), EVIDENCE[item], np.int8),
                "checked_on": on[at],
                "fix_due_on": np.where(failed, on[at].astype(np.int64) + 60, NEVER).astype(np.int32),
                "fixed_on": fixed.astype(np.int32),
            }
            learned = np.where(fixed == NEVER, NEVER, np.minimum(fixed, NEVER - 20) + 10).astype(np.int32)
            recorded = np.maximum(guarantees.survey_known[survey], in_register)[at]
            parts.append(
                Rows(
                    at.astype(np.int32),
                    on[at],
                    recorded,
                    columns,
                    {"fixed_on": learned},
                )
            )
    return gathered(parts)


def failures(guarantees: Guarantees, members: Members, on: Days, n: int) -> dict[Item, tuple[NDArray[np.bool_], Days]]:
    """For each guarantee: which households it truly failed on their day `on`, and when it held again."""
    never = np.full(n, NEVER, np.int32)

    def of_members(lost_since: Days, lost_until: Days, asked: NDArray[np.bool_]) -> tuple[NDArray[np.bool_], Days]:
        when = on[members.household]
        lost = asked & (lost_since <= when) & (when < lost_until)
        until = np.zeros(n, np.int32)
        np.maximum.at(until, members.household[lost], lost_until[lost])
        hit = np.bincount(members.household, lost, n) > 0
        return hit, np.where(hit, until, NEVER).astype(np.int32)

    here = members.left_on == NEVER
    school, insured = guarantees.out_of_school, guarantees.uninsured
    # A child is of compulsory age by the spring of 2020 or was when it left; the loss is bounded by its own dates.
    child = compulsory_child(members, ENDS) | compulsory_child(members, day("2019-01-01"))
    return {
        Item.food: (~guarantees.staple_enough, never),
        Item.clothing: (~guarantees.clothed, never),
        Item.education: of_members(school.since, school.until, here & child),
        Item.medical: of_members(insured.since, insured.until, here),
        Item.housing: (guarantees.dwelling.on(on), guarantees.dwelling.until),
        Item.water: (guarantees.water.on(on), guarantees.water.until),
    }
