"""Shares and figures as the pages of exits write them."""

from datetime import date
from decimal import Decimal
from typing import Any

from django import template
from django.utils.translation import gettext

from firmground.registry.declared import shown
from firmground.web.language import spoken

register = template.Library()


@register.filter
def share(value: Any) -> str:
    """A share in hundredths, with three decimals: a line of 3 % is not 2.999 %."""
    return gettext("not known") if value is None else f"{Decimal(str(value)):.3%}".replace("%", " %")


@register.filter
def figure(value: Any) -> str:
    """A whole number, a day or a word as it is; a share in hundredths."""
    if isinstance(value, Decimal):
        return share(value)
    return value.isoformat() if isinstance(value, date) else shown(value, spoken())
