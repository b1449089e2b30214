"""What is being done in a place, beside what remains: plans, visits, help and the dispatch sheet, as of any day."""

import csv
import io
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.conf import settings
from django.db import transaction
from django.test import Client
from django.utils import timezone
from python_calamine import CalamineWorkbook

from firmground import flow
from firmground.common.audit.trail import acting
from firmground.engines.standards.catalogue import load
from firmground.engines.standards.screening import screen
from firmground.findings import actions as findings
from firmground.findings.models import Screening
from firmground.officers.machine import everywhere
from firmground.officers.models import Role
from firmground.officers.territory import EVERYWHERE, seeing
from firmground.registry import snapshot
from firmground.supervision.board import queries as board
from firmground.supervision.board.models import Forecast, PlaceFigures
from firmground.supervision.dispatch import actions as dispatch
from firmground.supervision.dispatch.models import week_ended
from firmground.supervision.plans import queries as plans
from firmground.supervision.visits import actions as visits_made
from firmground.supervision.visits import queries as visits
from firmground.supervision.visits.models import Visit
from tests.cast import WANGMO, ZHENXIONG, sign_in
from tests.rooms.supervision.plans import test_plans
from tests.villages import POJI, settle

TODAY = timezone.localdate()


def told(most: int, low: int, high: int) -> Forecast:
    return Forecast(most=most, remaining={"10": low, "50": (low + high) // 2, "90": high})


def test_a_place_will_miss_when_nine_paths_of_ten_leave_more_than_may_remain() -> None:
    #      may remain  nine of ten end above, and below      outlook
    cases = [(0, 12, 40, "will_miss"), (0, 0, 40, "may_miss"), (0, 0, 0, "on_course"), (50, 12, 40, "on_course")]
    assert [told(most, low, high).outlook for most, low, high, _ in cases] == [outlook for *_, outlook in cases]


def test_a_province_without_rows_of_its_own_keeps_its_series(db: None) -> None:
    """Rows of a place above the county count no household: a screening without them still tells the sum."""
    with everywhere(), transaction.atomic(), acting(officer=None, office=None, role=Role.ADMINISTRATOR, verb="tests"):
        for day, parts in ((date(2020, 3, 1), [ZHENXIONG]), (date(2020, 4, 1), ["53", ZHENXIONG]),
                           (date(2020, 5, 1), [WANGMO])):  # fmt: skip
            row = Screening.objects.create(
                as_of=day, known_at=timezone.now(), engine="reference", counties=parts, catalogue_digest="c",
                snapshot_digest=str(day), started_at=timezone.now(), finished_at=timezone.now(),
            )  # fmt: skip
            for code in ("", "53" if ZHENXIONG in parts else "52"):
                PlaceFigures.objects.create(
                    screening=row, place_code=code, digits=len(code), **dict.fromkeys(PlaceFigures.COUNTED, day.month)
                )
            if day.month == 4:
                screening = row
        march, april = (date(2020, 3, 1), 3), (date(2020, 4, 1), 4)
        assert board.series_of(screening) == {"": [march, april], "53": [march, april]}


@pytest.fixture
def county(cast: SimpleNamespace, tmp_path: Path) -> SimpleNamespace:
    """Zhenxiong has a plan in force, was visited once, will be next week, and handed in its dispatch sheet."""
    with seeing(EVERYWHERE):
        settle(tmp_path)
    test_plans.approved(cast)
    with seeing(cast.supervisor_qin.officer):
        team = visits_made.form_team(
            title="First team", place_code=ZHENXIONG, units=["Audit office"], held_from=date(2020, 1, 1),
            by=cast.supervisor_qin,
        )  # fmt: skip
    by = cast.supervisor_qin
    with everywhere(), transaction.atomic(), acting(officer=None, office=None, role=Role.ADMINISTRATOR, verb="tests"):
        for from_on, households in ((TODAY - timedelta(days=3), 7), (TODAY + timedelta(days=4), None)):
            Visit.objects.create(
                team=team, place_code=POJI, planned_from="5306", mode=Visit.Mode.UNANNOUNCED, from_on=from_on,
                to_on=from_on, households_seen=households, recorded_by=by,
            )  # fmt: skip
    with seeing(cast.zhou.officer):
        dispatch.hand_in(
            county=ZHENXIONG, week=week_ended(TODAY), values={"labour_out": Decimal(900)}, bases={}, by=cast.zhou
        )
    return cast


@pytest.mark.django_db(transaction=True)
def test_plans_and_visits_are_told_as_of_a_day_and_within_the_territory(county: SimpleNamespace) -> None:
    due = test_plans.WELL["due_on"]
    with seeing(EVERYWHERE):
        for on, stands in (
            (TODAY - timedelta(days=1), {}),
            (TODAY, {ZHENXIONG: plans.Standing(1, 0, 0)}),
            (due + timedelta(days=1), {ZHENXIONG: plans.Standing(1, 0, 1)}),
        ):
            assert plans.standing(on, seen_by=EVERYWHERE) == stands
        assert plans.planned(ZHENXIONG, TODAY, seen_by=EVERYWHERE)[1:] == []  # its target counts households
        seen = {ZHENXIONG: visits.Visited(1, 7, TODAY - timedelta(days=3))}
        assert visits.visited(TODAY, seen_by=EVERYWHERE) == seen
        assert visits.visited(TODAY - timedelta(days=9), seen_by=EVERYWHERE) == {}
    with seeing(county.peng.officer):
        assert not plans.standing(TODAY, seen_by=county.peng.reach)
        assert not visits.visited(TODAY, seen_by=county.peng.reach)


@pytest.mark.django_db(transaction=True)
def test_the_board_says_it_and_its_files_say_the_same(county: SimpleNamespace, tmp_path: Path) -> None:
    screened(tmp_path)
    luo = sign_in(Client(headers={"accept-language": "en"}), county.luo)
    page = luo.get("/supervision/5306/").content.decode()
    assert "0 of 1 done" in page
    assert "Poor labour gone out to work" in page
    text = b"".join(luo.get("/supervision/5306/?export=csv").streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    (row,) = csv.DictReader(io.StringIO(text))
    assert row["place_code"] == ZHENXIONG
    assert (row["plan_items"], row["plan_done"], row["plan_late"]) == ("1", "0", "0")
    assert (row["visits"], row["households_seen"], row["last_visit"]) == ("1", "7", str(TODAY - timedelta(days=3)))
    assert (row["labour_out"], row["labour_out_counties"]) == ("900.00", "1")
    book = CalamineWorkbook.from_filelike(io.BytesIO(luo.get("/supervision/5306/?export=xlsx").content))
    headings, line = book.get_sheet_by_index(0).to_python()
    assert headings == list(row)
    assert dict(zip(headings, line, strict=True))["labour_out"] == 900
    assert luo.get("/supervision/5306/?sort=-labour_out").status_code == 200
    assert luo.get("/supervision/5306/?export=paper").status_code == 400


def screened(folder: Path) -> Screening:
    """The registers screened as of today, and counted."""
    with everywhere() as by:
        taken = snapshot.write(as_of=TODAY, to=folder / "snapshot")
        found = screen(taken, load(Path(settings.FIRMGROUND_CATALOGUE)), folder / "found")
        findings.take_in(folder=found.folder, by=by, snapshot=taken.folder)
        made = Screening.objects.latest()
    flow.count(made)
    return made
