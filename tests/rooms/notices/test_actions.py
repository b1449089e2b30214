"""Putting up, ending, counting days, objecting and answering."""

from datetime import date, timedelta

import pytest
from django.db import connection, transaction
from django.db.utils import ProgrammingError

from firmground.common.audit.models import Entry
from firmground.common.audit.trail import history
from firmground.common.errors import Refusal
from firmground.notices import actions, queries
from firmground.notices.limits import FROM_ONE_ADDRESS_ABOUT_ONE_NOTICE, TooMany, sender_of
from firmground.notices.models import Contact, Notice, Objection
from firmground.officers.machine import machine
from firmground.officers.territory import EVERYWHERE, NOWHERE, Territory, seeing
from tests.rooms.notices.conftest import MONDAY, OLD_LI, POJI, POJI_TOWNSHIP, WANGMU, on

TUESDAY, SATURDAY, SUNDAY = MONDAY + timedelta(1), MONDAY + timedelta(5), MONDAY + timedelta(6)


def object_(people, notice, *, by=None, day=TUESDAY, text="Old Li's son owns a car", contact="", **more):
    with on(day):
        return actions.object_to(notice=notice, text=text, contact=contact, by=by or machine(), **more)


class TestPuttingUp:
    def test_it_hangs_so_many_whole_days_after_the_day_it_is_put_up(self, put_up):
        notice = put_up()
        assert (notice.hangs_to, notice.board, notice.state) == (SATURDAY, "village", "posted")
        assert [queries.whole_days(notice, MONDAY + timedelta(n)) for n in range(9)] == [0, 0, 1, 2, 3, 4, 5, 5, 5]
        assert [notice.standing(day) for day in (MONDAY, SATURDAY, SUNDAY)] == ["hanging", "hanging", "ended"]

    def test_it_keeps_the_words_of_its_kind_as_they_were(self, put_up):
        notice = put_up()
        assert notice.title["zh"] == "拟纳入防止返贫监测对象公示"
        assert notice.columns == ["head", "group_name", "population", "kind", "broad_risk"]

    def test_an_illness_hangs_as_a_broader_word(self, put_up):
        notice = put_up()
        assert notice.rows[0]["broad_risk"] == ["heavy_costs", "housing_and_water"]
        with seeing(EVERYWHERE):
            assert "illness" not in str([entry.after for entry in history(Notice, notice.pk)])

    @pytest.mark.parametrize(
        ("rows", "says"),
        [
            ([{**OLD_LI, "phone": "1"}], "Row 1: “phone” may not stand on this notice"),
            ([OLD_LI, {"serious_illness": True}], "Row 2: “serious_illness” may not stand"),
            ([{"head": "李老四 990101199001011234"}], "Row 1: “head” must be a short text"),
            ([{"head": "李老四 99010119900101123X"}], "Row 1: “head” must be a short text"),
            ([{"group_name": "call 139 0000 1234"}], "Row 1: “group_name” must be a short text"),
            ([{"group_name": "0870-3120000"}], "Row 1: “group_name” must be a short text"),
            ([{"population": 6217001234567890123}], "Row 1: “population” must be a short text"),
            ([{"head": "李" * 201}], "Row 1: “head” must be a short text"),
            ([{"head": {"a": "dictionary"}}], "Row 1: “head” must be a short text"),
            ([{"kind": "rich"}], "“kind” may only be one of poor, exited"),
            ([{"broad_risk": ["cancer"]}], "“broad_risk” may only be one of heavy_costs"),
            ([], "from 1 to 5000 rows, not 0"),
        ],
    )
    def test_what_may_not_be_seen_is_refused_and_nothing_hangs(self, put_up, rows, says):
        with pytest.raises(Refusal) as refused:
            put_up(rows=rows)
        assert says in str(refused.value)
        assert "李老四" not in str(refused.value)
        assert not Notice.objects.exists()

    @pytest.mark.parametrize(
        ("given", "says"),
        [
            ({"kind": "gossip"}, "There is no kind of notice “gossip”"),
            ({"days": 4}, "at least 5 whole days, not 4"),
            ({"place_code": POJI_TOWNSHIP}, "There is no place with the code “530627102” in your territory"),
            ({"place_code": WANGMU}, f"There is no place with the code “{WANGMU}” in your territory"),
        ],
    )
    def test_a_wrong_board_kind_or_time_is_refused(self, put_up, given, says):
        with pytest.raises(Refusal, match=says):
            put_up(**given)

    def test_a_village_notice_does_not_hang_on_the_board_of_the_township(self, put_up, people):
        with pytest.raises(Refusal, match="code has 12 digits, not at “530627102”"):
            put_up(place_code=POJI_TOWNSHIP, by=people.tang)

    def test_nothing_is_put_up_on_a_day_to_come(self, people):
        with on(MONDAY), pytest.raises(Refusal, match="on a day to come"):
            actions.post(
                kind="monitoring_candidates", place_code=POJI, rows=[OLD_LI], on=TUESDAY, days=5, by=people.mei
            )

    def test_an_auditor_puts_nothing_up_and_the_attempt_is_kept(self, put_up, people):
        with pytest.raises(Refusal, match="you cannot do this"):
            put_up(by=people.auditor_zhao)
        with seeing(EVERYWHERE):
            assert Entry.objects.filter(kind="refused", verb="notices.post").count() == 1


