"""Mei of Poji village puts notices up; Tang of the township, Zhou of the county; Bao works in another county."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.test import Client

from firmground.notices import actions
from firmground.notices.models import Notice
from firmground.officers.machine import machine
from firmground.officers.territory import EVERYWHERE, seeing
from firmground.places import actions as places
from tests.cast import WANGMO, ZHENXIONG, sign_in

POJI, POJI_TOWNSHIP, WANGMU = f"{ZHENXIONG}102201", f"{ZHENXIONG}102", f"{WANGMO}001201"
COUNTRY = f"""\
code,level,name_zh,name_en,lon,lat
52,province,贵州省,Guizhou,106.7,26.6
5223,prefecture,黔西南布依族苗族自治州,,104.9,25.1
{WANGMO},county,望谟县,Wangmo County,106.1,25.18
{WANGMO}001,township,王母街道,,,
{WANGMU},village,王母社区居委会,,,
53,province,云南省,Yunnan,102.71,25.04
5306,prefecture,昭通市,,103.7,27.3
{ZHENXIONG},county,镇雄县,Zhenxiong County,104.87,27.45
{POJI_TOWNSHIP},township,泼机镇,,,
{POJI},village,泼机村委会,,,
"""
MONDAY = date(2020, 6, 1)
OLD_LI = {
    "head": "李老四", "group_name": "三组", "population": 4, "kind": "marginal", "broad_risk": ["illness", "water"],
}  # fmt: skip


@contextmanager
def on(day: date) -> Iterator[None]:
    """At nine in the morning of a day, in China."""
    with time_machine.travel(datetime(day.year, day.month, day.day, 9, tzinfo=ZoneInfo("Asia/Shanghai")), tick=False):
        yield


@pytest.fixture
def country(db: None, tmp_path: Path) -> None:
    file = tmp_path / "places.csv"
    file.write_text(COUNTRY, encoding="utf-8")
    with seeing(EVERYWHERE):
        places.load(file=file, by=machine())


@pytest.fixture
def people(country: None, cast: SimpleNamespace) -> SimpleNamespace:
    """The cast, and the places they work in."""
    return cast


@pytest.fixture
def put_up(people: SimpleNamespace) -> Callable[..., Notice]:
    """put_up(rows=…, by=…): Mei puts Old Li's household up in Poji on Monday for five days, if not said otherwise."""

    def post(**said: Any) -> Notice:
        given = {"kind": "monitoring_candidates", "place_code": POJI, "rows": [OLD_LI], "on": MONDAY, "days": 5}
        given |= {"by": people.mei, **said}
        with on(max(given["on"], MONDAY)):
            return actions.post(**given)

    return post


@pytest.fixture
def signed_in(people: SimpleNamespace) -> Callable[[str], Client]:
    """signed_in("tang"): a browser in which Tang has signed in, with a second factor."""

    return lambda name: sign_in(Client(), getattr(people, name))


@pytest.fixture
def anybody() -> Client:
    """A browser of somebody who never signed in, checked for where its forms come from."""
    return Client(enforce_csrf_checks=True)
