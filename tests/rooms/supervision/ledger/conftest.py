"""The cast, the villages of tests/villages.py, and issues raised there."""

from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from firmground.cases import actions as cases
from firmground.cases.attachments import Handed
from firmground.officers.models import Office
from firmground.officers.territory import EVERYWHERE, seeing
from firmground.supervision.ledger import actions
from firmground.supervision.ledger.models import Issue
from tests.villages import POJI, settle

PHOTO = Handed("roof.png", b"\x89PNG\r\n\x1a\n of the roof")


@pytest.fixture
def village(cast: SimpleNamespace, tmp_path: Path) -> SimpleNamespace:
    """The cast, and the households of tests/villages.py."""
    with seeing(EVERYWHERE):
        settle(tmp_path)
    return cast


def raised(by: Office, **said: Any) -> Issue:
    """An issue of Poji village, as it stands after it was raised."""
    given = {
        "place_code": POJI, "content": 1, "source": "field_visit", "title": "The clinic has no doctor", "severity": 2,
        "found_on": date(2020, 1, 1), **said,
    }  # fmt: skip
    with seeing(by.officer):
        return actions.raise_issue(by=by, **given)


def take(issue: Issue, step: str, outcome: str, by: Office, **shown: Any) -> Issue:
    """A step taken today; the issue after it."""
    if outcome == "claimed":
        answers = {"rectification": {"done_on": "2020-01-02", "done": "a doctor came"}}
        shown = {"answers": answers, "files": {"evidence": [PHOTO]}, **shown}
    with seeing(by.officer):
        cases.take(case=issue.case_id, step=step, outcome=outcome, by=by, **shown)
    with seeing(EVERYWHERE):
        return Issue.objects.select_related("case").get(pk=issue.pk)
