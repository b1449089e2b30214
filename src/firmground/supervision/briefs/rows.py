"""The rows behind each number of a brief, as they stood on the brief's day.

What a screening counted is followed from place to place: a province's number to its prefectures', a village's to its
households or findings. Issues, orders, visits, listings and exits are listed at once, wherever one starts.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import duckdb
from django.db.models import Q, QuerySet

from firmground.engines.snapshot import Snapshot, part_of
from firmground.findings import queries as findings
from firmground.findings.models import Screening
from firmground.officers.territory import Territory
from firmground.places.models import DIGITS, Level, Listing
from firmground.supervision.board import figures
from firmground.supervision.board import queries as board
from firmground.supervision.board.queries import GUARANTEES
from firmground.supervision.briefs import contents
from firmground.supervision.briefs.models import Brief
from firmground.supervision.exits.queries import PROCEDURES
from firmground.supervision.ledger import queries as ledger
from firmground.supervision.visits import queries as visits
from firmground.supervision.visits.models import Visit

KINDS: Mapping[str, tuple[str, ...]] = {"": (), **figures.KINDS}
"""Whom the figures count, by the word before `households` and `persons`; none: everybody."""
HOUSEHOLDS = "SELECT household_id, kind, population FROM read_parquet(?, hive_partitioning = false) \
WHERE village_code = ? ORDER BY household_id"


@dataclass(frozen=True)
class Behind:
    """The rows of one number.

    Attributes:
        what: places, households, findings, issues, orders, visits, listings or cases.
        rows: of places and households (code or number, kind, how many it counts); else rows of the database.
        number: what the rows add up to.
    """

    what: str
    rows: Any
    number: int


def behind(brief: Brief, name: str, place: str) -> Behind | None:
    """The rows of a number of a brief, named as in `contents.numbers`; None: it is no number that counts rows.

    Args:
        place: within the brief's; where it is another, the rows of the number of the same name there.

    Raises:
        Refusal: they lie in a snapshot whose files are gone.
    """
    part, _, rest = name.partition(".")
    reader = READERS.get(part)
    return reader(brief, rest, place) if reader and place.startswith(brief.place_code) else None


def told(brief: Brief, name: str, place: str) -> int | None:
    """A number as the brief tells it, of its place or of one a level below; None where it tells none."""
    written: Any = brief.contents
    if place != brief.place_code:
        written = next((each for each in written.get("places", ()) if each["place"] == place), {})
        name = name.replace("issues.now.", "issues.")
    for key in name.split("."):
        written = written.get(key) if isinstance(written, dict) else None
    return len(written) if isinstance(written, list) else written if isinstance(written, int) else None


def _figures(brief: Brief, name: str, place: str, *, before: bool = False) -> Behind | None:
    whom, _, counted = name.rpartition("_")
    screening = _screening(brief, before=before)
    if whom not in KINDS or counted not in ("households", "persons") or screening is None:
        return None
    if len(place) == DIGITS[Level.VILLAGE]:
        rows = [row for row in _households(screening, place) if not KINDS[whom] or row[1] in KINDS[whom]]
        return Behind("households", rows, sum(row[2] for row in rows) if counted == "persons" else len(rows))
    below = board.figures(screening, digits=_below(place), under=place, seen_by=_eyes(brief))
    return _places({code: getattr(row, name) for code, row in below.items()})


def _guarantees(brief: Brief, name: str, place: str) -> Behind | None:
    guarantee, _, verdict = name.partition(".")
    screening = _screening(brief)
    if guarantee not in GUARANTEES or verdict not in ("not_met", "unknown", "asked") or screening is None:
        return None
    standard = GUARANTEES[guarantee]
    if len(place) == DIGITS[Level.VILLAGE]:
        if verdict == "asked":  # whoever meets a standard leaves no row
            counted = board.short(screening, [place], seen_by=_eyes(brief))[place].get(guarantee)
            rows = findings.in_place(screening, place, seen_by=_eyes(brief), standard=standard)
            return Behind("findings", rows, counted.asked if counted else 0)
        rows = findings.in_place(screening, place, seen_by=_eyes(brief), standard=standard, verdict=verdict)
        return Behind("findings", rows, rows.count())
    below = board.figures(screening, digits=_below(place), under=place, seen_by=_eyes(brief))
    short = board.short(screening, list(below), seen_by=_eyes(brief))
    return _places({code: getattr(of[guarantee], verdict) for code, of in short.items() if guarantee in of})


def _issues(brief: Brief, name: str, place: str) -> Behind | None:
    when, _, state = name.partition(".")
    on = {"now": brief.on, "before": brief.week - timedelta(days=1)}.get(when)
    if on is None:
        return None
    unhelped = ledger.OPEN & (Q(helped_on=None) | Q(helped_on__gt=on))
    wanted = {
        "raised": Q(), "open": ledger.OPEN, "overdue": ledger.late(on), "claimed": Q(state="claimed"),
        "reopened": ledger.OPEN & Q(came_back=True), "verified": Q(state="resolved"), "waived": Q(state="waived"),
        "without_help": unhelped,
    }.get(state)  # fmt: skip
    if wanted is None:
        return None
    rows = ledger.issues(on, seen_by=_eyes(brief)).filter(wanted, place_code__startswith=place)
    return _counted("issues", rows.order_by("late_after", "pk"))


def _orders(brief: Brief, name: str, place: str) -> Behind | None:
    wanted = {"open": ledger.OPEN_ORDER, "late": ledger.OPEN_ORDER & Q(late_after__lt=brief.on)}.get(name)
    if wanted is None:
        return None
    rows = ledger.orders(brief.on, seen_by=_eyes(brief)).filter(wanted, place_code__startswith=place)
    return _counted("orders", rows.order_by("late_after", "pk"))


def _visits(brief: Brief, name: str, place: str) -> Behind | None:
    rows = visits.visits(seen_by=_eyes(brief), on=brief.on).filter(place_code__startswith=place).order_by("from_on")
    if name == "unhelped":
        waiting = contents.unhelped(brief.place_code, brief.on, _eyes(brief))
        return None if waiting is None else _counted("visits", rows.filter(pk__in=waiting))
    rows = rows.filter(from_on__range=(brief.week, brief.on))
    if name == "households":
        return Behind("visits", rows, sum(row.households_seen or 0 for row in rows))
    wanted = {"visits": Q(), "unannounced": Q(mode=Visit.Mode.UNANNOUNCED)}.get(name)
    return None if wanted is None else _counted("visits", rows.filter(wanted))


def _listed(brief: Brief, name: str, place: str) -> Behind | None:
    rows = Listing.objects.filter(_eyes(brief).q("place_code"), place_code__startswith=place, listed_on__lte=brief.on)
    if name == "left":
        rows = rows.filter(delisted_on__range=(brief.week, brief.on))
    elif name in ("counties", "villages"):
        rows = rows.filter(Q(delisted_on=None) | Q(delisted_on__gt=brief.on))
        rows = rows.filter(place_code__length=DIGITS[Level.COUNTY if name == "counties" else Level.VILLAGE])
    else:
        return None
    return Behind("listings", rows.order_by("place_code"), rows.order_by().values("place_code").distinct().count())


def _exits(brief: Brief, name: str, place: str) -> Behind | None:
    if name not in PROCEDURES:
        return None
    rows = contents.exits(name, brief.on, _eyes(brief)).filter(place_code__startswith=place)
    return _counted("cases", rows.order_by("place_code", "pk"))


READERS: Mapping[str, Callable[[Brief, str, str], Behind | None]] = {
    "figures": _figures, "before": lambda brief, name, place: _figures(brief, name, place, before=True),
    "guarantees": _guarantees, "issues": _issues, "orders": _orders, "visits": _visits, "listed": _listed,
    "exits": _exits,
}  # fmt: skip
"""How the rows are found, by the first part of a number's name."""


