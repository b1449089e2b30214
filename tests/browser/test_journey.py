"""From the board to a household and back, as different people would go."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.looks import is_sound

WORDS = {
    "en": {"board": "The listed counties", "household": "Household", "other": "简体中文"},
    "zh": {"board": "挂牌县", "household": "农户", "other": "English"},
}


def follow(page: Page, selector: str) -> None:
    page.locator(selector).first.click()
    page.wait_for_load_state()


@pytest.mark.parametrize("javascript", [True, False], ids=["script", "no_script"])
@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_reader_walks_from_the_board_to_a_household_and_back(reader, language, width, javascript):
    page = reader(language=language, width=width, javascript=javascript)
    expect(page.locator("h1")).to_have_text(WORDS[language]["board"])
    is_sound(page, language)
    follow(page, "tbody tr:not(.group) a[href='/places/450225/']")
    for digits in (9, 12):
        is_sound(page, language)
        follow(page, "#below tbody th a[href*='/places/450225']:not([href='/places/450225/'])")
        assert re.search(rf"/places/\d{{{digits}}}/$", page.url)
    is_sound(page, language)
    follow(page, "#households tbody th a")
    expect(page.locator("h1")).to_contain_text(WORDS[language]["household"])
    is_sound(page, language)
    follow(page, ".crumbs a")
    expect(page.locator("h1")).to_have_text(WORDS[language]["board"])


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_finding_is_told_in_a_sentence_with_its_law(reader, language):
    page = reader(language=language)
    page.goto("/findings/?verdict=not_met&task=3")
    follow(page, "tbody th a")
    finding = page.locator(".findings li").first
    expect(finding.locator(".verdict")).to_have_text({"en": "Falls short", "zh": "未达标"}[language])
    expect(finding).to_contain_text({"en": "Law:", "zh": "依据："}[language])
    assert re.search(r"\d", finding.locator("p").first.inner_text())


def test_the_language_is_changed_by_a_link_and_remembered(reader):
    page = reader(language="en", javascript=False)
    page.get_by_role("link", name=WORDS["en"]["other"]).click()
    expect(page.locator("h1")).to_have_text(WORDS["zh"]["board"])
    page.goto("/standards/")
    expect(page.locator("h1")).to_have_text("标准")
    page.get_by_role("link", name=WORDS["zh"]["other"]).click()
    expect(page.locator("h1")).to_have_text("Standards")


@pytest.mark.parametrize("javascript", [True, False], ids=["script", "no_script"])
def test_the_board_sorts_by_the_heading_that_is_clicked(reader, javascript):
    page = reader(javascript=javascript)
    heading = page.locator("#counties thead th", has_text="Households")
    heading.get_by_role("link").click()
    expect(page.locator("#counties thead th[aria-sort=descending]")).to_have_text(re.compile("Households"))
    numbers = [int(n.replace(",", "")) for n in page.locator("#counties tr.group td:nth-child(2)").all_inner_texts()]
    assert numbers == sorted(numbers, reverse=True)
    assert numbers[0] > 0
    assert "sort=-households" in page.url


def test_a_number_on_the_board_leads_to_as_many_households(reader):
    page = reader()
    link = page.locator("tr:has(a[href='/places/450225/']) a[href*='task=3'][href*='not_met']").first
    counted = int(link.inner_text())
    assert counted > 0
    link.click()
    expect(page.locator("#rows > p").first).to_contain_text(f"about {counted} household")


def test_a_county_on_the_map_is_a_link_with_its_numbers(reader):
    page = reader()
    county = page.locator("svg a[href='/places/450225/']")
    expect(county).to_have_attribute("aria-label", re.compile(r"Rongshui .*: \d+ of \d+ households fall short"))
    county.click()
    expect(page.locator("h1")).to_contain_text("Rongshui")


def test_a_keyboard_is_enough(reader):
    page = reader()
    page.keyboard.press("Tab")
    expect(page.get_by_text("Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()
    page.get_by_role("searchbox").focus()
    page.keyboard.type("Rongshui")
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("Search")
    page.locator("#content table a").first.focus()
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid"
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_contain_text("Rongshui")


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize(
    "address",
    [
        "/places/", "/places/45/", "/findings/", "/findings/?verdict=unknown", "/findings/?change=closed",
        "/standards/", "/standards/income_above_monitor_line/", "/search/?q=融水", "/search/?q=nobody", "/search/",
        "/help/", "/loads/", "/nowhere/", "/findings/?verdict=perhaps",
    ],
)  # fmt: skip
def test_every_other_page_is_sound_too(reader, address, language, width):
    page = reader(language=language, width=width)
    page.goto(address)
    is_sound(page, language)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_whole_board_fits_on_a_printed_page(reader, language):
    page = reader(language=language, width=1040)  # A4 across, at 96 dots an inch
    page.emulate_media(media="print")
    table = page.locator("#counties")
    assert table.evaluate("e => e.scrollWidth <= e.clientWidth")
    for hidden in ("nav[aria-label]", "form[role=search]"):
        expect(page.locator(hidden).first).to_be_hidden()
    expect(page.locator(".invented")).to_be_visible()


@pytest.mark.parametrize("javascript", [True, False], ids=["script", "no_script"])
def test_a_reader_asks_what_if_a_threshold_were_another(reader, javascript):
    page = reader(javascript=javascript)
    page.goto("/standards/income_above_monitor_line/")
    short = int(page.locator("a[href='/findings/?standard=income_above_monitor_line&verdict=not_met']").inner_text())
    page.get_by_label("New value").fill("9000")
    page.get_by_role("button", name="Work it out").click()
    answer = page.locator("#what-if-form .figures dd")
    expect(answer).to_have_count(4)
    added, dropped, now, then = (int(number.replace(",", "")) for number in answer.all_inner_texts())
    assert now == short
    assert added > 0
    assert then == now + added - dropped
    is_sound(page, "en")
    follow(page, "#what-if-form tbody td a[href^='/households/']")
    expect(page.locator("h1")).to_contain_text("Household")


@pytest.mark.parametrize("javascript", [True, False], ids=["script", "no_script"])
def test_a_value_that_is_none_is_answered_in_a_sentence_at_the_field(reader, javascript):
    page = reader(javascript=javascript)
    page.goto("/standards/income_above_monitor_line/")
    page.get_by_label("New value").fill("a lot")
    page.get_by_role("button", name="Work it out").click()
    expect(page.locator("#value-error")).to_have_text("The new value must be a number, such as 4100 or 0.5")
    expect(page.get_by_label("New value")).to_have_value("a lot")
    is_sound(page, "en")
