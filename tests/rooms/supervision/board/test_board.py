"""The board against the registers: figures counted a second way, days past, territories, listed villages."""

from collections.abc import Iterator
from datetime import date
from types import SimpleNamespace

import pytest
from django.test import Client

from firmground.findings.models import Screening
from firmground.officers.machine import everywhere as as_the_machine
from firmground.officers.territory import EVERYWHERE, Territory
from firmground.places.models import Listing, Place
from firmground.registry.models import OPEN, Household
from firmground.supervision.board import actions, queries
from firmground.supervision.board.models import Forecast, PlaceFigures
from tests.cast import WANGMO, ZHENXIONG, sign_in
from tests.journeys import two_counties


@pytest.fixture(scope="module")
def screening(
    django_db_setup: None, django_db_blocker: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Screening]:
    """Two counties, screened and counted."""
    with (
        django_db_blocker.unblock(),  # type: ignore[attr-defined]
        two_counties.made(tmp_path_factory.mktemp("two")),
        as_the_machine() as machine,
    ):
        made = Screening.objects.get()
        assert actions.count(screening=made, by=machine)
        actions.foretell_places(screening=made, by=machine)
        yield made


@pytest.fixture
def office(screening: Screening, db: None) -> SimpleNamespace:
    from firmground.officers.models import Office

    return SimpleNamespace(**{each.officer.username: each for each in Office.objects.select_related("officer")})


def test_the_figures_of_every_level_are_those_of_the_registers(screening: Screening, db: None) -> None:
    with as_the_machine():
        homes = list(Household.objects.filter(OPEN))
        for digits in (0, 2, 4, 6, 9, 12):
            counted = queries.figures(screening, digits=digits, seen_by=EVERYWHERE)
            assert set(counted) == {home.village_code[:digits] for home in homes}
            for code, row in counted.items():
                inside = [home for home in homes if home.village_code.startswith(code)]
                poor = [home for home in inside if home.kind == "poor"]
                assert (row.households, row.persons) == (len(inside), sum(h.population or 0 for h in inside))
                assert (row.poor_households, row.poor_persons) == (len(poor), sum(h.population or 0 for h in poor))


def test_counting_twice_changes_nothing(screening: Screening, db: None) -> None:
    with as_the_machine() as machine:
        before = PlaceFigures.objects.count(), Forecast.objects.count()
        actions.count(screening=screening, by=machine)
        actions.foretell_places(screening=screening, by=machine)
        assert (PlaceFigures.objects.count(), Forecast.objects.count()) == before


def test_below_the_county_figures_are_seen_within_the_territory_only(screening: Screening, db: None) -> None:
    eyes = Territory((ZHENXIONG,))
    with as_the_machine():
        assert {code[:6] for code in queries.figures(screening, digits=12, seen_by=eyes)} == {ZHENXIONG}
        assert set(queries.figures(screening, digits=6, seen_by=eyes)) == {ZHENXIONG, WANGMO}


def test_zhou_opens_the_board_of_his_county_and_not_of_the_other(office: SimpleNamespace, client: Client) -> None:
    zhou = sign_in(client, office.zhou)
    page = zhou.get(f"/supervision/{ZHENXIONG}/")
    assert page.status_code == 200
    assert "Foretold for" in page.content.decode()
    assert zhou.get(f"/supervision/{WANGMO}/").status_code == 404


def test_the_board_opens_at_every_level_in_both_languages(office: SimpleNamespace, client: Client) -> None:
    han = sign_in(client, office.han)
    for code in ("", "53/", "5306/", f"{ZHENXIONG}/", f"{ZHENXIONG}102/"):
        for language in ("en", "zh"):
            assert han.get(f"/supervision/{code}?lang={language}", follow=True).status_code == 200, code


def test_before_the_first_screening_the_board_says_so(office: SimpleNamespace, client: Client) -> None:
    page = sign_in(client, office.han).get("/supervision/?on=2020-01-01")
    assert "No screening was made" in page.content.decode()


def test_a_day_that_is_none_is_refused_with_a_sentence(office: SimpleNamespace, client: Client) -> None:
    page = sign_in(client, office.han).get("/supervision/?on=soon")
    assert page.status_code == 400
    assert "is no day" in page.content.decode()


def test_taking_the_figures_out_is_recorded(office: SimpleNamespace, client: Client) -> None:
    from firmground.common.audit.models import Entry

    lines = b"".join(sign_in(client, office.han).get("/supervision/?export=csv").streaming_content).decode()  # type: ignore[attr-defined]
    assert len(lines.splitlines()) == 3
    with as_the_machine():
        assert Entry.objects.filter(verb="board.export").exists()


def test_a_listed_village_is_no_row_among_the_counties(office: SimpleNamespace, client: Client) -> None:
    with as_the_machine():
        village = Place.objects.filter(code__startswith=ZHENXIONG, level="village").first()
        assert village is not None
        Listing.objects.create(
            place_code=village.code, listed_on=date(2020, 2, 11), basis=Listing.Basis.MANY_POOR, act="an act"
        )
    page = client.get("/").content.decode()
    assert ZHENXIONG in page
    assert village.code not in page


def test_the_map_draws_the_counties_listed_on_the_day_by_the_figure_chosen(office: SimpleNamespace) -> None:
    nation = sign_in(Client(headers={"accept-language": "en"}), office.han)
    page = nation.get("/supervision/").content.decode()
    known = queries.figures(Screening.objects.get(), digits=6, seen_by=EVERYWHERE)
    assert f"Persons still poor {known[ZHENXIONG].poor_persons}</title>" in page
    assert f"Persons still poor {known[WANGMO].poor_persons}</title>" in page
    assert "Chance to miss the deadline, in 100 " in nation.get("/supervision/?map=unlikely").content.decode()
    with as_the_machine():
        Listing.objects.filter(place_code=WANGMO).update(
            delisted_on=date(2020, 6, 1), delisting_act="an act", delist_reason="county_exit"
        )
    page = nation.get("/supervision/?on=2020-07-01").content.decode()
    assert f'href="/supervision/{ZHENXIONG}/?on=2020-07-01" aria-label' in page
    assert f'href="/supervision/{WANGMO}/?on=2020-07-01" aria-label' not in page
    county = sign_in(Client(headers={"accept-language": "en"}), office.zhou)
    assert county.get("/supervision/?map=luck").status_code == 400
