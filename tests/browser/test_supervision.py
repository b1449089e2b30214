"""A supervisor's walks in a real Chromium: the board down to a village, an issue put right and verified by somebody
else, an order answered, a visit with help, a plan, an exit, a brief on paper, the list drawn again, a dispatch sheet.

Each walk is gone once in English at a desk with script, and once in Chinese on a telephone without.
"""

import os
import re
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.looks import is_sound
from tests.cast import sign_in

pytestmark = pytest.mark.slow

COUNTY = "450225"
PICTURES = os.environ.get("PICTURES")
PHOTO = {"name": "done.jpg", "mimeType": "image/jpeg", "buffer": b"\xff\xd8\xff\xe0 a photograph"}
TWICE = "() => [...document.querySelectorAll('[id]')].map(e => e.id).filter((id, n, ids) => ids.indexOf(id) !== n)"
WALKS = pytest.mark.parametrize(
    "walk",
    [
        {"language": "en", "width": 1280, "javascript": True},
        {"language": "zh", "width": 390, "javascript": False},
    ],
    ids=["english_at_a_desk", "chinese_on_a_telephone_without_script"],
)


@pytest.fixture(scope="module")
def supervised(server: str, tmp_path_factory: pytest.TempPathFactory) -> SimpleNamespace:
    """Officers of one screened county, its figures and forecast, a team, an approved plan, an exit, and two briefs.

    Made before there is a browser, which keeps this thread from the database.
    """
    from django.utils import timezone

    from firmground.findings.models import Screening
    from firmground.officers.machine import machine
    from firmground.officers.models import Office
    from firmground.places.models import Listing
    from firmground.registry.models import OPEN, Household
    from firmground.supervision.board import actions as board
    from firmground.supervision.briefs import actions as briefs
    from firmground.supervision.plans import actions as plans
    from firmground.supervision.visits import actions as visits
    from tests.rooms.cases.conftest import opened, take

    today, screening = timezone.localdate(), Screening.objects.latest()
    homes = Household.objects.filter(OPEN, village_code__startswith=COUNTY, kind="poor").order_by("household_id")
    village = homes[0].village_code
    by = SimpleNamespace(
        village=_posted("pan", "village_worker", village),
        township=_posted("rong", "township", village[:9]),
        county=_posted("wei", "county", COUNTY),
        prefecture=_posted("liu", "prefecture", COUNTY[:4]),
        nation=Office.objects.select_related("officer").get(officer__username="han"),
    )
    board.count(screening=screening, by=machine())
    board.foretell_places(screening=screening, by=machine())
    team = visits.form_team(title="督战一组", place_code="", units=["国务院扶贫办"], held_from=today, by=by.nation)
    visits.post(team=team, officer=by.nation.officer, held_from=today, by=by.nation)
    plan = plans.draft(place_code=COUNTY, commander="韦书记", by=by.county)
    for problem in ("三户饮水管道冻裂", "公益岗位在岗不实"):
        said = {
            "content": 1, "problem": problem, "measure": "更换管道，逐人核对", "responsible_unit": "县水利局",
            "responsible_person": "覃工", "due_on": today + timedelta(30), "funds_needed": None, "indicator": "",
            "target": None,
        }  # fmt: skip
        plans.write(plan=plan.pk, said=said, by=by.county)
    assert plan.case is not None
    take(plan.case, "submission", "submitted", by.county)
    take(plan.case, "approval", "approved", by.prefecture, why="够用")
    opened(by.county, "county_exit", "supervision", COUNTY)
    made = [briefs.make(place=place, day=date(2020, 6, 30), by=machine()) for place in ("", COUNTY)]
    Listing.objects.create(place_code=village, listed_on=date(2020, 2, 11), basis="many_poor", act="二月名单")
    return SimpleNamespace(
        village=village, home=homes[0].household_id, plan=plan.pk, team=team.pk, briefs=[each.pk for each in made],
        today=today,
    )  # fmt: skip


def _posted(name: str, role: str, territory: str) -> Any:
    """An officer of the county, besides the cast."""
    from firmground.common.audit.trail import acting
    from firmground.officers.models import Office, Officer

    with acting(officer=None, office=None, role="administrator", verb="tests"):
        officer = Officer.objects.create(username=name, name=f"Officer {name.title()}", language="en")
        return Office.objects.create(officer=officer, role=role, territory=territory, held_from=date(2019, 1, 1))


