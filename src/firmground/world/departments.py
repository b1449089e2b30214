"""What other departments send about households: true to what happened, but late, and with some cases missing."""

import numpy as np
from numpy.typing import NDArray

from firmground.world.columns import Columns, cents
from firmground.world.days import BEGINS, ENDS, LONG_AGO, NEVER, Days, day
from firmground.world.guarantees import Guarantees
from firmground.world.households import GENERAL, Households
from firmground.world.livelihood import DIBAO, TEKUN, Livelihood
from firmground.world.people import Members, stage_in
from firmground.world.rows import Moment, Rows, gathered
from firmground.world.shocks import Shocks
from firmground.world.words import (
    Care,
    Enrolment,
    Grade,
    Hazard,
    Scheme,
    Schooling,
    Shock,
    Stage,
)

BILLS_MISSED, DISASTERS_MISSED, GRADES_MISSED, ABSENCE_MISSED = 0.07, 0.10, 0.12, 0.10
SPECIAL_DISEASE = 0.05  # of outpatient bills: lasting treatment, dearer than a visit
TERMS = tuple(day(d) for d in ("2018-09-01", "2019-02-25", "2019-09-01", "2020-02-24"))
TERM_ENDS = tuple(day(d) for d in ("2019-02-24", "2019-08-31", "2020-02-23", "2020-08-31"))
TERM_YEARS = (2018, 2018, 2019, 2019)
QUARTERS = tuple(day(d) for d in ("2018-09-12", "2018-12-12", "2019-03-12", "2019-06-12", "2019-09-12", "2019-12-12",
                                  "2020-03-12", "2020-06-12"))  # fmt: skip


def fifth_of_next_month(days: Days) -> Days:
    """When a monthly report about a day arrives."""
    month = days.astype("datetime64[D]").astype("datetime64[M]") + 1
    return (month.astype("datetime64[D]").astype(np.int64) + 4).astype(np.int32)


def missing(rng: np.random.Generator, recorded: NDArray[np.integer], share: float) -> Days:
    """Recorded days, of which a share never were."""
    return np.where(rng.random(len(recorded)) < share, NEVER, recorded).astype(np.int32)


def medical_bills(rng: np.random.Generator, households: Households, members: Members, shocks: Shocks) -> Rows:
    """Medical insurance: bills of the illness and accident shocks, and the small bills of every year."""
    n = len(households)
    parts = []
    ill = np.flatnonzero((shocks.kind == Shock.illness) | (shocks.kind == Shock.accident))
    missed = rng.random(n) < BILLS_MISSED
    for bill, (part, delay) in enumerate(((0.6, 4), (0.3, 35), (0.1, 75))):
        at = ill if bill == 0 else ill[rng.random(len(ill)) < 0.6]
        on = (shocks.own.on[at] + delay + rng.integers(0, 20, len(at))).astype(np.int32)
        paid = shocks.self_paid[at] * (part if bill else np.float32(0.6))
        recorded = np.where(missed[at], NEVER, fifth_of_next_month(on)).astype(np.int32)
        parts.append(
            _bills(
                rng,
                at,
                on,
                recorded,
                paid,
                Care.inpatient,
                shocks.newly_serious[at] & (bill == 0),
            )
        )
    often = np.flatnonzero(np.bincount(members.household, members.chronic, n) * 0.45 > rng.random(n))
    on = rng.integers(BEGINS, ENDS - 10, len(often)).astype(np.int32)
    special = rng.random(len(often)) < SPECIAL_DISEASE
    usual = 30 + 400 * rng.random(len(often), np.float32)
    paid = np.where(special, 300 + 1500 * rng.random(len(often), np.float32) ** 2, usual)
    for care, which in ((Care.outpatient, ~special), (Care.special_disease, special)):
        bills = fifth_of_next_month(on[which])
        parts.append(_bills(rng, often[which], on[which], bills, paid[which], care, np.zeros(which.sum(), bool)))
    some = np.flatnonzero(rng.random(n, np.float32) < 0.14)
    on = rng.integers(BEGINS, ENDS - 10, len(some)).astype(np.int32)
    paid = 150 + 2200 * rng.random(len(some), np.float32) ** 2
    parts.append(
        _bills(
            rng,
            some,
            on,
            fifth_of_next_month(on),
            paid,
            Care.inpatient,
            np.zeros(len(some), bool),
        )
    )
    return gathered(parts)


def _bills(
    rng: np.random.Generator,
    household: NDArray[np.int64],
    on: Days,
    recorded: Days,
    paid: NDArray[np.floating],
    care: Care,
    serious: NDArray[np.bool_],
) -> Rows:
    share = 0.10 + 0.15 * rng.random(len(household))
    paid = np.rint(paid * 100) / 100
    return Rows(
        household.astype(np.int32),
        on,
        recorded,
        {
            "billed_on": on,
            "care": np.full(len(on), care, np.int8),
            "total": cents(paid / share),
            "self_paid": cents(paid),
            "new_serious_illness": serious.astype(np.int8),
        },
    )


