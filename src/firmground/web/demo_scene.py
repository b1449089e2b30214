"""What the officers of the demonstration have done by the time it opens, each through the actions of the rooms.

The village of each county has a team, helpers, visits, measures, and cases at many steps: taken up, checked at home,
waiting for the township or the county, on the board, ended, late. Each county has a supervision team that visited
twice, issues, an order, a battle plan and a brief.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, timedelta
from decimal import Decimal
from itertools import cycle
from typing import Any
from unittest.mock import patch

from django.db import transaction
from django.utils import timezone

from firmground import flow
from firmground.assistance import actions as assistance
from firmground.assistance.declared import Kind, in_force
from firmground.assistance.plans import plan_of
from firmground.cases import actions as cases
from firmground.cases import applications
from firmground.cases.models import OPEN as OPEN_CASE
from firmground.cases.models import Case, Move
from firmground.findings.models import Screening
from firmground.funds.books import actions as books
from firmground.funds.books.actions import Paid
from firmground.funds.projects import actions as projects
from firmground.notices import actions as notices
from firmground.notices.models import Notice
from firmground.officers.machine import everywhere
from firmground.officers.models import Office
from firmground.registry.models import OPEN, Household, Member
from firmground.supervision.briefs import actions as briefs
from firmground.supervision.dispatch import actions as dispatch
from firmground.supervision.dispatch import models as dispatched
from firmground.supervision.ledger import actions as ledger
from firmground.supervision.plans import actions as plans
from firmground.supervision.visits import actions as visits
from firmground.teams import actions as teams
from firmground.teams.models import Attendance, Team
from firmground.web import demo_cast

CASES_BEGAN = 6
"""Days before today on which the first month's cases were opened: some are late by now, and none long since."""
HELPED = ("poor", "unstable", "marginal", "sudden")
ITEMS = {
    "industry": ("仔猪六头", 1800), "employment": ("县内工厂岗位介绍", None), "finance": ("小额信贷贴息", 900),
    "public_post": ("保洁公益岗位", 800), "housing": ("屋面维修", 6000), "water": ("接通自来水", 600),
    "health": ("家庭医生签约随访", None), "compulsory_education": ("送教上门", None),
    "other_education": ("助学金", 1500), "social_protection": ("临时救助", 2000), "society": ("爱心助学", 1000),
    "living_conditions": ("改厕", 1200), "infrastructure": ("入户道路硬化", 3000), "relocation": ("搬迁安置", None),
}  # fmt: skip
"""An invented item of each kind of measure, and what it comes to in yuan."""


@contextmanager
def days_ago(days: int) -> Iterator[date]:
    """As if it were so many days before today: whatever asks what day it is is told that one."""
    before = timezone.now() - timedelta(days)
    with patch.object(timezone, "now", lambda: before):
        yield timezone.localdate()


def is_played() -> bool:
    return Team.objects.filter(place_code__startswith=demo_cast.COUNTIES[0]).exists()


def play() -> None:
    """Let the officers of both counties do their work, all of it or nothing."""
    flow.count_all()  # the briefs tell of the last screening, and of the one before
    with everywhere() as machine, transaction.atomic():
        for number in range(1, len(demo_cast.COUNTIES) + 1):
            held = Office.held_on().select_related("officer")
            named = {name: f"{name}{number}" for name, *_ in demo_cast.PEOPLE}
            by = {name: held.get(officer__username=username) for name, username in named.items()}
            _a_team(by)
            _helpers_and_visits(by)
            _measures(by)
            _monitoring(by, machine)
            _corrections(by)
            _from_the_public(by, machine)
            _supervised(by)
            _dispatched(by["county"], late=number == 2)
            _funded(by)
        briefs.make(place="", day=_last_screened(), by=machine)
        cases.raise_overdue(on=timezone.localdate(), by=machine)


def _a_team(by: dict[str, Office]) -> None:
    today, village = timezone.localdate(), by["village"].territory
    began = today - timedelta(150)
    team = teams.send(place_code=village, sent_by="县卫生健康局", held_from=began, by=by["township"])
    for name, post in (("secretary", "first_secretary"), ("cadre", "member")):
        cadre = teams.post(team=team, officer=by[name].officer, post=post, held_from=began, by=by["township"])
        for days in range(14, -1, -1):
            state, reason = "at_post", ""
            if name == "cadre" and days in (5, 6, 11):
                state, reason = ("away", "") if days == 11 else ("on_leave", "在县里培训")
            teams.mark(cadre=cadre, on=today - timedelta(days), state=state, reason=reason, by=by["village"])
    told = Attendance.objects.filter(cadre__team=team, on__lt=today - timedelta(2))
    teams.confirm(marks=list(told), by=by["township"])