@pytest.fixture(scope="module")
def sessions(sessions: dict[str, str], supervised: SimpleNamespace) -> dict[str, str]:
    """The cast's, and one for each officer of the county."""
    from django.test import Client

    from firmground.officers.models import Office

    offices = Office.objects.select_related("officer").filter(officer__username__in=["pan", "rong", "wei", "liu"])
    more = {each.officer.username: sign_in(Client(), each).session.session_key or "" for each in offices}
    return sessions | more


@pytest.fixture
def sit(reader: Callable[..., Page], request: pytest.FixtureRequest) -> Callable[[str, str], Page]:
    """sit(who, address): that officer's page there, in the walk's language and width."""

    def down(office: str, address: str) -> Page:
        page = reader(office=office, **request.getfixturevalue("walk"))
        page.goto(address)
        return page

    return down


def sound(page: Page, name: str = "") -> None:
    """The page is what every page must be; its picture, where somebody wants to look."""
    language = (page.locator("html").get_attribute("lang") or "")[:2]
    if PICTURES and name:
        width = page.viewport_size["width"] if page.viewport_size else 0
        page.screenshot(path=Path(PICTURES) / f"{name}-{language}-{width}.png", full_page=True)
    assert page.evaluate(TWICE) == [], f"{page.url} has ids that name two things"
    is_sound(page, language)


def follow(page: Page, selector: str) -> None:
    page.locator(selector).first.click()
    page.wait_for_load_state()


def fill(page: Page, **said: str) -> None:
    for name, value in said.items():
        page.locator(f"main [name='{name.replace('__', '-')}']").fill(value)


def send(page: Page, within: str = "main form[method=post]") -> None:
    page.locator(f"{within} button").first.click()
    page.wait_for_load_state()


def step(page: Page, name: str, outcome: str) -> None:
    """Go from an issue's or order's page to one of its steps."""
    follow(page, f"main a[href$='/{name}/{outcome}/']")
    sound(page, f"step-{name}")


def recorded(page: Page) -> None:
    """Send a step, and see that it was taken."""
    send(page)
    expect(page).to_have_url(re.compile(r"/cases/\d+/$"))


@WALKS
def test_the_board_is_walked_from_the_nation_to_a_village(
    supervised: SimpleNamespace, sit: Any, walk: dict[str, Any]
) -> None:
    page = sit("han", "/supervision/")
    sound(page, "board-nation")
    for digits in (2, 4, 6, 9, 12):
        follow(page, f"#below tbody th a[href^='/supervision/{supervised.village[:digits]}/']")
        expect(page).to_have_url(re.compile(rf"/supervision/{supervised.village[:digits]}/$"))
        sound(page, f"board-{digits}")
    follow(page, f"main a[href='/places/{supervised.village}/?kind=poor']")
    expect(page.locator("#households, #rows").first).to_contain_text(supervised.home)


@WALKS
def test_an_issue_is_put_right_and_verified_by_somebody_else(
    supervised: SimpleNamespace, sit: Any, walk: dict[str, Any]
) -> None:
    today = str(supervised.today)
    page = sit("wei", f"/supervision/issues/raise/?place={supervised.village}")
    sound(page, "raise-issue")
    fill(page, title="屋面漏雨", found_on="")
    send(page)
    expect(page.locator(".field.wrong .error").first).to_be_visible()
    sound(page, "raise-issue-wrong")
    fill(page, found_on=today)
    page.locator("main [name=owner]").select_option("township")
    send(page)
    expect(page.locator("h1")).to_have_text("屋面漏雨")
    sound(page, "issue")
    address = page.url

    page = sit("rong", address)
    expect(page.locator("main a[href*='/verification/']")).to_have_count(0)
    step(page, "rectification", "claimed")
    fill(page, rectification__done_on=today, rectification__done="补瓦三十片")
    page.locator("[name=file-evidence]").set_input_files(PHOTO)
    recorded(page)
    page.goto(address)
    expect(page.locator("main a[href*='/verification/']")).to_have_count(0)  # nobody verifies his own work

    page = sit("wei", address)
    step(page, "verification", "accepted")
    send(page)
    expect(page.locator(".error-summary, .error").first).to_be_visible()  # a reason is asked for
    fill(page, why="现场看过")
    recorded(page)
    page.goto(address)
    sound(page, "issue-verified")
    expect(page.locator("main table.pairs").nth(1)).to_contain_text({"en": "verified", "zh": "销号"}[walk["language"]])
    page.goto(f"/supervision/issues/?place={COUNTY}&standing=all")
    sound(page, "issues")
    expect(page.locator("#rows")).to_contain_text("屋面漏雨")