def disasters(rng: np.random.Generator, households: Households, shocks: Shocks) -> Rows:
    """Emergency department: floods, droughts, pests and accidents; health: households sent home by the epidemic."""
    at = np.flatnonzero(shocks.hazard >= 0)
    on = shocks.own.on[at]
    known = missing(rng, on + rng.integers(3, 45, len(at)), DISASTERS_MISSED)
    loss = np.maximum(shocks.loss[at], shocks.self_paid[at]) * (0.8 + 0.4 * rng.random(len(at)))
    own = _disasters(at, on, known, shocks.hazard[at], loss)
    late = np.flatnonzero(
        (shocks.epidemic.until != NEVER)
        & (shocks.epidemic.until > day("2020-04-15"))
        & (rng.random(len(households)) < 0.3)
    )
    begun = np.full(len(late), day("2020-02-10"), np.int32)
    known = (begun + rng.integers(50, 100, len(late))).astype(np.int32)
    epidemic = _disasters(
        late,
        begun,
        known,
        np.full(len(late), Hazard.epidemic, np.int8),
        np.full(len(late), 2500.0),
    )
    return gathered([own, epidemic])


def _disasters(
    household: NDArray[np.int64],
    on: Days,
    known: Days,
    hazard: NDArray[np.int8],
    loss: NDArray[np.floating],
) -> Rows:
    columns: Columns = {
        "happened_on": on,
        "hazard": hazard,
        "loss": cents(np.rint(loss / 10) * 10),
    }
    return Rows(household.astype(np.int32), on, known, columns)


def housing_grades(
    rng: np.random.Generator,
    households: Households,
    guarantees: Guarantees,
    shocks: Shocks,
) -> Rows:
    """Housing department: gradings of earlier years, regrading after floods, and the verification of spring 2020."""
    n = len(households)
    made_safe = np.where(guarantees.damaged_grade >= 0, NEVER, guarantees.dwelling.until)
    moved = np.where(guarantees.relocated, day("2017-06-01") + rng.integers(0, 900, n), made_safe)

    def graded(at: NDArray[np.int64], on: NDArray[np.integer], grade: NDArray[np.int8], safe: NDArray[np.integer],
               known: NDArray[np.integer]) -> Rows:  # fmt: skip
        columns: Columns = {
            "graded_on": on.astype(np.int32),
            "grade": grade,
            "made_safe_on": safe.astype(np.int32),
        }
        learned = np.where(safe == NEVER, NEVER, np.minimum(safe, NEVER - 40) + 12).astype(np.int32)
        return Rows(
            at.astype(np.int32),
            on.astype(np.int32),
            known.astype(np.int32),
            columns,
            {"made_safe_on": learned},
        )

    earlier = np.flatnonzero((guarantees.dwelling_grade >= 2) | (rng.random(n) < 0.4))
    on = day("2014-03-01") + rng.integers(0, 800, len(earlier))
    parts = [
        graded(
            earlier,
            on,
            guarantees.dwelling_grade[earlier],
            moved[earlier],
            np.full(len(earlier), LONG_AGO),
        )
    ]

    hit = np.flatnonzero((guarantees.damaged_grade >= 0) & (rng.random(n) > GRADES_MISSED))
    on = shocks.own.on[hit] + rng.integers(10, 80, len(hit))
    repaired = guarantees.dwelling.until[hit].astype(np.int64)
    parts.append(
        graded(
            hit,
            on,
            guarantees.damaged_grade[hit],
            np.maximum(repaired, on + 5),
            on + rng.integers(3, 15, len(hit)),
        )
    )
    verified = np.flatnonzero((households.origin != GENERAL) & (rng.random(n) < 0.985))
    on = day("2020-03-01") + (rng.beta(2.0, 1.6, len(verified)) * 119).astype(np.int64)
    damaged = (guarantees.damaged_grade[verified] >= 0) & (shocks.own.on[verified] < on)
    grade = np.where(damaged, guarantees.damaged_grade[verified], guarantees.dwelling_grade[verified])
    safe = np.where(damaged, guarantees.dwelling.until[verified], moved[verified])
    grade = np.where((grade >= Grade.C) & (safe <= on), Grade.B, grade)  # repaired, it is graded anew
    parts.append(
        graded(
            verified,
            on,
            grade.astype(np.int8),
            safe,
            on + rng.integers(1, 9, len(verified)),
        )
    )
    return gathered(parts)


