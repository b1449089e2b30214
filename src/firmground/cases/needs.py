"""What must be shown before a step can be taken, and who knows whether it was.

A need is `form:<name>` (the answers are complete and agree), `holds:<standard>` (the standard is met now, by the
registers), a name that a check knows, or else something an officer attests. Rooms further on add checks of their own
with `check`; each answers for one case on one day.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any

from firmground.cases import forms, subjects
from firmground.cases.models import Case
from firmground.common.errors import Refusal
from firmground.engines.standards.reference import Judgement, Reference, Subject
from firmground.notices.models import Notice, Objection
from firmground.officers.models import Office
from firmground.registry.declared import catalogue

FILED = frozenset({"evidence"})
"""Needs that a file must show."""
REASON = "reason"
WORST_FIRST = ("not_met", "unknown", "met", "not_asked")


@dataclass
class Showing:
    """What an officer brings to a step, and what the registers say on that day.

    Attributes:
        attested: needs the officer vouches for. filed: needs that a file was handed in for.
        by: the office that would take the step, where it is known.
        answers: form -> field -> answer, as typed; `cleaned` has what was accepted, `errors` what was not.
    """

    case: Case
    outcome: str
    on: date
    why: str = ""
    attested: frozenset[str] = frozenset()
    filed: frozenset[str] = frozenset()
    by: Office | None = None
    answers: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    cleaned: dict[str, dict[str, Any]] = field(default_factory=dict)
    errors: dict[str, Any] = field(default_factory=dict)

    @cached_property
    def subject(self) -> Subject | None:
        """What the case is about, as the registers know it."""
        return subjects.kept(self.case.about).judged(self.case.subject_id, self.on)

    def judged(self, standard: str) -> Judgement | None:
        """One standard asked now, of every member if it is about members: the worst verdict.

        None if the standard is not declared any more, or the subject is not in the registers.
        """
        declared = catalogue().standards.get(standard)
        if declared is None or self.subject is None:
            return None
        own = declared.about == self.subject.table
        asked = [self.subject] if own else self.subject.related.get(declared.about, ())
        reference = Reference(catalogue(), self.on)
        judged = [reference.judge(declared, subject) for subject in asked]
        return min(judged, key=lambda each: WORST_FIRST.index(each.verdict), default=None)

    def shown(self, needs: Collection[str]) -> frozenset[str]:
        """Those of these needs that are shown."""
        return frozenset(need for need in needs if self.shows(need))

    def shows(self, need: str) -> bool:
        kind, _, name = need.rpartition(":")
        if kind == "form":
            return self._form(name)
        if kind == "holds":
            judgement = self.judged(name)
            return judgement is not None and judgement.verdict == "met"
        if need == REASON:
            return bool(self.why.strip())
        if need in CHECKS:
            return CHECKS[need](self)
        return need in (self.filed if need in FILED else self.attested)

    def _form(self, name: str) -> bool:
        if name not in self.answers:
            return False
        bound = forms.declared(name).bound(self.answers[name], self.outcome)
        if bound.is_valid():
            self.cleaned[name] = forms.stored(bound.cleaned_data)
            return True
        self.errors[name] = bound.errors
        return False


CheckOfNeed = Callable[[Showing], bool]
CHECKS: dict[str, CheckOfNeed] = {}


def check(name: str) -> Callable[[CheckOfNeed], CheckOfNeed]:
    """Make a function the one that knows whether a need is shown."""

    def keep(function: CheckOfNeed) -> CheckOfNeed:
        if name in CHECKS and CHECKS[name].__module__ != function.__module__:
            raise Refusal(f"Two rooms want to answer for the need '{name}'.")
        CHECKS[name] = function
        return function

    return keep


def is_attested(need: str) -> bool:
    """Whether an officer vouches for a need, so that a page asks for a tick."""
    return ":" not in need and need not in CHECKS and need not in FILED and need != REASON


@check("finding_closed")
def _finding_closed(showing: Showing) -> bool:
    """Every standard that opened the case is met now, or no longer asked."""
    judged = [showing.judged(standard) for standard in showing.case.standards]
    return bool(judged) and all(each is not None and each.verdict in ("met", "not_asked") for each in judged)


@check("all_members_died")
def _all_members_died(showing: Showing) -> bool:
    """Every member on the register died; nobody passes by having no member on it."""
    return set(_members(showing)) == {"died"}


@check("all_members_left")
def _all_members_left(showing: Showing) -> bool:
    """No member is left in the household, and not all of them died."""
    there = set(_members(showing))
    return bool(there) and "active" not in there and there != {"died"}


def _members(showing: Showing) -> list[str]:
    """How each member stands; who has no status is there, as in screenings."""
    rows = showing.subject.related.get("member", ()) if showing.subject else ()
    return [str(member.stated.get("status", "active")) for member in rows]


@check("objection")
def _objection(showing: Showing) -> bool:
    """Somebody objected to the notice that hangs."""
    last = Notice.objects.filter(case=showing.case.pk).order_by("pk").last()
    return last is not None and Objection.objects.filter(notice=last).exists()


@check("no_open_objection")
def _no_open_objection(showing: Showing) -> bool:
    """Every objection to any notice of the case was answered."""
    return not Objection.objects.filter(notice__case=showing.case.pk, answered_at=None).exists()
