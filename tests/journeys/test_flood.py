"""One journey through every room: a flood, and how a household gets out of it, and falls back, and is found again.

What happens is written down as it happens, and is a page of the manual (docs/manual/a_flood.md). After a change that
is meant: FIRMGROUND_WRITE=1 .venv/bin/pytest tests/journeys/test_flood.py

The cast is of Zhenxiong (530627): Mei works in Poji village, Tang in the township, Zhou in the county. The household
of Chen: two who can work, a child in school; its income lies above the monitoring line until the flood.
"""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import time_machine
from django.conf import settings
from django.utils import timezone

from firmground import flow
from firmground.assistance import actions as assistance
from firmground.cases import actions as cases
from firmground.cases import declared, queries
from firmground.cases.models import Case, Move
from firmground.common.audit.verifying import verify
from firmground.common.errors import Refusal
from firmground.engines.standards.catalogue import load as load_catalogue
from firmground.engines.standards.screening import screen
from firmground.findings import actions as findings
from firmground.findings import queries as found_queries
from firmground.notices import actions as notices
from firmground.notices.models import Notice
from firmground.officers.machine import everywhere, machine
from firmground.officers.models import Office
from firmground.officers.territory import seeing
from firmground.places import actions as places
from firmground.registry import actions as registry
from firmground.registry import snapshot
from firmground.registry.models import OPEN, Assistance, Household, Risk
from tests.cast import ZHENXIONG

pytestmark = pytest.mark.django_db(transaction=True)

PAGE = Path(__file__).parents[2] / "docs" / "manual" / "a_flood.md"
DIARY: list[str] = []
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
    note(None, f"the file {name}.csv is loaded", f"rows: {len(rows)}")


PLACES = f"""\
code,level,name_zh,name_en,lon,lat
53,province,云南省,Yunnan,102.71,25.04
5306,prefecture,昭通市,Zhaotong,103.72,27.34
{ZHENXIONG},county,镇雄县,Zhenxiong County,104.87,27.44
{VILLAGE[:9]},township,坡头镇,,,
{VILLAGE},village,坡头村委会,,,
"""


def household(world: SimpleNamespace) -> None:
    with on(date(2020, 5, 1)):
        (world.folder / "places.csv").write_text(PLACES, encoding="utf-8")
        places.load(file=world.folder / "places.csv", by=machine())
        csv(world, "households", "household_id,village_code,head,group_name,kind,registered_on,exited_on,population",
            f"{CHEN},{VILLAGE},Chen,Group 3,exited,2014-03-01,2018-12-01,3")  # fmt: skip
        csv(world, "members",
            "member_id,household_id,village_code,name,relation,sex,birth_date,status,labour,school_stage,school_status,"
            "insured_resident",
            f"{CHEN}-1,{CHEN},{VILLAGE},Chen,head,male,1980-02-01,active,ordinary,,,true",
            f"{CHEN}-2,{CHEN},{VILLAGE},Luo,spouse,female,1982-02-01,active,ordinary,,,true",
            f"{CHEN}-3,{CHEN},{VILLAGE},Xiao,child,male,2010-02-01,active,none,primary,in_school,true")  # fmt: skip
        csv(world, "living",
            "household_id,village_code,surveyed_on,staple_enough,protein,seasonal_clothes,bedding,dwelling_grade,"
            "dwelling_made_safe,water_litres,water_dry_area,water_quality,water_piped,water_fetch_minutes,"
            "water_short_days",
            f"{CHEN},{VILLAGE},2020-04-20,true,any_time,true,true,B,,70,false,test_passed,true,0,0")  # fmt: skip
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


def screening(world: SimpleNamespace, as_of: date) -> None:
    """A snapshot, screened, taken in, and what follows."""
    folder = world.folder / f"{as_of}"
    with everywhere() as by:
        taken = snapshot.write(as_of=as_of, to=folder / "snapshot")
        found = screen(taken, load_catalogue(Path(settings.FIRMGROUND_CATALOGUE)), folder / "screening")
        findings.take_in(folder=found.folder, by=by)
        latest = found_queries.latest()
        assert latest is not None
        for held in found_queries.held(latest):
            findings.release(standard=held.standard, note="one household alone", by=by)
        flow.open_cases(latest)
        here = Case.objects.filter(subject_id=CHEN, closed_on=None).order_by("pk")
        note(None, f"the registers as of {as_of} are screened", "; ".join(f"{c}: {standing(c)}" for c in here))


