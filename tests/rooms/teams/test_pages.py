"""The pages of teams: what is missing first, marks made on a telephone, visits told at the door."""

import csv
import io
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from firmground.officers.territory import EVERYWHERE, seeing
from firmground.teams import actions
from firmground.teams.models import Attendance, Cadre, Helper, Team, Visit
from tests.cast import sign_in
from tests.rooms.teams.test_teams import posted  # noqa: F401  (a fixture)
from tests.villages import LI, POJI, WANGMU, WU, household

TODAY = timezone.localdate()
MOST_QUERIES = 25


def as_(office: Any, language: str = "en") -> Client:
    return sign_in(Client(headers={"accept-language": language}), office)


def shown(answer: Any) -> str:
    assert answer.status_code == 200, answer.content.decode()
    return str(answer.content.decode())


def test_what_is_missing_stands_first_and_leads_down(village: SimpleNamespace) -> None:
    county = as_(village.zhou)
    page = shown(county.get("/teams/"))
    assert "Zhenxiong County: teams and helpers" in page
    assert f'href="/teams/{POJI}/"' in page
    assert 'href="/teams/?place=530627102"' in page
    assert "Not visited in 180 days" in page
    assert WANGMU not in page
    township = shown(county.get("/teams/?place=530627102"))
    assert f'href="/teams/?place={POJI}"' in township
    assert county.get(f"/teams/?place={POJI}")["Location"] == f"/teams/{POJI}/"
    assert "This village has no team." in shown(county.get(f"/teams/{POJI}/"))


def test_a_team_is_sent_posted_marked_and_called_back_on_one_page(village: SimpleNamespace) -> None:
    township, address = as_(village.tang), f"/teams/{POJI}/"
    send = {"do": "send", "send-sent_by": "the health office", "send-held_from": TODAY}
    assert township.post(address, send).status_code == 302
    post = {"do": "post", "post-officer": "doctor_wu", "post-post": "first_secretary", "post-held_from": TODAY}
    assert township.post(address, post).status_code == 302
    with seeing(EVERYWHERE):
        cadre = Cadre.objects.get()
    mark = {"do": "mark", "on": TODAY, f"state-{cadre.pk}": "on_leave", f"reason-{cadre.pk}": "a fever"}
    assert as_(village.mei).post(address, mark).status_code == 302
    page = shown(township.get(address))
    assert "Marks that wait for the township" in page
    assert "on leave: a fever" in page
    with seeing(EVERYWHERE):
        waiting = Attendance.objects.get()
    confirmed = township.post("/teams/confirm/", {"mark": waiting.pk, "village": POJI})
    assert confirmed["Location"] == address
    assert "Marks that wait" not in shown(township.get(address))
    end = {"do": "end_post", "cadre": cadre.pk, f"end-{cadre.pk}-held_to": TODAY, f"end-{cadre.pk}-why": "ill"}
    assert township.post(address, end).status_code == 302
    with seeing(EVERYWHERE):
        assert Cadre.objects.get().held_to == TODAY


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ({"on": "today"}, "Write the day as 2020-06-30."),
        ({"on": str(TODAY + timedelta(days=1))}, "is not here yet"),
        ({"on": str(TODAY)}, "Say of at least one cadre"),
    ],
)
def test_marks_that_cannot_be_made_are_refused_with_a_sentence(
    posted: SimpleNamespace,  # noqa: F811
    said: dict[str, str],
    sentence: str,
) -> None:
    state = {f"state-{posted.cadre_doctor_wu.pk}": "at_post"} if "one cadre" not in sentence else {}
    answer = as_(posted.mei).post(f"/teams/{POJI}/", {"do": "mark", **said, **state})
    assert answer.status_code == 400
    assert sentence in answer.content.decode()
    with seeing(EVERYWHERE):
        assert not Attendance.objects.exists()


def test_of_several_marks_all_are_made_or_none(posted: SimpleNamespace) -> None:  # noqa: F811
    marks = {f"state-{posted.cadre_doctor_wu.pk}": "at_post", f"state-{posted.cadre_mei.pk}": "at_post"}
    answer = as_(posted.mei).post(f"/teams/{POJI}/", {"do": "mark", "on": TODAY, **marks})
    assert answer.status_code == 400
    assert "Nobody marks their own attendance" in answer.content.decode()
    with seeing(EVERYWHERE):
        assert not Attendance.objects.exists()


