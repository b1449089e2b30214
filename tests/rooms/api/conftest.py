"""Programs of the cast, each with a token of its office; and the tax office's system, which asks the registry."""

import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from firmground.common.audit.trail import acting
from firmground.findings.models import Finding, Screening
from firmground.officers import actions
from firmground.officers.machine import machine
from firmground.officers.models import Office, Officer, Role
from firmground.officers.territory import EVERYWHERE, seeing
from tests.cast import ZHENXIONG
from tests.villages import BOBO, LI, POJI, WANGMU, WU, settle

SYSTEM = "tax.example.org"


class Program(Client):
    """A client with a token; it speaks JSON."""

    def send(self, path: str, said: Any) -> Any:
        return self.post(path, json.dumps(said), content_type="application/json")


def program(office: Office) -> Program:
    with seeing(EVERYWHERE):
        _, secret = actions.make_token(office=office, name="a program", days=30, by=machine())
    return Program(headers={"authorization": f"Bearer {secret}", "accept-language": "en"})


@pytest.fixture(autouse=True)
def _fresh_counts() -> None:
    cache.clear()


@pytest.fixture
def village(cast: SimpleNamespace, tmp_path: Path) -> SimpleNamespace:
    """The cast with the households of tests/villages.py, the system of another government, and three findings."""
    with seeing(EVERYWHERE):
        settle(tmp_path)
        with acting(officer=None, office=None, role=Role.ADMINISTRATOR, verb="tests"):
            officer = Officer.objects.create(username=SYSTEM, name="Tax office", password="!", language="en")
            cast.tax = Office.objects.create(
                officer=officer, role=Role.SYSTEM, territory=ZHENXIONG, held_from=date(2019, 1, 1)
            )
            now = datetime(2020, 6, 1, tzinfo=UTC)
            screening = Screening.objects.create(
                folder="", snapshot_digest="0", catalogue_digest="0", as_of=date(2020, 6, 1), known_at=now,
                engine="reference", counties=[ZHENXIONG], started_at=now, finished_at=now,
            )  # fmt: skip
            cast.findings = [
                Finding.objects.create(
                    about="household", subject_id=home, household_id=home, place_code=place, standard="housing_safe",
                    verdict="not_met", evidence={"dwelling_grade": "D"}, opened_in=screening,
                )
                for home, place in ((LI, POJI), (WU, POJI), (BOBO, WANGMU))
            ]  # fmt: skip
    return cast


@pytest.fixture
def ask(village: SimpleNamespace) -> Callable[[str], Program]:
    """ask("zhou").get(…): as a program with a token of Zhou's office."""
    return lambda name: program(getattr(village, name))
