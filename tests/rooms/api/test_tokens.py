"""Tokens: shown once, for one office, ended with it; and what the door does with those who have none."""

import io
import logging
from datetime import date, timedelta
from types import SimpleNamespace

import pytest
import time_machine
from click.testing import CliRunner
from django.test import Client
from django.utils import timezone

from firmground.api import door
from firmground.api.v1 import places
from firmground.cli.officers import officers as verbs
from firmground.common import logs
from firmground.common.audit.models import Entry
from firmground.common.errors import Refusal
from firmground.officers import actions, tokens
from firmground.officers.machine import machine
from firmground.officers.models import Token
from firmground.officers.territory import EVERYWHERE, seeing
from tests.cast import WANGMO, ZHENXIONG, sign_in
from tests.rooms.api.conftest import Program

ME = "/api/v1/me"


def made(office: object, by: object = None, days: int = 30) -> tuple[Token, Program]:
    token, secret = actions.make_token(office=office, name="the county's board", days=days, by=by or office)  # type: ignore[arg-type]
    return token, Program(headers={"authorization": f"Bearer {secret}", "accept-language": "en"})


def test_of_a_token_only_the_hash_is_kept_and_the_trail_has_neither(cast: SimpleNamespace) -> None:
    token, secret = actions.make_token(office=cast.zhou, name="board", days=30, by=cast.zhou)
    assert secret not in str(Token.objects.values().get())
    with seeing(EVERYWHERE):
        trail = str(list(Entry.objects.filter(verb="officers.make_token").values()))
    assert "board" in trail
    assert secret not in trail
    assert token.hash not in trail


def test_a_token_opens_the_door_and_its_use_is_known(cast: SimpleNamespace) -> None:
    token, program = made(cast.zhou)
    assert program.get(ME).json()["officer"] == "zhou"
    assert program.get(ME).status_code == 200
    token.refresh_from_db()
    assert token.use.requests == 2
    assert timezone.now() - token.use.last_used < timedelta(minutes=1)


@pytest.mark.parametrize("shown", ["Bearer fg_nothing", "Bearer", "Basic emhvdTp4", "fg_x", "Bearer " + "x" * 5000])
def test_an_unknown_token_is_refused_in_a_sentence(cast: SimpleNamespace, shown: str) -> None:
    answer = Client(headers={"authorization": shown, "accept-language": "en"}).get(ME)
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"] == "Bearer"
    assert "not known, or it has ended" in answer.json()["error"]["sentence"]


def test_the_cookie_of_a_session_opens_nothing(cast: SimpleNamespace) -> None:
    client = sign_in(Client(headers={"accept-language": "en"}), cast.zhou)
    assert client.get("/desk/").status_code == 200
    assert client.get(ME).status_code == 401
    assert client.get("/api/v1/households").status_code == 401


def test_a_token_that_was_ended_opens_nothing(cast: SimpleNamespace) -> None:
    token, program = made(cast.zhou)
    actions.revoke_token(token=token, by=cast.zhou)
    assert program.get(ME).status_code == 401
    with pytest.raises(Refusal, match="ended before"):
        actions.revoke_token(token=token, by=cast.zhou)


def test_a_token_ends_on_its_day(cast: SimpleNamespace) -> None:
    _, program = made(cast.zhou, days=2)
    with time_machine.travel(timezone.now() + timedelta(days=2, seconds=1), tick=False):
        assert program.get(ME).status_code == 401


def test_a_token_ends_with_the_office(cast: SimpleNamespace) -> None:
    _, program = made(cast.tang)
    actions.end(office=cast.tang, on=date.today() - timedelta(days=1), by=cast.zhou)
    assert program.get(ME).status_code == 401


def test_locking_an_officer_ends_the_tokens_for_good(cast: SimpleNamespace) -> None:
    _, program = made(cast.tang)
    actions.lock(officer=cast.tang.officer, because="the tablet is lost", by=cast.zhou)
    assert program.get(ME).status_code == 401
    actions.unlock(officer=cast.tang.officer, by=cast.zhou)
    assert program.get(ME).status_code == 401
    assert made(cast.tang)[1].get(ME).status_code == 200


def test_nobody_makes_a_token_for_somebody_else(cast: SimpleNamespace) -> None:
    for by in (cast.zhou, cast.admin_lin, cast.peng):
        with pytest.raises(Refusal, match="for your own office"):
            made(cast.tang, by=by)


def test_an_administrator_makes_tokens_for_systems_of_the_own_territory(village: SimpleNamespace) -> None:
    assert made(village.tax, by=village.admin_lin)[1].get(ME).json()["role"] == "system"
    with pytest.raises(Refusal, match="for your own office"):
        made(village.tax, by=village.admin_cai)


