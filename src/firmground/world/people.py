"""Members: who lives in a household, their ages, schooling, health and ability to work."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from firmground.world.columns import rank_within
from firmground.world.days import BEGINS, ENDS, LONG_AGO, NEVER, Days, age
from firmground.world.households import REGISTERED, Households
from firmground.world.words import (
    Education,
    Labour,
    Post,
    Relation,
    Schooling,
    Sex,
    Stage,
    Status,
    WorkPlace,
)

# Kinds of family, chosen so that households have 3.58 persons on average (census communique 3).
FAMILIES = (
    "alone",
    "old_couple",
    "couple_children",
    "three_generations",
    "one_parent",
    "grandparents",
    "grown_children",
)
FAMILY_SHARES = np.array([0.085, 0.085, 0.39, 0.255, 0.06, 0.05, 0.075])
POOR_FAMILY_SHARES = np.array([0.22, 0.14, 0.26, 0.18, 0.08, 0.07, 0.05])

SLOTS = np.array(
    [Relation.head, Relation.spouse, *[Relation.child] * 4, Relation.child_in_law, *[Relation.grandchild] * 2,
     *[Relation.parent] * 2],
    np.int8,
)  # fmt: skip
HEAD, SPOUSE, CHILDREN, CHILD_IN_LAW, GRANDCHILDREN, PARENTS = (
    0,
    1,
    slice(2, 6),
    6,
    slice(7, 9),
    slice(9, 11),
)

# How far someone goes in school: junior, senior, vocational, college, university; and in which school year it ends.
TRACK_SHARES = np.array([0.13, 0.22, 0.34, 0.16, 0.15])
TRACK_YEARS = np.array([9, 12, 12, 15, 16], np.int16)
TRACK_EDUCATION = np.array(
    [
        Education.junior,
        Education.senior,
        Education.senior,
        Education.college,
        Education.university,
    ],
    np.int8,
)
NOT_IN_CLASS_SHARES = np.array([0.0045, 0.0035, 0.0015, 0.0010])  # of children: at home, unfit, suspended, deferred

WORKER_SHARE = 0.605  # of those able to work: gives 27.6 % of persons, as in the dispatch sheets of 2020
POST_SHARE = 0.070  # of those able to work: gives about 3.5 % of persons
PLACE_SHARES = np.array([0.05, 0.09, 0.22, 0.10, 0.17, 0.37])  # 37 % outside the province
POST_KIND_SHARES = np.array([113.34, 25.54, 60.0, 85.62, 14.0, 14.0, 14.0, 16.55])  # million persons / 100, 30 April


@dataclass(frozen=True)
class Members:
    """One row each, households in order, the head first."""

    household: NDArray[np.int32]
    ordinal: NDArray[np.int32]  # within the household, from 1
    relation: NDArray[np.int8]
    sex: NDArray[np.int8]
    birth: Days
    joined_known: Days  # when the register learned of them
    left_on: Days
    left_known: Days
    leaving: NDArray[np.int8]  # the status after they left
    first_school_year: NDArray[np.int16]  # the year of the September in which they begin primary school
    track: NDArray[np.int8]
    grown_education: NDArray[np.int8]  # of those past school before the history begins; else -1
    in_kindergarten: NDArray[np.bool_]
    not_in_class: NDArray[np.int8]  # a Schooling that stands in for in_school, or -1
    chronic: NDArray[np.bool_]
    serious: NDArray[np.bool_]  # since before the history; an illness shock makes more
    disability: NDArray[np.int8]  # grade, 0 for none
    able: NDArray[np.int8]  # the Labour of a healthy grown-up: ordinary or skilled
    works_old: NDArray[np.bool_]  # at 60 to 69 still works a little
    usual_months: NDArray[np.int8]  # of work in a year, 0 for those who do not work
    work_place: NDArray[np.int8]  # where they work, or would
    post: NDArray[np.int8]  # a Post, or -1
    dibao: NDArray[np.bool_]
    tekun: NDArray[np.bool_]
    pension: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.household)

    def starts(self, households: int) -> NDArray[np.int64]:
        """Where each household's members begin."""
        return np.searchsorted(self.household, np.arange(households))


