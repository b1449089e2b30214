"""The door of both APIs: who asks, how often, with which eyes. Cookies open nothing here."""

import json
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

import structlog
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import URLPattern, re_path
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.csrf import csrf_exempt
from ninja import NinjaAPI
from ninja.parser import Parser
from ninja.security import HttpBearer

from firmground.common.errors import Refusal
from firmground.notices.limits import address_of, sender_of
from firmground.officers import tokens
from firmground.officers.models import Office
from firmground.officers.territory import NOWHERE, seeing

logger = structlog.get_logger(__name__)

LARGEST = settings.DATA_UPLOAD_MAX_MEMORY_SIZE or 2_500_000
"""Bytes of a body."""
WITHOUT_TOKEN = 60
"""Requests from one address within a minute; each process counts its own."""

Refuse = Callable[[HttpRequest, int, str], HttpResponse]


class Unreadable(Refusal):
    """The body is not what the API takes."""


class TokenNeeded(HttpBearer):
    """Says in the document that a token is needed. The door has looked at it already."""

    openapi_scheme = "bearer"

    def __call__(self, request: Any) -> Any:
        return request.office

    def authenticate(self, request: HttpRequest, token: str) -> Office | None:
        raise NotImplementedError


class CarefulParser(Parser):
    """JSON as PostgreSQL can keep it: no NUL, no half characters, no NaN, not nested without end."""

    def parse_body(self, request: HttpRequest) -> Any:
        try:
            said = json.loads(request.body.decode(), parse_constant=_no_constant)
            if "\x00" in json.dumps(said, ensure_ascii=False).encode().decode().replace("\\u0000", "\x00"):
                raise Unreadable(gettext("The body holds a character that cannot be kept (NUL)."))
        except (ValueError, RecursionError) as error:
            raise Unreadable(gettext("The body is not JSON in UTF-8.")) from error
        return said


def door(view: Callable[..., HttpResponseBase], refuse: Refuse) -> Callable[..., HttpResponseBase]:
    """Let a request in: with the eyes of the office whose token it shows, or with nobody's.

    Args:
        refuse: makes a refusal in the shape of this API, from a status and a sentence.
    """

    @csrf_exempt
    @login_not_required
    @wraps(view)
    def enter(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        response = _not_let_in(request, refuse) or _within(request, view, args, kwargs)
        if response.status_code == 405:
            allowed = response["Allow"]
            response = refuse(request, 405, gettext("Here only %(methods)s.") % {"methods": allowed})
            response["Allow"] = allowed
        response["Cache-Control"] = "no-store"
        return response

    return enter


def addresses(api: NinjaAPI, refuse: Refuse) -> list[URLPattern]:
    """The addresses of an API, each behind the door; what is none of them is refused there, too."""
    patterns: list[Any] = [pattern for pattern in api.urls[0] if getattr(pattern, "name", "") != "api-root"]
    for pattern in patterns:
        pattern.callback = door(pattern.callback, refuse)

    def unknown(request: HttpRequest) -> HttpResponse:
        return refuse(request, 404, gettext("There is no such address. The openapi.json beside it names all."))

    return [*patterns, re_path("", door(unknown, refuse))]


def _within(request: Any, view: Callable[..., HttpResponseBase], args: Any, kwargs: Any) -> HttpResponseBase:
    with seeing(request.eyes):
        return view(request, *args, **kwargs)


def _not_let_in(request: Any, refuse: Refuse) -> HttpResponse | None:
    """Set whose eyes these are; or say why nobody comes in."""
    request.office, request.officer, request.eyes = None, None, NOWHERE
    if "\x00" in request.path or any("\x00" in value for values in request.GET.lists() for value in values[1]):
        return refuse(request, 400, gettext("The address holds a character that cannot be kept (NUL)."))
    if int(request.META.get("CONTENT_LENGTH") or 0) > LARGEST:
        return refuse(request, 413, gettext("The body has more than %(most)s bytes.") % {"most": LARGEST})
    kind, _, secret = request.headers.get("Authorization", "").partition(" ")
    if not kind:
        return _too_many(request, refuse, _count_address(request), WITHOUT_TOKEN)
    token = tokens.presented(secret.strip()) if kind.lower() == "bearer" else None
    if token is None:
        if stopped := _too_many(request, refuse, _count_address(request), WITHOUT_TOKEN):
            return stopped
        response = refuse(
            request, 401, gettext("This token is not known, or it has ended. Make a new one under /officers/tokens/.")
        )
        response["WWW-Authenticate"] = "Bearer"
        return response
    request.office, request.officer, request.eyes = token.office, token.office.officer, token.office.reach
    return _too_many(request, refuse, tokens.count_use(token), tokens.A_MINUTE)


def _too_many(request: HttpRequest, refuse: Refuse, requests: int, most: int) -> HttpResponse | None:
    if requests <= most:
        return None
    response = refuse(request, 429, gettext("More than %(most)s requests in a minute. Wait a minute.") % {"most": most})
    response["Retry-After"] = "60"
    return response


def _count_address(request: HttpRequest) -> int:
    now = timezone.localtime()
    key = f"api-{sender_of(address_of(request), now.date())}-{now:%H:%M}"
    return 1 if cache.add(key, 1, 60) else cache.incr(key)


def _no_constant(name: str) -> None:
    raise ValueError(name)


def fault(request: HttpRequest, error: Exception) -> str:
    """Log a fault in us; what the other side is told of it."""
    logger.error("the API failed", method=request.method, exc_info=error)
    return gettext("Something is wrong on our side. It has been noted; try again later.")


def as_json(said: Mapping[str, Any], status: int = 200) -> HttpResponse:
    return HttpResponse(
        json.dumps(said, ensure_ascii=False), status=status, content_type="application/json; charset=utf-8"
    )
