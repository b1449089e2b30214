"""The cast, the villages of tests/villages.py, and steps taken there."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from firmground.cases import actions
from firmground.cases.models import Case
from firmground.officers.models import Office
from firmground.officers.territory import EVERYWHERE, seeing
from tests.villages import ZHANG, settle


@pytest.fixture
def village(cast: SimpleNamespace, tmp_path: Path) -> SimpleNamespace:
    """The cast, and the households of tests/villages.py."""
    with seeing(EVERYWHERE):
        settle(tmp_path)
    return cast


def opened(by: Office, procedure: str = "monitoring", channel: str = "visit", household: str = ZHANG) -> Case:
    with seeing(by.officer):
        return actions.open_case(procedure=procedure, subject_id=household, channel=channel, by=by, why="a talk")


def take(case: Case, step: str, outcome: str, by: Office, **shown: Any) -> Case:
    """A step taken today; the case after it."""
    with seeing(by.officer):
        actions.take(case=case.pk, step=step, outcome=outcome, by=by, **shown)
    with seeing(EVERYWHERE):
        return Case.objects.get(pk=case.pk)
