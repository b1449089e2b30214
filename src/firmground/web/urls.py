"""Every address of the pages."""

from django.urls import include, path, re_path
from django.urls.resolvers import URLPattern, URLResolver

from firmground.web.pages.board import board
from firmground.web.pages.findings import findings
from firmground.web.pages.help import help_page
from firmground.web.pages.household import household
from firmground.web.pages.places import place
from firmground.web.pages.search import search
from firmground.web.pages.standards import standard, standards

urlpatterns: list[URLPattern | URLResolver] = [
    path("", board, name="board"),
    path("places/", place, name="nation"),
    re_path(r"^places/(?P<code>\d{2}|\d{4}|\d{6}|\d{9}|\d{12})/$", place, name="place"),
    re_path(r"^households/(?P<household_id>[0-9A-Za-z_-]{1,40})/$", household, name="household"),
    path("findings/", findings, name="findings"),
    path("standards/", standards, name="standards"),
    re_path(r"^standards/(?P<name>[A-Za-z_][A-Za-z0-9_]*)/$", standard, name="standard"),
    path("search/", search, name="search"),
    path("account/", include("firmground.web.signing_in.urls")),
    path("loads/", include("firmground.registry.urls")),
    path("", include("firmground.notices.urls")),
    path("help/", help_page, name="help"),
]
