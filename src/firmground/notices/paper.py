"""A notice as pages and paper show it: its words in the reader's language, and how it stands today."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from django.utils import timezone
from django.utils.translation import get_language

from firmground.engines.declarations import in_language
from firmground.notices import kinds, queries
from firmground.notices.models import Notice
from firmground.places.models import Place
from firmground.places.queries import path as path_of


def as_it_hangs(found: Notice) -> dict[str, Any]:
    """A notice as it hangs."""
    columns = {name: kinds.column(name) for name in found.columns}
    headings = {name: said(column.label) for name, column in columns.items()}
    return {
        "notice": described([found])[0],
        "path": with_names(path_of(found.place_code)),
        "headings": list(headings.values()),
        "rows": [
            [(headings[name], column.says(row.get(name), language())) for name, column in columns.items()]
            for row in found.rows
        ],
        "telephone": queries.telephone_of(found.place_code),
        "corrects": found.corrects.first(),
        "open": found.takes_objections(today()),
    }


def described(found: list[Notice]) -> list[Any]:
    """Notices with the names of their places, and how they stand today."""
    names = _names({each.place_code for each in found} | {each.place_code[:6] for each in found})
    rows: list[Any] = found
    for each in rows:
        each.place_name = names.get(each.place_code, each.place_code)
        each.within = names.get(each.place_code[:6], "") if len(each.place_code) > 6 else ""
        each.now = each.standing(today())
        each.hung = queries.whole_days(each, today())
        # The day that is going on; none on the day it is put up.
        each.day_number = (today() - each.posted_on).days if each.now == "hanging" else 0
    return rows


def with_names(places: list[Place]) -> list[dict[str, str]]:
    """Places by name, those below a county with the name of the county."""
    counties = _names({place.code[:6] for place in places if len(place.code) > 6})
    return [
        {
            "code": place.code,
            "name": place.name(language()),
            "within": counties.get(place.code[:6], "") if len(place.code) > 6 else "",
        }
        for place in places
    ]


def said(texts: Mapping[str, str]) -> str:
    """Words by language, in the reader's."""
    return in_language(texts, language())


def language() -> str:
    """As the catalogue writes it."""
    return "zh" if (get_language() or "en").startswith("zh") else "en"


def today() -> date:
    return timezone.localdate()


def _names(codes: Iterable[str]) -> dict[str, str]:
    return {place.code: place.name(language()) for place in Place.objects.filter(code__in=codes)}
