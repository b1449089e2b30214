"""How much anybody may say on the public form: sizes, and how often from one address and about one notice."""

import hmac
from collections.abc import Callable
from datetime import date
from functools import wraps
from hashlib import sha256
from ipaddress import IPv6Address, ip_address
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext
from django.views.decorators.csrf import csrf_exempt, csrf_protect

from firmground.notices.models import Contact, Notice

LONGEST_TEXT = 2_000
LONGEST_CONTACT = 100
LARGEST_FORM = 64 * 1024
"""Bytes of a whole form; Chinese in the longest text, as browsers send it, is 18,000."""
FROM_ONE_ADDRESS_ABOUT_ONE_NOTICE = 5
FROM_ONE_ADDRESS = 30
ABOUT_ONE_NOTICE = 200
"""All three in a day. A village may share an address; whoever meets a limit can still call or go there."""


def small(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Refuse a form that is too large before its body is read; only then is its origin checked."""
    checked = csrf_protect(view)

    @csrf_exempt
    @wraps(view)
    def look(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if int(request.META.get("CONTENT_LENGTH") or 0) > LARGEST_FORM:
            return render(request, "web/refused.html", {"message": gettext("The form is too large.")}, status=413)
        return checked(request, *args, **kwargs)

    return look


def address_of(request: HttpRequest) -> str:
    """Where a request came from; behind a proxy that is trusted, what that one saw."""
    if settings.SECURE_PROXY_SSL_HEADER:
        return request.META.get("HTTP_X_FORWARDED_FOR", "").rpartition(",")[2].strip()
    return str(request.META.get("REMOTE_ADDR", ""))


def sender_of(address: str, on: date) -> str:
    """What stands for an address on one day: the next day it is another, and nobody without the key can go back.

    An IPv6 customer has a whole network, of which its first 64 bits are the name.
    """
    try:
        parsed = ip_address(address.partition("%")[0])
        network = str(int(parsed) >> 64) if isinstance(parsed, IPv6Address) else str(parsed)
    except ValueError:
        network = ""
    key = settings.SECRET_KEY.encode()
    return hmac.new(key, f"objection {on} {network}".encode(), sha256).hexdigest()


class TooMany(Exception):
    """Nothing more is taken today; told in a sentence. No Refusal: a flood must not fill the audit with attempts."""


def check(notice: Notice, sender: str, on: date) -> None:
    """Count what came today.

    Raises:
        TooMany: from this address, about this notice, or both.
    """
    today = Contact.objects.filter(on=on)
    mine = today.filter(sender=sender)
    if (
        mine.filter(objection__notice=notice).count() >= FROM_ONE_ADDRESS_ABOUT_ONE_NOTICE
        or mine.count() >= FROM_ONE_ADDRESS
        or today.filter(objection__notice=notice).exclude(sender="").count() >= ABOUT_ONE_NOTICE
    ):
        raise TooMany(
            gettext(
                "Too many objections came from here, or to this notice, today. Call the township or go there, or come "
                "back tomorrow."
            )
        )
