"""A project from the village meeting to the register of assets, and what stops it on its way."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
import time_machine

from firmground.cases import actions as cases
from firmground.cases.attachments import Handed
from firmground.cases.models import Case
from firmground.common.errors import Refusal
from firmground.funds.books import actions as books
from firmground.funds.books.actions import Paid
from firmground.funds.books.proof import prove
from firmground.funds.projects import actions, queries
from firmground.funds.projects.models import Project
from firmground.notices import actions as notices
from firmground.notices.models import Notice
from firmground.officers.models import Office
from firmground.officers.territory import EVERYWHERE, seeing
from firmground.registry.models import OPEN, Household
from tests.cast import ZHENXIONG
from tests.rooms.funds.conftest import WELL
from tests.villages import POJI

pytestmark = pytest.mark.django_db
PHOTO = {"evidence": [Handed("tank.jpg", b"\xff\xd8\xff\xe0 a photograph of the tank")]}
GOALS = [
    {"dimension": "quantity", "title": "households with a tap", "unit": "households", "target": Decimal(40),
     "weight": Decimal(60)},
    {"dimension": "satisfaction", "title": "satisfied", "unit": "%", "target": Decimal(90), "weight": Decimal(40)},
]  # fmt: skip
MEETING = {"village_meeting": {"held_on": "2020-01-05", "present": "40", "in_favour": "38"}}
DECISION = {"county_decision": {"act": "County decision No. 3", "decided_on": "2020-02-20"}}
PLAN = {"yearly_plan": {"year": "2020", "act": "Plan of 2020"}}


@contextmanager
def on(day: str, by: Office) -> Iterator[None]:
    with time_machine.travel(f"{day} 09:00 +0800", tick=False), seeing(by.officer):
        yield


def take(project: Project, day: str, step: str, outcome: str, by: Office, **shown: Any) -> str:
    with on(day, by):
        cases.take(case=project.case_id, step=step, outcome=outcome, by=by, why="seen on the spot", **shown)
    with seeing(EVERYWHERE):
        return Case.objects.get(pk=project.case_id).at


def hung(project: Project, day: str, by: Office) -> Notice:
    with on(day, by):
        cases.post(case=project.case_id, by=by)
    with seeing(EVERYWHERE):
        return Notice.objects.filter(case=project.case_id).latest("pk")


def proposed(cast: SimpleNamespace, number: str = "P1", **said: Any) -> Project:
    with on("2020-01-06", cast.mei):
        return actions.propose(number=number, place_code=POJI, said={**WELL, **said}, by=cast.mei)


def argued(cast: SimpleNamespace, project: Project) -> None:
    """As far as the county's approval."""
    take(project, "2020-01-06", "proposal", "by_village", cast.mei, answers=MEETING)
    hung(project, "2020-01-06", cast.mei)
    take(project, "2020-01-17", "village_publicity", "no_objection", cast.mei)
    take(project, "2020-01-18", "township_review", "supported", cast.tang)
    hung(project, "2020-01-18", cast.tang)
    take(project, "2020-01-29", "township_publicity", "no_objection", cast.tang)
    take(project, "2020-02-05", "argument", "sound", cast.doctor_wu)


def planned(cast: SimpleNamespace, project: Project) -> None:
    """In the yearly plan."""
    argued(cast, project)
    with on("2020-02-06", cast.mei):
        actions.promise(number="P1", goals=GOALS, by=cast.mei)
    take(project, "2020-02-20", "county_approval", "approved", cast.zhou, answers=DECISION)
    hung(project, "2020-02-20", cast.zhou)
    take(project, "2020-03-02", "county_publicity", "no_objection", cast.zhou)
    assert take(project, "2020-03-02", "library", "planned", cast.zhou, answers=PLAN) == "start"


def test_each_level_publishes_on_its_own_board_for_ten_days(village: SimpleNamespace) -> None:
    project = proposed(village)
    take(project, "2020-01-06", "proposal", "by_village", village.mei, answers=MEETING)
    board = hung(project, "2020-01-06", village.mei)
    assert (board.place_code, board.rows[0]["project"], board.rows[0]["cost"]) == (POJI, "A water tank", "1,000,000.00")
    with pytest.raises(Refusal, match="days"):
        take(project, "2020-01-12", "village_publicity", "no_objection", village.mei)
    take(project, "2020-01-17", "village_publicity", "no_objection", village.mei)
    take(project, "2020-01-18", "township_review", "supported", village.tang)
    assert hung(project, "2020-01-18", village.tang).place_code == POJI[:9]


def test_an_objection_sends_a_project_back_to_its_village(village: SimpleNamespace) -> None:
    project = proposed(village)
    take(project, "2020-01-06", "proposal", "by_village", village.mei, answers=MEETING)
    board = hung(project, "2020-01-06", village.mei)
    with on("2020-01-08", village.mei):
        notices.object_to(notice=board, text="The tank stands on my field.", contact="at home", by=village.mei)
    with pytest.raises(Refusal):
        take(project, "2020-01-17", "village_publicity", "no_objection", village.mei)
    assert take(project, "2020-01-17", "village_publicity", "objection", village.mei) == "proposal"


def test_without_goals_nothing_enters_the_library(village: SimpleNamespace) -> None:
    project = proposed(village)
    argued(village, project)
    with pytest.raises(Refusal, match="performance goals"):
        take(project, "2020-02-20", "county_approval", "approved", village.zhou, answers=DECISION)
    with on("2020-02-20", village.mei), pytest.raises(Refusal, match="make 100 together; these make 60"):
        actions.promise(number="P1", goals=GOALS[:1], by=village.mei)


