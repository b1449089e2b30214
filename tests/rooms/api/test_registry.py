"""Another government's system asks the registry: messages as the specification publishes them, both ways."""

import base64
import itertools
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import jsonschema_rs
import pytest
import requests
import time_machine
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from django.test import Client
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from firmground.api import tasks
from firmground.api.dci import actions, callbacks, signatures
from firmground.api.models import Search
from firmground.common.audit.models import Entry
from firmground.common.audit.trail import acting, history
from firmground.common.errors import Refusal
from firmground.officers import actions as officers
from firmground.officers.machine import machine
from firmground.officers.models import Role
from firmground.officers.territory import EVERYWHERE, seeing
from firmground.registry.identity_numbers import eighteen
from firmground.registry.models import Household, Member
from tests.rooms.api import published
from tests.rooms.api.conftest import SYSTEM, Program
from tests.villages import BOBO, LI, POJI, WANGMU, WU, ZHANG, household

Ask = Callable[[str], Program]
NUMBER = "990101198001010018"
RIGHT = {"authorize": {"@type": "Authorize", "purpose": {"text": "tax relief", "code": "TAX-7"}}}
AT_ONCE, LATER = "/registry/sync/search", "/registry/search"
STATUS, STATUS_LATER = "/registry/sync/txn/status", "/registry/txn/status"
CALLBACK = "https://tax.example.org/registry/on-search"
counter = itertools.count(1)


def fits(schema: dict[str, Any], said: Any) -> Any:
    jsonschema_rs.validator_for({"$schema": "http://json-schema.org/draft-07/schema#", **schema}).validate(said)
    return said


def criteria(query_type: str, query: Any, **more: Any) -> dict[str, Any]:
    return {"query_type": query_type, "query": query, **RIGHT, **more}


def by_id(kind: str, value: str, **more: Any) -> dict[str, Any]:
    return criteria("idtype-value", {"type": kind, "value": value}, **more)


def where(*conditions: tuple[str, str, Any], **more: Any) -> dict[str, Any]:
    query = [
        {"seq_num": n, "expression1": {"attribute_name": name, "operator": operator, "attribute_value": value}}
        for n, (name, operator, value) in enumerate(conditions)
    ]
    return criteria("predicate", query, **more)


def message(*searches: dict[str, Any], **header: Any) -> dict[str, Any]:
    """A message of the tax office's, as the specification publishes it."""
    number, now = next(counter), datetime.now(UTC).isoformat()
    said = {
        "header": {
            "version": "1.0.0", "message_id": f"m{number}", "message_ts": now, "action": "search",
            "sender_id": SYSTEM, "sender_uri": CALLBACK, "total_count": len(searches), **header,
        },
        "message": {
            "transaction_id": f"t{number}",
            "search_request": [
                {"reference_id": f"r{place}", "timestamp": now, "search_criteria": each}
                for place, each in enumerate(searches)
            ],
        },
    }  # fmt: skip
    return fits(published.SEARCH, said)


def search(program: Program, *searches: dict[str, Any]) -> list[Any]:
    answer = program.send(AT_ONCE, message(*searches))
    assert answer.status_code == 200, answer.content
    return fits(published.ON_SEARCH, answer.json())["message"]["search_response"]


def groups(answer: dict[str, Any]) -> list[str]:
    return [each["group_identifier"][0]["identifier_value"] for each in answer["data"]["reg_records"]]


@pytest.fixture
def tax(ask: Ask) -> Program:
    with seeing(EVERYWHERE), acting(officer=None, office=None, role=Role.ADMINISTRATOR, verb="tests"):
        Member.objects.filter(member_id=f"{LI}01").update(id_number=NUMBER, disability_grade=2, relation="head")
        Household.objects.filter(household_id=LI).update(population=2, main_cause="illness", bank_account="6222000011")
    return ask("tax")


