"""One journey through every room: a flood, and how a household gets out of it, and falls back, and is found again.

The cast is of Zhenxiong (530627): Mei works in Poji village, Tang in the township, Zhou in the county. The household
of Chen: two who can work, a child in school; its income lies above the monitoring line until the flood.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import time_machine
from django.conf import settings

from firmground import flow
from firmground.assistance import actions as assistance
from firmground.cases import actions as cases
from firmground.cases import queries
from firmground.cases.models import Case, Move
from firmground.common.errors import Refusal
from firmground.engines.standards.catalogue import load as load_catalogue
from firmground.engines.standards.screening import screen
from firmground.findings import actions as findings
from firmground.notices import actions as notices
from firmground.notices.models import Notice
from firmground.officers.machine import everywhere, machine
from firmground.officers.territory import seeing
from firmground.registry import actions as registry
from firmground.registry import snapshot
from firmground.registry.models import OPEN, Assistance, Household, Risk
from tests.cast import ZHENXIONG

pytestmark = pytest.mark.django_db(transaction=True)

VILLAGE = f"{ZHENXIONG}102201"
CHEN = f"{VILLAGE}00001"
FLOOD = date(2020, 5, 20)
HOME_CHECK = {
    "visited_on": "2020-07-04", "visitors": "Mei, Wang", "income_per_head": "2600", "dwelling_safe": "true",
    "water_safe": "true", "members_insured": "true", "risks": ["disaster"],
}  # fmt: skip
MEETING = {"held_on": "2020-07-07", "present": "31", "in_favour": "29", "first_secretary_present": "true"}
AUTHORISED = {"signed_by": "Chen", "signed_on": "2020-07-04"}


@contextmanager
def on(day: date) -> Iterator[None]:
    """The morning of a day in Zhenxiong."""
    with time_machine.travel(datetime(day.year, day.month, day.day, 1, tzinfo=UTC), tick=True):
        yield


@pytest.fixture
def world(transactional_db: None, tmp_path: Path) -> SimpleNamespace:
    """The registers before the flood, and the officers."""
    from firmground.officers.territory import EVERYWHERE
    from tests.cast import enrol

    with seeing(EVERYWHERE):
        cast = enrol()
        files = SimpleNamespace(folder=tmp_path, cast=cast)
        household(files)
    return files


def csv(world: SimpleNamespace, name: str, heading: str, *rows: str) -> None:
    file = world.folder / f"{name}.csv"
    file.write_text("\n".join([heading, *rows]) + "\n", encoding="utf-8")
    with everywhere() as by:
        report = registry.load(file=file, by=by)
    assert report.taken, report.refused


def household(world: SimpleNamespace) -> None:
    with on(date(2020, 5, 1)):
        csv(world, "households", "household_id,village_code,head,group_name,kind,registered_on,exited_on,population",
            f"{CHEN},{VILLAGE},Chen,Group 3,exited,2014-03-01,2018-12-01,3")  # fmt: skip
        csv(world, "members",
            "member_id,household_id,village_code,name,relation,sex,birth_date,status,labour,school_stage,school_status,"
            "insured_resident",
            f"{CHEN}-1,{CHEN},{VILLAGE},Chen,head,male,1980-02-01,active,able,,,true",
            f"{CHEN}-2,{CHEN},{VILLAGE},Luo,spouse,female,1982-02-01,active,able,,,true",
            f"{CHEN}-3,{CHEN},{VILLAGE},Xiao,child,male,2010-02-01,active,none,primary,in_school,true")  # fmt: skip
        csv(world, "living",
            "household_id,village_code,surveyed_on,staple_enough,protein,seasonal_clothes,bedding,dwelling_grade,"
            "dwelling_made_safe,water_litres,water_dry_area,water_quality,water_piped,water_fetch_minutes,"
            "water_short_days",
            f"{CHEN},{VILLAGE},2020-04-20,true,any_time,true,true,B,,70,false,tested_good,true,0,0")  # fmt: skip
        statements(world, date(2019, 5, 1), date(2020, 5, 1), 600)


def statements(world: SimpleNamespace, first: date, until: date, monthly: int) -> None:
    """A statement for each month, from `first` until the month before `until`."""
    rows = []
    while first < until:
        following = (first.replace(day=1) + timedelta(days=32)).replace(day=1)
        last = following - timedelta(days=1)
        rows.append(f"{CHEN},{VILLAGE},{first},{last},{monthly},0,0,0,0,0,0,0,0,0,0,0,0")
        first = following
    csv(world, "statements",
        "household_id,village_code,held_from,held_to,wage_migrant,wage_post,wage_other,operating_crop,"
        "operating_livestock,operating_other,property,transfer_dibao,transfer_tekun,transfer_pension,transfer_eco,"
        "transfer_other,operating_cost", *rows)  # fmt: skip


def screening(world: SimpleNamespace, as_of: date) -> Any:
    """A snapshot, screened, taken in, and what follows."""
    folder = world.folder / f"{as_of}"
    with everywhere() as by:
        taken = snapshot.write(as_of=as_of, to=folder / "snapshot")
        found = screen(taken, load_catalogue(Path(settings.FIRMGROUND_CATALOGUE)), folder / "screening")
        took = findings.take_in(folder=found.folder, by=by)
        for result in took.standards.filter(released_at=None).exclude(held_because=""):
            findings.release(screening=took, standard=result.standard, note="a single household", by=by)
        flow.open_cases(took)
    return took


def test_a_flood_and_what_follows(world: SimpleNamespace) -> None:
    mei, tang, zhou = world.cast.mei, world.cast.tang, world.cast.zhou
    with on(date(2020, 6, 2)):
        csv(world, "disasters", "household_id,village_code,happened_on,hazard,loss", f"{CHEN},{VILLAGE},{FLOOD},flood,30000")
        statements(world, date(2020, 5, 1), date(2020, 6, 1), 0)
    with on(date(2020, 7, 2)):
        statements(world, date(2020, 6, 1), date(2020, 7, 1), 0)
        screening(world, date(2020, 6, 30))
    with everywhere():
        print([(c.procedure, c.standards) for c in Case.objects.all()])
