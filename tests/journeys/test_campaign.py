"""A whole campaign: listed in February, screened every week, ordered, flooded late in one county, done in November.

Two counties send their households every week. What the board says of every past week is held against figures that are
counted here, from the rows that were sent and from a diary of what the officers did, by plain Python. Villages enter
and leave the list by rule; one county exits in autumn, the other is flooded back, refused, and exits in November.
"""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace

import pytest
import time_machine
from django.conf import settings

from firmground import flow
from firmground.cases import actions as cases
from firmground.cases.attachments import Handed
from firmground.cases.models import Case
from firmground.common.audit.trail import acting
from firmground.common.errors import Refusal
from firmground.engines.standards.catalogue import load as load_catalogue
from firmground.engines.standards.screening import screen
from firmground.findings import actions as findings
from firmground.findings.models import Screening
from firmground.officers.machine import everywhere, machine
from firmground.officers.models import Office, Officer, Role
from firmground.officers.territory import EVERYWHERE, seeing
from firmground.places import actions as places
from firmground.places.models import Listing
from firmground.registry import actions as registry
from firmground.registry import snapshot
from firmground.supervision.board import actions as board
from firmground.supervision.board.models import PlaceFigures
from firmground.supervision.dispatch import actions as dispatch
from firmground.supervision.dispatch import queries as sheets
from firmground.supervision.dispatch.models import week_ended
from firmground.supervision.ledger import actions as ledger
from firmground.supervision.ledger.models import Issue, Order
from firmground.supervision.ledger.queries import standing_on
from firmground.supervision.listing import actions as listings
from firmground.supervision.listing import queries as listing
from firmground.supervision.plans import actions as plans
from firmground.supervision.plans import queries as plan_queries
from tests.cast import WANGMO, ZHENXIONG, enrol
from tests.rooms.supervision.exits.conftest import send as send_rows
from tests.rooms.supervision.exits.conftest import surveyed
from tests.villages import PLACES

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow, pytest.mark.timeout(1200)]

FIRST, WEEKS = date(2020, 2, 16), 40
FLOOD = 29  # the week in which the river rises in Wangmo
VILLAGES = [f"{ZHENXIONG}102201", f"{ZHENXIONG}102202", f"{WANGMO}001201", f"{WANGMO}001202"]
LEVELS = (0, 2, 4, 6, 9, 12)
REDRAWN = (0, 12, 24, 36)
"""The weeks in which the list of villages is drawn again."""
RURAL = {ZHENXIONG: 500, WANGMO: 500} | dict.fromkeys(VILLAGES, 120)
PLAN_DUE, PLAN_DONE = (10, 20), (9, 24)
"""Of the two items of Zhenxiong's plan: the week by which each is due, and in which it is done."""
PROPOSED = {ZHENXIONG: (31,), WANGMO: (27, 35)}
"""The weeks in which each county proposes its exit; Wangmo's first one is under way when the river rises."""
PROVINCE = {ZHENXIONG: ("yang", "gao"), WANGMO: ("ning", "fan")}
"""Who verifies for the province, and who approves."""
Counts = dict[str, tuple[int, int, int, int]]
"""Four figures of each place."""
PHOTO = Handed("done.jpg", b"\xff\xd8\xff\xe0 a photograph")


@dataclass
class Home:
    """A household as its county sends it, and the weeks in which it leaves poverty, falls back, and leaves again."""

    number: str
    village: str
    population: int
    poor: bool
    leaves: int
    falls_back: int = 99
    leaves_again: int = 99

    def kind(self, week: int) -> str:
        if not self.poor:
            return "general"
        out = self.leaves <= week < self.falls_back or week >= self.leaves_again
        return "exited" if out else "poor"


@dataclass
class Written:
    """One issue as the diary has it: the days on which it was raised, claimed, accepted, found again."""

    place: str
    raised: date
    due: date
    moves: list[tuple[date, str]] = field(default_factory=list)

    def stands(self, on: date) -> str | None:
        """ "open", "overdue" or "ended" on a day; None: it was not there yet."""
        if on < self.raised:
            return None
        said = [what for day, what in self.moves if day <= on]
        if said and said[-1] == "accepted":
            return "ended"
        returned = [day for day, what in self.moves if day <= on and what == "returned"]
        due = self.due if not returned else returned[-1] + (self.due - self.raised)
        return "overdue" if due < on else "open"