class TestEnding:
    def test_a_withdrawn_notice_stays_with_its_reason(self, put_up, people):
        notice = put_up()
        with on(TUESDAY):
            ended = actions.withdraw(notice=notice, by=people.tang, why="the wrong household")
        assert (ended.state, ended.ended_on, ended.ended_why) == ("withdrawn", TUESDAY, "the wrong household")
        assert queries.whole_days(ended, SUNDAY) == 0
        assert list(queries.found(on=TUESDAY, standing="past")) == [ended]
        assert list(queries.hanging(POJI, MONDAY, people.mei.officer)) == [ended], "on Monday it did hang"
        assert not queries.hanging(POJI, TUESDAY, people.mei.officer)

    def test_a_corrected_notice_leads_to_the_one_that_holds_whose_days_begin_again(self, put_up, people):
        notice = put_up(case=7)
        with on(TUESDAY):
            new = actions.correct(notice=notice, rows=[{**OLD_LI, "population": 5}], by=people.mei, why="five persons")
        notice.refresh_from_db()
        assert (notice.state, notice.corrected_by, notice.rows[0]["population"]) == ("corrected", new, 4)
        assert (new.posted_on, new.hangs_to, new.case, new.rows[0]["population"]) == (TUESDAY, SUNDAY, 7, 5)
        assert list(queries.of_case(7)) == [notice, new]

    def test_only_one_of_its_kind_on_its_board_in_its_case_corrects_it(self, put_up):
        old = put_up(case=7)
        for given in ({"case": 8}, {"case": 7, "kind": "exit_candidates", "rows": [{"head": "李老四"}]}):
            with pytest.raises(Refusal, match="by one of its kind, on the same board"):
                put_up(**given, replaces=old, why="wrong")
        assert Notice.objects.get() == old

    def test_it_is_ended_once_with_a_reason_that_may_be_read_by_all(self, put_up, people):
        notice = put_up()
        for why, says in (("", "Say why"), ("ask 13900001234", "The reason is public")):
            with pytest.raises(Refusal, match=says):
                actions.withdraw(notice=notice, by=people.mei, why=why)
        actions.withdraw(notice=notice, by=people.mei, why="wrong")
        with pytest.raises(Refusal, match="withdrawn or corrected on"):
            actions.withdraw(notice=notice, by=people.mei, why="wrong")

    def test_the_village_does_not_take_back_what_the_township_put_up(self, put_up, people):
        notice = put_up(kind="monitoring_result", days=1, by=people.tang)
        with pytest.raises(Refusal, match="by a level above yours"):
            actions.withdraw(notice=notice, by=people.mei, why="wrong")

    @pytest.mark.parametrize("do", [actions.withdraw, actions.correct, actions.take_down])
    def test_another_county_does_nothing_with_it(self, put_up, people, do):
        more = {"rows": [OLD_LI]} if do is actions.correct else {}
        more |= {} if do is actions.take_down else {"why": "wrong"}
        with on(SUNDAY), pytest.raises(Refusal, match=r"outside your territory|no place with the code"):
            do(notice=put_up(), by=people.peng, **more)

    def test_a_paper_is_taken_down_once_when_its_days_are_over(self, put_up, people):
        notice = put_up()
        with on(SATURDAY), pytest.raises(Refusal, match="until the end of 2020-06-06"):
            actions.take_down(notice=notice, by=people.mei)
        assert list(queries.to_take_down(SUNDAY, people.mei.officer)) == [notice]
        with on(SUNDAY):
            actions.take_down(notice=notice, by=people.mei)
            with pytest.raises(Refusal, match="was taken down on 2020-06-07"):
                actions.take_down(notice=notice, by=people.mei)
        assert not queries.to_take_down(SUNDAY, people.mei.officer)

    @pytest.mark.parametrize("change", ["rows = '[]'", "posted_on = '2020-05-01'", "days = 1, hangs_to = '2020-06-02'"])
    def test_not_even_sql_changes_what_hung(self, put_up, people, change):
        put_up()
        with seeing(EVERYWHERE), connection.cursor() as cursor:
            for statement in (f"UPDATE notices_notice SET {change}", "DELETE FROM notices_notice"):
                with pytest.raises(ProgrammingError, match="never changed or deleted"), transaction.atomic():
                    cursor.execute(statement)


