"""What programs read: within the territory of the office, field by field as its role reads."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client

from firmground.officers.models import Role
from firmground.officers.permissions import READS
from tests.cast import WANGMO, ZHENXIONG
from tests.rooms.api.conftest import Program
from tests.villages import BOBO, LI, POJI, WANGMU, WU, ZHANG

Ask = Callable[[str], Program]


def test_a_token_says_whom_it_speaks_for(ask: Ask) -> None:
    said = ask("zhou").get("/api/v1/me").json()
    assert (said["officer"], said["role"], said["territory"]) == ("zhou", "county", ZHENXIONG)
    assert said["reads"] == ["official", "personal", "public", "sensitive"]
    assert "cases.take" in said["may"]


def test_every_role_has_classes_that_it_reads() -> None:
    assert set(READS) == set(Role)
    for classes in READS.values():
        assert classes <= {"public", "official", "personal", "sensitive"}


def test_places_are_read_from_the_nation_down_in_pages(ask: Ask) -> None:
    program = ask("mei")
    first = program.get("/api/v1/places?limit=4").json()
    rest = program.get(f"/api/v1/places?after={first[-1]['code']}").json()
    codes = [each["code"] for each in first + rest]
    assert len(first) == 4
    assert codes == sorted(codes)
    assert {POJI, WANGMU} <= set(codes)
    assert program.get(f"/api/v1/places/{POJI}").json()["within"] == ["53", "5306", ZHENXIONG, f"{ZHENXIONG}102"]
    assert program.get("/api/v1/places/99").status_code == 404


def test_standards_come_with_their_expressions(ask: Ask) -> None:
    said = ask("mei").get("/api/v1/standards/housing_safe").json()
    assert said["about"] == "household"
    assert "dwelling" in said["met_when"]
    assert ask("mei").get("/api/v1/standards/no_such").status_code == 404


def test_findings_are_those_of_the_territory_in_pages(ask: Ask, village: SimpleNamespace) -> None:
    program = ask("zhou")
    first = program.get("/api/v1/findings?limit=1").json()
    rest = program.get(f"/api/v1/findings?after={first[-1]['id']}").json()
    assert [each["subject_id"] for each in first + rest] == [LI, WU]
    assert program.get("/api/v1/findings?standard=water_safe").json() == []
    assert [each["subject_id"] for each in ask("peng").get("/api/v1/findings").json()] == [BOBO]
    assert len(ask("han").get("/api/v1/findings").json()) == 3


@pytest.mark.parametrize("path", [f"findings?place={WANGMO}", f"households?place={WANGMO}", f"households/{BOBO}",
                                  f"cases?place={WANGMU}", "cases/1", f"places/{WANGMO}/counts"])  # fmt: skip
def test_out_of_territory_is_not_found_and_says_so_in_a_sentence(ask: Ask, path: str) -> None:
    answer = ask("zhou").get(f"/api/v1/{path}")
    assert answer.status_code == 404
    assert answer.json() == {"error": {"sentence": "There is nothing here within your territory."}}


def test_households_are_listed_by_number(ask: Ask) -> None:
    program = ask("tang")
    first = program.get("/api/v1/households?limit=2").json()
    assert [each["household_id"] for each in first] == [LI, WU]
    assert [each["household_id"] for each in program.get(f"/api/v1/households?after={WU}").json()] == [ZHANG]
    assert program.get(f"/api/v1/households?place={POJI}").json()[0]["facts"]["kind"] == "unstable"


def test_a_household_comes_with_its_registers_findings_and_cases(ask: Ask) -> None:
    said = ask("mei").get(f"/api/v1/households/{LI}").json()
    assert said["facts"]["head"] == "李老四"
    assert {row["risk"] for row in said["registers"]["risk"]} == {"illness", "schooling"}
    assert [row["name"] for row in said["registers"]["member"]] == ["李老四", "李小妹"]
    assert [each["standard"] for each in said["findings"]] == ["housing_safe"]
    assert said["findings"][0]["evidence"] == {"dwelling_grade": "D"}


def fields(said: dict[str, Any]) -> set[str]:
    return {*said["facts"], *(name for rows in said["registers"].values() for row in rows for name in row)}


def test_each_role_reads_the_classes_of_fields_that_the_table_gives_it(ask: Ask, village: SimpleNamespace) -> None:
    worker, supervisor = (ask(name).get(f"/api/v1/households/{LI}").json() for name in ("mei", "supervisor_qin"))
    admin = ask("admin_lin").get(f"/api/v1/households/{LI}").json()
    assert {"head", "risk", "bank_account", "id_number"} <= fields(worker)
    assert {"head"} <= fields(supervisor)
    assert not {"risk", "bank_account", "id_number", "main_cause"} & fields(supervisor)
    assert not {"head", "name", "phone", "risk", "id_number"} & fields(admin)
    assert "kind" in fields(admin)
    assert "evidence" not in supervisor["findings"][0]
    assert "subject_id" not in admin["findings"][0]


def test_numbers_that_name_a_person_are_masked_even_for_those_who_read_them(ask: Ask) -> None:
    assert ask("mei").get(f"/api/v1/households/{LI}").json()["facts"]["phone"] == "139****0001"
    assert "13900000001" not in ask("han").get("/api/v1/households").content.decode()


def test_the_document_and_its_page_are_open_and_need_no_script(village: SimpleNamespace) -> None:
    anybody = Client(headers={"accept-language": "en"})
    document = anybody.get("/api/v1/openapi.json").json()
    assert document["openapi"].startswith("3.1")
    page = anybody.get("/api/v1/").content.decode()
    assert all(path in page for path in document["paths"])
    assert "cdn" not in page
    assert page.count("<script") == anybody.get("/help/").content.decode().count("<script")


def test_everything_but_notices_asks_for_a_token(village: SimpleNamespace) -> None:
    anybody = Client(headers={"accept-language": "en"})
    for path, methods in anybody.get("/api/v1/openapi.json").json()["paths"].items():
        for method, said in methods.items():
            address = path.replace("{code}", POJI).replace("{household_id}", LI)
            address = address.replace("{number}", "1").replace("{id}", "housing_safe")
            answer = anybody.generic(method.upper(), address, "{}", content_type="application/json")
            assert (answer.status_code == 401) == bool(said.get("security")), address
            assert bool(said.get("security")) != path.startswith("/api/v1/notices")


@pytest.mark.parametrize(("address", "status"), [
    ("/api/v1/nothing", 404), ("/api/v1/households/%00", 400), ("/api/v1/households?place=%00", 400),
    ("/api/v1/findings?limit=0", 422), ("/api/v1/findings?after=99999999999999999999", 422),
    ("/api/v1/findings?place=5x", 422), ("/api/v1/cases?state=late,open", 422),
])  # fmt: skip
def test_bad_input_gives_a_sentence(ask: Ask, address: str, status: int) -> None:
    answer = ask("zhou").get(address)
    assert answer.status_code == status
    assert answer.json()["error"]["sentence"]


def test_a_method_that_is_not_there_is_named(ask: Ask) -> None:
    answer = ask("zhou").delete("/api/v1/households")
    assert (answer.status_code, answer["Allow"]) == (405, "GET")
    assert answer.json()["error"]["sentence"] == "Here only GET."
