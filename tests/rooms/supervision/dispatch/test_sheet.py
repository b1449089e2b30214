"""The dispatch sheet: handed in by counties, corrected by versions, added up for those above."""

from datetime import date
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.db import DatabaseError, transaction
from django.test import Client

from firmground.common.errors import Refusal
from firmground.common.home import CATALOGUE
from firmground.officers.models import Office
from firmground.officers.territory import EVERYWHERE, seeing
from firmground.places.models import Listing
from firmground.supervision.dispatch import actions, declared, published, queries
from firmground.supervision.dispatch.models import Cell, week_ended
from tests.cast import WANGMO, ZHENXIONG, sign_in
from tests.rooms.supervision.exits.conftest import on
from tests.villages import settle

pytestmark = pytest.mark.django_db(transaction=True)
MONDAY = date(2020, 4, 20)
SUNDAY = date(2020, 4, 26)


@pytest.fixture
def counties(cast: SimpleNamespace, tmp_path: Path) -> SimpleNamespace:
    with seeing(EVERYWHERE), on("2020-03-01"):
        settle(tmp_path)
    return cast


def hand_in(by: Office, day: date = MONDAY, why: str = "", **said: object) -> list[Cell]:
    """Values by indicator; (value, base) where the base is told."""
    pairs = {name: each if isinstance(each, tuple) else (each, None) for name, each in said.items()}
    with on(SUNDAY):
        return actions.hand_in(
            county=by.territory,
            week=day,
            values={name: Decimal(str(value)) for name, (value, _) in pairs.items()},
            bases={name: Decimal(str(base)) for name, (_, base) in pairs.items() if base is not None},
            by=by,
            why=why,
        )


def test_the_sheet_asks_for_what_was_published() -> None:
    indicators, series = declared.load(CATALOGUE), published.load(CATALOGUE)
    assert {each.reference for each in indicators.values() if each.reference} <= series.keys()
    assert series.keys() - {each.reference for each in indicators.values()} == {"labour_out"}  # all provinces


def test_counties_are_added_up_for_those_above(counties: SimpleNamespace) -> None:
    hand_in(counties.zhou, labour_out=(60_000, 50_000))
    hand_in(counties.peng, labour_out=(30_000, 40_000), willing=12)
    with seeing(EVERYWHERE):
        nation = queries.series("", MONDAY, MONDAY, seen_by=EVERYWHERE)
        children = queries.latest("", SUNDAY, ["labour_out"], seen_by=EVERYWHERE)
    out = nation["labour_out"][MONDAY]
    assert (out.value, out.base, out.counties) == (90_000, 90_000, 2)
    assert nation["willing"][MONDAY].counties == 1
    assert {code: sums["labour_out"].value for code, sums in children.items()} == {"53": 60_000, "52": 30_000}


def test_a_base_is_told_only_where_every_county_gave_it(counties: SimpleNamespace) -> None:
    hand_in(counties.zhou, labour_out=(60_000, 50_000))
    hand_in(counties.peng, labour_out=30_000)
    with seeing(EVERYWHERE):
        out = queries.series("", MONDAY, MONDAY, seen_by=EVERYWHERE)["labour_out"][MONDAY]
    assert (out.value, out.base) == (90_000, None)


def test_a_correction_is_a_version_with_its_reason(counties: SimpleNamespace) -> None:
    hand_in(counties.zhou, willing=100)
    assert hand_in(counties.zhou, willing=100) == []
    with pytest.raises(Refusal, match="say why it changes"):
        hand_in(counties.zhou, willing=90)
    hand_in(counties.zhou, willing=90, why="Counted twice in one township")
    with seeing(counties.zhou.reach):
        assert [(row.version, row.value) for row in Cell.objects.all()] == [(1, 100), (2, 90)]
        assert queries.sheet(ZHENXIONG, MONDAY, seen_by=counties.zhou.reach)["willing"].value == 90


def test_nothing_said_is_changed_or_deleted(counties: SimpleNamespace) -> None:
    hand_in(counties.zhou, willing=100)
    with seeing(EVERYWHERE):
        for write in (lambda: Cell.objects.update(value=1), lambda: Cell.objects.all().delete()):
            with pytest.raises(DatabaseError, match="another version"), transaction.atomic():
                write()


def test_a_part_is_never_more_than_its_whole(counties: SimpleNamespace) -> None:
    with pytest.raises(Refusal, match=r"Projects started.*\(11\) is more than .*Projects planned.*\(10\)"):
        hand_in(counties.zhou, projects_planned=10, projects_started=11)
    hand_in(counties.zhou, projects_planned=10, projects_started=10)
    with pytest.raises(Refusal, match="is more than"):  # against what was said before
        hand_in(counties.zhou, why="Dropped one", projects_planned=9)


