"""What the registers of the world say, what they knew earlier, and what they must not give away."""

from collections.abc import Callable

import pyarrow.parquet as pq

from firmground.common.home import CATALOGUE
from firmground.engines.snapshot import Snapshot
from firmground.world import words
from firmground.world.columns import base_facts
from firmground.world.facilities import PLACES, RELATED

from .conftest import asker

Ask = Callable[[str], list[tuple]]


def test_code_words_are_those_of_the_catalogue_in_its_order() -> None:
    facts = {
        f"{table}.{fact.name}": fact.values
        for table, known in base_facts(CATALOGUE).items() if table not in {*PLACES, *RELATED}
        for fact in known
    }  # fmt: skip
    pairs = {
        "household.kind": words.Kind, "household.main_cause": words.Cause, "household.protein": words.Protein,
        "household.dwelling_grade": words.Grade, "household.water_quality": words.Quality,
        "household.elimination_mode": words.Elimination, "member.relation": words.Relation, "member.sex": words.Sex,
        "member.id_number_state": words.IdState, "member.status": words.Status, "member.education": words.Education,
        "member.school_stage": words.Stage, "member.school_status": words.Schooling, "member.labour": words.Labour,
        "member.work_place": words.WorkPlace, "member.post": words.Post, "member.insurance_exempt": words.Exempt,
        "spending.purpose": words.Purpose, "check.item": words.Item, "check.outcome": words.Outcome,
        "check.evidence_type": words.Evidence, "medical_bill.care": words.Care,
        "school_roll.enrolment": words.Enrolment, "school_roll.stage": words.RollStage,
        "disaster.hazard": words.Hazard, "housing_grade.grade": words.Grade, "support.scheme": words.Scheme,
        "risk.risk": words.Risk, "assistance.measure": words.Measure,
    }  # fmt: skip
    assert {name: tuple(word.name for word in of) for name, of in pairs.items()} == {
        name: values for name, values in facts.items() if values
    }


def test_related_rows_stand_at_their_households_in_order(small_world: Snapshot) -> None:
    for county in small_world.parts():
        keys = pq.read_table(small_world.paths("household", county)[0])["household_id"].to_pylist()
        assert keys == sorted(keys)
        for table in small_world.tables():
            if table == "household" or table in {*PLACES, *RELATED}:
                continue
            rows = pq.read_table(small_world.paths(table, county)[0], partitioning=None)
            at, names = rows["household_row"].to_pylist(), rows["household_id"].to_pylist()
            assert [keys[row] for row in at] == names
            order = list(zip(at, rows[f"{table}_id"].to_pylist(), strict=True))
            assert order == sorted(set(order))


def test_in_march_less_was_known_and_nothing_else(
    small_world: Snapshot, small_world_in_march: Snapshot, ask: Ask
) -> None:
    march = asker(small_world_in_march)
    for table in ("statement", "spending", "check", "medical_bill", "disaster", "housing_grade", "support", "risk"):
        key = f"{table}_id"
        then, now = ({row[0] for row in of(f'SELECT {key} FROM "{table}"')} for of in (march, ask))
        assert then < now, table
    assert march("SELECT max(recorded_on) <= DATE '2020-03-31' FROM statement") == [(True,)]
    assert march("SELECT count(*) FROM statement WHERE held_to = DATE '2020-06-30'") == [(0,)]
    assert ask("SELECT count(*) > 1000 FROM statement WHERE held_to = DATE '2020-06-30'") == [(True,)]
    misdated = "SELECT household_id FROM planted WHERE rule = 'data_monitored_kind'"
    for column in ("surveyed_on", "monitored_on", "eliminated_on", "registered_on", "exited_on"):
        later = f"SELECT household_id FROM household WHERE {column} > DATE '2020-03-31'"
        assert set(march(later)) <= (set(march(misdated)) if column == "monitored_on" else set())
    kept = "SELECT statement_id, wage_migrant, operating_cost FROM statement WHERE held_to <= DATE '2019-12-31'"
    assert set(march(kept)) <= set(ask(kept))


def test_a_bill_of_june_is_reported_in_july(ask: Ask) -> None:
    assert ask("SELECT count(*) > 500, max(billed_on) <= DATE '2020-05-31' FROM medical_bill") == [(True, True)]


def test_no_name_or_number_is_in_a_snapshot(small_world: Snapshot) -> None:
    forbidden = {"name", "id_number", "phone", "bank_account", "head", "group_name"}
    for table in small_world.tables():
        assert not forbidden & set(pq.read_schema(small_world.paths(table, "530627")[0]).names)


