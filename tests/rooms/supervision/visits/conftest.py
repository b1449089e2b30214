"""The cast, the villages of tests/villages.py, and a team of the prefecture that supervises the county."""

from datetime import date
from pathlib import Path
from types import SimpleNamespace

import pytest

from firmground.officers.territory import EVERYWHERE, seeing
from firmground.supervision.visits import actions
from firmground.supervision.visits.models import SupervisionTeam
from tests.villages import POJI, settle


@pytest.fixture
def village(cast: SimpleNamespace, tmp_path: Path) -> SimpleNamespace:
    """The cast, and the households of tests/villages.py."""
    with seeing(EVERYWHERE):
        settle(tmp_path)
    return cast


@pytest.fixture
def team(village: SimpleNamespace) -> SupervisionTeam:
    """A team that Supervisor Qin of the prefecture formed for Zhenxiong county, since January 2020."""
    with seeing(village.supervisor_qin.officer):
        return actions.form_team(
            title="First team", place_code=POJI[:6], units=["Audit office", "Health bureau"],
            held_from=date(2020, 1, 1), by=village.supervisor_qin,
        )  # fmt: skip