@WALKS
def test_an_order_is_answered_and_accepted(supervised: SimpleNamespace, sit: Any, walk: dict[str, Any]) -> None:
    page = sit("han", f"/supervision/orders/give/?place={COUNTY}")
    sound(page, "give-order")
    fill(page, title="核清公益岗位", text="逐人核对", issues="seven", due_on=str(supervised.today + timedelta(7)))
    send(page)
    expect(page.locator(".field.wrong .error").first).to_be_visible()
    fill(page, issues="")
    send(page)
    expect(page.locator("h1")).to_have_text("核清公益岗位")
    address = page.url

    page = sit("wei", address)
    sound(page, "order")
    step(page, "answer", "answered")
    fill(page, order_answer__done="已核对四十人")
    page.locator("[name=file-evidence]").set_input_files(PHOTO)
    recorded(page)

    page = sit("han", address)
    step(page, "acceptance", "accepted")
    fill(page, why="名单与登记一致")
    recorded(page)
    page.goto(address)
    expect(page.locator("table.pairs").first).to_contain_text({"en": "carried out", "zh": "已落实"}[walk["language"]])
    sound(page, "order-carried-out")
    page.goto("/supervision/orders/?standing=all")
    sound(page, "orders")


@WALKS
def test_a_visit_is_recorded_with_households_issues_and_help(
    supervised: SimpleNamespace, sit: Any, walk: dict[str, Any]
) -> None:
    page = sit("han", "/supervision/visits/")
    page.locator("main form[method=post] [name=team]").select_option(str(supervised.team))
    fill(page, place_code=supervised.village)
    page.locator("[name=mode][value=unannounced]").check()
    send(page)
    sound(page, "visit-to-record")
    fill(page, households_seen="1", households="no-such-household")
    fill(page, **{"found-1-title": "三户挑水", "help-1-text": "修管道补助", "help-1-amount": "much"})
    page.locator("[name=help-1-for]").select_option("1")
    send(page)
    expect(page.locator("[role=alert]")).to_contain_text("much")
    expect(page.locator("[name=found-1-title]")).to_have_value("三户挑水")
    fill(page, households=supervised.home, **{"help-1-amount": "3000"})
    send(page)
    expect(page.locator("[role=alert]")).to_have_count(0)
    sound(page, "visit-recorded")
    expect(page.locator(f"main a[href='/households/{supervised.home}/']")).to_be_visible()
    expect(page.locator("main")).to_contain_text("3,000")
    follow(page, f"main a[href='/supervision/teams/{supervised.team}/']")
    sound(page, "team")
    for address in ("/supervision/teams/", "/supervision/visits/"):
        page.goto(address)
        sound(page, address.strip("/").replace("/", "-"))


@WALKS
def test_an_item_of_a_plan_is_claimed_done(supervised: SimpleNamespace, sit: Any, walk: dict[str, Any]) -> None:
    number = {"en": "1", "zh": "2"}[walk["language"]]
    page = sit("wei", f"/supervision/plans/?place={COUNTY}")
    sound(page, "plans")
    follow(page, f"main a[href='/supervision/plans/{supervised.plan}/']")
    sound(page, "plan")
    fill(page, done__number="9", done__on=str(supervised.today), done__note="换了管道")
    send(page, "main form:has([name='done-number'])")
    expect(page.locator("[role=alert]")).to_be_visible()
    expect(page.locator("[name='done-note']")).to_have_value("换了管道")
    fill(page, done__number=number)
    send(page, "main form:has([name='done-number'])")
    expect(page.locator("[role=alert]")).to_have_count(0)
    expect(page.locator("#items + .sheet")).to_contain_text("换了管道")
    sound(page, "plan-done")


@WALKS
def test_an_exit_shows_what_decides_it(supervised: SimpleNamespace, sit: Any, walk: dict[str, Any]) -> None:
    page = sit("han", "/supervision/exits/")
    sound(page, "exits")
    follow(page, f"main a[href='/supervision/exits/{COUNTY}/']")
    sound(page, "exit-county")
    expect(page.locator("#criteria + .sheet tbody tr").first).to_be_visible()
    expect(page.locator("#cases")).to_be_visible()
    page.goto(f"/supervision/exits/{supervised.village}/")
    sound(page, "exit-village")