def test_a_project_is_planned_paid_built_accepted_and_handed_over(village: SimpleNamespace) -> None:
    zhou, project = village.zhou, proposed(village)
    planned(village, project)
    with on("2020-03-05", zhou), pytest.raises(Refusal, match="what it says stays"):
        actions.write(number="P1", said={**WELL, "cost": Decimal(2_000_000)}, by=zhou)
    begun = {"project_start": {"started_on": "2020-03-09"}}
    take(project, "2020-03-10", "start", "started", village.mei, answers=begun)
    with on("2020-04-01", zhou):
        books.register_fund(number="F1", place_code=ZHENXIONG, title="Special fund", source="central", doc_no="1",
                            doc_on=date(2020, 2, 1), year=2020, amount=Decimal(900_000), by=zhou)  # fmt: skip
        books.receive(fund="F1", amount=Decimal(900_000), on=date(2020, 3, 1), reference="1", by=zhou)
        books.allocate(fund="F1", project="P1", amount=Decimal(900_000), on=date(2020, 3, 3), reference="", by=zhou)
        paid = Paid("V1", "F1", "P1", Decimal(400_000), date(2020, 4, 1), "Pipe works", "firm", "works")
        books.pay(payments=[paid], by=zhou)
    done = {"project_completion": {"completed_on": "2020-03-01", "built": "a tank"}}
    with pytest.raises(Refusal, match="before it was started"):
        take(project, "2020-08-01", "completion", "completed", village.mei, answers=done)
    done["project_completion"]["completed_on"] = "2020-07-30"
    take(project, "2020-08-01", "completion", "completed", village.mei, answers=done)
    with pytest.raises(Refusal, match="every goal"):
        take(project, "2020-08-05", "acceptance", "accepted", zhou, files=PHOTO)
    with on("2020-08-04", village.mei):
        for goal, actual in (("households with a tap", 41), ("satisfied", 95)):
            actions.measure(number="P1", goal=goal, actual=Decimal(actual), on=date(2020, 8, 4), by=village.mei)
    take(project, "2020-08-05", "acceptance", "accepted", zhou, files=PHOTO)
    assert hung(project, "2020-08-05", zhou).place_code == ZHENXIONG
    take(project, "2020-08-16", "completion_publicity", "no_objection", zhou)
    asset = {"owner": "Poji village", "keeper": "Poji village", "number": "A-1", "value": "400000"}
    answers = {"asset_registration": asset}
    assert take(project, "2020-08-20", "asset", "registered", village.tang, answers=answers) == "closed"
    with seeing(EVERYWHERE):
        project = queries.project("P1", seen_by=EVERYWHERE) or project
        assert (project.started_on, project.completed_on) == (date(2020, 3, 9), date(2020, 7, 30))
        assert queries.stood_at(project, date(2020, 1, 1)) == ""
        assert prove().faults == []


def test_a_project_with_money_is_not_removed(village: SimpleNamespace) -> None:
    zhou, project = village.zhou, proposed(village)
    planned(village, project)
    with on("2020-04-01", zhou):
        books.register_fund(number="F1", place_code=ZHENXIONG, title="Fund", source="central", doc_no="1",
                            doc_on=date(2020, 2, 1), year=2020, amount=Decimal(9), by=zhou)  # fmt: skip
        books.receive(fund="F1", amount=Decimal(9), on=date(2020, 3, 1), reference="1", by=zhou)
        books.allocate(fund="F1", project="P1", amount=Decimal(9), on=date(2020, 3, 3), reference="", by=zhou)
    with pytest.raises(Refusal, match="no money is allocated"):
        take(project, "2020-04-02", "start", "removed", zhou)
    with on("2020-04-02", zhou):
        books.take_back(fund="F1", project="P1", amount=Decimal(9), on=date(2020, 4, 2), reason="not built", by=zhou)
    assert take(project, "2020-04-02", "start", "removed", zhou) == "removed"


def test_households_are_named_from_the_registers_of_the_county(village: SimpleNamespace) -> None:
    project = proposed(village)
    with seeing(EVERYWHERE):
        here = Household.objects.filter(OPEN, village_code=POJI).first()
        there = Household.objects.filter(OPEN).exclude(village_code__startswith=ZHENXIONG).first()
    assert here is not None
    assert there is not None
    with on("2020-01-07", village.mei):
        row = {"household_id": here.household_id, "mechanism": "wage", "amount": Decimal(3000)}
        assert len(actions.name_beneficiaries(number="P1", rows=[row], by=village.mei)) == 1
        wrongs = [({"household_id": there.household_id}, "in no register"), ({"mechanism": "luck"}, "luck"),
                  ({"amount": Decimal("-1")}, "too small")]  # fmt: skip
        for wrong, sentence in wrongs:
            with pytest.raises(Refusal, match=sentence):
                actions.name_beneficiaries(number="P1", rows=[{**row, **wrong}], by=village.mei)
        assert project.beneficiaries.count() == 1


def test_a_project_hangs_by_its_number_however_long_but_never_by_that_of_a_person(village: SimpleNamespace) -> None:
    for number, hangs in (
        ("530627-2020-001", True),
        ("5306272020001", True),
        ("99010119900307123X", False),
        ("13800000000", False),
    ):
        project = proposed(village, number)
        take(project, "2020-01-06", "proposal", "by_village", village.mei, answers=MEETING)
        if hangs:
            assert hung(project, "2020-01-06", village.mei).rows[0]["project_number"] == number
        else:
            with pytest.raises(Refusal, match="no number of a person"):
                hung(project, "2020-01-06", village.mei)
