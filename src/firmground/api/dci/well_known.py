"""/.well-known/: the public keys by which others see that a message is ours."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.views.decorators.http import require_safe

from firmground.api.dci import signatures
from firmground.api.door import as_json


@login_not_required
@require_safe
def keys(request: HttpRequest) -> HttpResponse:
    """Our keys, as a JSON Web Key Set."""
    return as_json({"keys": signatures.published()})


urlpatterns = [path("jwks.json", keys, name="jwks")]
