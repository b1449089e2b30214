"""The pages of what serves the villages: read by people who may, in both languages, wide and narrow."""

import csv
import io

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from firmground.findings import facilities, queries
from firmground.officers.models import Office
from firmground.officers.territory import EVERYWHERE
from firmground.registry.models import OPEN, WaterSupply
from tests.browser.looks import is_sound
from tests.cast import sign_in

pytestmark = pytest.mark.slow

MOST_QUERIES = 25


@pytest.fixture
def client(registers: None) -> Client:
    office = Office.objects.select_related("officer").get(officer__username="han")
    return sign_in(Client(headers={"accept-language": "en"}), office)


def read(client: Client, address: str) -> str:
    with CaptureQueriesContext(connection) as asked:
        answer = client.get(address)
    assert answer.status_code == 200, address
    assert len(asked) <= MOST_QUERIES, f"{address}: {len(asked)} queries"
    return (b"".join(answer) if answer.streaming else answer.content).decode()


@pytest.fixture(scope="module")
def short(registers: None) -> tuple[WaterSupply, str]:
    """A water supply that falls short of a standard that speaks, and that standard."""
    screening = queries.latest()
    assert screening is not None
    finding = facilities.short(screening, "water_supply", seen_by=EVERYWHERE).order_by("subject_id", "standard")[0]
    return WaterSupply.objects.get(OPEN, water_supply_id=finding.subject_id), finding.standard


def test_lists_filters_and_files(client: Client) -> None:
    for kind in ("water_supply", "clinic", "school"):
        assert "as CSV" in read(client, f"/facilities/?kind={kind}")
    short = read(client, "/facilities/?kind=clinic&standing=short&place=450225")
    lines = list(
        csv.DictReader(io.StringIO(read(client, "/facilities/?kind=clinic&standing=short&export=csv").lstrip("\ufeff")))
    )
    assert all(line["falls_short_of"] for line in lines)
    assert "Clinics and hospitals" in short
    assert "Nothing matches" in read(client, "/facilities/?q=nowhere")
    assert client.get("/facilities/?kind=palace").status_code == 400


def test_a_supply_says_who_keeps_it_and_what_it_falls_short_of(client: Client, short: tuple[WaterSupply, str]) -> None:
    supply, standard = short
    page = read(client, f"/facilities/water_supply/{supply.water_supply_id}/")
    assert "Water tests" in page
    assert f'<li id="{standard}">' in page
    assert (supply.keeper or "Has a named keeper") in page
    assert client.get("/facilities/water_supply/nothing/").status_code == 404


def test_a_village_shows_what_serves_it(client: Client, short: tuple[WaterSupply, str]) -> None:
    assert "What serves this place" in read(client, f"/places/{short[0].place_code}/")


def test_findings_of_facilities_lead_to_their_pages(client: Client, short: tuple[WaterSupply, str]) -> None:
    supply, standard = short
    page = read(client, f"/findings/?standard={standard}")
    assert f"/facilities/water_supply/{supply.water_supply_id}/#{standard}" in page
    assert "about 0 households" in page


def test_another_counties_facilities_are_not_found(registers: None, short: tuple[WaterSupply, str]) -> None:
    office = Office.objects.select_related("officer").get(officer__username="zhou")
    other = sign_in(Client(headers={"accept-language": "en"}), office)
    assert other.get(f"/facilities/water_supply/{short[0].water_supply_id}/").status_code == 404
    assert "0 facilities" in read(other, "/facilities/")


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("width", [1280, 390])
def test_pages_are_sound(reader, short: tuple[WaterSupply, str], language: str, width: int) -> None:
    page = reader(width=width, language=language)
    supply, _ = short
    for address in (
        "/facilities/?place=450225",
        f"/facilities/water_supply/{supply.water_supply_id}/",
        f"/places/{supply.place_code}/",
    ):
        page.goto(address)
        is_sound(page, language)
