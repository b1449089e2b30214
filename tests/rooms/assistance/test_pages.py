"""The pages of assistance: a plan, the list of a department, one measure, and the card."""

import csv
import io
from datetime import timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from firmground.assistance.models import Measure
from firmground.officers.territory import EVERYWHERE, seeing
from firmground.teams import actions as teams
from tests.cast import sign_in
from tests.rooms.assistance.test_measures import give, promise
from tests.villages import LI, WU, household

TODAY = timezone.localdate()
MOST_QUERIES = 25


def as_(office: Any, language: str = "en") -> Client:
    return sign_in(Client(headers={"accept-language": language}), office)


def shown(answer: Any) -> str:
    assert answer.status_code == 200, answer.content.decode()
    return str(answer.content.decode())


def test_the_plan_says_what_is_missing_and_why(village: SimpleNamespace) -> None:
    page = shown(as_(village.tang).get(f"/households/{LI}/assistance/"))
    assert "Nothing is promised against the risk “illness”." in page
    assert "Somebody in the household can work: at least one measure must help it earn." in page
    assert "late: 6 months were allowed" in page
    assert "Rule 3_11_003" in page
    assert "?measure=health&amp;risk=illness#promise" in page
    chinese = shown(as_(village.tang, "zh").get(f"/households/{LI}/assistance/"))
    assert "对“因病”风险尚无措施。" in chinese
    assert "健康帮扶" in chinese


def test_a_proposal_becomes_a_promise(village: SimpleNamespace) -> None:
    township = as_(village.tang)
    form = shown(township.get(f"/households/{LI}/assistance/?measure=health&risk=illness"))
    assert '<option value="health" selected>' in form
    assert '<option value="illness" selected>' in form
    said = {"measure": "health", "risk": "illness", "item": "rides to hospital", "due_on": TODAY, "amount": "300"}
    assert township.post(f"/households/{LI}/assistance/", said).status_code == 302
    with seeing(EVERYWHERE):
        row = Measure.objects.get()
    assert (row.amount, row.promised_by, row.department) == (Decimal("300"), village.tang, "health")
    assert "Nothing is promised against the risk “illness”." not in shown(township.get(f"/households/{LI}/assistance/"))


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ({"due_on": "soon"}, "Enter a valid date"),
        ({"due_on": ""}, "Say by when it will be given, or when it was given."),
        ({"measure": "industry"}, "does not answer that risk"),
        ({"amount": "a lot"}, "Enter a number"),
        ({"due_on": "2020-01-01"}, "is past"),
    ],
)
def test_a_slip_keeps_what_was_typed(village: SimpleNamespace, said: dict[str, str], sentence: str) -> None:
    whole = {"measure": "health", "risk": "illness", "item": "rides to hospital", "due_on": TODAY} | said
    answer = as_(village.tang).post(f"/households/{LI}/assistance/", whole)
    assert answer.status_code == 400
    assert sentence in answer.content.decode()
    assert 'value="rides to hospital"' in answer.content.decode()
    with seeing(EVERYWHERE):
        assert not Measure.objects.exists()


def test_a_village_worker_records_help_given_but_promises_nothing(village: SimpleNamespace) -> None:
    worker = as_(village.mei)
    assert 'name="due_on"' not in shown(worker.get(f"/households/{LI}/assistance/"))
    said = {"measure": "society", "item": "coal", "given_on": TODAY}
    assert worker.post(f"/households/{LI}/assistance/", said).status_code == 302
    with seeing(EVERYWHERE):
        assert Measure.objects.get().given_by == village.mei


def test_whoever_may_not_is_told_so(village: SimpleNamespace) -> None:
    auditor = as_(village.auditor_zhao)
    assert "Record</button>" not in shown(auditor.get(f"/households/{LI}/assistance/"))
    assert auditor.post(f"/households/{LI}/assistance/", {"measure": "health"}).status_code == 400


def test_a_department_sees_its_own_promises_late_ones_first(village: SimpleNamespace) -> None:
    late = promise(village.tang)
    promise(village.tang, WU, measure="industry", item="hens", risk="", due_on=TODAY)
    with seeing(EVERYWHERE), _acting(village):
        Measure.objects.filter(pk=late.pk).update(
            promised_on=TODAY - timedelta(days=9), due_on=TODAY - timedelta(days=3)
        )
    page = shown(as_(village.doctor_wu).get("/assistance/"))
    assert "1 measure is late" in page
    assert "3 days late" in page
    assert "hens" not in page
    township = shown(as_(village.tang).get("/assistance/"))
    assert township.index("rides to the county hospital") < township.index("hens")
    assert "hens" not in shown(as_(village.tang).get("/assistance/?state=late"))
    assert "hens" in shown(as_(village.tang).get("/assistance/?q=吴"))
    assert "rides" not in shown(as_(village.tang).get("/assistance/?q=吴"))


@pytest.mark.parametrize("query", ["state=soon", "measure=luck", "department=moon", "place=12345", "sort=price"])
def test_a_filter_that_is_not_understood_is_refused(village: SimpleNamespace, query: str) -> None:
    assert as_(village.tang).get(f"/assistance/?{query}").status_code == 400


def test_an_export_runs_nothing(village: SimpleNamespace) -> None:
    promise(village.tang, item="=HYPERLINK(1)")
    answer = as_(village.tang).get("/assistance/?export=csv")
    (row,) = csv.DictReader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig")))  # type: ignore[arg-type]
    assert row["item"] == "'=HYPERLINK(1)"


