"""Draws on their pages: drawn, repeated, taken along, and answered at the door without losing what was typed."""

from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from firmground.officers.territory import EVERYWHERE, seeing
from firmground.supervision.samples.models import Answer, Draw
from tests.cast import sign_in
from tests.rooms.supervision.samples.test_draws import COUNTY, answered, drawn

GIVEN = {"place_code": COUNTY, "of": "exited", "design": "by_village", "households": "6", "seed": "lottery 7"}


def as_(office: Any, language: str = "en") -> Client:
    return sign_in(Client(headers={"accept-language": language}), office)


def text(response: Any) -> str:
    return (b"".join(response) if response.streaming else response.content).decode()


def test_a_list_is_drawn_taken_out_and_repeated_on_its_page(village: SimpleNamespace) -> None:
    yang = as_(village.yang)
    made = yang.post("/supervision/samples/", GIVEN)
    assert made.status_code == 302
    page = text(yang.get(made["Location"] + "?repeat=yes"))
    assert "the same list, the same households" in page
    assert "households 6, in villages 2; on the list 41" in page
    with seeing(EVERYWHERE):
        row = Draw.objects.get()
    whole = text(yang.get(made["Location"] + "?export=list")).splitlines()
    assert (len(whole), sum(line.endswith(",1") for line in whole)) == (42, 6)
    assert row.drawn[0][0] in text(yang.get(made["Location"] + "?export=csv"))
    again = yang.post("/supervision/samples/", GIVEN)
    assert again.status_code == 400
    assert "drawn from before" in text(again)
    assert 'value="lottery 7"' in text(again)
    assert yang.post("/supervision/samples/", {**GIVEN, "why": "the road is cut"}).status_code == 302
    assert "drawn from more than once" in text(yang.get(made["Location"]))
    assert "the road is cut" in text(as_(village.luo).get("/supervision/samples/"))
    assert as_(village.peng).get(made["Location"]).status_code == 404


def test_what_came_of_a_household_is_entered_at_its_door_and_a_slip_loses_nothing(village: SimpleNamespace) -> None:
    row = drawn(village.yang)
    yang, address = as_(village.yang), f"/supervision/samples/{row.pk}/1/"
    today = timezone.localdate().isoformat()
    said = {"outcome": "seen", "answered_on": today, "persons": "3", "found": "4", "approves": "yes", "note": "by hand"}
    slip = yang.post(address, said)
    assert slip.status_code == 400
    for kept in ("Not more persons", 'value="4"', "by hand", "data-keep"):
        assert kept in text(slip), kept
    done = yang.post(address, {**said, "found": "1"})
    assert (done.status_code, done["Location"]) == (302, f"/supervision/samples/{row.pk}/#n1")
    with seeing(EVERYWHERE):
        assert Answer.objects.get().found == 1
    assert "1 / 3" in text(yang.get(f"/supervision/samples/{row.pk}/"))
    assert "replaces that" in text(yang.get(address))
    assert as_(village.mei).get(address).status_code == 404
    assert as_(village.zhou).post(address, said).status_code == 400  # whoever is checked
    assert yang.get(f"/supervision/samples/{row.pk}/99/").status_code == 404


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_pages_are_answered_in_few_statements(village: SimpleNamespace, language: str) -> None:
    row = drawn(village.yang)
    for n in range(4):
        answered(row, village.yang, n, persons=2, found=0, approves=True)
    client = as_(village.yang, language)
    for address in ("/supervision/samples/", f"/supervision/samples/{row.pk}/", f"/supervision/samples/{row.pk}/2/"):
        with CaptureQueriesContext(connection) as seen:
            assert client.get(address).status_code == 200
        assert len(seen) <= 25, (address, len(seen))
