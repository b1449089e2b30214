"""The registers of a block as they were known at a moment: the history's truth, as written down, errors included."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from firmground.world.columns import UNKNOWN, UNKNOWN_AMOUNT, Columns, cents, known
from firmground.world.days import HALF_ENDS, HALF_STARTS, LONG_AGO, NEVER, Days, day
from firmground.world.departments import school_roll
from firmground.world.guarantees import water_seen
from firmground.world.history import History
from firmground.world.households import kind_of, known_from
from firmground.world.livelihood import OPERATING, OTHER_WAGE, SOURCES
from firmground.world.members_seen import member_rows
from firmground.world.planted import UNANSWERED, Planted
from firmground.world.rows import Moment, Rows
from firmground.world.words import Elimination, Grade, Kind, Measure

RELATED = (
    "member", "statement", "spending", "check", "medical_bill", "school_roll", "disaster", "housing_grade", "support",
    "risk", "assistance",
)  # fmt: skip
STATEMENTS_FROM = tuple(day(d) for d in ("2019-01-05", "2019-07-05", "2020-01-04", "2020-06-16"))
STATEMENTS_TO = tuple(day(d) for d in ("2019-01-31", "2019-07-31", "2020-01-31", "2020-06-30"))
STATEMENT_LATE = 0.03
MISREPORTED = 0.04  # of households: wages told a quarter too low; half as many a fifth too high


def registered(history: History, moment: Moment) -> NDArray[np.bool_]:
    """Which households were in the register."""
    on = history.households.registered_on
    return (on <= moment.as_of) & (known_from(on) <= moment.known_at)


def monitored_as_known(history: History, moment: Moment) -> Days:
    """Since when each household is monitored, as far as the county had entered it by then: it does on the next day."""
    on = history.monitoring.monitored_on
    return np.where((on <= moment.as_of) & (on < moment.known_at), on, NEVER).astype(np.int32)


def household_columns(history: History, moment: Moment) -> Columns:
    """Every household's columns, those not yet registered included."""
    households, monitoring, planted = (
        history.households,
        history.monitoring,
        history.planted,
    )
    monitored_on = monitored_as_known(history, moment)
    entered = monitored_on != NEVER
    n = len(households)
    columns: Columns = {
        "kind": kind_of(households, monitored_on, moment.as_of),
        "registered_on": households.registered_on,
        "exited_on": np.where(households.exited_on <= moment.as_of, households.exited_on, NEVER).astype(np.int32),
        "main_cause": households.main_cause,
        "relocated": known(history.guarantees.relocated),
        **_living(history, moment),
        "monitored_on": monitored_on,
        "publicity_from": np.where(entered, monitoring.publicity_from, NEVER).astype(np.int32),
        "publicity_to": np.where(entered, monitoring.publicity_to, NEVER).astype(np.int32),
    }
    eliminated_on, mode, income = _eliminated(history)
    over = entered & (eliminated_on <= moment.as_of) & (eliminated_on < moment.known_at)
    columns["eliminated_on"] = np.where(over, eliminated_on, NEVER).astype(np.int32)
    columns["elimination_mode"] = np.where(over, mode, -1).astype(np.int8)
    columns["income_at_elimination"] = np.where(over, income, UNKNOWN_AMOUNT)
    _mistake_entry(columns, planted, moment)

    here = registered(history, moment)
    for name, of in (
        ("account_households", planted.account_of),
        ("phone_households", planted.phone_of),
    ):
        columns[name] = np.bincount(of, here, n).astype(np.int32)[of]
    members = history.members
    counted = (members.joined_known <= moment.known_at) & (
        np.maximum(members.left_known, members.left_on) > moment.known_at
    )
    columns["population"] = np.bincount(members.household, counted, n).astype(np.int32)
    columns["population"][planted["data_population"]] += 1
    return columns


def _eliminated(history: History) -> tuple[Days, NDArray[np.int8], NDArray[np.int64]]:
    """When the county wrote a risk off, how, and at what income per head (hundredths); wrong decisions included."""
    monitoring, planted = history.monitoring, history.planted
    on, mode = monitoring.eliminated_on.copy(), monitoring.elimination_mode.copy()
    income = monitoring.income_at_elimination.copy()
    for rule, days in (("R18", 150), ("elimination_needs_labour", 190)):
        wrong = planted[rule]
        on[wrong] = monitoring.monitored_on[wrong] + days
        mode[wrong], income[wrong] = Elimination.by_help, 620_000
    income[planted["elimination_income_above_line"]] = 430_000
    return on, mode, income


