"""Desks, case files, steps, bulk decisions and applications, as Mei (village), Tang (township), Zhou (county) see them.

Bao works in another county; Auditor Zhao may look everywhere.
"""

from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from firmground.cases import subjects
from firmground.cases.models import Application, Attachment, Case, Move
from firmground.common.audit.models import Entry
from firmground.officers.territory import EVERYWHERE, seeing
from tests.cast import sign_in
from tests.rooms.cases.conftest import opened, take
from tests.villages import LI, POJI, WU, ZHANG

VISIT = {
    "home_check-visited_on": "2020-07-04", "home_check-visitors": "Mei, Wang", "home_check-income_per_head": "2600",
    "home_check-rigid_spending": "5000", "home_check-dwelling_safe": "true", "home_check-water_safe": "true",
    "home_check-members_insured": "true", "home_check-risks": ["disaster", "illness"],
    "authorisation-signed_by": "Zhang", "authorisation-signed_on": "2020-07-04", "tick-two_visitors": "yes",
}  # fmt: skip


@pytest.fixture
def at(village: SimpleNamespace) -> Callable[[str], Client]:
    """at("mei"): a browser in which Mei has signed in."""
    return lambda name: sign_in(Client(headers={"accept-language": "en"}), getattr(village, name))


@pytest.fixture
def visited(village: SimpleNamespace) -> Case:
    """Zhang's case, waiting for Mei to check at home."""
    return take(opened(village.mei), "clue", "to_be_checked", village.mei)


def says(response: HttpResponse, *words: str) -> None:
    text = response.content.decode()
    for word in words:
        assert word in text, word


# Desks ----------------------------------------------------------------------------------------------------------------


def test_a_desk_shows_what_is_mine_late_first_and_what_waits_for_others(village: SimpleNamespace, at: Any) -> None:
    with time_machine.travel(timezone.now() - timedelta(days=9)):
        late = opened(village.mei)
    fresh = take(opened(village.mei, household=LI), "clue", "to_be_checked", village.mei)
    page = at("mei").get("/desk/")
    says(page, "1 case is late", "late by 7 days", "张三", "李老四")
    assert page.content.index(f"/cases/{late.pk}/".encode()) < page.content.index(f"/cases/{fresh.pk}/".encode())
    waiting = at("zhou").get("/desk/?part=waiting")
    says(waiting, "village worker", "Officer Mei", "2 cases")
    says(at("zhou").get("/desk/"), "Nothing waits for you")
    says(at("bao").get("/desk/?part=waiting"), "No open case of your places")


def test_a_desk_finds_a_case_by_its_number_its_household_or_the_head(
    village: SimpleNamespace, visited: Case, at: Any
) -> None:
    opened(village.mei, household=LI)
    for sought in (visited.pk, ZHANG, "张三"):
        page = at("mei").get("/desk/", {"q": sought})
        says(page, "1 case<")
        assert page.context["lines"][0].case == visited
    assert at("mei").get("/desk/", {"q": "53062719800101001X"}).status_code == 400
    says(at("mei").get("/desk/?at=county_decision"), "Nothing matches")
    assert at("mei").get("/desk/?at=nowhere").status_code == 400


def test_what_my_office_finished_stays_on_the_desk_for_a_month(village: SimpleNamespace, at: Any) -> None:
    case = take(opened(village.mei), "clue", "not_for_us", village.mei, why="moved away")
    says(at("mei").get("/desk/?part=finished"), f"/cases/{case.pk}/")
    says(at("tang").get("/desk/?part=finished"), "No case in which your office took a step")


# One case -------------------------------------------------------------------------------------------------------------


def test_a_case_says_what_can_be_done_by_whom_and_what_is_still_missing(visited: Case, at: Any) -> None:
    mine = at("mei").get(f"/cases/{visited.pk}/")
    says(
        mine,
        f"/cases/{visited.pk}/home_check/risk_found/",
        "Record of the visit",
        "two visitors",
        "a talk",
        "Officer Mei",
    )
    hers = at("zhou").get(f"/cases/{visited.pk}/")
    says(hers, "is taken by village worker, not by county")
    assert f"/cases/{visited.pk}/home_check/risk_found/".encode() not in hers.content
    assert at("bao").get(f"/cases/{visited.pk}/").status_code == 404


