"""The public pages and those of the offices, asked without a browser."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from firmground.notices import actions, limits
from firmground.notices.models import Notice, Objection
from firmground.officers.territory import EVERYWHERE, seeing
from tests.rooms.notices.conftest import MONDAY, OLD_LI, POJI, WANGMU, on

TUESDAY, THURSDAY, SUNDAY = MONDAY + timedelta(1), MONDAY + timedelta(3), MONDAY + timedelta(6)
MOST_QUERIES = 25


def read(client, address, day=THURSDAY, status=200, **headers):
    with on(day):
        response = client.get(address, headers=headers)
    assert response.status_code == status, response.content.decode()[-2000:]
    return response.content.decode()


def objecting(client, notice, day=THURSDAY, **typed):
    """What the form of a notice's page sends, as a browser sends it."""
    address = f"/public/notices/{notice.pk}/"
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', read(client, address, day))
    assert token
    with on(day):
        return client.post(f"{address}object/", {"csrfmiddlewaretoken": token[1], "website": "", **typed})


def objections():
    with seeing(EVERYWHERE):
        return list(Objection.objects.all())


class TestAnybody:
    def test_reads_a_notice_as_it_hangs(self, put_up, people, anybody):
        notice = put_up()
        actions.set_telephone(place_code="530627102", telephone="0870-3120102", by=people.tang)
        page = read(anybody, f"/public/notices/{notice.pk}/")
        for said in ("Households proposed for monitoring", "Poji Village", "李老四", "heavy costs, housing or water",
                     "marginal", "1 June 2020", "the end of 6 June 2020: 5 whole days", "day 3 of 5", "0870-3120102",
                     "Not less than five days", "Send the objection"):  # fmt: skip
            assert said in page, said
        assert "拟纳入防止返贫监测对象公示" in read(anybody, f"/public/notices/{notice.pk}/?lang=zh")

    @pytest.mark.parametrize(
        ("day", "says"),
        [
            (MONDAY, "put up today; the first whole day is tomorrow"),
            (TUESDAY, "day 1 of 5"),
            (SUNDAY, "hung its 5 whole days"),
            (SUNDAY, "Closed. Objections were taken to the end of 6 June 2020"),
        ],
    )
    def test_is_told_how_long_it_has_hung(self, put_up, anybody, day, says):
        assert says in read(anybody, f"/public/notices/{put_up().pk}/", day)

    def test_sees_a_withdrawn_notice_crossed_out_and_a_corrected_one_with_what_holds(self, put_up, people, anybody):
        first = put_up()
        with on(TUESDAY):
            second = actions.correct(
                notice=first, rows=[{**OLD_LI, "population": 5}], by=people.mei, why="five persons"
            )
            third = put_up()
            actions.withdraw(notice=third, by=people.mei, why="put up twice")
        old = read(anybody, f"/public/notices/{first.pk}/")
        assert 'class="paper void"' in old
        assert "Corrected on 2 June 2020" in old
        assert "five persons" in old
        assert f'href="/public/notices/{second.pk}/"' in old
        assert "Send the objection" not in old
        assert f"This notice corrects notice {first.pk}." in read(anybody, f"/public/notices/{second.pk}/")
        gone = read(anybody, f"/public/notices/{third.pk}/")
        assert "Withdrawn on 2 June 2020" in gone
        assert "put up twice" in gone
        past = read(anybody, "/public/notices/?standing=past")
        assert past.count("<s>") == 2

    def test_looks_for_notices_by_place_kind_and_time(self, put_up, people, anybody):
        mine = put_up()
        other = put_up(place_code=WANGMU, by=people.bao)
        here, there = f'href="/public/notices/{mine.pk}/"', f'href="/public/notices/{other.pk}/"'
        for query, shown in {
            "": (True, True), "?place=530627": (True, False), "?place=Wangmo": (False, True),
            "?place=泼机村": (True, False),
            "?kind=exit_candidates": (False, False), "?standing=past": (False, False), "?standing=all": (True, True),
        }.items():  # fmt: skip
            page = read(anybody, f"/public/notices/{query}")
            assert (here in page, there in page) == shown, query
        assert "Which place?" in read(anybody, "/public/notices/?place=泼机")
        assert "No place is called “Atlantis”" in read(anybody, "/public/notices/?place=Atlantis")
        assert "Nothing hangs there today" in read(anybody, "/public/notices/", SUNDAY)
        assert "it may be one of: all, hanging, past" in read(anybody, "/public/notices/?standing=up", status=400)

    def test_reads_the_board_of_one_place(self, put_up, anybody):
        notice = put_up()
        assert f'href="/public/notices/{notice.pk}/"' in read(anybody, f"/public/boards/{POJI}/")
        county = read(anybody, "/public/boards/530627/")
        assert "Nothing hangs here today." in county
        assert "1 notice hangs on the boards below." in county
        read(anybody, "/public/boards/999999/", status=404)
        read(anybody, "/public/notices/99999999999999999999/", status=404)

    def test_prints_it_with_a_code_that_leads_to_its_page(self, put_up, anybody):
        import segno

        notice = put_up()
        page = read(anybody, f"/public/notices/{notice.pk}/print/")
        address = f"http://testserver/public/notices/{notice.pk}/"
        assert segno.make(address, error="m").svg_inline(scale=4, border=2, omitsize=True) in page
        assert address in page
        assert "day 3" not in page, "paper does not count"

    def test_objects_without_a_name_and_finds_the_answer_by_the_receipt(self, put_up, people, anybody):
        notice = put_up()
        sent = objecting(anybody, notice, text="<script>alert(1)</script> {{ x }} =1+1", contact="")
        (made,) = objections()
        assert sent.status_code == 302
        assert sent["Location"] == f"/public/objections/{made.receipt}/"
        page = read(anybody, sent["Location"])
        assert "It waits for an answer." in page
        assert "&lt;script&gt;alert(1)&lt;/script&gt; {{ x }} =1+1" in page
        actions.answer(objection=made, text="We have visited them.", by=people.tang)
        assert "We have visited them." in read(anybody, sent["Location"])
        read(anybody, "/public/objections/somethingelse/", status=404)

    def test_keeps_what_was_typed_when_something_is_missing(self, put_up, anybody):
        sent = objecting(anybody, put_up(), text=" ", contact="Wang, by the mill")
        assert sent.status_code == 400
        assert "Write what is wrong with the notice." in sent.content.decode()
        assert 'value="Wang, by the mill"' in sent.content.decode()
        assert objections() == []

    def test_a_program_that_fills_in_the_hidden_field_is_told_so(self, put_up, anybody):
        sent = objecting(anybody, put_up(), text="Buy here", website="http://spam.example")
        assert (sent.status_code, "Leave the field “Website” empty" in sent.content.decode()) == (400, True)
        assert objections() == []

    def test_a_form_from_elsewhere_or_too_large_is_not_read(self, put_up, anybody):
        address = f"/public/notices/{put_up().pk}/object/"
        with on(TUESDAY):
            assert anybody.post(address, {"text": "from elsewhere"}).status_code == 403
            large = anybody.post(address, {"text": "x" * limits.LARGEST_FORM})
        assert (large.status_code, "The form is too large." in large.content.decode()) == (413, True)
        assert objections() == []

    def test_too_many_from_one_address_are_told_where_else_to_go(self, put_up, anybody):
        notice = put_up()
        for _ in range(limits.FROM_ONE_ADDRESS_ABOUT_ONE_NOTICE):
            assert objecting(anybody, notice, text="once more").status_code == 302
        sent = objecting(anybody, notice, text="once more")
        assert (sent.status_code, "Call the township or go there" in sent.content.decode()) == (429, True)
        assert "once more" in sent.content.decode()

    def test_after_the_last_day_nothing_is_taken(self, put_up, anybody):
        notice = put_up()
        read(anybody, f"/public/notices/{notice.pk}/")
        with on(SUNDAY):
            anybody.handler.enforce_csrf_checks = False
            sent = anybody.post(f"/public/notices/{notice.pk}/object/", {"text": "too late"})
        assert (sent.status_code, sent["Location"]) == (302, f"/public/notices/{notice.pk}/")
        assert objections() == []

    def test_is_not_let_into_the_offices(self, put_up, anybody):
        notice = put_up()
        for address in ("/notices/", f"/notices/{notice.pk}/"):
            with on(TUESDAY):
                sent = anybody.get(address)
            assert sent.status_code == 302
            assert "login" in sent["Location"] or "account" in sent["Location"]


