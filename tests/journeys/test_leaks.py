"""Nothing of one county is shown to officers of another: every address, every export, every table, every job.

The addresses are read from the URLconf and the identifiers from the database, so that a page or a table that is new is
looked at without anybody thinking of it.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.apps import apps
from django.db import connection, connections
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from django.urls.resolvers import RegexPattern, RoutePattern
from pytest_django.plugin import DjangoDbBlocker

from firmground.findings.models import Finding
from firmground.officers import territory
from firmground.officers.machine import everywhere
from firmground.officers.models import Office
from firmground.officers.territory import EVERYWHERE, seeing
from firmground.registry.models import OPEN, Household, Member
from tests.cast import WANGMO, ZHENXIONG, sign_in
from tests.journeys.two_counties import made

OURS = ("zhou", "mei", "supervisor_qin")  # of the county, of a village in it, and of the prefecture above
THEIRS = "peng"
A_FEW = 2  # identifiers of each kind
ELSEWHERE = (
    "account/sign-out/", "account/second-factor/", "account/oidc/",  # allauth's own
    "api/", "registry/",  # test_leaks_of_the_api.py
)  # fmt: skip
OPEN_COUNTIES = ("firmground.findings", "firmground.supervision.board")
"""Rooms whose counts of a county or a larger place are for everybody."""
PLACE_COLUMNS = ("village_code", "place_code", "territory")


@pytest.fixture(scope="module")
def counties(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[SimpleNamespace]:
    with django_db_blocker.unblock(), made(tmp_path_factory.mktemp("two")):
        yield SimpleNamespace(secret=secrets(), identifiers=identifiers())


def guarded() -> list[tuple[Any, str]]:
    """(model, its column with the place) of everything that speaks of a place and is not open to all."""
    found = []
    for model in apps.get_models():
        if model.__module__.startswith("firmground."):
            columns = {field.column for field in model._meta.concrete_fields}
            column = next((each for each in PLACE_COLUMNS if each in columns), None)
            if column and set(getattr(model, "privacy", {}).values()) != {"public"}:
                found.append((model, column))
    return found


def secrets() -> re.Pattern[str]:
    """What must not be seen: numbers of the other county's households and members, in any form."""
    return re.compile(rf"(?<!\d){WANGMO}\d{{8,}}")


def identifiers() -> dict[str, list[str]]:
    """By the name of a parameter in an address: what of the other county could stand there."""
    with seeing(EVERYWHERE):
        homes = list(
            Finding.objects.filter(place_code__startswith=WANGMO).order_by("pk").values_list("household_id", flat=True)
        )[:A_FEW]
        villages = list(Household.objects.filter(household_id__in=homes).values_list("village_code", flat=True))
        numbers = {
            str(pk)
            for model, column in guarded()
            for pk in model.objects.filter(**{f"{_attribute(model, column)}__startswith": WANGMO}).values_list(
                "pk", flat=True
            )[:1]
            if not isinstance(pk, tuple)
        }
    assert homes
    codes = [code[:digits] for code in villages for digits in (6, 9, 12)]
    return {"code": sorted(set(codes)), "household_id": homes, "": sorted(numbers), "name": ["housing_safe"]}


def _attribute(model: Any, column: str) -> str:
    return next(field.name for field in model._meta.concrete_fields if field.column == column)


def addresses(known: dict[str, list[str]]) -> Iterator[str]:
    """Every address of the URLconf, its parameters filled in with what is the other county's."""
    for route in _routes(get_resolver().url_patterns, ""):
        parameters = re.findall(r"<([^>]*)>", route)
        if route.startswith(ELSEWHERE):
            continue
        if not parameters:
            yield f"/{route}"
            continue
        kind, _, name = parameters[0].rpartition(":")
        fits = {"int": str.isdigit, "uuid": lambda value: "-" in value}.get(kind, lambda value: True)
        for value in known.get(name) or filter(fits, known[""]):
            filled = re.sub(r"<[^>]*>", value, route, count=1)
            yield "/" + re.sub(r"<[^>]*>", "x", filled)


