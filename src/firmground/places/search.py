"""Places by what people call them."""

from django.db.models import Case, IntegerField, Q, QuerySet, Value, When
from django.db.models.functions import Length

from firmground.places.models import Place
from firmground.places.queries import in_force


def named(text: str, most: int) -> list[Place]:
    """Places whose code is `text`, or whose name begins with it or contains it, in that order; larger places first.

    Chinese and English names both. A place without an English name is found by its Chinese one; romanised names
    are worked out for pages and are not kept.
    """
    if text.isdigit():
        return list(in_force().filter(code__startswith=text).order_by(Length("code"), "code")[:most])
    return list(_ranked(text)[:most])


def _ranked(text: str) -> QuerySet[Place]:
    begins = Q(name_zh__startswith=text) | Q(name_en__istartswith=text)
    rank = Case(When(begins, then=Value(0)), default=Value(1), output_field=IntegerField())
    found = in_force().filter(Q(name_zh__contains=text) | Q(name_en__icontains=text))
    return found.annotate(rank=rank).order_by("rank", Length("code"), "code")
