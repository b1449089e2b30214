"""What officers may do in cases, what is refused, and that a refusal changes nothing but the trail."""

from types import SimpleNamespace

import pytest
from django.utils import timezone

from firmground import flow
from firmground.cases import actions, declared, forms, queries, wording
from firmground.cases.attachments import Handed
from firmground.cases.desk import on_desk
from firmground.cases.models import Attachment, Case, Move
from firmground.common.audit.models import Entry
from firmground.common.audit.trail import acting
from firmground.common.errors import Refusal
from firmground.officers.machine import machine
from firmground.officers.territory import EVERYWHERE, seeing
from firmground.registry.models import Household, Member
from tests.rooms.cases.conftest import opened, take
from tests.villages import BOBO, LI, WU, ZHANG

PHOTO = Handed("house.jpg", b"\xff\xd8\xff\xe0 a photograph")


def found(procedure: str, household: str, standards: list[str]) -> actions.Found:
    return actions.Found(procedure, "household", household, household[:12], standards)


def test_a_worker_opens_a_case_after_a_visit_and_it_waits_at_its_first_step(village: SimpleNamespace) -> None:
    case = opened(village.mei)
    assert (case.at, case.roles, case.moves_made) == ("clue", ["village_worker", "township"], 0)
    with seeing(village.mei.officer):
        assert [each.pk for each in queries.mine(village.mei)] == [case.pk]
    with seeing(village.zhou.officer):
        assert not queries.mine(village.zhou).exists()
        assert [each.pk for each in queries.waiting(village.zhou)] == [case.pk]


def test_a_case_is_open_once_for_a_household(village: SimpleNamespace) -> None:
    opened(village.mei)
    with pytest.raises(Refusal, match="is open for it already"):
        opened(village.tang)


def test_a_channel_is_for_those_whom_the_procedure_names(village: SimpleNamespace) -> None:
    with pytest.raises(Refusal, match="is not opened by village worker through “screening”"):
        opened(village.mei, channel="screening")


def test_nobody_opens_a_case_in_another_county(village: SimpleNamespace) -> None:
    with pytest.raises(Refusal, match="among the households"):
        opened(village.mei, household=BOBO)


def test_two_who_decide_at_once_are_told(village: SimpleNamespace) -> None:
    case = opened(village.mei)
    take(case, "clue", "to_be_checked", village.mei, after=0)
    with seeing(village.tang.officer), pytest.raises(Refusal, match="a moment ago"):
        actions.take(case=case.pk, step="clue", outcome="to_be_checked", by=village.tang, after=0)
    with seeing(EVERYWHERE):
        assert Move.objects.filter(case=case).count() == 1


def test_a_refused_step_stands_in_the_trail_with_who_tried(village: SimpleNamespace) -> None:
    case = opened(village.mei)
    with seeing(village.zhou.officer), pytest.raises(Refusal):
        actions.take(case=case.pk, step="clue", outcome="to_be_checked", by=village.zhou)
    with seeing(EVERYWHERE):
        attempt = Entry.objects.filter(kind="refused", verb="cases.take").latest("pk")
    assert attempt.officer == village.zhou.officer_id
    assert "not by county" in attempt.after["refusal"]


def test_a_bulk_decision_says_of_each_case_what_became_of_it(village: SimpleNamespace) -> None:
    first, second = opened(village.mei), opened(village.mei, household=WU)
    take(second, "clue", "to_be_checked", village.mei)
    with seeing(village.tang.officer):
        done = actions.take_many(
            cases=[second.pk, first.pk, 9_999_999],
            step="clue",
            outcome="not_for_us",
            why="a rich uncle",
            by=village.tang,
        )
    assert [(each.case, bool(each.refusal)) for each in done] == [
        (first.pk, False),
        (second.pk, True),
        (9_999_999, True),
    ]
    with seeing(EVERYWHERE):
        assert Case.objects.get(pk=first.pk).at == "dismissed"


def test_evidence_is_a_file_not_a_tick(village: SimpleNamespace) -> None:
    case = opened(village.mei, "housing")
    found = {"seen_on": "2020-03-01", "found": "the back wall", "grade": "D", "lived_in": "true"}
    case = take(case, "look", "confirmed", village.mei, answers={"dwelling_check": found})
    done = {"answers": {"repair": {"found": "a new wall", "seen_on": "2020-03-09"}}}
    with seeing(village.tang.officer), pytest.raises(Refusal, match="evidence"):
        actions.take(case=case.pk, step="repair", outcome="done", by=village.tang, attested=["evidence"], **done)
    script = {"evidence": [Handed("house.jpg", b"<script>")]}
    with seeing(village.tang.officer), pytest.raises(Refusal, match="is not a photograph"):
        actions.take(case=case.pk, step="repair", outcome="done", by=village.tang, files=script, **done)
    case = take(case, "repair", "done", village.tang, files={"evidence": [PHOTO]}, **done)
    with seeing(EVERYWHERE):
        assert Attachment.objects.get(move__case=case).media_type == "image/jpeg"
    assert case.at == "verification"


def test_a_case_ends_naturally_only_when_the_register_says_that_nobody_is_left(village: SimpleNamespace) -> None:
    case = opened(village.mei, household=LI)
    with seeing(village.tang.officer), pytest.raises(Refusal, match="nobody is left"):
        actions.take(case=case.pk, step="natural_end", outcome="moved_away", by=village.tang)
    alone = opened(village.mei, household=ZHANG)  # of whom the register knows no member
    with seeing(village.tang.officer), pytest.raises(Refusal, match="every member died"):
        actions.take(case=alone.pk, step="natural_end", outcome="all_died", by=village.tang)


