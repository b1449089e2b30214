"""What the registers said of a date, as known at a moment."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from django.utils import timezone

from firmground.common.errors import Refusal
from firmground.engines.snapshot import Snapshot
from firmground.officers.machine import machine
from firmground.places import actions as places
from firmground.registry import snapshot
from firmground.registry.columns import base_facts
from firmground.registry.identity_numbers import check_digit
from tests.rooms.registry.conftest import COUNTRY, HOUSEHOLDS, MANBANG, OLD_LI, SHANGPA, TASHI, ZHAO, csv_file, load

pytestmark = pytest.mark.django_db(transaction=True)
JUNE, FUGONG, LUSHUI = date(2020, 6, 30), "533323", "533301"
MEMBER = ["户编号", "人口编号", "姓名", "证件号码", "出生日期", "人口动态"]
Rows = Callable[[Snapshot, str, str], list[dict[str, Any]]]


@pytest.fixture
def sent(tmp_path: Path) -> Callable[..., None]:
    """Loads rows, headings first; the country and three households are there."""
    file = tmp_path / "places.csv"
    file.write_text(COUNTRY, encoding="utf-8")
    places.load(file=file, by=machine())
    numbered = iter(range(100))

    def send(*rows: list[Any]) -> None:
        report = load(csv_file(tmp_path / f"{next(numbered)}.csv", rows))
        assert report.taken, report.refused

    send(*HOUSEHOLDS)
    return send


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Snapshot]:
    numbered = iter(range(100))

    def write_one(as_of: date = JUNE, **options: Any) -> Snapshot:
        return snapshot.write(as_of=as_of, to=tmp_path / f"snapshot-{next(numbered)}", **options)

    return write_one


def rows(of: Snapshot, table: str, county: str = FUGONG) -> list[dict[str, Any]]:
    paths = of.paths(table, county)
    return pa.concat_tables([pq.read_table(path) for path in paths]).to_pylist() if paths else []


def number(seventeen: str) -> str:
    return seventeen + check_digit(seventeen)


def test_it_holds_every_base_fact_and_no_name_number_or_telephone(
    sent: Callable[..., None], write: Callable[..., Snapshot], settings: Any
) -> None:
    sent(MEMBER, [OLD_LI, "a1", "李老四", number("99452419491231001"), "1949-12-31", "在户"])
    written = write()
    facts = base_facts(Path(settings.FIRMGROUND_CATALOGUE))
    for table in facts:
        if paths := written.paths(table, FUGONG):
            names = pq.read_schema(paths[0]).names
            assert names[-len(facts[table]) :] == list(facts[table])
            assert not {"head", "name", "id_number", "phone", "bank_account"} & set(names)
    for path in written.folder.rglob("*.parquet"):
        assert b"99452419491231001" not in path.read_bytes()


def test_households_lie_in_order_and_rows_name_theirs_by_position(
    sent: Callable[..., None], write: Callable[..., Snapshot]
) -> None:
    sent(MEMBER, [TASHI, "b1", "扎西", "", "", ""], [OLD_LI, "a1", "李老四", "", "", ""])
    written = write()
    assert [row["household_id"] for row in rows(written, "household")] == [OLD_LI, TASHI]
    assert [(row["household_row"], row["member_id"]) for row in rows(written, "member")] == [(0, "a1"), (1, "b1")]


def test_it_carries_the_latest_living_conditions_seen_by_the_date(
    sent: Callable[..., None], write: Callable[..., Snapshot]
) -> None:
    head = ["户编号", "入户核查日期", "住房等级", "耕地面积"]
    sent(head, [OLD_LI, "2020-03-01", "C", "3.25"])
    sent(head, [OLD_LI, "2020-06-01", "A", "3.5"])
    sent(head, [OLD_LI, "2020-07-01", "D", "4"])
    june, may = rows(write(), "household")[0], rows(write(date(2020, 5, 31)), "household")[0]
    assert (june["surveyed_on"], june["dwelling_grade"], str(june["area_cultivated"])) == (
        date(2020, 6, 1),
        "A",
        "3.50",
    )
    assert (may["surveyed_on"], may["dwelling_grade"]) == (date(2020, 3, 1), "C")
    assert rows(write(), "household")[1]["surveyed_on"] is None


def test_what_happened_later_is_not_in_it(sent: Callable[..., None], write: Callable[..., Snapshot]) -> None:
    sent(
        ["户编号", "支出日期", "支出类别", "自付金额"],
        [OLD_LI, "2020-06-30", "医疗", "1"],
        [OLD_LI, "2020-07-01", "医疗", "2"],
    )
    assert [int(row["amount"]) for row in rows(write(), "spending")] == [1]


def test_rows_of_a_household_registered_later_stay_out_with_it(
    sent: Callable[..., None], write: Callable[..., Snapshot]
) -> None:
    late = f"{SHANGPA}00009"
    sent([*HOUSEHOLDS[0], "识别日期"], [late, SHANGPA, "王五", "脱贫户", "2020-07-15"])
    sent(["户编号", "支出日期", "支出类别", "自付金额"], [late, "2020-06-01", "医疗", "1"])
    written = write()
    assert late not in {row["household_id"] for row in rows(written, "household")}
    assert rows(written, "spending") == []


def test_what_was_not_known_yet_is_not_in_it(sent: Callable[..., None], write: Callable[..., Snapshot]) -> None:
    before = timezone.now()
    sent(HOUSEHOLDS[0], [OLD_LI, SHANGPA, "李老四", "脱贫不稳定户"])
    assert rows(write(), "household")[0]["kind"] == "unstable"
    assert rows(write(known_at=before), "household")[0]["kind"] == "exited"


def test_a_household_that_moved_since_is_where_it_was_with_all_its_rows(
    sent: Callable[..., None], write: Callable[..., Snapshot]
) -> None:
    sent(MEMBER, [OLD_LI, "a1", "李老四", "", "", ""])
    before = timezone.now()
    sent(HOUSEHOLDS[0], [OLD_LI, MANBANG, "李老四", "脱贫户"])
    then, now = write(known_at=before), write()
    assert [row["member_id"] for row in rows(then, "member", FUGONG)] == ["a1"]
    assert [row["member_id"] for row in rows(now, "member", LUSHUI)] == ["a1"]
    assert rows(now, "member", FUGONG) == []


def test_the_state_of_each_identity_number_is_worked_out(
    sent: Callable[..., None], write: Callable[..., Snapshot]
) -> None:
    good, twice = number("99452419491231001"), number("99452419500101002")
    sent(
        MEMBER,
        [OLD_LI, "a1", "一", good, "1949-12-31", "在户"],
        [OLD_LI, "a2", "二", good[:17] + ("1" if good[17] != "1" else "2"), "", "在户"],
        [OLD_LI, "a3", "三", number("99452419490230001"), "", "在户"],
        [OLD_LI, "a4", "四", "无", "", "在户"],
        [OLD_LI, "a5", "五", "12345", "", "在户"],
        [OLD_LI, "a6", "六", twice, "", "在户"],
        [TASHI, "b1", "六", twice, "", "在户"],
        [ZHAO, "c1", "七", number("99452419600101003"), "1961-01-01", ""],
    )
    written = write()
    found = {
        row["member_id"]: row["id_number_state"]
        for county in (FUGONG, LUSHUI)
        for row in rows(written, "member", county)
    }
    assert found == {
        "a1": "good", "a2": "bad_checksum", "a3": "bad_birth_date", "a4": "missing", "a5": "malformed",
        "a6": "duplicate", "b1": "duplicate", "c1": "bad_birth_date",
    }  # fmt: skip


def test_who_left_one_household_for_another_is_no_duplicate(
    sent: Callable[..., None], write: Callable[..., Snapshot]
) -> None:
    twice = number("99452419900101002")
    sent(MEMBER, [OLD_LI, "a1", "小妹", twice, "", "婚出"], [TASHI, "b1", "小妹", twice, "", "在户"])
    assert {row["id_number_state"] for row in rows(write(), "member")} == {"good"}


def test_shared_accounts_and_telephones_are_counted_over_the_whole_register(
    sent: Callable[..., None], write: Callable[..., Snapshot]
) -> None:
    head = ["户编号", "行政村代码", "联系电话", "银行账号"]
    sent(
        head, [OLD_LI, SHANGPA, "13800000001", "62284800000000001"], [ZHAO, MANBANG, "13800000002", "62284800000000001"]
    )
    written = write()
    old_li, tashi = rows(written, "household")
    (zhao,) = rows(written, "household", LUSHUI)
    assert (old_li["account_households"], old_li["phone_households"]) == (2, 1)
    assert (zhao["account_households"], zhao["phone_households"]) == (2, 1)
    assert (tashi["account_households"], tashi["phone_households"]) == (None, None)


# Counties that did not change --------------------------------------------------------------


def kept(parent: Snapshot, child: Snapshot) -> set[str]:
    """The counties whose files the two snapshots share on the disk."""
    return {
        file.county
        for file in child.files
        if all((child.folder / f.path).samefile(parent.folder / f.path) for f in child.files if f.county == file.county)
    }


def test_a_county_that_did_not_change_is_linked(sent: Callable[..., None], write: Callable[..., Snapshot]) -> None:
    parent = write()
    sent(HOUSEHOLDS[0], [OLD_LI, SHANGPA, "李老四", "脱贫不稳定户"])
    child = write(parent=parent)
    assert kept(parent, child) == {LUSHUI}
    assert child.county_digest(LUSHUI) == parent.county_digest(LUSHUI)
    assert rows(child, "household")[0]["kind"] == "unstable"


def test_nothing_is_read_when_nothing_changed(
    sent: Callable[..., None], write: Callable[..., Snapshot], monkeypatch: pytest.MonkeyPatch
) -> None:
    parent = write()

    def unread(*_: object) -> None:
        raise AssertionError("a county was read")

    monkeypatch.setattr(snapshot, "_copied", unread)
    assert kept(parent, write(parent=parent)) == {FUGONG, LUSHUI}


def test_a_county_whose_member_shares_a_number_with_one_elsewhere_is_written_anew(
    sent: Callable[..., None], write: Callable[..., Snapshot]
) -> None:
    twice = number("99452419900101002")
    sent(MEMBER, [ZHAO, "c1", "小妹", twice, "", "在户"])
    parent = write()
    sent(MEMBER, [OLD_LI, "a1", "小妹", twice, "", "在户"])
    child = write(parent=parent)
    assert [row["id_number_state"] for row in rows(child, "member", LUSHUI)] == ["duplicate"]


def test_linked_or_written_a_snapshot_says_the_same(sent: Callable[..., None], write: Callable[..., Snapshot]) -> None:
    parent = write()
    sent(MEMBER, [OLD_LI, "a1", "小妹", "", "", "在户"])
    linked, whole = write(parent=parent), write()
    assert [(f.path, f.sha256) for f in linked.files] == [(f.path, f.sha256) for f in whole.files]


# Refused -----------------------------------------------------------------------------------


def test_the_future_is_not_known(sent: Callable[..., None], write: Callable[..., Snapshot]) -> None:
    with pytest.raises(Refusal, match="Nothing is known yet"):
        write(known_at=timezone.now() + timedelta(days=1))


def test_empty_registers_make_no_snapshot(write: Callable[..., Snapshot], transactional_db: None) -> None:
    with pytest.raises(Refusal, match="Load registers first"):
        write()


def test_a_folder_that_holds_a_snapshot_is_left_alone(
    sent: Callable[..., None], write: Callable[..., Snapshot]
) -> None:
    written = write()
    with pytest.raises(Refusal, match="already holds a snapshot"):
        snapshot.write(as_of=JUNE, to=written.folder)


def test_known_at_is_told_with_its_zone(sent: Callable[..., None], write: Callable[..., Snapshot]) -> None:
    assert datetime.fromisoformat(write().known_at).tzinfo is not None
