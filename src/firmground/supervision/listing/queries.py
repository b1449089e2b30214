"""Every read of listings: as of any day, and as a screening would draw them again."""

import hashlib
import json
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
from django.db.models import Q, QuerySet

from firmground.common.errors import Refusal
from firmground.engines.snapshot import Snapshot
from firmground.findings.models import Screening
from firmground.findings.queries import held, open_in
from firmground.officers.territory import EVERYWHERE, Eyes
from firmground.places.models import Listing
from firmground.supervision.listing import declared


def listings(on: date | None = None, *, seen_by: Eyes) -> QuerySet[Listing]:
    """The listings in sight; with a day, only those that stood on it."""
    rows = Listing.objects.filter(seen_by.territory.q("place_code")).order_by("place_code", "listed_on")
    if on is None:
        return rows
    return rows.filter(Q(delisted_on=None) | Q(delisted_on__gt=on), listed_on__lte=on)


@dataclass(frozen=True)
class Drawn:
    """A place that a rule lists, or listed.

    Attributes:
        grounds: on which it is listed by the screening. listing: the one that stands; None: it would be new.
        poor, rural: persons, as the snapshot has them; None: not known.
    """

    place_code: str
    grounds: tuple[str, ...] = ()
    listing: Listing | None = None
    poor: int | None = None
    rural: int | None = None

    @property
    def incidence(self) -> float | None:
        return self.poor / self.rural if self.rural and self.poor is not None else None


@dataclass(frozen=True)
class Redrawn:
    """The list by rule, drawn again from a screening, in the order of place codes.

    Attributes:
        unknown: listed places of which the screening cannot tell: they stay.
        held: standards that list, and are held back: nothing is drawn while there is one.
    """

    screening: Screening
    entering: list[Drawn] = field(default_factory=list)
    staying: list[Drawn] = field(default_factory=list)
    leaving: list[Drawn] = field(default_factory=list)
    unknown: list[Drawn] = field(default_factory=list)
    held: list[str] = field(default_factory=list)

    @property
    def digest(self) -> str:
        """Of what would change; who confirms says it, so that nothing else is confirmed."""
        changes = [self.screening.pk, [(each.place_code, each.grounds) for each in self.entering],
                   [each.place_code for each in self.leaving]]  # fmt: skip
        return hashlib.sha256(json.dumps(changes).encode()).hexdigest()


def redrawn(screening: Screening, *, seen_by: Eyes) -> Redrawn:
    """The list by rule as a screening would have it, among the counties it screened and the reader sees.

    A place listed by an act alone is left as it is. One whose verdict nobody knows stays.
    """
    grounds = declared.in_force()
    kept_back = set(held(screening).values_list("standard", flat=True)) & grounds.keys()
    if kept_back:
        return Redrawn(screening, held=sorted(kept_back))
    listing_on: dict[str, set[str]] = defaultdict(set)
    unclear: set[str] = set()
    found = open_in(screening, seen_by=seen_by).filter(standard__in=grounds)
    for code, standard, verdict in found.values_list("subject_id", "standard", "verdict"):
        if verdict == "not_met":
            listing_on[code].add(grounds[standard])
        else:
            unclear.add(code)
    standing = {
        row.place_code: row
        for row in Listing.objects.filter(seen_by.territory.q("place_code"), delisted_on=None)
        if row.place_code[:6] in screening.counties
    }
    by_rule = {code for code, row in standing.items() if row.basis in grounds.values()}
    people = _people(screening, sorted(listing_on.keys() | by_rule))
    made = Redrawn(screening)
    for code in sorted(listing_on.keys() | by_rule):
        listing = standing.get(code)
        drawn = Drawn(code, tuple(sorted(listing_on[code])), listing, *people.get(code, (None, None)))
        if drawn.grounds:
            (made.staying if listing else made.entering).append(drawn)
        else:
            (made.unknown if code in unclear or code not in people else made.leaving).append(drawn)
    return made


def _people(screening: Screening, places: list[str]) -> dict[str, tuple[int | None, int | None]]:
    """Remaining poor and rural population of villages, as the screening's snapshot adds them up."""
    try:
        snapshot = Snapshot.open(Path(screening.snapshot_folder)) if screening.snapshot_folder else None
    except Refusal:
        snapshot = None
    if snapshot is None or not places:
        return {}
    paths = [str(path) for county in {code[:6] for code in places} for path in snapshot.paths("village", county)]
    if not paths:
        return {}
    with duckdb.connect() as database:
        rows: list[Any] = database.execute(
            "SELECT village_code, poor_persons, rural_population"
            " FROM read_parquet(?, hive_partitioning = false, union_by_name = true)"
            " WHERE village_code IN (SELECT unnest(?))",
            [paths, places],
        ).fetchall()
    return {code: (poor, rural) for code, poor, rural in rows}


def everywhere(screening: Screening) -> Redrawn:
    """The list drawn again for the whole country, for the machine's own command."""
    return redrawn(screening, seen_by=EVERYWHERE)
