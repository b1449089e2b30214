"""Places by what people call them."""

from django.db.models import Case, IntegerField, Q, Value, When
from django.db.models.functions import Length

from firmground.places.models import Place
from firmground.places.names import romanised
from firmground.places.queries import in_force


def named(text: str, most: int) -> list[Place]:
    """Places whose code begins with `text`, or whose name begins with it or contains it; larger places first.

    Names in Chinese, in English, and in pinyin where a place has no English name; spaces in pinyin do not matter.
    """
    if text.isdigit():
        return list(in_force().filter(code__startswith=text).order_by(Length("code"), "code")[:most])
    begins = Q(name_zh__startswith=text) | Q(name_en__istartswith=text)
    rank = Case(When(begins, then=Value(0)), default=Value(1), output_field=IntegerField())
    found = in_force().filter(Q(name_zh__contains=text) | Q(name_en__icontains=text)).annotate(rank=rank)
    places: list[Place] = list(found.order_by("rank", Length("code"), "code")[:most])
    if len(places) < most and text.isascii():
        places += list(
            in_force().filter(code__in=_in_pinyin(text, most - len(places))).order_by(Length("code"), "code")
        )
    return places


def _in_pinyin(text: str, most: int) -> list[str]:
    """Codes of places without an English name that begin with `text` in pinyin."""
    sought = text.replace(" ", "").replace("'", "").lower()
    names = in_force().filter(name_en="").order_by(Length("code"), "code").values_list("code", "name_zh")
    fits = (code for code, name in names.iterator() if _plain(romanised(name)).startswith(sought))
    return [code for code, _ in zip(fits, range(most), strict=False)]


def _plain(name: str) -> str:
    return name.replace(" ", "").replace("'", "").lower()