def test_a_household_is_found_by_its_number(tax: Program) -> None:
    (answer,) = search(tax, by_id("HOUSEHOLD_ID", LI))
    (group,) = answer["data"]["reg_records"]
    assert (group["@type"], group["group_size"], group["group_type"]) == ("Group", 2, "household")
    assert group["place"]["address"].endswith("泼机村委会")
    assert [each["demographic_info"]["name"]["given_name"] for each in group["member_list"]] == ["李老四", "李小妹"]
    assert group["group_head_info"]["member_identifier"][0]["identifier_value"] == f"{LI}01"
    assert answer["pagination"]["total_count"] == 1


def test_a_household_is_found_by_the_identity_number_of_a_member_which_is_not_said_back(tax: Program) -> None:
    assert eighteen(NUMBER) == NUMBER
    answer = tax.send(AT_ONCE, message(by_id("UIN", NUMBER), by_id("UIN", NUMBER, response_entity="Member")))
    group, person = answer.json()["message"]["search_response"]
    assert groups(group) == [LI]
    assert person["data"]["reg_records"][0]["relationship_to_head"] == "head"
    assert NUMBER not in answer.content.decode()


def test_what_the_role_does_not_read_is_neither_answered_nor_asked_about(tax: Program) -> None:
    group, cause, health = search(
        tax,
        by_id("HOUSEHOLD_ID", LI),
        where(("main_cause", "eq", "illness")),
        where(("disability_grade", "eq", 2), response_entity="Member"),
    )
    text = json.dumps(group)
    for secret in ("illness", "is_disabled", "6222000011", "1390000", '"UIN"'):
        assert secret not in text
    for refused in (cause, health):
        assert refused["status_reason_code"] == "rjct.search_criteria.invalid"
        assert refused["status_reason_message"].startswith("You can ask about")
        assert "data" not in refused


def test_what_lies_outside_the_territory_is_not_found(tax: Program) -> None:
    own, theirs, place = search(
        tax, by_id("HOUSEHOLD_ID", LI), by_id("HOUSEHOLD_ID", BOBO), where(("location", "eq", WANGMU))
    )
    assert (len(groups(own)), groups(theirs), groups(place)) == (1, [], [])
    assert theirs["pagination"]["total_count"] == 0


def test_predicates_and_expressions_say_the_same(tax: Program) -> None:
    general = {"attribute_name": "household_kind", "operator": "eq", "attribute_value": "general"}
    small = {"attribute_name": "group_size", "operator": "lt", "attribute_value": "3"}
    with_either = [{"expression1": general, "condition": "or", "expression2": small}]
    expression = {"type": "ns:org:QueryType:expression", "value": {"expression": {
        "collection": "Group", "query": {"$or": [{"household_kind": {"$eq": "general"}}, {"group_size": {"$lt": 3}}]},
    }}}  # fmt: skip
    first, second, dated, several = search(
        tax,
        criteria("predicate", with_either),
        criteria("expression", expression),
        where(("monitoring_date", "ge", "2020-03-01"), ("location", "eq", "5306")),
        where(("household_kind", "in", ["unstable", "marginal"])),
    )
    assert groups(first) == groups(second) == [LI, ZHANG]
    assert groups(dated) == groups(several) == [LI, WU]


def test_answers_come_in_pages_in_the_order_asked_for(tax: Program) -> None:
    everyone = where(("location", "eq", POJI), sort=[{"attribute_name": "group_identifier", "sort_order": "desc"}])
    pages = search(tax, *({**everyone, "pagination": {"page_size": 2, "page_number": n}} for n in (1, 2, 3)))
    assert [groups(each) for each in pages] == [[ZHANG, WU], [LI], []]
    assert pages[0]["pagination"] == {"page_size": 2, "page_number": 1, "total_count": 3}


