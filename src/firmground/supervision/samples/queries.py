"""Every read of draws: the list, who was drawn, what came of it, and the rates that follow with the draw's weights."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction

from django.db.models import Q, QuerySet
from django.utils import timezone

from firmground.engines.rollups import REGISTERED
from firmground.engines.sampling import draws as engine
from firmground.engines.sampling import intervals
from firmground.engines.sampling.draws import Drawn, Estimated
from firmground.engines.sampling.intervals import Interval
from firmground.officers.territory import EVERYWHERE, Eyes
from firmground.registry.models import Household
from firmground.supervision.samples.models import Answer, Draw

KINDS = {
    Draw.Of.ALL: Q(), Draw.Of.POOR: Q(kind="poor"), Draw.Of.EXITED: Q(kind__in=("exited", "unstable")),
    Draw.Of.NOT_REGISTERED: ~Q(kind__in=REGISTERED) | Q(kind=None),
}  # fmt: skip
RATES = {Draw.Of.EXITED: "wrong_exit_rate", Draw.Of.NOT_REGISTERED: "missed_rate"}
"""What the persons found among those asked about are called, by the list."""
LEAST_EFFECT = {Draw.Design.BY_VILLAGE: 1.0, Draw.Design.IN_TWO_STAGES: 2.0}
"""The design effect is never taken to be less (ours, from simulations: neighbours are alike)."""


def draws(*, seen_by: Eyes, on: date | None = None) -> QuerySet[Draw]:
    """The draws in sight; one that is hidden still is seen from where it was drawn, and above."""
    territory = seen_by.territory
    rows = Draw.objects.filter(territory.q("place_code")).select_related("drawn_by__officer")
    if territory == EVERYWHERE:  # whose condition is empty, and would be left out of an "or"
        return rows
    return rows.filter(Q(hidden_until__lte=on or timezone.localdate()) | territory.q("drawn_from"))


def draw(number: int, *, seen_by: Eyes) -> Draw | None:
    """A draw by its number; None if it is out of sight."""
    return draws(seen_by=seen_by).filter(pk=number).first()


def frame(place_code: str, of: str, at: datetime) -> list[tuple[str, str]]:
    """(household, village) of a list, as the register knew it at a moment."""
    known = Q(recorded_at__lte=at) & (Q(superseded_at=None) | Q(superseded_at__gt=at))
    rows = Household.objects.filter(known, KINDS[Draw.Of(of)], village_code__startswith=place_code)
    return sorted(rows.values_list("household_id", "village_code"))


def drawn_again(
    frame: list[tuple[str, str]], design: str, seed: str, households: int, villages: int | None
) -> list[Drawn]:
    """Who is drawn from a list by a seed."""
    if design == Draw.Design.IN_TWO_STAGES:
        return engine.in_two_stages(frame, seed, villages or 0, households)
    return engine.by_village(frame, seed, households)


def written(drawn: Iterable[Drawn]) -> list[list[str]]:
    """Households drawn, as a draw keeps them."""
    return [[each.household, each.village, str(each.weight)] for each in drawn]


def listed(row: Draw) -> list[Drawn]:
    """Households drawn, from what a draw keeps."""
    return [Drawn(household, village, Fraction(weight)) for household, village, weight in row.drawn]


@dataclass(frozen=True)
class Repeated:
    """A draw made once more from the register as it was known then: whether it comes out the same."""

    same_list: bool
    same_households: bool


def repeated(row: Draw) -> Repeated:
    """Make a draw once more, from the register as it was known then."""
    again = frame(row.place_code, row.of, row.drawn_at)
    if engine.digest(again) != row.frame_digest:
        return Repeated(same_list=False, same_households=False)
    same = written(drawn_again(again, row.design, row.seed, row.households, row.villages)) == row.drawn
    return Repeated(same_list=True, same_households=same)


@dataclass(frozen=True)
class Rate:
    """A rate of a draw: sums as they were counted, the estimate by the weights, and its interval."""

    name: str
    found: int
    asked: int
    estimated: Estimated
    interval: Interval


def rates(row: Draw, answers: Iterable[Answer]) -> list[Rate]:
    """What the answers of a draw say: the rate its list is for, and the approval of households.

    The weight of who gave no answer is shared by those of the same village who did.
    """
    by_number = {each.household_id: each for each in answers if each.outcome == Answer.Outcome.SEEN}
    rates = []
    if row.of in RATES:
        told = {n: (each.found or 0, each.persons) for n, each in by_number.items() if each.persons}
        rates.append(_rate(RATES[Draw.Of(row.of)], row, told))
    approving = {n: (int(each.approves), 1) for n, each in by_number.items() if each.approves is not None}
    rates.append(_rate("approval_rate", row, approving))
    return [each for each in rates if each is not None]


def latest(place_code: str, of: str, *, seen_by: Eyes) -> Draw | None:
    """The last draw of a place's list that somebody gave an answer in."""
    rows = draws(seen_by=seen_by).filter(place_code=place_code, of=of, answers__isnull=False)
    return rows.order_by("-pk").first()


def _rate(name: str, row: Draw, told: dict[str, tuple[int, int]]) -> Rate | None:
    homes = listed(row)
    drawn = Counter(each.village for each in homes)
    answered = Counter(each.village for each in homes if each.household in told)
    two_stages = row.design == Draw.Design.IN_TWO_STAGES
    rows = [
        engine.Answered(
            stratum="" if two_stages else each.village,
            cluster=each.village if two_stages else each.household,
            weight=float(each.weight) * drawn[each.village] / answered[each.village],
            found=told[each.household][0],
            of=told[each.household][1],
        )
        for each in homes
        if each.household in told
    ]
    found = engine.rate(rows, LEAST_EFFECT[Draw.Design(row.design)])
    if found is None:
        return None
    sums = [sum(column) for column in zip(*told.values(), strict=True)]
    return Rate(name, sums[0], sums[1], found, intervals.wilson(found.rate, found.asked / found.design_effect))
