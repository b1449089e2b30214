"""Draws of households: recorded, repeatable, hidden until their day; and what came of each household."""

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.utils import timezone

from firmground.common.errors import Refusal
from firmground.engines.sampling import draws as engine
from firmground.officers.models import Office
from firmground.officers.territory import EVERYWHERE, seeing
from firmground.supervision.samples import actions, queries
from firmground.supervision.samples.models import Answer, Draw
from tests.rooms.supervision.exits.conftest import send
from tests.villages import POJI

COUNTY = POJI[:6]


def drawn(by: Office, **said: Any) -> Draw:
    given = {"place_code": COUNTY, "of": "exited", "design": "by_village", "households": 10, "seed": "lottery", **said}
    with seeing(by.officer):
        return actions.draw(by=by, **given)


def answered(draw: Draw, by: Office, number: int = 0, **said: Any) -> Answer:
    home = queries.listed(draw)[number].household
    given = {"household_id": home, "outcome": "seen", "answered_on": timezone.localdate(), **said}
    with seeing(by.officer):
        return actions.answer(draw=draw, by=by, **given)


def test_anybody_repeats_a_draw_from_the_list_and_the_seed(village: SimpleNamespace) -> None:
    draw = drawn(village.yang)
    with seeing(EVERYWHERE):
        frame = queries.frame(COUNTY, "exited", draw.drawn_at)
    assert len(frame) == draw.frame_size == 41  # Old Li's is unstable: it has exited, too
    assert engine.digest(frame) == draw.frame_digest
    assert [each.household for each in engine.by_village(frame, "lottery", 10)] == [row[0] for row in draw.drawn]
    assert sum(each.weight for each in queries.listed(draw)) == 41


def test_a_draw_is_repeated_after_the_register_went_on_and_says_so_when_it_was_touched(
    village: SimpleNamespace,
) -> None:
    draw = drawn(village.yang)
    with seeing(EVERYWHERE):
        late = {"户编号": f"{POJI}00999", "行政村代码": POJI, "户主姓名": "王某", "户类型": "脱贫户"}
        send(village.folder, "household", [late])
        assert queries.repeated(draw) == queries.Repeated(same_list=True, same_households=True)
        draw.seed = "another"
        assert queries.repeated(draw) == queries.Repeated(same_list=True, same_households=False)
        draw.frame_digest = "0" * 64
        assert not queries.repeated(draw).same_list


def test_drawing_until_it_suits_stays_to_be_seen_with_its_reason(village: SimpleNamespace) -> None:
    drawn(village.yang)
    with pytest.raises(Refusal, match="drawn from before"):
        drawn(village.yang, seed="")
    second = drawn(village.yang, seed="", why="the road is cut")
    assert len(second.seed) == 16
    with seeing(village.luo.officer):
        assert queries.draws(seen_by=village.luo.reach).count() == 2


def test_two_stages_draw_villages_and_as_many_households_in_each(village: SimpleNamespace) -> None:
    draw = drawn(village.yang, design="in_two_stages", villages=1, households=5)
    assert (len(draw.drawn), len({each.village for each in queries.listed(draw)})) == (5, 1)


def test_a_hidden_draw_is_in_nobodys_sight_below_until_its_day(village: SimpleNamespace) -> None:
    tomorrow = timezone.localdate() + timedelta(days=1)
    draw = drawn(village.luo, hidden_until=tomorrow)
    for name, sees in {"zhou": 0, "tang": 0, "peng": 0, "luo": 1, "yang": 1, "han": 1}.items():
        office = getattr(village, name)
        with seeing(office.officer):
            assert queries.draws(seen_by=office.reach).count() == sees, name
            assert Draw.objects.count() == sees, name  # the database says so, too
    with pytest.raises(Refusal, match="Let a level above draw"):
        drawn(village.zhou, hidden_until=tomorrow)
    shown = drawn(village.luo, why="the day has come")
    with seeing(village.zhou.officer):
        assert queries.draw(draw.pk, seen_by=village.zhou.reach) is None
        assert queries.draw(shown.pk, seen_by=village.zhou.reach) == shown


@pytest.mark.parametrize(
    ("said", "says"),
    [
        ({"place_code": "522326"}, "No place of your territory"),
        ({"of": "rich"}, "which households"),
        ({"design": "by hand"}, "which households"),
        ({"households": 0}, "41 households in 2 villages; draw from 1 to 41"),
        ({"households": 42}, "draw from 1 to 41"),
        ({"design": "in_two_stages"}, "how many villages"),
        ({"design": "in_two_stages", "villages": 3}, "in 2 villages"),
        ({"seed": "x" * 65}, "at most 64"),
    ],
)
def test_a_draw_that_makes_no_sense_is_refused(village: SimpleNamespace, said: Any, says: str) -> None:
    with pytest.raises(Refusal, match=says):
        drawn(village.luo, **said)
    with seeing(EVERYWHERE):
        assert not Draw.objects.exists()


def test_what_came_of_a_household_is_noted_and_the_last_word_counts(village: SimpleNamespace) -> None:
    draw = drawn(village.yang)
    answered(draw, village.yang, outcome="away")
    answered(draw, village.yang, persons=4, found=1, approves=True)
    with seeing(EVERYWHERE):
        (row,) = Answer.objects.all()
        assert (row.outcome, row.persons, row.found, row.approves) == ("seen", 4, 1, True)
        assert queries.latest(COUNTY, "exited", seen_by=EVERYWHERE) == draw


@pytest.mark.parametrize(
    ("who", "said", "says"),
    [
        ("zhou", {}, "not by who is checked"),
        ("yang", {"household_id": f"{POJI}00003"}, "not in this draw"),
        ("yang", {"outcome": "asleep"}, "whether the household was seen"),
        ("yang", {"outcome": "away", "persons": 3}, "answered nothing"),
        ("yang", {"persons": 3, "found": 4}, "Not more persons"),
        ("yang", {"found": 1}, "Not more persons"),
        ("yang", {"persons": 51}, "1 to 50"),
        ("yang", {"answered_on": timezone.localdate() + timedelta(days=1)}, "not after today"),
        ("yang", {"answered_on": timezone.localdate() - timedelta(days=1)}, "since the draw"),
    ],
)
def test_an_answer_that_makes_no_sense_is_refused(village: SimpleNamespace, who: str, said: Any, says: str) -> None:
    draw = drawn(village.yang)
    with pytest.raises(Refusal, match=says):
        answered(draw, getattr(village, who), **said)
    with seeing(EVERYWHERE):
        assert not Answer.objects.exists()


def test_rates_take_the_weights_of_the_draw_and_share_those_of_who_gave_no_answer(village: SimpleNamespace) -> None:
    draw = drawn(village.yang, households=4)
    homes = queries.listed(draw)
    assert [each.village for each in homes].count(POJI) == 2  # of 21; two of 20 in the other village
    answered(draw, village.yang, 0, persons=5, found=1, approves=True)
    answered(draw, village.yang, 1, persons=5, found=0, approves=False)
    answered(draw, village.yang, 2, persons=2, found=0, approves=True)
    answered(draw, village.yang, 3, outcome="refused")
    with seeing(EVERYWHERE):
        wrong, approving = queries.rates(draw, draw.answers.all())
    assert (wrong.name, wrong.found, wrong.asked) == ("wrong_exit_rate", 1, 12)
    assert wrong.estimated.rate == pytest.approx(21 / 2 * 1 / (21 / 2 * 10 + 20 * 2))
    assert approving.estimated.rate == pytest.approx((21 / 2 + 20) / 41)
    assert wrong.interval.lower < wrong.estimated.rate < wrong.interval.upper
