"""What cases have to know of plans, and the need that only this room can answer for."""

from collections.abc import Collection, Mapping
from datetime import date
from typing import Any

from django.urls import reverse

from firmground.cases import needs
from firmground.cases.needs import Showing
from firmground.cases.subjects import Kind, Known, known_as
from firmground.engines.standards.reference import Subject
from firmground.supervision.plans.models import BattlePlan


@known_as("plan")
class _Plans(Kind):
    """A version has one case for good, opened together with it."""

    once = True

    def known(self, numbers: Collection[str], places: Collection[str] | None = None) -> dict[str, Known]:
        keys = [int(number) for number in numbers if number.isascii() and number.isdigit() and len(number) < 18]
        return {str(row.pk): Known(str(row.pk), row.place_code, str(row.version), row)
                for row in BattlePlan.objects.filter(pk__in=keys)}  # fmt: skip

    def judged(self, number: str, on: date) -> Subject | None:
        return None  # no standard is about it

    def published(self, known: Known) -> Mapping[str, Any]:
        return {"title": known.name}

    def address(self, number: str) -> str:
        return reverse("battle_plan", args=[number])


@needs.check("plan_of_a_level_below")
def _plan_of_a_level_below(showing: Showing) -> bool:
    """The office stands above the one that drafted the plan, and another person drafted it."""
    plan = BattlePlan.objects.select_related("made_by").filter(case=showing.case).first()
    by = showing.by
    if plan is None or by is None or by.officer_id == plan.made_by.officer_id:
        return False
    made = plan.made_by.territory
    return made.startswith(by.territory) and made != by.territory


@needs.check("plan_has_items")
def _plan_has_items(showing: Showing) -> bool:
    plan = BattlePlan.objects.filter(case=showing.case).first()
    return plan is not None and plan.items.exists()
