"""A day begins: what is overdue rises, and desks are told how much waits, once."""

from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.core import mail
from django.utils import timezone

from firmground import flow
from firmground.cases import queries
from firmground.officers.territory import EVERYWHERE, seeing
from tests.rooms.cases.conftest import opened


@pytest.fixture
def mailed(village: SimpleNamespace, settings: Any) -> SimpleNamespace:
    """Mei and Zhou have mail."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    from firmground.common.audit.trail import acting

    with seeing(EVERYWHERE), acting(officer=None, office=None, role="administrator", verb="tests"):
        for office in (village.mei, village.zhou):
            office.officer.email = f"{office.officer.username}@example.org"
            office.officer.save()
    return village


def day(after: int) -> date:
    return timezone.localdate() + timedelta(days=after)


@pytest.mark.parametrize(("days", "role"), [(2, None), (3, None), (4, "township"), (6, "county")])
def test_an_overdue_clue_rises_level_by_level(village: SimpleNamespace, days: int, role: str | None) -> None:
    case = opened(village.mei)  # due after two days
    flow.begin_day(day(days))
    for office in (village.tang, village.zhou):
        with seeing(office.officer):
            assert [each.pk for each in queries.risen(office)] == ([case.pk] if office.role == role else [])


def test_a_desk_is_told_in_numbers_once_a_day(mailed: SimpleNamespace) -> None:
    opened(mailed.mei)
    assert flow.begin_day(day(1))[1] == 1
    assert flow.begin_day(day(1))[1] == 0
    (message,) = mail.outbox
    assert message.to == ["mei@example.org"]
    assert "1 cases wait for you, 0 of them late." in message.body
    assert "Zhang" not in message.body


def test_a_county_is_told_what_has_risen_to_it(mailed: SimpleNamespace) -> None:
    opened(mailed.mei)
    flow.begin_day(day(6))
    assert {tuple(message.to) for message in mail.outbox} == {("mei@example.org",), ("zhou@example.org",)}
