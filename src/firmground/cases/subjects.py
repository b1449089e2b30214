"""What a case may be about, and what it has to know of it: households, and what serves the villages.

Rooms further on make their subjects known with `known_as`; everything else in this room speaks of subjects only.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext

from firmground.cases.models import Case
from firmground.common.errors import Refusal
from firmground.engines.standards.reference import Subject
from firmground.officers.models import Office
from firmground.registry import corrections, live
from firmground.registry.models import FACILITIES, OPEN, REGISTERS, Facility, Household


@dataclass(frozen=True)
class Known:
    """A subject as the registers know it today.

    Attributes:
        place_code: where it lies; a place lies in itself.
        name: what it is called, a household by its head; "" if nobody knows.
        kind: the code of its kind, as `household.kind` has them; "" if it has none.
        row: what it was read from.
    """

    number: str
    place_code: str
    name: str
    row: Any
    kind: str = ""


class Kind(ABC):
    """One kind of subject. `about` is its name in facts.toml and in procedures."""

    once = False
    """Whether a subject has one case of a procedure for good: ended, it is opened again, never opened anew."""

    def __init__(self, about: str) -> None:
        self.about = about

    @abstractmethod
    def known(self, numbers: Collection[str], places: Collection[str] | None = None) -> dict[str, Known]:
        """Those of these subjects that are in sight, by number.

        Args:
            places: where they lie, if that is known; it is found faster so.
        """

    @abstractmethod
    def judged(self, number: str, on: date) -> Subject | None:
        """A subject for the engine that judges one at a time, as of a day; None if it is not in sight."""

    @abstractmethod
    def published(self, known: Known) -> Mapping[str, Any]:
        """What a notice may show of it, by the names of its columns."""

    @abstractmethod
    def address(self, number: str) -> str:
        """The page of a subject."""

    def set(self, number: str, facts: Mapping[str, Any], *, by: Office, case: int, why: str) -> None:
        """Write facts that follow from a move into the register of the subject.

        Raises:
            Refusal: nothing of this kind is ever written by a case.
        """
        raise Refusal(gettext("A case writes nothing about a “%(about)s”.") % {"about": self.about})


KINDS: dict[str, Kind] = {}


def known_as(about: str) -> Callable[[type[Kind]], type[Kind]]:
    """Make a kind of subject known to cases."""

    def keep(kind: type[Kind]) -> type[Kind]:
        if about in KINDS and type(KINDS[about]).__module__ != kind.__module__:
            raise Refusal(f"Two rooms want to answer for the subject '{about}'.")
        KINDS[about] = kind(about)
        return kind

    return keep


def kind(about: str) -> Kind:
    """A kind of subject by its name.

    Raises:
        Refusal: no case can be about such a thing.
    """
    if about not in KINDS:
        raise Refusal(f"A case cannot be about '{about}'; it can be about {', '.join(sorted(KINDS))}.")
    return KINDS[about]


def kept(about: str) -> Kind:
    """The kind of subject of a case that stands, also where nothing is known of that kind any more."""
    return KINDS.get(about) or _Forgotten(about)


class _Forgotten(Kind):
    """A kind whose room is gone: its cases are still read, without anything known of what they are about."""

    def known(self, numbers: Collection[str], places: Collection[str] | None = None) -> dict[str, Known]:
        return {}

    def judged(self, number: str, on: date) -> Subject | None:
        return None

    def published(self, known: Known) -> Mapping[str, Any]:
        return {}

    def address(self, number: str) -> str:
        return ""


def of_cases(cases: Collection[Case]) -> dict[tuple[str, str], Known]:
    """What is known of the subjects of several cases, by kind and number; one statement for each kind."""
    found: dict[tuple[str, str], Known] = {}
    for about in {case.about for case in cases} & KINDS.keys():
        of_kind = [case for case in cases if case.about == about]
        known = KINDS[about].known({case.subject_id for case in of_kind}, {case.place_code for case in of_kind})
        found |= {(about, number): each for number, each in known.items()}
    return found


@known_as("household")
class _Households(Kind):
    def known(self, numbers: Collection[str], places: Collection[str] | None = None) -> dict[str, Known]:
        rows = Household.objects.filter(OPEN, household_id__in=list(numbers))
        if places is not None:
            rows = rows.filter(village_code__in=list(places))
        return {
            row.household_id: Known(row.household_id, row.village_code, row.head or "", row, row.kind or "")
            for row in rows
        }

    def judged(self, number: str, on: date) -> Subject | None:
        return live.household(number, on)

    def published(self, known: Known) -> Mapping[str, Any]:
        return {name: getattr(known.row, name) for name in ("head", "group_name", "population", "kind")}

    def address(self, number: str) -> str:
        return reverse("household", args=[number])

    def set(self, number: str, facts: Mapping[str, Any], *, by: Office, case: int, why: str) -> None:
        corrections.correct(household_id=number, facts=facts, by=by, case=case, why=why)


class _Facilities(Kind):
    """Water supplies, clinics or schools."""

    def known(self, numbers: Collection[str], places: Collection[str] | None = None) -> dict[str, Known]:
        model = FACILITIES[self.about]
        rows = model._default_manager.filter(OPEN, **{f"{model.KEY}__in": list(numbers)})
        if places is not None:
            rows = rows.filter(place_code__in=list(places))
        return {(known := self._known(row)).number: known for row in rows}

    def judged(self, number: str, on: date) -> Subject | None:
        return live.registered(self.about, number, on)

    def published(self, known: Known) -> Mapping[str, Any]:
        return {"title": known.name}

    def address(self, number: str) -> str:
        return reverse("facility", args=[self.about, number])

    def _known(self, row: Facility) -> Known:
        return Known(str(getattr(row, REGISTERS[self.about].KEY)), row.place_code, row.title or "", row)


for _about in FACILITIES:
    known_as(_about)(_Facilities)
