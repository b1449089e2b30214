"""Where allauth asks us."""

import base64
import secrets
import time
from hashlib import sha256
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.openid_connect.provider import OpenIDConnectProvider
from cryptography.fernet import Fernet
from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext

from firmground.officers import actions
from firmground.officers.machine import machine
from firmground.officers.models import Officer
from firmground.officers.permissions import SECOND_FACTOR

BEGAN = "began"  # in the session: when it did
NONCE = "nonce"  # in the session: what the government's sign-in has to say back
JUST_NOW = 300  # seconds


def needs_second_factor(officer: Officer) -> bool:
    """Whether an officer decides or exports in any office held today. Nobody does in the demo."""
    return not settings.DEMO and any(office.role in SECOND_FACTOR for office in officer.offices_today)


class AccountAdapter(DefaultAccountAdapter):
    """Officers are enrolled by others; wrong passwords are counted in the database."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        officer = _named(credentials)
        if officer and officer.waits_until and officer.waits_until > timezone.now():
            raise ValidationError(
                gettext("Too many wrong passwords. Try again after %(moment)s, or ask whoever granted your office.")
                % {"moment": timezone.localtime(officer.waits_until).strftime("%H:%M")}
            )
        super().pre_authenticate(request, **credentials)

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        officer = _named(credentials)
        if officer:
            actions.count_failure(officer=officer, by=machine())

    def set_password(self, user: Any, password: str) -> None:
        actions.change_password(password=password, by=user.offices_today[0])

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """Who has just signed in need not write the password again."""
        if time.time() - context.request.session.get(BEGAN, 0) < JUST_NOW:
            return False
        return super().is_reauthentication_required(app=app, **kwargs)

    def send_notification_mail(self, *args: Any, **kwargs: Any) -> None:
        """No mail about one's own account: the trail has it, and whoever looks after the office sees it."""


class SocialAccountAdapter(DefaultSocialAccountAdapter):
    """A government's own sign-in opens the door to officers whom somebody enrolled, by the same name."""

    def is_open_for_signup(self, request: HttpRequest, sociallogin: Any) -> bool:
        return False

    def get_provider(self, request: HttpRequest, provider: str, client_id: str | None = None) -> Any:
        found = super().get_provider(request, provider, client_id)
        return WithNonce(request, app=found.app) if type(found) is OpenIDConnectProvider else found

    def pre_social_login(self, request: HttpRequest, sociallogin: Any) -> None:
        if sociallogin.is_existing:
            return
        name = sociallogin.account.get_provider_account().get_user_data().get(settings.OIDC_USERNAME_CLAIM)
        officer = Officer.objects.filter(username=name).first() if name else None
        if officer is not None:
            sociallogin.connect(request, officer)


class WithNonce(OpenIDConnectProvider):
    """OpenID Connect whose answer is to this very request: allauth looks at `state` alone, which does not stop a code
    that was stolen from another browser (OpenID Connect Core 1.0, 3.1.2.1 and 3.1.3.7)."""

    def get_auth_params_from_request(self, request: HttpRequest, action: str) -> dict[str, Any]:
        request.session[NONCE] = nonce = secrets.token_urlsafe(24)
        return {**super().get_auth_params_from_request(request, action), "nonce": nonce}

    def sociallogin_from_response(self, request: HttpRequest, response: dict[str, Any]) -> Any:
        asked, said = request.session.pop(NONCE, None), response.get("id_token", {}).get("nonce")
        if asked is None or said != asked:
            raise OAuth2Error("the answer is to another request")
        return super().sociallogin_from_response(request, response)


class SecondFactorAdapter(DefaultMFAAdapter):
    """Keys are stored enciphered; whoever needs a second factor cannot take it away."""

    def get_totp_issuer(self) -> str:
        return "Firmground"

    def encrypt(self, text: str) -> str:
        return _cipher().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return _cipher().decrypt(encrypted_text.encode()).decode()

    def can_delete_authenticator(self, authenticator: Any) -> bool:
        return not needs_second_factor(authenticator.user)


def _named(credentials: dict[str, Any]) -> Officer | None:
    return Officer.objects.filter(username=credentials.get("username") or "").first()


def _cipher() -> Fernet:
    return Fernet(base64.urlsafe_b64encode(sha256(f"second factor {settings.SECRET_KEY}".encode()).digest()))
