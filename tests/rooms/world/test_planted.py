"""Every kind of error and failure is planted, found by the standard that is there for it, and rare enough."""

import re
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from firmground.common.home import CATALOGUE
from firmground.engines.snapshot import Snapshot
from firmground.engines.standards.catalogue import load
from firmground.engines.standards.screening import Screening, screen
from firmground.world.planted import FAULTS, MOST, rounding
from firmground.world.villages import counties, settle

MANUAL = Path(__file__).parents[3] / "docs" / "manual" / "world.md"


@pytest.fixture(scope="module")
def screening(wide_world: Snapshot, tmp_path_factory: pytest.TempPathFactory) -> Screening:
    return screen(wide_world, load(CATALOGUE), tmp_path_factory.mktemp("screened"))


@pytest.fixture(scope="module")
def ask(wide_world: Snapshot, screening: Screening) -> Callable[[str], list[tuple]]:
    connection = duckdb.connect()
    for name, files in (
        ("planted", f"{wide_world.folder}/truth/planted-*.parquet"),
        ("finding", f"{screening.folder}/findings/*/*.parquet"),
    ):
        connection.execute(f"CREATE VIEW {name} AS FROM read_parquet('{files}', hive_partitioning = false)")
    return lambda question: connection.execute(question).fetchall()


def test_in_fifty_thousand_households_every_standard_has_someone_who_falls_short(screening: Screening) -> None:
    asked = {name: standard for name, standard in load(CATALOGUE).standards.items() if standard.screened}
    assert {total.standard for total in screening.totals} == asked.keys()
    later = {
        name for name, standard in asked.items() if standard.about == "county"
    }  # assessed when the world has ended
    too_large = {"village_few_poor"}  # a village of this world has some three hundred people, not a thousand poor
    assert {total.standard for total in screening.totals if not total.not_met} <= later | too_large


def test_so_few_that_no_standard_is_held(screening: Screening) -> None:
    assert dict(screening.held) == {}


def test_whoever_carries_an_error_is_found_by_the_standard_it_is_named_for(ask: Callable[[str], list[tuple]]) -> None:
    named = {rule for rule in FAULTS if not re.fullmatch(r"R\d\d", rule)}
    assert named <= load(CATALOGUE).standards.keys()
    missed = ask("""
        SELECT rule, count(*) FROM planted LEFT JOIN finding
        ON standard = rule AND subject_id = coalesce(member_id, planted.household_id)
        WHERE subject_id IS NULL AND NOT regexp_matches(rule, '^R[0-9]{2}$') GROUP BY rule
    """)
    assert missed == []
    assert {rule for (rule,) in ask("SELECT DISTINCT rule FROM planted")} == FAULTS.keys()


def test_a_household_and_a_member_carry_one_error_each_at_most(ask: Callable[[str], list[tuple]]) -> None:
    twice = "SELECT count(*) FROM (SELECT 1 FROM planted WHERE rule <> 'R24' GROUP BY household_id, member_id"
    assert ask(twice + " HAVING count(*) > 1)") == [(0,)]


def test_a_rare_error_is_spread_over_the_counties() -> None:
    every = settle(counties(CATALOGUE / "places.csv"), 50_000, seed=1)
    for rule in FAULTS:
        carried = sum(int(0.1 + rounding(1, one)[rule]) for one in every)
        assert 4 <= carried <= 7, f"{rule}: 52 counties due a tenth of a household each"


def test_the_manual_lists_every_planted_error_with_its_share() -> None:
    said = MANUAL.read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(\w+)` \| .+ \| ([\d.]+) % \|$", said, re.M)
    assert {rule: float(share) for rule, share in rows} == {
        rule: pytest.approx(100 * min(0.002 * fault.weight, MOST)) for rule, fault in FAULTS.items()
    }
