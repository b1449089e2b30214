"""What the sign-in page and the head of every page say of officers and offices."""

from typing import Any

from django import template
from django.conf import settings
from django.utils.translation import gettext

from firmground.officers import departments
from firmground.officers.models import Office
from firmground.places.models import Place
from firmground.web import demo_cast as cast_of_demo
from firmground.web.language import spoken

register = template.Library()


@register.simple_tag
def oidc_name() -> Any:
    """What a government's own sign-in is called; "" if there is none."""
    return settings.SOCIALACCOUNT_PROVIDERS["openid_connect"]["APPS"][0]["name"] if settings.OIDC else ""


@register.simple_tag
def demo_cast() -> dict[str, Any] | None:
    """The demonstration's officers and their password; nothing outside the demonstration."""
    if not settings.DEMO:
        return None
    offices = list(cast_of_demo.offices())
    name_places(offices)
    return {"password": cast_of_demo.PASSWORD, "offices": offices}


@register.simple_tag
def office_title(office: Office) -> str:
    """An office in words: role and place."""
    name_places([office])
    return f"{office.get_role_display()} · {office.place_name}"  # type: ignore[attr-defined]


@register.simple_tag(takes_context=True)
def opens(context: Any, code: str) -> bool:
    """Whether the page of a place opens for the reader. Who has not signed in is asked to first."""
    officer = getattr(context["request"], "officer", None)
    return officer is None or officer.territory.opens(code)


@register.simple_tag
def department(code: str) -> str:
    """A department's name in the reader's language."""
    return departments.name_of(code, spoken())


def name_places(offices: list[Any]) -> None:
    """Give each office the name of its territory, in one query."""
    names = {p.code: p.name(spoken()) for p in Place.objects.filter(code__in={each.territory for each in offices})}
    for each in offices:
        each.place_name = names.get(each.territory, each.territory) or gettext("the nation")