def test_one_measure_from_the_promise_to_the_effect(village: SimpleNamespace) -> None:
    measure = promise(village.tang)
    address = f"/assistance/{measure.pk}/"
    doctor = as_(village.doctor_wu)
    assert doctor.post(address, {"do": "give", "give-given_on": TODAY}).status_code == 302
    assert "You gave this, so somebody else says whether it helped." in shown(doctor.get(address))
    assert doctor.post(address, {"do": "effect", "effect-effect": "solved"}).status_code == 400
    mei = as_(village.mei)
    assert mei.post(address, {"do": "effect", "effect-effect": "eased"}).status_code == 302
    page = shown(mei.get(address))
    for words in ("Eased it", "Officer Mei", "Doctor Wu", "Officer Tang", "effect recorded"):
        assert words in page
    assert mei.post(address, {"do": "burn"}).status_code == 404


def test_the_next_county_finds_nothing(village: SimpleNamespace) -> None:
    measure = promise(village.tang)
    stranger = as_(village.peng)
    for address in (
        f"/households/{LI}/assistance/", f"/households/{LI}/card/", f"/assistance/{measure.pk}/",
    ):  # fmt: skip
        assert stranger.get(address).status_code == 404, address
    assert stranger.post(f"/assistance/{measure.pk}/", {"do": "cancel", "cancel-why": "x"}).status_code == 404
    assert "rides" not in shown(stranger.get("/assistance/?department=all"))
    answer = stranger.get("/assistance/?export=csv")
    assert len(b"".join(answer.streaming_content).decode().splitlines()) == 1  # type: ignore[arg-type]


def test_a_wrong_record_is_put_right_or_taken_back_and_stays_struck_through(village: SimpleNamespace) -> None:
    measure = give(promise(village.tang, amount=Decimal("5000")), village.doctor_wu)
    client, address = as_(village.tang), f"/assistance/{measure.pk}/"
    said = {"do": "correct", "correct-household": "000000000000", "correct-why": "a nought too many"}
    assert "There is no household 000000000000" in client.post(address, said).content.decode()
    answer = client.post(address, {**said, "correct-household": "", "correct-amount": "500"})
    right = answer.headers["Location"]
    assert right != address
    assert "<del><a" in shown(client.get(right))
    page = shown(client.get(address))
    assert "<h1><del>" in page
    assert "a nought too many" in page
    assert "It was never given" not in page
    assert client.post(right, {"do": "take_back", "take_back-why": "the neighbour's"}).status_code == 302
    for where in (f"/households/{LI}/assistance/", right, "/assistance/?state=cancelled"):
        assert f"<del>given {TODAY}</del> taken back {TODAY}" in shown(client.get(where))
    assert "No measure fits" in shown(client.get("/assistance/?state=given"))
    assert "rides" not in text_of(client.get(f"/households/{LI}/card/"))


def test_pages_do_not_ask_the_database_once_for_each_row(village: SimpleNamespace) -> None:
    for number in range(12):
        measure = promise(village.tang, item=f"hens {number}", measure="industry", risk="")
        if number == 0:
            give(measure, village.tang)
    for address in (f"/households/{LI}/assistance/", "/assistance/", f"/assistance/{measure.pk}/"):
        client = as_(village.tang)
        with CaptureQueriesContext(connection) as asked:
            shown(client.get(address))
        told = [query for query in asked if "set_config" not in query["sql"] and "SAVEPOINT" not in query["sql"]]
        assert len(told) <= MOST_QUERIES, f"{address}: {len(told)}"


def test_everybody_may_read_which_help_there_is(db: None) -> None:
    page = shown(Client(headers={"accept-language": "en"}).get("/public/assistance/"))
    assert "telephone 12317" in page
    assert "health office, medical insurance office" in page


def test_the_card_says_whom_to_call_and_nothing_that_others_should_not_read(village: SimpleNamespace) -> None:
    with seeing(village.tang.reach):
        teams.assign_helper(household=household(LI), officer=village.mei.officer, by=village.tang)
    promise(village.tang, measure="industry", item="six piglets", risk="", amount=Decimal("1800"))
    give(promise(village.tang, item="thyroid operation"), village.doctor_wu)
    text = text_of(as_(village.tang).get(f"/households/{LI}/card/"))
    for words in ("李老四", "Officer Mei", "six piglets", "1,800.00", "12317", "help with health", "健康帮扶", "泼机"):
        assert words in text
    for secret in ("thyroid", "13900000001", "illness", "因病"):
        assert secret not in text


def test_a_card_of_a_household_without_help_says_so(village: SimpleNamespace) -> None:
    text = text_of(as_(village.tang).get(f"/households/{WU}/card/"))
    assert "Nothing has been promised yet." in text
    assert "尚未指定" in text


def text_of(answer: Any) -> str:
    """The words of a PDF, each line without its spaces lost."""
    import pypdfium2

    assert answer.status_code == 200
    assert answer["Content-Type"] == "application/pdf"
    document = pypdfium2.PdfDocument(answer.content)
    assert len(document) == 2, "a page for each language"
    return "\n".join(page.get_textpage().get_text_range() for page in document)


def _acting(village: SimpleNamespace) -> Any:
    from firmground.common.audit.trail import acting

    by = village.root
    return acting(officer=by.officer_id, office=by.pk, role=by.role, verb="tests")
