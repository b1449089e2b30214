"""The ledger, an issue, orders and lists on their pages, as county Zhou, Supervisor Qin and stranger Peng see them."""

from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from firmground.common.audit.models import Entry
from firmground.officers.territory import EVERYWHERE, seeing
from firmground.supervision.ledger import queries
from firmground.supervision.ledger.models import Issue, Order
from tests.cast import sign_in
from tests.rooms.supervision.ledger.conftest import PHOTO, raised, take
from tests.rooms.supervision.ledger.test_issues import LIST, on, state
from tests.villages import POJI

GIVEN = {"place_code": POJI, "title": "Well is dry", "content": "1", "source": "public_voice", "severity": "3",
         "found_on": "2020-06-01", "owner": "township"}  # fmt: skip


@pytest.fixture
def at(village: SimpleNamespace) -> Callable[[str], Client]:
    """at("zhou"): a browser in which Zhou has signed in."""
    return lambda name: sign_in(Client(headers={"accept-language": "en"}), getattr(village, name))


def says(response: Any, *words: str) -> None:
    text = b"".join(response).decode() if response.streaming else response.content.decode()
    for word in words:
        assert word in text, word


def test_an_issue_is_raised_seen_in_the_ledger_and_moved_on_from_its_page(village: SimpleNamespace, at: Any) -> None:
    made = at("zhou").post("/supervision/issues/raise/", GIVEN)
    assert made.status_code == 302
    says(at("zhou").get("/supervision/issues/"), "Well is dry", "assigned", "grave", "1 issue", "none yet")
    says(at("tang").get(made["Location"]), "Well is dry", "said to be put right", "voice of the public")
    says(at("tang").get("/desk/"), "Well is dry")
    with seeing(EVERYWHERE):
        issue = Issue.objects.get()
    taken = at("tang").post(
        f"/cases/{issue.case_id}/rectification/claimed/",
        {"after": "1", "rectification-done_on": "2020-06-02", "rectification-done": "a pump",
         "file-evidence": SimpleUploadedFile("a.png", PHOTO.content)},
    )  # fmt: skip
    assert taken.status_code == 302
    assert state(issue) == "claimed"
    says(at("zhou").get(made["Location"]), "a pump", "a.png", "Verified by somebody else")


def test_what_is_wrong_in_the_form_is_said_and_nothing_is_raised(village: SimpleNamespace, at: Any) -> None:
    for wrong, word in [({"place_code": "522326"}, "No place of your territory"), ({"severity": "9"}, "How grave"),
                        ({"found_on": "yesterday"}, "Found on")]:  # fmt: skip
        response = at("zhou").post("/supervision/issues/raise/", {**GIVEN, **wrong})
        assert response.status_code == 400
        says(response, word)
    with seeing(EVERYWHERE):
        assert not Issue.objects.exists()


def test_the_ledger_is_filtered_and_told_as_of_a_day(village: SimpleNamespace, at: Any) -> None:
    with on("03-01"):
        back = raised(village.supervisor_qin, owner="township", title="Roof", severity=3)
        raised(village.supervisor_qin, title="Road", content=2, severity=1)
    with on("03-05"):
        take(back, "rectification", "claimed", village.tang)
        take(back, "verification", "accepted", village.zhou, why="seen")
    page = at("zhou").get("/supervision/issues/?on=2020-03-04")
    says(page, "Roof", "Road", "As the ledger stood on 4 March 2020")
    after = at("zhou").get("/supervision/issues/?on=2020-03-06")
    assert [row.title for row in after.context["lines"]] == ["Road"]
    for query, titles in [
        ("state=resolved", ["Roof"]), ("standing=late", ["Road"]), ("standing=unhelped", ["Road"]),
        ("standing=all&severity=3", ["Roof"]), ("content=2", ["Road"]), ("source=screening", []),
        ("standing=all&owner=township", ["Roof"]), (f"place={POJI}", ["Road"]), ("standing=all&place=52", []),
        ("standing=all&sort=-severity", ["Roof", "Road"]), ("standing=came_back", []),
    ]:  # fmt: skip
        found = at("zhou").get(f"/supervision/issues/?{query}")
        assert [row.title for row in found.context["lines"]] == titles, query
    assert at("zhou").get("/supervision/issues/?state=gone").status_code == 400
    assert at("zhou").get("/supervision/issues/?on=soon").status_code == 400


def test_a_ledger_taken_away_is_recorded_and_runs_nothing(village: SimpleNamespace, at: Any) -> None:
    raised(village.zhou, title="=1+1")
    says(at("zhou").get("/supervision/issues/?export=csv"), "'=1+1", "2020-01-01")
    with seeing(EVERYWHERE):
        assert Entry.objects.filter(verb="ledger.export").count() == 1


