"""Every read of supervision teams and visits; and whether help followed what they found."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Count, Max, Q, QuerySet, Sum
from django.db.models.functions import Left
from django.utils import timezone

from firmground.officers.territory import EVERYWHERE, Eyes
from firmground.supervision.ledger import queries as ledger
from firmground.supervision.ledger.states import ENDED
from firmground.supervision.visits.models import Help, SupervisionTeam, Visit


def visits(*, seen_by: Eyes, on: date | None = None) -> QuerySet[Visit]:
    """The visits in sight. An unannounced one that has not begun is seen from where it was planned, and above."""
    territory = seen_by.territory
    rows = Visit.objects.filter(territory.q("place_code")).select_related("team")
    if territory == EVERYWHERE:  # whose condition is empty, and would be left out of an "or"
        return rows
    begun = ~Q(mode=Visit.Mode.UNANNOUNCED) | Q(from_on__lte=on or timezone.localdate())
    return rows.filter(begun | territory.q("planned_from"))


def visit(number: int, *, seen_by: Eyes) -> Visit | None:
    """A visit by its number; None if it is out of sight."""
    return visits(seen_by=seen_by).select_related("team", "recorded_by__officer").filter(pk=number).first()


def teams(*, seen_by: Eyes) -> QuerySet[SupervisionTeam]:
    """The teams of places in sight, and those that supervise whoever looks."""
    prefixes = {prefix[:digits] for prefix in seen_by.territory.prefixes for digits in (0, 2, 4, 6, 9, 12)}
    if not prefixes:
        return SupervisionTeam.objects.none()
    if seen_by.territory == EVERYWHERE:
        return SupervisionTeam.objects.all()
    return SupervisionTeam.objects.filter(seen_by.territory.q("place_code") | Q(place_code__in=prefixes))


def team(number: int, *, seen_by: Eyes) -> SupervisionTeam | None:
    """A team by its number; None if it is out of sight."""
    return teams(seen_by=seen_by).filter(pk=number).first()


@dataclass(frozen=True)
class Visited:
    """How often a place was visited by a day: visits begun, the households seen on them, and the last one's day."""

    visits: int = 0
    households: int = 0
    last_on: date | None = None

    def __add__(self, other: "Visited") -> "Visited":
        last = max((day for day in (self.last_on, other.last_on) if day), default=None)
        return Visited(self.visits + other.visits, self.households + other.households, last)


def visited(on: date, *, seen_by: Eyes, place: str = "", digits: int = 6) -> dict[str, Visited]:
    """The visits begun by a day, by the first digits of the place visited."""
    rows = visits(seen_by=seen_by, on=on).filter(place_code__startswith=place, from_on__lte=on).order_by()
    counted = rows.values(code=Left("place_code", digits)).annotate(
        n=Count("pk"), households=Sum("households_seen"), last=Max("from_on")
    )
    return {row["code"]: Visited(row["n"], row["households"] or 0, row["last"]) for row in counted}


@dataclass
class Fight:
    """What a team did, or what was done in a place: how much was found, and what help followed.

    Attributes:
        found: issues raised by visits. in_time: of these, helped within the days allowed. late: helped later.
        waiting: without help, but within the days. without: without help past the days, and not ended.
        help: how often help came; amount: the money of it, in yuan.
    """

    key: Any
    visits: int = 0
    households: int = 0
    found: int = 0
    in_time: int = 0
    late: int = 0
    waiting: int = 0
    without: int = 0
    help: int = 0
    amount: Decimal = Decimal(0)

    @property
    def only_supervises(self) -> bool:
        """Supervising without fighting: findings past their days, and no help for any."""
        return self.without > 0


def fights(rows: QuerySet[Visit], key: Callable[[Visit], Any], days: int, *, seen_by: Eyes) -> list[Fight]:
    """What visits found and brought, by a key of the visit; those whose findings lack help stand first.

    Args:
        days: within which help should follow.
    """
    today = timezone.localdate()
    done = {visit.pk: visit for visit in rows.filter(from_on__lte=today)}
    made: dict[Any, Fight] = defaultdict(lambda: Fight(None))
    for visit in done.values():
        fight = made[key(visit)]
        fight.visits += 1
        fight.households += visit.households_seen or 0
    found = ledger.issues(seen_by=seen_by).filter(visit__in=list(done))
    for number, opened, helped, state in found.values_list("visit", "case__opened_on", "helped_on", "state"):
        fight, last = made[key(done[number])], opened + timedelta(days=days)
        fight.found += 1
        if helped is not None:
            fight.in_time += helped <= last
            fight.late += helped > last
        elif state not in ENDED:
            fight.waiting += today <= last
            fight.without += today > last
    brought = Help.objects.filter(seen_by.territory.q("place_code"), visit__in=list(done)).values("visit")
    for row in brought.annotate(n=Count("pk"), sum=Sum("amount")).order_by():
        fight = made[key(done[row["visit"]])]
        fight.help += row["n"]
        fight.amount += row["sum"] or 0
    for name, fight in made.items():
        fight.key = name
    return sorted(made.values(), key=lambda each: (-each.without, -each.found, str(each.key)))
