"""No page of the house asks the database more than 25 times, whatever it shows. It needs the world, and no browser."""

from collections.abc import Iterator

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import URLPattern, get_resolver, reverse
from django.utils import timezone

from firmground.officers.models import Office
from tests.cast import sign_in

pytestmark = pytest.mark.slow

MOST = 25
COUNTY = "450225"
LIBRARY = ("account_", "mfa_", "choose_office", "api:", "dci:")
"""Signing in is the library's; the doors for programs answer with no page."""
NO_PAGE = {
    "registry:uploaded", "registry:accept_good", "registry:refused", "notices:object", "notices:received",
    "notices:set_telephone", "notices:objection", "notices:heard", "notices:withdraw", "notices:take_down",
    "cases:attachment", "cases:application", "cases:applied", "confirm_marks", "end_token", "facility", "hand_over",
    "measure", "card", "battle_plan", "brief", "brief_numbers", "brief_paper",
    "brief_rows", "issue", "order", "supervision_visit", "supervision_team", "sample",
    "sample_home", "fund", "project",
}  # fmt: skip
"""They take something in, or show one row alone, which the tests of their rooms make."""


@pytest.fixture(scope="module")
def addresses(registers: None) -> dict[str, list[str]]:
    """Each page by its name, with something to show: a household that falls short, its case, and a notice."""
    from firmground.cases import actions as cases
    from firmground.findings.models import Finding
    from firmground.notices import actions as notices
    from firmground.officers.machine import machine
    from firmground.registry.models import OPEN, Household

    by, on = machine(), timezone.localdate()
    short = Finding.objects.filter(place_code__startswith=COUNTY, verdict="not_met", about="household").first()
    assert short is not None
    home = Household.objects.get(OPEN, household_id=short.household_id)
    number, village = home.household_id, home.village_code
    case = cases.open_case(procedure="monitoring", subject_id=number, channel="screening", by=by,
                           standards=[short.standard])  # fmt: skip
    han = Office.objects.select_related("officer").get(officer__username="han")
    row = {"head": home.head, "kind": home.kind}
    notice = notices.post(kind="monitoring_candidates", place_code=village, rows=[row], on=on, days=5, by=han,
                          case=case.pk)  # fmt: skip
    officer = Office.objects.get(officer__username="mei").officer_id
    with_one = {
        **{name: [[village[:digits]] for digits in (2, 4, 6, 9, 12)] for name in ("place", "supervision_place")},
        "exit": [[COUNTY], [village]],
        "dispatch_place": [[COUNTY[:digits]] for digits in (2, 4, 6)],
        **{name: [[COUNTY]] for name in ("dispatch_sheet", "dispatch_empty")},
        **{name: [[number]] for name in ("household", "plan", "visits")},
        "team": [[village]],
        "case": [[case.pk]],
        "cases:step": [[case.pk, "clue", "not_for_us"]],
        "standard": [[short.standard]],
        "officer": [[officer]],
        "notices:board": [[village]],
        **{f"notices:{name}": [[notice.pk]] for name in ("notice", "printed", "kept", "correct")},
    }
    asked = {
        "search": f"?q={home.head}",
        "cases:open": f"?about=household&subject={number}",
        "cases:many": f"?case={case.pk}",
        "findings": f"?place={COUNTY}",
        "desk": "?part=waiting",
    }
    return {
        name: [reverse(name, args=args) + asked.get(name, "") for args in with_one.get(name, [[]])] for name in _names()
    }


def _names(resolver: object = None, space: str = "") -> Iterator[str]:
    """Every page, read from the addresses themselves."""
    for each in (resolver or get_resolver()).url_patterns:  # type: ignore[attr-defined]
        if not isinstance(each, URLPattern):
            yield from _names(each, f"{space}{each.namespace}:" if each.namespace else space)
        elif (name := f"{space}{each.name}") not in NO_PAGE and not name.startswith(LIBRARY):
            yield name


@pytest.mark.parametrize("username", ["han", "root"])
def test_no_page_asks_more_than_25_times(registers: None, addresses: dict[str, list[str]], username: str) -> None:
    reader = sign_in(Client(), Office.objects.select_related("officer").get(officer__username=username))
    reader.get("/")
    asked, seen = {}, 0
    for address in (each for found in addresses.values() for each in found):
        with CaptureQueriesContext(connection) as questions:
            answer = reader.get(address)
        assert answer.status_code in (200, 302, 403, 404, 409), address
        seen += answer.status_code == 200
        if len(questions) > MOST:
            asked[address] = len(questions)
    assert asked == {}
    assert seen > 25
