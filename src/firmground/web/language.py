"""Which language a page is in: `?lang=zh` or `?lang=en` chooses, a cookie remembers, else the browser asks."""

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.locale import LocaleMiddleware
from django.utils import translation
from django.utils.cache import patch_vary_headers

CHOICES = {"en": "en", "zh": "zh-hans"}  # as a link and the catalogue say it -> as Django says it


def spoken() -> str:
    """The language of this page as the catalogue writes it: "en" or "zh"."""
    return "zh" if (translation.get_language() or "en").startswith("zh") else "en"


class LanguageMiddleware(LocaleMiddleware):
    """Django's own, with a plain link to change the language: it works without JavaScript."""

    def process_request(self, request: HttpRequest) -> None:
        chosen = CHOICES.get(request.GET.get("lang", ""))
        if chosen:
            request.COOKIES[settings.LANGUAGE_COOKIE_NAME] = chosen
        super().process_request(request)

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        response = super().process_response(request, response)
        patch_vary_headers(response, ["Cookie"])
        chosen = CHOICES.get(request.GET.get("lang", ""))
        if chosen:
            response.set_cookie(settings.LANGUAGE_COOKIE_NAME, chosen, max_age=365 * 24 * 3600, samesite="Lax")
        return response