def _helped(by: dict[str, Office]) -> list[Household]:
    rows = Household.objects.filter(OPEN, village_code=by["village"].territory, kind__in=HELPED)
    return list(rows.order_by("household_id"))


def _helpers_and_visits(by: dict[str, Office]) -> None:
    today = timezone.localdate()
    notes = cycle((("玉米收成不好", ""), ("孩子在校，老人在家", "帮助联系家庭医生"), ("外出务工，月底回", "")))
    who = cycle(("secretary", "cadre", "village"))
    for turn, household in enumerate(_helped(by)[:-1]):  # one is left without a helper
        helper = by[next(who)]
        teams.assign_helper(household=household, officer=helper.officer, by=by["township"])
        if turn % 3 < 2:
            note, help_ = next(notes)
            on = today - timedelta(3 + 4 * turn % 25)
            teams.visit(household=household, on=on, seen=turn % 3 == 0, note=note, help=help_, by=helper)


def _measures(by: dict[str, Office]) -> None:
    """One given that helped, one late, the others promised: what a household lacks first, else what usually helps."""
    today = timezone.localdate()
    usual = cycle(in_force().kinds[name] for name in ("industry", "public_post", "health"))
    for turn, household in enumerate(_helped(by)[:6]):
        lacks = plan_of(household, today).proposals
        kind, risk = (lacks[0].measures[0], lacks[0].risk) if lacks else (next(usual), "")
        promised_by = by["health"] if by["health"].department in kind.departments else by["township"]
        item, amount = ITEMS[kind.name]
        with days_ago(5) as then:
            measure = assistance.set_measure(
                household=household, measure=kind.name, risk=risk, item=item, by=promised_by,
                department=_answering(kind, promised_by), amount=None if amount is None else Decimal(amount),
                due_on=then + timedelta(4 if turn == 1 else 30),
            )  # fmt: skip
        if turn == 0:
            assistance.give(measure=measure, given_on=today - timedelta(2), by=promised_by)
            assistance.take_effect(measure=measure, effect="solved", note="户主满意", by=by["village"])


def _answering(kind: Kind, by: Office) -> str:
    return by.department or kind.departments[0]


def _supervised(by: dict[str, Office]) -> None:
    """Two visits by the county's team: one found things and brought help, the other found things and brought none."""
    county, village = by["county"], by["village"].territory
    homes = [home.household_id for home in _helped(by)[:4]]
    with days_ago(40) as then:
        team = visits.form_team(
            title="县挂牌督战第一组",
            place_code=county.territory,
            units=["县纪委监委", "县审计局"],
            held_from=then,
            by=county,
        )
        visits.post(team=team, officer=county.officer, held_from=then, by=county)
        first = visits.plan(team=team, place_code=village, mode="open", from_on=then, to_on=then, by=county)
        found = [
            visits.Found("屋顶漏雨", 1, 2, text="雨天接水", household_id=homes[0] if homes else ""),
            visits.Found("饮水管道冻裂", 1, 3, text="三户挑水"),
        ]
        brought = [visits.Brought("money", "修房补助", amount=Decimal(3000), found=0)]
        visits.record_visit(
            visit=first, households_seen=len(homes), households=homes, found=found, brought=brought, by=county
        )
    with days_ago(20) as then:
        second = visits.plan(team=team, place_code=village, mode="unannounced", from_on=then, to_on=then, by=county)
        found = [visits.Found("公益岗位名册与实际不符", 2, 2, text="名册在岗、实际外出")]
        issues = visits.record_visit(
            visit=second, households_seen=len(homes[:2]), households=homes[:2], found=found, by=county
        )
        ledger.give_order(
            place_code=village, title="核清公益岗位名册", text="逐人核对，一周内报结果。", due_on=then + timedelta(7),
            issues=[issue.pk for issue in issues], by=county,
        )  # fmt: skip
        plan = plans.draft(place_code=county.territory, commander=f"{county.officer.name}（县委书记）", by=county)
        for content, problem, measure, days in (
            (1, "三户饮水管道冻裂", "更换防冻管道", 10), (2, "公益岗位在岗不实", "逐人核对、空岗补录", 45),
            (4, "新识别的监测户尚无措施", "一户一策落实帮扶措施", 30),
        ):  # fmt: skip
            said = {
                "content": content, "problem": problem, "measure": measure, "responsible_unit": "县扶贫办",
                "responsible_person": county.officer.name, "due_on": then + timedelta(days), "funds_needed": None,
                "indicator": "", "target": None,
            }  # fmt: skip
            plans.write(plan=plan.pk, said=said, by=county)
    briefs.make(place=county.territory, day=_last_screened(), by=county)


