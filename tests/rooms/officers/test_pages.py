"""The pages of officers and of the trail."""

from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.test import Client
from django.utils import timezone

from firmground.officers import actions, desks
from firmground.officers.models import Office, Officer
from firmground.officers.territory import EVERYWHERE, seeing
from tests.cast import WANGMO, ZHENXIONG, sign_in

TODAY = timezone.localdate()


def reader(cast: SimpleNamespace, name: str) -> Client:
    return sign_in(Client(headers={"accept-language": "en"}), getattr(cast, name))


def test_a_county_finds_its_own_officers_and_no_others(cast: SimpleNamespace) -> None:
    page = reader(cast, "zhou").get("/officers/").content.decode()
    assert "Officer Mei" in page
    assert "Officer Tang" in page
    for hidden in ("Officer Bao", "Officer Yang", "Auditor Zhao"):
        assert hidden not in page
    assert "Officer Mei" in reader(cast, "zhou").get("/officers/?q=mei").content.decode()
    assert "Officer Tang" not in reader(cast, "zhou").get("/officers/?q=mei").content.decode()


def test_an_officer_of_another_county_is_not_found(cast: SimpleNamespace) -> None:
    client = reader(cast, "zhou")
    assert client.get(f"/officers/{cast.mei.officer_id}/").status_code == 200
    assert client.get(f"/officers/{cast.bao.officer_id}/").status_code == 404
    assert client.post(f"/officers/{cast.mei.officer_id}/", {"do": "end", "office": cast.bao.pk}).status_code == 404


@pytest.fixture
def poji(cast: SimpleNamespace) -> None:
    from firmground.places.models import Level, Place

    Place.objects.create(code=f"{ZHENXIONG}102201", level=Level.VILLAGE, name_zh="泼机村民委员会")
    Place.objects.create(code=f"{WANGMO}001201", level=Level.VILLAGE, name_zh="王母村")


def test_an_officer_is_enrolled_on_the_page_and_the_password_shown_once(cast: SimpleNamespace, poji: None) -> None:
    client = reader(cast, "tang")
    form = {"username": "gao", "name": "Officer Gao", "role": "village_worker", "territory": f"{ZHENXIONG}102201",
            "held_from": TODAY.isoformat()}  # fmt: skip
    page = client.post("/officers/enrol/", form).content.decode()
    gao = Officer.objects.get(username="gao")
    password = page.split("<code>")[2].split("</code>")[0]
    assert gao.check_password(password)
    assert password not in client.get(f"/officers/{gao.pk}/").content.decode()


def test_what_cannot_be_granted_is_answered_in_a_sentence(cast: SimpleNamespace, poji: None) -> None:
    client = reader(cast, "tang")
    form = {"username": "gao", "name": "Gao", "role": "village_worker", "territory": f"{WANGMO}001201",
            "held_from": TODAY.isoformat()}  # fmt: skip
    answer = client.post("/officers/enrol/", form)
    assert answer.status_code == 400
    assert "for the level above it" in answer.content.decode()
    answer = client.post("/officers/enrol/", {**form, "territory": "999999999999"})
    assert "There is no such place" in answer.content.decode()
    assert not Officer.objects.filter(username="gao").exists()


def test_an_office_is_ended_delegated_and_an_officer_locked_on_the_page(cast: SimpleNamespace) -> None:
    client = reader(cast, "zhou")
    until = (TODAY + timedelta(days=5)).isoformat()
    own = f"/officers/{cast.zhou.officer_id}/"
    assert client.post(own, {"do": "delegate", "to": "tang", "until": until, "why": "leave"}).status_code == 302
    assert Office.objects.filter(officer=cast.tang.officer, territory=ZHENXIONG, delegated_from=cast.zhou).exists()
    mei = f"/officers/{cast.mei.officer_id}/"
    assert client.post(mei, {"do": "lock", "why": "telephone stolen"}).status_code == 302
    assert "telephone stolen" in client.get(mei).content.decode()
    assert client.post(mei, {"do": "unlock", "why": "found"}).status_code == 302
    answer = client.post(mei, {"do": "end", "office": cast.mei.pk, "on": TODAY.isoformat(), "why": "retired"})
    assert answer.status_code == 302
    cast.mei.refresh_from_db()
    assert cast.mei.held_to == TODAY
    page = client.get(mei).content.decode()
    assert "retired" in page
    assert "ends an office" in page


