"""The list by rule, drawn again from screenings: who enters, stays and leaves, and nothing without an act."""

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from types import SimpleNamespace

import pytest
from click.testing import CliRunner
from django.test import Client

from firmground.cli.places import relist
from firmground.common.errors import Refusal
from firmground.common.home import CATALOGUE
from firmground.engines.standards.catalogue import load as catalogue
from firmground.engines.standards.screening import screen
from firmground.findings import actions as findings
from firmground.findings.models import Screening
from firmground.officers.machine import everywhere, machine
from firmground.officers.territory import EVERYWHERE, seeing
from firmground.places import actions as places
from firmground.places.models import Listing
from firmground.registry import snapshot
from firmground.supervision.listing import actions, declared, queries
from tests.cast import sign_in
from tests.rooms.supervision.exits.conftest import on, send
from tests.villages import POJI, WANGMU, settle

pytestmark = pytest.mark.django_db(transaction=True)
ACT = "Office notice No. 9 of 2020"
LAOBAOZHAI = "530627102202"


@pytest.fixture
def villages(cast: SimpleNamespace, tmp_path: Path) -> SimpleNamespace:
    """Three villages of a hundred rural people each; nobody is listed."""
    with seeing(EVERYWHERE), on("2020-03-01"):
        settle(tmp_path)
    cast.folder = tmp_path
    return cast


@pytest.fixture
def screened(villages: SimpleNamespace) -> Callable[..., Screening]:
    """A screening as of a day on which so many people are poor in each village; None: nobody counted the people."""

    def at(day: str, **poor: int | None) -> Screening:
        folder = villages.folder / day
        folder.mkdir()
        with everywhere() as by, on(day):
            for village, persons in poor.items():
                code = {"poji": POJI, "laobaozhai": LAOBAOZHAI, "wangmu": WANGMU}[village]
                home = f"{code}00090"
                kind = "未脱贫户" if persons else "脱贫户"
                send(folder, "household", [{"户编号": home, "行政村代码": code, "户主姓名": "王某", "户类型": kind}])
                people = [{"人口编号": f"{home}-{n}", "户编号": home, "姓名": "王某"} for n in range(persons or 3)]
                send(folder, "member", people)
                if persons is not None:
                    counted = {"行政村代码": code, "统计日期": day, "农村户籍人口": 100}
                    send(folder, "village", [counted])
            snapshot.write(as_of=date.fromisoformat(day), to=folder / "snapshot")
            screen(folder / "snapshot", catalogue(CATALOGUE), folder / "screening")
            taken = findings.take_in(folder=folder / "screening", snapshot=folder / "snapshot", by=by).screening
            released(taken)
        return taken

    def released(taken: Screening) -> None:
        for row in taken.standards.filter(standard__in=declared.in_force(), released_at=None).exclude(held_because=""):
            findings.release(standard=row.standard, note="seen", by=machine())

    return at


def drawn(screening: Screening) -> queries.Redrawn:
    with seeing(EVERYWHERE):
        return queries.everywhere(screening)


def codes(rows: list[queries.Drawn]) -> list[str]:
    return [row.place_code for row in rows]


def confirmed(screening: Screening, by: object, day: str) -> None:
    with seeing(EVERYWHERE), on(day):
        digest = queries.redrawn(screening, seen_by=by.reach).digest  # type: ignore[attr-defined]
        actions.redraw(screening=screening.pk, digest=digest, act=ACT, on=date.fromisoformat(day), by=by)  # type: ignore[arg-type]


def test_a_village_above_a_tenth_enters_one_at_a_tenth_does_not(
    screened: Callable[..., Screening], villages: SimpleNamespace
) -> None:
    first = screened("2020-03-10", poji=11, laobaozhai=10)
    found = drawn(first)
    assert codes(found.entering) == [POJI]
    assert (found.entering[0].grounds, found.entering[0].poor, found.entering[0].rural) == (
        ("high_incidence",),
        11,
        100,
    )
    confirmed(first, villages.yang, "2020-03-11")
    row = Listing.objects.get(place_code=POJI)
    assert (row.listed_on, row.basis, row.act) == (date(2020, 3, 11), "high_incidence", ACT)
    assert codes(drawn(first).staying) == [POJI]


def test_it_leaves_when_few_remain_and_may_enter_again(
    screened: Callable[..., Screening], villages: SimpleNamespace
) -> None:
    confirmed(screened("2020-03-10", poji=11), villages.yang, "2020-03-11")
    second = screened("2020-04-10", poji=0)
    found = drawn(second)
    assert (codes(found.leaving), codes(found.entering)) == ([POJI], [])
    confirmed(second, villages.yang, "2020-04-11")
    row = Listing.objects.get(place_code=POJI)
    assert (row.delisted_on, row.delisting_act, row.delist_reason) == (date(2020, 4, 11), ACT, "redrawn")
    third = screened("2020-05-10", poji=12)
    confirmed(third, villages.yang, "2020-05-11")
    assert Listing.objects.filter(place_code=POJI).count() == 2
    assert Listing.objects.get(place_code=POJI, delisted_on=None).listed_on == date(2020, 5, 11)


