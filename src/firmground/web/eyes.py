"""Whose eyes a request reads with, and in which office it acts."""

from collections.abc import Callable, Iterator
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from firmground.officers.machine import machine
from firmground.officers.territory import EVERYWHERE, Eyes, seeing


class EyesMiddleware:
    """Tells PostgreSQL for the length of a request what may be seen; a download written line by line included."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: Any) -> HttpResponseBase:
        eyes: Eyes = EVERYWHERE  # until people sign in
        request.eyes = eyes
        with seeing(eyes):
            request.office = machine()
            response: Any = self.get_response(request)
        if response.streaming:
            response.streaming_content = _seen(eyes, response.streaming_content)
        return response


def _seen(eyes: Eyes, lines: Iterator[bytes]) -> Iterator[bytes]:
    with seeing(eyes):
        yield from lines
