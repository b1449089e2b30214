"""Deliberate errors in the registers, a kind for each data-quality rule R01 to R24, so that finding them is scored.

Each rule draws its share of those who can carry the error. The errors are wrong entries: the truth is not touched.
"""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from firmground.world.days import ENDS, NEVER, age, day
from firmground.world.households import REGISTERED, Households
from firmground.world.livelihood import DIBAO, Livelihood
from firmground.world.monitoring import Assistance, Monitoring
from firmground.world.people import Members
from firmground.world.words import IdState, Measure, Relation, Risk

RULES = tuple(f"R{number:02}" for number in range(1, 25))
OF_MEMBERS = {"R01", "R02", "R03", "R04", "R05", "R19", "R20", "R21"}
OF_MONITORED = {"R13", "R14", "R15", "R18", "R22"}
SHARING = 6  # households that share one telephone or one account where the error is planted


@dataclass
class Planted:
    """Which households (or members) carry which error. Arrays are ascending positions."""

    by_rule: dict[str, NDArray[np.int64]] = field(default_factory=dict)
    id_state: NDArray[np.int8] = field(default_factory=lambda: np.zeros(0, np.int8))  # per member
    twin: dict[int, int] = field(default_factory=dict)  # a member whose number is that of another
    relation: dict[int, int] = field(default_factory=dict)  # a member's wrong relation
    account_of: NDArray[np.int64] = field(
        default_factory=lambda: np.zeros(0, np.int64)
    )  # whose account a household gave
    phone_of: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))

    def __getitem__(self, rule: str) -> NDArray[np.int64]:
        return self.by_rule.get(rule, np.zeros(0, np.int64))


def plant(
    rng: np.random.Generator,
    share: float,
    households: Households,
    members: Members,
    livelihood: Livelihood,
    monitoring: Monitoring,
    assistance: Assistance,
) -> Planted:
    """Draw who carries which error; each of those who can carry it does so with chance `share`."""
    n, m = len(households), len(members)
    old = age(members.birth, ENDS)
    stays = members.left_on == NEVER
    grown = stays & (old >= 22) & (members.grown_education >= 0)
    healthy = ~members.chronic & ~members.serious & (members.disability == 0)
    registered = households.origin == REGISTERED
    exited = registered & ~households.still_poor
    monitored = monitoring.monitored
    early = monitored & (monitoring.monitored_on < day("2020-05-01"))
    lasting = monitored & (monitoring.eliminated_on == NEVER)
    year = livelihood.true[:, 2]
    earns_wage = year[:, :3].sum(axis=1) > 0
    employed = np.zeros(n, bool)
    employed[assistance.household[np.isin(assistance.measure, [Measure.employment, Measure.public_post])]] = True
    destitute = np.bincount(members.household, members.tekun, n) > 0
    spouse_in = np.bincount(members.household, members.relation == Relation.spouse, n)[members.household] > 0

    can: dict[str, NDArray[np.bool_]] = {
        "R01": stays,
        "R02": stays & ((members.relation <= Relation.spouse) | ((members.relation == Relation.child) & spouse_in)),
        "R03": grown,
        "R04": stays,
        "R05": grown & (old < 60) & healthy,
        "R06": exited & ~monitored & (households.income_per_head < 20_000),
        "R07": exited & ~monitored,
        "R08": livelihood.operates,
        "R09": registered,
        "R10": year[:, DIBAO] > 0,
        "R11": earns_wage,
        "R12": np.ones(n, bool),
        "R13": early,
        "R14": monitored & (monitoring.risk == Risk.illness),
        "R15": (monitoring.eliminated_on != NEVER) & livelihood.industry_help,
        "R16": employed & earns_wage,
        "R17": destitute,
        "R18": lasting & early,
        "R19": grown & (old < 58) & healthy & (members.usual_months == 0) & (members.post < 0),
        "R20": grown & (old >= 72),
        "R21": stays & (old >= 8) & (old <= 14),
        "R22": monitored,
        "R23": year[:, DIBAO] > 0,
    }
    by_rule = {}
    free = {True: np.ones(m, bool), False: np.ones(n, bool)}  # one error each at most, so that none hides another
    for rule, who in can.items():
        free_of_its_kind = free[rule in OF_MEMBERS]
        drawn = who & free_of_its_kind & (rng.random(len(who), np.float32) < share)
        free_of_its_kind &= ~drawn
        by_rule[rule] = np.flatnonzero(drawn)
    account_of, phone_of = np.arange(n), np.arange(n)
    shared: list[NDArray[np.int64]] = []
    for of in (account_of, phone_of):
        leaders = np.flatnonzero(rng.random(max(n - SHARING, 0)) < share / SHARING)
        for leader in leaders:
            group = np.arange(leader, leader + SHARING)
            if households.village[group[-1]] == households.village[leader]:
                of[group] = of[leader]
                shared.append(group)
    by_rule["R24"] = np.unique(np.concatenate(shared)) if shared else np.zeros(0, np.int64)

    planted = Planted(
        by_rule=by_rule,
        id_state=np.zeros(m, np.int8),
        account_of=account_of,
        phone_of=phone_of,
    )
    _spoil_numbers(rng, planted, members, stays)
    planted.relation = {int(i): _wrong_relation(int(members.relation[i])) for i in by_rule["R02"]}
    return planted


def _wrong_relation(relation: int) -> int:
    """A head becomes somebody else (no head); a spouse a second head; a child a second spouse."""
    return {Relation.head: Relation.other, Relation.spouse: Relation.head}.get(Relation(relation), Relation.spouse)


def _spoil_numbers(
    rng: np.random.Generator,
    planted: Planted,
    members: Members,
    stays: NDArray[np.bool_],
) -> None:
    """Every fifth spoilt number is missing, malformed, miscounted, of another birthday, or somebody else's."""
    spoilt = planted.by_rule["R01"]
    states = rng.integers(IdState.missing, IdState.duplicate + 1, len(spoilt))
    good = np.flatnonzero(stays)
    good = good[~np.isin(good, spoilt)]
    alike = good[np.lexsort((good, members.sex[good]))]
    for at, state in zip(spoilt, states, strict=True):
        if state == IdState.duplicate:
            # Registered twice: the other is of the same sex in another household, and the birthday is theirs.
            sex = members.sex[at]
            low, high = np.searchsorted(members.sex[alike], [sex, sex + 1])
            if high <= low:
                state = IdState.missing
            else:
                near = low + int(np.argmin(np.abs(members.birth[alike[low:high]].astype(np.int64) - members.birth[at])))
                planted.twin[int(at)] = int(alike[near])
        planted.id_state[at] = state