class TestObjecting:
    def test_anybody_objects_until_the_last_day_is_over(self, put_up, people):
        notice = put_up()
        for day in (MONDAY, SATURDAY):
            object_(people, notice, day=day)
        for day in (MONDAY - timedelta(1), SUNDAY):
            with pytest.raises(Refusal, match="from 2020-06-01 to the end of 2020-06-06"):
                object_(people, notice, day=day)
        with seeing(people.tang.officer):
            assert queries.open_objections(notice).count() == 2

    def test_what_was_heard_in_time_is_written_down_later(self, put_up, people):
        made = object_(people, put_up(), by=people.mei, day=SUNDAY, heard_on=SATURDAY)
        assert (made.heard_on, made.heard_by) == (SATURDAY, people.mei)
        with pytest.raises(Refusal, match="Objections to this notice were taken"):
            object_(people, made.notice, by=people.mei, day=TUESDAY, heard_on=SATURDAY)

    def test_it_is_found_by_the_notice_and_by_the_case(self, put_up, people):
        made = object_(people, put_up(case=7))
        with seeing(people.mei.officer):
            assert list(queries.open_objections(made.notice)) == list(queries.open_objections(7)) == [made]
            assert not queries.open_objections(8)

    @pytest.mark.parametrize(
        ("text", "contact", "says"),
        [
            ("  ", "", "Write what is wrong"),
            ("x" * 2001, "", "at most 2000 characters"),
            ("x", "y" * 101, "at most 100"),
            ("a\x00b", "", "cannot be kept"),
        ],
    )
    def test_nothing_too_much_and_what_cannot_be_kept_is_refused(self, put_up, people, text, contact, says):
        with pytest.raises(Refusal, match=says):
            object_(people, put_up(), text=text, contact=contact)

    def test_an_announcement_and_a_withdrawn_notice_take_none(self, put_up, people):
        with pytest.raises(Refusal, match="takes no objections"):
            object_(people, put_up(kind="monitoring_result", days=1, by=people.tang))
        notice = put_up()
        with on(MONDAY):
            actions.withdraw(notice=notice, by=people.mei, why="wrong")
        with pytest.raises(Refusal, match="does not hold any more"):
            object_(people, notice)

    def test_one_address_says_only_so_much_in_a_day_and_the_audit_does_not_fill(self, put_up, people):
        notice, sender = put_up(), sender_of("192.0.2.7", TUESDAY)
        for _ in range(FROM_ONE_ADDRESS_ABOUT_ONE_NOTICE):
            object_(people, notice, sender=sender)
        with seeing(EVERYWHERE):
            before = Entry.objects.count()
            with pytest.raises(TooMany, match="Call the township or go there"):
                object_(people, notice, sender=sender)
            assert Entry.objects.count() == before
        object_(people, notice, sender=sender_of("192.0.2.8", TUESDAY))
        object_(people, notice, sender=sender_of("192.0.2.7", date(2020, 6, 3)), day=date(2020, 6, 3))

    def test_a_sender_is_the_network_on_that_day_and_cannot_be_read_back(self):
        same = {sender_of(f"2001:db8:1:2::{n}", MONDAY) for n in range(1, 9)}
        assert len(same) == 1
        assert sender_of("2001:db8:1:3::1", MONDAY) not in same
        assert sender_of("192.0.2.7", MONDAY) != sender_of("192.0.2.7", TUESDAY)
        assert "192.0.2.7" not in sender_of("192.0.2.7", MONDAY)