def test_a_step_is_taken_with_its_form_and_its_confirmation(visited: Case, at: Any) -> None:
    address = f"/cases/{visited.pk}/home_check/risk_found/"
    says(at("mei").get(address), "Record of the visit", "authorisation", "two visitors", 'name="after" value="1"')
    assert at("mei").post(address, {**VISIT, "after": "1"}).status_code == 302
    with seeing(EVERYWHERE):
        move = Move.objects.get(case=visited, step="home_check")
        assert move.answers["home_check"]["risks"] == ["disaster", "illness"]
        assert move.answers["authorisation"]["signed_by"] == "Zhang"
        assert Case.objects.get(pk=visited.pk).at == "data_comparison"


def test_everything_wrong_is_told_at_once_and_what_was_typed_is_kept(visited: Case, at: Any) -> None:
    typed = {
        **VISIT,
        "home_check-income_per_head": "much",
        "tick-two_visitors": "",
        "home_check-visitors": "Mei & Wang",
    }
    page = at("mei").post(f"/cases/{visited.pk}/home_check/risk_found/", {**typed, "after": "1"})
    assert page.status_code == 400
    says(
        page,
        "There is a problem",
        "Confirm: two visitors",
        "#id_home_check-income_per_head",
        "Enter a number",
        "Mei &amp; Wang",
    )
    with seeing(EVERYWHERE):
        assert Move.objects.filter(case=visited).count() == 1
        assert Entry.objects.filter(kind=Entry.Kind.REFUSED, verb="cases.take").exists()


def test_a_step_sent_twice_is_taken_once_and_the_second_is_shown_the_first(visited: Case, at: Any) -> None:
    address = f"/cases/{visited.pk}/home_check/risk_found/"
    for _ in range(2):
        answer = at("mei").post(address, {**VISIT, "after": "1"})
        assert (answer.status_code, answer["Location"]) == (302, f"/cases/{visited.pk}/")
    with seeing(EVERYWHERE):
        assert Move.objects.filter(case=visited).count() == 2


def test_who_comes_second_is_told_and_reads_what_they_typed(village: SimpleNamespace, at: Any) -> None:
    case = opened(village.mei)
    take(case, "clue", "to_be_checked", village.mei)
    page = at("tang").post(f"/cases/{case.pk}/clue/to_be_checked/", {"after": "0", "why": "seen at the market"})
    assert page.status_code == 409
    says(page, "Somebody took a step in this case a moment ago", "seen at the market")


def test_a_step_that_is_not_declared_there_is_refused_with_a_sentence(visited: Case, at: Any) -> None:
    page = at("mei").get(f"/cases/{visited.pk}/county_decision/approved/")
    assert page.status_code == 409
    says(page, "cannot be taken now")
    says(at("mei").get(f"/cases/{visited.pk}/no_such/thing/"), "has no step")
    posted = at("mei").post(f"/cases/{visited.pk}/home_check/posted/", {"after": "1"})
    assert posted.status_code == 409
    says(posted, "publishes nothing")


def test_a_gate_that_is_not_met_is_shown_with_its_numbers(village: SimpleNamespace, at: Any) -> None:
    case = opened(village.tang, procedure="exit", channel="visit", household=LI)
    page = at("mei").get(f"/cases/{case.pk}/village_evaluation/proposed/")
    says(page, "missing", "What must hold")


def test_sensitive_answers_are_for_those_who_work_with_the_household(visited: Case, at: Any) -> None:
    at("mei").post(f"/cases/{visited.pk}/home_check/risk_found/", {**VISIT, "after": "1"})
    says(at("tang").get(f"/cases/{visited.pk}/"), "Rigid spending", "5000", "disaster")
    shown = at("auditor_zhao").get(f"/cases/{visited.pk}/")
    says(shown, "2600", "2 answers are not shown to your office")
    assert b"5000" not in shown.content


