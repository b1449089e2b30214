"""The pages of battle plans."""

from datetime import date
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from xlsxwriter import Workbook

from firmground.officers.territory import EVERYWHERE, seeing
from firmground.registry.load.reading import read
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


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_a_plan_leaves_as_a_workbook_and_an_empty_one_comes_back_filled(
    village: SimpleNamespace, language: str, tmp_path: Path
) -> None:
    plan = drafted(village.zhou)
    written(plan, village.zhou)
    county, address = as_(village.zhou, language), f"/supervision/plans/{plan.pk}/"
    sheet = SimpleUploadedFile("items.xlsx", county.get(f"{address}?export=xlsx").content)
    with seeing(EVERYWHERE):
        before = list(plan.items.values())
    assert before
    assert county.post(address, {"do": "load", "load-sheet": sheet}).status_code == 302
    with seeing(EVERYWHERE):
        assert list(plan.items.values()) == before  # its numbers make them the same items
    (tmp_path / "empty.xlsx").write_bytes(county.get(f"{address}?export=empty").content)
    (headings,) = read(tmp_path / "empty.xlsx").sheets[0].top
    assert (headings[1] == "督战内容") == (language == "zh-hans")
    good = ["", 2, "no work", "a factory", "County", "Gao", date(2020, 6, 30), 1200.5, "poor_persons", 3]
    with Workbook(tmp_path / "f.xlsx", {"default_date_format": "yyyy-mm-dd"}) as book:
        sheet_ = book.add_worksheet()
        for n, row in enumerate([headings, good, [], ["", 9, *good[2:]], [*good[:6], "soon", *good[7:]]]):
            sheet_.write_row(n, 0, row)
    filled = (tmp_path / "f.xlsx").read_bytes()
    answer = county.post(address, {"do": "load", "load-sheet": SimpleUploadedFile("f.xlsx", filled)})
    assert answer.status_code == 400
    text = answer.content.decode()
    for said in ("Line 4" if language == "en" else "4", "Line 5" if language == "en" else "5", "soon"):
        assert said in text
    with seeing(EVERYWHERE):
        item = plan.items.get(problem="no work")
    assert (item.funds_needed, item.due_on, item.target) == (Decimal("1200.50"), date(2020, 6, 30), 3)
    no_book = SimpleUploadedFile("f.xlsx", b"PK\x03\x04 torn")
    assert county.post(address, {"do": "load", "load-sheet": no_book}).status_code == 400
