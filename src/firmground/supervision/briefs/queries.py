"""Every read of briefs, within the territory of whoever looks."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from django.db.models import QuerySet

from firmground.officers.territory import Eyes
from firmground.places.models import Listing
from firmground.supervision.briefs import contents
from firmground.supervision.briefs.models import Brief, monday_of, sunday_of


def briefs(*, seen_by: Eyes, under: str = "") -> QuerySet[Brief]:
    rows = Brief.objects.filter(seen_by.territory.q("place_code"), place_code__startswith=under)
    return rows.select_related("made_by__officer")


def brief(number: int, *, seen_by: Eyes) -> Brief | None:
    """A brief by its number; None if it is out of sight."""
    return briefs(seen_by=seen_by).filter(pk=number).first()


def editions(row: Brief, *, seen_by: Eyes) -> list[Brief]:
    """Every edition of the same week and territory, the first one first."""
    return list(
        Brief.objects.filter(
            seen_by.territory.q("place_code"), place_code=row.place_code, week=row.week
        ).order_by("edition")
    )  # fmt: skip


def differences(row: Brief) -> Iterator[tuple[str, Any, Any]]:
    """Work the brief out again from the rows of its day: (number, as it was told, as it comes out today).

    Rows recorded later about that day, and forecasts made anew, are what may differ; a tampered text does, too.
    """
    written, of_today = row.contents, contents.of(row.place_code, row.week)
    if written["format"] < of_today["format"]:  # what was told then is compared; what was added since is not
        of_today = {key: value for key, value in of_today.items() if key in written} | {"format": written["format"]}
    told, today = dict(contents.numbers(written)), dict(contents.numbers(of_today))
    for name in sorted(told.keys() | today.keys()):
        if told.get(name) != today.get(name):
            yield name, told.get(name), today.get(name)


def missing(day: date) -> list[str]:
    """Whose brief of the week in which a day lies is still to be made.

    They are for the nation, and for each province, prefecture and county with a place that was listed in that week.
    """
    week = monday_of(day)
    listed = Listing.objects.filter(listed_on__lte=sunday_of(week)).exclude(delisted_on__lt=week)
    codes = {code[:digits] for code in listed.values_list("place_code", flat=True) for digits in (0, 2, 4, 6)}
    return sorted(codes - set(Brief.objects.filter(week=week).values_list("place_code", flat=True)))
