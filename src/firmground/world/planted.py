"""Deliberate errors and failures in the registers, so that finding them is scored and no standard goes untried.

R01 to R24 are the programme's own checks of the registers; the others carry the id of the standard that they break.
Each falls on its share of those who can carry it. All are wrong entries or acts of an office: the truth is not touched.
"""

import zlib
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from firmground.world.days import ENDS, NEVER, age, day
from firmground.world.households import REGISTERED, Households
from firmground.world.livelihood import DIBAO, PENSION, TEKUN, Livelihood
from firmground.world.monitoring import Assistance, Monitoring
from firmground.world.people import Members, labour_on, school_year, stage_in
from firmground.world.villages import Settled
from firmground.world.words import Elimination, IdState, Labour, Measure, Relation, Risk, Stage


@dataclass(frozen=True)
class Fault:
    """A kind of error: who carries it, and how many times the usual share of those who can."""

    of: Literal["member", "household", "monitored", "eliminated"]
    weight: int = 1  # more where few can carry it: every standard should find someone in 50,000 households


FAULTS = {
    "R01": Fault("member"),
    "R02": Fault("member"),
    "R03": Fault("member"),
    "R04": Fault("member"),
    "R05": Fault("member"),
    "R19": Fault("member"),
    "R20": Fault("member"),
    "R21": Fault("member"),
    "data_age_plausible": Fault("member", 2),
    "data_child_labour": Fault("member"),
    "data_relation_known": Fault("member"),
    "R17": Fault("monitored", 100),
    "elimination_needs_labour": Fault("eliminated", 25),
    "R15": Fault("eliminated", 50),
    "elimination_by_help_had_help": Fault("eliminated", 10),
    "elimination_income_above_line": Fault("eliminated", 10),
    "monitored_not_only_protected": Fault("monitored", 14),
    "risk_housing_answered": Fault("monitored", 8),
    "risk_water_answered": Fault("monitored", 8),
    "risk_schooling_answered": Fault("monitored", 8),
    "risk_unstable_job_answered": Fault("monitored", 10),
    "R13": Fault("monitored", 3),
    "R14": Fault("monitored", 4),
    "R18": Fault("eliminated", 15),
    "R22": Fault("monitored", 3),
    "data_monitored_kind": Fault("monitored", 4),
    "data_sudden_from_2021": Fault("monitored", 3),
    "monitored_risks_named": Fault("monitored", 2),
    "publicity_before_entry": Fault("monitored", 3),
    "R06": Fault("household"),
    "R07": Fault("household"),
    "R08": Fault("household"),
    "R09": Fault("household"),
    "R10": Fault("household"),
    "R11": Fault("household"),
    "R12": Fault("household"),
    "R16": Fault("household"),
    "R23": Fault("household"),
    "R24": Fault("household"),
    "data_allowance_has_member": Fault("household"),
    "data_destitute_amount": Fault("household"),
    "data_exit_date": Fault("household"),
    "data_pension_amount": Fault("household"),
    "data_population": Fault("household"),
    "data_survey_recent": Fault("household"),
}
GOLDEN, COUNTIES = 0.6180339887498949, 52
MOST = 0.25  # no error is carried by more of those who can
SHARING = 6  # households that share one telephone or one account where the error is planted

# A risk that nobody answered: the measures that would have done.
UNANSWERED = {
    "risk_housing_answered": (Risk.housing, (Measure.housing, Measure.relocation)),
    "risk_water_answered": (Risk.water, (Measure.water,)),
    "risk_schooling_answered": (
        Risk.schooling,
        (Measure.compulsory_education, Measure.other_education, Measure.society),
    ),
    "risk_unstable_job_answered": (Risk.unstable_job, (Measure.employment, Measure.public_post)),
}


@dataclass
class Planted:
    """Which households (or members) carry which error. Arrays are ascending positions."""

    by_rule: dict[str, NDArray[np.int64]] = field(default_factory=dict)
    id_state: NDArray[np.int8] = field(default_factory=lambda: np.zeros(0, np.int8))  # per member
    twin: dict[int, int] = field(default_factory=dict)  # a member whose number is that of another
    relation: dict[int, int] = field(default_factory=dict)  # a member's wrong relation, -1 for none
    account_of: NDArray[np.int64] = field(
        default_factory=lambda: np.zeros(0, np.int64)
    )  # whose account a household gave
    phone_of: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))

    def __getitem__(self, rule: str) -> NDArray[np.int64]:
        return self.by_rule.get(rule, np.zeros(0, np.int64))


def rounding(seed: int, settled: Settled) -> dict[str, float]:
    """How a block rounds the number of each error, so that a rare one falls on about as many as it should.

    Multiples of the golden ratio are spread evenly: of ten counties due a tenth of a household each, about one has it.
    """
    at = settled.county.ordinal + COUNTIES * settled.block
    first = np.random.default_rng(np.random.SeedSequence([seed, zlib.crc32(b"planted")])).random(len(FAULTS))
    return dict(zip(FAULTS, (first + at * GOLDEN) % 1.0, strict=True))