def day_of(week: int) -> date:
    return FIRST + timedelta(weeks=week)


@contextmanager
def on(day: date) -> Iterator[None]:
    with time_machine.travel(datetime(day.year, day.month, day.day, 1, tzinfo=UTC), tick=True):
        yield


def drawn_homes() -> list[Home]:
    """Twelve households a village; in Wangmo's first village five that had left poverty are flooded back into it."""
    rng = random.Random(52)
    homes = []
    for village in VILLAGES:
        for n in range(1, 13):
            poor = n <= 8
            homes.append(Home(f"{village}{n:05}", village, rng.randint(1, 6), poor, rng.randint(2, 36)))
    early = [home for home in homes if home.village == VILLAGES[2] and home.poor and home.leaves < FLOOD]
    for home in early[:5]:
        home.falls_back, home.leaves_again = FLOOD, FLOOD + rng.randint(4, 10)
    return homes


@pytest.fixture
def campaign(transactional_db: None, tmp_path: Path) -> SimpleNamespace:
    """The whole of it, from the first Sunday to the last; with what was sent and what was done."""
    told = SimpleNamespace(folder=tmp_path, homes=drawn_homes(), issues=[], order=None, exits={}, refused=[], drawn={})
    told.sheets, told.plan = [], None
    with seeing(EVERYWHERE):
        told.cast = enrol()
        with on(FIRST - timedelta(days=5)):
            more = f"{VILLAGES[3]},village,平洞村委会,,,\n"
            (tmp_path / "places.csv").write_text(PLACES + more, encoding="utf-8")
            places.load(file=tmp_path / "places.csv", by=machine())
            people_counted(told)
            for county in PROPOSED:
                Listing.objects.create(
                    place_code=county, listed_on=date(2020, 2, 11), basis="not_exited", act="the list of February"
                )
            for name, province in (("gao", "53"), ("luo52", "5223"), ("ning", "52"), ("fan", "52")):
                setattr(told.cast, name, posted(name, province))
    for week in range(WEEKS):
        with on(day_of(week)):
            send(told, week)
            officers_act(told, week)
            take_in(told, week)
            redraw(told, week)
            exits(told, week)
    return told


def posted(name: str, territory: str) -> Office:
    """An officer besides the cast."""
    with acting(officer=None, office=None, role=Role.ADMINISTRATOR, verb="tests"):
        officer = Officer.objects.create(username=name, name=f"Officer {name.title()}", language="en")
        role = Role.PROVINCE if len(territory) == 2 else Role.PREFECTURE
        return Office.objects.create(officer=officer, role=role, territory=territory, held_from=date(2019, 1, 1))


def people_counted(told: SimpleNamespace) -> None:
    """How many rural people there are in each county and village, counted before the campaign."""
    for table, heading, digits in (("county", "县代码", 6), ("village", "行政村代码", 12)):
        rows = [
            {heading: code, "统计日期": "2019-12-31", "农村户籍人口": people}
            for code, people in RURAL.items()
            if len(code) == digits
        ]
        send_rows(told.folder, table, rows)


def redraw(told: SimpleNamespace, week: int) -> None:
    """The nation draws the list of villages again by what the week's screening found."""
    if week not in REDRAWN:
        return
    screening = Screening.objects.latest()
    by = told.cast.han
    with seeing(by.officer):
        for standard in listing.redrawn(screening, seen_by=by.reach).held:  # more villages are poor than is plausible
            findings.release(standard=standard, note="seen on the spot: every village is as poor as that", by=by)
        drawn = listing.redrawn(screening, seen_by=by.reach)
        listings.redraw(screening=screening.pk, digest=drawn.digest, act=f"Notice {week}", on=day_of(week), by=by)
        told.drawn[week] = {row.place_code for row in listing.listings(day_of(week), seen_by=EVERYWHERE)}


def exits(told: SimpleNamespace, week: int) -> None:
    """Each county goes the way out: proposed, published, assessed a week later, approved, announced."""
    for county, weeks in PROPOSED.items():
        since = next((week - begun for begun in weeks if 0 <= week - begun < 6), None)
        if since is not None:
            exit_goes_on(told, county, since, week)