@pytest.mark.parametrize(("status", "outcome"), [("died", "all_died"), ("moved_out", "moved_away")])
def test_the_case_of_a_household_that_is_gone_ends_by_itself_in_the_morning(
    village: SimpleNamespace, status: str, outcome: str
) -> None:
    case = opened(village.mei, household=WU)
    with seeing(EVERYWHERE), acting(officer=None, office=None, role="administrator", verb="tests"):
        Member.objects.filter(household_id=WU).update(status=status)
    flow.begin_day(timezone.localdate())
    with seeing(EVERYWHERE):
        case.refresh_from_db()
        assert case.moves.latest("position").outcome == outcome
    assert case.closed_on is not None


def test_a_case_follows_its_household_to_another_village(village: SimpleNamespace) -> None:
    case = opened(village.mei, household=WU)
    with seeing(EVERYWHERE), acting(officer=None, office=None, role="administrator", verb="tests"):
        Household.objects.filter(household_id=WU).update(village_code="530627102202")
    flow.begin_day(timezone.localdate())
    with seeing(village.mei.officer):
        assert not Case.objects.filter(pk=case.pk).exists()
    with seeing(village.tang.officer):
        assert Case.objects.filter(pk=case.pk).exists()


def test_what_was_done_in_a_case_goes_to_another_county_with_it(village: SimpleNamespace) -> None:
    case = opened(village.mei, "water", household=WU)
    seen = {"seen_on": "2020-03-01", "found": "a spring nearby", "fails": ["quality"]}
    case = take(case, "look", "confirmed", village.mei, answers={"water_check": seen})
    with seeing(EVERYWHERE), acting(officer=None, office=None, role="administrator", verb="tests"):
        Household.objects.filter(household_id=WU).update(village_code=BOBO[:12])
    flow.begin_day(timezone.localdate())
    with seeing(village.bao.officer):
        moved = Case.objects.get(pk=case.pk)
        assert (moved.at, declared.run_of(moved).at, moved.moves.count()) == ("repair", "repair", 1)


def test_a_desk_that_is_handed_over_lists_its_cases(village: SimpleNamespace) -> None:
    case = opened(village.mei)
    with seeing(village.mei.officer):
        assert [piece.number for piece in on_desk(village.mei, timezone.localdate())] == [str(case.pk)]


def test_findings_open_a_case_once_and_add_to_it_after_that(village: SimpleNamespace) -> None:
    by = machine()
    with seeing(EVERYWHERE):
        assert actions.open_for_findings(found=[found("water", ZHANG, ["water_safe"])], by=by) == 1
        assert actions.open_for_findings(found=[found("water", ZHANG, ["water_near"])], by=by) == 0
        assert Case.objects.get(procedure="water").standards == ["water_safe", "water_near"]


def test_a_finding_that_comes_back_opens_its_case_again(village: SimpleNamespace) -> None:
    with seeing(EVERYWHERE):
        actions.open_for_findings(found=[found("water", ZHANG, ["water_safe"])], by=machine())
        case = Case.objects.get(procedure="water")
    seen = {"seen_on": "2020-03-01", "found": "a spring nearby"}
    case = take(case, "look", "no_problem", village.mei, answers={"water_check": seen})
    case = take(case, "verification", "not_a_problem", village.zhou, why="tasted it")
    assert case.at == "not_a_problem"
    with seeing(EVERYWHERE):
        assert actions.open_for_findings(found=[found("water", ZHANG, ["water_near"])], by=machine()) == 1
        case.refresh_from_db()
    assert (case.at, case.closed_on, case.standards) == ("look", None, ["water_safe", "water_near"])


def test_what_leads_to_monitoring_does_not_open_a_second_case_while_the_household_is_helped(
    village: SimpleNamespace,
) -> None:
    with seeing(EVERYWHERE):
        help_ = actions.open_case(procedure="risk_elimination", subject_id=LI, channel="entered", by=machine())
        assert actions.open_for_findings(found=[found("monitoring", LI, ["income_plunge"])], by=machine()) == 0
        help_.refresh_from_db()
    assert help_.standards == ["income_plunge"]


def test_a_case_finishes_under_the_procedure_it_began_under(village: SimpleNamespace) -> None:
    case = opened(village.mei)
    with seeing(EVERYWHERE):
        text = case.text
        said = {**text.said, "step": [{**step, "by": ["county"]} for step in text.said["step"]]}
        older = type(text)(digest="0" * 64, procedure="monitoring", said=said)
        with acting(officer=None, office=None, role="administrator", verb="tests"):
            older.save(force_insert=True)
            Case.objects.filter(pk=case.pk).update(text=older)
    with seeing(village.zhou.officer):
        actions.take(case=case.pk, step="clue", outcome="to_be_checked", by=village.zhou)


def test_answers_can_be_read_when_the_form_is_asked_no_more(
    village: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = opened(village.mei, "housing")
    found = {"seen_on": "2020-03-01", "found": "the back wall", "grade": "D", "lived_in": "true"}
    case = take(case, "look", "confirmed", village.mei, answers={"dwelling_check": found})
    monkeypatch.setattr(forms, "_loaded", lambda folder: {})
    with seeing(EVERYWHERE):
        (said,) = wording.answers(case.moves.get(), reads=("official", "personal", "sensitive"))
    assert said.title == "Record of the dwelling"
    assert ("What was found", "the back wall") in said.said