@pytest.mark.parametrize(("asked", "code"), [
    (by_id("PASSPORT", "1"), "rjct.search_criteria.invalid"),
    (by_id("HOUSEHOLD_ID", LI, authorize={}), "rjct.search_criteria.invalid"),
    (by_id("HOUSEHOLD_ID", LI, authorize={"text": "x" * 5000}), "rjct.search_criteria.invalid"),
    (by_id("HOUSEHOLD_ID", LI, reg_record_type="spdci:Farmer"), "rjct.search_criteria.invalid"),
    (where(("poverty_score", "lt", 5)), "rjct.search_criteria.invalid"),
    (where(("group_size", "lt", "many")), "rjct.search_criteria.invalid"),
    (where(("group_size", "in", 5)), "rjct.search_criteria.invalid"),
    (where(("location", "gt", "53")), "rjct.search_criteria.invalid"),
    (where(("monitoring_date", "eq", "June")), "rjct.search_criteria.invalid"),
    (criteria("predicate", []), "rjct.search_criteria.invalid"),
    (criteria("expression", {"type": "x"}), "rjct.search_criteria.invalid"),
    (where(("location", "eq", "53"), pagination={"page_size": 0}), "rjct.pagination.invalid"),
    (where(("location", "eq", "53"), pagination={"page_size": -1}), "rjct.pagination.invalid"),
    (where(("location", "eq", "53"), pagination={"page_size": 10, "page_number": 0}), "rjct.pagination.invalid"),
    (where(("location", "eq", "53"), pagination={"page_size": 5000}), "rjct.pagination.invalid"),
    (where(("location", "eq", "53"), sort=[{"attribute_name": "main_cause"}]), "rjct.sort.invalid"),
])  # fmt: skip
def test_a_search_that_cannot_be_answered_is_rejected_with_its_code(
    tax: Program, asked: dict[str, Any], code: str
) -> None:
    rejected, good = search(tax, asked, by_id("HOUSEHOLD_ID", LI))
    assert (rejected["status"], rejected["status_reason_code"]) == ("rjct", code)
    assert rejected["status_reason_message"]
    assert good["status"] == "succ"


def test_too_many_records_are_asked_for_in_pages(tax: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("firmground.api.dci.criteria.LARGEST_PAGE", 2)
    (answer,) = search(tax, where(("location", "eq", "53")))
    assert answer["status_reason_code"] == "rjct.search.too_many_records_found"


def test_every_record_handed_out_is_in_the_trail_with_the_right_it_was_asked_by(
    tax: Program, village: SimpleNamespace
) -> None:
    search(tax, by_id("HOUSEHOLD_ID", LI), by_id("UIN", NUMBER, response_entity="Member"))
    with seeing(village.zhou.officer):
        (entry,) = history(Household, household(LI).pk).filter(verb="api.search")
        trail = str(list(Entry.objects.filter(verb__startswith="api.").values()))
    assert entry.officer == village.tax.officer_id
    assert entry.after["authorize"]["purpose"]["code"] == "TAX-7"
    assert NUMBER not in trail


@pytest.mark.parametrize(("header", "code"), [
    ({"version": "9.0.0"}, "rjct.version.invalid"), ({"total_count": 7}, "rjct.total_count.invalid"),
])  # fmt: skip
def test_a_message_that_does_not_fit_is_rejected_whole(tax: Program, header: dict[str, Any], code: str) -> None:
    said = fits(published.ON_SEARCH, tax.send(AT_ONCE, message(by_id("HOUSEHOLD_ID", LI), **header)).json())
    assert (said["header"]["status"], said["header"]["status_reason_code"]) == ("rjct", code)
    assert said["message"]["search_response"] == []


def test_a_message_is_answered_once(tax: Program) -> None:
    same = message(by_id("HOUSEHOLD_ID", LI))
    assert tax.send(AT_ONCE, same).json()["header"]["status"] == "succ"
    assert tax.send(AT_ONCE, same).json()["header"]["status_reason_code"] == "rjct.message_id.duplicate"
    many = message(*[by_id("HOUSEHOLD_ID", LI)] * 11)
    assert tax.send(AT_ONCE, many).json()["header"]["status_reason_code"] == "rjct.total_count.limit_exceeded"


@pytest.mark.parametrize("name", ["zhou", "han", "auditor_zhao", "admin_lin"])
def test_only_systems_are_answered(ask: Ask, name: str) -> None:
    answer = ask(name).send(AT_ONCE, message(by_id("HOUSEHOLD_ID", LI), sender_id=name))
    assert answer.status_code == 403
    assert fits(published.HTTP_ERROR, answer.json())["errors"][0]["code"] == "err.request.forbidden"


@pytest.mark.parametrize(("header", "status", "code"), [
    ({"sender_id": "other.example.org"}, 403, "err.sender_id.invalid"),
    ({"is_msg_encrypted": True}, 400, "err.encryption.invalid"),
])  # fmt: skip
def test_a_message_of_somebody_else_or_encrypted_is_not_taken(
    tax: Program, header: dict[str, Any], status: int, code: str
) -> None:
    answer = tax.send(AT_ONCE, message(by_id("HOUSEHOLD_ID", LI), **header))
    assert answer.status_code == status
    assert fits(published.HTTP_ERROR, answer.json())["errors"][0]["code"] == code


@pytest.mark.parametrize("path", [AT_ONCE, LATER, STATUS])
def test_without_a_token_or_without_a_message_nothing_is_taken(tax: Program, path: str) -> None:
    stranger = Client(headers={"accept-language": "en"}).post(path, "{}", content_type="application/json")
    assert stranger.status_code == 401
    assert fits(published.HTTP_ERROR, stranger.json())["errors"][0]["code"] == "err.request.unauthorized"
    for said in ({"header": message(by_id("UIN", NUMBER))["header"]}, {}, [], {"header": {}, "message": {}}):
        answer = tax.send(path, said)
        assert answer.status_code == 400
        assert fits(published.HTTP_ERROR, answer.json())["errors"][0]["code"] == "err.request.bad"


# With a callback


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch, settings: Any) -> list[tuple[str, Any]]:
    """What was sent to callbacks, which the installation allows under the tax office's address."""
    settings.REGISTRY_CALLBACKS = ["https://tax.example.org/registry/"]
    posted: list[tuple[str, Any]] = []

    def post(address: str, json: Any, **options: Any) -> Any:
        assert options["allow_redirects"] is False
        posted.append((address, json))
        return SimpleNamespace(status_code=200)

    monkeypatch.setattr(requests, "post", post)
    return posted