@pytest.mark.parametrize(
    ("said", "day", "message"),
    [
        ({"unicorns": 1}, MONDAY, "no line"),
        ({"willing": -1}, MONDAY, "a number from 0"),
        ({"willing": "NaN"}, MONDAY, "a number from 0"),
        ({"willing": "0.001"}, MONDAY, "two decimals"),
        ({"willing": (1, 2)}, MONDAY, "year before"),
        ({"labour_out": (1, 0)}, MONDAY, "above 0"),
        ({"willing": 1}, SUNDAY, "by its Monday"),
        ({"willing": 1}, date(2020, 4, 27), "has begun"),
    ],
)
def test_a_sheet_that_makes_no_sense_is_refused(
    counties: SimpleNamespace, said: dict[str, object], day: date, message: str
) -> None:
    with pytest.raises(Refusal, match=message):
        hand_in(counties.zhou, day, **said)


def test_a_county_hands_in_its_own_sheet_alone(counties: SimpleNamespace) -> None:
    with on(SUNDAY), pytest.raises(Refusal, match="No county of your territory"):
        actions.hand_in(county=WANGMO, week=MONDAY, values={"willing": Decimal(1)}, by=counties.zhou)
    hand_in(counties.peng, willing=1)
    assert queries.series("", MONDAY, MONDAY, seen_by=counties.zhou.reach) == {}


def test_listed_counties_that_said_nothing_are_late(counties: SimpleNamespace) -> None:
    with seeing(EVERYWHERE), on("2020-03-02"):
        for code in (ZHENXIONG, f"{WANGMO}001201"):
            Listing.objects.create(place_code=code, listed_on=date(2020, 3, 1), basis="not_exited", act="Act")
    hand_in(counties.zhou, willing=1)
    with seeing(EVERYWHERE):
        assert queries.late("", SUNDAY, seen_by=EVERYWHERE) == [WANGMO]
        assert queries.late("", date(2020, 4, 25), seen_by=EVERYWHERE) == [WANGMO, ZHENXIONG]  # the week before
        assert queries.due("", date(2020, 2, 1), seen_by=EVERYWHERE) == []


def test_a_figure_that_fell_by_more_than_half_is_told(counties: SimpleNamespace) -> None:
    hand_in(counties.zhou, date(2020, 4, 13), willing=100, posts=100)
    hand_in(counties.zhou, willing=49, posts=50)
    with seeing(counties.zhou.reach):
        assert queries.fallen(ZHENXIONG, MONDAY, seen_by=counties.zhou.reach) == ["willing"]


def test_a_week_has_ended_on_its_sunday() -> None:
    assert [week_ended(date(2020, 4, day)).day for day in (25, 26, 27)] == [13, 20, 20]


def test_an_indicator_that_is_part_of_nothing_known_is_refused(tmp_path: Path) -> None:
    text = (CATALOGUE / declared.FILE).read_text(encoding="utf-8").replace('of = "posts"', 'of = "jobs"')
    (tmp_path / declared.FILE).write_text(text, encoding="utf-8")
    with pytest.raises(Refusal, match="'jobs' is no indicator above"):
        declared.load(tmp_path)


def test_a_county_hands_in_its_sheet_on_a_page_and_the_nation_sees_the_sum(
    counties: SimpleNamespace, client: Client
) -> None:
    hand_in(counties.zhou, date(2020, 4, 13), willing=100)
    page = f"/supervision/dispatch/{ZHENXIONG}/sheet/?week={MONDAY}"
    with on(SUNDAY):
        sign_in(client, counties.zhou)
        assert "The week before: 100" in client.get(page).content.decode()
        refused = client.post(page, {"projects_planned": "10", "projects_started": "11"})
        assert (refused.status_code, Cell.objects.filter(week=MONDAY).count()) == (400, 0)
        assert "is more than" in refused.content.decode()
        handed = {"labour_out": "61234", "base_labour_out": "50000", "willing": "40"}
        assert client.post(page, handed).status_code == 302
        own = client.get(f"/supervision/dispatch/{ZHENXIONG}/?on={SUNDAY}").content.decode()
        assert ">61,234<" in own
        assert "Less than half of the week before" in own
        assert client.get(f"/supervision/dispatch/{WANGMO}/").status_code == 404
        assert client.get(f"/supervision/dispatch/{WANGMO}/sheet/").status_code == 404
        sign_in(client, counties.han)
        nation = client.get(f"/supervision/dispatch/?on={SUNDAY}").content.decode()
        for told in (">61,234<", "122.5%", "1 county", "10 April 2020"):
            assert told in nation, told
        assert "30 September 2020" not in nation  # it was published later
        file = client.get(f"/supervision/dispatch/?on={SUNDAY}&export=csv")
        rows = b"".join(file.streaming_content).decode("utf-8-sig").splitlines()  # type: ignore[attr-defined]
    assert ",2020-04-20,labour_out,61234.00,50000.00,1" in rows
