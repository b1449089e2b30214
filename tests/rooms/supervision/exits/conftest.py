"""The cast, two counties with people, and what was found by asking them."""

from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import time_machine

from firmground.cases import actions as cases
from firmground.cases.models import Case
from firmground.officers.machine import machine
from firmground.officers.models import Office
from firmground.officers.territory import EVERYWHERE, seeing
from firmground.places.models import Listing
from firmground.registry import actions as registry
from tests.cast import WANGMO, ZHENXIONG
from tests.villages import POJI, settle

ASSESSED = {
    "抽查脱贫人口": 4000,
    "错退人口": 20,
    "抽查非建档立卡人口": 2000,
    "漏评人口": 4,
    "满意度调查户数": 1500,
    "认可户数": 1440,
}


def send(folder: Path, table: str, rows: list[dict[str, Any]], by: Office | None = None) -> None:
    file = folder / f"{table}.csv"
    lines = [",".join(rows[0]), *(",".join(str(cell) for cell in row.values()) for row in rows)]
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    report = registry.load(file=file, by=by or machine(), table=table)
    assert report.taken, report.refused


@pytest.fixture
def counties(cast: SimpleNamespace, tmp_path: Path) -> SimpleNamespace:
    """The villages of tests/villages.py, both counties listed and counted on 31 December 2019."""
    with seeing(EVERYWHERE), on("2020-03-01"):
        settle(tmp_path)
        counted = [{"县代码": code, "统计日期": "2019-12-31", "农村户籍人口": 100} for code in (ZHENXIONG, WANGMO)]
        send(tmp_path, "county", counted)
        village = {"行政村代码": POJI, "统计日期": "2019-12-31", "农村户籍人口": 40, "村卫生室设置": "单独设置"}
        send(tmp_path, "village", [village])
        for code in (ZHENXIONG, WANGMO, POJI):
            Listing.objects.create(place_code=code, listed_on=date(2020, 2, 11), basis="not_exited", act="the list")
    cast.folder = tmp_path
    return cast


def surveyed(
    cast: SimpleNamespace, day: str, by: Office, county: str = ZHENXIONG, kind: str = "专项评估", **found: Any
) -> None:
    """A survey of a county, sent in by an office; what it found is as ASSESSED unless said."""
    with seeing(by.officer):
        row = {"县代码": county, "评估日期": day, "评估类型": kind, "组织实施": "第三方", **ASSESSED, **found}
        send(cast.folder, "exit_survey", [row], by)


def take(case: Case, step: str, outcome: str, by: Office, **shown: Any) -> Case:
    with seeing(by.officer):
        cases.take(case=case.pk, step=step, outcome=outcome, by=by, why="seen", **shown)
    with seeing(EVERYWHERE):
        return Case.objects.get(pk=case.pk)


def on(day: str) -> time_machine.travel:
    return time_machine.travel(f"{day} 09:00 +0800", tick=False)