def _dispatched(county: Office, *, late: bool) -> None:
    """Ten weekly sheets, told from the county's registers: ever more of its workers are out; one figure is corrected.

    The registers are of invented people. A late county has handed in nothing of the last week.
    """
    able = Member.objects.filter(OPEN, village_code__startswith=county.territory, labour__in=("ordinary", "skilled"))
    workers = max(able.count(), 20)
    last = dispatched.week_ended(timezone.localdate())
    for ago in range(9, 0 if late else -1, -1):
        week = last - timedelta(weeks=ago)
        out = workers * (100 - 3 * ago) // 110
        values = {"labour_out": out, "out_of_province": out * 2 // 3, "willing": workers - out, "posts": workers // 8,
                  "east_west_money": 120_000 * (10 - ago)}  # fmt: skip
        bases = {"labour_out": workers * 9 // 10, "east_west_money": 1_000_000}
        with days_ago((timezone.localdate() - week).days - 7):  # on the Monday after
            dispatch.hand_in(
                county=county.territory, week=week, by=county,
                values={name: Decimal(value) for name, value in values.items()},
                bases={name: Decimal(value) for name, value in bases.items() if value},
            )  # fmt: skip
    with days_ago(1):
        dispatch.hand_in(
            county=county.territory, week=last - timedelta(weeks=3), values={"posts": Decimal(workers // 9)}, by=county,
            why="一个乡镇重复统计，已核减",
        )  # fmt: skip


def _funded(by: dict[str, Office]) -> None:
    """A fund of the county; a water project that is being built and paid from it, and a road that is on the board."""
    village, township, county, health = by["village"], by["township"], by["county"], by["health"]
    code, year = village.territory, timezone.localdate().year
    numbers = {"water": f"{code[:6]}-{year}-001", "infrastructure": f"{code[:6]}-{year}-002"}
    fund = f"{code[:6]}-{year}-A"

    def proposed(category: str, title: str, task: str, cost: int, then: date) -> None:
        said = {
            "villages": [code], "title": title, "category": category, "nature": "new", "year": year,
            "start_planned": then + timedelta(60), "end_planned": then + timedelta(240), "unit": "县水务局",
            "person": "许工", "person_id_number": "", "task": task, "participation": "村民代表会议选址、监督",
            "mechanism": "service", "cost": Decimal(cost),
        }  # fmt: skip
        projects.propose(number=numbers[category], place_code=code, said=said, by=village)
        goals = [
            {"dimension": "quantity", "title": "受益户数", "unit": "户", "target": Decimal(12), "weight": Decimal(60)},
            {"dimension": "satisfaction", "title": "满意度", "unit": "%", "target": Decimal(90), "weight": Decimal(40)},
        ]  # fmt: skip
        projects.promise(number=numbers[category], goals=goals, by=village)
        homes = [{"household_id": home.household_id, "mechanism": "service"} for home in _helped(by)]
        projects.name_beneficiaries(number=numbers[category], rows=homes, by=village)

    def step(category: str, name: str, outcome: str, by: Office, *, hangs: Office | None = None, **shown: Any) -> None:
        case = Case.objects.get(procedure="project", subject_id=numbers[category]).pk
        cases.take(case=case, step=name, outcome=outcome, by=by, why="已现场核实", **shown)
        if hangs is not None:
            cases.post(case=case, by=hangs)

    with days_ago(150) as then:
        proposed("water", "人饮蓄水池及管道", "新建40立方米蓄水池1座，铺设管道3千米", 300_000, then)
        met = {"village_meeting": {"held_on": f"{then}", "present": "31", "in_favour": "29"}}
        step("water", "proposal", "by_village", village, answers=met, hangs=village)
    with days_ago(138):
        step("water", "village_publicity", "no_objection", village)
        step("water", "township_review", "supported", township, hangs=township)
    with days_ago(126) as then:
        step("water", "township_publicity", "no_objection", township)
        step("water", "argument", "sound", health)
        decided = {"county_decision": {"act": f"县领导小组〔{year}〕3号", "decided_on": f"{then}"}}
        step("water", "county_approval", "approved", county, answers=decided, hangs=county)
        books.register_fund(
            number=fund, place_code=code[:6], title="中央财政专项扶贫资金（第一批）", source="central",
            direction="development", doc_no=f"财农〔{year}〕2号", doc_on=then, year=year, amount=Decimal(1_200_000),
            by=county,
        )  # fmt: skip
        books.receive(fund=fund, amount=Decimal(900_000), on=then, reference=f"财农〔{year}〕2号", by=county)
    with days_ago(114) as then:
        step("water", "county_publicity", "no_objection", county)
        planned = {"yearly_plan": {"year": f"{year}", "act": f"{year}年度实施计划"}}
        step("water", "library", "planned", county, answers=planned)
        books.allocate(
            fund=fund, project=numbers["water"], amount=Decimal(300_000), on=then, reference="年度实施计划", by=county
        )
    with days_ago(90) as then:
        begun = {"project_start": {"started_on": f"{then}"}}
        step("water", "start", "started", village, answers=begun)
    for ago, number, amount, payee, kind, purpose in (
        (60, "01", 120_000, "县水利工程队", "firm", "works"), (30, "02", 46_500, "县水利工程队", "firm", "materials"),
        (12, "03", 8_400, "村公益岗位人员", "person", "wages"),
    ):  # fmt: skip
        with days_ago(ago) as then:
            paid = Paid(
                f"{fund}-{number}", fund, numbers["water"], Decimal(amount), then, payee, kind, purpose,
                reference=f"凭证{number}",
            )  # fmt: skip
            books.pay(payments=[paid], by=county)
    with days_ago(6) as then:
        proposed("infrastructure", "茶山产业路", "硬化产业路4千米", 500_000, then)
        met = {"village_meeting": {"held_on": f"{then}", "present": "35", "in_favour": "30"}}
        step("infrastructure", "proposal", "by_village", village, answers=met, hangs=village)


def _last_screened() -> date:
    return Screening.objects.latest().as_of


def _of_the_village(procedure: str, at: str, by: dict[str, Office]) -> list[int]:
    """The cases that the first month opened there."""
    began = timezone.localdate() - timedelta(CASES_BEGAN)
    village = by["village"].territory
    rows = Case.objects.filter(OPEN_CASE, procedure=procedure, at=at, place_code=village, opened_on__lte=began)
    return list(rows.order_by("pk").values_list("pk", flat=True))


def _take(numbers: Sequence[int], step: str, outcome: str, by: Office, **shown: Any) -> list[Move]:
    return [cases.take(case=number, step=step, outcome=outcome, by=by, **shown) for number in numbers]


def _monitoring(by: dict[str, Office], machine: Office) -> None:
    """One on the board, one compared by the county, one looked at again by the township, one at home, the rest new."""
    found = _of_the_village("monitoring", "clue", by)[:4]
    with days_ago(5):
        _take(found, "clue", "to_be_checked", by["village"])
    at_risk, at_rest = found[:2], found[2:3]
    with days_ago(4) as then:
        visited = {
            "visited_on": f"{then}", "visitors": f"{by['village'].officer.name}、{by['secretary'].officer.name}",
            "income_per_head": "4100", "dwelling_safe": "true", "water_safe": "true", "members_insured": "true",
            "risks": ["unstable_job"],
        }  # fmt: skip
        signed = {"signed_by": "户主", "signed_on": f"{then}"}
        _take(
            at_risk, "home_check", "risk_found", by["village"], attested={"two_visitors"},
            answers={"home_check": visited, "authorisation": signed},
        )  # fmt: skip
        rested = visited | {"income_per_head": "9800", "risks": []}
        _take(
            at_rest, "home_check", "no_risk", by["village"], attested={"two_visitors"}, answers={"home_check": rested}
        )
    with days_ago(3) as then:
        compared = {"compared_with": ["civil_affairs", "medical_insurance", "human_resources"]}
        _take(at_risk[:1], "data_comparison", "agrees", by["county"], answers={"data_comparison": compared})
    with days_ago(2) as then:
        meeting = {"held_on": f"{then}", "present": "31", "in_favour": "29", "first_secretary_present": "true"}
        _take(
            at_risk[:1], "village_evaluation", "proposed", by["village"], attested={"minutes"},
            answers={"village_evaluation": meeting},
        )  # fmt: skip
        for number in at_risk[:1]:
            cases.post(case=number, by=by["village"])
    for notice in Notice.objects.filter(case__in=at_risk):
        notices.object_to(notice=notice, text="这户在镇上开了一间小卖部，收入没有算进去。", by=machine)


def _corrections(by: dict[str, Office]) -> None:
    """Some are no problem, and the township agrees to one; one is a mistake in the register."""
    found = _of_the_village("data_correction", "look", by)[:4]
    with days_ago(3) as then:
        seen = {"data_check": {"seen_on": f"{then}", "found": "查看了证件原件，登记无误"}}
        wrong = {"data_check": {"seen_on": f"{then}", "found": "登记时抄错一位"}}
        _take(found[:3], "look", "no_problem", by["village"], answers=seen)
        _take(found[3:], "look", "confirmed", by["village"], answers=wrong)
    with days_ago(1):
        _take(found[:1], "verification", "not_a_problem", by["township"], why="已与证件核对")


def _from_the_public(by: dict[str, Office], machine: Office) -> None:
    notices.set_telephone(place_code=by["county"].territory, telephone="0000-0000000", by=by["county"])
    with days_ago(1):
        applications.apply(
            place_code=by["village"].territory, name="何大叔", text="五月洪水冲了一亩多地，今年没有收成。",
            contact="000-0000", sender="", by=machine,
        )  # fmt: skip
