"""The procedures of the catalogue in force, and the texts that cases run under."""

from pathlib import Path

from firmground.cases.models import Case, Move, ProcedureText
from firmground.common.errors import Refusal
from firmground.common.in_force import catalogue_in_force, kept
from firmground.engines.procedures.calendar import Calendar
from firmground.engines.procedures.declared import (
    CheckedProcedures,
    Procedure,
    Step,
    load_procedures,
    procedure_from,
)
from firmground.engines.procedures.run import Move as Made
from firmground.engines.procedures.run import Run


def in_force() -> CheckedProcedures:
    """The procedures and the calendar of the catalogue in force.

    Raises:
        Refusal: they do not load; the refusals say why.
    """
    return _loaded(catalogue_in_force())


def named(name: str) -> Procedure:
    """A procedure that new cases begin under.

    Raises:
        Refusal: there is none of that name.
    """
    found = in_force().procedures.get(name)
    if found is None:
        raise Refusal(f"There is no procedure '{name}'; there are {', '.join(in_force().procedures)}.")
    return found


def text_of(procedure: Procedure) -> ProcedureText:
    """The kept text of a procedure in force."""
    said = in_force().said[procedure.id]
    text, _ = ProcedureText.objects.get_or_create(
        digest=procedure.digest, defaults={"procedure": procedure.id, "said": dict(said)}
    )
    return text


def of_case(case: Case) -> Procedure:
    """The procedure as it was written when the case began."""
    current = in_force().procedures.get(case.procedure)
    if current is not None and current.digest == case.text_id:
        return current
    return procedure_from(case.procedure, case.text.said, in_force().words)


def run_of(case: Case, moves: list[Move] | None = None) -> Run:
    """Where a case stands, from its moves."""
    if moves is None:
        moves = list(case.moves.select_related("office").order_by("position"))
    made = tuple(
        Made(
            step=move.step,
            outcome=move.outcome,
            person=person(move.office.officer_id),
            role=move.office.role,
            on=move.on,
            shown=frozenset(move.shown),
        )
        for move in moves
    )
    return Run(of_case(case), case.opened_on, calendar(), made, case.agreed_on)


def person(officer_id: int) -> str:
    """How a run knows an officer."""
    return f"#{officer_id}"


def calendar() -> Calendar:
    """The days that count."""
    return in_force().calendar


def reopening_step(procedure: Procedure, outcome: str, role: str) -> Step | None:
    """The step by which a role opens a case again that ended so; None if there is none."""
    return next((s for s in procedure.steps.values() if outcome in s.after and role in s.by), None)


@kept("procedures", "calendar.toml", "words.toml")
def _loaded(folder: Path) -> CheckedProcedures:
    return load_procedures(folder)
