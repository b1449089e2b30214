"""The latest screening, and what of it may be shown."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from firmground.engines.standards.catalogue import Catalogue
from firmground.engines.standards.declared import Standard
from firmground.findings import queries, tallies
from firmground.findings.models import Screening, StandardResult
from firmground.findings.tallies import TASKS, PlaceTally
from firmground.officers.territory import Eyes
from firmground.registry import declared
from firmground.web.language import spoken


@dataclass
class Now:
    """What pages know of the latest screening. Made anew for each request; each part is read once, when needed."""

    screening: Screening | None
    eyes: Eyes

    @classmethod
    def read(cls, eyes: Eyes) -> "Now":
        return cls(queries.latest(), eyes)

    @cached_property
    def catalogue(self) -> Catalogue:
        return declared.catalogue()

    @cached_property
    def results(self) -> dict[str, StandardResult]:
        """What the screening found of each standard, over every place."""
        if self.screening is None:
            return {}
        return {row.standard: row for row in StandardResult.objects.filter(screening=self.screening)}

    @cached_property
    def held(self) -> dict[str, StandardResult]:
        """Standards whose findings are not shown until somebody releases them."""
        return {name: row for name, row in self.results.items() if row.held and row.released_at is None}

    @cached_property
    def shown(self) -> dict[int, list[str]]:
        """The standards of each task that may be shown."""
        by_task: dict[int, list[str]] = {task: [] for task in TASKS}
        for name, row in self.results.items():
            if name not in self.held:
                by_task.setdefault(row.task or 0, []).append(name)
        return by_task

    def tallies(self, *, digits: int, under: str = "") -> dict[str, PlaceTally]:
        """Counts of every place of a level."""
        return tallies.by_place(self.screening, digits=digits, under=under, seen_by=self.eyes) if self.screening else {}

    def title(self, standard: str) -> str:
        """A standard's title; its id where the catalogue in force no longer has it."""
        known = self.catalogue.standards.get(standard)
        return known.title.get(spoken()) or known.title["en"] if known else standard

    def held_rows(self) -> list[dict[str, Any]]:
        """The standards held back, with the range their authors call plausible."""
        return [
            {
                "standard": name,
                "title": self.title(name),
                "asked": row.asked,
                "not_met": row.not_met,
                "plausible": _plausible(self.catalogue.standards.get(name)),
            }
            for name, row in self.held.items()
        ]


def task_of(standard: Standard | None) -> int:
    """The task a standard is shown under; 0 for one that belongs to none."""
    return standard.task or 0 if standard else 0


def _plausible(standard: Standard | None) -> Sequence[Any] | None:
    return standard.plausible_share_failing if standard else None
