"""How much anybody may say on the public form: sizes, and how often from one address and about one notice."""

import hmac
from datetime import date
from hashlib import sha256
from ipaddress import IPv6Address, ip_address

from django.conf import settings
from django.utils.translation import gettext

from firmground.notices.models import Contact, Notice

LONGEST_TEXT = 2_000
LONGEST_CONTACT = 100
LARGEST_FORM = 64 * 1024
"""Bytes of a whole form; Chinese in the longest text, as browsers send it, is 18,000."""
FROM_ONE_ADDRESS_ABOUT_ONE_NOTICE = 5
FROM_ONE_ADDRESS = 30
ABOUT_ONE_NOTICE = 200
"""All three in a day. A village may share an address; whoever meets a limit can still call or go there."""


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
