"""Addresses under /registry/ that other systems call."""

from django.contrib.auth.decorators import login_not_required
from django.urls import path

from firmground.api.dci.registry import api, openapi, refuse
from firmground.api.door import addresses

app_name = "dci"
urlpatterns = [path("openapi.json", login_not_required(openapi), name="openapi"), *addresses(api, refuse)]
