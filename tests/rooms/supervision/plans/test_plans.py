"""Battle plans: drafted from the registers, approved from above, never edited afterwards."""

from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.utils import timezone

from firmground.cases import actions as cases
from firmground.common.errors import Refusal
from firmground.officers.models import Office
from firmground.officers.territory import EVERYWHERE, seeing
from firmground.supervision.plans import actions, lists, queries
from firmground.supervision.plans.models import BattlePlan, Item
from tests.cast import ZHENXIONG
from tests.villages import BOBO, WANGMU

TODAY = timezone.localdate()
WELL = {
    "content": 1, "problem": "40 households fetch water", "measure": "lay a pipe", "responsible_unit": "water office",
    "responsible_person": "Engineer Xu", "due_on": TODAY + timedelta(days=30), "indicator": "poor_households",
    "target": 0,
}  # fmt: skip


def drafted(by: Office, place: str = ZHENXIONG) -> BattlePlan:
    with seeing(by.officer):
        return actions.draft(place_code=place, commander="Secretary Gao", by=by)


def written(plan: BattlePlan, by: Office, number: int | None = None, **said: Any) -> Item:
    with seeing(by.officer):
        return actions.write(plan=plan.pk, said={**WELL, **said}, number=number, by=by)


def take(plan: BattlePlan, step: str, outcome: str, by: Office) -> BattlePlan:
    with seeing(by.officer):
        cases.take(case=plan.case_id, step=step, outcome=outcome, by=by, why="it is complete")
    with seeing(EVERYWHERE):
        return BattlePlan.objects.select_related("case").get(pk=plan.pk)


def approved(village: SimpleNamespace) -> BattlePlan:
    plan = drafted(village.zhou)
    written(plan, village.zhou)
    take(plan, "submission", "submitted", village.zhou)
    return take(plan, "approval", "approved", village.luo)


def test_the_baseline_is_what_the_registers_say(village: SimpleNamespace) -> None:
    plan = drafted(village.peng, WANGMU)
    assert (plan.baseline_poor_households, plan.baseline_on) == (1, TODAY)
    assert plan.baseline_rural_population is None
    with seeing(village.peng.officer):
        today = queries.figures(WANGMU, seen_by=village.peng.reach)
        assert (today.poor_households, today.incidence) == (1, None)
        items = [written(plan, village.peng)]
        assert queries.progress(plan, items, today, seen_by=village.peng.reach)[1] == queries.Progress(1, 1, 0, False)
    assert BOBO.startswith(WANGMU)


def test_who_approves_stands_above_and_is_not_who_made_it(village: SimpleNamespace) -> None:
    plan = drafted(village.zhou)
    with pytest.raises(Refusal, match="items"):
        take(plan, "submission", "submitted", village.zhou)
    written(plan, village.zhou)
    take(plan, "submission", "submitted", village.zhou)
    with pytest.raises(Refusal):
        take(plan, "approval", "approved", village.zhou)
    assert take(plan, "approval", "approved", village.luo).approved


def test_a_plan_sent_back_is_worked_on_again(village: SimpleNamespace) -> None:
    plan = drafted(village.zhou)
    written(plan, village.zhou)
    take(plan, "submission", "submitted", village.zhou)
    with pytest.raises(Refusal, match="submitted or approved"):
        written(plan, village.zhou)
    take(plan, "approval", "sent_back", village.luo)
    assert written(plan, village.zhou).number == 2


def test_an_approved_version_is_never_edited_the_next_one_shows_what_changed(village: SimpleNamespace) -> None:
    first = approved(village)
    for attempt in (lambda: written(first, village.zhou), lambda: written(first, village.zhou, number=1)):
        with pytest.raises(Refusal, match="Draft the next one"):
            attempt()
    second = drafted(village.zhou)
    assert second.version == 2
    written(second, village.zhou, number=1, measure="two pipes")
    written(second, village.zhou, problem="no doctor")
    with seeing(EVERYWHERE):
        changes = queries.compared(list(first.items.all()), list(second.items.all()))
    assert [(each.before is None, sorted(each.fields)) for each in changes] == [
        (False, ["measure"]), (True, sorted(Item.WRITTEN)),
    ]  # fmt: skip
    with pytest.raises(Refusal, match="Version 2 is not approved yet"):
        drafted(village.zhou)


def test_an_item_not_done_by_its_day_is_late(village: SimpleNamespace) -> None:
    plan = approved(village)
    on = WELL["due_on"]
    assert isinstance(on, date)
    with seeing(village.zhou.officer):
        assert not queries.late(on, seen_by=village.zhou.reach).exists()
        assert [item.number for item in queries.late(on + timedelta(days=1), seen_by=village.zhou.reach)] == [1]
        assert not queries.late(on + timedelta(days=1), seen_by=village.peng.reach).exists()
        with pytest.raises(Refusal, match="not here yet"):
            actions.done(plan=plan.pk, number=1, on=TODAY + timedelta(days=1), note="done", by=village.zhou)
        actions.done(plan=plan.pk, number=1, on=TODAY, note="the pipe lies", by=village.zhou)
        assert not queries.late(on + timedelta(days=1), seen_by=village.zhou.reach).exists()
        with pytest.raises(Refusal, match="already"):
            actions.done(plan=plan.pk, number=1, on=TODAY, note="again", by=village.zhou)


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ({"content": 6}, "five contents"),
        ({"problem": " "}, "problem is missing"),
        ({"indicator": "happiness"}, "neither a standard nor a figure"),
        ({"indicator": ""}, "target needs the indicator"),
        ({"target": -1}, "from nought up"),
    ],
)
def test_what_makes_no_sense_is_refused(village: SimpleNamespace, said: dict[str, Any], sentence: str) -> None:
    plan = drafted(village.zhou)
    with pytest.raises(Refusal, match=sentence):
        written(plan, village.zhou, **said)


def test_a_sheet_is_taken_line_by_line(village: SimpleNamespace) -> None:
    plan = drafted(village.zhou)
    written(plan, village.zhou)
    sheet = (
        "number,content,problem,measure,responsible_unit,responsible_person,due_on,target,indicator\n"
        "1,1,没有水,铺管道,水利局,徐工,2020-06-30,0,poor_households\n"
        ",2,没有活干,建车间,人社局,何某,2020-05-31,,\n"
        ",9,x,x,x,x,2020-05-31,,\n"
        ",2,x,x,x,x,soon,,\n"
    )
    with seeing(village.zhou.officer):
        loaded = lists.load(plan=plan.pk, content=sheet.encode("gb18030"), by=village.zhou)
        assert (loaded.written, [line for line, _ in loaded.rejected]) == (2, [4, 5])
        assert [item.problem for item in plan.items.all()] == ["没有水", "没有活干"]
        with pytest.raises(Refusal, match="missing or not known: problem"):
            lists.load(plan=plan.pk, content=b"content\n1\n", by=village.zhou)


def test_nobody_plans_for_another_county(village: SimpleNamespace) -> None:
    with pytest.raises(Refusal, match="No place of your territory"):
        drafted(village.zhou, WANGMU)
    plan = drafted(village.peng, WANGMU)
    with pytest.raises(Refusal, match="no plan"):
        written(plan, village.zhou)


def test_who_drafted_it_does_not_approve_it_though_another_submitted_it(village: SimpleNamespace) -> None:
    plan = drafted(village.luo)
    written(plan, village.zhou)
    take(plan, "submission", "submitted", village.zhou)
    with pytest.raises(Refusal, match="drafted by somebody of a level below"):
        take(plan, "approval", "approved", village.luo)
    assert take(plan, "approval", "approved", village.yang).approved