def _routes(patterns: Any, before: str) -> Iterator[str]:
    for each in patterns:
        here = before + _said(each.pattern)
        if isinstance(each, URLResolver):
            yield from _routes(each.url_patterns, here)
        elif isinstance(each, URLPattern):
            yield here


def _said(pattern: RoutePattern | RegexPattern) -> str:
    """A pattern with <name> for each parameter."""
    if isinstance(pattern, RoutePattern):
        return str(pattern._route)
    text = str(pattern._regex).removeprefix("^").removesuffix("$")
    while re.search(r"\(\?P<\w+>[^()]*(\([^()]*\)[^()]*)*\)", text):
        text = re.sub(r"\(\?P<(\w+)>[^()]*(?:\([^()]*\)[^()]*)*\)", r"<\1>", text)
    return text.replace("\\", "")


def asked(known: dict[str, list[str]]) -> Iterator[tuple[str, str]]:
    """(method, address): each as it is, and as a file; lists also as forms, and of the other county's places."""
    home, place = known["household_id"][0], known["code"][-1]
    for address in addresses(known):
        yield "get", address
        yield "get", f"{address}?export=csv"
        if not re.search(r"\d|/x/", address):
            yield "post", address
            yield "get", f"{address}?place={place}&q={home[:13]}"
            yield "get", f"{address}?place={place}&export=csv"


def leaks(client: Client, counties: SimpleNamespace, under: str = "/") -> list[str]:
    """The addresses at which a reader sees something of the other county."""
    found = []
    for method, address in asked(counties.identifiers):
        if not address.startswith(under):
            continue
        seen = getattr(client, method)(address)
        assert seen.status_code < 500, f"{method} {address}: {seen.status_code}"
        text = b"".join(seen) if seen.streaming else seen.content
        shown = counties.secret.search(text.decode(errors="replace").replace(address, ""))
        if shown and not _typed(shown[0], address):
            found.append(f"{method} {address}: {shown[0]}")
    return found


def _typed(shown: str, address: str) -> bool:
    """Whether the reader wrote it: a page says back what was asked for."""
    return shown in address


def reader(name: str) -> Client:
    with seeing(EVERYWHERE):
        office = Office.objects.select_related("officer").get(officer__username=name)
    return sign_in(Client(headers={"accept-language": "en"}), office)


def test_every_address_is_asked_for(counties: SimpleNamespace) -> None:
    asked_for = {address.split("?")[0] for _, address in asked(counties.identifiers)}
    routes = [route for route in _routes(get_resolver().url_patterns, "") if not route.startswith(ELSEWHERE)]
    assert len(routes) > 40
    for route in routes:
        pattern = re.compile("/" + re.sub(r"<[^>]*>", "[^?]+", route))
        assert any(pattern.fullmatch(address) for address in asked_for), route


@pytest.mark.parametrize("name", OURS)
def test_no_address_shows_anything_of_the_other_county(counties: SimpleNamespace, name: str) -> None:
    assert leaks(reader(name), counties) == []


def test_the_same_addresses_show_it_to_its_own_officers(counties: SimpleNamespace) -> None:
    client = reader(THEIRS)
    assert all(leaks(client, counties, under) for under in ("/findings/", "/cases/", "/places/"))
    home = counties.identifiers["household_id"][0]
    assert client.get(f"/households/{home}/").status_code == 200


def test_who_has_not_signed_in_sees_no_household_and_is_asked_to(counties: SimpleNamespace) -> None:
    assert leaks(Client(), counties) == []
    for address in (f"/households/{counties.identifiers['household_id'][0]}/", "/findings/", f"/places/{WANGMO}/"):
        answer = Client().get(address)
        assert answer.status_code == 302
        assert answer["Location"].startswith("/account/sign-in/")


def test_what_is_out_of_territory_is_not_found(counties: SimpleNamespace) -> None:
    client = reader("zhou")
    for code in counties.identifiers["code"]:
        assert client.get(f"/places/{code}/").status_code == 404
    for household in counties.identifiers["household_id"]:
        assert client.get(f"/households/{household}/").status_code == 404


