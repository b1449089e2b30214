"""A finding about a facility becomes a case, as one about a household does; it ends when the register says so."""

from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from firmground import flow
from firmground.cases import actions
from firmground.cases.models import Case
from firmground.common.errors import Refusal
from firmground.engines.standards.catalogue import load as load_catalogue
from firmground.engines.standards.screening import screen
from firmground.findings import actions as findings
from firmground.findings.models import Screening
from firmground.officers.machine import machine
from firmground.officers.territory import EVERYWHERE, seeing
from firmground.registry import actions as registry
from firmground.registry import snapshot
from tests.rooms.cases.conftest import take
from tests.rooms.cases.test_actions import PHOTO
from tests.villages import POJI

pytestmark = pytest.mark.django_db(transaction=True)
SPRING = f"{POJI}-W1"


@pytest.fixture
def spring(village: SimpleNamespace, tmp_path: Path) -> Any:
    """Says who keeps the spring of Poji."""

    def say(keeper: str) -> None:
        file = tmp_path / f"spring-{keeper}.csv"
        file.write_text(
            "供水工程编号,所在地代码,工程名称,工程类型,管护主体,有管护人员,运行经费是否落实,状况\n"
            f"{SPRING},{POJI},老泉,分散式,村委会,{keeper},是,正常\n",
            encoding="utf-8",
        )
        with seeing(EVERYWHERE):
            report = registry.load(file=file, by=machine(), table="water_supply")
            assert report.taken, report.refused

    say("无")
    return say


def test_a_spring_that_nobody_keeps_is_looked_at_repaired_and_verified(village: SimpleNamespace, spring: Any) -> None:
    nobody = actions.Found("water_supply", "water_supply", SPRING, POJI, ["water_supply_keeper"])
    with seeing(EVERYWHERE):
        assert actions.open_for_findings(found=[nobody], by=machine()) == 1
        assert actions.open_for_findings(found=[nobody], by=machine()) == 0
        case = Case.objects.get(about="water_supply")
    seen = {"seen_on": "2020-03-01", "found": "no keeper since spring", "lacks": ["keeper"]}
    case = take(case, "look", "confirmed", village.tang, answers={"supply_check": seen})
    done = {"answers": {"repair": {"seen_on": "2020-03-02", "found": "a keeper was named"}}}
    case = take(case, "repair", "done", village.tang, files={"evidence": [PHOTO]}, **done)
    with seeing(village.zhou.officer), pytest.raises(Refusal):  # the register does not know the keeper yet
        actions.take(case=case.pk, step="verification", outcome="accepted", by=village.zhou, why="seen")
    spring("有")
    assert take(case, "verification", "accepted", village.zhou, why="seen").at == "resolved"


def test_a_screening_opens_the_case_of_the_spring(
    village: SimpleNamespace, spring: Any, tmp_path: Path, settings: Any
) -> None:
    with seeing(EVERYWHERE):
        taken = snapshot.write(as_of=date(2020, 3, 31), to=tmp_path / "snapshot")
        found = screen(taken, load_catalogue(Path(settings.FIRMGROUND_CATALOGUE)), tmp_path / "screening")
        findings.take_in(folder=found.folder, by=machine())
        findings.release(standard="water_supply_keeper", note="one village", by=machine())
        flow.open_cases(Screening.objects.latest())
        assert "water_supply_keeper" in Case.objects.get(about="water_supply", subject_id=SPRING).standards


def test_a_procedure_about_households_is_not_opened_on_a_spring(village: SimpleNamespace, spring: Any) -> None:
    with seeing(EVERYWHERE):
        wrong = actions.Found("water", "water_supply", SPRING, POJI, ["water_supply_keeper"])
        assert actions.open_for_findings(found=[wrong], by=machine()) == 0
    with seeing(village.tang.officer), pytest.raises(Refusal, match="among the households"):
        actions.open_case(procedure="water", subject_id=SPRING, channel="visit", by=village.tang)


def test_the_other_county_cannot_open_a_case_of_the_spring(village: SimpleNamespace, spring: Any) -> None:
    with seeing(village.bao.officer), pytest.raises(Refusal, match="water supplies within your territory"):
        actions.open_case(procedure="water_supply", subject_id=SPRING, channel="visit", by=village.bao)