@WALKS
def test_a_brief_is_opened_checked_and_fetched_as_paper(
    supervised: SimpleNamespace, sit: Any, walk: dict[str, Any]
) -> None:
    page = sit("han", "/supervision/briefs/")
    sound(page, "briefs")
    nation, county = supervised.briefs
    for number, name in ((nation, "brief-nation"), (county, "brief-county")):
        page.goto(f"/supervision/briefs/{number}/")
        sound(page, name)
    follow(page, "main a[href='?check=1#check']")
    sound(page, "brief-checked")
    number = page.locator(f"main a[href='/supervision/briefs/{county}/rows/?of=figures.poor_persons']")
    counted = number.inner_text()
    number.click()
    for digits in (9, 12):  # to the township, to the village, and there the households
        expect(page.locator("h1")).to_contain_text({"en": "Persons still poor", "zh": "未脱贫人口"}[walk["language"]])
        expect(page.locator("main dl dd").last).to_have_text(counted)
        sound(page, f"brief-rows-{digits}")
        line = page.locator("main tbody tr").first
        counted = line.locator("td.num").inner_text()
        follow(page, "main tbody th a")
    expect(page.locator("main dl dd").last).to_have_text(counted)
    sound(page, "brief-rows-households")
    expect(page.locator("main tbody th a").first).to_have_attribute("href", re.compile("^/households/"))
    page.goto(f"/supervision/briefs/{county}/")
    paper = page.context.request.get(f"/supervision/briefs/{county}/paper/")
    assert paper.headers["content-type"] == "application/pdf"
    assert paper.body().startswith(b"%PDF-")


@WALKS
def test_the_list_is_looked_at_and_drawn_again(supervised: SimpleNamespace, sit: Any, walk: dict[str, Any]) -> None:
    page = sit("han", "/supervision/listing/?level=county")
    sound(page, "listing")
    follow(page, "main a[href='/supervision/listing/redraw/']")
    sound(page, "redraw")
    act = "国开办发〔2020〕9号"
    if page.locator("main [name=act]").count():  # whoever walks first draws it; the other finds it drawn
        page.locator("main form[method=post]").evaluate("form => form.noValidate = true")
        send(page)
        expect(page.locator(".field.wrong .error").first).to_be_visible()
        sound(page, "redraw-wrong")
        fill(page, act=act, on=str(supervised.today))
        send(page)
        expect(page).to_have_url(re.compile("/supervision/listing/$"))
    page.goto(f"/supervision/listing/?q={supervised.village}")
    expect(page.locator("main tbody tr")).to_contain_text(act)
    sound(page, "listing-drawn")


@WALKS
def test_a_dispatch_sheet_is_handed_in_after_a_mistake(
    supervised: SimpleNamespace, sit: Any, walk: dict[str, Any]
) -> None:
    page = sit("wei", f"/supervision/dispatch/{COUNTY}/")
    sound(page, "dispatch")
    monday = supervised.today - timedelta(supervised.today.weekday() + {"en": 7, "zh": 14}[walk["language"]])
    page.goto(f"/supervision/dispatch/{COUNTY}/sheet/?week={monday}")
    sound(page, "sheet")
    fill(page, willing="100", labour_out="-3")
    page.locator("main form[method=post]").evaluate("form => form.noValidate = true")
    send(page)
    expect(page.locator(".field.wrong .error").first).to_be_visible()
    expect(page.locator("[name=willing]")).to_have_value("100")
    sound(page, "sheet-wrong")
    fill(page, labour_out="80")
    send(page)
    expect(page.locator(".field.wrong, [role=alert]")).to_have_count(0)
    page.goto(f"/supervision/dispatch/{COUNTY}/")
    expect(page.locator("main")).to_contain_text(f"{monday}")
    sound(page, "dispatch-handed-in")
    page.goto("/supervision/dispatch/")
    sound(page, "dispatch-county")


@pytest.mark.parametrize(("language", "width"), [("en", 390), ("zh", 1280)])
def test_every_page_is_sound_the_other_way_round(
    supervised: SimpleNamespace, reader: Any, language: str, width: int
) -> None:
    page = reader(language=language, width=width)
    for name, address in {
        "board-nation": "/supervision/", "board-6": f"/supervision/{COUNTY}/",
        "board-12": f"/supervision/{supervised.village}/", "issues": "/supervision/issues/?standing=all",
        "orders": "/supervision/orders/?standing=all", "visits": "/supervision/visits/",
        "teams": "/supervision/teams/", "team": f"/supervision/teams/{supervised.team}/",
        "plans": "/supervision/plans/", "plan": f"/supervision/plans/{supervised.plan}/",
        "exits": "/supervision/exits/", "exit-county": f"/supervision/exits/{COUNTY}/",
        "briefs": "/supervision/briefs/", "brief-nation": f"/supervision/briefs/{supervised.briefs[0]}/",
        "brief-county": f"/supervision/briefs/{supervised.briefs[1]}/",
        "listing": "/supervision/listing/", "dispatch-nation": "/supervision/dispatch/",
    }.items():  # fmt: skip
        page.goto(address)
        sound(page, name)
