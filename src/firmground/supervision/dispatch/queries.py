"""Every read of the dispatch sheet.

A week's figures are those of the newest version, however late it came; with `known_on`, of the newest that had come by
the end of that day.
"""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.db.models import QuerySet

from firmground.officers.territory import Eyes
from firmground.places.models import Listing
from firmground.supervision.dispatch.models import Cell, week_ended

HALVED = Decimal("0.5")


@dataclass
class Sum:
    """An indicator of several counties, added up.

    Attributes:
        base: the figures of the year before of the same counties; None unless every one of them gave it.
        counties: how many reported it.
    """

    value: Decimal = Decimal(0)
    base: Decimal | None = Decimal(0)
    counties: int = 0

    @property
    def plain(self) -> int | Decimal:
        """A whole number without the decimals it was kept with."""
        return plain(self.value)

    def add(self, cell: Cell) -> None:
        self.value += cell.value
        self.base = None if self.base is None or cell.base is None else self.base + cell.base
        self.counties += 1


def plain(value: Decimal) -> int | Decimal:
    """A whole number without the decimals it was kept with."""
    return int(value) if value == int(value) else value


def standing(prefix: str, *, seen_by: Eyes, known_on: date | None = None) -> QuerySet[Cell]:
    """The newest version of every cell under a prefix, in sight; with a day, of those that had come by its end."""
    rows = Cell.objects.filter(seen_by.territory.q("place_code"), place_code__startswith=prefix)
    if known_on is not None:
        rows = rows.filter(entered_at__date__lte=known_on)
    return rows.order_by("place_code", "week", "indicator", "-version").distinct("place_code", "week", "indicator")


def sheet(county: str, week: date, *, seen_by: Eyes, known_on: date | None = None) -> dict[str, Cell]:
    """What a county said for a week, by indicator."""
    return {cell.indicator: cell for cell in standing(county, seen_by=seen_by, known_on=known_on).filter(week=week)}


def latest(
    prefix: str, on: date, indicators: Collection[str], *, seen_by: Eyes, known_on: date | None = None
) -> dict[str, dict[str, Sum]]:
    """The sums of the places directly under a prefix, for the week that had ended last on a day; a county is its own.

    Places of which nobody reported are left out: nothing is not zero.
    """
    digits = {0: 2, 2: 4}.get(len(prefix), 6)
    made: dict[str, dict[str, Sum]] = defaultdict(dict)
    rows = standing(prefix, seen_by=seen_by, known_on=known_on)
    for cell in rows.filter(week=week_ended(on), indicator__in=list(indicators)):
        made[cell.place_code[:digits]].setdefault(cell.indicator, Sum()).add(cell)
    return dict(made)


def series(
    prefix: str, first: date, last: date, *, seen_by: Eyes, known_on: date | None = None
) -> dict[str, dict[date, Sum]]:
    """The sums of everything under a prefix, by indicator and week, from one Monday to another."""
    made: dict[str, dict[date, Sum]] = defaultdict(dict)
    for cell in standing(prefix, seen_by=seen_by, known_on=known_on).filter(week__range=(first, last)):
        made[cell.indicator].setdefault(cell.week, Sum()).add(cell)
    return dict(made)


def due(prefix: str, on: date, *, seen_by: Eyes) -> list[str]:
    """The counties under a prefix that report: those listed, or with a listed village, on a day."""
    rows = Listing.objects.filter(seen_by.territory.q("place_code"), place_code__startswith=prefix, listed_on__lte=on)
    codes = rows.exclude(delisted_on__lte=on).values_list("place_code", flat=True)
    return sorted({code[:6] for code in codes})


def late(prefix: str, on: date, *, seen_by: Eyes, known_on: date | None = None) -> list[str]:
    """Of the counties that report, those without a sheet for the week that had ended last on a day."""
    week = week_ended(on)
    rows = standing(prefix, seen_by=seen_by, known_on=known_on).filter(week=week)
    reported = set(rows.values_list("place_code", flat=True))
    return [code for code in due(prefix, week, seen_by=seen_by) if code not in reported]


def fallen(county: str, week: date, *, seen_by: Eyes, known_on: date | None = None) -> list[str]:
    """The indicators that are below half of what they were a week before: they may be true, and are worth a look."""
    weeks = (week - timedelta(days=7), week)
    before, now = (sheet(county, day, seen_by=seen_by, known_on=known_on) for day in weeks)
    return [name for name, cell in now.items() if name in before and cell.value < before[name].value * HALVED]
