"""Cases in the reader's words: what they are called, where they stand, with whom, and by when."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import get_language, gettext

from firmground.cases import declared, forms, subjects
from firmground.cases.models import Case, Move
from firmground.cases.subjects import Known
from firmground.engines.declarations import in_language
from firmground.engines.procedures.declared import Procedure
from firmground.engines.procedures.hindrance import BETWEEN
from firmground.officers.models import LEVELS, Office, Role
from firmground.places.models import Place


def language() -> str:
    """The reader's language as the catalogue writes it: "en" or "zh"."""
    return "zh" if (get_language() or "en").startswith("zh") else "en"


def title(procedure: Procedure) -> str:
    """What a procedure is called."""
    return in_language(procedure.title, language())


def title_of(name: str) -> str:
    """What a procedure in force is called; its name if there is none any more."""
    known = declared.in_force().procedures.get(name)
    return title(known) if known else name


def name_of(code: str) -> str:
    """The name of a place; its code if nobody knows it."""
    place = Place.objects.filter(code=code).first()
    return place.name(language()) if place else code


@dataclass(frozen=True)
class Waits:
    """Who may take the step: as what, where, and who holds that office today."""

    role: str
    place: str
    officers: Sequence[str]


@dataclass
class Line:
    """A case as a list shows it.

    Attributes:
        subject: what it is about, as the registers know it. place: where it lies.
        address: the subject's page; "" if nothing is kept of its kind any more.
        late_by: days since the last day; 0 if it is not late.
        waits: with whom it waits; nobody when it has ended.
    """

    case: Case
    procedure: str
    at: str
    channel: str
    subject: Known | None
    address: str
    place: str
    late_by: int
    waits: Sequence[Waits]


def lines(cases: Collection[Case], on: date) -> list[Line]:
    """The cases of a page, in their order; in a few statements, however many there are."""
    known = subjects.of_cases(cases)
    codes = {case.place_code for case in cases}
    levels = {case.place_code[: _digits(role)] for case in cases for role in case.roles}
    names = {place.code: place.name(language()) for place in Place.objects.filter(code__in=codes | levels)}
    held = Office.held_on(on).filter(role__in={role for case in cases for role in case.roles}, territory__in=levels)
    holders: dict[tuple[str, str], list[str]] = {}
    for office in held.filter(officer__locked_on=None).select_related("officer").order_by("officer__name"):
        holders.setdefault((office.role, office.territory), []).append(office.officer.name)
    found = []
    for case in cases:
        procedure = declared.of_case(case)
        places = {role: case.place_code[: _digits(role)] for role in case.roles}
        found.append(
            Line(
                case=case,
                procedure=title(procedure),
                at=procedure.word(case.at, language()),
                channel=procedure.word(case.channel, language()),
                subject=known.get((case.about, case.subject_id)),
                address=subjects.kept(case.about).address(case.subject_id),
                place=names.get(case.place_code, case.place_code),
                late_by=(on - case.late_after).days if case.late_after and case.late_after < on else 0,
                waits=[
                    Waits(procedure.word(role, language()), names.get(code, ""), holders.get((role, code), []))
                    for role, code in places.items()
                ],
            )
        )
    return found


@dataclass(frozen=True)
class Answers:
    """A form as it was answered: its title, and each question with its answer in words.

    Attributes:
        hidden: how many answers this reader may not see.
    """

    title: str
    said: Sequence[tuple[str, str]]
    hidden: int


def answers(move: Move, *, reads: Collection[str]) -> list[Answers]:
    """What was answered in a move.

    Args:
        reads: the classes of fields that the reader may see (`officers.permissions.READS`).
    """
    found = []
    for name, form in forms.answered(move.asked).items():
        given = move.answers[name]
        asked = [field for field in form.fields if field.name in given]
        shown = [field for field in asked if field.class_ in reads]
        said = [(in_language(field.label, language()), _said(field, given[field.name])) for field in shown]
        found.append(Answers(in_language(form.title, language()), said, len(asked) - len(shown)))
    return found


def _said(field: forms.Field, answer: Any) -> str:
    if isinstance(answer, list):
        return in_language(BETWEEN, language()).join(_said(field, each) for each in answer)
    if isinstance(answer, bool):
        return gettext("yes") if answer else gettext("no")
    known = field.choices.get(str(answer))
    return in_language(known, language()) if known else str(answer)


def _digits(role: str) -> int:
    """How many digits the code of the place has where a role usually sits."""
    return LEVELS.get(Role(role), 6)
