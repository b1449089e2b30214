"""Nothing of one county is told to the programs of another: every path of both OpenAPI documents, every parameter.

The paths and parameters are read from the documents, the identifiers from the database (test_leaks.py does the pages).
"""

import itertools
import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client
from pytest_django.plugin import DjangoDbBlocker

from firmground.api.dci.registry import document as registry
from firmground.api.v1 import document as api
from firmground.common.audit.trail import acting
from firmground.officers import actions, territory, tokens
from firmground.officers.machine import machine
from firmground.officers.models import Office, Officer, Role
from firmground.officers.territory import EVERYWHERE, seeing
from firmground.registry.models import OPEN, Household, Member
from tests.cast import WANGMO, ZHENXIONG
from tests.journeys.test_leaks import identifiers, secrets, without_policy
from tests.journeys.two_counties import made

OURS = ("zhou", "mei", "doctor_wu", "yang", "our_tax")
THEIRS = ("peng", "their_tax")
OPEN_TO_ALL = ("/api/v1/notices", "/api/v1/places")
counter = itertools.count(1)


@pytest.fixture(scope="module")
def counties(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[SimpleNamespace]:
    with django_db_blocker.unblock(), made(tmp_path_factory.mktemp("api")):
        with seeing(EVERYWHERE), acting(officer=None, office=None, role=Role.ADMINISTRATOR, verb="tests"):
            for name, place in (("our_tax", ZHENXIONG), ("their_tax", WANGMO)):
                officer = Officer.objects.create(username=name, name=name, password="!", language="en")
                Office.objects.create(officer=officer, role=Role.SYSTEM, territory=place, held_from=date(2019, 1, 1))
        yield SimpleNamespace(secret=secrets(), known=identifiers())


@pytest.fixture(autouse=True)
def _no_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tokens, "A_MINUTE", 10**9)


def program(name: str) -> Client:
    with seeing(EVERYWHERE):
        office = Office.objects.select_related("officer").get(officer__username=name)
        _, secret = actions.make_token(office=office, name="looks everywhere", days=1, by=machine())
    return Client(headers={"authorization": f"Bearer {secret}", "accept-language": "en"})


def requests(known: dict[str, list[str]], sender: str) -> Iterator[tuple[str, str, Any]]:
    """(method, address, body): each path with what is the other county's in it, and in each parameter and body."""
    home, place = known["household_id"][0], known["code"][-1]
    places, bodies = known["code"], list(searches(sender, known))
    for document in (api, registry):
        for path, methods in document()["paths"].items():
            for method, said in methods.items():
                for address in filled(path, known):
                    if document is registry:
                        yield from ((method, address, body) for body in bodies)
                    elif method == "post":
                        yield method, address, {
                            "procedure": "monitoring", "household_id": home, "channel": "visit", "step": "clue",
                            "outcome": "to_be_checked", "after": 0, "text": "a question",
                        }  # fmt: skip
                    else:
                        yield method, address, None
                        asked = {each["name"] for each in said["parameters"] if each["in"] == "query"}
                        for name in asked & {"place", "within"}:
                            yield from ((method, f"{address}?{name}={code}", None) for code in (*places, WANGMO[:2]))
                        if "after" in asked and "household" in path:
                            yield method, f"{address}?after={home[:-1]}", None
                        if "state" in asked:
                            yield method, f"{address}?place={place}&mine=true", None


def filled(path: str, known: dict[str, list[str]]) -> Iterator[str]:
    parts = {"{code}": "code", "{household_id}": "household_id", "{number}": "", "{id}": "name"}
    part = next((part for part in parts if part in path), None)
    yield from (path.replace(part, value) for value in known[parts[part]]) if part else [path]


def searches(sender: str, known: dict[str, list[str]]) -> Iterator[dict[str, Any]]:
    """Messages that ask the registry for the other county in each of its ways."""
    with seeing(EVERYWHERE):
        member = Member.objects.filter(OPEN, household_id=known["household_id"][0]).first()
    assert member is not None
    where = {"attribute_name": "location", "operator": "eq", "attribute_value": WANGMO}
    number = {"attribute_name": "group_identifier", "operator": "lt", "attribute_value": "53"}
    for query_type, query in (
        ("idtype-value", {"type": "HOUSEHOLD_ID", "value": member.household_id}),
        ("idtype-value", {"type": "MEMBER_ID", "value": member.member_id}),
        ("idtype-value", {"type": "UIN", "value": member.id_number or "1"}),
        ("predicate", [{"expression1": where}]),
        ("predicate", [{"expression1": number, "condition": "or", "expression2": where}]),
        ("expression", {"type": "x", "value": {"expression": {"query": {"$or": [{"location": WANGMO}]}}}}),
    ):
        for entity in ("Group", "Member"):
            now, unique = datetime.now(UTC).isoformat(), str(next(counter))
            yield {
                "header": {"message_id": unique, "message_ts": now, "action": "search", "sender_id": sender,
                           "total_count": 1},
                "message": {"transaction_id": unique, "search_request": [{
                    "reference_id": "1", "timestamp": now,
                    "search_criteria": {"query_type": query_type, "query": query, "response_entity": entity,
                                        "pagination": {"page_size": 100}, "authorize": {"by": "law"}},
                }]},
            }  # fmt: skip


def leaks(name: str, counties: SimpleNamespace) -> list[str]:
    """What a program is told of the other county, without what it said itself."""
    client, found = program(name), []
    for method, address, body in requests(counties.known, name):
        said = json.dumps(body)
        got = client.generic(method.upper(), address, said if body else "", content_type="application/json")
        assert got.status_code < 500, f"{address}: {got.content.decode()[:300]}"
        if address.startswith(OPEN_TO_ALL):
            continue
        shown = {each for each in counties.secret.findall(got.content.decode()) if each not in address + said}
        if shown or (f'"village_code": "{WANGMO}' in got.content.decode()):
            found.append(f"{method} {address}: {sorted(shown)[:3]}")
    return found


@pytest.mark.parametrize("name", OURS)
def test_no_path_tells_anything_of_the_other_county(counties: SimpleNamespace, name: str) -> None:
    assert leaks(name, counties) == []


@pytest.mark.parametrize("name", THEIRS)
def test_the_same_paths_tell_it_to_its_own_programs(counties: SimpleNamespace, name: str) -> None:
    told = {leak.split("?")[0].split(":")[0].rstrip("0123456789") for leak in leaks(name, counties)}
    assert {"get /api/v1/households", "get /api/v1/households/", "get /api/v1/findings"} <= told
    assert ("post /registry/sync/search" in told) == (name == "their_tax")


def test_counts_and_totals_leave_the_other_county_out(counties: SimpleNamespace) -> None:
    ours, theirs = (
        [
            program(name).generic("POST", "/registry/sync/search", json.dumps(each), content_type="application/json")
            for each in searches(name, counties.known)
        ]
        for name in ("our_tax", "their_tax")
    )
    totals = [[each.json()["message"]["search_response"][0]["pagination"]["total_count"] for each in answers]
              for answers in (ours, theirs)]  # fmt: skip
    assert set(totals[0]) == {0}
    assert all(totals[1])


def test_these_tests_go_red_when_a_policy_is_missing_and_a_query_forgets(
    counties: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(territory.Territory, "q", EVERYWHERE.__class__(("",)).q)
    monkeypatch.setattr(territory.Territory, "opens", lambda *_: True)
    with without_policy(Household._meta.db_table):
        found = leaks("zhou", counties)
    assert any(leak.startswith("get /api/v1/households?") for leak in found)
