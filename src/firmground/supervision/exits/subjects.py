"""What cases have to know of villages and counties."""

from collections.abc import Collection, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language

from firmground.cases.subjects import Kind, Known, known_as
from firmground.engines.standards.reference import Reference, Subject
from firmground.places.models import Place
from firmground.registry import live
from firmground.registry.declared import catalogue

COUNTS = ("rural_population", "poor_persons")
SHARES = ("incidence", "comprehensive_incidence", "wrong_exit_rate", "missed_rate", "approval_rate")


class _Places(Kind):
    """Places are public; what their registers add up to is known within the territory."""

    def known(self, numbers: Collection[str], places: Collection[str] | None = None) -> dict[str, Known]:
        language = get_language() or "en"
        rows = Place.objects.filter(level=self.about, code__in=list(numbers))
        return {row.code: Known(row.code, row.code, row.name(language), row) for row in rows}

    def judged(self, number: str, on: date) -> Subject | None:
        return live.place(self.about, number, on)

    def published(self, known: Known) -> Mapping[str, Any]:
        """Its name, whole persons, and shares in hundredths with three decimals."""
        today = timezone.localdate()
        subject = live.place(self.about, known.number, today) or Subject(self.about, place=known.number)
        value = Reference(catalogue(), today).values_of(subject)
        facts = catalogue().tables[self.about].facts
        shares = {name: value(name) for name in SHARES if name in facts}
        return {
            "place": known.row.name_zh,
            **{name: value(name) for name in COUNTS},
            **{name: f"{share:.3%}" if isinstance(share, Decimal) else None for name, share in shares.items()},
        }

    def address(self, number: str) -> str:
        return reverse("exit", args=[number])


for _about in ("village", "county"):
    known_as(_about)(_Places)
