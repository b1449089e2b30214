"""Signing in, and out; locked out; a second factor for those who decide; sessions that end."""

import re
import time
from types import SimpleNamespace
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth as totp
from django.core.cache import cache
from django.test import Client

from firmground.common.audit.models import Entry
from firmground.officers import actions
from firmground.officers.models import Officer
from firmground.officers.territory import EVERYWHERE, seeing
from tests.cast import PASSWORD, ZHENXIONG, sign_in

WRONG = "not the word"


@pytest.fixture
def client(cast: SimpleNamespace) -> Client:
    cache.clear()
    return Client(headers={"accept-language": "en"})


def enter(client: Client, name: str, password: str = PASSWORD) -> Any:
    return client.post("/account/sign-in/", {"login": name, "password": password})


def test_a_village_worker_signs_in_and_out(client: Client) -> None:
    assert client.get("/findings/").status_code == 302
    assert enter(client, "mei").status_code == 302
    assert client.get("/findings/").status_code == 200
    with seeing(EVERYWHERE):
        assert Entry.objects.filter(verb="officers.sign_in", kind="event").count() == 1
    client.post("/account/sign-out/")
    assert client.get("/findings/").status_code == 302


@pytest.mark.parametrize("name", ["tang", "zhou", "luo", "yang", "han", "doctor_wu", "auditor_zhao", "supervisor_qin"])
def test_who_decides_sees_nothing_before_the_second_factor_is_set_up(client: Client, name: str) -> None:
    assert enter(client, name).status_code == 302
    for answer in (client.get("/findings/"), client.post("/loads/", {}), client.get("/places/?export=csv")):
        assert answer.status_code == 302
        assert answer["Location"] == "/account/second-factor/totp/activate/"


def test_a_second_factor_is_set_up_asked_for_and_not_taken_away(client: Client, cast: SimpleNamespace) -> None:
    enter(client, "zhou")
    page = client.get("/account/second-factor/totp/activate/").content.decode()
    secret = re.search(r"<code>([A-Z2-7]+)</code>", page)
    assert secret
    client.post("/account/second-factor/totp/activate/", {"code": code(secret[1])})
    assert client.get("/findings/").status_code == 200
    stored = Authenticator.objects.get(user=cast.zhou.officer, type="totp").data["secret"]
    assert secret[1] not in stored, "the key is stored enciphered"
    client.get("/account/second-factor/totp/deactivate/")
    client.post("/account/second-factor/totp/deactivate/")
    assert Authenticator.objects.filter(user=cast.zhou.officer, type="totp").exists()
    again = Client()
    answer = enter(again, "zhou")
    assert answer["Location"].startswith("/account/second-factor/authenticate/")
    assert again.get("/findings/").status_code == 302, "the password alone opens nothing"
    codes = Authenticator.objects.get(user=cast.zhou.officer, type="recovery_codes").wrap().get_unused_codes()
    again.post("/account/second-factor/authenticate/", {"code": codes[0]})
    assert again.get("/findings/").status_code == 200


