"""The counties worked by hand in docs/manual/exits.md, through the registers: a hundredth of their size, equal shares.

Each fails by one rule only, and is stopped by that rule at the step that asks it; so is each village.
"""

from datetime import date
from decimal import Decimal
from types import SimpleNamespace

import pytest

from firmground.common.errors import Refusal
from firmground.officers.territory import EVERYWHERE, seeing
from firmground.supervision.exits import queries
from tests.cast import ZHENXIONG
from tests.rooms.supervision.exits.conftest import on, send, surveyed, take
from tests.rooms.supervision.exits.test_exits import opened, published
from tests.villages import POJI

pytestmark = pytest.mark.django_db(transaction=True)

RULES = ("county_comprehensive_incidence", "county_wrong_exit", "county_missed", "county_approval")


def settled(cast: SimpleNamespace, poor: int, rural: int = 1000) -> None:
    """A county of so many rural people: so many are poor, 200 have exited, ten of these are unstable."""
    with seeing(EVERYWHERE), on("2020-03-02"):
        send(cast.folder, "county", [{"县代码": ZHENXIONG, "统计日期": "2020-02-29", "农村户籍人口": rural}])
        homes, people = [], []
        # Two of Old Li's are unstable already.
        for number, (kind, persons) in enumerate((("未脱贫户", poor), ("已脱贫户", 190), ("脱贫不稳定户", 8)), 50):
            home = f"{POJI}{number:05}"
            homes.append({"户编号": home, "行政村代码": POJI, "户主姓名": "王某", "户类型": kind})
            people += [{"人口编号": f"{home}-{n}", "户编号": home, "姓名": "王某"} for n in range(persons)]
        send(cast.folder, "household", homes)
        send(cast.folder, "member", people)


@pytest.mark.parametrize(
    ("poor", "found", "comprehensive", "fails"),
    [
        (5, {}, "0.00759", None),
        (28, {}, "0.030544", "county_comprehensive_incidence"),
        (5, {"错退人口": 80}, "0.01059", "county_wrong_exit"),
        (5, {"漏评人口": 40}, "0.0219", "county_missed"),
        (5, {"认可户数": 1349}, "0.00759", "county_approval"),
    ],
)
def test_a_county_falls_short_of_the_one_rule_that_was_worked_by_hand(
    counties: SimpleNamespace, poor: int, found: dict[str, int], comprehensive: str, fails: str | None
) -> None:
    settled(counties, poor)
    case = published(counties)
    with on("2020-11-01"):
        surveyed(counties, "2020-10-30", counties.yang, **found)
        with seeing(EVERYWHERE):
            looked = queries.looked_at("county", ZHENXIONG, date(2020, 11, 1))
        assert looked is not None
        assert (looked.values["poor_persons"], looked.values["exited_in_all"]) == (poor, 200)
        assert Decimal(looked.values["comprehensive_incidence"]) == Decimal(comprehensive)
        assert {name: looked.judged[name].verdict for name in RULES} == {
            name: "not_met" if name == fails else "met" for name in RULES
        }
        if fails is None:
            assert take(case, "assessment", "passed", counties.yang).at == "approval"
        else:
            with pytest.raises(Refusal):
                take(case, "assessment", "passed", counties.yang)


@pytest.mark.parametrize(
    ("rural", "clinic", "fails"),
    [
        (200, "单独设置", None),
        (100, "单独设置", "village_exit_incidence"),  # 3 of 100: at the western line, not below it
        (200, "未设置", "village_has_clinic"),
    ],
)
def test_a_village_is_stopped_by_the_one_rule_it_falls_short_of(
    counties: SimpleNamespace, rural: int, clinic: str, fails: str | None
) -> None:
    settled(counties, poor=3)
    with seeing(EVERYWHERE), on("2020-03-03"):
        row = {"行政村代码": POJI, "统计日期": "2020-02-29", "农村户籍人口": rural, "村卫生室设置": clinic}
        send(counties.folder, "village", [row])
    checks = dict.fromkeys(
        ("road", "power", "services", "broadcast", "industry", "collective_income", "committees"), "true"
    )
    with on("2020-10-10"):
        with seeing(EVERYWHERE):
            looked = queries.looked_at("village", POJI, date(2020, 10, 10))
        assert looked is not None
        assert {name: judged.verdict for name, judged in looked.judged.items()} == {
            name: "not_met" if name == fails else "met" for name in looked.judged
        }
        case = opened(counties.tang, "village_exit", POJI)
        shown = {"answers": {"village_exit_check": checks}}
        if fails is None:
            assert take(case, "proposal", "proposed", counties.tang, **shown).at == "verification"
        else:
            says = {"village_exit_incidence": "incidence below the line", "village_has_clinic": "a clinic"}[fails]
            with pytest.raises(Refusal, match=f"Still missing for 'proposed': {says}\\.$"):
                take(case, "proposal", "proposed", counties.tang, **shown)