def take(case: Case, step: str, outcome: str, by: Office, **shown: Any) -> Case:
    """A step of a case, taken today; the case as it stands after it."""
    with seeing(by.officer):
        cases.take(case=case.pk, step=step, outcome=outcome, by=by, **shown)
        after = Case.objects.get(pk=case.pk)
    procedure = declared.of_case(case)
    note(by, f"{procedure.word(step, 'en')}: **{procedure.word(outcome, 'en')}**", standing(after))
    return after


def post(case: Case, by: Office) -> Notice:
    with seeing(by.officer):
        cases.post(case=case.pk, by=by)
        notice = Notice.objects.filter(case=case.pk).latest("pk")
    note(by, f"puts up “{notice.title['en']}”", f"hangs to the end of {notice.hangs_to}")
    return notice


def standing(case: Case) -> str:
    said = f"now at {declared.of_case(case).word(case.at, 'en')}"
    return f"{said}, due {case.due_on}" if case.due_on else said


def note(by: Office | None, did: str, so: str = "") -> None:
    """Write a line of the journey's diary."""
    who = f"{by.officer.name.removeprefix('Officer ')} ({by.role.replace('_', ' ')})" if by else ""
    DIARY.append(f"| {timezone.localdate()} | {who} | {did} | {so} |")


def refused(case: Case, step: str, outcome: str, by: Office, **shown: Any) -> str:
    """What the officer is told; nothing has changed."""
    with seeing(by.officer):
        before = list(Case.objects.filter(pk=case.pk).values())
        with pytest.raises(Refusal) as told:
            cases.take(case=case.pk, step=step, outcome=outcome, by=by, **shown)
        assert list(Case.objects.filter(pk=case.pk).values()) == before
    procedure = declared.of_case(case)
    note(by, f"tries {procedure.word(step, 'en')}: {procedure.word(outcome, 'en')}", f"*refused:* {told.value}")
    return str(told.value)


def chen() -> Household:
    with everywhere():
        return Household.objects.get(OPEN, household_id=CHEN)