def test_an_officer_nobody_knows_is_refused_at_the_field(posted: SimpleNamespace) -> None:  # noqa: F811
    said = {"do": "post", "post-officer": "nobody", "post-post": "member", "post-held_from": TODAY}
    answer = as_(posted.tang).post(f"/teams/{POJI}/", said)
    assert answer.status_code == 400
    assert "Nobody signs in as “nobody”" in answer.content.decode()


def test_a_visit_is_told_at_the_door(village: SimpleNamespace) -> None:
    worker, address = as_(village.mei), f"/households/{LI}/visits/"
    assert "nobody helps this household" in shown(worker.get(address))
    assert worker.post(address, {"do": "visit", "on": TODAY, "note": "typed"}).status_code == 400  # met or not?
    said = {"do": "visit", "on": TODAY, "seen": "no", "note": "the door was locked"}
    assert worker.post(address, said).status_code == 302
    with seeing(EVERYWHERE):
        assert Visit.objects.get().seen is False
    assert "the door was locked" in shown(worker.get(address))


def test_the_township_names_the_helper_and_the_village_does_not(village: SimpleNamespace) -> None:
    address, said = f"/households/{LI}/visits/", {"do": "helper", "officer": "mei"}
    assert as_(village.mei).post(address, said).status_code == 400
    assert as_(village.tang).post(address, said).status_code == 302
    with seeing(EVERYWHERE):
        assert Helper.objects.get().officer == village.mei.officer
    page = shown(as_(village.mei).get(f"/teams/{POJI}/"))
    assert page.index("吴阿婆") < page.index("李老四") or "Officer Mei" in page


def test_who_was_not_visited_stands_first(village: SimpleNamespace) -> None:
    with seeing(village.mei.reach):
        actions.visit(household=household(LI), on=TODAY, seen=True, by=village.mei)
    page = shown(as_(village.mei).get(f"/teams/{POJI}/"))
    assert page.index("吴阿婆") < page.index("李老四")
    assert "never" in page


def test_the_next_county_finds_nothing(posted: SimpleNamespace) -> None:  # noqa: F811
    stranger = as_(posted.peng)
    for address in (f"/teams/{POJI}/", f"/households/{LI}/visits/"):
        assert stranger.get(address).status_code == 404, address
        assert stranger.post(address, {"do": "visit", "on": TODAY, "seen": "yes"}).status_code == 404, address
    page = shown(stranger.get("/teams/?place=53"))
    assert "No household here is poor or monitored" in page
    with seeing(EVERYWHERE):
        mark = actions.mark(cadre=posted.cadre_doctor_wu, on=TODAY, state="away", by=posted.mei)
    assert as_(posted.shi).post("/teams/confirm/", {"mark": mark.pk}).status_code == 400
    with seeing(EVERYWHERE):
        assert Attendance.objects.get().confirmed_by is None


def test_exports_hold_the_rows_of_the_pages(posted: SimpleNamespace) -> None:  # noqa: F811
    with seeing(EVERYWHERE), _acting(posted):
        Team.objects.update(sent_by="=1+1")

    def rows(address: str) -> list[dict[str, str]]:
        answer: Any = as_(posted.zhou).get(address)
        return list(csv.DictReader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig"))))

    (township,) = rows("/teams/?export=csv")
    assert (township["code"], township["cadres"], township["households_to_help"]) == ("530627102", "2", "2")
    assert [row["household_id"] for row in rows(f"/teams/{POJI}/?export=csv")] == [LI, WU]


def test_pages_ask_the_database_a_few_times(posted: SimpleNamespace) -> None:  # noqa: F811
    for address in ("/teams/", "/teams/?place=530627102", f"/teams/{POJI}/", f"/households/{LI}/visits/"):
        client = as_(posted.tang)
        with CaptureQueriesContext(connection) as asked:
            shown(client.get(address))
        told = [query for query in asked if "set_config" not in query["sql"] and "SAVEPOINT" not in query["sql"]]
        assert len(told) <= MOST_QUERIES, f"{address}: {len(told)}"


def test_in_chinese_too(posted: SimpleNamespace) -> None:  # noqa: F811
    page = shown(as_(posted.tang, "zh").get(f"/teams/{POJI}/"))
    for words in ("驻村与帮扶", "第一书记", "帮扶对象", "不在岗"):
        assert words in page


def _acting(cast: SimpleNamespace) -> Any:
    from firmground.common.audit.trail import acting

    by = cast.root
    return acting(officer=by.officer_id, office=by.pk, role=by.role, verb="tests")
