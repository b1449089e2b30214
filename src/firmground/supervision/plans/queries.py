"""Every read of plans, within the territory of whoever looks."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Sum
from django.db.models.functions import Left
from django.utils import timezone

from firmground.cases.models import Move
from firmground.findings import queries as findings
from firmground.officers.territory import Eyes
from firmground.places.models import Listing
from firmground.registry.models import OPEN, County, Household, Village
from firmground.supervision.plans.models import BattlePlan, Item

FIGURES = ("poor_households", "poor_persons")
"""What an indicator may be besides a standard: counted in the registers as they are today."""


@dataclass(frozen=True)
class Figures:
    """The poor of a place, as the registers have them: persons by the population of their households."""

    poor_households: int
    poor_persons: int
    rural_population: int | None

    @property
    def incidence(self) -> float | None:
        """Share of the rural population that is poor; None where nobody registered how many live there."""
        return self.poor_persons / self.rural_population if self.rural_population else None


@dataclass(frozen=True)
class Progress:
    """How many fell short of an item's indicator when the plan was drafted, and do now; None: not known."""

    before: int | None
    now: int | None
    unknown: int
    reached: bool | None


def figures(place: str, *, seen_by: Eyes) -> Figures:
    """The poor of a place today. A household of unknown population counts no person."""
    there = seen_by.territory.q("village_code")
    poor = Household.objects.filter(OPEN, there, village_code__startswith=place, kind="poor").aggregate(
        households=Count("pk"), persons=Sum("population")
    )
    people = None
    if len(place) <= 6:
        counties = County.objects.filter(OPEN, seen_by.territory.q("place_code"), place_code__startswith=place)
        people = counties.aggregate(people=Sum("rural_population"))["people"]
    if people is None:
        villages = Village.objects.filter(OPEN, there, village_code__startswith=place)
        people = villages.aggregate(people=Sum("rural_population"))["people"]
    return Figures(poor["households"], poor["persons"] or 0, people)


def plans(*, seen_by: Eyes) -> QuerySet[BattlePlan]:
    return BattlePlan.objects.filter(seen_by.territory.q("place_code")).select_related(
        "case", "made_by__officer", "made_by"
    )


def newest(*, seen_by: Eyes, under: str = "") -> QuerySet[Any]:
    """The newest version of each place, with `items`, `done` and `late` counted."""
    today = timezone.localdate()
    latest = BattlePlan.objects.filter(place_code=OuterRef("place_code")).order_by("-version").values("version")[:1]
    rows = plans(seen_by=seen_by).filter(place_code__startswith=under)
    return (
        rows.filter(version=latest)
        .annotate(
            item_count=Count("items"),
            done=Count("items", filter=Q(items__done_on__isnull=False)),
            late=Count("items", filter=Q(items__done_on=None, items__due_on__lt=today)),
        )
        .order_by("place_code")
    )


def without_plan(*, seen_by: Eyes, under: str = "") -> list[str]:
    """Codes of listed places that nobody drafted a plan for."""
    listed = Listing.objects.filter(seen_by.territory.q("place_code"), place_code__startswith=under, delisted_on=None)
    made = BattlePlan.objects.filter(seen_by.territory.q("place_code")).values("place_code")
    return list(listed.exclude(place_code__in=made).values_list("place_code", flat=True).order_by("place_code"))


def late(on: date, *, seen_by: Eyes, under: str = "") -> QuerySet[Item]:
    """Items of approved plans that were to be done before a day and are not; the newest approved version only."""
    approved = BattlePlan.objects.filter(case__at="approved", place_code=OuterRef("place_code")).order_by("-version")
    return (
        Item.objects.filter(seen_by.territory.q("place_code"), place_code__startswith=under, due_on__lt=on)
        .filter(done_on=None, plan=approved.values("pk")[:1])
        .select_related("plan")
        .order_by("due_on", "place_code", "number")
    )


