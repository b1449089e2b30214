"""Reading the registers."""

from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from firmground.officers.territory import EVERYWHERE
from firmground.registry import queries
from firmground.registry.identity_numbers import check_digit
from firmground.registry.models import OF_HOUSEHOLDS
from tests.rooms.registry.conftest import HOUSEHOLDS, MANBANG, MUGUJIA, OLD_LI, SHANGPA, TASHI, ZHAO, csv_file, load

NUMBER = "99452419491231001" + check_digit("99452419491231001")


@pytest.fixture
def people(households: None, tmp_path: Path) -> None:
    """A daughter in old Li's household, who has an identity number; and a son of Tashi's who died."""
    head = ["户编号", "人口编号", "姓名", "证件号码", "人口动态"]
    rows = [head, [OLD_LI, "a1", "李小妹", NUMBER, "在户"], [TASHI, "b1", "次仁", "", "死亡"]]
    assert load(csv_file(tmp_path / "people.csv", rows)).taken


def test_a_households_file_holds_every_register_with_what_was_corrected(people: None, tmp_path: Path) -> None:
    load(csv_file(tmp_path / "h2.csv", [HOUSEHOLDS[0], [OLD_LI, SHANGPA, "李老四", "脱贫不稳定户"]]))
    known = queries.everything_about(OLD_LI, seen_by=EVERYWHERE)
    assert list(known) == list(OF_HOUSEHOLDS)
    assert [row.kind for row in known["household"]] == ["exited", "unstable"]  # type: ignore[attr-defined]
    assert [row.name for row in known["member"]] == ["李小妹"]  # type: ignore[attr-defined]
    assert known["statement"] == []


def test_a_household_that_moved_keeps_its_file(people: None, tmp_path: Path) -> None:
    load(csv_file(tmp_path / "h2.csv", [HOUSEHOLDS[0], [OLD_LI, MANBANG, "李老四", "脱贫户"]]))
    known = queries.everything_about(OLD_LI, seen_by=EVERYWHERE)
    assert len(known["household"]) == 2
    assert len(known["member"]) == 1


def test_a_household_nobody_knows_has_an_empty_file(db: None) -> None:
    assert not any(queries.everything_about("99", seen_by=EVERYWHERE).values())


def test_a_households_file_takes_two_statements_however_many_registers_there_are(people: None) -> None:
    with CaptureQueriesContext(connection) as asked:
        queries.everything_about(OLD_LI, seen_by=EVERYWHERE)
    assert len(asked) == 2


def test_rows_read_together_are_those_read_one_register_at_a_time(people: None, tmp_path: Path) -> None:
    bill = ["medical_bill_id", "household_id", "village_code", "billed_on", "total", "self_paid"]
    load(csv_file(tmp_path / "medical_bill.csv", [bill, ["1", OLD_LI, SHANGPA, "2020-03-01", "100.10", "0.30"]]))
    together = queries.related_to(OLD_LI, SHANGPA)
    assert together["member"]
    assert together["medical_bill"]
    for name, rows in together.items():
        alone = OF_HOUSEHOLDS[name]._default_manager.filter(household_id=OLD_LI)
        assert [row.__dict__ | {"_state": None} for row in rows] == [row.__dict__ | {"_state": None} for row in alone]


@pytest.mark.parametrize(
    ("sought", "found"),
    [
        (OLD_LI, [(OLD_LI, "")]),
        (MUGUJIA, [(TASHI, "")]),
        ("李老", [(OLD_LI, "")]),
        ("李小", [(OLD_LI, "李小妹")]),
        (NUMBER, [(OLD_LI, "李小妹")]),
        (NUMBER.lower(), [(OLD_LI, "李小妹")]),
        ("5333", []),  # a place
        ("", []),
        ("没有这个人", []),
    ],
)
def test_households_are_found_by_number_by_name_and_by_identity_number(
    people: None, sought: str, found: list[tuple[str, str]]
) -> None:
    assert [(each.household_id, each.by) for each in queries.households_called(sought, 10, seen_by=EVERYWHERE)] == found


def test_a_search_takes_three_statements_however_many_it_finds(people: None) -> None:
    with CaptureQueriesContext(connection) as asked:
        queries.households_called("李", 10, seen_by=EVERYWHERE)
    assert len(asked) <= 3


def test_households_of_a_place_come_in_the_order_asked_for(people: None) -> None:
    assert [row.household_id for row in queries.in_place("533323", seen_by=EVERYWHERE)] == [OLD_LI, TASHI]
    assert next(iter(queries.in_place("53", order=["-household_id"], seen_by=EVERYWHERE))).household_id == TASHI
    assert [row.household_id for row in queries.in_place(MANBANG, seen_by=EVERYWHERE)] == [ZHAO]


def test_places_are_counted_without_who_has_left(people: None) -> None:
    assert queries.counts("53", 6, seen_by=EVERYWHERE) == {"533301": (1, 0), "533323": (2, 1)}
