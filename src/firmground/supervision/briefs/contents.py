"""Every number of a brief, worked out from the rows as they stood on its day.

Nothing here depends on the language, on who reads, or on the day of making, so that the same brief can be worked out
again by anybody, and compared.
"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from datetime import date, timedelta
from typing import Any

from django.db.models import Count, Q, QuerySet, Sum

from firmground.cases.models import Case
from firmground.findings.models import PlaceResult, Screening
from firmground.findings.queries import COUNTY_DIGITS
from firmground.officers.territory import Territory
from firmground.places.models import DIGITS, Level, Listing
from firmground.registry.declared import catalogue
from firmground.supervision.board import queries as board
from firmground.supervision.board.models import OUTLOOKS, Forecast, PlaceFigures
from firmground.supervision.board.weak import Weak, weakest
from firmground.supervision.briefs.models import sunday_of
from firmground.supervision.exits.queries import PROCEDURES
from firmground.supervision.ledger import queries as ledger
from firmground.supervision.visits import queries as visits
from firmground.supervision.visits.models import Visit

FORMAT = 2
FIGURES = ("households", "persons", "poor_households", "poor_persons", "monitored_persons", "rural_population")
ISSUES = ("raised", "open", "overdue", "claimed", "reopened", "verified", "waived", "without_help")


def written(contents: dict[str, Any]) -> str:
    """Contents as one text: equal numbers give equal texts."""
    return json.dumps(contents, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def of(place: str, week: date) -> dict[str, Any]:
    """The contents of the brief of a place for the week that begins on a Monday. Days are ISO, shares of 1.

    Keys:
        screening: the last as of the week's Sunday, with its digests, and whether it is of this week; null: none.
        figures, before: of the place, in that screening and in the last one before the week.
        guarantees: households asked and short, by guarantee. series: poor persons by screening. forecast: at `on`.
        outlook: how many of its counties will miss the deadline, may miss it, are on course; since format 2.
        places: those one level below. weak: the weak links among its counties (of a county: its townships).
        issues: now and before the week. orders, visits: of the place; visits.unhelped are those so far with an open
            finding past the days within which help should follow it, null where the catalogue names none.
        listed: how many are, and who left this week. exits: cases under way, by level.
    """
    on, eyes = sunday_of(week), Territory.of([place])
    screening, earlier = board.screening_on(on), board.screening_on(week - timedelta(days=1))
    level = next((digits for digits in DIGITS.values() if digits > len(place)), len(place))
    made: dict[str, Any] = {"format": FORMAT, "place": place, "week": str(week), "on": str(on), "screening": None}
    made |= _screened(place, level, screening, earlier, week, eyes) if screening else {}
    now, before = _issues(place, len(place), on, eyes), _issues(place, len(place), week - timedelta(days=1), eyes)
    made["issues"] = {"now": now.get(place, dict.fromkeys(ISSUES, 0)), "before": before.get(place)}
    inside = _issues(place, level, on, eyes)
    for row in made.get("places", ()):
        row["issues"] = inside.get(row["place"], dict.fromkeys(ISSUES, 0))
    orders = ledger.orders(on, seen_by=eyes)
    made["orders"] = {
        "open": orders.filter(ledger.OPEN_ORDER).count(),
        "late": orders.filter(ledger.OPEN_ORDER, late_after__lt=on).count(),
    }
    waits = unhelped(place, on, eyes)
    made["visits"] = {**_visits(week, on, eyes), "unhelped": None if waits is None else len(waits)}
    made["listed"] = _listed(week, on, eyes)
    made["exits"] = {level: exits(level, on, eyes).count() for level in PROCEDURES}
    return made


def _screened(
    place: str, level: int, screening: Screening, earlier: Screening | None, week: date, eyes: Territory
) -> dict[str, Any]:
    below = board.figures(screening, digits=level, under=place, seen_by=eyes) if level > len(place) else {}
    links = below
    if len(place) < DIGITS[Level.PREFECTURE]:
        links = board.figures(screening, digits=COUNTY_DIGITS, under=place, seen_by=eyes)
    own = board.of_place(screening, place, seen_by=eyes)
    codes = {place, *below, *links}
    short = board.short(screening, sorted(codes), seen_by=eyes)
    told = board.forecasts(screening, sorted(codes), seen_by=eyes)
    then = board.of_place(earlier, place, seen_by=eyes) if earlier and earlier.pk != screening.pk else None
    return {
        "screening": {
            "number": screening.pk,
            "as_of": str(screening.as_of),
            "snapshot": screening.snapshot_digest,
            "catalogue": screening.catalogue_digest,
            "of_this_week": screening.as_of >= week,
        },
        "figures": _figures(own),
        "before": _figures(then),
        "guarantees": _short(short[place]),
        "forecast": forecast(told.get(place)),
        "outlook": _outlook(told[code] for code in links if code in told),
        "series": [[str(day), poor] for day, poor in board.series(screening, place, seen_by=eyes)],
        "places": [
            {
                "place": code,
                "figures": _figures(row),
                "guarantees": _short(short[code]),
                "forecast": forecast(told.get(code)),
            }
            for code, row in below.items()
        ],
        "weak": [_weak(each) for each in weakest(links, short, told)],
    }


def _outlook(told: Iterable[Forecast]) -> dict[str, int]:
    found = Counter(each.outlook for each in told)
    return {outlook: found[outlook] for outlook in OUTLOOKS} if found else {}


def forecast(told: Forecast | None) -> dict[str, Any] | None:
    if told is None:
        return None
    return {
        "deadline": str(told.deadline),
        "most": told.most,
        "remaining": told.remaining,
        "chance": round(told.chance, 6),
        "points": told.points,
    }


def forecast_of(told: Mapping[str, Any] | None) -> Forecast | None:
    """A forecast as the contents tell it."""
    return Forecast(**{**told, "deadline": date.fromisoformat(told["deadline"])}) if told else None


def weak_of(told: Mapping[str, Any]) -> Weak:
    """A weak link as the contents tell it."""
    return Weak(
        told["place"], PlaceFigures(**told["figures"]), forecast_of(told["forecast"]), told["guarantee"],
        told["share"], told["usual"],
    )  # fmt: skip


def _figures(row: PlaceFigures | None) -> dict[str, Any] | None:
    return {name: getattr(row, name) for name in FIGURES} if row else None


def _short(rows: Mapping[str, PlaceResult]) -> dict[str, Any]:
    return {name: {"asked": row.asked, "not_met": row.not_met, "unknown": row.unknown} for name, row in rows.items()}


def _weak(each: Weak) -> dict[str, Any]:
    return {
        "place": each.place_code,
        "figures": _figures(each.figures),
        "forecast": forecast(each.told),
        "guarantee": each.guarantee,
        "share": round(each.share, 6),
        "usual": round(each.usual, 6),
    }


def _issues(place: str, digits: int, on: date, eyes: Territory) -> dict[str, dict[str, int]]:
    rows = ledger.standing_on(on, seen_by=eyes, place=place, digits=digits)
    return {row.place_code: {name: asdict(row)[name] for name in ISSUES} for row in rows}


def _visits(week: date, on: date, eyes: Territory) -> dict[str, int]:
    rows = visits.visits(seen_by=eyes, on=on).filter(from_on__range=(week, on))
    counted: dict[str, Any] = rows.order_by().aggregate(
        visits=Count("pk"),
        unannounced=Count("pk", filter=Q(mode=Visit.Mode.UNANNOUNCED)),
        households=Sum("households_seen"),
    )
    return {name: value or 0 for name, value in counted.items()}


def unhelped(place: str, on: date, eyes: Territory) -> set[int] | None:
    """Visits that only supervised: what they found is open, and no help came in time. None: no catalogue says when."""
    days = catalogue().parameters["help_after_issue_days"].row_at(on, place)
    if days is None:
        return None
    rows = ledger.issues(on, seen_by=eyes).filter(ledger.without_help(on, int(str(days.value))), visit__isnull=False)
    return set(rows.values_list("visit", flat=True))


def exits(level: str, on: date, eyes: Territory) -> QuerySet[Case]:
    """Exit cases that were open on a day."""
    rows = Case.objects.filter(eyes.q("place_code"), procedure=PROCEDURES[level], about=level, opened_on__lte=on)
    return rows.filter(Q(closed_on=None) | Q(closed_on__gt=on))


def _listed(week: date, on: date, eyes: Territory) -> dict[str, Any]:
    rows = Listing.objects.filter(eyes.q("place_code"), listed_on__lte=on)
    standing = list(rows.filter(Q(delisted_on=None) | Q(delisted_on__gt=on)).values_list("place_code", flat=True))
    left = rows.filter(delisted_on__range=(week, on)).values_list("place_code", flat=True)
    return {
        "counties": len({code for code in standing if len(code) == COUNTY_DIGITS}),
        "villages": len({code for code in standing if len(code) == DIGITS[Level.VILLAGE]}),
        "left": sorted(set(left)),
    }


def numbers(contents: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, Any]]:
    """Every number and word of contents with its path, such as ("places.5306.figures.persons", 12)."""
    if isinstance(contents, dict):
        for key, value in contents.items():
            yield from numbers(value, (*path, key))
    elif isinstance(contents, list):
        for n, value in enumerate(contents):
            named = value.get("place") if isinstance(value, dict) else None
            yield from numbers(value, (*path, named or str(n + 1)))
    else:
        yield ".".join(path), contents