def code(secret: str) -> str:
    return str(totp.format_hotp_value(totp.hotp_value(secret, int(time.time()) // 30)))


def test_five_wrong_passwords_and_the_right_one_has_to_wait(client: Client, cast: SimpleNamespace) -> None:
    for _ in range(actions.FAILURES):
        assert "wrong" in enter(client, "mei", WRONG).content.decode() or True
    answer = enter(client, "mei")
    assert answer.status_code == 200
    assert "Too many wrong passwords" in answer.content.decode()
    actions.unlock(officer=Officer.objects.get(username="mei"), by=cast.tang, why="she called")
    assert enter(client, "mei").status_code == 302


def test_a_right_password_makes_the_count_begin_anew(client: Client) -> None:
    for _ in range(actions.FAILURES - 1):
        enter(client, "mei", WRONG)
    assert enter(client, "mei").status_code == 302
    assert Officer.objects.get(username="mei").failures == 0


def test_who_does_not_exist_is_answered_as_who_mistyped(client: Client) -> None:
    def said(name: str) -> str:
        page = enter(client, name, WRONG).content.decode()
        return re.sub(r'value="[^"]*"', "", page)

    assert said("mei") == said("nobody")


def test_a_locked_officer_is_put_out_at_once(client: Client, cast: SimpleNamespace) -> None:
    enter(client, "mei")
    actions.lock(officer=cast.mei.officer, because="telephone stolen", by=cast.tang)
    assert client.get("/findings/").status_code == 302
    assert client.get("/findings/")["Location"].startswith("/account/sign-in/")
    assert enter(client, "mei")["Location"] == "/account/locked/"


@pytest.mark.parametrize(("remembered", "seconds"), [("began", 13 * 3600), ("seen", 3 * 3600)])
def test_a_session_ends_after_a_day_and_after_idling(client: Client, remembered: str, seconds: int) -> None:
    enter(client, "mei")
    assert client.get("/findings/").status_code == 200
    session = client.session
    session[remembered] = time.time() - seconds
    session.save()
    assert client.get("/findings/").status_code == 302


def test_a_password_that_was_given_is_changed_first(client: Client, cast: SimpleNamespace) -> None:
    password = actions.give_password(officer=cast.mei.officer, by=cast.tang, why="she lost hers")
    enter(client, "mei", password)
    assert client.get("/findings/")["Location"] == "/account/password/"
    new = "under the old pear tree"
    client.post("/account/password/", {"oldpassword": password, "password1": new, "password2": new})
    assert client.get("/findings/").status_code == 200
    mei = Officer.objects.get(username="mei")
    assert mei.check_password(new)
    with seeing(EVERYWHERE):
        entry = Entry.objects.filter(verb="officers.change_password").get()
    assert (entry.officer, entry.after["password"]) == (mei.pk, "…")


def test_an_officer_with_two_offices_acts_in_the_one_that_was_chosen(client: Client, cast: SimpleNamespace) -> None:
    actions.delegate(to=cast.tang.officer, until=time_from_now(), by=cast.zhou, why="on leave")
    sign_in(client, cast.tang)
    page = client.get("/findings/").content.decode()
    assert "Officer Tang: Township" in page
    county = next(each for each in Officer.objects.get(username="tang").offices_today if each.territory == ZHENXIONG)
    client.post("/account/office/", {"office": county.pk})
    assert "Officer Tang: County" in client.get("/findings/").content.decode()
    assert client.post("/account/office/", {"office": cast.peng.pk}).status_code == 400


def time_from_now() -> Any:
    from datetime import timedelta

    from django.utils import timezone

    return timezone.localdate() + timedelta(days=7)


def test_without_an_office_there_is_nothing_to_see(client: Client, cast: SimpleNamespace) -> None:
    with seeing(EVERYWHERE):
        actions.end(office=cast.mei, on=time_from_now().replace(year=2020), by=cast.tang, why="left")
    enter(client, "mei")
    answer = client.get("/findings/")
    assert answer.status_code == 403
    assert "You hold no office today" in answer.content.decode()


@pytest.mark.parametrize("address", ["/account/signup/", "/accounts/signup/", "/account/email/"])
def test_nobody_signs_up(client: Client, address: str) -> None:
    assert client.get(address).status_code == 404


def test_the_password_of_the_demonstration_is_shown_in_the_demonstration_alone(client: Client, settings: Any) -> None:
    from firmground.web import demo_cast

    assert demo_cast.PASSWORD not in client.get("/account/sign-in/").content.decode()
    settings.DEMO = True
    demo_cast.enrol()
    page = client.get("/account/sign-in/").content.decode()
    assert demo_cast.PASSWORD in page
    assert "No second factor is asked for" in page
    assert enter(client, "nation", demo_cast.PASSWORD).status_code == 302
    assert client.get("/findings/").status_code == 200
