"""Pages over real registers: a small world sent as files, loaded, frozen, screened and taken in, for two months.

Read by a real Chromium, with and without JavaScript, wide and narrow, in both languages.
"""

import os
import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from pytest_django.plugin import DjangoDbBlocker

from tests.cast import enrol, sign_in

MONTHS = (date(2020, 5, 31), date(2020, 6, 30))
COUNTIES = ["450225", "533301"]
CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium")
QUIET = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip


@pytest.fixture(scope="package")
def registers(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[None]:
    """Two counties and what two screenings found in them."""
    from django.core.cache import cache
    from django.db import transaction

    from firmground.officers.machine import everywhere

    with django_db_blocker.unblock():
        try:
            with everywhere():
                with transaction.atomic():
                    enrol()
                _fill(tmp_path_factory.mktemp("world"))
                cache.clear()
                yield
        finally:
            _empty()
            cache.clear()


def _empty() -> None:
    """What was committed here must not be found by the tests of other folders."""
    from django.apps import apps
    from django.db import connection

    from firmground.officers.machine import make

    models = [
        model
        for room in ("officers", "audit", "places", "registry", "findings")
        for model in apps.get_app_config(room).get_models()
    ]
    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {', '.join(model._meta.db_table for model in models)} CASCADE")
    make("default")


def _fill(folder: Path) -> None:
    from firmground.common.home import CATALOGUE
    from firmground.engines.standards.catalogue import load as catalogue
    from firmground.engines.standards.screening import screen
    from firmground.findings import actions as findings
    from firmground.officers.machine import machine
    from firmground.places import actions as places
    from firmground.registry import actions as registry
    from firmground.registry import snapshot
    from firmground.world.files import make_files
    from firmground.world.making import Plan

    places.load(file=CATALOGUE / "places.csv", by=machine())
    places.load_listing(file=CATALOGUE / "listed_counties.csv", by=machine())
    for on in MONTHS:
        plan = Plan.of(households=300, seed=7, as_of=on, known_at=on, errors=0.01, counties=COUNTIES, form="csv")
        sent = folder / f"files-{on}"
        make_files(plan, sent, CATALOGUE)
        (sent / "refused").mkdir(exist_ok=True)
        files = sorted(sent.glob("*/*.csv"))
        for _ in registry.load_all(files=files, by=machine(), accept_good=True, rejects_to=sent / "refused"):
            pass
        snapshot.write(as_of=on, to=folder / f"snapshot-{on}")
        screen(folder / f"snapshot-{on}", catalogue(CATALOGUE), folder / f"screening-{on}")
        findings.take_in(folder=folder / f"screening-{on}", snapshot=folder / f"snapshot-{on}", by=machine())


@pytest.fixture(scope="module")
def server(registers: None) -> Iterator[str]:
    """The pages, served on this machine alone; its address."""
    from django.contrib.staticfiles.handlers import StaticFilesHandler
    from django.test.testcases import LiveServerThread

    thread = LiveServerThread("127.0.0.1", StaticFilesHandler)
    thread.daemon = True
    thread.start()
    thread.is_ready.wait()
    if thread.error:
        raise thread.error
    yield f"http://127.0.0.1:{thread.port}"
    thread.terminate()


@pytest.fixture(scope="module")
def chromium(server: str, sessions: dict[str, str]) -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.fail("These tests drive Chromium. Install it ('apt-get install chromium fonts-noto-cjk'), or name it in "
                    "the environment variable CHROMIUM.")  # fmt: skip
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield browser
        browser.close()


@pytest.fixture(scope="package")
def sessions(registers: None) -> dict[str, str]:
    """The key of a session for everybody of the cast, signed in with both factors."""
    from django.test import Client

    from firmground.officers.models import Office

    offices = Office.objects.select_related("officer").exclude(officer__username="firmground")
    return {office.officer.username: sign_in(Client(), office).session.session_key or "" for office in offices}


@pytest.fixture
def reader(sessions: dict[str, str], chromium: Browser, server: str) -> Iterator[Any]:
    """A person at a screen: reader(width=390, language="zh", javascript=False) -> a page at the board.

    An officer of the nation, unless `office` names somebody else of the cast, or nobody ("").
    """
    contexts: list[BrowserContext] = []

    def sit_down(*, width: int = 1280, language: str = "en", javascript: bool = True, office: str = "han") -> Page:
        context = chromium.new_context(
            viewport={"width": width, "height": 900},
            locale={"en": "en-GB", "zh": "zh-CN"}[language],
            java_script_enabled=javascript,
            base_url=server,
        )
        contexts.append(context)
        if office:
            context.add_cookies([{"name": "sessionid", "value": sessions[office], "url": server}])
        page = context.new_page()
        page.goto("/")
        return page

    yield sit_down
    for context in contexts:
        context.close()
