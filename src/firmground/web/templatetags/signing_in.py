"""What the sign-in page and the head of every page say of officers and offices."""

from typing import Any

from django import template
from django.conf import settings
from django.utils.translation import gettext

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
    return DEPARTMENTS.get(code, {}).get(spoken(), code)


DEPARTMENTS = {
    "health": {"en": "health", "zh": "卫生健康"},
    "medical_insurance": {"en": "medical insurance", "zh": "医疗保障"},
    "education": {"en": "education", "zh": "教育"},
    "housing": {"en": "housing", "zh": "住房和城乡建设"},
    "water": {"en": "water", "zh": "水利"},
    "civil_affairs": {"en": "civil affairs", "zh": "民政"},
    "human_resources": {"en": "human resources", "zh": "人力资源和社会保障"},
    "emergency": {"en": "emergency management", "zh": "应急管理"},
    "agriculture": {"en": "agriculture", "zh": "农业农村"},
    "disabled": {"en": "disabled persons' federation", "zh": "残疾人联合会"},
    "finance": {"en": "finance", "zh": "财政"},
    "poverty_relief": {"en": "poverty relief", "zh": "扶贫"},
}


def name_places(offices: list[Any]) -> None:
    """Give each office the name of its territory, in one query."""
    names = {p.code: p.name(spoken()) for p in Place.objects.filter(code__in={each.territory for each in offices})}
    for each in offices:
        each.place_name = names.get(each.territory, each.territory) or gettext("the nation")
