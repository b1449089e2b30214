"""A corner of the country: Fugong and Lushui in Nujiang."""

from pathlib import Path

import pytest

from firmground.officers.machine import machine
from firmground.places import actions

CORNER = """\
code,level,name_zh,name_en,lon,lat
53,province,云南省,Yunnan,102.71,25.04
5333,prefecture,怒江傈僳族自治州,,98.85,25.85
533301,county,泸水市,Lushui City,98.85,25.97
533301100,township,六库街道,,,
533301100001,village,江西社区居委会,,,
533301101,township,上江镇,,,
533301101200,village,蛮蚌村委会,,,
533323,county,福贡县,Fugong County,98.86,26.90
533323101,township,上帕镇,,,
533323101201,village,上帕村委会,,,
533323101202,village,木古甲村委会,,,
"""


@pytest.fixture
def corner(db: None, tmp_path: Path) -> Path:
    """Those places, loaded. Returns the file."""
    file = tmp_path / "places.csv"
    file.write_text(CORNER, encoding="utf-8")
    actions.load(file=file, by=machine())
    return file


@pytest.fixture(autouse=True)
def _everywhere(everywhere: object) -> None:
    """These tests are about what the room does; who may see and do it is told elsewhere."""
