"""What cases have to know of issues and orders, and the needs that only this room can answer for."""

from collections.abc import Collection, Mapping
from datetime import date
from typing import Any

from django.urls import reverse

from firmground.cases import needs
from firmground.cases.needs import Showing
from firmground.cases.subjects import Kind, Known, known_as
from firmground.engines.standards.reference import Subject
from firmground.officers.models import Office
from firmground.supervision.ledger.models import Issue, Order


class _Kept(Kind):
    """A row of this room. It has one case for good, opened together with it."""

    once = True
    model: type[Issue] | type[Order]

    def known(self, numbers: Collection[str], places: Collection[str] | None = None) -> dict[str, Known]:
        keys = [int(number) for number in numbers if number.isascii() and number.isdigit() and len(number) < 18]
        rows = self.model.objects.filter(pk__in=keys)
        return {str(row.pk): Known(str(row.pk), row.place_code, row.title, row) for row in rows}

    def judged(self, number: str, on: date) -> Subject | None:
        return None  # no standard is about it

    def published(self, known: Known) -> Mapping[str, Any]:
        return {"title": known.name}

    def address(self, number: str) -> str:
        return reverse(self.about, args=[number])


@known_as("issue")
class _Issues(_Kept):
    model = Issue


@known_as("order")
class _Orders(_Kept):
    model = Order


@needs.check("raised_it")
def _raised_it(showing: Showing) -> bool:
    """The office, or one within its territory, raised the issue; never one above which somebody stands."""
    issue = Issue.objects.select_related("raised_by").filter(case=showing.case).first()
    return issue is not None and _stands_above(showing.by, issue.raised_by)


@needs.check("ordered_it")
def _ordered_it(showing: Showing) -> bool:
    """The office, or one within its territory, gave the order."""
    order = Order.objects.select_related("ordered_by").filter(case=showing.case).first()
    return order is not None and _stands_above(showing.by, order.ordered_by)


def _stands_above(office: Office | None, other: Office) -> bool:
    """Whether an office is another one, or one of a territory that holds the other's.

    In one territory role counts: what a supervisor raised about a county, the county does not waive.
    """
    if office is None or not other.territory.startswith(office.territory):
        return False
    return office.territory != other.territory or office.role == other.role