def test_a_desk_is_handed_over_and_acknowledged_on_its_pages(
    cast: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    late = desks.Piece("7", {"en": "six piglets", "zh": "六头仔猪"}, ZHENXIONG, TODAY - timedelta(days=1))
    monkeypatch.setattr(desks, "_KINDS", {"measure": lambda office, on: [late]})
    with seeing(EVERYWHERE):
        successor = actions.grant(officer=cast.tang.officer, role="county", territory=ZHENXIONG, held_from=TODAY,
                                  by=cast.root)  # fmt: skip
    client, own = reader(cast, "zhou"), f"/officers/{cast.zhou.officer_id}/"
    said = {"do": "hand_over", "office": cast.zhou.pk, "to": successor.pk, "why": "on leave",
            "promised": "a call to Old Li"}  # fmt: skip
    answer = client.post(own, said)
    address = answer.headers["Location"]
    page = client.get(address).content.decode()
    for words in ("six piglets", "a call to Old Li", "not yet", "late: 1"):
        assert words in page
    assert "take the desk over" not in page
    assert client.post(address).status_code == 400
    assert "has not been acknowledged" in client.post(own, said).content.decode()
    taker = sign_in(Client(headers={"accept-language": "en"}), successor)
    assert "not acknowledged" in taker.get(f"/officers/{cast.tang.officer_id}/").content.decode()
    assert "take the desk over" in taker.get(address).content.decode()
    assert taker.post(address).status_code == 302
    assert "not acknowledged" not in taker.get(f"/officers/{cast.tang.officer_id}/").content.decode()
    for stranger in ("peng", "admin_lin", "mei"):
        assert reader(cast, stranger).get(address).status_code == 404


def test_a_village_worker_can_enrol_and_lock_nobody(cast: SimpleNamespace) -> None:
    client = reader(cast, "mei")
    assert "Enrol an officer" not in client.get("/officers/").content.decode()
    answer = client.post(f"/officers/{cast.mei.officer_id}/", {"do": "lock", "why": "x"})
    assert answer.status_code == 400
    assert Officer.objects.get(username="mei").is_active


@pytest.mark.parametrize(("name", "status"), [("auditor_zhao", 200), ("admin_lin", 200), ("zhou", 404), ("mei", 404)])
def test_the_trail_is_for_those_who_look_through_it(cast: SimpleNamespace, name: str, status: int) -> None:
    assert reader(cast, name).get("/audit/").status_code == status


def test_the_trail_is_searched_and_shows_the_own_territory_alone(cast: SimpleNamespace) -> None:
    with seeing(EVERYWHERE):
        actions.end(office=cast.mei, on=TODAY, by=cast.tang, why="retired in Poji")
        actions.end(office=cast.bao, on=TODAY, by=cast.shi, why="retired in Wangmu")
    auditor = reader(cast, "auditor_zhao").get("/audit/?verb=officers.end").content.decode()
    assert "retired in Poji" in auditor
    assert "retired in Wangmu" in auditor
    ours = reader(cast, "admin_lin").get("/audit/").content.decode()
    assert "retired in Poji" in ours
    assert "retired in Wangmu" not in ours
    for asked, found in (("officer=tang", True), ("officer=zhou", False), (f"from={TODAY}", True),
                         (f"to={TODAY - timedelta(days=1)}", False), ("kind=delete", False)):  # fmt: skip
        assert ("retired in Poji" in reader(cast, "auditor_zhao").get(f"/audit/?{asked}").content.decode()) is found
    lines = b"".join(reader(cast, "admin_lin").get("/audit/?export=csv").streaming_content).decode("utf-8-sig")
    assert "retired in Poji" in lines
    assert "Wangmu" not in lines
    assert reader(cast, "admin_lin").get("/audit/?from=yesterday").status_code == 400