def test_a_search_with_a_callback_is_acknowledged_queued_and_answered_there(
    tax: Program, sent: list[tuple[str, Any]]
) -> None:
    asked = message(by_id("HOUSEHOLD_ID", LI))
    said = fits(published.ACKNOWLEDGEMENT, tax.send(LATER, asked).json())["message"]
    assert said["ack_status"] == "ACK"
    assert ProcrastinateJob.objects.filter(task_name="api.deliver").count() == 1
    with seeing(EVERYWHERE):
        waiting = Search.objects.get(correlation_id=said["correlation_id"])
    assert status_of(tax, asked)[0]["status"] == "pdng"
    tasks.send_answer(waiting)
    ((address, answer),) = sent
    assert address == CALLBACK
    assert groups(fits(published.ON_SEARCH, answer)["message"]["search_response"][0]) == [LI]
    assert answer["message"]["correlation_id"] == said["correlation_id"]
    with seeing(EVERYWHERE):
        done = Search.objects.get(pk=waiting.pk)
    assert (done.asked, done.status) == (None, "succ")
    tasks.send_answer(done)
    assert len(sent) == 1


def question_about(asked: dict[str, Any]) -> dict[str, Any]:
    return {
        "header": {**asked["header"], "action": "txn-status", "message_id": f"s{next(counter)}"},
        "message": {
            "transaction_id": "t",
            "txnstatus_request": {
                "reference_id": "r", "txn_type": "search", "attribute_type": "transaction_id",
                "attribute_value": asked["message"]["transaction_id"],
            },
        },
    }  # fmt: skip


def status_of(tax: Program, asked: dict[str, Any]) -> Any:
    said = fits(published.ON_STATUS, tax.send(STATUS, question_about(asked)).json())
    return said["message"]["txnstatus_response"]["txn_status"]["search_response"]


