"""Registers of what serves the villages: loaded at a village, township or county, tested, interrupted, moved."""

from datetime import date
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from firmground.engines.standards.catalogue import load as catalogue
from firmground.engines.standards.screening import screen
from firmground.officers.territory import EVERYWHERE, Territory, seeing
from firmground.registry import facilities, snapshot
from firmground.registry.models import OPEN, Clinic, Interruption, Village, WaterSupply, WaterTest
from tests.rooms.registry.conftest import MUGUJIA, SHANGPA, csv_file, load, why

pytestmark = pytest.mark.django_db(transaction=True)
SPRING = f"{SHANGPA}-W1"
SUPPLIES = [
    ["供水工程编号", "所在地代码", "工程名称", "工程类型", "管护主体", "有管护人员", "管水员",
     "运行经费是否落实", "年运行经费(万元)", "状况"],
    [SPRING, SHANGPA, "老泉", "分散式", "村委会", "有", "和阿恒", "是", "0.36", "正常"],
]  # fmt: skip
TESTS = [
    ["供水工程编号", "检测日期", "检测机构", "是否合格", "不合格指标"],
    [SPRING, "2020-05-01", "现场", "否", "大肠菌群"],
]
DRY = [["供水工程编号", "停水开始日期", "恢复供水日期", "停水原因"], [SPRING, "2020-03-01", "2020-03-11", "干旱"]]


@pytest.fixture
def send(country: None, tmp_path: Path) -> Any:
    numbered = iter(range(100))
    return lambda rows, **options: load(csv_file(tmp_path / f"{next(numbered)}.csv", rows), **options)


def test_a_spring_is_kept_tested_and_dry_for_ten_days(send: Any) -> None:
    for rows in (SUPPLIES, TESTS, DRY):
        report = send(rows)
        assert report.taken, why(report)
    spring = WaterSupply.objects.get(OPEN)
    assert (spring.responsible, spring.keeper, spring.running_money_yearly) == ("village", "和阿恒", 3600)
    test, dry = WaterTest.objects.get(OPEN), Interruption.objects.get(OPEN)
    assert (test.failed_item, test.place_code, test.water_test_id) == (
        "bacteria",
        SHANGPA,
        f"{SPRING}-2020-05-01-field",
    )
    assert (dry.held_from, dry.held_to) == (date(2020, 3, 1), date(2020, 3, 11))


def test_headings_may_be_english(send: Any) -> None:
    report = send([
        ["Institution number", "Place code", "Name", "Kind of institution", "Qualified doctors", "Condition"],
        ["533323-C1", "533323", "Fugong hospital", "county hospital", "31", "in good order"],
    ])  # fmt: skip
    assert report.taken, why(report)
    hospital = Clinic.objects.get(OPEN)
    assert (hospital.place_code, hospital.doctors_qualified, hospital.condition) == ("533323", 31, "good")


def test_a_village_says_what_it_has_and_its_number_is_its_code(send: Any) -> None:
    assert send(
        [
            ["行政村代码", "统计日期", "常住人口", "村卫生室设置", "到卫生室路程"],
            [SHANGPA, "2019-12-31", "1240", "邻村共用", "25"],
        ]
    ).taken
    village = Village.objects.get(OPEN)
    assert (village.village_id, village.clinic, village.clinic_minutes) == (SHANGPA, "shared", 25)


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        ([SUPPLIES[0], ["X1", "5333", *SUPPLIES[1][2:]]], "no village, township or county has the code 5333"),
        ([SUPPLIES[0], ["X1", "533323999", *SUPPLIES[1][2:]]], "no village, township or county has the code 533323999"),
        ([SUPPLIES[0], ["X1", "", *SUPPLIES[1][2:]]], "column B '所在地代码': is empty"),
        ([TESTS[0], ["X9", *TESTS[1][1:]]], "the register 供水工程 (water_supply) has no number X9: load it first"),
        ([TESTS[0], ["", *TESTS[1][1:]]], "names no row of the register it belongs to: 供水工程 (water_supply)"),
        ([[*DRY[0], "所在地代码"], [*DRY[1], MUGUJIA]], f"what it belongs to is not registered in place {MUGUJIA}"),
    ],
)
def test_what_fits_nowhere_is_refused_with_a_sentence(send: Any, rows: Any, reason: str) -> None:
    assert send(SUPPLIES).taken
    report = send(rows)
    assert not report.taken
    assert reason in why(report)[0]


def test_a_supply_that_moves_takes_its_tests_along_and_both_rows_stay(send: Any) -> None:
    for rows in (SUPPLIES, TESTS):
        send(rows)
    assert send([SUPPLIES[0], [SPRING, MUGUJIA, *SUPPLIES[1][2:]]]).taken
    assert WaterTest.objects.get(OPEN).place_code == MUGUJIA
    rows = facilities.everything_about("water_supply", SPRING, seen_by=EVERYWHERE)["water_supply"]
    assert [row.superseded_at is None for row in rows] == [False, True]


def test_a_place_that_is_no_place_cannot_be_written(send: Any) -> None:
    send(SUPPLIES)
    source = WaterSupply.objects.get(OPEN).source
    with pytest.raises(IntegrityError, match="clinic_is_in_a_county"), transaction.atomic():
        Clinic.objects.create(clinic_id="c", place_code="5333", recorded_at=timezone.now(), source=source)


def test_the_next_village_sees_no_spring(send: Any) -> None:
    send(SUPPLIES)
    neighbour = Territory.of([MUGUJIA])
    assert facilities.within("water_supply", "", seen_by=EVERYWHERE).count() == 1
    assert facilities.within("water_supply", "", seen_by=neighbour).count() == 0
    with seeing(neighbour):  # the database itself, whatever a query forgets
        assert WaterSupply.objects.count() == WaterTest.objects.count() == 0


def test_a_snapshot_holds_facilities_without_the_keepers_name_and_standards_find_what_is_wrong(
    send: Any, tmp_path: Path, settings: Any
) -> None:
    for rows in (SUPPLIES, TESTS, DRY):
        send(rows)
    written = snapshot.write(as_of=date(2020, 6, 30), to=tmp_path / "snapshot")
    (path,) = written.paths("water_supply", "533323")
    assert not {"keeper", "title"} & set(pq.read_schema(path).names)
    screening = screen(written, catalogue(Path(settings.FIRMGROUND_CATALOGUE)), tmp_path / "screening")
    short = {total.standard for total in screening.totals if total.not_met}
    assert short == {"water_supply_clean"}
    send([TESTS[0], [SPRING, "2020-06-10", "县", "是", ""]])
    later = snapshot.write(as_of=date(2020, 6, 30), to=tmp_path / "later", parent=written)
    again = screen(later, catalogue(Path(settings.FIRMGROUND_CATALOGUE)), tmp_path / "again", since=screening.folder)
    assert [total.standard for total in again.totals if total.not_met] == []
