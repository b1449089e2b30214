"""The cast, the villages of tests/villages.py, and projects of Zhenxiong that are being built."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace

import pytest

from firmground.cases.models import Case
from firmground.common.audit.trail import acting
from firmground.funds.books import actions as books
from firmground.funds.projects import actions
from firmground.funds.projects.models import Project
from firmground.officers.models import Role
from firmground.officers.territory import EVERYWHERE, seeing
from tests.cast import ZHENXIONG
from tests.villages import POJI, settle

MARCH = date(2020, 3, 2)
WELL = {
    "villages": [POJI], "title": "A water tank", "category": "water", "nature": "new", "year": 2020,
    "start_planned": date(2020, 3, 1), "end_planned": date(2020, 9, 30), "unit": "Water office",
    "person": "Engineer Xu", "person_id_number": "", "task": "A tank of 40 cubic metres and its pipes",
    "participation": "The village meeting chose the place", "mechanism": "service", "cost": Decimal(1_000_000),
}  # fmt: skip


@pytest.fixture
def village(cast: SimpleNamespace, tmp_path: Path) -> SimpleNamespace:
    with seeing(EVERYWHERE):
        settle(tmp_path)
    return cast


@pytest.fixture
def built(village: SimpleNamespace) -> Callable[..., Project]:
    return maker(village)


def maker(village: SimpleNamespace) -> Callable[..., Project]:
    """Makes projects that are in the yearly plan and being built, without walking all their way."""

    def make(number: str, place: str = POJI, **said: object) -> Project:
        by = village.mei if place == POJI else village.zhou
        with seeing(by.officer):
            project = actions.propose(number=number, place_code=place, said={**WELL, **said}, by=by)
        with seeing(EVERYWHERE), acting(officer=None, office=None, role=Role.ADMINISTRATOR, verb="tests"):
            Case.objects.filter(pk=project.case_id).update(at="completion")
            Project.objects.filter(pk=project.pk).update(started_on=date(2020, 3, 1))
            return Project.objects.select_related("case").get(pk=project.pk)

    return make


@pytest.fixture
def county(village: SimpleNamespace, built: Callable[..., Project]) -> SimpleNamespace:
    """A fund of 1,000 yuan of Zhenxiong that came in March, 600 of it allocated to a project."""
    village.project = built("P1")
    with seeing(village.zhou.officer):
        books.register_fund(
            number="F1", place_code=ZHENXIONG, title="Special fund", source="central", direction="development",
            doc_no="2020-1", doc_on=date(2020, 2, 1), year=2020, amount=Decimal(1000), by=village.zhou,
        )  # fmt: skip
        books.receive(fund="F1", amount=Decimal(1000), on=MARCH, reference="2020-1", by=village.zhou)
        books.allocate(fund="F1", project="P1", amount=Decimal(600), on=MARCH, reference="plan", by=village.zhou)
    return village