def _mistake_entry(columns: Columns, planted: Planted, moment: Moment) -> None:
    """Wrong days and kinds in a household's own row."""
    monitored_on = columns["monitored_on"].copy()
    hasty = _where_known(planted["R22"], monitored_on)
    columns["publicity_to"][hasty] = columns["publicity_from"][hasty] + 3
    afterwards = _where_known(planted["publicity_before_entry"], monitored_on)
    afterwards = afterwards[monitored_on[afterwards] + 9 <= moment.as_of]
    columns["publicity_from"][afterwards] = monitored_on[afterwards] + 2
    columns["publicity_to"][afterwards] = monitored_on[afterwards] + 9
    exited = _where_known(planted["data_exit_date"], columns["exited_on"])
    columns["exited_on"][exited] = columns["registered_on"][exited] - 365
    columns["kind"][_where_known(planted["data_sudden_from_2021"], monitored_on)] = Kind.sudden
    wrong = _where_known(planted["data_monitored_kind"], monitored_on)
    blank, next_year = wrong[wrong % 2 == 0], wrong[wrong % 2 == 1]
    columns["monitored_on"][blank] = NEVER
    columns["monitored_on"][next_year] += 366


def _where_known(at: NDArray[np.int64], days: Days) -> NDArray[np.int64]:
    """Those of `at` whose day is in the register."""
    return at[days[at] != NEVER]


def _living(history: History, moment: Moment) -> Columns:
    """The latest survey known by then; unknown where none was."""
    guarantees, planted, livelihood = (
        history.guarantees,
        history.planted,
        history.livelihood,
    )
    n = len(history.households)
    seen_on = np.full(n, NEVER, np.int32)
    passed_by = np.zeros(n, bool)
    for on, recorded in zip(guarantees.surveyed, guarantees.survey_known, strict=True):
        seen_on = np.where((on <= moment.as_of) & (recorded <= moment.known_at) & ~passed_by, on, seen_on)
        passed_by[planted["data_survey_recent"]] = True  # by every survey but the first
    when = np.where(seen_on == NEVER, LONG_AGO, seen_on)
    noticed = ~guarantees.overlooks
    damaged = (guarantees.damaged_grade >= 0) & (history.shocks.own.on <= when) & noticed
    grade = np.where(damaged, guarantees.damaged_grade, guarantees.dwelling_grade)
    unsafe = guarantees.dwelling.on(when) & noticed
    made_safe = ~unsafe & ((grade >= Grade.C) | guarantees.relocated)
    wrong = planted["R07"]
    grade[wrong], made_safe[wrong] = Grade.C, False
    land = {
        "area_cultivated": livelihood.cultivated,
        "area_forest": livelihood.forest,
        "area_pasture": livelihood.pasture,
        "area_returned_forest": livelihood.returned_forest,
    }
    areas = {name: np.rint(of.astype(float) * 100).astype(np.int64) for name, of in land.items()}
    for name in ("area_forest", "area_pasture", "area_returned_forest"):
        areas[name][planted["R09"]] = 0
    too_much = planted["R12"]
    areas["area_returned_forest"][too_much] = areas["area_forest"][too_much] + areas["area_pasture"][too_much] + 1000
    columns: Columns = {
        "surveyed_on": seen_on.astype(np.int32),
        "staple_enough": known(guarantees.staple_enough | guarantees.overlooks),
        "protein": guarantees.protein,
        "seasonal_clothes": known(guarantees.clothed),
        "bedding": known(guarantees.clothed),
        "clothes_mostly_donated": known(~guarantees.clothed),
        "dwelling_grade": grade.astype(np.int8),
        "dwelling_made_safe": known(made_safe),
        "dwelling_area": guarantees.dwelling_area,
        **water_seen(guarantees, guarantees.water.on(when) & noticed),
        **areas,
    }
    unseen = seen_on == NEVER
    if unseen.any():
        for name, column in columns.items():
            columns[name] = np.where(unseen, _unknown(column), column).astype(column.dtype)
    return columns


def _unknown(column: NDArray[np.generic]) -> np.generic | int:
    match column.dtype:
        case np.int8:
            return -1
        case np.int64:
            return UNKNOWN_AMOUNT
    return NEVER if column.min(initial=0) < 0 or column.max(initial=0) == NEVER else UNKNOWN


def related_rows(history: History, moment: Moment) -> Iterator[tuple[str, Rows]]:
    """Each related table with the rows known by then, of the households registered by then, one table at a time."""
    here = registered(history, moment)
    for table, rows in _related(history, moment):
        yield table, rows.read(moment, here)


def _related(history: History, moment: Moment) -> Iterator[tuple[str, Rows]]:
    yield "member", member_rows(history, moment)
    yield "statement", statements(history)
    yield "spending", history.spending
    yield "check", _checks(history)
    yield "medical_bill", history.medical_bills
    yield (
        "school_roll",
        school_roll(history.members, history.guarantees, history.shocks, moment),
    )
    yield "disaster", history.disasters
    yield "housing_grade", history.housing_grades
    yield "support", _support(history)
    yield "risk", _risks(history)
    yield "assistance", _assistance(history)


