"""Numbers of a brief, each with the way to its rows."""

from typing import Any

from django import template
from django.template import Context
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from firmground.web.templatetags.ledger import number

register = template.Library()


@register.simple_tag(takes_context=True)
def traced(context: Context, name: str, value: Any = None, place: str | None = None) -> SafeString:
    """A number of the brief by its name (of a place below: its value, too), as a link to the rows that it counts.

    On paper, and where nothing is counted, it is the number alone.
    """
    if place is None:
        value = context["told"]
        for key in name.split("."):
            value = value.get(key) if isinstance(value, dict) else None
    if not value or context.get("paper"):
        return format_html("{}", number(value))
    asked = f"?of={name}" + (f"&place={place}" if place else "")
    return format_html('<a href="{}{}">{}</a>', reverse("brief_rows", args=[context["brief"].pk]), asked, number(value))
