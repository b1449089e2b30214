"""What the reader asked for in the address. What is not understood is refused, never ignored: a filter that is quietly
dropped shows more rows than were asked for."""

import re
from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import date
from typing import Any

from django.core.paginator import Page, Paginator
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.translation import gettext

from firmground.common.errors import Refusal
from firmground.web.export import as_csv, as_xlsx

ROWS_OF_A_PAGE = 50
PLACE = re.compile(r"(\d{2}|\d{4}|\d{6}|\d{9}|\d{12})?")


def choice(request: HttpRequest, key: str, allowed: Collection[str]) -> str:
    """The value of `key`, one of those allowed, or "" when it was not asked for.

    Raises:
        Refusal: it is none of them.
    """
    value = request.GET.get(key, "")
    if value and value not in allowed:
        raise Refusal(
            gettext("“%(key)s=%(value)s” in the address is not understood; it may be one of: %(allowed)s.")
            % {"key": key, "value": value, "allowed": ", ".join(sorted(allowed)) or "–"}
        )
    return value


def place(request: HttpRequest) -> str:
    """The place asked for, by its code; "" for the nation.

    Raises:
        Refusal: it is no code of a place.
    """
    value = request.GET.get("place", "")
    if not PLACE.fullmatch(value):
        raise Refusal(
            gettext("“place=%(value)s” in the address is no code of a place: those have 2, 4, 6, 9 or 12 digits.")
            % {"value": value}
        )
    return value


def day(request: HttpRequest, key: str = "on") -> date | None:
    """The day asked for; None when none was.

    Raises:
        Refusal: it is no day.
    """
    value = request.GET.get(key, "")
    try:
        return date.fromisoformat(value) if value else None
    except ValueError:
        raise Refusal(
            gettext("“%(key)s=%(value)s” in the address is no day: write 2020-05-15.") % {"key": key, "value": value}
        ) from None


def sort(request: HttpRequest, allowed: Collection[str], default: str) -> tuple[str, bool]:
    """The column to sort by, and whether the largest comes first."""
    value = choice(request, "sort", {f"{sign}{key}" for key in allowed for sign in ("", "-")}) or default
    return value.removeprefix("-"), value.startswith("-")


def page(request: HttpRequest, rows: Any, count: int | None = None) -> Page[Any]:
    """The page asked for; the first or last one for numbers that are none.

    Args:
        count: how many rows there are, where that is known already.
    """
    paginator = Paginator(rows, ROWS_OF_A_PAGE)
    if count is not None:
        paginator.count = count
    return paginator.get_page(request.GET.get("page"))


def wants_csv(request: HttpRequest) -> bool:
    return choice(request, "export", ["csv"]) == "csv"


def export(request: HttpRequest) -> Callable[[str, Sequence[str], Iterable[Sequence[Any]]], HttpResponseBase] | None:
    """How the table asked for is written out, where it was asked for."""
    return {"csv": as_csv, "xlsx": as_xlsx}.get(choice(request, "export", ["csv", "xlsx"]))


def sorted_by(rows: Sequence[Any], key: Any, down: bool) -> list[Any]:
    """Rows by a key; what is unknown stands last either way."""
    known = [row for row in rows if key(row) is not None]
    return sorted(known, key=key, reverse=down) + [row for row in rows if key(row) is None]
