"""Addresses under /api/v1/."""

from django.contrib.auth.decorators import login_not_required
from django.urls import path

from firmground.api.door import addresses
from firmground.api.errors import refuse
from firmground.api.v1 import api, docs, openapi

app_name = "api"
urlpatterns = [
    path("", login_not_required(docs), name="docs"),
    path("openapi.json", login_not_required(openapi), name="openapi"),
    *addresses(api, refuse),
]