def statements(history: History) -> Rows:
    """Half-yearly statements: told to the nearest ten yuan, a little off, some misreported."""
    rng = history.rng("statements")
    n = len(history.households)
    told = history.livelihood.true.copy()
    told[:, :, : OPERATING.stop] *= 1 + 0.03 * rng.standard_normal((n, 4, 1), np.float32)
    u = rng.random(n, np.float32)
    factor = np.select([u < MISREPORTED, u < 1.5 * MISREPORTED], [0.75, 1.2], 1.0).astype(np.float32)
    told[:, :, : OTHER_WAGE + 1] *= factor[:, None, None]
    paid = (told > 0) & (told < 320)
    paid[:, :, OTHER_WAGE + 1 :] = False
    told[paid] = 320
    told = np.where(told > 0, np.maximum(np.rint(told / 10), 1) * 10, 0)
    cost = np.where(
        history.livelihood.cost > 0,
        np.maximum(np.rint(history.livelihood.cost / 10), 1) * 10,
        0,
    )
    _misstate(history, told, cost)

    first, last = np.array(STATEMENTS_FROM), np.array(STATEMENTS_TO)
    recorded = rng.integers(first, last + 1, (n, 4))
    recorded = np.where(rng.random((n, 4)) < STATEMENT_LATE, recorded + 40, recorded)
    recorded = np.maximum(recorded, history.households.registered_on[:, None] + 5).astype(np.int32)
    columns: Columns = {
        "held_from": np.tile(HALF_STARTS, n),
        "held_to": np.tile(HALF_ENDS, n),
        "recorded_on": recorded.ravel(),
    }
    for at, name in enumerate(SOURCES):
        columns[name] = cents(told[:, :, at].ravel())
    columns["operating_cost"] = cents(cost.ravel())
    household = np.repeat(np.arange(n, dtype=np.int32), 4)
    return Rows(household, columns["held_from"], columns["recorded_on"], columns)


def _misstate(history: History, told: NDArray[np.floating], cost: NDArray[np.floating]) -> None:
    planted = history.planted
    at = dict(zip(SOURCES, range(len(SOURCES)), strict=True))
    slipped = planted["R06"]
    told[slipped, 2:, : OPERATING.stop] = np.rint(told[slipped, 2:, : OPERATING.stop] / 100) * 10
    cost[slipped, 2:] = np.rint(cost[slipped, 2:] / 100) * 10
    cost[planted["R08"]] = 0
    told[planted["R09"], :, at["transfer_eco"]] = 300
    told[planted["R10"], :, at["transfer_dibao"]] = 40
    few, many = planted["R11"][::2], planted["R11"][1::2]
    told[few, :, at["wage_migrant"]] = 60
    told[many, :, at["wage_migrant"]] = 400_000
    idle = planted["R15"]
    told[idle, :, OPERATING] = 0
    cost[idle] = 0
    told[planted["R16"], :, : OTHER_WAGE + 1] = 0
    told[planted["data_destitute_amount"], :, at["transfer_tekun"]] = 60  # another payment, in the wrong column
    told[planted["data_pension_amount"], :, at["transfer_pension"]] = 40


def _checks(history: History) -> Rows:
    rows = history.checks
    passed_by = np.isin(rows.household, history.planted["data_survey_recent"])
    return replace(rows, recorded=np.where(passed_by, NEVER, rows.recorded).astype(np.int32))


def _support(history: History) -> Rows:
    rows = history.support
    left = rows.columns["recipient_left_on"].copy()
    still_paid = np.isin(rows.household, history.planted["R23"]) & (rows.held > day("2019-12-01"))
    still_paid &= rows.columns["scheme"] == 0
    left[still_paid] = day("2019-10-20")
    return Rows(
        rows.household,
        rows.held,
        rows.recorded,
        {**rows.columns, "recipient_left_on": left},
    )


def _risks(history: History) -> Rows:
    monitoring = history.monitoring
    first = np.flatnonzero(monitoring.monitored)
    second = np.flatnonzero(monitoring.monitored & (monitoring.second_risk >= 0))
    household = np.concatenate([first, second])
    order = np.argsort(household, kind="stable")
    risk = np.concatenate([monitoring.risk[first], monitoring.second_risk[second]])[order]
    household = household[order].astype(np.int32)
    on = monitoring.monitored_on[household]
    unnamed = np.isin(household, history.planted["monitored_risks_named"])
    recorded = np.where(unnamed, NEVER, on + 1).astype(np.int32)
    return Rows(household, on, recorded, {"risk": risk, "identified_on": on})


def _assistance(history: History) -> Rows:
    given, planted = history.assistance, history.planted
    recorded = np.where(given.recent, given.given_on + 3, LONG_AGO).astype(np.int32)
    protects = given.measure == Measure.social_protection
    for rule, missing in (
        ("R13", np.ones(len(recorded), bool)),
        ("R17", protects),
        ("elimination_by_help_had_help", np.ones(len(recorded), bool)),
        ("monitored_not_only_protected", ~protects),
        *((rule, np.isin(given.measure, answers)) for rule, (_, answers) in UNANSWERED.items()),
    ):
        recorded[np.isin(given.household, planted[rule]) & missing] = NEVER
    measure = given.measure.copy()
    treats = np.isin(measure, [Measure.health, Measure.social_protection, Measure.society])
    measure[np.isin(given.household, planted["R14"]) & treats] = Measure.living_conditions
    columns: Columns = {
        "measure": measure,
        "given_on": given.given_on,
        "ended_on": given.ended_on,
        "amount": given.amount,
    }
    learned = {"ended_on": given.ended_on}
    return Rows(given.household, given.given_on, recorded, columns, learned)
