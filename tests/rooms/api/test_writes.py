"""What programs do: the same actions as the pages, refused in the same sentences."""

import base64
import json
from collections.abc import Callable
from datetime import date
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client

from firmground.api import door
from firmground.cases import forms
from firmground.cases.models import Attachment, Case, Move
from firmground.common.audit.models import Entry
from firmground.notices import actions as notices
from firmground.notices.models import Contact, Objection
from firmground.officers.territory import EVERYWHERE, seeing
from tests.rooms.api.conftest import Program
from tests.villages import BOBO, POJI, ZHANG

Ask = Callable[[str], Program]
VISIT = {"procedure": "monitoring", "subject_id": ZHANG, "channel": "visit", "why": "a talk"}


def moves(program: Program, case: int, **said: Any) -> Any:
    return program.send(f"/api/v1/cases/{case}/moves", said)


def test_a_program_opens_a_case_and_is_told_what_can_be_done(ask: Ask, village: SimpleNamespace) -> None:
    made = ask("mei").send("/api/v1/cases", VISIT)
    assert made.status_code == 201
    said = made.json()
    assert (said["at"], said["subject_id"], said["moves"]) == ("clue", ZHANG, [])
    allowed = {each["outcome"]: each["allowed"] for each in said["choices"]}
    assert allowed == {"to_be_checked": True, "not_for_us": True, "all_died": False, "moved_away": False}
    with seeing(EVERYWHERE):
        assert Case.objects.get(pk=said["id"]).opened_by == village.mei


def test_it_takes_a_step_with_answers_and_a_file(ask: Ask) -> None:
    mei = ask("mei")
    case = mei.send("/api/v1/cases", VISIT).json()["id"]
    photo = base64.b64encode(b"\xff\xd8\xff\xe0 a photograph").decode()
    done = moves(mei, case, step="clue", outcome="to_be_checked", after=0,
                 files={"evidence": [{"name": "house.jpg", "content": photo}]})  # fmt: skip
    assert done.status_code == 201
    assert done.json()["at"] == "home_check"
    assert done.json()["moves"][0]["by"] == "village_worker"
    with seeing(EVERYWHERE):
        assert Attachment.objects.get().media_type == "image/jpeg"
    listed = mei.get("/api/v1/cases?mine=true").json()
    assert [each["id"] for each in listed] == [case]
    assert ask("tang").get(f"/api/v1/cases/{case}").json()["at"] == "home_check"


def test_wrong_answers_are_told_field_by_field_and_nothing_changes(ask: Ask) -> None:
    mei = ask("mei")
    case = mei.send("/api/v1/cases", VISIT).json()["id"]
    moves(mei, case, step="clue", outcome="to_be_checked", after=0)
    answers = {"home_check": {"visited_on": "2999-01-01", "visitors": "Mei, Tang"}}
    refused = moves(
        mei, case, step="home_check", outcome="no_risk", attested=["two_visitors"], answers=answers, after=1
    )
    assert refused.status_code == 422
    assert refused.json()["error"]["fields"]["answers.home_check.visited_on"] == ["This day has not come yet."]
    with seeing(EVERYWHERE):
        assert Move.objects.filter(case=case).count() == 1


def test_a_step_that_may_not_be_taken_is_a_conflict_with_a_sentence(ask: Ask, village: SimpleNamespace) -> None:
    mei = ask("mei")
    case = mei.send("/api/v1/cases", VISIT).json()["id"]
    refused = moves(ask("zhou"), case, step="clue", outcome="to_be_checked", after=0)
    assert refused.status_code == 409
    assert "not by county" in refused.json()["error"]["sentence"]
    with seeing(EVERYWHERE):
        assert Entry.objects.filter(kind="refused", verb="cases.take", officer=village.zhou.officer_id).exists()
    assert moves(mei, case, step="no_such", outcome="x", after=0).status_code == 409
    assert moves(mei, case, step="clue", outcome="to_be_checked", after=0).status_code == 201
    late = moves(ask("tang"), case, step="clue", outcome="to_be_checked", after=0)
    assert (late.status_code, "a moment ago" in late.json()["error"]["sentence"]) == (409, True)


def test_what_the_office_may_not_do_is_refused(ask: Ask) -> None:
    refused = ask("auditor_zhao").send("/api/v1/cases", VISIT)
    assert refused.status_code == 422
    assert "As Auditor you cannot do this" in refused.json()["error"]["sentence"]
    assert ask("mei").send("/api/v1/cases", {**VISIT, "subject_id": BOBO}).status_code == 422
    assert moves(ask("peng"), 1, step="clue", outcome="to_be_checked", after=0).status_code == 404


