"""A county's exit from the proposal to the spot check, a village's, and what stops either."""

from datetime import date
from types import SimpleNamespace

import pytest
from django.test import Client
from django.utils import timezone

from firmground.cases import actions as cases
from firmground.cases.models import Case
from firmground.common.audit.trail import acting
from firmground.common.errors import Refusal
from firmground.notices.models import Notice
from firmground.officers.models import Office, Officer, Role
from firmground.officers.territory import EVERYWHERE, seeing
from firmground.places import actions as place_actions
from firmground.places import queries as places
from firmground.places.models import Listing
from firmground.registry.models import ExitSurvey
from firmground.supervision.samples import actions as samples
from tests.cast import WANGMO, ZHENXIONG, sign_in
from tests.rooms.supervision.exits.conftest import on, surveyed, take
from tests.villages import POJI

pytestmark = pytest.mark.django_db(transaction=True)
PROPOSAL = {"exit_proposal": {"checked_on": "2020-10-01", "summary": "nobody is left behind"}}
DECISION = {"exit_decision": {"act": "Yunnan decision No. 7 of 2020", "decided_on": "2020-11-10"}}


@pytest.fixture
def another(counties: SimpleNamespace) -> Office:
    """A second officer of the province: who verified does not approve."""
    with seeing(EVERYWHERE), acting(officer=None, office=None, role=Role.ADMINISTRATOR, verb="tests"):
        officer = Officer.objects.create(username="gao", name="Officer Gao", language="en")
        return Office.objects.create(officer=officer, role=Role.PROVINCE, territory="53", held_from=date(2019, 1, 1))


def opened(by: Office, procedure: str = "county_exit", subject: str = ZHENXIONG) -> Case:
    with seeing(by.officer):
        return cases.open_case(procedure=procedure, subject_id=subject, channel="supervision", by=by)


def published(cast: SimpleNamespace) -> Case:
    """A county's exit as far as the assessment."""
    with on("2020-10-10"):
        case = take(opened(cast.zhou), "proposal", "proposed", cast.zhou, answers=PROPOSAL)
        case = take(case, "first_review", "supported", cast.luo)
        case = take(case, "provincial_verification", "confirmed", cast.yang)
        with seeing(cast.yang.officer):
            cases.post(case=case.pk, by=cast.yang)
    with on("2020-10-16"):
        return take(case, "publicity", "no_objection", cast.yang)


def exited(cast: SimpleNamespace, another: Office) -> Case:
    case = published(cast)
    with on("2020-11-01"):
        surveyed(cast, "2020-10-30", cast.yang)
        case = take(case, "assessment", "passed", cast.yang)
    with on("2020-11-10"):
        case = take(case, "approval", "approved", another, answers=DECISION)
        with seeing(another.officer):
            cases.post(case=case.pk, by=another)
    with on("2020-11-12"):
        return take(case, "announcement", "announced", another)


def test_a_county_exits_step_by_step_and_is_delisted_by_an_act(counties: SimpleNamespace, another: Office) -> None:
    case = exited(counties, another)
    assert case.at == "exited"
    listing = Listing.objects.get(place_code=ZHENXIONG)
    assert (listing.delisted_on, listing.delisting_act) == (date(2020, 11, 12), "Yunnan decision No. 7 of 2020")
    assert listing.delist_reason == "county_exit"
    assert ZHENXIONG not in places.listed().values_list("code", flat=True)
    assert ZHENXIONG in places.listed(date(2020, 11, 11)).values_list("code", flat=True)
    with seeing(EVERYWHERE):
        notice = Notice.objects.filter(case=case.pk).latest("pk")
    assert notice.place_code == ZHENXIONG
    assert notice.rows[0]["place"] == "镇雄县"
    assert notice.rows[0]["wrong_exit_rate"] == "0.500%"
    assert notice.rows[0]["rural_population"] == 100


def test_nobody_confirms_his_own_work(counties: SimpleNamespace) -> None:
    case = published(counties)
    with on("2020-11-01"):
        surveyed(counties, "2020-10-30", counties.yang)
        case = take(case, "assessment", "passed", counties.yang)
        with pytest.raises(Refusal, match="Officer Yang"):
            take(case, "approval", "approved", counties.yang, answers=DECISION)


def test_an_assessment_made_before_the_proposal_decides_nothing(counties: SimpleNamespace) -> None:
    surveyed(counties, "2020-09-30", counties.yang)
    case = published(counties)
    with on("2020-11-01"), pytest.raises(Refusal, match="special assessment since the case was opened"):
        take(case, "assessment", "passed", counties.yang)


@pytest.mark.parametrize(
    ("found", "says"),
    [
        ({"错退人口": 80}, "few wrong exits"),
        ({"漏评人口": 40}, "few missed"),
        ({"认可户数": 1349}, "approval reached"),
    ],
)
def test_a_county_that_falls_short_of_one_rule_does_not_pass(
    counties: SimpleNamespace, found: dict[str, int], says: str
) -> None:
    case = published(counties)
    with on("2020-11-01"):
        surveyed(counties, "2020-10-30", counties.yang, **found)
        with pytest.raises(Refusal, match=says):
            take(case, "assessment", "passed", counties.yang)
        assert take(case, "assessment", "failed", counties.yang).at == "stays_listed"
    assert Listing.objects.get(place_code=ZHENXIONG).delisted_on is None


def test_a_county_does_not_assess_itself(counties: SimpleNamespace) -> None:
    with pytest.raises(AssertionError, match="does not assess itself"):
        surveyed(counties, "2020-10-30", counties.zhou)
    surveyed(counties, "2020-10-30", counties.zhou, kind="自查")