def test_the_status_of_a_search_says_what_became_of_it_and_no_records(tax: Program) -> None:
    asked = message(by_id("HOUSEHOLD_ID", LI), by_id("PASSPORT", "1"))
    tax.send(AT_ONCE, asked)
    answers = status_of(tax, asked)
    assert [each["status"] for each in answers] == ["succ", "rjct"]
    assert LI not in json.dumps(answers)


def test_the_status_of_somebody_elses_search_is_not_found(tax: Program) -> None:
    asked = message(by_id("HOUSEHOLD_ID", LI))
    with pytest.raises(Exception, match="required"):
        status_of(tax, asked)


def test_the_status_with_a_callback_is_acknowledged_queued_and_answered_there(
    tax: Program, sent: list[tuple[str, Any]], village: SimpleNamespace
) -> None:
    asked = message(by_id("HOUSEHOLD_ID", LI))
    assert fits(published.ACKNOWLEDGEMENT, tax.send(STATUS_LATER, question_about(asked)).json())["message"][
        "error"
    ]["code"] == "err.request.not_found"  # fmt: skip
    tax.send(AT_ONCE, asked)
    said = fits(published.ACKNOWLEDGEMENT, tax.send(STATUS_LATER, question_about(asked)).json())["message"]
    assert said["ack_status"] == "ACK"
    job = ProcrastinateJob.objects.get(task_name="api.deliver_status")
    tasks.send_status(**job.args)
    ((address, answer),) = sent
    assert address == CALLBACK
    answer = fits(published.ON_STATUS, answer)["message"]
    assert answer["correlation_id"] == said["correlation_id"]
    assert [each["status"] for each in answer["txnstatus_response"]["txn_status"]["search_response"]] == ["succ"]
    elsewhere = question_about(asked)
    elsewhere["header"]["sender_uri"] = "https://evil.example.org/registry/on-status"
    assert tax.send(STATUS_LATER, elsewhere).json()["message"]["error"]["code"] == "err.sender_uri.invalid"
    officers.lock(officer=village.tax.officer, because="the agreement ended", by=village.root)
    tasks.send_status(**job.args)
    assert len(sent) == 1, "who was locked is told nothing"


@pytest.mark.parametrize("address", [
    "https://evil.example.org/registry/on-search", "http://tax.example.org/registry/on-search",
    "https://tax.example.org/other", "https://tax.example.org/registry/../admin", "https://tax.example.org:8443/registry/",
    "https://tax.example.org@evil.example.org/registry/", "https://tax.example.org/registryx", "not an address",
    "https://tax.example.org/registry/%2e%2e/admin", "https://[/registry",
])  # fmt: skip
def test_an_answer_goes_to_no_address_that_is_not_allowed(
    tax: Program, sent: list[tuple[str, Any]], address: str
) -> None:
    asked = message(by_id("HOUSEHOLD_ID", LI))
    asked["header"]["sender_uri"] = address
    said = fits(published.ACKNOWLEDGEMENT, tax.send(LATER, asked).json())["message"]
    assert (said["ack_status"], said["error"]["code"]) == ("ERR", "err.sender_uri.invalid")
    assert not ProcrastinateJob.objects.filter(task_name="api.deliver").exists()


