"""Whose eyes a request reads with, in which office it acts, and when a session ends."""

import time
from collections.abc import Callable, Iterator
from typing import Any

from allauth.mfa.adapter import get_adapter
from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render

from firmground.officers.models import Office, Officer
from firmground.officers.territory import NOWHERE, Eyes, seeing
from firmground.web.signing_in.adapters import BEGAN, needs_second_factor

OFFICE, SEEN, SECOND = "office", "seen", "second_factor"  # what a session remembers, besides when it began
ONE_MINUTE = 60


class OfficeMiddleware:
    """Tells PostgreSQL for the length of a request what may be seen; a download written line by line included."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: Any) -> HttpResponseBase:
        if request.user.is_authenticated and (_is_over(request) or not request.user.is_active):
            logout(request)
        officer: Officer | None = request.user if request.user.is_authenticated else None
        request.officer, request.office = officer, _office(request, officer)
        request.eyes = eyes = officer or NOWHERE
        with seeing(eyes):
            response: Any = self.get_response(request)
        if response.streaming:
            response.streaming_content = _seen(eyes, response.streaming_content)
        elif officer is not None and "Cache-Control" not in response:
            response["Cache-Control"] = "no-store"  # somebody else may sit down at this screen
        return response

    def process_view(self, request: Any, view: Any, args: Any, kwargs: Any) -> HttpResponseBase | None:
        """First things first: a password of one's own, a second factor, an office."""
        if request.officer is None or not getattr(view, "login_required", True) or _about_oneself(request):
            return None
        if request.office is None:
            return render(request, "account/no_office.html", status=403)
        if request.officer.password_was_given:
            return redirect("account_change_password")
        if needs_second_factor(request.officer) and not _has_second_factor(request):
            return redirect("mfa_activate_totp")
        return None


def _is_over(request: Any) -> bool:
    """Whether the session has lasted too long, or nothing was done in it for too long."""
    now, session = time.time(), request.session
    began, seen = session.setdefault(BEGAN, now), session.get(SEEN, now)
    if now - began > settings.SESSION_LASTS or now - seen > settings.SESSION_IDLES:
        return True
    if SEEN not in session or now - seen > ONE_MINUTE:  # not a write for every page
        session[SEEN] = now
    return False


def _office(request: Any, officer: Officer | None) -> Office | None:
    """The office chosen, as long as it is held; else the one with the widest territory."""
    held = officer.offices_today if officer else []
    chosen = request.session.get(OFFICE)
    return next((office for office in held if office.pk == chosen), held[0] if held else None)


def _has_second_factor(request: Any) -> bool:
    if not request.session.get(SECOND):
        if not get_adapter().is_mfa_enabled(request.user):
            return False
        request.session[SECOND] = True
    return True


def _about_oneself(request: Any) -> bool:
    name = request.resolver_match.url_name or ""
    return name.startswith(("account_", "mfa_", "choose_office"))


def _seen(eyes: Eyes, lines: Iterator[bytes]) -> Iterator[bytes]:
    with seeing(eyes):
        yield from lines