def test_no_count_counts_the_other_county(counties: SimpleNamespace) -> None:
    page = reader("zhou").get(f"/findings/?place={WANGMO}").content.decode()
    assert "0 findings" in page


def test_a_search_by_name_finds_nobody_of_the_other_county(counties: SimpleNamespace) -> None:
    with seeing(EVERYWHERE):
        ours = set(Member.objects.filter(OPEN, village_code__startswith=ZHENXIONG).values_list("name", flat=True))
        member = Member.objects.filter(OPEN, village_code__startswith=WANGMO).exclude(name__in=ours).first()
    assert member is not None
    for sought in (member.name, member.id_number, member.household_id):
        page = reader("zhou").post("/search/", {"q": sought}, follow=True).content.decode()
        assert f"/households/{member.household_id}/" not in page


def test_a_file_of_the_other_countys_households_is_refused_row_by_row(
    counties: SimpleNamespace, tmp_path: Path
) -> None:
    from firmground.registry import actions

    with seeing(EVERYWHERE):
        theirs = Household.objects.filter(OPEN, village_code__startswith=WANGMO).order_by("pk")[:2]
        rows = [(row.household_id, row.village_code) for row in theirs]
        office = Office.objects.get(officer__username="zhou")
    file = tmp_path / "户.csv"
    lines = ["户编号,行政村代码,户主姓名", *(f"{household},{village},改名" for household, village in rows)]
    file.write_text("\n".join(lines), encoding="utf-8")
    upload = actions.hand_in(name="户.csv", content=[file.read_bytes()], by=office, accept_good=True)
    done = actions.carry_out(upload=upload.pk)
    assert [row["why"] for row in done.result["refused"]] == [
        f"the village {village} lies outside the territory of your office" for _, village in rows
    ]
    with seeing(EVERYWHERE):
        assert not Household.objects.filter(head="改名").exists()


def rows_seen(office: Office) -> list[str]:
    """The tables in which an office sees a row of the other county with a query that forgot to ask where."""
    found = []
    with seeing(office.reach):
        for model, column in guarded():
            condition, more = f"{column} LIKE %s", [f"{WANGMO}_%"]
            with connection.cursor() as cursor:
                cursor.execute(f"SELECT count(*) FROM {model._meta.db_table} WHERE {condition}", more)
                if cursor.fetchone() != (0,) and model is not Office:
                    found.append(model.__name__)
    return found


def test_no_query_that_forgot_to_ask_where_sees_the_other_county(counties: SimpleNamespace) -> None:
    with seeing(EVERYWHERE):
        office = Office.objects.get(officer__username="zhou")
    assert rows_seen(office) == []
    with seeing(EVERYWHERE):
        assert {"Household", "Member", "Finding", "HouseholdTally"} <= set(rows_seen(EVERYWHERE_OFFICE))


EVERYWHERE_OFFICE: Any = SimpleNamespace(reach=EVERYWHERE)


@contextmanager
def without_policy(table: str) -> Iterator[None]:
    """The table as it would be if nobody had guarded it."""
    with connections["owner"].cursor() as cursor:
        cursor.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")
        try:
            yield
        finally:
            cursor.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")


def test_these_tests_go_red_when_one_policy_is_missing(counties: SimpleNamespace) -> None:
    with seeing(EVERYWHERE):
        office = Office.objects.get(officer__username="zhou")
    with without_policy("registry_household"):
        assert rows_seen(office) == ["Household"]
    assert rows_seen(office) == []


def test_these_tests_go_red_when_a_policy_is_missing_and_a_query_forgets(
    counties: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(territory.Territory, "q", EVERYWHERE.__class__(("",)).q)
    with without_policy("findings_finding"):
        assert any(" /findings/" in leak for leak in leaks(reader("zhou"), counties, "/findings/"))


def test_nothing_told_nothing_seen(counties: SimpleNamespace) -> None:
    for model, _ in guarded():
        if model is not Office:
            public = {"place_code__length__gt": 6} if model.__module__.startswith(OPEN_COUNTIES) else {}
            assert not model.objects.filter(**public).exists(), model
    with everywhere():
        assert Household.objects.exists()
