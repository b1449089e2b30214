"""The pages of money: a county enters a fund and moves it, a village proposes a project, both are found again."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from types import SimpleNamespace

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from firmground.common.audit.trail import acting
from firmground.funds.books.models import Fund, Posting
from firmground.funds.projects.models import Goal, Project
from firmground.officers.models import Role
from firmground.officers.territory import EVERYWHERE, seeing
from firmground.registry.models import OPEN, Household
from tests.cast import ZHENXIONG, sign_in
from tests.villages import POJI

pytestmark = pytest.mark.django_db
FUND = {
    "number": "F1", "place_code": ZHENXIONG, "title": "Special fund", "source": "central", "direction": "development",
    "doc_no": "2020-1", "doc_on": "2020-02-01", "year": "2020", "amount": "1000000",
}  # fmt: skip
PROJECT = {
    "number": "P2", "place_code": POJI, "title": "A road to the tea hills", "category": "infrastructure",
    "nature": "new", "year": "2020", "start_planned": "2020-03-01", "end_planned": "2020-09-30",
    "unit": "Transport office", "person": "Engineer Xu", "task": "Four kilometres", "participation": "The meeting",
    "mechanism": "", "cost": "500000",
}  # fmt: skip


def page_of(office: object) -> Client:
    return sign_in(Client(headers={"accept-language": "en"}), office)  # type: ignore[arg-type]


def test_a_county_enters_a_fund_moves_it_and_takes_it_out(
    village: SimpleNamespace, built: Callable[..., Project]
) -> None:
    built("P1")
    zhou = page_of(village.zhou)
    assert "No fund is entered here" in zhou.get("/funds/").content.decode()
    assert zhou.post("/funds/", {**FUND, "amount": "-1"}).status_code == 400
    assert zhou.post("/funds/", FUND).status_code == 302
    again = zhou.post("/funds/", FUND)
    assert (again.status_code, "is entered already" in again.content.decode()) == (400, True)
    move = {"do": "move", "kind": "receive", "amount": "900000", "on": "2020-03-01", "said": "voucher 7"}
    assert zhou.post("/funds/F1/", move).status_code == 302
    allocated = {**move, "kind": "allocate", "project": "P1", "amount": "600000", "said": "plan"}
    assert zhou.post("/funds/F1/", allocated).status_code == 302
    refused = zhou.post("/funds/F1/", {**allocated, "amount": "400000"})
    assert (refused.status_code, "has not so much available" in refused.content.decode()) == (400, True)
    assert 'value="400000"' in refused.content.decode()  # what was typed is still there
    paid = {"do": "pay", "number": "V1", "fund": "F1", "amount": "250000", "on": "2020-04-01", "payee": "Pipe works",
            "payee_type": "firm", "purpose": "works"}  # fmt: skip
    assert zhou.post("/funds/projects/P1/", paid).status_code == 302
    for address in ("/funds/F1/", "/funds/projects/P1/"):
        with CaptureQueriesContext(connection) as questions:
            assert zhou.get(address).status_code == 200
        assert len(questions) <= 25, address
    back = {"do": "refund", "payment": "V1", "amount": "300000", "on": "2020-04-02", "reason": "too many pipes"}
    refused = zhou.post("/funds/projects/P1/", back)
    assert (refused.status_code, "was 250,000.00 yuan" in refused.content.decode()) == (400, True)
    assert "<details open><summary>Money of a payment came back" in refused.content.decode()
    page = zhou.get("/funds/F1/").content.decode()
    for told in ("250,000.00", "350,000.00", "300,000.00", "A water tank", "came more than two years ago"):
        assert told in page, told
    assert "250,000.00" not in zhou.get("/funds/F1/?on=2020-03-15").content.decode()
    with seeing(EVERYWHERE):
        number = Posting.objects.get(kind="pay").pk
    undone = {"do": "reverse", "posting": number, "on": "2020-04-02", "reason": "the wrong firm"}
    assert zhou.post("/funds/F1/", undone).status_code == 302
    assert f"(posting {number})" in zhou.get("/funds/F1/").content.decode()
    lines = b"".join(zhou.get("/funds/?export=csv").streaming_content).decode("utf-8-sig").splitlines()  # type: ignore[attr-defined]
    assert lines[1].startswith(
        f"F1,{ZHENXIONG},Special fund,central,2020,2020-1,2020-02-01,1000000.00,900000.00,300000.00"
    )
    assert zhou.get("/funds/?export=xlsx&sort=-spent").status_code == 200


def test_a_village_proposes_a_project_and_says_what_it_promises_and_for_whom(village: SimpleNamespace) -> None:
    mei = page_of(village.mei)
    assert mei.post("/funds/projects/", {**PROJECT, "end_planned": "2020-01-01"}).status_code == 400
    assert mei.post("/funds/projects/", PROJECT).status_code == 302
    assert "without goals a project does not enter the library" in mei.get("/funds/projects/P2/").content.decode()
    goals = {"do": "goals", "goal-TOTAL_FORMS": "2", "goal-INITIAL_FORMS": "0"}
    for at, (name, weight) in enumerate((("kilometres", 70), ("satisfied", 30))):
        said = {"dimension": "quantity", "title": name, "unit": "km", "direction": "at_least", "target": "4",
                "weight": weight}  # fmt: skip
        goals |= {f"goal-{at}-{key}": str(value) for key, value in said.items()}
    refused = mei.post("/funds/projects/P2/", {**goals, "goal-1-weight": "20"})
    assert (refused.status_code, "make 100 together; these make 90" in refused.content.decode()) == (400, True)
    assert mei.post("/funds/projects/P2/", goals).status_code == 302
    with seeing(EVERYWHERE):
        home = Household.objects.filter(OPEN, village_code=POJI).first()
        assert home is not None
        assert Goal.objects.count() == 2
    named = {"do": "people", "households": f"{home.household_id}\n", "mechanism": "service"}
    assert mei.post("/funds/projects/P2/", named).status_code == 302
    page = mei.get("/funds/projects/P2/").content.decode()
    assert f"/households/{home.household_id}/" in page
    assert "Proposed" in page
    found = mei.get("/funds/projects/?q=tea&at=proposal&category=infrastructure").content.decode()
    assert "A road to the tea hills" in found
    assert "A road" not in mei.get("/funds/projects/?q=school").content.decode()


def test_a_county_sees_how_its_projects_did(village: SimpleNamespace, built: Callable[..., Project]) -> None:
    """60 points of 60 and 20 of 40 on 300,000 yuan; 100 on 100,000: (80 × 3 + 100 × 1) / 4 = 85."""
    for number, cost, second in (("P1", 300_000, "45"), ("P2", 100_000, "95")):
        project = built(number, cost=Decimal(cost))
        with seeing(EVERYWHERE), acting(officer=None, office=None, role=Role.ADMINISTRATOR, verb="tests"):
            for title, target, actual, weight in (("taps", "40", "41", 60), ("satisfied", "90", second, 40)):
                Goal.objects.create(
                    project=project, place_code=POJI, dimension="quantity", title=title, unit="x", weight=weight,
                    target=Decimal(target), actual=Decimal(actual), measured_on=date(2020, 9, 1),
                )  # fmt: skip
    built("P3")
    zhou = page_of(village.zhou)
    page = zhou.get("/funds/performance/?year=2020").content.decode()
    assert ">85.00<" in page
    assert page.index("P3") < page.index(">P1<") < page.index(">P2<")  # the weakest first
    assert ">80.00<" in zhou.get("/funds/projects/P1/").content.decode()
    assert "No project is here." in page_of(village.peng).get("/funds/performance/").content.decode()
    assert zhou.get("/funds/performance/?export=csv").status_code == 200


def test_another_county_finds_none_of_it(village: SimpleNamespace, built: Callable[..., Project]) -> None:
    built("P1")
    assert page_of(village.zhou).post("/funds/", FUND).status_code == 302
    peng = page_of(village.peng)
    for address in ("/funds/F1/", "/funds/projects/P1/"):
        assert peng.get(address).status_code == 404
    for address in ("/funds/", "/funds/projects/", "/funds/?export=csv", "/funds/projects/?export=csv"):
        answer = peng.get(address)
        said = b"".join(answer.streaming_content) if answer.streaming else answer.content  # type: ignore[attr-defined]
        assert b"F1" not in said
        assert b"P1" not in said
    with seeing(EVERYWHERE):
        assert Fund.objects.get().doc_on == date(2020, 2, 1)


@pytest.mark.parametrize("address", ["/funds/", "/funds/projects/", "/funds/F1/", "/funds/projects/P1/"])
def test_the_pages_open_in_chinese(village: SimpleNamespace, built: Callable[..., Project], address: str) -> None:
    built("P1")
    zhou = page_of(village.zhou)
    zhou.post("/funds/", FUND)
    assert zhou.get(f"{address}?lang=zh", follow=True).status_code == 200
