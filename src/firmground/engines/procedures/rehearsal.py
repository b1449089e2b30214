"""A procedure walked through without a case: ways to every step, and every kind of forbidden move tried there.

What the manual draws and what the tests assert is what the engine really answers.
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta

from firmground.engines.procedures.calendar import Calendar
from firmground.engines.procedures.declared import Procedure, Step
from firmground.engines.procedures.hindrance import Hindrance
from firmground.engines.procedures.run import POSTED, Move, NotAllowed, Run

OPENED_ON = date(2020, 3, 20)
"""The day of the guidance on monitoring; any day would do."""
UNDECLARED = "undeclared"


@dataclass(frozen=True)
class Forbidden:
    """A move that was tried in a rehearsal and refused.

    Attributes:
        at: where the case stood. kind: wrong_role, unknown_outcome, out_of_turn, too_early, missing, same_person or
            after_the_end.
        hindrance: what the engine answered.
    """

    kind: str
    at: str
    move: Move
    hindrance: Hindrance


def person_for(role: str) -> str:
    """Each role is played by somebody else."""
    return f"the {role.replace('_', ' ')}"


def legal_moves(run: Run) -> Iterator[Move]:
    """A move for every outcome declared where the run stands: by the first role that may, on the first day it may,
    with everything shown."""
    for choice in run.choices("", "", date.max):
        if choice.not_before is None:
            continue
        role = choice.step.by[0]
        needed = choice.step.needed_for(choice.outcome) if choice.outcome != POSTED else ()
        yield Move(choice.step.id, choice.outcome, _person(run, choice.step, role), role, choice.not_before,
                   frozenset(needed))  # fmt: skip


def ways(procedure: Procedure, calendar: Calendar | None = None) -> dict[str, Run]:
    """For each step and outcome, a shortest run that stands there; steps that publish stand with the notice up."""
    found: dict[str, Run] = {}
    waiting = deque([Run(procedure, OPENED_ON, calendar or Calendar())])
    while waiting:
        run = waiting.popleft()
        if run.at in found:
            continue
        if run.step is not None and run.step.publishes is not None:
            posting = next(move for move in legal_moves(run) if move.outcome == POSTED)
            run = run.take(posting)
        found[run.at] = run
        waiting.extend(run.take(move) for move in legal_moves(run) if move.outcome != POSTED)
    return found


def forbidden_moves(procedure: Procedure, calendar: Calendar | None = None) -> Iterator[Forbidden]:
    """Every kind of forbidden move tried where each step stands; each was refused, or this raises.

    Raises:
        AssertionError: the engine let one through.
    """
    for run in ways(procedure, calendar).values():
        for kind, move in _attempts(run):
            try:
                run.take(move)
            except NotAllowed as refused:
                yield Forbidden(kind, run.at, move, refused.hindrance)
            else:
                raise AssertionError(f"{kind} was let through at '{run.at}' of '{procedure.id}': {move}")


def _attempts(run: Run) -> Iterator[tuple[str, Move]]:
    steps = run.procedure.steps.values()
    if run.step is None:
        for step in steps:
            if step.in_order:
                yield "after_the_end", _plain(run, step)
        return
    ahead = next((step for step in steps if step.in_order and step is not run.step), None)
    if ahead is not None:
        yield "out_of_turn", _plain(run, ahead)
    yield "unknown_outcome", replace(_plain(run, run.step), outcome=UNDECLARED)
    for move in legal_moves(run):
        step = run.procedure.steps[move.step]
        if step is not run.step or move.outcome == POSTED:
            continue
        if stranger := next((role for role in _roles(run.procedure) if role not in step.by), None):
            yield "wrong_role", replace(move, role=stranger, person=person_for(stranger))
        if run.moves and move.on > run.moves[-1].on:
            yield "too_early", replace(move, on=move.on - timedelta(days=1))
        for need in sorted(move.shown):
            yield "missing", replace(move, shown=move.shown - {need})
        for earlier in run.moves:
            if earlier.step in step.verifies or earlier.role != move.role:
                yield "same_person", replace(move, person=earlier.person)
                break


def _plain(run: Run, step: Step) -> Move:
    outcome = next(iter(step.leads_to))
    role = step.by[0]
    on = run.moves[-1].on if run.moves else run.opened_on
    return Move(step.id, outcome, _person(run, step, role), role, on + timedelta(days=1000),
                frozenset(step.needed_for(outcome)))  # fmt: skip


def _roles(procedure: Procedure) -> list[str]:
    return list(dict.fromkeys(role for step in procedure.steps.values() for role in step.by))


def _person(run: Run, step: Step, role: str) -> str:
    """Somebody of the role who may take the step: a colleague where the usual one did what it verifies."""
    usual = person_for(role)
    busy = {move.person for move in run.moves if move.step in step.verifies}
    return usual if usual not in busy else f"{usual}'s colleague"
