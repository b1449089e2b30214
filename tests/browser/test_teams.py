"""Help and teams as they are seen: a plan, a department's list, a village marked on a telephone, a visit at the door.

This file comes last in its folder: what it loads is counted by no screening.
"""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.looks import is_sound
from tests.villages import LI, POJI, household, register

pytestmark = pytest.mark.slow

WORDS = {
    "en": {
        "missing": "What is missing",
        "late": "3 days late",
        "team": "and helpers",
        "help": "Which help there is",
    },
    "zh": {"missing": "缺什么", "late": "逾期3天", "team": "驻村与帮扶", "help": "有哪些帮扶"},
}


@pytest.fixture(scope="module")
def help_(server: str, tmp_path_factory: pytest.TempPathFactory) -> int:
    """Households of Poji, a team, and measures given, promised and late; the number of the late one.

    Made before there is a browser, which keeps this thread from the database.
    """
    from django.utils import timezone

    from firmground.assistance import actions as assistance
    from firmground.assistance.models import Measure
    from firmground.common.audit.trail import acting
    from firmground.officers.machine import machine
    from firmground.officers.models import Office
    from firmground.officers.territory import seeing
    from firmground.teams import actions as teams

    def office(name: str) -> Any:
        return Office.objects.get(officer__username=name)

    today, tang, doctor = timezone.localdate(), office("tang"), office("doctor_wu")
    register(tmp_path_factory.mktemp("poji"))
    team = teams.send(place_code=POJI, sent_by="县卫生健康局", held_from=today - timedelta(90), by=tang)
    for name, post in (("doctor_wu", "first_secretary"), ("luo", "member")):
        cadre = teams.post(team=team, officer=office(name).officer, post=post, held_from=today - timedelta(90), by=tang)
        for day in range(1, 12):
            teams.mark(cadre=cadre, on=today - timedelta(day), state="away" if day % 5 == 0 else "at_post", by=tang)
    with seeing(tang.reach):
        li = household(LI)
    teams.assign_helper(household=li, officer=office("mei").officer, by=tang)
    teams.visit(household=li, on=today - timedelta(12), seen=True, note="谷仓漏雨", help="借来油布", by=office("mei"))
    given = assistance.set_measure(
        household=li, measure="industry", item="仔猪六头", amount=Decimal("1800"), due_on=today, by=tang
    )
    assistance.give(measure=given, given_on=today, by=tang)
    late = assistance.set_measure(
        household=li, measure="health", risk="illness", item="转诊接送", due_on=today, by=tang
    )
    by = machine()
    with acting(officer=by.officer_id, office=by.pk, role=by.role, verb="tests"):
        Measure.objects.filter(pk=late.pk).update(
            promised_on=today - timedelta(20), due_on=today - timedelta(3), responsible=doctor
        )
    return late.pk


def pages(late: int) -> list[tuple[str, str]]:
    """Every address, and which words it must show."""
    return [
        (f"/households/{LI}/assistance/", "missing"), ("/assistance/", "late"), (f"/assistance/{late}/", "late"),
        ("/teams/", "team"), (f"/teams/{POJI}/", "team"), (f"/households/{LI}/visits/", ""),
        ("/public/assistance/", "help"),
    ]  # fmt: skip


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("width", [1280, 390])
def test_every_page_is_sound(help_: int, reader: Any, language: str, width: int) -> None:
    page = reader(width=width, language=language, office="tang")
    for address, words in pages(help_):
        page.goto(address)
        is_sound(page, language)
        if words:
            expect(page.locator("main")).to_contain_text(WORDS[language][words])


def test_a_village_is_marked_and_a_visit_told_on_a_telephone_without_script(help_: int, reader: Any) -> None:
    page = reader(width=390, office="mei", javascript=False)
    page.goto(f"/teams/{POJI}/")
    doctor = page.get_by_role("group", name="Doctor Wu")
    doctor.get_by_label("on leave", exact=True).check()
    page.get_by_role("button", name="Record today").click()
    expect(page.locator("[role=alert]")).to_contain_text("Say why the cadre is on leave.")
    expect(doctor.get_by_label("on leave", exact=True)).to_be_checked()
    doctor.get_by_label("Why, if on leave").fill("training in the county town")
    page.get_by_role("button", name="Record today").click()
    expect(page.locator("[role=alert]")).to_have_count(0)
    expect(doctor.get_by_label("Why, if on leave")).to_have_value("training in the county town")
    for choice in page.locator(".choices label").all():
        box = choice.bounding_box()
        assert box is not None
        assert box["height"] >= 44, "too small for a thumb"

    page.goto(f"/households/{LI}/visits/")
    page.get_by_label("What you saw").fill("the roof is mended")
    page.get_by_role("group", name="Did you meet").get_by_label("yes").check()
    page.get_by_role("button", name="Record the visit").click()
    expect(page.locator("#rows")).to_contain_text("the roof is mended")


def test_a_department_finds_what_is_late_and_gives_it(help_: int, reader: Any) -> None:
    page = reader(office="doctor_wu")
    page.goto("/assistance/")
    page.get_by_role("link", name="1 measure is late").click()
    page.get_by_role("link", name="help with health").click()
    page.get_by_role("button", name="Record that it was given").click()
    expect(page.locator("main")).to_contain_text("You gave this, so somebody else says whether it helped.")
