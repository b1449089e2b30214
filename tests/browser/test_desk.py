"""Mei on her phone, Tang and Zhou at their desks: the work of a case in a real Chromium, with a line that breaks.

The households are those of tests/villages.py.
"""

import os
import re
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
import time_machine
from playwright.sync_api import Page, expect

from tests.browser.looks import is_sound
from tests.rooms.cases.conftest import opened, take
from tests.villages import LI, WU, ZHANG, register

pytestmark = pytest.mark.slow

PICTURES = os.environ.get("PICTURES")
RECORD = {"visited_on": "2020-07-04", "visitors": "Mei, Wang", "income_per_head": "2600"}
YES = ("dwelling_safe", "water_safe", "members_insured")


@pytest.fixture(scope="module")
def work(server: str, tmp_path_factory: pytest.TempPathFactory) -> SimpleNamespace:
    """Old Li's and Zhang's cases wait for a visit, Granny Wu's lies at its first step, nine days old; two about water.

    Made before there is a browser, which keeps this thread from the database.
    """
    from django.utils import timezone

    from firmground.officers.models import Office
    from firmground.registry.models import Household

    if not Household.objects.filter(household_id=LI).exists():
        register(tmp_path_factory.mktemp("poji"))
    mei = Office.objects.select_related("officer").get(officer__username="mei")
    with time_machine.travel(timezone.now() - timedelta(days=9)):
        late = opened(mei, household=WU)
    li, zhang = (take(opened(mei, household=each), "clue", "to_be_checked", mei) for each in (LI, ZHANG))
    water = {script: opened(mei, "water", household=each).pk for script, each in ((True, LI), (False, ZHANG))}
    return SimpleNamespace(li=li.pk, zhang=zhang.pk, wu=late.pk, water=water)


def picture(page: Page, name: str) -> None:
    if PICTURES:
        page.screenshot(path=Path(PICTURES) / f"{name}.png", full_page=True)


def fill_in_the_visit(page: Page) -> None:
    for name, value in RECORD.items():
        page.locator(f"[name=home_check-{name}]").fill(value)
    for name in YES:
        page.locator(f"[name=home_check-{name}][value=true]").check()
    page.locator("[name=tick-two_visitors]").check()


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_page_of_the_work_is_sound(work, reader, language, width):
    for office, name, address in [
        ("mei", "today", "/today/"),
        ("mei", "desk", "/desk/"),
        ("zhou", "waiting", "/desk/?part=waiting"),
        ("zhou", "cases", "/cases/"),
        ("mei", "case", f"/cases/{work.li}/"),
        ("mei", "step", f"/cases/{work.li}/home_check/risk_found/"),
        ("mei", "open", f"/cases/open/?about=household&subject={ZHANG}"),
        ("mei", "many", f"/cases/many/?case={work.wu}&move=clue/not_for_us"),
        ("mei", "household", f"/households/{ZHANG}/"),
        ("", "apply", "/public/apply/"),
    ]:
        page = reader(office=office, language=language, width=width)
        page.goto(address)
        picture(page, f"{name}-{language}-{width}")
        is_sound(page, language)


def test_a_case_prints_without_what_is_only_for_the_screen(work, reader):
    page = reader(office="mei")
    page.goto(f"/cases/{work.zhang}/")
    page.emulate_media(media="print")
    picture(page, "printed")
    expect(page.locator("#now")).to_be_hidden()
    expect(page.locator(".masthead nav")).to_be_hidden()
    expect(page.locator("#moves + ol")).to_be_visible()
    if PICTURES:
        page.pdf(path=Path(PICTURES) / "case.pdf", format="A4")


def test_what_is_typed_while_the_line_is_down_is_kept_and_sent_once_when_it_is_back(work, reader):
    page = reader(office="mei", width=390)
    page.goto(f"/cases/{work.li}/home_check/no_risk/")
    page.context.set_offline(True)
    fill_in_the_visit(page)
    page.get_by_role("button", name="Record this step").click()
    expect(page.locator("#kept")).to_have_text("Kept on this phone, not sent yet.")
    picture(page, "kept")
    page.context.set_offline(False)
    page.wait_for_url(re.compile(rf"/cases/{work.li}/$"))
    expect(page.locator("#moves + ol > li")).to_have_count(2)
    page.goto("/today/")
    expect(page.locator("[data-outbox]")).to_be_hidden()
    assert page.evaluate("Object.keys(localStorage).filter(key => key.startsWith('kept:'))") == []


def test_a_draft_is_there_again_after_the_page_is_left_and_only_for_who_typed_it(work, reader):
    page = reader(office="mei", width=390)
    page.goto(f"/cases/{work.zhang}/home_check/no_risk/")
    page.locator("[name=home_check-visitors]").fill("Mei, Wang")
    page.goto("/today/")
    expect(page.locator("[data-outbox]")).to_contain_text("not sent: open it and finish it")
    page.locator("[data-outbox] a").click()
    expect(page.locator("[name=home_check-visitors]")).to_have_value("Mei, Wang")
    other = reader(office="tang", width=390)
    other.goto("/today/")
    expect(other.locator("[data-outbox]")).to_be_hidden()


@pytest.mark.parametrize("javascript", [True, False], ids=["script", "no_script"])
def test_a_step_is_taken_from_the_desk_with_and_without_script(work, reader, javascript):
    page = reader(office="mei", javascript=javascript)
    number = work.water[javascript]
    page.goto(f"/desk/?q={number}")
    page.locator("table.cases tbody th a").click()
    page.get_by_role("link", name="confirmed", exact=True).click()
    page.get_by_role("button", name="Record this step").click()
    expect(page.locator(".error-summary")).to_contain_text("What was found")
    picture(page, f"problems-{javascript}")
    is_sound(page, "en")
    page.locator("[name=water_check-seen_on]").fill("2020-07-04")
    page.locator("[name=water_check-found]").fill("the spring is dry")
    page.locator("[name=water_check-fails][value=quantity]").check()
    page.get_by_role("button", name="Record this step").click()
    page.wait_for_url(re.compile(rf"/cases/{number}/$"))
    expect(page.locator("#moves + ol > li")).to_contain_text("the spring is dry")
