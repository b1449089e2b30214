"""A mistake of the reader's becomes a page with a sentence, never a traceback."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from firmground.common.errors import Refusal


class RefusalMiddleware:
    """Shows a Refusal raised by a page or by a room."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if isinstance(error, Refusal):
            return render(request, "web/refused.html", {"message": str(error)}, status=400)
        return None
