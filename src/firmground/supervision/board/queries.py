"""Every read of the board, as of any day: figures, series, unmet guarantees and forecasts."""

from collections.abc import Collection
from datetime import date

from firmground.engines.forecast.burndown import Series
from firmground.engines.snapshot import counties_of
from firmground.findings import queries as findings
from firmground.findings.models import PlaceResult, Screening
from firmground.findings.queries import COUNTY_DIGITS
from firmground.officers.territory import Eyes
from firmground.supervision.board.models import Forecast, PlaceFigures

GUARANTEES = {
    "education": "children_in_school",
    "medical": "household_insured",
    "housing": "housing_safe",
    "water": "water_safe",
}
"""The standard of households that each guarantee is."""


def screening_on(on: date | None) -> Screening | None:
    """The last screening as of a day; the latest when no day is given."""
    rows = Screening.objects.select_related("previous")
    return rows.last() if on is None else rows.filter(as_of__lte=on).last()


def is_counted(screening: int) -> bool:
    """Whether the figures of a screening, by its number, are in; one of unknown snapshot never has any."""
    return (
        PlaceFigures.objects.filter(screening=screening).exists()
        or not Screening.objects.filter(pk=screening).exclude(snapshot_folder="").exists()
    )


def figures(screening: Screening, *, digits: int, under: str = "", seen_by: Eyes) -> dict[str, PlaceFigures]:
    """The figures of the places of a level, by code. What is counted of a county or a larger place is for everybody."""
    rows = PlaceFigures.objects.filter(screening=screening, digits=digits, place_code__startswith=under)
    if digits > COUNTY_DIGITS:
        rows = rows.filter(seen_by.territory.q("place_code"))
    return {row.place_code: row for row in rows.order_by("place_code")}


def of_place(screening: Screening, code: str, *, seen_by: Eyes) -> PlaceFigures | None:
    """The figures of one place."""
    return figures(screening, digits=len(code), under=code, seen_by=seen_by).get(code)


def short(screening: Screening, codes: Collection[str], *, seen_by: Eyes) -> dict[str, dict[str, PlaceResult]]:
    """By place and guarantee, what the screening counted; a guarantee that is held back is not among them."""
    named = {standard: guarantee for guarantee, standard in GUARANTEES.items()}
    found: dict[str, dict[str, PlaceResult]] = {code: {} for code in codes}
    for row in findings.counts(screening, codes, list(named), seen_by=seen_by):
        found[row.place_code][named[row.standard]] = row
    return found


def forecasts(screening: Screening, codes: Collection[str], *, seen_by: Eyes) -> dict[str, Forecast]:
    """What was foretold when the screening was taken in, by place."""
    return {row.place_code: row for row in Forecast.objects.filter(screening=screening, place_code__in=codes)}


def series(screening: Screening, code: str, *, seen_by: Eyes) -> Series:
    """Poor persons of a place in this screening and those before it."""
    return series_of(screening, [code]).get(code, [])


def series_of(screening: Screening, codes: Collection[str] | None = None) -> dict[str, Series]:
    """Poor persons by place, as far as the county; of some places, or of all.

    A screening that left out counties of a place tells nothing of its sum; rows of places above the county count no
    household, and may be missing. Of several screenings of one day the last one counts.
    """
    before = list(Screening.objects.filter(pk__lte=screening.pk).order_by("pk"))
    last = {each.as_of: each for each in before}
    rows = PlaceFigures.objects.filter(screening__in=last.values())
    rows = rows.filter(digits__lte=COUNTY_DIGITS) if codes is None else rows.filter(place_code__in=codes)
    days = {each.pk: each.as_of for each in last.values()}
    covered = {each.pk: set(counties_of(each.counties)) for each in last.values()}
    now = set(counties_of(screening.counties))
    left_out = {pk: now - counties for pk, counties in covered.items()}
    found: dict[str, list[tuple[date, int]]] = {}
    for pk, code, poor in rows.order_by("screening_id").values_list("screening_id", "place_code", "poor_persons"):
        if not any(county.startswith(code) for county in left_out[pk]):
            found.setdefault(code, []).append((days[pk], poor))
    return dict(found)