def in_force(on: date, *, seen_by: Eyes, under: str = "") -> QuerySet[BattlePlan]:
    """The plan of each place that was approved last by a day."""
    approved = Move.objects.filter(case=OuterRef("case"), outcome="approved", on__lte=on)
    rows = BattlePlan.objects.filter(seen_by.territory.q("place_code"), Exists(approved), place_code__startswith=under)
    return rows.order_by("place_code", "-version").distinct("place_code")


@dataclass(frozen=True)
class Standing:
    """The items of the plans in force on a day: all of them, those done by then, and those past their day."""

    items: int = 0
    done: int = 0
    late: int = 0

    def __add__(self, other: "Standing") -> "Standing":
        return Standing(self.items + other.items, self.done + other.done, self.late + other.late)


def standing(on: date, *, seen_by: Eyes, place: str = "", digits: int = 6) -> dict[str, Standing]:
    """How the items of plans stood on a day, by the first digits of the place the plan is of."""
    plans = in_force(on, seen_by=seen_by, under=place).values("pk")
    done, late = Q(done_on__lte=on), Q(due_on__lt=on) & (Q(done_on=None) | Q(done_on__gt=on))
    rows = Item.objects.filter(plan__in=plans).order_by().values(code=Left("place_code", digits))
    counted = rows.annotate(items=Count("pk"), done=Count("pk", filter=done), late=Count("pk", filter=late))
    return {row["code"]: Standing(row["items"], row["done"], row["late"]) for row in counted}


def planned(place: str, on: date, *, seen_by: Eyes) -> list[tuple[date, int]]:
    """How many poor persons a place's own plan lets remain, by day: first its baseline, then its targets."""
    plan = in_force(on, seen_by=seen_by, under=place).filter(place_code=place).first()
    if plan is None:
        return []
    targets = plan.items.filter(indicator="poor_persons", target__isnull=False, due_on__gt=plan.baseline_on)
    points = [(item.due_on, item.target) for item in targets.order_by("due_on") if item.target is not None]
    return [(plan.baseline_on, plan.baseline_poor_persons), *points] if points else []


def progress(plan: BattlePlan, items: Sequence[Item], today: Figures, *, seen_by: Eyes) -> dict[int, Progress]:
    """By the number of an item: how its indicator stood when the plan was drafted, and stands now."""
    screening = findings.latest()
    standards = {item.indicator for item in items} - {"", *FIGURES}
    now: dict[str, Any] = {}
    before: dict[str, Any] = {}
    if screening is not None and standards:
        held = set(findings.held(screening).values_list("standard", flat=True))
        standards -= held
        rows = findings.counts(screening, [plan.place_code], standards, seen_by=seen_by)
        now = {row.standard: row for row in rows}
        if plan.baseline_screening is not None:
            then = findings.screenings().filter(pk=plan.baseline_screening).first()
            if then is not None:
                before = {
                    row.standard: row for row in findings.counts(then, [plan.place_code], standards, seen_by=seen_by)
                }
    made = {}
    for item in items:
        if item.indicator in FIGURES:
            first, last, unknown = getattr(plan, f"baseline_{item.indicator}"), getattr(today, item.indicator), 0
        else:
            row = now.get(item.indicator)
            first = before[item.indicator].not_met if item.indicator in before else None
            last, unknown = (row.not_met, row.unknown) if row else (None, 0)
        if item.indicator:
            known = last is not None and item.target is not None
            made[item.number] = Progress(first, last, unknown, last <= item.target and not unknown if known else None)
    return made


@dataclass(frozen=True)
class Change:
    """An item in two versions: None on the side where it is not; `fields` are those that differ."""

    before: Item | None
    after: Item | None
    fields: frozenset[str]


def compared(before: Collection[Item], after: Collection[Item]) -> list[Change]:
    """What changed from one version to the next, by number; items that stayed as they were are left out."""
    old, new = {each.number: each for each in before}, {each.number: each for each in after}
    changes = []
    for number in sorted(old.keys() | new.keys()):
        was, is_ = old.get(number), new.get(number)
        differ = frozenset(
            name for name in Item.WRITTEN if was is None or is_ is None or getattr(was, name) != getattr(is_, name)
        )
        if differ:
            changes.append(Change(was, is_, differ))
    return changes
