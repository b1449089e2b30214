"""Who really is at risk, and which errors were planted. Written beside the registers, never into them.

A household is really at risk on a day when
* its true income per head of the last twelve months, less its rigid spending of these months, or
* its true income per head of the coming twelve months, shocks still working
lies below LINE; or when a guarantee is truly lost on that day. What was reported, recorded or overlooked plays no part.
"""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from firmground.world.columns import BaseFact, arrow, cents, texts
from firmground.world.days import LONG_AGO, NEVER, Days, day
from firmground.world.history import History
from firmground.world.keys import Keys
from firmground.world.planted import FAULTS
from firmground.world.registers import household_columns, monitored_as_known, registered
from firmground.world.rows import Moment
from firmground.world.visits import failures
from firmground.world.words import Item, Kind, Shock

LABOUR_DAYS = ("2020-03-27", "2020-04-10", "2020-04-30")  # of the published dispatch sheets
LINE = 4000  # yuan per person per year: the registration standard of 2020

# What brought a household into risk. A shock has a day; low income and usual spending have none.
CAUSES = (
    *(shock.name for shock in Shock),
    "low_income",
    "usual_spending",
    *(f"{item.name}_lost" for item in Item),
)
LOW_INCOME, USUAL_SPENDING, FIRST_GUARANTEE = len(Shock), len(Shock) + 1, len(Shock) + 2


@dataclass(frozen=True)
class AtRisk:
    """One row per household of the county, registered or not."""

    really: NDArray[np.bool_]
    since: Days  # the day of the shock or the loss; NEVER where there is none
    cause: NDArray[np.int8]  # an index into CAUSES, -1 where not at risk
    last_year: NDArray[np.float64]  # per head, less rigid spending
    coming_year: NDArray[np.float64]  # per head


def at_risk(history: History, as_of: int) -> AtRisk:
    """The truth about every household on a day."""
    livelihood, shocks = history.livelihood, history.shocks
    n, heads = len(history.households), livelihood.population
    past, future = (as_of - 364, as_of), (as_of + 1, as_of + 365)
    rigid = _rigid_spending(history, *past)
    recent = (shocks.own.on >= past[0]) & (shocks.own.on <= as_of)
    of_shock = np.minimum(np.where(recent, shocks.self_paid, 0), rigid)
    own_shock = np.where(shocks.own.on <= as_of, 1.0, 0.0)
    own = own_shock * livelihood.lost(shocks.own, *past) + of_shock
    own_future = own_shock * livelihood.lost(shocks.own, *future)
    epidemic = livelihood.lost(shocks.epidemic, *past, slot=1)
    epidemic_future = livelihood.lost(shocks.epidemic, *future, slot=1) * (shocks.epidemic.on <= as_of)
    usual = livelihood.net_income(shocks, *past) + livelihood.lost(shocks.own, *past) + epidemic
    usual_future = (
        livelihood.net_income(shocks, *future)
        + livelihood.lost(shocks.own, *future)
        + livelihood.lost(shocks.epidemic, *future, slot=1)
    )
    last_year = (usual - own - epidemic - (rigid - of_shock)) / heads
    coming_year = (usual_future - own_future - epidemic_future) / heads
    below = np.minimum(last_year, coming_year) < LINE

    chronic = np.minimum(usual, usual_future) / heads < LINE
    by_usual_spending = (usual - (rigid - of_shock)) / heads < LINE
    own_weight, epidemic_weight = (
        np.maximum(own, own_future),
        np.maximum(epidemic, epidemic_future),
    )
    by_own = own_weight >= epidemic_weight
    cause = np.select(
        [~below, chronic, by_usual_spending, by_own],
        [-1, LOW_INCOME, USUAL_SPENDING, shocks.kind],
        Shock.epidemic,
    )
    since = np.select(
        [~below | chronic | by_usual_spending, by_own],
        [NEVER, shocks.own.on],
        shocks.epidemic.on,
    ).astype(np.int32)

    really = below.copy()
    today = np.full(n, as_of, np.int32)
    for item, (lost, _) in failures(history.guarantees, history.members, today, n).items():
        first = lost & ~really
        cause = np.where(first, FIRST_GUARANTEE + item, cause)
        since = np.where(first, _lost_since(history, item, as_of), since).astype(np.int32)
        really |= lost
    return AtRisk(really, since, cause.astype(np.int8), last_year, coming_year)