def test_several_issues_are_assigned_and_verified_together(village: SimpleNamespace, at: Any) -> None:
    issues = [raised(village.supervisor_qin, title=f"Issue {n}") for n in range(3)]
    chosen = "&".join(f"case={issue.case_id}" for issue in issues)
    page = at("zhou").get(f"/cases/many/?{chosen}&move=assignment/to_township")
    says(page, "Decide 3 cases", "Issue 1")
    numbers = [issue.case_id for issue in issues]
    sent = {"case": numbers, "move": "assignment/to_township"}
    says(at("zhou").post("/cases/many/", sent), "3 of 3 cases were decided")
    for issue in issues:
        take(issue, "rectification", "claimed", village.tang)
    verified = {"case": numbers, "move": "verification/accepted", "why": "seen on the spot"}
    says(at("zhou").post("/cases/many/", verified), "3 of 3 cases were decided")
    assert {state(issue) for issue in issues} == {"resolved"}


def test_nobody_elsewhere_finds_an_issue_or_an_order(village: SimpleNamespace, at: Any) -> None:
    issue = raised(village.supervisor_qin)
    order = ordered(village, at, issue)
    assert at("peng").get(f"/supervision/issues/{issue.pk}/").status_code == 404
    assert at("peng").get(f"/supervision/orders/{order.pk}/").status_code == 404
    says(at("peng").get("/supervision/issues/?standing=all"), "0 issues")
    says(at("peng").get("/supervision/orders/?standing=all"), "0 orders")


def ordered(village: SimpleNamespace, at: Any, issue: Issue, **said: Any) -> Order:
    given = {"place_code": POJI[:6], "title": "Find a doctor", "text": "Within the month.", "issues": str(issue.pk),
             "due_on": timezone.localdate() + timedelta(days=5), **said}  # fmt: skip
    response = at("supervisor_qin").post("/supervision/orders/give/", given)
    assert response.status_code == 302, response.content.decode()
    with seeing(EVERYWHERE):
        return Order.objects.get()


def test_an_order_is_answered_by_the_place_and_accepted_by_who_ordered_it(village: SimpleNamespace, at: Any) -> None:
    order = ordered(village, at, raised(village.supervisor_qin))
    answer = {"after": "1", "order_answer-done": "a doctor was sent", "file-evidence":
              SimpleUploadedFile("a.png", PHOTO.content)}  # fmt: skip
    assert at("luo").post(f"/cases/{order.case_id}/answer/answered/", answer).status_code == 409
    says(at("zhou").get("/desk/"), "Find a doctor")
    answer["file-evidence"] = SimpleUploadedFile("a.png", PHOTO.content)
    assert at("zhou").post(f"/cases/{order.case_id}/answer/answered/", answer).status_code == 302
    accept = {"after": "2", "why": "it is so"}
    assert at("luo").post(f"/cases/{order.case_id}/acceptance/accepted/", accept).status_code != 302
    says(at("supervisor_qin").get(f"/supervision/orders/{order.pk}/"), "a doctor was sent", "answered")
    assert at("supervisor_qin").post(f"/cases/{order.case_id}/acceptance/accepted/", accept).status_code == 302
    with seeing(EVERYWHERE):
        assert queries.orders(seen_by=EVERYWHERE).get().state == "fulfilled"


@pytest.mark.parametrize(
    ("said", "word"),
    [({"place_code": "5306271"}, "below the office"), ({"issues": "7, x"}, "commas"), ({"issues": "999"}, "numbers"),
     ({"due_on": "2020-01-01"}, "is past"), ({"title": ""}, "required")],
)  # fmt: skip
def test_an_order_that_makes_no_sense_is_refused(village: SimpleNamespace, at: Any, said: Any, word: str) -> None:
    given = {"place_code": POJI[:6], "title": "Act", "text": "Now.", "due_on": "2999-01-01", **said}
    response = at("supervisor_qin").post("/supervision/orders/give/", given)
    assert response.status_code == 400
    says(response, word)


def test_a_list_is_handed_in_and_the_rows_left_out_come_back(village: SimpleNamespace, at: Any) -> None:
    sent = {"do": "list", "source": "central_inspection", "list": SimpleUploadedFile("list.csv", LIST.encode())}
    says(
        at("zhou").post("/supervision/issues/load/", sent), "2 issues were raised", "3 rows were not taken", "Elsewhere"
    )
    assert at("zhou").post("/supervision/issues/load/", {"do": "list"}).status_code == 400
    assert at("tang").post("/supervision/issues/load/", {**sent, "list": b""}).status_code in (400, 403)


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_pages_are_answered_in_few_statements(village: SimpleNamespace, at: Any, language: str) -> None:
    issues = [raised(village.supervisor_qin, title=f"Issue {n}", owner="township") for n in range(6)]
    order = ordered(village, at, issues[0])
    client: Client = at("zhou")
    for address in ("/supervision/issues/", f"/supervision/issues/{issues[0].pk}/", "/supervision/issues/raise/",
                    "/supervision/issues/load/", "/supervision/orders/", f"/supervision/orders/{order.pk}/",
                    "/supervision/orders/give/"):  # fmt: skip
        with CaptureQueriesContext(
            connection,
        ) as seen:
            response: HttpResponse = client.get(address, headers={"accept-language": language})
        assert response.status_code == 200
        statements = [q["sql"] for q in seen if not q["sql"].startswith(("SAVEPOINT", "RELEASE"))]
        assert len(statements) <= 25, (address, len(statements))