@pytest.mark.parametrize(("name", "days"), [("", 30), ("x" * 81, 30), ("board", 0), ("board", 400)])
def test_a_token_has_a_name_and_an_end(cast: SimpleNamespace, name: str, days: int) -> None:
    with pytest.raises(Refusal):
        actions.make_token(office=cast.zhou, name=name, days=days, by=cast.zhou)


def test_more_than_so_many_requests_in_a_minute_have_to_wait(
    cast: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tokens, "A_MINUTE", 3)
    _, program = made(cast.zhou)
    assert [program.get(ME).status_code for _ in range(4)] == [200, 200, 200, 429]
    assert program.get(ME)["Retry-After"] == "60"
    assert made(cast.tang)[1].get(ME).status_code == 200


def test_without_a_token_an_address_has_to_wait_sooner(cast: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(door, "WITHOUT_TOKEN", 2)
    anybody = Client(headers={"accept-language": "en"})
    with time_machine.travel(timezone.now(), tick=False):
        assert [anybody.get("/api/v1/notices").status_code for _ in range(3)] == [200, 200, 429]
        assert Client(headers={"authorization": "Bearer fg_guess"}).get(ME).status_code == 429


def test_the_page_shows_a_new_token_once_and_ends_it(cast: SimpleNamespace) -> None:
    client = sign_in(Client(headers={"accept-language": "en"}), cast.zhou)
    page = client.post("/officers/tokens/", {"office": cast.zhou.pk, "name": "board", "days": 30})
    secret = page.content.decode().split('<code id="secret">')[1].split("<")[0]
    assert page["Cache-Control"] == "no-store"
    program = Program(headers={"authorization": f"Bearer {secret}"})
    assert program.get(ME).status_code == 200
    again = client.get("/officers/tokens/").content.decode()
    assert secret not in again
    assert "board" in again
    assert client.post(f"/officers/tokens/{Token.objects.get().pk}/end/").status_code == 302
    assert program.get(ME).status_code == 401


def test_the_page_is_only_for_ones_own_tokens(village: SimpleNamespace) -> None:
    token, _ = made(village.tang)
    client = sign_in(Client(headers={"accept-language": "en"}), village.zhou)
    assert client.post(f"/officers/tokens/{token.pk}/end/").status_code == 404
    refused = client.post("/officers/tokens/", {"office": village.tang.pk, "name": "board", "days": 30})
    assert refused.status_code == 400
    assert Token.objects.count() == 1
    assert "Tax office" not in client.get("/officers/tokens/").content.decode()
    lin = sign_in(Client(headers={"accept-language": "en"}), village.admin_lin)
    assert "Tax office" in lin.get("/officers/tokens/").content.decode()


def test_the_command_line_prints_a_token(cast: SimpleNamespace) -> None:
    done = CliRunner().invoke(verbs, ["token", "zhou", "--name", "board"], catch_exceptions=False)
    program = Program(headers={"authorization": f"Bearer {done.output.strip()}"})
    assert program.get(ME).json()["territory"] == ZHENXIONG
    with pytest.raises(Refusal, match="Nobody who signs in as nobody"):
        CliRunner().invoke(verbs, ["token", "nobody", "--name", "x"], catch_exceptions=False, standalone_mode=False)


def test_a_fault_of_ours_is_told_in_the_same_shape_and_logged_without_the_secret(
    cast: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("a slip")

    token, secret = actions.make_token(office=cast.zhou, name="board", days=30, by=cast.zhou)
    monkeypatch.setattr(places.queries, "in_force", broken)
    written, handler = io.StringIO(), logging.StreamHandler()
    handler.setStream(written)
    handler.setFormatter(logs.line())
    logging.getLogger("firmground").addHandler(handler)
    try:
        answer = Client(headers={"authorization": f"Bearer {secret}", "accept-language": "en"}).get("/api/v1/places")
    finally:
        logging.getLogger("firmground").removeHandler(handler)
    assert answer.status_code == 500
    assert "a slip" not in answer.content.decode()
    assert "a slip" in written.getvalue()
    assert secret not in written.getvalue()
    assert token.hash not in written.getvalue()


def test_a_token_sees_with_the_eyes_of_its_office_alone(village: SimpleNamespace) -> None:
    second = actions.grant(
        officer=village.mei.officer, role="village_worker", territory=f"{ZHENXIONG}102202", held_from=date(2020, 1, 1),
        by=village.zhou,
    )  # fmt: skip
    first_token, second_token = made(village.mei)[1], made(second, by=machine())[1]
    assert len(first_token.get("/api/v1/households").json()) == 3
    assert second_token.get("/api/v1/households").json() == []
    assert second_token.get(f"/api/v1/households?place={WANGMO}").status_code == 404
