"""Who the counties themselves took into monitoring, with which risks, and what help every household was given."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from firmground.world.days import ENDS, NEVER, Days, day
from firmground.world.guarantees import Guarantees
from firmground.world.households import MARGINAL, REGISTERED, UNSTABLE_SHARE, Households
from firmground.world.livelihood import Livelihood
from firmground.world.people import Members
from firmground.world.shocks import Shocks
from firmground.world.words import Elimination, Measure, Risk, Shock

RISK_OF_SHOCK = np.full(len(Shock), Risk.other, np.int8)
for _shock, _risk in {
    Shock.illness: Risk.illness,
    Shock.accident: Risk.accident,
    Shock.job_loss: Risk.unstable_job,
    Shock.flood: Risk.disaster,
    Shock.school_cost: Risk.schooling,
    Shock.crop_failure: Risk.business_failure,
    Shock.livestock_failure: Risk.business_failure,
    Shock.epidemic: Risk.epidemic,
}.items():
    RISK_OF_SHOCK[_shock] = _risk

# The measure that answers a risk (guidance of 2020; the pairs that a data check would otherwise report as a mismatch).
MEASURE_OF_RISK = np.full(len(Risk), Measure.society, np.int8)
for _risk, _measure in {
    Risk.illness: Measure.health,
    Risk.schooling: Measure.other_education,
    Risk.disability: Measure.social_protection,
    Risk.disaster: Measure.living_conditions,
    Risk.accident: Measure.society,
    Risk.business_failure: Measure.industry,
    Risk.unstable_job: Measure.employment,
    Risk.no_labour: Measure.social_protection,
    Risk.epidemic: Measure.employment,
    Risk.housing: Measure.housing,
    Risk.water: Measure.water,
}.items():
    MEASURE_OF_RISK[_risk] = _measure

MEASURE_AMOUNTS = np.array([3000, 800, 0, 6000, 21000, 1200, 350, 600, 1500, 2400, 800, 30000, 1800, 0])
HEALTH_SHARE = 0.996  # of registered households: 14.766 of 14.822 million
HELPED_AFTER_SHOCK = 0.7  # of registered households struck, by the county's own doing
NEARBY_RISK = 0.06  # of monitored households each: housing or water named beside the first risk
STUDENT_AID_SHARE = 0.545  # 8.071 of 14.822 million


@dataclass(frozen=True)
class Monitoring:
    """Per household; NEVER and -1 for those never monitored. Entries and eliminations are recorded within days."""

    monitored_on: Days
    publicity_from: Days
    publicity_to: Days
    eliminated_on: Days
    elimination_mode: NDArray[np.int8]
    income_at_elimination: NDArray[np.int64]  # hundredths
    risk: NDArray[np.int8]
    second_risk: NDArray[np.int8]

    @property
    def monitored(self) -> NDArray[np.bool_]:
        return self.monitored_on != NEVER


@dataclass(frozen=True)
class Assistance:
    """Measures given, sorted by household."""

    household: NDArray[np.int32]
    measure: NDArray[np.int8]
    given_on: Days
    ended_on: Days
    amount: NDArray[np.int64]
    recent: NDArray[np.bool_]  # given after a shock or an entry into monitoring, and recorded within days


def draw_monitoring(
    rng: np.random.Generator,
    households: Households,
    livelihood: Livelihood,
    shocks: Shocks,
    guarantees: Guarantees,
    can_work: NDArray[np.bool_],
) -> Monitoring:
    """Whom the counties found: the poorest of those let go, some of those struck, and all marginal households."""
    n = len(households)
    exited = (households.origin == REGISTERED) & ~households.still_poor
    last_year = livelihood.net_income(shocks, day("2019-01-01"), day("2019-12-31")) / livelihood.population
    unsafe = guarantees.dwelling.on(day("2020-02-01")) | guarantees.water.on(day("2020-02-01"))
    struck = (shocks.own.on > day("2019-06-01")) & (shocks.own.on < day("2020-05-15"))
    worry = -np.log(np.maximum(last_year, 500) / 5000) + 0.9 * struck * rng.random(n) + 0.25 * rng.standard_normal(n)
    worry += 1.5 * unsafe * rng.random(n)
    worry = np.where(exited, worry, -np.inf)
    places = round(UNSTABLE_SHARE * int(exited.sum()))
    unstable = np.zeros(n, bool)
    if places:
        unstable[np.argpartition(-worry, places - 1)[:places]] = True
    unstable &= exited

    entered = day("2019-11-01") + rng.integers(0, 225, n)
    entered = np.where(
        unstable & struck,
        np.maximum(shocks.own.on + rng.integers(20, 130, n), entered),
        entered,
    )
    entered = np.minimum(entered, ENDS - 4)
    entered = np.where(households.origin == MARGINAL, households.registered_on, entered)
    monitored = unstable | (households.origin == MARGINAL)
    monitored_on = np.where(monitored, entered, NEVER).astype(np.int32)

    usual = rng.choice(
        np.array(
            [
                Risk.illness,
                Risk.schooling,
                Risk.disability,
                Risk.unstable_job,
                Risk.business_failure,
            ]
        ),
        n,
        p=[0.34, 0.16, 0.14, 0.22, 0.14],
    )
    usual = np.where((usual == Risk.unstable_job) & ~livelihood.wages, Risk.business_failure, usual)
    usual = np.where((usual == Risk.business_failure) & ~livelihood.operates, Risk.illness, usual)
    risk = np.where(can_work, usual, np.where(rng.random(n) < 0.5, Risk.no_labour, Risk.illness))
    risk = np.where(struck, RISK_OF_SHOCK[shocks.kind], risk)
    risk = np.where(guarantees.water.on(np.minimum(monitored_on, ENDS)), Risk.water, risk)
    risk = np.where(guarantees.dwelling.on(np.minimum(monitored_on, ENDS)), Risk.housing, risk)
    out_late = monitored & (shocks.epidemic.until > day("2020-04-15")) & (shocks.epidemic.until != NEVER)
    second = np.where(out_late & (risk != Risk.epidemic), Risk.epidemic, -1)
    u = rng.random(n)
    for nearby, low in ((Risk.housing, 0.0), (Risk.water, NEARBY_RISK)):
        named = (u >= low) & (u < low + NEARBY_RISK) & (risk != nearby) & (second < 0)
        second = np.where(named, nearby, second)

    # Half a year of help and an income above the line must come first; a household that cannot work stays.
    long_enough = entered + 184 + rng.integers(0, 30, n)
    income_now = livelihood.net_income(shocks, day("2019-07-01"), ENDS) / livelihood.population
    over = monitored & (long_enough < ENDS - 3) & (income_now > 5600) & can_work & (rng.random(n) < 0.7)
    return Monitoring(
        monitored_on=monitored_on,
        publicity_from=np.where(monitored, entered - 12, NEVER).astype(np.int32),
        publicity_to=np.where(monitored, entered - 12 + 6 + rng.integers(0, 3, n), NEVER).astype(np.int32),
        eliminated_on=np.where(over, long_enough, NEVER).astype(np.int32),
        elimination_mode=np.where(
            over,
            np.where(rng.random(n) < 0.9, Elimination.by_help, Elimination.natural),
            -1,
        ).astype(np.int8),
        income_at_elimination=np.where(over, np.rint(income_now / 10) * 1000, 0).astype(np.int64),
        risk=np.where(monitored, risk, -1).astype(np.int8),
        second_risk=np.where(monitored, second, -1).astype(np.int8),
    )


def draw_assistance(
    rng: np.random.Generator,
    households: Households,
    members: Members,
    livelihood: Livelihood,
    guarantees: Guarantees,
    monitoring: Monitoring,
    shocks: Shocks,
    can_work: NDArray[np.bool_],
) -> Assistance:
    """Help of the years since registration, after shocks, and in answer to an entry into monitoring."""
    n = len(households)
    registered = households.origin == REGISTERED
    students = np.bincount(members.household[members.grown_education < 0], minlength=n) > 0
    aid = min(
        STUDENT_AID_SHARE / max(float(students[registered].mean()) if registered.any() else 1.0, 1e-6),
        1.0,
    )
    destitute = np.bincount(members.household, members.tekun, n) > 0
    post = np.bincount(members.household, members.post >= 0, n) > 0
    monitored, risk, second = (
        monitoring.monitored,
        monitoring.risk,
        monitoring.second_risk,
    )
    answer = MEASURE_OF_RISK[np.maximum(risk, 0)]
    develops = np.isin(answer, [Measure.industry, Measure.employment])
    development = np.select(
        [livelihood.wages, livelihood.operates],
        [Measure.employment, Measure.industry],
        Measure.finance,
    )

    started = np.maximum(households.registered_on, day("2015-01-01"))
    general_span = day("2019-12-01") - np.minimum(started, day("2019-11-01"))

    def earlier() -> NDArray[np.int64]:
        return started + (rng.random(n) * general_span).astype(np.int64)

    def after_entry() -> NDArray[np.int64]:
        return monitoring.monitored_on.astype(np.int64) + rng.integers(1, 26, n)

    def after(event: Days) -> NDArray[np.int64]:
        return event.astype(np.int64) + rng.integers(15, 80, n)

    late = np.where(shocks.epidemic.until > day("2020-04-15"), day("2020-03-25"), NEVER)
    late = np.where(shocks.epidemic.until == NEVER, NEVER, late).astype(np.int32)
    unlucky = np.isin(shocks.kind, [Shock.flood, Shock.crop_failure, Shock.livestock_failure, Shock.accident])
    out_of_work = (shocks.kind == Shock.job_loss) & livelihood.wages
    helped = registered & (rng.random(n) < HELPED_AFTER_SHOCK)

    given: list[tuple[Measure | NDArray[np.int8], NDArray[np.bool_], NDArray[np.int64], bool]] = [
        (Measure.industry, registered & livelihood.industry_help, earlier(), False),
        (Measure.employment, registered & livelihood.employment_help, earlier(), False),
        (
            Measure.public_post,
            registered & post,
            day("2019-03-01") + rng.integers(0, 300, n),
            False,
        ),
        (
            Measure.housing,
            registered & (guarantees.dwelling_grade >= 2) & (rng.random(n) < 0.95),
            earlier(),
            False,
        ),
        (Measure.relocation, registered & guarantees.relocated, earlier(), False),
        (Measure.health, registered & (rng.random(n) < HEALTH_SHARE), earlier(), False),
        (
            Measure.other_education,
            registered & students & (rng.random(n) < aid),
            earlier(),
            False,
        ),
        (Measure.social_protection, destitute, earlier(), False),
        (Measure.living_conditions, unlucky & helped, after(shocks.own.on), True),
        (Measure.employment, out_of_work & helped, after(shocks.own.on), True),
        (Measure.employment, (late != NEVER) & livelihood.wages & helped, after(late), True),
        (answer, monitored, after_entry(), True),
        (Measure.social_protection, monitored & ~can_work & (answer != Measure.social_protection), after_entry(), True),
        (
            MEASURE_OF_RISK[np.maximum(second, 0)],
            monitored & (second >= 0),
            after_entry(),
            True,
        ),
        (development, monitored & can_work & ~develops, after_entry(), True),
    ]
    at = [np.flatnonzero(who) for _, who, _, _ in given]
    household = np.concatenate(at)
    measure = np.concatenate([np.broadcast_to(what, n)[who] for (what, _, _, _), who in zip(given, at, strict=True)])
    on = np.concatenate([when[who] for (_, _, when, _), who in zip(given, at, strict=True)])
    entry = np.concatenate([np.full(len(who), one[3]) for one, who in zip(given, at, strict=True)])
    order = np.argsort(household, kind="stable")
    measure, on, entry = measure[order].astype(np.int8), on[order], entry[order]
    k = len(order)
    ended = np.where(entry | (rng.random(k) < 0.5), NEVER, on + rng.integers(180, 900, k))
    amount = MEASURE_AMOUNTS[measure] * (0.6 + 0.8 * rng.random(k))
    return Assistance(
        household=household[order].astype(np.int32),
        measure=measure,
        given_on=on.astype(np.int32),
        ended_on=ended.astype(np.int32),
        amount=np.rint(amount / 10).astype(np.int64) * 1000,
        recent=entry,
    )
