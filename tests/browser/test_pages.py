"""What pages cost, hide and refuse; asked without a browser."""

import csv
import io
import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import translation
from django.utils.html import escape

from firmground.findings.models import Finding, Screening
from firmground.officers.models import Office
from firmground.registry import declared
from firmground.registry.models import OPEN, Household, Member
from firmground.web.export import harmless
from tests.cast import sign_in

pytestmark = pytest.mark.slow

MOST_QUERIES = 25
ID_NUMBER = re.compile(r"(?<!\d)\d{17}[\dXx](?!\d)|(?<!\d)\d{15}(?!\d)")


@pytest.fixture
def client(registers: None) -> Client:
    return read_in("en")


def read_in(language: str) -> Client:
    """An officer of the nation, whose browser asks for a language."""
    office = Office.objects.select_related("officer").get(officer__username="han")
    return sign_in(Client(headers={"accept-language": language}), office)


def addresses() -> list[str]:
    of_households = Finding.objects.filter(closed_in=None, replaced_in=None, about="household")
    village = of_households.order_by("subject_id").first()
    assert village is not None
    code = village.place_code
    household = Household.objects.filter(OPEN, village_code=code).order_by("household_id").first()
    assert household is not None
    return [
        "/", "/places/", f"/places/{code[:2]}/", f"/places/{code[:6]}/", f"/places/{code[:9]}/", f"/places/{code}/",
        f"/households/{household.household_id}/", "/findings/", "/findings/?change=closed", "/standards/",
        f"/standards/{village.standard}/", f"/search/?q={household.head}", "/help/",
    ]  # fmt: skip


def test_no_page_asks_the_database_more_than_a_few_times(client):
    for address in addresses():
        with CaptureQueriesContext(
            connection,
        ) as asked:
            assert client.get(address).status_code == 200, address
        assert len(asked) <= MOST_QUERIES, f"{address}: {len(asked)} queries"


def test_no_page_shows_an_identity_number_a_telephone_or_an_account(client):
    member = Member.objects.filter(OPEN).exclude(id_number=None).order_by("member_id").first()
    assert member is not None
    household = Household.objects.get(OPEN, household_id=member.household_id)
    page = client.get(f"/households/{household.household_id}/").content.decode()
    assert member.id_number[:3] + "*" * 13 + member.id_number[-2:] in page
    for secret in (member.id_number, household.phone, household.bank_account):
        assert secret
        assert secret not in page
    for address in addresses():
        # Household and member numbers have 17 and 19 digits; an identity number has 15 or 18.
        assert not ID_NUMBER.search(client.get(address).content.decode()), address


def test_the_board_counts_the_households_that_the_findings_page_lists(client):
    board, listed = client.get("/").context, client.get("/findings/?verdict=not_met&task=5").context
    assert board["nation"].tasks[5].short == listed["households"] > 0
    shown = {
        row["standard"]
        for group in client.get("/standards/").context["groups"]
        if group["task"] == 5
        for row in group["rows"]
        if not row["held"]
    }
    of_task = Finding.objects.filter(closed_in=None, replaced_in=None, verdict="not_met", standard__in=shown)
    assert listed["page"].paginator.count == of_task.count()


def test_the_board_counts_every_household_of_the_registers(client):
    known = Household.objects.filter(OPEN, recorded_at__lte=Screening.objects.latest().known_at)
    assert client.get("/").context["nation"].households == known.count()


def test_a_filter_that_is_not_understood_is_refused_and_never_ignored(client):
    for query in ("verdict=perhaps", "standard=none_such", "place=12345", "change=soon", "sort=name;drop", "task=99"):
        page = client.get(f"/findings/?{query}")
        assert page.status_code == 400, query
        assert "not understood" in page.content.decode() or "no code of a place" in page.content.decode()


def test_what_does_not_exist_is_not_found(client):
    for address in ("/places/99/", "/places/450225999/", "/households/45022510000200000/", "/standards/none_such/"):
        page = client.get(address)
        assert page.status_code == 404, address
        assert "There is no such page" in page.content.decode()


@pytest.mark.parametrize(("language", "other"), [("en", "zh"), ("zh", "en")])
def test_a_standard_is_told_in_the_language_of_its_reader(registers, language, other):
    page = read_in(language).get("/standards/income_above_monitor_line/").content.decode()
    standard = declared.catalogue().standards["income_above_monitor_line"]
    rows = declared.catalogue().parameters["monitor_line"].values
    examples = [example.says for example in standard.examples]
    rule = {
        "en": "Net income per head of the last 12 months ≥ Monitoring line",
        "zh": "近12个月人均纯收入 ≥ 防返贫监测线",
    }
    for words in (rule, standard.title, standard.law, standard.why, *examples, *(row.law for row in rows)):
        assert escape(words[language]) in page
        assert escape(words[other]) not in page
    offices = {"en": "monitoring desk; county audit office", "zh": "监测办; 县审计局"}
    assert offices[language] in page
    assert offices[other] not in page


