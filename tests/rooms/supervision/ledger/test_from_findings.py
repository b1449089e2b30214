"""Issues raised from what the last screening found, and what is refused."""

from pathlib import Path
from types import SimpleNamespace

import pytest
from django.utils import timezone

from firmground.common.audit.trail import acting
from firmground.common.errors import Refusal
from firmground.common.home import CATALOGUE
from firmground.engines.standards.catalogue import load
from firmground.engines.standards.screening import screen
from firmground.findings import actions as findings
from firmground.findings.models import Screening
from firmground.officers.machine import everywhere
from firmground.officers.models import Office, Role
from firmground.officers.territory import EVERYWHERE, seeing
from firmground.registry import snapshot
from firmground.supervision.ledger import actions
from firmground.supervision.ledger.models import Issue
from tests.villages import POJI

pytestmark = pytest.mark.django_db(transaction=True)
COUNTY = POJI[:6]


@pytest.fixture
def screened(village: SimpleNamespace, tmp_path: Path) -> Screening:
    """A screening of the villages, none of its standards held back."""
    with everywhere() as by:
        snapshot.write(as_of=timezone.localdate(), to=tmp_path / "snapshot")
        screen(tmp_path / "snapshot", load(CATALOGUE), tmp_path / "screening")
        taken = findings.take_in(folder=tmp_path / "screening", snapshot=tmp_path / "snapshot", by=by).screening
        for row in taken.standards.exclude(held_because=""):
            findings.release(standard=row.standard, note="seen", by=by)
    return taken


def short(screening: Screening) -> str:
    """A standard that some village of the county falls short of."""
    with seeing(EVERYWHERE):
        row = screening.places.filter(place_code__startswith=COUNTY, place_code__length=12, not_met__gt=0)
        return str(row.order_by("standard").values_list("standard", flat=True)[0])


def raise_(by: Office, *standards: str, place: str = COUNTY, digits: int = 12) -> int:
    with seeing(by.officer):
        return actions.raise_from_findings(standards=standards, place_code=place, digits=digits, by=by)


def test_a_finding_is_raised_once_while_its_issue_is_open(village: SimpleNamespace, screened: Screening) -> None:
    name = short(screened)
    assert raise_(village.zhou, name) > 0
    with seeing(EVERYWHERE):
        issue = Issue.objects.filter(standard=name).order_by("pk")[0]
        assert (issue.source, issue.screening, len(issue.place_code)) == ("screening", screened.pk, 12)
    assert raise_(village.zhou, name) == 0


def test_nothing_is_raised_before_anything_was_screened(village: SimpleNamespace) -> None:
    with pytest.raises(Refusal, match="Nothing was screened yet"):
        raise_(village.zhou, "village_has_clinic")


def test_nothing_is_raised_elsewhere_of_no_standard_or_of_one_held_back(
    village: SimpleNamespace, screened: Screening
) -> None:
    name = short(screened)
    with pytest.raises(Refusal, match="No place of your territory has the code 522326"):
        raise_(village.zhou, name, place="522326")
    with pytest.raises(Refusal, match="No place of your territory"):
        raise_(village.zhou, name, place=POJI, digits=6)  # counties in a village
    with pytest.raises(Refusal, match="not: –"):
        raise_(village.zhou)
    with pytest.raises(Refusal, match="not: no_such_standard"):
        raise_(village.zhou, name, "no_such_standard")
    with seeing(EVERYWHERE), acting(officer=None, office=None, role=Role.ADMINISTRATOR, verb="tests"):
        screened.standards.filter(standard=name).update(held_because="share_changed", released_at=None)
    with pytest.raises(Refusal, match=f"not: {name}"):
        raise_(village.zhou, name)
    with seeing(EVERYWHERE):
        assert not Issue.objects.exists()
