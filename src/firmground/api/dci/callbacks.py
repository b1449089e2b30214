"""Sending an answer to whoever asked: only to addresses that whoever runs this installation allowed."""

from typing import Any
from urllib.parse import urlsplit

import requests
from django.conf import settings

SECONDS = 15


def allowed(address: str) -> bool:
    """Whether an address lies under one of those in FIRMGROUND_REGISTRY_CALLBACKS."""
    try:
        asked = urlsplit(address)
        places = [urlsplit(each) for each in settings.REGISTRY_CALLBACKS]
        if ".." in asked.path or "\\" in address or "%" in asked.path or asked.username is not None:
            return False
        return any(
            (asked.scheme, asked.hostname, asked.port) == (each.scheme, each.hostname, each.port)
            and (asked.path + "/").startswith(each.path.rstrip("/") + "/")
            for each in places
        )
    except ValueError:
        return False


def send(address: str, message: dict[str, Any]) -> None:
    """Send an answer. It follows nobody elsewhere.

    Raises:
        requests.RequestException: it was not taken.
    """
    answer = requests.post(address, json=message, timeout=SECONDS, allow_redirects=False)
    if not 200 <= answer.status_code < 300:
        raise requests.HTTPError(f"answered with {answer.status_code}")
