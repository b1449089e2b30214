"""The member table as it was known at a moment."""

import numpy as np
from numpy.typing import NDArray

from firmground.world.columns import UNKNOWN, Columns, known
from firmground.world.days import BEGINS, NEVER, age, day
from firmground.world.history import History
from firmground.world.households import known_from
from firmground.world.people import (
    TRACK_EDUCATION,
    TRACK_YEARS,
    Members,
    grade_in,
    labour_on,
    school_year,
    stage_in,
)
from firmground.world.rows import Moment, Rows
from firmground.world.words import (
    Education,
    Exempt,
    IdState,
    Labour,
    Post,
    Schooling,
    Shock,
    Stage,
    Status,
    WorkPlace,
)

A_CENTURY = 36_525  # days
JOB_LOSS_MISSED = 5  # one job loss in so many is never reported
DIAGNOSIS_DELAY, DROPOUT_DELAY, INSURANCE_DELAY = 35, 20, 30
LOST_WITH_THE_EPIDEMIC = day("2020-06-15")  # a worker not out again by then has lost the job of the year before


def member_rows(history: History, moment: Moment) -> Rows:
    """Every member; one who joined later, or whose household is not registered yet, is not known."""
    members, planted = history.members, history.planted
    year = school_year(moment.as_of)
    stage = stage_in(members, year, moment.as_of)
    school_status, stage = _schooling(history, moment, stage, year)
    serious = members.serious | _newly_serious(history, moment)
    studying = stage > Stage.preschool
    labour = labour_on(members, moment.as_of, studying, serious)
    education = _education(members, year, stage, school_status)
    working = (labour == Labour.ordinary) | (labour == Labour.skilled)
    months, place = _work(history, moment, working)
    left = (members.left_on <= moment.as_of) & (members.left_known <= moment.known_at)
    relation = members.relation.copy()
    for at, wrong in planted.relation.items():
        relation[at] = wrong
    post = np.where(working, members.post, -1).astype(np.int8)

    doubled = planted["R03"]
    stage[doubled[::2]] = Stage.senior
    education[doubled[1::2]] = -1
    place_alone, months_alone = planted["R05"][::2], planted["R05"][1::2]
    months[place_alone], place[place_alone] = UNKNOWN, WorkPlace.county
    months[months_alone], place[months_alone] = 6, -1
    lazy = planted["R19"]
    labour[lazy], months[lazy], place[lazy] = Labour.none, UNKNOWN, -1
    post[planted["R20"]] = Post.cleaning
    for column in (stage, school_status, education):
        column[planted["R21"]] = -1
    labour[planted["data_child_labour"]] = Labour.ordinary
    dibao = members.dibao & ~np.isin(members.household, planted["data_allowance_has_member"])

    columns: Columns = {
        "position": np.arange(len(members), dtype=np.int32),
        "relation": relation,
        "sex": members.sex,
        "birth_date": birth_as_written(history),
        "id_number_state": _id_states(history, moment),
        "status": np.where(left, members.leaving, Status.active).astype(np.int8),
        "left_on": np.where(left, members.left_on, NEVER).astype(np.int32),
        "education": education,
        "school_stage": stage,
        "school_status": school_status,
        "chronic_illness": known(members.chronic),
        "serious_illness": known(serious),
        "disability_grade": np.where(members.disability > 0, members.disability, UNKNOWN).astype(np.int32),
        "labour": labour,
        "work_place": place,
        "work_months": months,
        "post": post,
        "job_lost_on": _job_lost_on(history, moment),
        **_insurance(history, moment),
        "pension": known(members.pension),
        "dibao": known(dibao),
        "tekun": known(members.tekun),
    }
    held = np.where(members.birth >= BEGINS, members.birth, BEGINS).astype(np.int32)
    return Rows(
        members.household,
        np.minimum(held, moment.as_of),
        members.joined_known,
        columns,
        ordinal=members.ordinal,
    )


def birth_as_written(history: History) -> NDArray[np.int32]:
    """Birthdays in the register: one registered twice carries the other's; a year may be a century too early."""
    birth = history.members.birth.copy()
    birth[history.planted["data_age_plausible"]] -= A_CENTURY
    for at, other in history.planted.twin.items():
        birth[at] = history.members.birth[other]
    return birth


def _schooling(
    history: History, moment: Moment, stage: NDArray[np.int8], year: int
) -> tuple[NDArray[np.int8], NDArray[np.int8]]:
    members, lost = history.members, history.guarantees.out_of_school
    old = age(members.birth, moment.as_of)
    compulsory = (stage == Stage.primary) | (stage == Stage.junior)
    out = lost.on(min(moment.as_of, moment.known_at - DROPOUT_DELAY)) & compulsory
    status = np.where(stage >= Stage.kindergarten, np.int8(Schooling.in_school), np.int8(-1))
    status = np.where(compulsory & (members.not_in_class >= 0), members.not_in_class, status)
    over = (stage < 0) & (grade_in(members, year) >= TRACK_YEARS[members.track]) & (old < 25)
    status = np.where(over & (members.grown_education < 0), Schooling.graduated, status)
    status = np.where(over & (old <= 16), Schooling.graduated, status)
    status = np.where(out, Schooling.dropout, status).astype(np.int8)
    return status, np.where(out, -1, stage).astype(np.int8)


