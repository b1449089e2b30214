"""The addresses of an installation that names a government's sign-in."""

from django.urls import include, path

from firmground.web import urls
from firmground.web.signing_in.urls import OIDC

urlpatterns = [path("account/", include(OIDC)), *urls.urlpatterns]