def test_a_file_is_handed_in_and_saved_never_shown_inside_a_page(village: SimpleNamespace, at: Any) -> None:
    seen = {"water_check": {"seen_on": "2020-07-04", "found": "dry", "fails": ["quantity"]}}
    case = take(opened(village.mei, "water"), "look", "confirmed", village.mei, answers=seen)
    address = f"/cases/{case.pk}/repair/done/"
    done = {"repair-seen_on": "2020-07-20", "repair-found": "a pipe", "after": "1"}
    html = SimpleUploadedFile("pipe.html", b"<script>alert(1)</script>")
    refused = at("tang").post(address, {**done, "file-evidence": html})
    assert refused.status_code == 400
    says(refused, "is not a photograph")
    photo = SimpleUploadedFile("管道.jpg", b"\xff\xd8\xff\xe0 a photograph")
    assert at("tang").post(address, {**done, "file-evidence": photo}).status_code == 302
    with seeing(EVERYWHERE):
        kept = Attachment.objects.get(move__case=case)
    fetched = at("tang").get(f"/cases/attachments/{kept.pk}/")
    assert fetched["Content-Disposition"].startswith("attachment")
    assert fetched["Content-Type"] == "image/jpeg"
    for stranger in ("bao", "auditor_zhao"):
        assert at(stranger).get(f"/cases/attachments/{kept.pk}/").status_code == 404


# Several at once ------------------------------------------------------------------------------------------------------


def test_a_decision_for_several_cases_shows_each_line_before_and_after(village: SimpleNamespace, at: Any) -> None:
    ready, other = opened(village.mei), opened(village.mei, household=LI)
    chosen = {"case": [ready.pk, other.pk], "move": "clue/not_for_us"}
    shown = at("tang").get("/cases/many/", chosen)
    says(shown, "张三", "李老四", "Decide 2 cases", "→ dismissed")
    unsaid = at("tang").post("/cases/many/", chosen)
    assert unsaid.status_code == 400
    says(unsaid, "Write the reason")
    take(other, "clue", "to_be_checked", village.mei)
    with seeing(EVERYWHERE):
        assert Move.objects.count() == 1
    mixed = at("tang").get("/cases/many/", chosen)
    assert mixed.status_code == 400
    says(mixed, "different steps")
    decided = at("tang").post("/cases/many/", {**chosen, "case": [ready.pk], "why": "lives in town"})
    says(decided, "1 of 1 cases was decided", "Decided")
    with seeing(EVERYWHERE):
        assert Case.objects.get(pk=ready.pk).at == "dismissed"


def test_a_line_that_may_not_be_decided_says_why(village: SimpleNamespace, at: Any) -> None:
    case = opened(village.mei)
    take(case, "clue", "to_be_checked", village.mei)
    with seeing(EVERYWHERE):
        told = at("mei").get("/cases/many/", {"case": [case.pk]})
    says(told, "Nothing can be decided here for several cases at once")
    assert at("bao").get("/cases/many/", {"case": [case.pk]}).status_code == 404
    assert at("mei").get("/cases/many/").status_code == 400


def test_three_lines_ask_the_database_no_more_than_a_page_may(village: SimpleNamespace, at: Any) -> None:
    none = {"visited_on": "2020-07-04", "visitors": "Tang, Wang", "income_per_head": "9000", "dwelling_safe": "true",
            "water_safe": "true", "members_insured": "true"}  # fmt: skip
    cases = []
    for household in (LI, WU, ZHANG):
        case = take(opened(village.tang, household=household), "clue", "to_be_checked", village.tang)
        cases.append(take(case, "home_check", "no_risk", village.mei, answers={"home_check": none},
                          attested=["two_visitors"]))  # fmt: skip
    address = "/cases/many/?move=no_risk_review/agreed&" + "&".join(f"case={case.pk}" for case in cases)
    browser = at("tang")
    browser.get("/desk/")
    with CaptureQueriesContext(connection) as asked:
        page = browser.get(address)
    says(page, "Decide 3 cases")
    assert len(asked) <= 25