class TestWhoSeesAnObjection:
    def test_officers_of_the_territory_and_nobody_else(self, put_up, people):
        made = object_(people, put_up(), contact="Wang, by the mill")
        for eyes, sees in ((people.mei, True), (people.zhou, True), (people.peng, False), (people.bao, False)):
            with seeing(eyes.officer):
                assert Objection.objects.exists() is sees
        with seeing(NOWHERE):
            assert not Objection.objects.exists()
            assert Notice.objects.exists(), "the notice is for all to read"
            assert queries.by_receipt(made.receipt) == made
            assert queries.by_receipt("guessed") is queries.by_receipt("") is None

    @pytest.mark.parametrize("heard_by", ["machine", "mei"])
    def test_the_village_never_sees_how_to_reach_whoever_objected(self, put_up, people, heard_by):
        by = machine() if heard_by == "machine" else people.mei
        made = object_(people, put_up(), by=by, contact="Wang, by the mill")
        with seeing(people.mei.officer):
            assert queries.contact_of(made) == ""
            assert not Contact.objects.exists()
        with seeing(people.tang.officer):
            assert queries.contact_of(made) == "Wang, by the mill"
            kept = str([(entry.before, entry.after) for entry in Entry.objects.all()])
        assert "by the mill" not in kept
        assert made.receipt not in kept


class TestAnswering:
    def test_somebody_else_answers_once(self, put_up, people):
        made = object_(people, put_up(by=people.tang))
        with pytest.raises(Refusal, match="Whoever put the notice up does not answer"):
            actions.answer(objection=made, text="We looked again.", by=people.tang)
        answered = actions.answer(objection=made, text="We looked again.", by=people.zhou)
        assert (answered.answer, answered.answered_by) == ("We looked again.", people.zhou)
        with pytest.raises(Refusal, match="has been answered"):
            actions.answer(objection=made, text="Once more.", by=people.luo)
        with seeing(people.zhou.officer):
            assert not queries.open_objections(made.notice)

    def test_not_the_village_not_another_county_and_not_with_nothing(self, put_up, people):
        made = object_(people, put_up())
        for by, text, says in (
            (people.mei, "No.", "you cannot do this"),
            (people.peng, "No.", "no such objection in your territory"),
            (people.tang, " ", "Write an answer"),
        ):
            with pytest.raises(Refusal, match=says):
                actions.answer(objection=made, text=text, by=by)


class TestTelephone:
    def test_the_nearest_is_printed(self, people):
        assert queries.telephone_of(POJI) == ""
        actions.set_telephone(place_code="530627", telephone="0870-3120000", by=people.zhou)
        assert queries.telephone_of(POJI) == "0870-3120000"
        actions.set_telephone(place_code=POJI_TOWNSHIP, telephone="0870-3120102", by=people.tang)
        assert queries.telephone_of(POJI) == "0870-3120102"
        assert queries.telephone_of(WANGMU) == ""

    def test_it_is_a_number_and_a_place_of_ones_own(self, people):
        for place, telephone, says in (
            (POJI_TOWNSHIP, "ask Tang", "Write a telephone number"),
            ("530627999", "0870-3120000", "no place with the code"),
            ("522326001", "0870-3120000", "no place with the code"),
        ):
            with pytest.raises(Refusal, match=says):
                actions.set_telephone(place_code=place, telephone=telephone, by=people.tang)


def test_hanging_is_what_the_reader_may_look_at(put_up, people):
    mine = put_up()
    theirs = put_up(place_code=WANGMU, by=people.bao)
    assert list(queries.hanging("", TUESDAY, people.mei.officer)) == [mine]
    assert list(queries.hanging("", TUESDAY, EVERYWHERE)) == [theirs, mine]
    assert not queries.hanging("", TUESDAY, Territory(()))
