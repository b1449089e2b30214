"""What became of places: each test is a worked example."""

from datetime import date
from pathlib import Path

import pytest

from firmground.common.errors import Refusal
from firmground.officers.machine import machine
from firmground.places import changes, queries
from firmground.places.models import Place, PlaceChange

pytestmark = pytest.mark.usefixtures("corner")

SPLIT = """
[[change]]
on = 2021-06-03
act = "State Council reply 58 of 2021"
kind = "split"
from = ["533323101"]
to = [{ code = "533323101" }, { code = "533323102", name_zh = "木古甲镇" }]
[[change]]
on = 2021-06-03
act = "State Council reply 58 of 2021"
kind = "move"
from = ["533323101202"]
to = [{ code = "533323102200", name_zh = "木古甲村委会" }]
"""
MERGER = """
[[change]]
on = 2022-01-01
act = "Provincial reply 3 of 2022"
kind = "merge"
from = ["533323101201", "533323102200"]
to = [{ code = "533323101201", name_zh = "帕甲村委会" }]
"""
NEW_COUNTY_CODE = """
[[change]]
on = 2023-03-01
act = "Ministry notice 9 of 2023"
kind = "rename"
from = ["533323"]
to = [{ code = "533302", name_zh = "福贡市", name_en = "Fugong City" }]
"""


@pytest.fixture
def take_in(tmp_path: Path):  # type: ignore[no-untyped-def]
    def take_in(text: str) -> changes.Taken:
        file = tmp_path / "changes.toml"
        file.write_text(text, encoding="utf-8")
        return changes.take_in(file=file, by=machine())

    return take_in


@pytest.mark.parametrize(
    ("code", "on", "became"),
    [
        ("533323101", "2021-06-02", ["533323101"]),
        ("533323101", "2021-06-03", ["533323101", "533323102"]),
        ("533323101202", "2021-06-03", ["533323102200"]),
        ("533323101202", "2022-01-01", ["533323101201"]),  # moved, then merged
        ("533323101201", "2022-06-01", ["533323101201"]),  # merged under its own code
        ("533323", "2023-03-01", ["533302"]),
        ("533323101", "2023-03-01", ["533302101", "533302102"]),  # split, then followed its county
        ("533323101202", "2023-03-01", ["533302101201"]),  # moved, merged, and followed its county
        ("533301101200", "2030-01-01", ["533301101200"]),  # nothing became of it
    ],
)
def test_a_code_of_2020_resolves_later(take_in, code: str, on: str, became: list[str]) -> None:  # type: ignore[no-untyped-def]
    take_in(SPLIT + MERGER + NEW_COUNTY_CODE)
    assert queries.resolve(code, date.fromisoformat(on)) == became


def test_a_code_written_down_after_a_change_does_not_follow_it(take_in) -> None:  # type: ignore[no-untyped-def]
    take_in(SPLIT)
    assert queries.resolve("533323101", date(2022, 1, 1), since=date(2021, 6, 3)) == ["533323101"]


def test_the_tree_is_the_one_of_the_day_asked_for(take_in) -> None:  # type: ignore[no-untyped-def]
    take_in(SPLIT)
    before, after = date(2021, 6, 2), date(2021, 6, 3)
    assert [p.code for p in queries.children("533323", before)] == ["533323101"]
    assert [p.code for p in queries.children("533323", after)] == ["533323101", "533323102"]
    assert [p.code for p in queries.children("533323101", after)] == ["533323101201"]


def test_a_new_name_replaces_the_english_one_and_the_old_names_are_kept(take_in) -> None:  # type: ignore[no-untyped-def]
    take_in(
        '[[change]]\non = 2024-01-01\nact = "Act 1"\nkind = "rename"\nfrom = ["533301"]\n'
        'to = [{ code = "533301", name_zh = "怒江市" }]'
    )
    assert Place.objects.get(code="533301").name("en") == "Nujiang City"
    (change,) = queries.history("533301")
    assert (change.name_zh_before, change.name_en_before) == ("泸水市", "Lushui City")


def test_taking_the_same_file_in_again_changes_nothing(take_in) -> None:  # type: ignore[no-untyped-def]
    assert take_in(SPLIT + MERGER) == changes.Taken(new=3, known=0)
    places, changed = list(Place.objects.values()), list(PlaceChange.objects.values())
    assert take_in(SPLIT + MERGER) == changes.Taken(new=0, known=3)
    assert (list(Place.objects.values()), list(PlaceChange.objects.values())) == (places, changed)


def entry(**other: str) -> str:
    said = {
        "on": "2021-06-03", "act": '"Act 1"', "kind": '"split"', "from": '["533323101"]',
        "to": '[{ code = "533323101" }, { code = "533323102", name_zh = "木古甲镇" }]',
    } | other  # fmt: skip
    return "[[change]]\n" + "\n".join(f"{key} = {value}" for key, value in said.items() if value)


GOOD = entry(**{"from": '["533301"]', "kind": '"rename"', "to": '[{ code = "533301", name_zh = "怒江市" }]'})


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (entry(act='""'), "the act is missing"),
        (entry(on='"June 2021"'), "is no date"),
        (entry(kind='"vanish"'), "none of split, merge, rename, move"),
        (entry(to=""), "to missing"),
        (entry(by='"somebody"'), "by missing or unknown"),
        (entry(**{"from": '["533323109"]'}), "533323109 is no place in force"),
        (entry(to='[{ code = "533323101" }, { code = "533323102" }]'), "533323102 is new: give its name_zh"),
        (entry(to='[{ code = "533323101" }]'), "a split has at least two places in to"),
        (entry(to='[{ code = "533323101" }, { code = "533301101" }]'), "533301101 is another place already"),
        (entry(to='[{ code = "533323101" }, { code = "5333", name_zh = "甲" }]'), "digits of one level"),
        (entry(to='[{ code = "53332310x" }, { code = "533323102" }]'), "digits of one level"),
        (entry(to='[{ code = 533323101 }]'), "as text"),
        (entry(to='[{ code = "533323103", name_zh = "甲镇" }, { code = "533323102", name_zh = "乙镇" }]'),
         "2 places would lie in a place that is no more: 533323101201, 533323101202"),
        ("[change]\n", "should hold [[change]] entries"),
        ("[[change\n", "cannot be read"),
    ],
)  # fmt: skip
def test_a_wrong_change_is_refused_in_a_sentence_and_changes_nothing(take_in, text: str, says: str) -> None:  # type: ignore[no-untyped-def]
    before = list(Place.objects.values())
    with pytest.raises(Refusal) as refusal:
        take_in(f"{GOOD}\n{text}" if text.startswith("[[change]]\n") else text)
    assert says in str(refusal.value)
    assert list(Place.objects.values()) == before
    assert not PlaceChange.objects.exists()