def _education(
    members: Members,
    year: int,
    stage: NDArray[np.int8],
    school_status: NDArray[np.int8],
) -> NDArray[np.int8]:
    """Completed education of those who have no school stage: exactly one of the two is filled."""
    grade = grade_in(members, year)
    education = np.where(
        members.grown_education >= 0,
        members.grown_education,
        TRACK_EDUCATION[members.track],
    )
    out = school_status == Schooling.dropout
    education = np.where(out, np.where(grade >= 6, Education.primary, Education.none), education)
    return np.where(stage >= 0, -1, education).astype(np.int8)


def _newly_serious(history: History, moment: Moment) -> NDArray[np.bool_]:
    shocks = history.shocks
    ill = np.flatnonzero(shocks.newly_serious & (shocks.member >= 0))
    on = shocks.own.on[ill].astype(np.int64)
    ill = ill[(on <= moment.as_of) & (on + DIAGNOSIS_DELAY <= moment.known_at)]
    serious = np.zeros(len(history.members), bool)
    serious[shocks.member[ill]] = True
    return serious


def _work(history: History, moment: Moment, working: NDArray[np.bool_]) -> tuple[NDArray[np.int32], NDArray[np.int8]]:
    """Months worked in the last year and where, as last collected: each December, and in June 2020."""
    members, shocks = history.members, history.shocks
    months = members.usual_months.astype(np.int32)
    if moment.known_at >= day("2020-06-20"):
        waited = np.minimum(shocks.out_again_on, moment.as_of).astype(np.int64) - day("2020-02-08")
        works = members.usual_months > 0
        months = np.where(works, np.maximum(months - np.maximum(waited, 0) // 30, 1), months).astype(np.int32)
        newly = shocks.newly_out_on <= moment.as_of
        months = np.where(
            newly,
            np.maximum((moment.as_of - shocks.newly_out_on.astype(np.int64)) // 30, 1),
            months,
        )
    works = (months > 0) & working
    return np.where(works, months, UNKNOWN).astype(np.int32), np.where(works, members.work_place, -1).astype(np.int8)


def _job_lost_on(history: History, moment: Moment) -> NDArray[np.int32]:
    """Job losses the labour department heard of: two weeks to two months later, one in five never."""
    members, shocks = history.members, history.shocks
    on = np.full(len(members), NEVER, np.int32)
    lost = np.flatnonzero((shocks.kind == Shock.job_loss) & (shocks.member >= 0))
    on[shocks.member[lost]] = shocks.own.on[lost]
    kept_home = (shocks.out_again_on != NEVER) & (shocks.out_again_on > LOST_WITH_THE_EPIDEMIC)
    on = np.where(kept_home & (on == NEVER), day("2020-02-24"), on)
    at = np.arange(len(members))
    heard = np.where(
        at % JOB_LOSS_MISSED == 0,
        NEVER,
        np.minimum(on, NEVER - 99).astype(np.int64) + 14 + at * 31 % 47,
    )
    return np.where((on <= moment.as_of) & (heard <= moment.known_at), on, NEVER).astype(np.int32)


def _insurance(history: History, moment: Moment) -> Columns:
    members, guarantees = history.members, history.guarantees
    newborn = moment.as_of - members.birth < 60
    employee = guarantees.employee_insured & (age(members.birth, moment.as_of) >= 20)
    lapsed = guarantees.uninsured.on(min(moment.as_of, moment.known_at - INSURANCE_DELAY))
    exempt = np.select([newborn, guarantees.specially_insured], [Exempt.in_process, Exempt.special], -1)
    resident = ~employee & (exempt < 0) & ~lapsed
    employee = employee & (exempt < 0)
    both = history.planted["R04"]
    resident[both], employee[both] = True, True
    return {
        "insured_resident": known(resident),
        "insured_employee": known(employee),
        "insurance_exempt": exempt.astype(np.int8),
    }


def _id_states(history: History, moment: Moment) -> NDArray[np.int8]:
    """What a check of the identity number would say: a number is a duplicate once both who carry it are registered."""
    members, planted = history.members, history.planted
    states = planted.id_state.copy()
    on = history.households.registered_on
    here = (on <= moment.as_of) & (known_from(on) <= moment.known_at)
    there = here[members.household] & (members.joined_known <= moment.known_at)
    for at, other in planted.twin.items():
        if there[at] and there[other]:
            states[other] = IdState.duplicate
        else:
            states[at] = IdState.good
    return states
