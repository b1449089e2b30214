"""The pages around signing in that allauth does not have: choosing an office."""

from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from firmground.common.errors import Refusal
from firmground.officers.requests import OfficerRequest
from firmground.web.signing_in.middleware import OFFICE


@require_POST
def choose_office(request: OfficerRequest) -> HttpResponse:
    """Act in another of one's offices from now on."""
    chosen = request.POST.get("office", "")
    if not any(str(office.pk) == chosen for office in request.officer.offices_today):
        raise Refusal(gettext("You do not hold this office today. Choose one that you hold."))
    request.session[OFFICE] = int(chosen)
    back = request.POST.get("next", "/")
    return redirect(back if url_has_allowed_host_and_scheme(back, {request.get_host()}) else "/")
