"""A procedure walked through without a case: ways to every step, and every kind of forbidden move tried there.

What the manual draws and what the tests assert is what the engine really answers.
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from itertools import chain, count

from firmground.engines.procedures.calendar import ONE_DAY, Calendar
from firmground.engines.procedures.declared import Procedure, Step
from firmground.engines.procedures.hindrance import Hindrance
from firmground.engines.procedures.run import POSTED, Move, NotAllowed, Run

OPENED_ON = date(2020, 3, 20)
"""The day of the guidance on monitoring; any day would do."""
CAST = ("Mei", "Tashi", "Zhao", "Aygul", "Lin", "Norbu", "Ma", "Yang")
UNDECLARED = "undeclared"


@dataclass(frozen=True)
class Forbidden:
    """A move that was tried in a rehearsal and refused.

    Attributes:
        at: where the case stood.
        hindrance: what the engine answered; its kind is the reason for which the move had to be refused.
    """

    at: str
    move: Move
    hindrance: Hindrance


def legal_moves(run: Run) -> Iterator[Move]:
    """A move for every outcome declared where the run stands: by the first role that may, on the first day it may,
    with everything shown."""
    for choice in run.choices("", "", date.max):
        if choice.not_before is not None:
            yield _move(run, choice.step, choice.outcome, choice.not_before)


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
    """Every kind of forbidden move tried where each step stands; each was refused for its reason, or this raises.

    Raises:
        AssertionError: the engine let one through, or refused it for another reason.
    """
    for run in ways(procedure, calendar).values():
        for expected, standing, move in _attempts(run):
            tried = f"at '{run.at}' of '{procedure.id}': {move}"
            try:
                standing.take(move)
            except NotAllowed as refused:
                if refused.hindrance.kind != expected:
                    raise AssertionError(f"{refused.hindrance.kind}, not {expected}, {tried}") from refused
                yield Forbidden(run.at, move, refused.hindrance)
            else:
                raise AssertionError(f"{expected} was let through {tried}")


def _attempts(run: Run) -> Iterator[tuple[str, Run, Move]]:
    """(the reason for which it must be refused, where the case stands, what is tried)."""
    if run.step is not None:
        for move in legal_moves(run):
            if move.step == run.at and move.outcome != POSTED:
                for kind, attempt in _spoilt(run, move):
                    yield kind, run, attempt
        yield "unknown_outcome", run, replace(_some_move(run, run.step), outcome=UNDECLARED)
        if run.step.publishes is not None:
            yield "not_posted", replace(run, moves=run.moves[:-1]), _some_move(run, run.step)
        else:
            yield "publishes_nothing", run, replace(_some_move(run, run.step), outcome=POSTED)
    for step in run.procedure.steps.values():
        if step.after and run.outcome not in step.after:
            yield "not_ended_so", run, _some_move(run, step)
        elif run.step is None and not step.after:
            yield "after_the_end", run, _some_move(run, step)
        elif run.step is not None and step.in_order and step is not run.step:
            yield "out_of_turn", run, _some_move(run, step)


def _spoilt(run: Run, move: Move) -> Iterator[tuple[str, Move]]:
    """An allowed move with one thing wrong in it."""
    step, kinds = run.procedure.steps[move.step], set()
    roles = dict.fromkeys(role for each in run.procedure.steps.values() for role in run.takers(each))
    for stranger in (role for role in roles if role not in run.takers(step)):
        yield "wrong_role", replace(move, role=stranger, person=_person(run, step, stranger))
    yield "before_entry", replace(move, on=run.last_day - ONE_DAY)
    if move.on > run.last_day:
        hangs = step.publishes is not None and move.outcome not in step.publishes.cut_short_by
        the_day_after = run.publicity_ends_on is not None and move.on == run.publicity_ends_on + ONE_DAY
        yield "on_the_board" if hangs and the_day_after else "waiting", replace(move, on=move.on - ONE_DAY)
    if move.shown:
        yield "missing", replace(move, shown=frozenset())
    for need in sorted(move.shown):
        yield "missing", replace(move, shown=move.shown - {need})
    for earlier in run.moves_since_begun:
        verified = any(own.step in step.verifies for own in run.moves_since_begun if own.person == earlier.person)
        kind = "same_person" if verified else "two_roles"
        if (verified or earlier.role != move.role) and kind not in kinds:
            kinds.add(kind)
            yield kind, replace(move, person=earlier.person)


def _some_move(run: Run, step: Step) -> Move:
    """A move with nothing wrong in it but, perhaps, where the case stands."""
    return _move(run, step, next(iter(step.leads_to)), run.last_day)


def _move(run: Run, step: Step, outcome: str, on: date) -> Move:
    role = run.takers(step)[0]
    shown = frozenset(step.needed_for(outcome)) if outcome != POSTED else frozenset()
    return Move(step.id, outcome, _person(run, step, role), role, on, shown)


def _person(run: Run, step: Step, role: str) -> str:
    """The first of the cast who may take the step in this role."""

    def may(person: str) -> bool:
        return all(
            earlier.role == role and earlier.step not in step.verifies
            for earlier in run.moves_since_begun
            if earlier.person == person
        )

    return next(filter(may, chain(CAST, map(str, count(1)))))
