"""Addresses of signing in, under /account/. Those of allauth that officers need, and no others."""

from allauth.account import views
from allauth.socialaccount import views as social
from django.conf import settings
from django.urls import include, path
from django.urls.resolvers import URLPattern, URLResolver

from firmground.web.signing_in.pages import choose_office

urlpatterns: list[URLPattern | URLResolver] = [
    path("sign-in/", views.login, name="account_login"),
    path("sign-out/", views.logout, name="account_logout"),
    path("locked/", views.account_inactive, name="account_inactive"),
    path("password/", views.password_change, name="account_change_password"),
    path("confirm/", views.reauthenticate, name="account_reauthenticate"),
    path("office/", choose_office, name="choose_office"),
    path("second-factor/", include("allauth.mfa.urls")),
]
OIDC: list[URLPattern | URLResolver] = [
    path("", include("allauth.socialaccount.providers.openid_connect.urls")),  # under oidc/
    path("oidc/cancelled/", social.login_cancelled, name="socialaccount_login_cancelled"),
    path("oidc/failed/", social.login_error, name="socialaccount_login_error"),
    path("oidc/not-enrolled/", social.signup, name="socialaccount_signup"),
    path("oidc/connections/", social.connections, name="socialaccount_connections"),
]
if settings.OIDC:
    urlpatterns += OIDC