def test_the_truth_is_not_in_the_registers(small_world: Snapshot) -> None:
    assert "truth" not in small_world.tables()
    assert not any(file.path.startswith("truth") for file in small_world.files)
    for table in small_world.tables():
        names = set(pq.read_schema(small_world.paths(table, "530627")[0]).names)
        told = {"really_at_risk", "since", "cause", "rule", "standard", "coming_year_per_head"}
        assert not (told - ({"cause"} if table == "interruption" else set())) & names


def test_every_person_lives_in_one_household_that_has_a_head(ask: Ask) -> None:
    heads = """
        SELECT count(*) FROM household WHERE household_id NOT IN (SELECT household_id FROM planted WHERE rule = 'R02')
        AND household_id NOT IN (SELECT substr(member_id, 1, 17) FROM planted WHERE rule = 'R02')
        AND (SELECT count(*) FROM member m WHERE m.household_id = household.household_id AND relation = 'head') <> 1
    """
    assert ask(heads) == [(0,)]
    assert ask("SELECT count(*) FROM household WHERE population < 1") == [(0,)]


# A rule in SQL over the tables, and the households or members it should name: those planted, and nobody else.
CLEAN = {
    "R03": ("member", "(education IS NULL) = (school_stage IS NULL)", {"R21"}),
    "R04": ("member", "insured_resident AND insured_employee", set()),
    "R05": ("member", "(work_place IS NULL) <> (work_months IS NULL)", set()),
    "R20": ("member", "post IS NOT NULL AND birth_date < DATE '1950-06-30'", set()),
    "R21": (
        "member",
        "school_status IS NULL AND birth_date BETWEEN DATE '2005-07-01' AND DATE '2014-06-30' AND status = 'active'",
        set(),
    ),
    "R12": ("household", "area_returned_forest > area_forest + area_pasture", set()),
    "R22": ("household", "publicity_to - publicity_from < 5", set()),
    "R24": ("household", "account_households > 2 OR phone_households > 2", set()),
    "R08": (
        "statement",
        "operating_crop + operating_livestock + operating_other > 0 AND operating_cost = 0",
        set(),
    ),
    "R10": ("statement", "transfer_dibao BETWEEN 0.01 AND 99", set()),
    "R11": ("statement", "wage_migrant BETWEEN 0.01 AND 150 OR wage_migrant > 300000", {"R06"}),
    "R23": ("support", "recipient_left_on < paid_on", set()),
    "data_age_plausible": ("member", "birth_date < DATE '1905-01-01'", set()),
    "data_relation_known": ("member", "relation IS NULL", set()),
    "data_exit_date": ("household", "exited_on < registered_on", set()),
    "data_sudden_from_2021": ("household", "kind = 'sudden'", set()),
    "data_monitored_kind": (
        "household",
        "kind IN ('unstable', 'marginal', 'sudden') AND coalesce(monitored_on, DATE '2021-01-01') > DATE '2020-06-30'",
        set(),
    ),
    "publicity_before_entry": ("household", "publicity_to > monitored_on", set()),
    "data_destitute_amount": ("statement", "transfer_tekun BETWEEN 0.01 AND 99", set()),
    "data_pension_amount": ("statement", "transfer_pension BETWEEN 0.01 AND 87", set()),
}


def test_planted_errors_are_in_the_registers_and_others_are_not(ask: Ask) -> None:
    for rule, (table, wrong, also) in CLEAN.items():
        subject = "member_id" if table == "member" else "household_id"
        found = {row[0] for row in ask(f"SELECT DISTINCT {subject} FROM {table} WHERE {wrong}")}
        planted = {row[0] for row in ask(f"SELECT {subject} FROM planted WHERE rule = '{rule}'")}
        others = {row[0] for one in also for row in ask(f"SELECT {subject} FROM planted WHERE rule = '{one}'")}
        assert planted, rule
        assert planted - others - found == set(), f"{rule}: planted but not there"
        assert found - planted - others == set(), f"{rule}: there but not planted"


def test_identity_numbers_are_bad_where_they_were_spoilt(ask: Ask) -> None:
    bad = {row[0] for row in ask("SELECT member_id FROM member WHERE id_number_state NOT IN ('good', 'duplicate')")}
    planted = {row[0] for row in ask("SELECT member_id FROM planted WHERE rule = 'R01'")}
    assert bad < planted
    doubles = ask("SELECT count(*) FROM member WHERE id_number_state = 'duplicate'")[0][0]
    assert doubles > len(planted - bad), "a duplicate takes two"
