"""Teams and visits on their pages: one form on a phone records what was seen, found and brought."""

from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from firmground.officers.territory import EVERYWHERE, seeing
from firmground.supervision.ledger.models import Issue
from firmground.supervision.visits.models import Help, SupervisionTeam, Visit
from tests.cast import sign_in
from tests.rooms.supervision.visits.test_visits import planned
from tests.villages import LI, POJI


@pytest.fixture
def at(village: SimpleNamespace) -> Callable[[str], Client]:
    """at("zhou"): a browser in which Zhou has signed in."""
    return lambda name: sign_in(Client(headers={"accept-language": "en"}), getattr(village, name))


def says(response: Any, *words: str) -> None:
    text = b"".join(response).decode() if response.streaming else response.content.decode()
    for word in words:
        assert word in text, word


def test_a_visit_is_planned_and_recorded_with_issues_and_help_in_one_form(
    village: SimpleNamespace, team: SupervisionTeam, at: Any
) -> None:
    today = timezone.localdate()
    form = {"team": team.pk, "place_code": POJI, "mode": "unannounced", "from_on": today, "to_on": today}
    made = at("supervisor_qin").post("/supervision/visits/", form)
    assert made.status_code == 302
    record = {
        "do": "record", "households_seen": "9", "households": LI, "note": "calm",
        "found-1-title": "Roof leaks", "found-1-content": "1", "found-1-severity": "3", "found-1-owner": "township",
        "found-2-content": "1", "found-2-severity": "1",
        "found-3-title": "No posts", "found-3-content": "2", "found-3-severity": "2",
        "help-1-kind": "goods", "help-1-text": "tarpaulin", "help-1-for": "1",
        "help-2-kind": "money",
    }  # fmt: skip
    wrong = at("supervisor_qin").post(made["Location"], {**record, "help-1-for": "2"})
    assert wrong.status_code == 400
    says(wrong, "something that was not found", "Roof leaks", "tarpaulin")
    assert at("supervisor_qin").post(made["Location"], record).status_code == 302
    with seeing(EVERYWHERE):
        assert list(Issue.objects.order_by("pk").values_list("title", "visit")) == [
            ("Roof leaks", Visit.objects.get().pk), ("No posts", Visit.objects.get().pk),
        ]  # fmt: skip
        assert Help.objects.get().issue is not None
    says(at("zhou").get(made["Location"]), "Roof leaks", "tarpaulin", LI, "unannounced")
    says(at("zhou").get("/supervision/visits/"), "Was help brought", "First team")
    says(at("zhou").get("/supervision/visits/?export=csv"), "unannounced", "First team")


def test_help_that_came_later_is_noted_on_the_page_of_the_visit(
    village: SimpleNamespace, team: SupervisionTeam, at: Any
) -> None:
    visit = planned(team, village.supervisor_qin)
    page = f"/supervision/visits/{visit.pk}/"
    assert at("supervisor_qin").post(page, {"do": "record", "households_seen": "0"}).status_code == 302
    said = {"do": "help", "kind": "money", "text": "for the road", "on": timezone.localdate()}
    refused = at("zhou").post(page, said)
    assert refused.status_code == 400
    says(refused, "how much money")
    assert at("zhou").post(page, {**said, "amount": "20000"}).status_code == 302
    says(at("zhou").get(page), "20,000.00", "for the road")


def test_a_hidden_visit_is_not_found_and_not_counted_below(
    village: SimpleNamespace, team: SupervisionTeam, at: Any
) -> None:
    visit = planned(team, village.supervisor_qin, "unannounced", in_days=2)
    for name in ("zhou", "tang", "mei", "peng"):
        assert at(name).get(f"/supervision/visits/{visit.pk}/").status_code == 404
        says(at(name).get("/supervision/visits/"), "0 visits")
        says(at(name).get("/supervision/visits/?export=csv"), "households_seen")
    says(at("zhou").get(f"/supervision/teams/{team.pk}/"), "It visited nobody yet")
    says(at("supervisor_qin").get(f"/supervision/visits/{visit.pk}/"), "It has not begun")


def test_a_team_is_formed_and_its_roster_kept_by_who_forms_it(village: SimpleNamespace, at: Any) -> None:
    formed = at("supervisor_qin").post(
        "/supervision/teams/",
        {
            "title": "Third team",
            "place_code": POJI[:6],
            "units": "Audit office\nHealth bureau",
            "held_from": "2020-01-01",
        },
    )
    assert formed.status_code == 302
    page = formed["Location"]
    post = {"do": "post", "officer": "doctor_wu", "unit": "Health bureau", "leads": "on", "held_from": "2020-02-01"}
    assert at("supervisor_qin").post(page, post).status_code == 302
    says(at("mei").get(page), "Audit office", "Doctor Wu", "2020-02-01", "leads")
    assert at("mei").post(page, post).status_code == 404
    assert at("peng").get(page).status_code == 404
    assert at("supervisor_qin").post(page, {"do": "end", "held_to": "2020-03-01", "why": "relieved"}).status_code == 302
    says(at("supervisor_qin").get(page), "2020-03-01")


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_pages_are_answered_in_few_statements(
    village: SimpleNamespace, team: SupervisionTeam, at: Any, language: str
) -> None:
    visits = [planned(team, village.supervisor_qin, in_days=-n) for n in range(4)]
    client: Client = at("supervisor_qin")
    client.post(f"/supervision/visits/{visits[0].pk}/", {"do": "record", "households_seen": "3"})
    later = timezone.localdate() + timedelta(days=3)
    lists = ["/supervision/visits/", "/supervision/teams/", f"/supervision/teams/{team.pk}/"]
    for address in [*lists, *(f"/supervision/visits/{visit.pk}/" for visit in visits[:2])]:
        with CaptureQueriesContext(connection) as seen:
            response = client.get(address, headers={"accept-language": language})
        assert response.status_code == 200
        statements = [q["sql"] for q in seen if not q["sql"].startswith(("SAVEPOINT", "RELEASE"))]
        assert len(statements) <= 25, (address, len(statements))
    bad = {"team": team.pk, "place_code": POJI, "mode": "open", "from_on": later, "to_on": timezone.localdate()}
    assert client.post("/supervision/visits/", bad).status_code == 400