class TestOfficers:
    def test_tang_sees_what_waits_what_to_take_down_and_what_hangs(self, put_up, people, signed_in):
        old, new = put_up(), put_up(on=SUNDAY)
        with on(TUESDAY):
            actions.object_to(notice=old, text="They moved away", by=people.mei)
        page = read(signed_in("tang"), "/notices/", SUNDAY)
        for said in ("They moved away", f'href="/notices/{old.pk}/"', f'href="/notices/{new.pk}/"',
                     f'action="/notices/{old.pk}/take-down/"'):  # fmt: skip
            assert said in page, said
        elsewhere = read(signed_in("peng"), "/notices/", SUNDAY)
        assert "No objection waits." in elsewhere
        assert "Every paper whose days are over was taken down." in elsewhere
        assert "Nothing hangs there today." in elsewhere

    def test_tang_answers_and_mei_reads_it_but_not_how_to_reach_them(self, put_up, people, signed_in):
        with on(TUESDAY):
            made = actions.object_to(notice=put_up(), text="They moved away", contact="by the mill", by=people.mei)
        address = f"/notices/objections/{made.pk}/"
        tang, mei = signed_in("tang"), signed_in("mei")
        assert "by the mill" in read(tang, address)
        assert "not shown to the village" in read(mei, address)
        assert "by the mill" not in read(mei, address)
        with on(THURSDAY):
            assert tang.post(address, {"text": "They have not."}).status_code == 302
        assert "They have not." in read(mei, address)
        read(signed_in("peng"), address, status=404)

    def test_whoever_put_it_up_is_told_that_somebody_else_answers(self, put_up, people, signed_in):
        with on(TUESDAY):
            made = actions.object_to(notice=put_up(by=people.tang), text="Wrong", by=people.mei)
        tang = signed_in("tang")
        assert "You put this notice up." in read(tang, f"/notices/objections/{made.pk}/")
        with on(THURSDAY):
            sent = tang.post(f"/notices/objections/{made.pk}/", {"text": "No"})
        assert "does not answer objections" in sent.content.decode()

    def test_mei_writes_down_what_she_heard(self, put_up, signed_in):
        notice, mei = put_up(), signed_in("mei")
        with on(SUNDAY):
            late = mei.post(f"/notices/{notice.pk}/heard/", {"text": "They moved", "heard_on": "2020-06-07"})
            sent = mei.post(f"/notices/{notice.pk}/heard/", {"text": "They moved", "heard_on": "2020-06-05"})
        assert (late.status_code, "to the end of 2020-06-06" in late.content.decode()) == (400, True)
        (made,) = objections()
        assert sent["Location"] == f"/notices/objections/{made.pk}/"

    def test_mei_corrects_cells_and_leaves_a_row_out(self, put_up, signed_in):
        notice, mei = put_up(rows=[OLD_LI, {**OLD_LI, "head": "赵六"}]), signed_in("mei")
        page = read(mei, f"/notices/{notice.pk}/correct/")
        assert 'value="李老四"' in page
        typed = {"0-head": "李老四", "0-group_name": "三组", "0-population": "5", "0-kind": "marginal",
                 "0-broad_risk": ["heavy_costs"], "why": "five persons"}  # fmt: skip
        with on(TUESDAY):
            refused = mei.post(f"/notices/{notice.pk}/correct/", {**typed, "0-head": "call 13900001234"})
            sent = mei.post(f"/notices/{notice.pk}/correct/", typed)
        assert (refused.status_code, "no number of a person" in refused.content.decode()) == (400, True)
        notice.refresh_from_db()
        assert sent["Location"] == f"/notices/{notice.corrected_by_id}/"
        assert notice.corrected_by.rows == [
            {"head": "李老四", "group_name": "三组", "population": 5, "kind": "marginal", "broad_risk": ["heavy_costs"]}
        ]

    def test_mei_withdraws_and_takes_down(self, put_up, signed_in):
        notice, mei = put_up(), signed_in("mei")
        with on(TUESDAY):
            assert mei.post(f"/notices/{notice.pk}/withdraw/", {"why": ""}).status_code == 400
            assert mei.post(f"/notices/{notice.pk}/withdraw/", {"why": "the wrong household"}).status_code == 302
            assert mei.post(f"/notices/{notice.pk}/take-down/").status_code == 302
        notice.refresh_from_db()
        assert (notice.state, notice.taken_down_on) == ("withdrawn", TUESDAY)

    def test_tang_says_which_telephone_is_printed(self, put_up, signed_in, anybody):
        notice, tang = put_up(), signed_in("tang")
        sent = tang.post("/notices/telephone/", {"place_code": "530627102", "telephone": "0870-3120102"})
        assert sent.status_code == 302
        assert "0870-3120102" in read(anybody, f"/public/notices/{notice.pk}/print/")
        assert tang.post("/notices/telephone/", {"place_code": "52", "telephone": "0870-3120102"}).status_code == 400

    @pytest.mark.parametrize("address", ["", "withdraw/", "correct/", "heard/", "take-down/"])
    def test_a_notice_of_another_county_is_not_found_in_the_office(self, put_up, signed_in, address):
        notice, peng = put_up(), signed_in("peng")
        with on(TUESDAY):
            ask = peng.get if address in ("", "correct/") else peng.post
            assert ask(f"/notices/{notice.pk}/{address}").status_code == 404
        assert Notice.objects.get().state == "posted"


def test_no_page_asks_more_the_more_it_lists(put_up, people, anybody, signed_in):
    for _ in range(60):
        notice = put_up()
    tang = signed_in("tang")
    for client, address in [
        *((anybody, each) for each in ("/public/notices/", f"/public/boards/{POJI}/", f"/public/notices/{notice.pk}/")),
        *((tang, each) for each in ("/notices/", f"/notices/{notice.pk}/", f"/notices/{notice.pk}/correct/")),
    ]:
        read(client, address)
        with CaptureQueriesContext(connection) as asked:
            read(client, address)
        assert len(asked) <= MOST_QUERIES, f"{address}: {len(asked)} queries"