def exit_goes_on(told: SimpleNamespace, county: str, since: int, week: int) -> None:
    cast, today = told.cast, str(day_of(week))
    verifies, approves = (getattr(cast, name) for name in PROVINCE[county])
    proposes, reviews = (cast.zhou, cast.luo) if county == ZHENXIONG else (cast.peng, cast.luo52)
    if since == 0:
        with seeing(proposes.officer):
            case = cases.open_case(procedure="county_exit", subject_id=county, channel="supervision", by=proposes)
        answers = {"exit_proposal": {"checked_on": today, "summary": "few remain, and each has a plan"}}
        case = step(case, "proposal", "proposed", proposes, answers=answers)
        case = step(case, "first_review", "supported", reviews)
        case = step(case, "provincial_verification", "confirmed", verifies)
        hung(case, verifies)
        told.exits[county] = case
        return
    case = told.exits[county]
    if since == 1:
        told.exits[county] = step(case, "publicity", "no_objection", verifies)
    elif since == 2:
        cast.folder = told.folder
        surveyed(cast, today, verifies, county)
        try:
            told.exits[county] = step(case, "assessment", "passed", verifies)
        except Refusal as refusal:
            told.refused.append((county, week, str(refusal)))
            told.exits[county] = step(case, "assessment", "failed", verifies)
    elif since == 3 and case.at == "approval":
        decision = {"exit_decision": {"act": f"Decision on {county}", "decided_on": today}}
        told.exits[county] = case = step(case, "approval", "approved", approves, answers=decision)
        hung(case, approves)
    elif since == 4 and case.at == "announcement":
        told.exits[county] = step(case, "announcement", "announced", approves)


def hung(case: Case, by: Office) -> None:
    with seeing(by.officer):
        cases.post(case=case.pk, by=by)


def send(told: SimpleNamespace, week: int) -> None:
    """The rows that are new or changed since the week before."""
    rows = [
        f"{home.number},{home.village},{home.kind(week)},{home.population}"
        for home in told.homes
        if week == 0 or home.kind(week) != home.kind(week - 1)
    ]
    if rows:
        file = told.folder / f"week-{week}.csv"
        file.write_text("\n".join(["household_id,village_code,kind,population", *rows]) + "\n", encoding="utf-8")
        with everywhere() as by:
            report = registry.load(file=file, by=by, table="household")
        assert report.taken, report.refused
    if week == 0:
        people = [
            {"人口编号": f"{home.number}-{n}", "户编号": home.number, "姓名": "王某"}
            for home in told.homes
            for n in range(home.population)
        ]
        with everywhere() as by:
            send_rows(told.folder, "member", people, by)


def take_in(told: SimpleNamespace, week: int) -> None:
    folder = told.folder / f"screening-{week}"
    with everywhere() as by:
        taken = snapshot.write(as_of=day_of(week), to=folder / "snapshot")
        found = screen(taken, load_catalogue(Path(settings.FIRMGROUND_CATALOGUE)), folder / "found")
        findings.take_in(folder=found.folder, by=by, snapshot=taken.folder)
        board.count(screening=Screening.objects.latest(), by=by)
    flow.begin_day(day_of(week))


def officers_act(told: SimpleNamespace, week: int) -> None:
    """Every third week something is found; it is put right late or in time, and once comes back; one order is given."""
    cast, today = told.cast, day_of(week)
    if week % 3 == 1 and week < 34:
        place, county = (VILLAGES[week % 4], cast.zhou if week % 4 < 2 else cast.peng)
        told.issues.append(raised(county, place, today, today + timedelta(days=14 + week % 5)))
    for number, (written, row) in enumerate(told.issues):
        since = (today - written.raised).days // 7
        village, verifier = (cast.tang, cast.luo) if written.place.startswith(ZHENXIONG) else (cast.shi, cast.han)
        if since == 2 + number % 3:
            answers = {"rectification": {"done_on": str(today), "done": "it was put right"}}
            take(row, "rectification", "claimed", village, answers=answers, files={"evidence": [PHOTO]})
            written.moves.append((today, "claimed"))
        elif since == 5 + number % 2:
            take(row, "verification", "accepted", verifier, why="seen on the spot")
            written.moves.append((today, "accepted"))
        elif since == 9 and number % 4 == 0:
            take(row, "found_again", "returned", verifier, why="it broke again")
            written.moves.append((today, "returned"))
    dispatched(told, week)
    planned(told, week)
    if week == FLOOD:
        with seeing(cast.han.officer):
            told.order = ledger.give_order(
                place_code=WANGMO, title="House everybody whom the flood drove out", text="By name, within two weeks.",
                due_on=today + timedelta(days=14), by=cast.han,
            )  # fmt: skip
    if week == FLOOD + 2:
        answers = {"order_answer": {"done": "five households are housed", "remains": ""}}
        files = {"evidence": [PHOTO]}
        take(told.order, "answer", "answered", cast.peng, answers=answers, files=files)
        take(told.order, "acceptance", "accepted", cast.han, why="the list agrees with the register")