def test_what_was_not_shown_is_not_confirmed_and_twice_changes_nothing_twice(
    screened: Callable[..., Screening], villages: SimpleNamespace
) -> None:
    first = screened("2020-03-10", poji=11)
    shown = drawn(first).digest
    with on("2020-03-11"), seeing(EVERYWHERE):
        with pytest.raises(Refusal, match="not what you were shown"):
            actions.redraw(screening=first.pk, digest="0" * 64, act=ACT, on=date(2020, 3, 11), by=villages.yang)
        with pytest.raises(Refusal, match="listed by an act"):
            actions.redraw(screening=first.pk, digest=shown, act=" ", on=date(2020, 3, 11), by=villages.yang)
        with pytest.raises(Refusal, match="from that of the screening to today"):
            actions.redraw(screening=first.pk, digest=shown, act=ACT, on=date(2020, 3, 9), by=villages.yang)
        assert not Listing.objects.exists()
        actions.redraw(screening=first.pk, digest=shown, act=ACT, on=date(2020, 3, 11), by=villages.yang)
        with pytest.raises(Refusal, match="not what you were shown"):
            actions.redraw(screening=first.pk, digest=shown, act=ACT, on=date(2020, 3, 11), by=villages.yang)
    assert Listing.objects.count() == 1


def test_a_village_nobody_counted_stays_and_a_list_by_act_is_left_alone(
    screened: Callable[..., Screening], villages: SimpleNamespace
) -> None:
    with everywhere():
        for code, basis in ((POJI, "high_incidence"), ("530627", "not_exited")):
            Listing.objects.create(place_code=code, listed_on=date(2020, 2, 11), basis=basis, act="the list")
    found = drawn(screened("2020-03-10", poji=None))
    assert codes(found.unknown) == [POJI]
    assert not found.leaving
    assert "530627" not in codes(found.staying)


def test_a_province_draws_its_own_list_only(screened: Callable[..., Screening], villages: SimpleNamespace) -> None:
    first = screened("2020-03-10", poji=11, wangmu=20)
    assert codes(drawn(first).entering) == [WANGMU, POJI]
    confirmed(first, villages.yang, "2020-03-11")
    assert list(Listing.objects.values_list("place_code", flat=True)) == [POJI]
    with seeing(EVERYWHERE), on("2020-03-11"), pytest.raises(Refusal, match="cannot do this"):
        actions.redraw(screening=first.pk, digest="", act=ACT, on=date(2020, 3, 11), by=villages.zhou)


def test_the_pages_show_who_would_enter_and_the_list_of_any_day(
    screened: Callable[..., Screening], villages: SimpleNamespace
) -> None:
    first = screened("2020-03-10", poji=11)
    with on("2020-03-12"):
        province = sign_in(Client(headers={"accept-language": "en"}), villages.yang)
        page = province.get("/supervision/listing/redraw/").content.decode()
        assert "Would enter: 1" in page
        assert "11.0%" in page
        with seeing(EVERYWHERE):
            digest = queries.redrawn(first, seen_by=villages.yang.reach).digest
        said = {"act": ACT, "on": "2020-03-11", "digest": digest, "screening": first.pk}
        assert province.post("/supervision/listing/redraw/", said).status_code == 302
        assert "not what you were shown" in province.post("/supervision/listing/redraw/", said).content.decode()
        page = province.get("/supervision/listing/").content.decode()
        assert POJI in page
        assert ACT in page
        assert POJI not in province.get("/supervision/listing/?on=2020-03-10").content.decode()
        assert POJI in b"".join(province.get("/supervision/listing/?export=csv")).decode()  # type: ignore[arg-type]
        chinese = sign_in(Client(headers={"accept-language": "zh"}), villages.yang)
        assert "贫困发生率高" in chinese.get("/supervision/listing/").content.decode()
        county = sign_in(Client(headers={"accept-language": "en"}), villages.peng)
        assert POJI not in county.get("/supervision/listing/").content.decode()


def test_the_command_prints_what_would_change(screened: Callable[..., Screening]) -> None:
    nothing = CliRunner().invoke(relist, standalone_mode=False)
    assert str(nothing.exception) == "Nothing has been screened yet."
    screened("2020-03-10", poji=11)
    said = CliRunner().invoke(relist, standalone_mode=False)
    assert f"+ {POJI}  11 of 100 high_incidence" in said.output
    told = json.loads(CliRunner().invoke(relist, ["--json"], standalone_mode=False).output)
    assert told["enter"] == [{"place": POJI, "grounds": ["high_incidence"], "poor": 11, "rural": 100}]


def test_places_cannot_be_listed_twice_at_once(villages: SimpleNamespace) -> None:
    with everywhere(), on("2020-03-11"):
        listed = {"place_code": POJI, "basis": "many_poor", "act": ACT, "by": villages.yang}
        places.enlist(on=date(2020, 3, 11), **listed)
        with pytest.raises(Refusal, match="listed on that day already"):
            places.enlist(on=date(2020, 3, 12), **listed)


def test_a_catalogue_that_lists_by_no_standard_says_what_is_wrong(settings: object, tmp_path: Path) -> None:
    (tmp_path / "lists.toml").write_text('[[list]]\nstandard = "nobody"\nbasis = "luck"\n', encoding="utf-8")
    settings.FIRMGROUND_CATALOGUE = tmp_path  # type: ignore[attr-defined]
    for each in CATALOGUE.iterdir():
        if each.name != "lists.toml":
            (tmp_path / each.name).symlink_to(each)
    with pytest.raises(Refusal, match=r"'nobody' is no standard about a village or a county(.|\n)*'luck' is none of"):
        declared.in_force()