def draw_members(rng: np.random.Generator, households: Households) -> Members:
    """The members of a block's households."""
    present, years, sex = _families(rng, households)
    at = np.flatnonzero(present)
    household = (at // len(SLOTS)).astype(np.int32)
    slot = at % len(SLOTS)
    birth = (ENDS - np.ceil(years.ravel()[at] * 365.2425)).astype(np.int32)
    m = len(at)
    relation = SLOTS[slot]
    old = age(birth, ENDS)

    first_school_year = _first_school_year(birth)
    track = rng.choice(len(TRACK_SHARES), m, p=TRACK_SHARES).astype(np.int8)
    past_school = first_school_year + TRACK_YEARS[track] <= 2018
    chronic = rng.random(m, np.float32) < np.select([old >= 60, old >= 45], [0.24, 0.11], 0.025)
    serious = rng.random(m, np.float32) < np.where(old >= 40, 0.012, 0.003)
    disability = np.where(
        rng.random(m, np.float32) < np.where(old >= 55, 0.085, 0.035),
        _grades(rng, m),
        0,
    )
    healthy = ~chronic & ~serious & (disability == 0)

    fit = healthy & past_school & (old >= 19) & (old < 60)
    works = fit & (rng.random(m, np.float32) < WORKER_SHARE)
    in_post = (fit & ~works) | (works & (rng.random(m, np.float32) < 0.15))
    in_post &= (rng.random(m, np.float32) < POST_SHARE / 0.42) & (old < 65)
    works &= ~in_post

    left_on, leaving = _departures(rng, relation, sex.ravel()[at], old)
    alone_old = (slot == HEAD) & (np.bincount(household, minlength=len(households))[household] == 1) & (old >= 60)
    tekun = alone_old & (rng.random(m, np.float32) < 0.22)
    helpless = np.bincount(household, fit, len(households)) == 0  # nobody able to work
    on_dibao = rng.random(len(households), np.float32) < np.select(
        [households.still_poor & helpless, households.still_poor, households.origin == REGISTERED],
        [0.97, 0.5, np.where(helpless, 0.35, 0.13)],
        0.03,
    )
    return Members(
        household=household,
        ordinal=rank_within(household) + 1,
        relation=relation,
        sex=sex.ravel()[at],
        birth=birth,
        joined_known=np.where(birth >= BEGINS, birth + rng.integers(15, 120, m), LONG_AGO).astype(np.int32),
        left_on=left_on,
        left_known=np.where(left_on == NEVER, NEVER, left_on.astype(np.int64) + rng.integers(5, 60, m)).astype(
            np.int32
        ),
        leaving=leaving,
        first_school_year=first_school_year,
        track=track,
        grown_education=np.where(past_school, _grown_education(rng, old), -1).astype(np.int8),
        in_kindergarten=rng.random(m, np.float32) < 0.9,
        not_in_class=_not_in_class(rng, m),
        chronic=chronic,
        serious=serious,
        disability=disability.astype(np.int8),
        able=np.where(rng.random(m, np.float32) < 0.09, Labour.skilled, Labour.ordinary).astype(np.int8),
        works_old=rng.random(m, np.float32) < 0.55,
        usual_months=np.where(works, rng.integers(4, 12, m), 0).astype(np.int8),
        work_place=rng.choice(len(WorkPlace), m, p=PLACE_SHARES).astype(np.int8),
        post=np.where(
            in_post,
            rng.choice(len(Post), m, p=POST_KIND_SHARES / POST_KIND_SHARES.sum()),
            -1,
        ).astype(np.int8),
        dibao=on_dibao[household] & ~tekun & ((relation == Relation.head) | (rng.random(m, np.float32) < 0.7)),
        tekun=tekun,
        pension=(old >= 17) & past_school & (rng.random(m, np.float32) < 0.97),
    )


def _families(
    rng: np.random.Generator, households: Households
) -> tuple[NDArray[np.bool_], NDArray[np.float32], NDArray[np.int8]]:
    """Who is there, how old at the end of the history, and of which sex: households by slots."""
    n = len(households)
    u = rng.random(n, np.float32)
    shares = np.where(
        households.still_poor[:, None],
        POOR_FAMILY_SHARES.cumsum(),
        FAMILY_SHARES.cumsum(),
    )
    family = np.minimum((u[:, None] >= shares).sum(axis=1), len(FAMILIES) - 1)
    (
        alone,
        old_couple,
        couple_children,
        three_generations,
        one_parent,
        grandparents,
        grown_children,
    ) = (family == kind for kind in range(len(FAMILIES)))
    present = np.zeros((n, len(SLOTS)), bool)
    years = np.zeros((n, len(SLOTS)), np.float32)
    sex = rng.integers(0, 2, (n, len(SLOTS)), np.int8)

    youngest = np.array([58, 61, 26, 30, 30, 55, 46], np.float32)[family]
    oldest = np.array([88, 80, 52, 54, 54, 73, 61], np.float32)[family]
    years[:, HEAD] = youngest + (oldest - youngest) * rng.random(n, np.float32)
    present[:, HEAD] = True
    sex[:, HEAD] = np.where(
        rng.random(n, np.float32) < np.where(one_parent, 0.55, 0.85),
        Sex.male,
        Sex.female,
    )

    present[:, SPOUSE] = old_couple | couple_children | three_generations | grown_children
    present[:, SPOUSE] |= grandparents & (rng.random(n, np.float32) < 0.7)
    years[:, SPOUSE] = np.maximum(years[:, HEAD] + rng.normal(-1.5, 2.5, n), 22)
    sex[:, SPOUSE] = 1 - sex[:, HEAD]

    children = np.array([0, 0, 1, 1, 1, 0, 1])[family] + (rng.random(n, np.float32) < 0.75)
    children += (rng.random(n, np.float32) < 0.25) & ~grown_children
    children[alone | old_couple | grandparents] = 0
    present[:, CHILDREN] = np.arange(4) < children[:, None]
    mothers_age = np.where(grown_children, 21 + 4 * rng.random(n), 22 + 9 * rng.random(n))
    first_born = years[:, HEAD] - mothers_age
    gaps = np.cumsum(1.4 + 4 * rng.random((n, 4), np.float32), axis=1)
    years[:, CHILDREN] = first_born[:, None] - gaps + gaps[:, :1]
    # Grown daughters have mostly married out, grown sons keep a house of their own.
    present[:, CHILDREN] &= (years[:, CHILDREN] > 0.02) & ((years[:, CHILDREN] < 24) | grown_children[:, None])

    present[:, CHILD_IN_LAW] = grown_children & (rng.random(n, np.float32) < 0.3)
    years[:, CHILD_IN_LAW] = np.maximum(years[:, 2] - 1.5 + 2 * rng.random(n), 20.5)
    sex[:, CHILD_IN_LAW] = 1 - sex[:, 2]
    here = 1 + (rng.random(n, np.float32) < 0.5)
    young = (present[:, CHILD_IN_LAW] & (rng.random(n, np.float32) < 0.8)) | grandparents
    present[:, GRANDCHILDREN] = (np.arange(2) < here[:, None]) & young[:, None]
    spread = np.where(grandparents, 14, 4)
    years[:, GRANDCHILDREN] = 0.1 + spread[:, None] * rng.random((n, 2), np.float32)

    parents = rng.random(n, np.float32)
    present[:, 9] = three_generations & (parents < 0.75)
    present[:, 10] = three_generations & (parents >= 0.35)
    sex[:, 9], sex[:, 10] = Sex.female, Sex.male
    years[:, PARENTS] = np.minimum(years[:, [HEAD]] + 21 + 8 * rng.random((n, 2), np.float32), 94)
    return present, years, sex


def _first_school_year(birth: Days) -> NDArray[np.int16]:
    """Who is six by 31 August begins in that September."""
    months = birth.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
    year, month = 1970 + months // 12, months % 12
    return (year + 6 + (month >= 8)).astype(np.int16)


def _departures(
    rng: np.random.Generator,
    relation: NDArray[np.int8],
    sex: NDArray[np.int8],
    old: NDArray[np.int16],
) -> tuple[Days, NDArray[np.int8]]:
    """Who dies, marries out or moves out within the history. Heads stay: a house keeps its head."""
    m = len(relation)
    stays = relation == Relation.head
    dies = np.select([old >= 75, old >= 60], [0.10, 0.04], 0.003)
    weds = np.where((relation == Relation.child) & (sex == Sex.female) & (old >= 20), 0.10, 0.0)
    u = rng.random(m, np.float32)
    how = np.select(
        [u < dies, u < dies + weds, u < dies + weds + 0.004, u < dies + weds + 0.0045],
        [1, 2, 3, 4],
        0,
    )
    how = np.where(stays | (old < 1), Status.active, how).astype(np.int8)
    on = rng.integers(BEGINS, ENDS, m)
    return np.where(how == Status.active, NEVER, on).astype(np.int32), how


def _grades(rng: np.random.Generator, m: int) -> NDArray[np.int64]:
    return rng.choice(np.array([1, 2, 3, 4]), m, p=[0.12, 0.26, 0.33, 0.29])


def _grown_education(rng: np.random.Generator, old: NDArray[np.int16]) -> NDArray[np.int64]:
    u = rng.random(len(old), np.float32)
    none, primary, junior = (
        np.select([old >= 60, old >= 40], pair, young)
        for pair, young in (
            ([0.36, 0.12], 0.02),
            ([0.84, 0.55], 0.2),
            ([0.97, 0.93], 0.80),
        )
    )
    return np.select([u < none, u < primary, u < junior, u < 0.985], [0, 1, 2, 3], Education.college)


def _not_in_class(rng: np.random.Generator, m: int) -> NDArray[np.int8]:
    u = rng.random(m, np.float32)
    ends = NOT_IN_CLASS_SHARES.cumsum()
    codes = [
        Schooling.home_teaching,
        Schooling.unfit,
        Schooling.suspended,
        Schooling.deferred,
    ]
    return np.select([u < end for end in ends], codes, -1).astype(np.int8)


# What someone is on a day -----------------------------------------------------------------


def school_year(on: int) -> int:
    """The year in which the school year of a day began."""
    year, month = (
        1970 + int(np.datetime64(on, "D").astype("datetime64[M]").astype(np.int64)) // 12,
        0,
    )
    month = int(np.datetime64(on, "D").astype("datetime64[M]").astype(np.int64)) % 12
    return year if month >= 8 else year - 1


def grade_in(members: Members, year: int) -> NDArray[np.int16]:
    """Years of school behind them in the school year that began in `year`; negative before primary school."""
    return (year - members.first_school_year).astype(np.int16)


def stage_in(members: Members, year: int, on: int) -> NDArray[np.int8]:
    """The school stage of each on a day of that school year, were nobody to drop out; -1 for none."""
    grade, track = grade_in(members, year), members.track
    over = grade >= TRACK_YEARS[track]
    old = age(members.birth, on)
    before_school = np.where(
        (old >= 6) | ((old >= 3) & members.in_kindergarten),
        np.int8(Stage.kindergarten),
        np.int8(Stage.preschool),
    )
    stage = np.select(
        [
            grade < 0,
            over,
            grade < 6,
            grade < 9,
            (grade < 12) & (track == 2),
            grade < 12,
            track == 3,
        ],
        [
            before_school,
            -1,
            Stage.primary,
            Stage.junior,
            Stage.vocational,
            Stage.senior,
            Stage.college,
        ],
        Stage.university,
    )
    return stage.astype(np.int8)


def labour_on(members: Members, on: int, studying: NDArray[np.bool_], serious: NDArray[np.bool_]) -> NDArray[np.int8]:
    """The ability to work of each on a day."""
    old = age(members.birth, on)
    severe = (members.disability == 1) | (members.disability == 2)
    return np.select(
        [
            (old < 16) | studying | (old >= 70),
            serious | severe,
            (old >= 60) & members.works_old,
            old >= 60,
            members.chronic | (members.disability > 0),
        ],
        [Labour.none, Labour.lost, Labour.weak, Labour.none, Labour.weak],
        members.able,
    ).astype(np.int8)