def dispatched(told: SimpleNamespace, week: int) -> None:
    """Both counties tell of the week that is over; Wangmo forgets every fifth, Zhenxiong corrects one later."""
    over = week_ended(day_of(week))
    for county, by in ((ZHENXIONG, told.cast.zhou), (WANGMO, told.cast.peng)):
        if county == WANGMO and week % 5 == 0:
            continue
        said = {"posts": Decimal(100 + week), "labour_out": Decimal(1000 - week)}
        with seeing(by.officer):
            dispatch.hand_in(county=county, week=over, values=said, by=by)
        told.sheets.append((week, over, county, said))
    if week % 7 == 6:
        corrected = {"posts": Decimal(50 + week)}
        earlier = week_ended(day_of(week - 2))
        with seeing(told.cast.zhou.officer):
            dispatch.hand_in(county=ZHENXIONG, week=earlier, values=corrected, by=told.cast.zhou, why="counted twice")
        told.sheets.append((week, earlier, ZHENXIONG, corrected))


def planned(told: SimpleNamespace, week: int) -> None:
    """Zhenxiong's plan is approved in week 3: one item is done in time, the other four weeks late."""
    cast, today = told.cast, day_of(week)
    if week == 3:
        said = {
            "content": 1, "problem": "taps are dry", "measure": "lay pipes", "responsible_unit": "water office",
            "responsible_person": "Xu", "funds_needed": None, "indicator": "", "target": None,
        }  # fmt: skip
        with seeing(cast.zhou.officer):
            told.plan = plans.draft(place_code=ZHENXIONG, commander="Secretary Gao", by=cast.zhou)
            for due in PLAN_DUE:
                plans.write(plan=told.plan.pk, said={**said, "due_on": day_of(due)}, by=cast.zhou)
        for name, outcome, by in (("submission", "submitted", cast.zhou), ("approval", "approved", cast.luo)):
            with seeing(by.officer):
                cases.take(case=told.plan.case_id, step=name, outcome=outcome, by=by, why="complete")
    if week in PLAN_DONE:
        with seeing(cast.zhou.officer):
            number = PLAN_DONE.index(week) + 1
            plans.done(plan=told.plan.pk, number=number, on=today, note="pipes are laid", by=cast.zhou)


def what_was_done(told: SimpleNamespace, week: int) -> None:
    """The week's sheets and the plan stand as the diary has them, as they were known then."""
    today = day_of(week)
    over = week_ended(today)
    known: dict[str, dict[str, Decimal]] = {}
    for said_in, of, county, said in told.sheets:
        if said_in <= week and of == over:
            known.setdefault(county[:2], {}).update(said)
    sums = sheets.latest("", today, ["posts", "labour_out"], seen_by=EVERYWHERE, known_on=today)
    assert {code: {name: sum_.value for name, sum_ in row.items()} for code, row in sums.items()} == known
    late = sum(day_of(due) < today and done > week for due, done in zip(PLAN_DUE, PLAN_DONE, strict=True))
    stands = plan_queries.Standing(2, sum(done <= week for done in PLAN_DONE), late)
    assert plan_queries.standing(today, seen_by=EVERYWHERE) == ({ZHENXIONG: stands} if week >= 3 else {})


def raised(by: Office, place: str, today: date, due: date) -> tuple[Written, Issue]:
    with seeing(by.officer):
        issue = ledger.raise_issue(
            place_code=place, content=1, source="big_screening", title="The tap is dry", severity=2, found_on=today,
            due_on=due, owner="township", by=by,
        )  # fmt: skip
    return Written(place, today, due), issue


def step(case: Case, name: str, outcome: str, by: Office, **shown: object) -> Case:
    with seeing(by.officer):
        cases.take(case=case.pk, step=name, outcome=outcome, by=by, why="seen", **shown)  # type: ignore[arg-type]
    with seeing(EVERYWHERE):
        return Case.objects.get(pk=case.pk)