def support_payments(
    rng: np.random.Generator,
    households: Households,
    members: Members,
    livelihood: Livelihood,
    shocks: Shocks,
) -> Rows:
    """Civil affairs: quarterly allowances, disability subsidies, and temporary relief after a shock."""
    n = len(households)
    parts = []
    for scheme, source in ((Scheme.dibao, DIBAO), (Scheme.tekun, TEKUN)):
        at = np.flatnonzero(livelihood.true[:, 2, source] > 0)
        for quarter, paid_on in enumerate(QUARTERS):
            on = (paid_on + rng.integers(0, 8, len(at))).astype(np.int32)
            parts.append(_paid(at, on, scheme, livelihood.true[at, quarter // 2, source] / 2))
    severe = np.flatnonzero(np.bincount(members.household, np.isin(members.disability, [1, 2]), n) > 0)
    for paid_on in (day("2018-10-20"), day("2019-10-20")):
        on = (paid_on + rng.integers(0, 20, len(severe))).astype(np.int32)
        parts.append(_paid(severe, on, Scheme.disability, np.full(len(severe), 720.0)))
    helped = np.flatnonzero(np.isin(shocks.kind, [Shock.illness, Shock.flood, Shock.accident]) & (rng.random(n) < 0.2))
    on = (shocks.own.on[helped] + rng.integers(15, 70, len(helped))).astype(np.int32)
    parts.append(_paid(helped, on, Scheme.temporary, 500 + 2500 * rng.random(len(helped))))
    return gathered(parts)


def _paid(household: NDArray[np.int64], on: Days, scheme: Scheme, amount: NDArray[np.floating]) -> Rows:
    k = len(household)
    columns: Columns = {
        "scheme": np.full(k, scheme, np.int8),
        "paid_on": on,
        "amount": cents(np.rint(amount)),
        "recipient_left_on": np.full(k, NEVER, np.int32),
    }
    return Rows(household.astype(np.int32), on, on + np.int32(10), columns)


def school_roll(members: Members, guarantees: Guarantees, shocks: Shocks, moment: Moment) -> Rows:
    """Education: the two latest terms on the roll by that moment, absences as the monthly report had them.

    The world begins after a term has: there is always one.
    """
    known_terms = [term for term in range(len(TERMS)) if TERMS[term] + 25 <= min(moment.known_at, moment.as_of)][-2:]
    parts = []
    everyone = np.arange(len(members))
    overlooked = everyone % 997 < 997 * ABSENCE_MISSED
    for term in known_terms:
        stage = stage_in(members, TERM_YEARS[term], TERMS[term] + 30)
        there = (stage >= Stage.kindergarten) & (members.birth + 25 < TERMS[term]) & (members.left_on > TERMS[term])
        at = everyone[there & (members.joined_known <= TERMS[term])]
        seen_on = min(moment.known_at - 12, TERM_ENDS[term])
        gone = guarantees.out_of_school.on(seen_on)[at] & ~overlooked[at]
        enrolment = np.select(
            [
                gone & (at % 3 == 0),
                gone,
                *[members.not_in_class[at] == code for code in _ON_THE_ROLL],
            ],
            [Enrolment.not_on_roll, Enrolment.absent, *_ON_THE_ROLL.values()],
            Enrolment.enrolled,
        )
        compulsory = (stage[at] == Stage.primary) | (stage[at] == Stage.junior)
        enrolment = np.where(compulsory, enrolment, Enrolment.enrolled)
        on = np.full(len(at), TERMS[term], np.int32)
        parts.append(
            Rows(
                members.household[at],
                on,
                on + np.int32(25),
                {
                    "term_from": on,
                    "birth_date": members.birth[at],
                    "enrolment": enrolment.astype(np.int8),
                    "fees_after_aid": cents(school_fees(members, stage, shocks, TERM_YEARS[term])[at]),
                    "stage": (stage[at] - 1).astype(np.int8),
                    "member": at.astype(np.int32),
                },
                ordinal=(members.ordinal[at] * 4 + term + 1).astype(np.int32),
            )
        )
    ordinals = np.concatenate([part.ordinal for part in parts if part.ordinal is not None])
    households = np.concatenate([part.household for part in parts])
    roll = gathered(parts)
    roll.ordinal = ordinals[np.argsort(households, kind="stable")]
    order = np.lexsort((roll.ordinal, roll.household))
    return Rows(roll.household[order], roll.held[order], roll.recorded[order],
                {name: column[order] for name, column in roll.columns.items()}, {}, roll.ordinal[order])  # fmt: skip


_ON_THE_ROLL = {
    Schooling.home_teaching: Enrolment.home_teaching,
    Schooling.unfit: Enrolment.home_teaching,
    Schooling.suspended: Enrolment.suspended,
    Schooling.deferred: Enrolment.deferred,
}


def school_fees(members: Members, stage: NDArray[np.int8], shocks: Shocks, year: int) -> NDArray[np.float64]:
    """What each pays for the school year after aid, in yuan; a school-cost shock is one such fee."""
    spread = 0.7 + 0.6 * ((np.arange(len(members)) * 37 % 101) / 100)
    usual = np.array([0, 900, 0, 0, 1500, 700, 3200, 3800], float)
    fees = np.where(stage >= 0, usual[np.maximum(stage, 0)], 0.0) * spread
    struck = np.flatnonzero((shocks.kind == Shock.school_cost) & (shocks.own.on >= day(f"{year}-09-01")))
    struck = struck[shocks.own.on[struck] < day(f"{year + 1}-09-01")]
    struck = struck[stage[shocks.member[struck]] >= Stage.senior]
    fees[shocks.member[struck]] = shocks.self_paid[struck]
    return np.rint(fees / 10) * 10
