"""A procedure going on: the moves made so far, and what may follow.

A run is never changed: a move that is allowed gives a new run, a move that is not gives a sentence. The day is always
given; nothing here looks at a clock.
"""

import calendar as months
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from firmground.common.errors import Refusal
from firmground.engines.procedures.calendar import ONE_DAY, Calendar
from firmground.engines.procedures.declared import LEVELS, OWNER, Escalation, Procedure, Step, Wait
from firmground.engines.procedures.hindrance import Hindrance

POSTED = "posted"
"""The outcome of the move that posts a step's notice; the case stays at the step."""


class NotAllowed(Refusal):
    """A move that is not declared, or not yet, or not by this officer; nothing has changed."""

    def __init__(self, hindrance: Hindrance, procedure: Procedure) -> None:
        self.hindrance, self.procedure = hindrance, procedure
        super().__init__(hindrance.says(procedure))


@dataclass(frozen=True)
class Move:
    """What somebody did in a case.

    Attributes:
        outcome: one of the step's, or POSTED.
        person: who acted; `role` is as what.
        shown: the needs that were shown.
    """

    step: str
    outcome: str
    person: str
    role: str
    on: date
    shown: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Choice:
    """A move that the procedure declares for where the case stands, and what still stands in its way.

    Attributes:
        not_before: the first day on which it may be made; None if that depends on a posting not yet done.
        missing: the needs not shown yet.
        hindrance: why it cannot be made now; None if it can.
    """

    step: Step
    outcome: str
    leads_to: str
    not_before: date | None
    missing: tuple[str, ...]
    hindrance: Hindrance | None

    @property
    def allowed(self) -> bool:
        return self.hindrance is None