def take(about: Issue | Order, step: str, outcome: str, by: Office, **shown: object) -> None:
    with seeing(by.officer):
        cases.take(case=about.case_id, step=step, outcome=outcome, by=by, **shown)  # type: ignore[arg-type]


def test_a_campaign_is_replayed_and_every_past_week_says_what_its_rows_say(campaign: SimpleNamespace) -> None:
    with seeing(EVERYWHERE):
        screenings = {each.as_of: each for each in Screening.objects.all()}
        assert len(screenings) == WEEKS
        for week in range(WEEKS):
            assert figures_of(screenings[day_of(week)]) == counted(campaign.homes, week), f"week {week}"
            for digits in (0, 6, 12):
                stood = standing_on(day_of(week), seen_by=EVERYWHERE, digits=digits)
                said = {row.place_code: (row.raised, row.open, row.overdue, row.verified) for row in stood}
                assert said == told_by_the_diary(campaign.issues, day_of(week), digits), f"week {week}"
            what_was_done(campaign, week)
        campaign.order.refresh_from_db()
        assert campaign.order.case.at == "fulfilled"
    before, after = counted(campaign.homes, FLOOD - 1)[WANGMO], counted(campaign.homes, FLOOD)[WANGMO]
    assert after[2] > before[2]  # households that the flood drove back
    assert counted(campaign.homes, WEEKS - 1)[""][3] == 0
    villages_are_listed_by_what_was_counted(campaign)
    one_county_exits_in_autumn_and_the_flooded_one_in_november(campaign)


def villages_are_listed_by_what_was_counted(campaign: SimpleNamespace) -> None:
    """More than a tenth of the rural people poor: on the list; else off it."""
    for week, listed in campaign.drawn.items():
        poor = {village: counted(campaign.homes, week)[village][3] for village in VILLAGES}
        assert {code for code in listed if len(code) == 12} == {code for code in VILLAGES if poor[code] * 10 > 120}
    assert any(code in VILLAGES for code in campaign.drawn[0])
    assert not any(code in VILLAGES for code in campaign.drawn[36])


def one_county_exits_in_autumn_and_the_flooded_one_in_november(campaign: SimpleNamespace) -> None:
    """Zhenxiong leaves the list five weeks after its proposal; Wangmo's first exit is refused for its incidence."""
    assert campaign.exits[ZHENXIONG].at == campaign.exits[WANGMO].at == "exited"
    assert [(county, week) for county, week, _ in campaign.refused] == [(WANGMO, FLOOD)]
    assert "incidence" in campaign.refused[0][2]
    left = {ZHENXIONG: day_of(PROPOSED[ZHENXIONG][-1] + 4), WANGMO: day_of(PROPOSED[WANGMO][-1] + 4)}
    assert left[ZHENXIONG].month == 10
    assert left[WANGMO].month == 11
    with seeing(EVERYWHERE):
        for week in range(WEEKS):
            listed = {row.place_code for row in listing.listings(day_of(week), seen_by=EVERYWHERE)}
            assert listed & left.keys() == {county for county, day in left.items() if day_of(week) < day}


def figures_of(screening: Screening) -> Counts:
    return {
        row.place_code: (row.households, row.persons, row.poor_households, row.poor_persons)
        for row in PlaceFigures.objects.filter(screening=screening)
    }


def counted(homes: list[Home], week: int) -> Counts:
    """Households, persons, poor households and poor persons of every place, from the nation to the village."""
    found: Counts = {}
    for home in homes:
        poor = home.kind(week) == "poor"
        one = (1, home.population, int(poor), home.population * poor)
        for digits in LEVELS:
            place = home.village[:digits]
            found[place] = tuple(a + b for a, b in zip(found.get(place, (0, 0, 0, 0)), one, strict=True))  # type: ignore[assignment]
    return found


def told_by_the_diary(issues: list[tuple[Written, Issue]], on: date, digits: int) -> Counts:
    """Raised, open, overdue and verified issues of each place that had any by a day."""
    found: dict[str, list[int]] = {}
    for written, _ in issues:
        stands = written.stands(on)
        if stands is not None:
            row = found.setdefault(written.place[:digits], [0, 0, 0, 0])
            row[0] += 1
            row[1] += stands != "ended"
            row[2] += stands == "overdue"
            row[3] += stands == "ended"
    return {place: (row[0], row[1], row[2], row[3]) for place, row in found.items()}