def _rigid_spending(history: History, first: int, last: int) -> NDArray[np.float64]:
    """All compliant rigid spending of a span, told or not, in yuan."""
    rows = history.spending
    counts = (rows.held >= first) & (rows.held <= last) & (rows.columns["compliant"] == 1)
    spent = np.bincount(rows.household[counts], rows.columns["amount"][counts] / 100, len(history.households))
    return spent.astype(np.float64)


def _lost_since(history: History, item: Item, as_of: int) -> Days:
    """Since when a guarantee that is lost today has been lost; NEVER where it always was."""
    guarantees, n = history.guarantees, len(history.households)
    match item:
        case Item.housing:
            since = guarantees.dwelling.since
        case Item.water:
            since = guarantees.water.since
        case Item.education | Item.medical:
            lost = guarantees.out_of_school if item == Item.education else guarantees.uninsured
            now = lost.on(as_of)
            since = np.full(n, NEVER, np.int32)
            np.minimum.at(since, history.members.household[now], lost.since[now])
        case _:
            since = np.full(n, NEVER, np.int32)
    return np.where(since == LONG_AGO, NEVER, since).astype(np.int32)


def truth_tables(history: History, moment: Moment) -> dict[str, pa.Table]:
    """The truth about the households that were registered at a moment, and the errors in their rows."""
    here = registered(history, moment)
    keys = Keys(history)
    risk = at_risk(history, moment.as_of)
    columns = household_columns(history, moment)
    amount = BaseFact("", "decimal", ())
    told = pa.table(
        {
            "household_id": texts(keys.households[here]),
            "kind": arrow(columns["kind"][here], BaseFact("", "text", tuple(one.name for one in Kind))),
            "really_at_risk": pa.array(risk.really[here]),
            "since": arrow(risk.since[here], BaseFact("", "date", ())),
            "cause": arrow(risk.cause[here], BaseFact("", "text", CAUSES)),
            "last_year_per_head": arrow(cents(risk.last_year[here]), amount),
            "coming_year_per_head": arrow(cents(risk.coming_year[here]), amount),
        }
    )
    return {
        "at_risk": told,
        "planted": _planted_table(history, moment, keys, here, columns["eliminated_on"] != NEVER),
        "labour": _labour_table(history, moment, here),
    }


def _labour_table(history: History, moment: Moment, here: NDArray[np.bool_]) -> pa.Table:
    """How many people were out at work on days of the spring of 2020, and how many in 2019: one block of a county."""
    members = history.members
    lives = here[members.household] & (members.left_on > moment.as_of)
    out_in_2019 = int((lives & (members.usual_months > 0)).sum())
    days = [day(text) for text in LABOUR_DAYS]
    out = [
        int((lives & (np.minimum(history.shocks.out_again_on, history.shocks.newly_out_on) <= on)).sum()) for on in days
    ]
    k = len(days)
    return pa.table(
        {
            "day": arrow(np.array(days, np.int32), BaseFact("", "date", ())),
            "persons": [int(lives.sum())] * k,
            "out_in_2019": [out_in_2019] * k,
            "out_in_2020": out,
        }
    )


def _planted_table(
    history: History, moment: Moment, keys: Keys, here: NDArray[np.bool_], eliminated: NDArray[np.bool_]
) -> pa.Table:
    members = history.members
    carries = {
        "member": here,
        "household": here,
        "monitored": here & (monitored_as_known(history, moment) != NEVER),
        "eliminated": here & eliminated,
    }
    household_ids: list[str] = []
    member_ids: list[str | None] = []
    rules: list[str] = []
    for rule, fault in FAULTS.items():
        at, of_member = history.planted[rule], fault.of == "member"
        household = members.household[at] if of_member else at
        shown = carries[fault.of][household]
        if of_member:
            shown &= members.joined_known[at] <= moment.known_at
        at, household = at[shown], household[shown]
        household_ids += texts(keys.households[household]).to_pylist()
        member_ids += texts(keys.members[at]).to_pylist() if of_member else [None] * len(at)
        rules += [rule] * len(at)
    return pa.table(
        {
            "household_id": household_ids,
            "member_id": pa.array(member_ids, pa.string()),
            "rule": rules,
        }
    )