def test_sensitive_answers_are_left_out_for_those_who_do_not_read_them(ask: Ask, village: SimpleNamespace) -> None:
    with seeing(EVERYWHERE):
        case = Case.objects.get(pk=ask("mei").send("/api/v1/cases", VISIT).json()["id"])
        from firmground.common.audit.trail import acting

        with acting(officer=None, office=None, role="administrator", verb="tests"):
            Move.objects.create(
                case=case, position=1, step="clue", outcome="to_be_checked", place_code=POJI, office=village.mei,
                on=date.today(), shown=[],
                answers={"home_check": {"visitors": "Mei", "rigid_spending": "9000", "income_per_head": "4000"}},
                asked={"home_check": forms.text_of("home_check").digest},
            )  # fmt: skip
    read = {
        name: set(ask(name).get(f"/api/v1/cases/{case.pk}").json()["moves"][0]["answers"]["home_check"])
        for name in ("mei", "supervisor_qin", "admin_lin")
    }
    assert read["mei"] == {"visitors", "rigid_spending", "income_per_head"}
    assert read["supervisor_qin"] == {"visitors", "income_per_head"}
    assert read["admin_lin"] == {"visitors"}


@pytest.fixture
def notice(village: SimpleNamespace) -> int:
    with seeing(EVERYWHERE):
        return notices.post(
            kind="monitoring_candidates", place_code=POJI, on=date.today(), days=5, by=village.mei,
            rows=[{"head": "李老四", "group_name": "三组", "population": 4, "kind": "marginal",
                   "broad_risk": ["water"]}],
        ).pk  # fmt: skip


def test_anybody_reads_notices_and_objects_without_a_token(notice: int) -> None:
    anybody = Program(headers={"accept-language": "en"})
    (shown,) = anybody.get(f"/api/v1/notices?place={POJI}").json()
    assert (shown["id"], shown["standing"], shown["rows"][0]["head"]) == (notice, "hanging", "李老四")
    made = anybody.send(f"/api/v1/notices/{notice}/objections", {"text": "He has a shop.", "contact": "13900000009"})
    assert made.status_code == 201
    assert anybody.get(made.json()["address"]).status_code == 200
    with seeing(EVERYWHERE):
        assert Objection.objects.get().heard_by.officer.username == "firmground"
        assert Contact.objects.get().sender


def test_too_many_objections_from_one_address_are_not_taken(notice: int) -> None:
    anybody = Program(headers={"accept-language": "en"})
    answers = [anybody.send(f"/api/v1/notices/{notice}/objections", {"text": f"{n}"}).status_code for n in range(6)]
    assert answers == [201] * 5 + [429]


def test_an_officer_who_shows_a_token_writes_down_what_was_heard(ask: Ask, notice: int) -> None:
    assert ask("tang").send(f"/api/v1/notices/{notice}/objections", {"text": "Said at the well."}).status_code == 201
    with seeing(EVERYWHERE):
        assert Objection.objects.get().heard_by.officer.username == "tang"


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'"x"', b"\xff\xfe", b'{"procedure": NaN}', b"[" * 100_000,
                                  b'{"procedure": "a\\u0000b"}', b'{"procedure": "\\ud800"}'])  # fmt: skip
def test_a_body_that_is_no_json_of_ours_gives_a_sentence(ask: Ask, body: bytes) -> None:
    answer = ask("mei").post("/api/v1/cases", body, content_type="application/json")
    assert answer.status_code in (400, 422)
    assert answer.json()["error"]["sentence"]


def test_a_body_that_is_too_large_is_not_read(ask: Ask) -> None:
    body = json.dumps({**VISIT, "why": "x" * door.LARGEST})
    answer = ask("mei").post("/api/v1/cases", body, content_type="application/json")
    assert answer.status_code == 413


def test_a_file_that_is_not_base64_or_no_picture_is_refused(ask: Ask) -> None:
    mei = ask("mei")
    case = mei.send("/api/v1/cases", VISIT).json()["id"]
    for content in ("***", base64.b64encode(b"MZ a program").decode()):
        files = {"evidence": [{"name": "house.jpg", "content": content}]}
        assert moves(mei, case, step="clue", outcome="to_be_checked", after=0, files=files).status_code == 422
    with seeing(EVERYWHERE):
        assert not Move.objects.filter(case=case).exists()
    assert Client().get(f"/api/v1/cases/{case}").status_code == 401
