"""Signing in with a government's own sign-in: a real OpenID provider on this machine, asked over HTTP."""

import warnings
from collections.abc import Iterator
from datetime import timedelta
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
import time_machine
from allauth.socialaccount.models import SocialAccount
from django.test import Client
from django.utils import timezone

from firmground.common.audit.models import Entry
from firmground.officers import actions
from firmground.officers.models import Officer
from firmground.officers.territory import EVERYWHERE, seeing

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # of the libraries that it is made of
    import oidc_provider_mock

pytestmark = pytest.mark.filterwarnings("ignore")  # the provider's libraries are on their way to others
LOGIN = "/account/oidc/government/login/"


@pytest.fixture(scope="module")
def provider() -> Iterator[str]:
    """The address of the government's provider. It knows people by a subject that is no officer's name."""
    with oidc_provider_mock.run_server_in_thread() as server:
        address = f"http://localhost:{server.server_port}"
        for name in ("mei", "zhou", "nobody", "gone"):
            claims = {"preferred_username": name, "email": f"{name}@example.gov"}
            assert requests.put(f"{address}/users/subject-of-{name}", json=claims, timeout=10).status_code == 204
        yield address


@pytest.fixture
def government(provider: str, cast: SimpleNamespace, settings: Any, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("NO_PROXY", "localhost")
    settings.ROOT_URLCONF = "tests.rooms.officers.oidc_urls"
    settings.OIDC = provider
    settings.SOCIALACCOUNT_PROVIDERS = {
        "openid_connect": {
            "APPS": [
                {
                    "provider_id": "government", "name": "One sign-in", "client_id": "firmground", "secret": "x",
                    "settings": {"server_url": provider},
                }
            ]
        }
    }  # fmt: skip
    return provider


def browser() -> Client:
    return Client(headers={"accept-language": "en"}, SERVER_NAME="localhost")


def begin(client: Client) -> str:
    """The address at the provider to which the page sends a browser."""
    assert "Sign in with One sign-in" in client.get("/account/sign-in/").content.decode()
    return str(client.post(LOGIN).headers["Location"])


def agree(address: str, name: str) -> str:
    """Sign in at the provider; the address to which it sends the browser back."""
    answer = requests.post(address, data={"sub": f"subject-of-{name}"}, allow_redirects=False, timeout=10)
    assert answer.status_code == 302, answer.text
    return answer.headers["Location"]


def sign_in_as(name: str) -> tuple[Client, Any]:
    client = browser()
    back = agree(begin(client), name)
    assert back.startswith("http://localhost/account/oidc/government/login/callback/?")
    return client, client.get(back)


def is_in(client: Client) -> bool:
    return client.get("/findings/").status_code == 200


def test_an_officer_who_was_enrolled_signs_in_by_that_name(government: str, cast: SimpleNamespace) -> None:
    for _ in range(2):  # the second time the account is known by its subject
        client, answer = sign_in_as("mei")
        assert answer.status_code == 302, answer.content.decode()
        assert is_in(client)
    account = SocialAccount.objects.get()
    assert (account.user, account.uid) == (cast.mei.officer, "subject-of-mei")
    with seeing(EVERYWHERE):
        entries = Entry.objects.filter(verb="officers.sign_in", kind="event", officer=cast.mei.officer_id)
        assert entries.count() == 2


def test_who_decides_still_needs_a_second_factor(government: str) -> None:
    client, _ = sign_in_as("zhou")
    assert client.get("/findings/").headers["Location"] == "/account/second-factor/totp/activate/"


def test_somebody_whom_nobody_enrolled_stays_outside(government: str) -> None:
    client, answer = sign_in_as("nobody")
    page = client.get(answer.headers["Location"]).content.decode() if answer.status_code == 302 else answer.content
    assert not is_in(client)
    assert not Officer.objects.filter(username="nobody").exists()
    assert not SocialAccount.objects.exists()
    assert "enrol" in str(page)


def test_an_officer_without_an_office_comes_to_a_page_that_says_so(government: str, cast: SimpleNamespace) -> None:
    with seeing(EVERYWHERE):
        officer, _ = actions.enrol(
            username="gone", name="Officer Gone", role="village_worker", territory=cast.mei.territory,
            held_from=timezone.localdate(), held_to=timezone.localdate(), by=cast.tang,
        )  # fmt: skip
    with time_machine.travel(timezone.now() + timedelta(days=2), tick=True):
        client, _ = sign_in_as("gone")
        answer = client.get("/findings/")
    assert officer.offices.count() == 1
    assert answer.status_code == 403
    assert "office" in answer.content.decode()


def test_a_locked_officer_stays_outside(government: str, cast: SimpleNamespace) -> None:
    with seeing(EVERYWHERE):
        actions.lock(officer=cast.mei.officer, because="telephone stolen", by=cast.tang)
    client, _ = sign_in_as("mei")
    assert not is_in(client)


def test_a_code_of_another_browser_is_refused_by_its_nonce(government: str) -> None:
    """Someone's code, stolen and brought along with one's own state: the state fits, the nonce does not."""
    victim, thief = browser(), browser()
    theirs = parse_qs(urlsplit(agree(begin(victim), "mei")).query)
    own = parse_qs(urlsplit(begin(thief)).query)
    assert own["nonce"] != [""]
    answer = thief.get(
        "/account/oidc/government/login/callback/", {"code": theirs["code"][0], "state": own["state"][0]}
    )
    assert answer.status_code == 401
    assert not is_in(thief)


@pytest.mark.parametrize("changed", ["state", "code"])
def test_an_answer_that_does_not_belong_to_the_request_is_refused(government: str, changed: str) -> None:
    client = browser()
    said = {name: each[0] for name, each in parse_qs(urlsplit(agree(begin(client), "mei")).query).items()}
    client.get("/account/oidc/government/login/callback/", {**said, changed: "another"})
    assert not is_in(client)


def test_who_says_no_at_the_provider_comes_back_to_a_page(government: str) -> None:
    client = browser()
    answer = requests.post(begin(client), data={"action": "deny"}, allow_redirects=False, timeout=10)
    page = client.get(answer.headers["Location"]).content.decode()
    assert "/account/sign-in/" in page
    assert not is_in(client)
