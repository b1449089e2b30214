"""The pages of battle plans."""

from types import SimpleNamespace
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.cast import WANGMO, sign_in
from tests.rooms.supervision.plans.test_plans import TODAY, WELL, approved, drafted, written

MOST_QUERIES = 25


def as_(office: Any, language: str = "en") -> Client:
    return sign_in(Client(headers={"accept-language": language}), office)


def test_a_plan_is_drafted_written_and_read_in_both_languages(village: SimpleNamespace) -> None:
    county = as_(village.zhou)
    answer = county.post("/supervision/plans/", {"place_code": "530627", "commander": "Secretary Gao"})
    assert answer.status_code == 302
    said = {f"write-{key}": value for key, value in WELL.items()}
    assert county.post(answer["Location"], {"do": "write", **said}).status_code == 302
    with CaptureQueriesContext(
        connection,
    ) as queries:
        page = county.get(answer["Location"]).content.decode()
    assert "40 households fetch water" in page
    assert "0 → 0, at most 0" in page
    assert len(queries) <= MOST_QUERIES
    chinese = as_(village.zhou, "zh").get(answer["Location"]).content.decode()
    assert "作战方案" in chinese
    assert "贫困户" in chinese
    assert "Secretary Gao" in county.get("/supervision/plans/").content.decode()


def test_a_slip_says_what_is_wrong_and_keeps_what_was_typed(village: SimpleNamespace) -> None:
    plan = drafted(village.zhou)
    said = {f"write-{key}": value for key, value in {**WELL, "indicator": "", "problem": "no road"}.items()}
    answer = as_(village.zhou).post(f"/supervision/plans/{plan.pk}/", {"do": "write", **said})
    assert answer.status_code == 400
    assert "A target needs the indicator" in answer.content.decode()
    assert 'value="no road"' in answer.content.decode()


def test_items_leave_and_come_back_as_a_sheet(village: SimpleNamespace) -> None:
    plan = drafted(village.zhou)
    written(plan, village.zhou)
    county, address = as_(village.zhou), f"/supervision/plans/{plan.pk}/"
    sheet = b"".join(county.get(f"{address}?export=csv"))  # type: ignore[arg-type]
    changed = sheet.replace(b"lay a pipe", b"dig a well")
    answer = county.post(address, {"do": "load", "load-sheet": SimpleUploadedFile("items.csv", changed)})
    assert answer.status_code == 302
    assert "dig a well" in county.get(address).content.decode()


def test_an_approved_plan_offers_only_what_was_done(village: SimpleNamespace) -> None:
    plan = approved(village)
    county, address = as_(village.zhou), f"/supervision/plans/{plan.pk}/"
    assert "Write an item" not in county.get(address).content.decode()
    said = {"do": "done", "done-number": 1, "done-on": TODAY, "done-note": "the pipe lies"}
    assert county.post(address, said).status_code == 302
    assert "the pipe lies" in county.get(address).content.decode()
    assert "An item is done" not in as_(village.supervisor_qin).get(address).content.decode()


@pytest.mark.parametrize("reader", ["peng", "shi"])
def test_the_plan_of_another_county_is_not_found(village: SimpleNamespace, reader: str) -> None:
    plan = drafted(village.zhou)
    assert as_(getattr(village, reader)).get(f"/supervision/plans/{plan.pk}/").status_code == 404
    assert WANGMO not in as_(village.zhou).get("/supervision/plans/").content.decode()