def test_an_answer_that_is_not_taken_waits_to_be_sent_again(
    tax: Program, sent: list[tuple[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    tax.send(LATER, message(by_id("HOUSEHOLD_ID", LI)))
    monkeypatch.setattr(requests, "post", lambda *_, **__: SimpleNamespace(status_code=302))
    with seeing(EVERYWHERE):
        waiting = Search.objects.get()
    with pytest.raises(requests.RequestException):
        tasks.send_answer(waiting)
    with seeing(EVERYWHERE):
        assert Search.objects.get().asked is not None


def test_what_could_not_be_answered_for_a_week_is_forgotten(tax: Program, sent: list[tuple[str, Any]]) -> None:
    tax.send(LATER, message(by_id("UIN", NUMBER)))
    with seeing(EVERYWHERE):
        assert actions.forget(by=machine()) == 0
        with time_machine.travel(timezone.now() + timedelta(days=8)):
            assert actions.forget(by=machine()) == 1
        assert (Search.objects.get().asked, Search.objects.get().status) == (None, "rjct")
        tasks.send_answer(Search.objects.get())
    assert sent == []


def test_a_system_that_was_locked_meanwhile_is_not_answered(
    tax: Program, sent: list[tuple[str, Any]], village: SimpleNamespace
) -> None:
    tax.send(LATER, message(by_id("HOUSEHOLD_ID", LI)))
    officers.lock(officer=village.tax.officer, because="a contract ended", by=village.admin_lin)
    with seeing(EVERYWHERE):
        waiting = Search.objects.select_related("office__officer").get()
    with pytest.raises(Refusal, match="locked"):
        tasks.send_answer(waiting)
    assert sent == []


def test_nothing_is_allowed_where_nothing_is_configured(settings: Any) -> None:
    settings.REGISTRY_CALLBACKS = []
    assert not callbacks.allowed(CALLBACK)


# With signatures


@pytest.fixture
def keys(tmp_path: Path, settings: Any) -> SimpleNamespace:
    theirs, ours = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
    folder = tmp_path / "keys"
    folder.mkdir()
    public = theirs.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    (folder / f"{SYSTEM}.pem").write_bytes(public)
    (folder / "ours.pem").write_bytes(ours.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    settings.REGISTRY_KEYS = str(folder)
    return SimpleNamespace(theirs=theirs, ours=ours)


def sign(key: Ed25519PrivateKey, said: dict[str, Any], created: int, expires: int) -> dict[str, Any]:
    made = base64.b64encode(key.sign(signatures._signed(created, expires, said))).decode()
    parts = f'kidId="{SYSTEM}|1|ed25519", created="{created}", expires="{expires}", signature="{made}"'
    return {**said, "signature": f'Signature: namespace="dci", algorithm="ed25519", {parts}'}


def test_a_sender_whose_key_is_known_has_to_sign_and_our_answer_is_signed(tax: Program, keys: SimpleNamespace) -> None:
    now = int(datetime.now(UTC).timestamp())
    unsigned = tax.send(AT_ONCE, message(by_id("HOUSEHOLD_ID", LI)))
    assert (unsigned.status_code, unsigned.json()["errors"][0]["code"]) == (401, "err.signature.missing")
    signed = sign(keys.theirs, message(by_id("HOUSEHOLD_ID", LI)), now, now + 60)
    answer = tax.send(AT_ONCE, signed)
    assert answer.status_code == 200
    said = dict(signatures.PART.findall(answer.json()["signature"]))
    content = signatures._signed(int(said["created"]), int(said["expires"]), answer.json())
    (key,) = Client().get("/.well-known/jwks.json").json()["keys"]
    assert (key["kty"], key["crv"], key["kid"]) == ("OKP", "Ed25519", said["kidId"].split("|")[1])
    public = Ed25519PublicKey.from_public_bytes(base64.urlsafe_b64decode(key["x"] + "="))
    public.verify(base64.b64decode(said["signature"]), content)


@pytest.mark.parametrize("slip", ["changed", "expired", "from the future", "another key", "no signature"])
def test_a_signature_that_does_not_fit_is_refused(tax: Program, keys: SimpleNamespace, slip: str) -> None:
    now = int(datetime.now(UTC).timestamp())
    key = Ed25519PrivateKey.generate() if slip == "another key" else keys.theirs
    created = {"expired": now - 600, "from the future": now + 3600}.get(slip, now)
    said = sign(key, message(by_id("HOUSEHOLD_ID", LI)), created, created + 60)
    if slip == "changed":
        said["message"]["search_request"][0]["search_criteria"]["query"]["value"] = WU
    if slip == "no signature":
        said["signature"] = "unsigned-stub"
    answer = tax.send(AT_ONCE, said)
    assert answer.status_code == 401
    assert answer.json()["errors"][0]["code"].startswith("err.signature.")
