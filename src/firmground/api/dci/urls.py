"""Addresses under /registry/."""

from functools import cache
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.urls import path, re_path
from django.views.decorators.http import require_safe

from firmground.api.dci.registry import api, refuse, unknown
from firmground.api.door import as_json, door

patterns, _, app_name = api.urls
for pattern in patterns:
    pattern.callback = door(pattern.callback, refuse)


@cache
def document() -> dict[str, Any]:
    return dict(api.get_openapi_schema(path_prefix="/registry/"))


@login_not_required
@require_safe
def openapi(request: HttpRequest) -> HttpResponse:
    """What of the specification is answered here."""
    return as_json(document())


urlpatterns = [
    path("openapi.json", openapi, name="openapi"),
    *(pattern for pattern in patterns if pattern.name != "api-root"),
    re_path("", door(unknown, refuse)),
]