def test_a_flood_and_what_follows(world: SimpleNamespace) -> None:
    mei, tang, zhou, bao = world.cast.mei, world.cast.tang, world.cast.zhou, world.cast.bao
    met = {"attested": ["two_visitors"], "answers": {"home_check": HOME_CHECK, "authorisation": AUTHORISED}}
    compared = {"answers": {"data_comparison": {"compared_with": ["civil_affairs", "finance"]}}}

    # The flood takes the harvest and the wage; the department's list of it is loaded; nobody has helped a month later.
    with on(date(2020, 6, 2)):
        csv(world, "disasters", "household_id,village_code,happened_on,hazard,loss",
            f"{CHEN},{VILLAGE},{FLOOD},flood,30000")  # fmt: skip
        statements(world, date(2020, 5, 1), date(2020, 6, 1), 0)
    with on(date(2020, 7, 2)):
        statements(world, date(2020, 6, 1), date(2020, 7, 1), 0)
        screening(world, date(2020, 6, 30))
        with seeing(mei.officer):
            (case,) = queries.mine(mei).filter(procedure="monitoring")
        assert "disaster_answered" in case.standards
        assert (case.at, case.due_on, case.whole_due_on) == ("clue", date(2020, 7, 4), date(2020, 7, 17))
        with seeing(bao.officer):  # of another county
            assert not Case.objects.exists()
        assert "no case" in refused(case, "clue", "to_be_checked", bao)

    # The visit.
    with on(date(2020, 7, 3)):
        case = take(case, "clue", "to_be_checked", mei)
        assert (case.at, case.due_on) == ("home_check", date(2020, 7, 6))
    with on(date(2020, 7, 4)):
        assert "not by township" in refused(case, "home_check", "risk_found", tang, **met)
        assert "record of the visit" in refused(case, "home_check", "risk_found", mei, attested=["two_visitors"])
        without_risks = {**met, "answers": {**met["answers"], "home_check": {**HOME_CHECK, "risks": []}}}
        assert "record of the visit" in refused(case, "home_check", "risk_found", mei, **without_risks)
        assert "cannot be taken now" in refused(case, "county_decision", "approved", zhou, why="quickly")
        case = take(case, "home_check", "risk_found", mei, **met)
    with on(date(2020, 7, 6)):
        case = take(case, "data_comparison", "agrees", zhou, **compared)

    # The meeting, and the board.
    with on(date(2020, 7, 7)):
        meeting = {"attested": ["minutes"], "answers": {"village_evaluation": MEETING}}
        too_many = {"attested": ["minutes"], "answers": {"village_evaluation": {**MEETING, "in_favour": "32"}}}
        assert "record of the village meeting" in refused(case, "village_evaluation", "proposed", mei, **too_many)
        case = take(case, "village_evaluation", "proposed", mei, **meeting)
        assert "Post the notice first" in refused(case, "village_publicity", "no_objection", mei)
        notice = post(case, mei)
        assert (notice.posted_on, notice.hangs_to) == (date(2020, 7, 7), date(2020, 7, 12))
        assert set(notice.rows[0]) == {"head", "group_name", "population", "kind", "broad_risk"}

    # An objection: it need not wait for the last day, and what hung does not hold any more.
    with on(date(2020, 7, 9)):
        assert "2020-07-13" in refused(case, "village_publicity", "no_objection", mei)
        assert "an objection" in refused(case, "village_publicity", "objection", mei)
        with everywhere() as by:
            objection = notices.object_to(notice=notice, text="They have a son who earns in town.", by=by)
        note(None, f"somebody objects on the public page: “{objection.text}”")
        case = take(case, "village_publicity", "objection", mei)
        with everywhere():
            assert Notice.objects.get(pk=notice.pk).state == "withdrawn"
        assert case.at == "home_check"
    with on(date(2020, 7, 10)):
        case = take(case, "home_check", "risk_found", mei, **met)
    with on(date(2020, 7, 11)):
        case = take(case, "data_comparison", "agrees", zhou, **compared)
    with on(date(2020, 7, 12)):
        case = take(case, "village_evaluation", "proposed", mei, **meeting)
        notice = post(case, mei)

    # On the sixth day, when five whole days have passed and the objection is answered.
    with on(date(2020, 7, 17)):
        assert "2020-07-18" in refused(case, "village_publicity", "no_objection", mei)
    with on(date(2020, 7, 18)):
        assert "every objection answered" in refused(case, "village_publicity", "no_objection", mei)
        with seeing(tang.officer):
            notices.answer(objection=objection, text="The son was married into another household in 2016.", by=tang)
        note(tang, "answers the objection: “The son was married into another household in 2016.”")
        case = take(case, "village_publicity", "no_objection", mei)
        assert case.at == "township_review"
    with on(date(2020, 7, 19)):  # the objection cost the fifteen days
        with everywhere() as by:
            assert cases.raise_overdue(on=date(2020, 7, 19), by=by)
        note(None, "the fifteen days for the whole are over", "the case rises to the county")
        with seeing(zhou.officer):
            assert case.pk in [each.pk for each in queries.risen(zhou)]

    # Decided, and announced.
    with on(date(2020, 7, 19)):
        assert "a reason in words" in refused(case, "township_review", "supported", tang)
        case = take(case, "township_review", "supported", tang, why="seen and agreed")
        kind = {"kind": "unstable", "risks": ["disaster"]}
        sudden = {"answers": {"monitored_kind": {**kind, "kind": "sudden"}}}
        assert "kind of monitored" in refused(case, "county_decision", "approved", zhou, why="agreed", **sudden)
        case = take(case, "county_decision", "approved", zhou, why="agreed", answers={"monitored_kind": kind})
        post(case, tang)
    with on(date(2020, 7, 21)):
        case = take(case, "announcement", "announced", tang)
        assert (case.at, case.closed_on) == ("entered", date(2020, 7, 21))
    assert (chen().monitored_on, chen().kind) == (date(2020, 7, 21), "unstable")
    with everywhere():
        assert list(Risk.objects.filter(OPEN, household_id=CHEN).values_list("risk", flat=True)) == ["disaster"]
        case = Case.objects.get(procedure="risk_elimination", subject_id=CHEN)
    assert (case.at, case.due_on) == ("measures", date(2020, 7, 31))

    # Measures: one against each risk, and given.
    with on(date(2020, 7, 25)):
        assert "a measure against each risk" in refused(case, "measures", "set", tang)
        with seeing(tang.officer):
            measure = assistance.set_measure(
                household=chen(), measure="living_conditions", item="seed and a new embankment", risk="disaster",
                due_on=date(2020, 9, 30), amount=Decimal("4200.00"), case=case, by=tang,
            )  # fmt: skip
        note(tang, "promises seed and a new embankment, 4,200.00 yuan, against the risk of a disaster")
        case = take(case, "measures", "set", tang)
    with on(date(2020, 9, 1)), seeing(tang.officer):
        assistance.give(measure=measure, given_on=date(2020, 8, 28), by=tang)
        note(tang, "records that it was given on 2020-08-28")
        assert Assistance.objects.filter(OPEN, household_id=CHEN, measure="living_conditions").exists()

    # Half a year, and an income that lasts.
    gone = {"attested": ["two_visitors"], "answers": {"elimination_check": {
        "visited_on": "2020-12-20", "visitors": "Mei, Wang", "income": "6400", "lasting": "true", "mode": "by_help",
    }}}  # fmt: skip
    with on(date(2020, 12, 21)):
        assert "2021-01-21" in refused(case, "tracking", "risk_gone", mei, **gone)
    with on(date(2021, 1, 25)):
        assert "ready for elimination" in refused(case, "tracking", "risk_gone", mei, **gone)
        statements(world, date(2020, 7, 1), date(2021, 1, 1), 3200)
        case = take(case, "tracking", "risk_gone", mei, **gone)
    with on(date(2021, 1, 26)):
        case = take(case, "village_evaluation", "proposed", mei, **meeting)
        post(case, mei)
    with on(date(2021, 2, 1)):
        case = take(case, "village_publicity", "no_objection", mei)
        assert "not by village worker" in refused(case, "township_review", "supported", mei, why="agreed")
        case = take(case, "township_review", "supported", tang, why="agreed")
        # The gate is asked again: of the twelve months before today, January's statement is not in yet.
        assert "ready for elimination" in refused(case, "county_decision", "approved", zhou, why="agreed")
        statements(world, date(2021, 1, 1), date(2021, 2, 1), 3200)
        case = take(case, "county_decision", "approved", zhou, why="agreed")
        post(case, tang)
    with on(date(2021, 2, 3)):
        case = take(case, "announcement", "announced", tang)
        assert (case.at, case.closed_on) == ("eliminated", date(2021, 2, 3))
    assert (chen().eliminated_on, chen().elimination_mode) == (date(2021, 2, 3), "by_help")

    # The house gives way in spring; the next screening opens the case again.
    with on(date(2021, 4, 2)):
        csv(world, "living_2",
            "household_id,village_code,surveyed_on,dwelling_grade,dwelling_made_safe",
            f"{CHEN},{VILLAGE},2021-03-20,D,false")  # fmt: skip
        screening(world, date(2021, 3, 31))
        with everywhere():
            case = Case.objects.get(pk=case.pk)
        assert (case.at, case.closed_on, case.due_on) == ("measures", None, date(2021, 4, 12))
        assert "elimination_guarantees_hold" in case.standards
    assert (chen().monitored_on, chen().eliminated_on) == (date(2021, 4, 2), None)

    # Every move stands, in order, and the trail is whole.
    with everywhere():
        made = list(Move.objects.filter(case=case).order_by("position").values_list("step", flat=True))
        assert verify().fault == ""
    assert made == [
        "measures", "tracking", "village_evaluation", "village_publicity", "village_publicity", "township_review",
        "county_decision", "announcement", "announcement", "relapse",
    ]  # fmt: skip
    page = written_down()
    assert PAGE.read_text(encoding="utf-8") == page


def written_down() -> str:
    """The page of the manual; written anew where that is asked for."""
    page = f"""# A flood, day by day

Made by `tests/journeys/test_flood.py`, which does all of this on a real database with a frozen clock and compares what
happened with this page. The people are invented. Mei works in the village, Tang in the township, Zhou in the county;
Chen's household has three members, and left poverty in 2018.

| day | who | what | so |
|---|---|---|---|
{_numbered(chr(10).join(DIARY))}
"""
    if os.environ.get("FIRMGROUND_WRITE"):
        PAGE.write_text(page, encoding="utf-8")
    return page


def _numbered(diary: str) -> str:
    """Cases by the order in which they come up: the database goes on counting from other tests."""
    numbers = list(dict.fromkeys(re.findall(r"case (\d+)", diary)))
    return re.sub(r"case (\d+)", lambda found: f"case {numbers.index(found[1]) + 1}", diary)
