"""The tree of places, its names and its listing."""

from datetime import date
from pathlib import Path

import pytest

from firmground.common.errors import Refusal
from firmground.common.home import CATALOGUE
from firmground.officers.machine import machine
from firmground.places import actions, queries
from firmground.places.models import Listing, Place
from firmground.places.names import romanised


@pytest.mark.django_db
def test_the_catalogue_holds_the_country_and_the_52_listed_counties() -> None:
    loaded = actions.load(file=CATALOGUE / "places.csv", by=machine())
    actions.load_listing(file=CATALOGUE / "listed_counties.csv", by=machine())
    assert loaded == actions.Loaded(rows=17_614, new=17_614, corrected=0)
    counts = {level: Place.objects.filter(level=level).count() for level in ("province", "prefecture", "county")}
    assert counts == {"province": 31, "prefecture": 342, "county": 2994}
    listed = list(queries.listed())
    assert len(listed) == 52
    assert all(queries.children(county.code).exists() for county in listed)
    assert not queries.listed(date(2020, 2, 10)).exists()
    assert sum(1 for _ in Place.objects.filter(level="village")) == 13_165


@pytest.mark.usefixtures("corner")
def test_a_path_leads_from_the_province_to_the_village() -> None:
    names = [place.name("en") for place in queries.path("533323101202")]
    assert names == [
        "Yunnan", "Nujiang Lisu Autonomous Prefecture", "Fugong County", "Shangpa Town", "Mugujia Village",
    ]  # fmt: skip
    assert queries.path("") == []
    assert [place.code for place in queries.children("")] == ["53"]
    assert not queries.children("533323101202").exists()


def test_loading_again_changes_nothing_and_a_corrected_name_is_taken(corner: Path) -> None:
    assert actions.load(file=corner, by=machine()) == actions.Loaded(rows=11, new=0, corrected=0)
    corner.write_text(corner.read_text(encoding="utf-8").replace("上帕镇,", "上帕镇,Shangpa"), encoding="utf-8")
    assert actions.load(file=corner, by=machine()) == actions.Loaded(rows=11, new=0, corrected=1)
    assert queries.place("533323101").name("en") == "Shangpa"
    assert queries.place("533323101").name("zh") == "上帕镇"


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ("53332,county,某县,,,", "line 13: '53332' is no code of a county, which has 6 digits"),
        ("539901,county,某县,,,", "line 13: 539901 lies in 5399, which is no place"),
        ("533399,county,,,,", "line 13: 533399 has no Chinese name"),
        ("533399,canton,某县,,,", "level 'canton' is none of province"),
        ("533399,county,某县,,9.86,26.9", "lon 9.86 of 533399 lies outside China"),
        ("533399,county,某县,,east,26.9", "lon 'east' of 533399 is no number"),
        ("533323,county,福贡县,,,", "533323: stands more than once"),
    ],
)
def test_a_wrong_row_is_named_and_nothing_is_loaded(corner: Path, row: str, says: str) -> None:
    before = Place.objects.count()
    corner.write_text(corner.read_text(encoding="utf-8") + row + "\n", encoding="utf-8")
    with pytest.raises(Refusal) as refusal:
        actions.load(file=corner, by=machine())
    assert says in str(refusal.value)
    assert Place.objects.count() == before


@pytest.mark.usefixtures("corner")
def test_a_listing_needs_its_place_its_ground_and_its_act(tmp_path: Path) -> None:
    file = tmp_path / "listing.csv"
    file.write_text("code,listed_on,basis,act\n533388,2020-02-11,hunch,\n533323,soon,not_exited,x\n", encoding="utf-8")
    with pytest.raises(Refusal) as refusal:
        actions.load_listing(file=file, by=machine())
    for says in ("line 2: no place has the code '533388'", "basis 'hunch'", "the act is missing", "line 3: listed_on"):
        assert says in str(refusal.value)
    assert not Listing.objects.exists()


@pytest.mark.django_db
def test_a_code_that_no_place_ever_had_is_refused() -> None:
    with pytest.raises(Refusal, match="No place has the code '990000'"):
        queries.resolve("990000", date(2020, 6, 30))


@pytest.mark.parametrize(
    ("name_zh", "name_en"),
    [
        ("小东江社区居委会", "Xiaodongjiang Community"),
        ("街上村村民委员会", "Jieshang Village"),
        ("长安镇", "Chang'an Town"),
        ("女山湖镇", "Nüshanhu Town"),
        ("积石山保安族东乡族撒拉族自治县", "Jishishan Bonan Dongxiang Salar Autonomous County"),
        ("巴什库木巴村委会", "Bashikumuba Village"),
        ("市辖区", "Districts"),
    ],
)
def test_a_place_without_an_english_name_has_its_pinyin_and_its_kind(name_zh: str, name_en: str) -> None:
    assert romanised(name_zh) == name_en
