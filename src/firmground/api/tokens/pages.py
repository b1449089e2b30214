"""Tokens of one's own offices; an administrator's page has those of other governments' systems, too."""

from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST

from firmground.common.errors import Refusal
from firmground.officers import queries
from firmground.officers import tokens as kept
from firmground.officers.actions import make_token, may_make_token, revoke_token
from firmground.officers.models import Office, Role, Token
from firmground.officers.requests import OfficerRequest

USUAL_DAYS = 90


class TokenForm(forms.Form):
    office = forms.ChoiceField(label=_("It speaks for"))
    name = forms.CharField(max_length=80, label=_("What it is for"))
    days = forms.IntegerField(min_value=1, max_value=kept.LONGEST, initial=USUAL_DAYS, label=_("Days until it ends"))

    def __init__(self, offices: list[Office], said: Any = None) -> None:
        super().__init__(said)
        self.offices = {str(office.pk): office for office in offices}
        self.fields["office"].choices = [(key, _called(office)) for key, office in self.offices.items()]  # type: ignore[attr-defined]


@require_http_methods(["GET", "POST"])
def tokens(request: OfficerRequest) -> HttpResponse:
    """The tokens one may look after, and a form for a new one. Its secret is shown in the answer, and never again."""
    form, secret, status = TokenForm(_offices(request), request.POST or None), "", 200
    if request.method == "POST":
        status = 400
        if form.is_valid():
            said = form.cleaned_data
            try:
                _, secret = make_token(
                    office=form.offices[said["office"]], name=said["name"], days=said["days"], by=request.office
                )
                form, status = TokenForm(_offices(request)), 200
            except Refusal as refusal:
                form.add_error(None, str(refusal))
    response = render(
        request, "api/tokens.html", {"form": form, "secret": secret, "tokens": _tokens(request)}, status=status
    )
    response["Cache-Control"] = "no-store"
    return response


@require_POST
def end(request: OfficerRequest, number: int) -> HttpResponse:
    """End a token."""
    revoke_token(token=get_object_or_404(_mine(request), pk=number), by=request.office)
    return redirect("tokens")


def _offices(request: OfficerRequest) -> list[Office]:
    """Those that a token may be made for."""
    own = list(request.officer.offices_today)
    systems = queries.offices(seen_by=request.office.reach).filter(role=Role.SYSTEM)
    return own + [office for office in systems if office not in own and may_make_token(request.office, office)]


def _mine(request: OfficerRequest) -> Any:
    systems = request.office.reach.q("office__territory") if request.office.role == Role.ADMINISTRATOR else None
    rows = Token.objects.select_related("office__officer", "use")
    own = rows.filter(office__officer=request.officer)
    return own | rows.filter(systems, office__role=Role.SYSTEM) if systems is not None else own


def _tokens(request: OfficerRequest) -> list[Any]:
    found = list(_mine(request).order_by("-pk")[:200])
    for token in found:
        token.called = _called(token.office)
        token.last_used = token.use.last_used if hasattr(token, "use") else None
    return found


def _called(office: Office) -> str:
    return f"{office.officer.name}: {office.get_role_display()} {office.territory}".strip()