@dataclass(frozen=True)
class Run:
    """One subject on its way through a procedure.

    Attributes:
        whole_by: a last day for the whole that was agreed when the case was opened.
    """

    procedure: Procedure
    opened_on: date
    calendar: Calendar = field(default_factory=Calendar)
    moves: tuple[Move, ...] = ()
    whole_by: date | None = None

    @classmethod
    def replayed(
        cls,
        procedure: Procedure,
        opened_on: date,
        moves: Sequence[Move],
        calendar: Calendar | None = None,
        whole_by: date | None = None,
    ) -> "Run":
        """A run from its moves, each checked again.

        Raises:
            NotAllowed: one of them could never have been made.
        """
        run = cls(procedure, opened_on, calendar or Calendar(), whole_by=whole_by)
        for move in moves:
            run = run.take(move)
        return run

    # Where the case stands

    @property
    def at(self) -> str:
        """The step the case stands at, or the outcome it ended with."""
        for move in reversed(self.moves):
            if move.outcome != POSTED:
                return self.procedure.steps[move.step].leads_to[move.outcome]
        return self.procedure.first.id

    @property
    def step(self) -> Step | None:
        """The step to be taken now; None when the case has ended."""
        return self.procedure.steps.get(self.at)

    @property
    def outcome(self) -> str | None:
        """What the case ended with; None while it is open."""
        return None if self.at in self.procedure.steps else self.at

    @property
    def owner(self) -> str:
        """The role the case was last assigned to; OWNER itself while it was to none."""
        assigned = (self.procedure.steps[move.step].then.get(move.outcome) for move in reversed(self.moves))
        return next((then.assigns for then in assigned if then is not None and then.assigns), OWNER)

    def takers(self, step: Step) -> tuple[str, ...]:
        """The roles that may take a step of this case: what the owner did, the owner's role does not verify."""
        own = any(OWNER in self.procedure.steps[name].by for name in step.verifies)
        roles = (self.owner if role == OWNER else role for role in step.by)
        return tuple(dict.fromkeys(role for role in roles if not (own and role == self.owner)))

    @property
    def entered_on(self) -> date:
        """Since when the case stands where it stands."""
        return next((move.on for move in reversed(self.moves) if move.outcome != POSTED), self.opened_on)

    @property
    def moves_since_begun(self) -> tuple[Move, ...]:
        """The moves since the case was opened, or last opened again."""
        again = (n for n, move in enumerate(self.moves) if self.procedure.steps[move.step].after)
        return self.moves[max(again, default=0) :]

    @property
    def begun_on(self) -> date:
        """Since when the time for the whole runs: since the opening, or the last opening again."""
        first = next(iter(self.moves_since_begun), None)
        return first.on if first is not None and self.procedure.steps[first.step].after else self.opened_on

    @property
    def last_day(self) -> date:
        """The day of the last move; nothing may be done before it."""
        return self.moves[-1].on if self.moves else self.opened_on

    @property
    def posted_on(self) -> date | None:
        """When the notice of this step was posted; the last time, if it had to be posted again."""
        for move in reversed(self.moves):
            if move.outcome != POSTED:
                return None
            return move.on
        return None

    @property
    def publicity_ends_on(self) -> date | None:
        """The last whole day the notice must hang. The day it is put up is not a whole one."""
        publicity = self.step.publishes if self.step else None
        if publicity is None or self.posted_on is None:
            return None
        return self.calendar.after(self.posted_on, publicity.days)

    # Clocks

    @property
    def due_on(self) -> date | None:
        """The last day for this step: its own limit, never earlier than it can be taken at all; None without one."""
        step = self.step
        if step is None:
            return None
        limits = []
        if step.within_days is not None:
            start = self.entered_on
            if step.waits is not None:
                start = max(start, self.wait_ends_on(step.waits))
            limits.append(self.calendar.after(start, step.within_days, step.counting))
        if (ends := self.publicity_ends_on) is not None:
            limits.append(self.calendar.after(ends, 1, step.counting))
        return max(limits, default=None)

    @property
    def whole_due_on(self) -> date | None:
        """The last day for the whole, the declared or the agreed one, whichever is earlier; None without one.

        A case that is opened again has as many days again.
        """
        if self.step is None:
            return None
        limits = []
        if (limit := self.procedure.whole_within_days) is not None:
            limits.append(self.calendar.after(self.begun_on, limit, self.procedure.counting))
        if self.whole_by is not None:
            limits.append(self.begun_on + (self.whole_by - self.opened_on))
        return min(limits, default=None)

    def days_overdue(self, on: date) -> int:
        """By how many days (calendar or working, as declared) the step or the whole is late; 0 if it is not."""
        return max(self._step_overdue(on), self._whole_overdue(on))

    def _step_overdue(self, on: date) -> int:
        if self.step is None or self.due_on is None:
            return 0
        return self.calendar.between(self.due_on, on, self.step.counting)

    def _whole_overdue(self, on: date) -> int:
        if self.whole_due_on is None:
            return 0
        return self.calendar.between(self.whole_due_on, on, self.procedure.counting)

    def escalated_to(self, on: date) -> str | None:
        """The role an overdue step, or the whole, has risen to; None while neither has.

        Where both have, the whole's says it: what is promised in all weighs more than one step.
        """
        if self.step is None:
            return None
        if not self.procedure.escalates:
            return self._risen(self.step.escalates, self.days_overdue(on))
        whole = self._risen(self.procedure.escalates, self._whole_overdue(on))
        return whole or self._risen(self.step.escalates, self._step_overdue(on))

    def _risen(self, escalations: Sequence[Escalation], late: int) -> str | None:
        """The last role that something so many days late has risen to."""
        risen = (self._rises_to(rise) for rise in reversed(escalations) if late > rise.after_days)
        return next((role for role in risen if role), None)

    def _rises_to(self, rise: Escalation) -> str:
        """The role of an escalation in this case; above the nation there is nobody."""
        below = self.owner if rise.above == OWNER else self._last_taker(rise.above)
        if below not in LEVELS:
            return rise.to
        return LEVELS[min(LEVELS.index(below) + rise.levels, len(LEVELS) - 1)]

    def _last_taker(self, step: str) -> str:
        """The role that last took a step; "" while nobody has."""
        return next((move.role for move in reversed(self.moves) if move.step == step), "")

    def wait_ends_on(self, wait: Wait) -> date:
        """The first day after a declared wait."""
        counted_from = self._waits_since(wait)
        since = counted_from.on if counted_from else self.begun_on
        return self.calendar.after(_months_after(since, wait.months), wait.days)

    def _waits_since(self, wait: Wait) -> Move | None:
        """The move that a wait is counted from; None: from the opening, as the step it names was not taken."""
        taken = (move for move in reversed(self.moves_since_begun) if move.outcome != POSTED)
        return next((move for move in taken if move.step == wait.since), None)

    # Moving

    def choices(self, role: str, person: str, on: date, shown: Collection[str] = ()) -> list[Choice]:
        """Every move declared for where the case stands, with what stands in its way for this officer on this day."""
        found = []
        for step, outcome in self._declared():
            move = Move(step.id, outcome, person, role, on, frozenset(shown))
            found.append(
                Choice(
                    step=step,
                    outcome=outcome,
                    leads_to=step.id if outcome == POSTED else step.leads_to[outcome],
                    not_before=self._not_before(step, outcome),
                    missing=self._missing(move),
                    hindrance=self._hindrance(move),
                )
            )
        return found

    def take(self, move: Move) -> "Run":
        """The run after a move.

        Raises:
            NotAllowed: the move is not declared, or not yet, or not by this officer, or something is missing.
        """
        if hindrance := self._hindrance(move):
            raise NotAllowed(hindrance, self.procedure)
        return replace(self, moves=(*self.moves, move))

    def _declared(self) -> Iterator[tuple[Step, str]]:
        now = self.step
        for step in self.procedure.steps.values():
            if step is now and step.publishes is not None:
                yield step, POSTED
            if step is now or (now and step.at_any_time) or self.outcome in step.after:
                for outcome in step.leads_to:
                    yield step, outcome

    def _hindrance(self, move: Move) -> Hindrance | None:
        """Why a move may not be made; None if it may."""
        step = self.procedure.steps.get(move.step)
        if step is None:
            return _hindrance("unknown_step", step=move.step, steps=self.procedure.steps)
        if (step, move.outcome) not in list(self._declared()):
            return self._why_not_declared(step, move.outcome)
        if move.role not in (takers := self.takers(step)):
            return _hindrance("wrong_role", step=step.id, roles=takers, role=move.role)
        if (conflict := self._conflict(step, move)) is not None:
            return conflict
        if move.on < self.last_day:
            return _hindrance("before_entry", {"on": move.on, "since": self.last_day})
        not_before = self._not_before(step, move.outcome)
        if not_before is None:
            return _hindrance("not_posted", {"days": _days_of(step)}, outcome=move.outcome)
        if move.on < not_before:
            return self._too_early(step, move, not_before)
        if missing := self._missing(move):
            return _hindrance("missing", outcome=move.outcome, needs=missing)
        return None

    def _why_not_declared(self, step: Step, outcome: str) -> Hindrance:
        if self.step is None and not step.after:
            return _hindrance("after_the_end", at=self.at)
        if step is not self.step and step.in_order:
            return _hindrance("out_of_turn", at=self.at, step=step.id)
        if step.after and self.outcome not in step.after:
            return _hindrance("not_ended_so", at=self.at, step=step.id, ended=sorted(step.after))
        if outcome == POSTED:
            return _hindrance("publishes_nothing", step=step.id)
        return _hindrance("unknown_outcome", step=step.id, outcome=outcome, outcomes=step.leads_to)

    def _conflict(self, step: Step, move: Move) -> Hindrance | None:
        """What the same person did before that bars this move: what the step verifies, or anything in another role."""
        own = [earlier for earlier in self.moves_since_begun if earlier.person == move.person]
        verified = next((earlier for earlier in own if earlier.step in step.verifies), None)
        otherwise = next((earlier for earlier in own if earlier.role != move.role), None)
        if (earlier := verified or otherwise) is None:
            return None
        told = {"step": step.id, "earlier": earlier.step, "earlier_role": earlier.role}
        return _hindrance("same_person" if verified else "two_roles", {"person": move.person}, **told)

    def _not_before(self, step: Step, outcome: str) -> date | None:
        """The first day for an outcome; None if a notice must be posted before."""
        first = self.last_day
        if outcome == POSTED:
            return first
        if step.waits is not None and step is self.step:
            first = max(first, self.wait_ends_on(step.waits))
        if step.publishes is not None and step is self.step:
            if self.publicity_ends_on is None:
                return None
            if outcome not in step.publishes.cut_short_by:
                first = max(first, self.publicity_ends_on + ONE_DAY)
        return first

    def _too_early(self, step: Step, move: Move, not_before: date) -> Hindrance:
        told = {"not_before": not_before, "on": move.on}
        ends, posted = self.publicity_ends_on, self.posted_on
        hangs = step.publishes is not None and move.outcome not in step.publishes.cut_short_by
        if hangs and ends is not None and posted is not None and not_before == ends + ONE_DAY:
            told |= {"posted": posted, "ends": ends}
            return _hindrance("on_the_board", {**told, "days": _days_of(step)}, outcome=move.outcome)
        since = self._waits_since(step.waits) if step.waits else None
        return _hindrance("waiting", told, step=step.id, since_step=since.step if since else "")

    def _missing(self, move: Move) -> tuple[str, ...]:
        if move.outcome == POSTED:
            return ()
        needed = self.procedure.steps[move.step].needed_for(move.outcome)
        return tuple(need for need in needed if need not in move.shown)


def _months_after(day: date, count: int) -> date:
    """The same day number so many months later, or the last day of a shorter month."""
    year, month = divmod(day.month - 1 + count, 12)
    year, month = day.year + year, month + 1
    return date(year, month, min(day.day, months.monthrange(year, month)[1]))


def _days_of(step: Step) -> int:
    return step.publishes.days if step.publishes else 0


def _hindrance(
    kind: str, values: Mapping[str, date | int | str] | None = None, **names: str | Iterable[str]
) -> Hindrance:
    listed = {key: (name,) if isinstance(name, str) else tuple(name) for key, name in names.items()}
    return Hindrance(kind, listed, values or {})