# Opening, and applications --------------------------------------------------------------------------------------------


def test_a_case_is_opened_from_the_household_by_the_ways_of_the_office(at: Any, village: SimpleNamespace) -> None:
    says(at("mei").get("/cases/open/", {"about": "household", "subject": ZHANG}), "visit", "张三")
    sent = at("mei").post(
        "/cases/open/", {"about": "household", "subject": ZHANG, "way": "monitoring/visit", "why": "lost the job"}
    )
    with seeing(EVERYWHERE):
        case = Case.objects.get()
    assert (sent["Location"], case.why, case.channel) == (f"/cases/{case.pk}/", "lost the job", "visit")
    again = at("mei").post("/cases/open/", {"about": "household", "subject": ZHANG, "way": "monitoring/visit"})
    assert again.status_code == 400
    says(again, "is open for it already")
    stolen = at("mei").post("/cases/open/", {"about": "household", "subject": ZHANG, "way": "monitoring/screening"})
    says(stolen, "Choose a procedure")
    assert at("bao").get("/cases/open/", {"about": "household", "subject": ZHANG}).status_code == 404


SAID = {"name": "张三", "where": "泼机村", "text": "the flood took the pigs", "number": "", "contact": "13900000009"}


def test_a_household_applies_without_signing_in_and_reads_what_became_of_it(village: SimpleNamespace, at: Any) -> None:
    sent = Client().post("/public/apply/", SAID)
    assert sent.status_code == 302
    receipt = sent["Location"]
    says(Client(headers={"accept-language": "en"}).get(receipt), "Received. The township looks at it by")
    with seeing(EVERYWHERE):
        made = Application.objects.get()
    assert (made.place_code, made.due_on - made.received_on) == (POJI, timedelta(days=2))
    says(at("tang").get("/desk/"), f"/cases/applications/{made.pk}/")
    page = at("tang").get(f"/cases/applications/{made.pk}/")
    says(page, "the flood took the pigs", "13900000009", ZHANG)
    taken = at("tang").post(f"/cases/applications/{made.pk}/", {"household": ZHANG, "procedure": "monitoring"})
    with seeing(EVERYWHERE):
        case = Case.objects.get()
    assert (taken["Location"], case.channel, case.opened_by) == (f"/cases/{case.pk}/", "application", village.tang)
    says(Client(headers={"accept-language": "en"}).get(receipt), "a case was opened")
    assert Client().get("/public/apply/nobodys-receipt/").status_code == 404
    assert at("shi").get(f"/cases/applications/{made.pk}/").status_code == 404


def test_an_application_that_opens_nothing_is_answered_with_the_reason(at: Any, village: SimpleNamespace) -> None:
    receipt = Client().post("/public/apply/", SAID)["Location"]
    with seeing(EVERYWHERE):
        number = Application.objects.get().pk
    empty = at("tang").post(f"/cases/applications/{number}/", {"answer": "yes", "text": " "})
    assert empty.status_code == 400
    at("tang").post(f"/cases/applications/{number}/", {"answer": "yes", "text": "The pigs came back."})
    says(Client(headers={"accept-language": "en"}).get(receipt), "No case was opened", "The pigs came back.")
    wrong = at("tang").post(f"/cases/applications/{number}/", {"household": WU, "procedure": "monitoring"})
    says(wrong, "Somebody took this application up")


def test_a_village_that_is_not_clear_is_asked_for_again_and_nothing_typed_is_lost(village: SimpleNamespace) -> None:
    asked = Client().post("/public/apply/", {**SAID, "where": "泼机镇"})
    assert asked.status_code == 400
    says(asked, "530627102202", "the flood took the pigs")
    assert Client().post("/public/apply/", {**SAID, "where": "泼机镇", "village": POJI}).status_code == 302
    assert Client().post("/public/apply/", {**SAID, "where": "Atlantis"}).status_code == 400
    assert Client().post("/public/apply/", {**SAID, "number": "53062719800101001X"}).status_code == 400
    with seeing(EVERYWHERE):
        assert Application.objects.count() == 1