def test_what_a_decision_rested_on_is_told_years_later(counties: SimpleNamespace, another: Office) -> None:
    exited(counties, another)
    with on("2020-12-20"):
        surveyed(counties, "2020-12-10", counties.yang, 错退人口=3000)
        client = sign_in(Client(), counties.yang)
        page = client.get(f"/supervision/exits/{ZHENXIONG}/").content.decode()
    assert "As known when the exit was approved" in page
    assert "20 / 4,000" in page
    assert "0.500 %" in page
    assert "3,000 / 4,000" not in page


def test_a_county_that_fails_its_spot_check_is_returned(counties: SimpleNamespace, another: Office) -> None:
    case = exited(counties, another)
    with on("2020-12-20"):
        with pytest.raises(Refusal, match="spot check falls short"):
            take(case, "returned", "returned", counties.yang)
        check = opened(counties.yang, "post_exit_check")
        surveyed(counties, "2020-12-20", counties.yang, kind="抽查", 错退人口=80)
        check = take(check, "spot_check", "done", counties.yang)
        assert take(check, "decision", "fails", another).at == "does_not_hold"
        assert take(case, "returned", "returned", counties.yang).at == "returned_to_listing"


def test_a_village_exits_by_its_incidence_and_its_clinic(counties: SimpleNamespace) -> None:
    checks = dict.fromkeys(
        ("road", "power", "services", "broadcast", "industry", "collective_income", "committees"), "true"
    )
    with on("2020-10-10"):
        case = opened(counties.tang, "village_exit", POJI)
        case = take(case, "proposal", "proposed", counties.tang, answers={"village_exit_check": checks})
        case = take(case, "verification", "confirmed", counties.zhou)
    assert case.at == "publicity"


def test_the_list_shows_the_weakest_first_and_only_the_territory(counties: SimpleNamespace) -> None:
    page = sign_in(Client(), counties.yang).get("/supervision/exits/").content.decode()
    assert "Zhenxiong" in page
    assert "Wangmo" not in page
    assert sign_in(Client(), counties.yang).get(f"/supervision/exits/{WANGMO}/").status_code == 404
    assert sign_in(Client(), counties.yang).get("/supervision/exits/?level=village").status_code == 200
    assert "not proposed" in page
    listed = sign_in(Client(), counties.yang).get("/supervision/exits/?export=csv")
    assert b"530627" in b"".join(listed)  # type: ignore[arg-type]


def test_no_place_is_delisted_without_an_act_and_one_that_is_not_listed_stays_so(counties: SimpleNamespace) -> None:
    with seeing(counties.yang.officer), on("2020-11-12"):
        said = {"place_code": ZHENXIONG, "on": date(2020, 11, 12), "reason": "county_exit", "by": counties.yang}
        with pytest.raises(Refusal, match="delisted by an act"):
            place_actions.delist(act="  ", **said)
        assert Listing.objects.get(place_code=ZHENXIONG).delisted_on is None
        assert place_actions.delist(act="No. 7", **said) == 1
        assert place_actions.delist(act="No. 8", **said) == 0
    assert Listing.objects.get(place_code=ZHENXIONG).delisting_act == "No. 7"


def test_an_exit_whose_decision_names_no_act_is_not_approved(counties: SimpleNamespace, another: Office) -> None:
    case = published(counties)
    with on("2020-11-01"):
        surveyed(counties, "2020-10-30", counties.yang)
        case = take(case, "assessment", "passed", counties.yang)
        nameless = {"exit_decision": {**DECISION["exit_decision"], "act": " "}}
        with pytest.raises(Refusal):
            take(case, "approval", "approved", another, answers=nameless)
    assert Listing.objects.get(place_code=ZHENXIONG).delisted_on is None


SUMS = {
    "kind": "spot_check", "conducted_by": "province", "exited_sampled": "400", "wrong_exit_persons": "3",
    "non_registered_sampled": "200", "missed_persons": "0", "households_surveyed": "150", "households_approving": "149",
}  # fmt: skip


def test_the_sums_of_a_survey_are_entered_on_the_page_and_a_slip_loses_nothing(counties: SimpleNamespace) -> None:
    address = f"/supervision/exits/{ZHENXIONG}/"
    said = {**SUMS, "surveyed_on": timezone.localdate().isoformat()}
    yang, zhou = (sign_in(Client(headers={"accept-language": "en"}), who) for who in (counties.yang, counties.zhou))
    slip = yang.post(address, {**said, "wrong_exit_persons": "401"})
    assert slip.status_code == 400
    assert 'value="401"' in slip.content.decode()
    itself = zhou.post(address, said)
    assert itself.status_code == 400
    assert "does not assess itself" in itself.content.decode()
    assert sign_in(Client(), counties.peng).post(address, said).status_code == 404
    assert yang.post(address, said).status_code == 302
    with seeing(EVERYWHERE):
        (row,) = ExitSurvey.objects.filter(place_code=ZHENXIONG)
    assert (row.kind, row.conducted_by, row.exited_sampled, row.households_approving) == (
        "spot_check", "province", 400, 149,
    )  # fmt: skip


def test_what_a_draw_found_begins_the_form_of_the_survey(counties: SimpleNamespace) -> None:
    with seeing(counties.yang.officer):
        draw = samples.draw(
            place_code=ZHENXIONG, of="exited", design="by_village", households=1, seed="lottery", by=counties.yang
        )
        samples.answer(
            draw=draw, household_id=draw.drawn[0][0], outcome="seen", answered_on=timezone.localdate(), persons=7,
            found=2, approves=True, by=counties.yang,
        )  # fmt: skip
    page = sign_in(Client(headers={"accept-language": "en"}), counties.yang).get(f"/supervision/exits/{ZHENXIONG}/")
    said = page.content.decode()
    for word in ("Filled in from the answers to draws", 'name="exited_sampled" value="7"', 'value="2"'):
        assert word in said, word
