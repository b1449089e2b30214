"""Addresses under /api/v1/."""

from django.contrib.auth.decorators import login_not_required
from django.urls import path, re_path

from firmground.api.door import door
from firmground.api.errors import refuse, unknown
from firmground.api.v1 import api, docs, openapi

patterns, _, app_name = api.urls
for pattern in patterns:
    pattern.callback = door(pattern.callback, refuse)

urlpatterns = [
    path("", login_not_required(docs), name="docs"),
    path("openapi.json", login_not_required(openapi), name="openapi"),
    *(pattern for pattern in patterns if pattern.name != "api-root"),
    re_path("", door(unknown, refuse)),
]