def test_applications_are_limited_in_size_and_in_rate_and_run_as_nothing(at: Any, village: SimpleNamespace) -> None:
    assert Client().post("/public/apply/", {**SAID, "text": "x" * 70_000}).status_code == 413
    assert Client().post("/public/apply/", {**SAID, "website": "http://spam"}).status_code == 400
    for _ in range(5):
        assert Client().post("/public/apply/", {**SAID, "text": "<script>alert(1)</script>"}).status_code == 302
    assert Client().post("/public/apply/", SAID).status_code == 429
    with seeing(EVERYWHERE):
        number = Application.objects.first().pk  # type: ignore[union-attr]
    page = at("tang").get(f"/cases/applications/{number}/")
    assert b"<script>alert(1)" not in page.content


# Lists, today, and what it costs --------------------------------------------------------------------------------------


def test_the_list_is_taken_out_as_csv_by_those_who_may_and_the_trail_says_so(visited: Case, at: Any) -> None:
    page = at("zhou").get("/cases/", {"export": "csv"})
    text = b"".join(page.streaming_content).decode()
    assert f"{visited.pk},monitoring,household,{ZHANG}" in text
    with seeing(EVERYWHERE):
        assert Entry.objects.get(verb="cases.export").after == {"cases": 1, "chosen": {}}
    assert at("admin_lin").get("/cases/", {"export": "csv"}).status_code == 400
    other = at("peng").get("/cases/", {"export": "csv"})
    assert len(b"".join(other.streaming_content).decode().splitlines()) == 1


def test_today_lists_the_households_to_visit_before_what_else_waits(
    village: SimpleNamespace, visited: Case, at: Any
) -> None:
    clue = opened(village.mei, household=WU)
    page = at("mei").get("/today/")
    assert [line.case.pk for lines in page.context["visits"] for line in lines] == [visited.pk]
    assert [line.case.pk for lines in page.context["others"] for line in lines] == [clue.pk]
    says(page, "Not visited for too long", "李老四", "Never visited.")


def test_a_household_and_its_place_show_its_cases(visited: Case, at: Any) -> None:
    says(at("mei").get(f"/households/{ZHANG}/"), f"/cases/{visited.pk}/", "/cases/open/?about=household&amp;subject=")


PAGES = ["/desk/", "/desk/?part=waiting", "/desk/?part=finished", "/cases/", "/today/", "/public/apply/",
         f"/cases/open/?about=household&subject={LI}", f"/households/{LI}/", f"/places/{POJI}/", "/cases/{case}/",
         "/cases/{case}/clue/not_for_us/", "/cases/many/?{cases}&move=clue/not_for_us"]  # fmt: skip


@pytest.mark.parametrize("address", PAGES)
def test_a_page_asks_the_database_at_most_25_times_however_much_it_shows(
    village: SimpleNamespace, at: Any, address: str
) -> None:
    found = [opened(village.mei, household=household) for household in (LI, WU, ZHANG)]
    cases = "&".join(f"case={each.pk}" for each in found)
    browser = at("mei")
    browser.get("/desk/")
    with CaptureQueriesContext(connection) as asked:
        page = browser.get(address.format(case=found[0].pk, cases=cases))
    assert page.status_code == 200
    told = "\n".join(query["sql"][:150] for query in asked.captured_queries)
    assert len(asked) <= 25, f"{address}: {len(asked)}\n{told}"


def test_a_case_about_a_kind_that_is_known_no_more_stands_on_the_desk_and_says_so(
    visited: Case, at: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(subjects.KINDS, "household")
    for address in ("/desk/", f"/cases/{visited.pk}/"):
        page = at("mei").get(address)
        assert page.status_code == 200
        says(page, f"household {visited.subject_id}", "no longer a kind of subject that is known here")
    assert at("mei").get(f"/cases/{visited.pk}/home_check/risk_found/").status_code == 200
