"""Notices as a villager reads them on a phone, and as the township answers."""

from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.looks import is_sound
from tests.cast import ZHENXIONG

pytestmark = pytest.mark.slow

POJI = f"{ZHENXIONG}102201"
ROWS = [
    {"head": "李老四", "group_name": "三组", "population": 4, "kind": "marginal", "broad_risk": ["illness", "water"]},
    {"head": "扎西次仁", "group_name": "七组", "population": 11, "kind": "unstable", "broad_risk": ["disaster"]},
]
WORDS = {
    "en": {"notice": "Households proposed for monitoring", "day": "day 3 of 5", "send": "Send the objection",
           "received": "It waits for an answer", "open": "Object", "holds": "Read notice"},
    "zh": {"notice": "拟纳入防止返贫监测对象公示", "day": "第3天，共5天", "send": "提交异议", "received": "等待答复",
           "open": "提出异议", "holds": "请看有效的第"},
}  # fmt: skip


@pytest.fixture(scope="module")
def boards(server: str) -> dict[str, Any]:
    """Notices of Poji, by number: one on its third day, one corrected, the one that corrects it, and fresh ones.

    Only so much is said about one notice in a day, so that whoever objects takes a fresh one. All are made before
    there is a browser, which keeps this thread from the database.
    """
    from django.utils import timezone

    from firmground.notices import actions
    from firmground.officers.models import Office

    mei = Office.objects.get(officer__username="mei")
    today = timezone.localdate()
    given: dict[str, Any] = {"kind": "monitoring_candidates", "place_code": POJI, "rows": ROWS, "days": 5, "by": mei}
    third_day = actions.post(**given, on=today - timedelta(3))
    wrong = actions.post(**given, on=today - timedelta(1))
    right = actions.correct(notice=wrong, rows=ROWS[:1], by=mei, why="one household is meant")
    fresh = [actions.post(**given, on=today - timedelta(3)).pk for _ in range(10)]
    return {"third_day": third_day.pk, "wrong": wrong.pk, "right": right.pk, "fresh": fresh}


def is_whole(page: Page, language: str) -> None:
    is_sound(page, language)
    assert page.locator("h1").is_visible()


@pytest.mark.parametrize("javascript", [True, False], ids=["script", "no_script"])
@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_villager_finds_a_notice_and_objects(boards, reader, language, width, javascript):
    words, number = WORDS[language], boards["fresh"].pop()
    page = reader(language=language, width=width, javascript=javascript, office="")
    page.goto(f"/public/notices/?place={POJI}")
    is_whole(page, language)
    page.locator(f"a[href='/public/notices/{number}/']").click()
    expect(page.locator("h1")).to_have_text(words["notice"])
    expect(page.locator(".paper")).to_contain_text(words["day"])
    for row in ROWS:
        expect(page.locator(".paper")).to_contain_text(str(row["head"]))
    is_whole(page, language)
    page.locator("#id_text").fill(f"{language} {width} {javascript}")
    page.get_by_role("button", name=words["send"]).click()
    expect(page.locator("[role=status]")).to_contain_text(words["received"])
    is_whole(page, language)


def test_the_whole_of_every_row_is_seen_on_a_phone_without_turning_it(boards, reader):
    page = reader(width=390, office="")
    page.goto(f"/public/notices/{boards['third_day']}/")
    sheet = page.locator(".paper .sheet")
    assert sheet.evaluate("e => e.scrollWidth <= e.clientWidth")
    expect(sheet).to_contain_text("heavy costs, housing or water")


def test_the_trap_for_programs_is_out_of_sight_and_out_of_the_way_of_the_keyboard(boards, reader):
    page = reader(office="")
    page.goto(f"/public/notices/{boards['third_day']}/")
    trap = page.locator("#id_website")
    box = trap.bounding_box()
    assert box is not None
    assert box["x"] + box["width"] < 0
    page.locator("#id_contact").focus()
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Send the objection")).to_be_focused()


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_corrected_notice_is_crossed_out_and_leads_to_the_one_that_holds(boards, reader, language):
    page = reader(language=language, width=390, office="")
    page.goto(f"/public/notices/{boards['wrong']}/")
    for part in (".paper h1", ".paper table"):
        assert "line-through" in page.locator(part).evaluate("e => getComputedStyle(e).textDecorationLine")
    is_whole(page, language)
    page.get_by_role("link", name=WORDS[language]["holds"]).click()
    assert page.url.endswith(f"/public/notices/{boards['right']}/")


def test_a_notice_prints_on_one_sheet_in_large_type(boards, reader):
    page = reader(width=794, office="")  # A4, at 96 dots an inch
    page.goto(f"/public/notices/{boards['third_day']}/print/")
    page.emulate_media(media="print")
    assert page.locator(".paper td").first.evaluate("e => parseFloat(getComputedStyle(e).fontSize)") >= 18
    assert page.locator(".foot svg").bounding_box()["width"] >= 130  # 3.5 cm: read from a step away
    expect(page.locator(".no-print")).to_be_hidden()
    pages = page.pdf(format="A4", prefer_css_page_size=True).count(b"/Type /Page\n")
    assert pages == 1


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("address", ["/notices/", "/notices/{}/", "/notices/{}/correct/", f"/public/boards/{POJI}/"])
def test_the_pages_of_the_township_are_sound(boards, reader, address, language, width):
    page = reader(language=language, width=width, office="tang")
    page.goto(address.format(boards["third_day"]))
    is_whole(page, language)


@pytest.mark.parametrize("javascript", [True, False], ids=["script", "no_script"])
def test_the_township_answers_and_whoever_objected_reads_it(boards, reader, javascript):
    villager = reader(javascript=javascript, office="")
    villager.goto(f"/public/notices/{boards['fresh'].pop()}/")
    villager.locator("#id_text").fill(f"They moved away ({javascript}).")
    villager.get_by_role("button", name="Send the objection").click()
    tang = reader(javascript=javascript, office="tang")
    tang.goto("/notices/")
    tang.get_by_role("link", name=f"They moved away ({javascript}).").click()
    is_whole(tang, "en")
    tang.locator("#id_text").fill("They have come back.")
    tang.get_by_role("button", name="Answer").click()
    villager.reload()
    expect(villager.locator("#content")).to_contain_text("They have come back.")