def plant(
    rng: np.random.Generator,
    share: float,
    rounding: dict[str, float],
    households: Households,
    members: Members,
    livelihood: Livelihood,
    monitoring: Monitoring,
    assistance: Assistance,
) -> Planted:
    """Draw who carries which error: of those who can, `share` times its weight.

    Args:
        rounding: what is added to each number before its fraction is cut off.
    """
    n, m = len(households), len(members)
    old = age(members.birth, ENDS)
    stays = members.left_on == NEVER
    grown = stays & (old >= 22) & (members.grown_education >= 0)
    healthy = ~members.chronic & ~members.serious & (members.disability == 0)
    registered = households.origin == REGISTERED
    exited = registered & ~households.still_poor
    monitored = monitoring.monitored
    lasting = monitored & (monitoring.eliminated_on == NEVER)
    early = lasting & (monitoring.monitored_on < day("2020-05-01"))
    in_january = (monitoring.monitored_on >= day("2020-01-01")) & (monitoring.monitored_on < day("2020-01-28"))
    eliminated = monitoring.eliminated_on != NEVER
    by_help = eliminated & (monitoring.elimination_mode == Elimination.by_help)
    fully_able, able = _able(members, n)
    year = livelihood.true[:, 2]
    earns_wage = year[:, :3].sum(axis=1) > 0
    employed = np.zeros(n, bool)
    employed[assistance.household[np.isin(assistance.measure, [Measure.employment, Measure.public_post])]] = True
    destitute = np.bincount(members.household, members.tekun, n) > 0
    spouse_in = np.bincount(members.household, members.relation == Relation.spouse, n)[members.household] > 0

    def named(risk: Risk) -> NDArray[np.bool_]:
        return (monitoring.risk == risk) | (monitoring.second_risk == risk)

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
        "R13": monitored & (monitoring.monitored_on < day("2020-05-01")),
        "R14": monitored & (monitoring.risk == Risk.illness),
        "R15": by_help & livelihood.industry_help,
        "R16": employed & earns_wage,
        "R17": lasting & destitute,
        "R18": in_january & lasting & fully_able,
        "R19": grown & (old < 58) & healthy & (members.usual_months == 0) & (members.post < 0),
        "R20": grown & (old >= 72),
        "R21": stays & (old >= 8) & (old <= 14),
        "R22": monitored,
        "R23": year[:, DIBAO] > 0,
        "data_age_plausible": stays & ((old == 18) | (old == 19)),
        "data_child_labour": stays & (old >= 8) & (old <= 14),
        "data_relation_known": stays & (members.relation > Relation.spouse),
        "data_allowance_has_member": year[:, DIBAO] > 0,
        "data_destitute_amount": registered & (year[:, TEKUN] == 0),
        "data_exit_date": exited,
        "data_monitored_kind": lasting,
        "data_pension_amount": year[:, PENSION] > 0,
        "data_population": np.ones(n, bool),
        "data_sudden_from_2021": lasting,
        "data_survey_recent": registered & ~monitored & (households.registered_on < day("2018-10-01")),
        "elimination_by_help_had_help": by_help,
        "elimination_income_above_line": eliminated,
        "elimination_needs_labour": lasting & ~able & (monitoring.monitored_on < ENDS - 200),
        "monitored_not_only_protected": lasting & fully_able & named(Risk.disability),
        "monitored_risks_named": lasting,
        "publicity_before_entry": early,
        **{rule: early & named(risk) for rule, (risk, _) in UNANSWERED.items()},
    }
    by_rule = {}
    free = {True: np.ones(m, bool), False: np.ones(n, bool)}  # one error each at most, so that none hides another
    for rule, fault in FAULTS.items():
        if rule not in can:
            continue
        free_of_its_kind = free[fault.of == "member"]
        who = np.flatnonzero(can[rule] & free_of_its_kind)
        number = int(len(who) * min(share * fault.weight, MOST) + rounding[rule]) if share else 0
        by_rule[rule] = np.sort(rng.choice(who, number, replace=False))
        free_of_its_kind[by_rule[rule]] = False
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
    planted.relation |= {int(i): -1 for i in by_rule["data_relation_known"]}
    return planted


def _able(members: Members, n: int) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Households with a member fully able to work, and those with one able to work at all, at the end."""
    labour = labour_on(members, ENDS, stage_in(members, school_year(ENDS), ENDS) > Stage.preschool, members.serious)
    labour = np.where(members.left_on > ENDS, labour, Labour.none)
    return tuple(  # type: ignore[return-value]
        np.bincount(members.household, np.isin(labour, words), n) > 0
        for words in ([Labour.ordinary, Labour.skilled], [Labour.ordinary, Labour.skilled, Labour.weak])
    )


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
    good = good[~np.isin(good, np.concatenate([spoilt, planted.by_rule["data_age_plausible"]]))]
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