def _eyes(brief: Brief) -> Territory:
    """The brief tells of its whole territory, and only those read it who see all of that."""
    return Territory.of([brief.place_code])


def _below(place: str) -> int:
    return next(digits for digits in DIGITS.values() if digits > len(place))


def _screening(brief: Brief, *, before: bool = False) -> Screening | None:
    if before:
        return board.screening_on(brief.week - timedelta(days=1))
    said = brief.contents["screening"]
    return Screening.objects.filter(pk=said["number"]).first() if said else None


def _households(screening: Screening, village: str) -> list[tuple[str, str, int]]:
    """(number, kind, persons) of the households of a village, as the snapshot of a screening has them."""
    paths = Snapshot.open(Path(screening.snapshot_folder)).paths("household", part_of(village))
    with duckdb.connect() as database:
        rows = database.execute(HOUSEHOLDS, [[str(path) for path in paths], village]).fetchall() if paths else []
    return [(number, kind, population or 0) for number, kind, population in rows]


def _places(counted: Mapping[str, int]) -> Behind:
    return Behind("places", [(code, "", n) for code, n in sorted(counted.items()) if n], sum(counted.values()))


def _counted(what: str, rows: QuerySet[Any]) -> Behind:
    return Behind(what, rows, rows.order_by().count())
