"""What makes a declared procedure impossible: steps nobody can reach or leave, limits nobody can keep."""

from collections.abc import Collection, Iterable
from datetime import date

from firmground.engines.declarations import Refused
from firmground.engines.procedures.calendar import Calendar
from firmground.engines.procedures.declared import Procedure, Step
from firmground.engines.procedures.run import POSTED

DAYS_IN_A_MONTH = 28
"""The fewest: a limit is refused only when it cannot be kept in any month."""


def prove(procedure: Procedure, notices: Collection[str] | None, refusals: list[Refused]) -> None:
    """Refuse a procedure that could not be carried out. `notices` are the declared kinds; None: not known."""
    proof = _Proof(procedure, notices, refusals)
    before = len(refusals)
    for step in procedure.steps.values():
        proof.names_in(step)
    proof.outcomes()
    if len(refusals) == before:  # ways are looked for only where every name leads somewhere
        proof.ways()
        proof.limits()


class _Proof:
    def __init__(self, procedure: Procedure, notices: Collection[str] | None, refusals: list[Refused]) -> None:
        self.procedure, self.notices, self.refusals = procedure, notices, refusals
        self.in_order = [step for step in procedure.steps.values() if step.in_order]

    def refuse(self, key: str, message: str) -> None:
        self.refusals.append(Refused(f"procedures/{self.procedure.id}.toml", key, message))

    def known(self, key: str, names: Iterable[str], among: Collection[str], what: str) -> None:
        for name in names:
            if name not in among:
                self.refuse(key, f"'{name}' is not {what}; there are {', '.join(sorted(among)) or 'none'}")

    def names_in(self, step: Step) -> None:
        """Every name a step uses is declared somewhere."""
        key = f"step {step.id}"
        steps = self.procedure.steps
        targets = [s.id for s in self.in_order] + list(self.procedure.outcomes)
        self.known(f"{key}.leads_to", step.leads_to.values(), targets, "a step that has its turn, or an outcome")
        self.known(f"{key}.needs_for", step.needs_for, step.leads_to, "an outcome of this step")
        self.known(f"{key}.then", step.then, step.leads_to, "an outcome of this step")
        self.known(f"{key}.verifies", step.verifies, [name for name in steps if name != step.id], "another step")
        self.known(f"{key}.after", step.after, self.procedure.outcomes, "an outcome of the procedure")
        if POSTED in step.leads_to:
            self.refuse(f"{key}.leads_to", f"'{POSTED}' is what posting a notice is called; choose another word")
        if step.id in self.procedure.outcomes:
            self.refuse(key, "is an outcome, too; a step and an outcome need different names")
        if step.waits and step.waits.since:
            self.known(f"{key}.waits.since", [step.waits.since], steps, "a step")
        if step.at_any_time and step.after:
            self.refuse(key, "is both at_any_time and after an outcome; make two steps of it")
        if not step.in_order and (step.publishes or step.waits):
            self.refuse(key, "comes from outside, so it can neither publish nor wait; let it lead to a step that does")
        if step.publishes:
            self.known(f"{key}.publishes.cut_short_by", step.publishes.cut_short_by, step.leads_to, "an outcome here")
            if self.notices is not None:
                self.known(f"{key}.publishes.notice", [step.publishes.notice], self.notices, "a kind of notice")
        rises = [rise.after_days for rise in step.escalates]
        if rises != sorted(set(rises)):
            self.refuse(f"{key}.escalates", "the days must rise from one escalation to the next")
        if step.escalates and step.within_days is None and self.procedure.whole_within_days is None:
            self.refuse(f"{key}.escalates", "nothing is ever overdue here; write within_days")

    def outcomes(self) -> None:
        """Every outcome can come about."""
        named = {target for step in self.procedure.steps.values() for target in step.leads_to.values()}
        for outcome in self.procedure.outcomes:
            if outcome not in named:
                self.refuse("outcomes", f"no step leads to '{outcome}'")

    def ways(self) -> None:
        """Every step can be reached, and left for an outcome."""
        first = self.procedure.first.id
        outside = [target for s in self.procedure.steps.values() if not s.in_order for target in s.leads_to.values()]
        reached = self._reached([first, *outside])
        for step in self.in_order:
            if step.id not in reached:
                self.refuse(f"step {step.id}", "no step leads here")
            elif not self._reached([step.id]) & set(self.procedure.outcomes):
                self.refuse(f"step {step.id}", "no way from here leads to an outcome")

    def limits(self) -> None:
        """The time for the whole is enough for the notices and the waits on the shortest way."""
        limit = self.procedure.whole_within_days
        if limit is None:
            return
        start = date(2020, 1, 1)
        days = (Calendar().after(start, limit, self.procedure.counting) - start).days
        reached = self._earliest()
        ends = [reached[outcome] for outcome in self.procedure.outcomes if outcome in reached]
        last = max(ends, default=0)
        if last > days:
            late = next(outcome for outcome in self.procedure.outcomes if reached.get(outcome, 0) == last)
            self.refuse(
                "whole_within_days",
                f"{limit} days are not enough: with its notices and waits '{late}' takes at least {last}",
            )

    def _earliest(self) -> dict[str, int]:
        """After how many days each step and outcome can be reached, at the least."""
        earliest = {self.procedure.first.id: 0}
        for _ in range(len(self.procedure.steps) + 1):
            for step in self.in_order:
                if step.id in earliest:
                    for outcome, target in step.leads_to.items():
                        at = self._left(step, outcome, earliest)
                        earliest[target] = min(earliest.get(target, at), at)
        return earliest

    def _left(self, step: Step, outcome: str, earliest: dict[str, int]) -> int:
        at = earliest[step.id]
        if step.waits:
            since = earliest.get(step.waits.since, 0)
            at = max(at, since + step.waits.months * DAYS_IN_A_MONTH + step.waits.days)
        if step.publishes and outcome not in step.publishes.cut_short_by:
            at += step.publishes.days + 1
        return at

    def _reached(self, start: Iterable[str]) -> set[str]:
        """The steps and outcomes that some way leads to."""
        found: set[str] = set()
        waiting = list(start)
        while waiting:
            name = waiting.pop()
            if name not in found:
                found.add(name)
                if name in self.procedure.steps:
                    waiting += self.procedure.steps[name].leads_to.values()
        return found