def test_what_if_lists_everybody_in_its_file(client):
    address = "/standards/income_above_monitor_line/?parameter=monitor_line&value=9000"
    answer = client.get(address).context["what_if"].answer
    export = client.get(address + "&export=csv")
    rows = list(csv.DictReader(io.StringIO(b"".join(export.streaming_content).decode("utf-8-sig"))))
    assert len(rows) == answer["added"] + answer["dropped"] > 0
    assert {row["change"] for row in rows} <= {"added", "dropped"}


def test_an_export_holds_the_rows_of_the_page(client):
    page = client.get("/findings/?verdict=not_met")
    export = client.get("/findings/?verdict=not_met&export=csv")
    text = b"".join(export.streaming_content).decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert len(rows) == page.context["page"].paginator.count
    assert {row["verdict"] for row in rows} == {"not_met"}
    assert export["Content-Disposition"].startswith("attachment")


def test_an_identity_number_is_looked_for_without_standing_in_an_address(client):
    member = Member.objects.filter(OPEN).exclude(id_number=None).order_by("member_id").first()
    assert member is not None
    found = client.post("/search/", {"q": member.id_number})
    assert (found.status_code, found["Location"]) == (302, f"/households/{member.household_id}/")
    mistyped = client.post("/search/", {"q": member.id_number[:-3] + "000"})
    assert mistyped.status_code == 200
    assert "No household has a member with this identity number." in mistyped.content.decode()
    in_address = client.get("/search/", {"q": member.id_number})
    assert in_address.status_code == 400
    assert member.household_id not in in_address.content.decode()


def test_a_name_is_looked_for_at_an_address_that_can_be_kept(client):
    found = client.post("/search/", {"q": "  融水 "}, follow=True)
    assert found.redirect_chain == [("/search/?q=%E8%9E%8D%E6%B0%B4", 302)]
    assert "Rongshui" in found.content.decode()


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", " =1", "＝1+1"])
def test_a_cell_that_a_spreadsheet_would_run_is_made_harmless(cell):
    assert harmless(cell) == f"'{cell}"


def test_numbers_and_plain_text_are_exported_as_they_are():
    assert [harmless(cell) for cell in (-5, "张三", "a=b", None)] == [-5, "张三", "a=b", None]


@pytest.mark.parametrize(
    ("value", "unit", "english", "chinese"),
    [
        (4107.5, "yuan per person per year", "4,107.50 yuan per person per year", "4,107.50 元/人·年"),
        (5000, "yuan", "5,000 yuan", "5,000 元"),
        (0.4, "share", "40%", "40%"),
        (6, "months", "6 months", "6 个月"),
        (None, "yuan", "not known", "无记录"),
        ("2020-05-31", "", "2020-05-31", "2020-05-31"),
        (False, "", "no", "否"),
    ],
)
def test_a_value_is_written_with_its_unit(value, unit, english, chinese):
    with translation.override("en"):
        assert declared.measured(value, unit, "en") == english
    with translation.override("zh-hans"):
        assert declared.measured(value, unit, "zh") == chinese


def test_a_village_shows_the_households_that_were_asked_for(client):
    finding = Finding.objects.filter(closed_in=None, replaced_in=None, verdict="not_met", about="household").first()
    assert finding is not None
    page = client.get(f"/places/{finding.place_code}/?standard={finding.standard}&verdict=not_met")
    shown = [row.household.household_id for row in page.context["households"]]
    assert finding.subject_id in shown
    assert all(finding.standard in row.short for row in page.context["households"])


def test_a_household_without_findings_says_so(client):
    found = Finding.objects.filter(closed_in=None, replaced_in=None)
    villages = set(found.values_list("place_code", flat=True))
    calm = Household.objects.filter(OPEN).exclude(village_code__in=villages).first()
    if calm is None:  # a finding in every village: then a household that no finding is about, nor about its members
        about = set(found.values_list("subject_id", flat=True))
        calm = next(
            row
            for row in Household.objects.filter(OPEN)
            if not any(subject.startswith(row.household_id) for subject in about)
        )
    assert "meets every standard it is asked" in client.get(f"/households/{calm.household_id}/").content.decode()
