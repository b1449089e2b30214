"""What makes a declared procedure impossible: names that lead nowhere, steps nobody can reach or leave, limits nobody
can keep."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from firmground.engines.declarations import IDENTIFIER, Refused
from firmground.engines.procedures.calendar import Calendar
from firmground.engines.procedures.declared import LEVELS, OWNER, Escalation, Procedure, Step
from firmground.engines.procedures.forms import Form
from firmground.engines.procedures.run import POSTED

DAYS_IN_A_MONTH = 28
"""The fewest: a limit is refused only when it cannot be kept in any month."""
PLACES = ("village", "county")
A_WEEK = [date(2020, 1, 6) + timedelta(days=n) for n in range(7)]


@dataclass(frozen=True)
class Others:
    """The names of what else the folder declares; None where it declares nothing of the kind, and any name will do."""

    procedures: frozenset[str] | None = None
    notices: frozenset[str] | None = None
    forms: frozenset[str] | None = None
    standards: frozenset[str] | None = None


def prove(procedure: Procedure, others: Others, refusals: list[Refused]) -> None:
    """Refuse a procedure that could not be carried out."""
    proof = _Proof(procedure, others, refusals)
    before = len(refusals)
    for step in procedure.steps.values():
        proof.names_in(step)
        proof.days_of(step)
    if len(refusals) == before:  # ways are looked for only where every name leads somewhere
        proof.ways()
        proof.limit()
    proof.whole_rises()
    proof.owner()


class _Proof:
    def __init__(self, procedure: Procedure, others: Others, refusals: list[Refused]) -> None:
        self.procedure, self.others, self.refusals = procedure, others, refusals
        self.in_order = [step for step in procedure.steps.values() if step.in_order]
        self.needs = {need for step in procedure.steps.values() for o in step.leads_to for need in step.needed_for(o)}

    def refuse(self, key: str, message: str) -> None:
        self.refusals.append(Refused(f"procedures/{self.procedure.id}.toml", key, message))

    def known(self, key: str, names: Iterable[str], among: Collection[str] | None, what: str) -> None:
        for name in names:
            if among is not None and name not in among:
                self.refuse(key, f"'{name}' is not {what}; there are {', '.join(sorted(among)) or 'none'}")

    def names_in(self, step: Step) -> None:
        """Every name a step uses is declared somewhere, and stands for one thing."""
        key = f"step {step.id}"
        steps, outcomes = self.procedure.steps, self.procedure.outcomes
        targets = [*(each.id for each in self.in_order), *outcomes]
        self.known(f"{key}.leads_to", step.leads_to.values(), targets, "a step that has its turn, or an outcome")
        self.known(f"{key}.needs_for", step.needs_for, step.leads_to, "an outcome of this step")
        self.known(f"{key}.then", step.then, step.leads_to, "an outcome of this step")
        self.known(f"{key}.verifies", step.verifies, [name for name in steps if name != step.id], "another step")
        self.known(f"{key}.after", step.after, outcomes, "an outcome of the procedure")
        if POSTED in step.leads_to:
            self.refuse(f"{key}.leads_to", f"'{POSTED}' is what posting a notice is called; choose another word")
        if step.id in outcomes:
            self.refuse(key, "is an outcome, too; a step and an outcome need different names")
        if step.waits and step.waits.since:
            self.known(f"{key}.waits.since", [step.waits.since], steps, "a step")
        if step.publishes:
            self.known(f"{key}.publishes.notice", [step.publishes.notice], self.others.notices, "a kind of notice")
            self.known(f"{key}.publishes.cut_short_by", step.publishes.cut_short_by, step.leads_to, "an outcome here")
        self.needs_in(f"{key}.needs", step.needs)
        for outcome, needs in step.needs_for.items():
            self.needs_in(f"{key}.needs_for.{outcome}", needs)
        for outcome, then in step.then.items():
            if then.opens:
                self.known(f"{key}.then.{outcome}.opens", [then.opens], self.others.procedures, "a procedure here")
            for kind, sources in (("sets", then.sets), ("lists", then.lists)):
                for name, source in sources.items():
                    self.source(f"{key}.then.{outcome}.{kind}.{name}", source)
            if then.delists:
                self.delists(f"{key}.then.{outcome}.delists", then.delists)

    def needs_in(self, key: str, needs: Iterable[str]) -> None:
        """The forms and standards that a step needs are declared."""
        for need in needs:
            kind, _, name = need.rpartition(":")
            if kind == "form":
                self.known(key, [name], self.others.forms, "a form of forms/")
            elif kind == "holds":
                self.known(key, [name], self.others.standards, "a standard of standards/")

    def delists(self, key: str, source: str) -> None:
        """Only a place is listed, and no place is delisted without an act."""
        if self.procedure.about not in PLACES:
            self.refuse(key, f"the procedure is about '{self.procedure.about}'; only {' or '.join(PLACES)} is listed")
        if "." not in source:
            self.refuse(key, f"'{source}' is no answer; name the one that tells the act, as \"form.field\"")
        self.source(key, source)

    def source(self, key: str, source: str) -> None:
        """An answer is taken from a form that some step here needs."""
        form, dot, answer = source.partition(".")
        is_an_answer = dot and IDENTIFIER.fullmatch(form) and IDENTIFIER.fullmatch(answer)
        if is_an_answer and f"form:{form}" not in self.needs:
            self.refuse(key, f"no step here needs 'form:{form}', so there is no answer '{source}'")

    def days_of(self, step: Step) -> None:
        """The days of a step mean something."""
        key = f"step {step.id}"
        if step.at_any_time and step.after:
            self.refuse(key, "is both at_any_time and after an outcome; make two steps of it")
        if not step.in_order and (step.publishes or step.waits or step.within_days or step.escalates):
            said = "comes from outside, so it cannot publish, wait or be due; let it lead to a step that does"
            self.refuse(key, said)
            return
        if step.publishes and step.publishes.cut_short_by >= step.leads_to.keys():
            self.refuse(f"{key}.publishes.cut_short_by", "names every outcome, so nothing would wait for the last day")
        self.rises(f"{key}.escalates", step.escalates)
        whole = None if self.procedure.escalates else self.procedure.whole_within_days  # which then rises by itself
        never_due = step.within_days is None and step.publishes is None and whole is None
        if step.escalates and never_due:
            self.refuse(f"{key}.escalates", "nothing is ever overdue here; write within_days")

    def rises(self, key: str, escalates: Collection[Escalation]) -> None:
        days = [rise.after_days for rise in escalates]
        if days != sorted(set(days)):
            self.refuse(key, "the days must rise from one escalation to the next")
        for rise in escalates:
            self.rises_above(key, rise)

    def rises_above(self, key: str, rise: Escalation) -> None:
        """What rises above somebody always finds somebody: each of them has a level, or `to` says who else it is."""
        steps = self.procedure.steps
        if rise.above and rise.above != OWNER and rise.above not in steps:
            self.refuse(key, f"'{rise.above}' is no step; there are {', '.join((OWNER, *steps))}")
        elif rise.above and not rise.to:
            owners = {then.assigns for step in steps.values() for then in step.then.values() if then.assigns}
            of = {OWNER} if rise.above == OWNER else set(steps[rise.above].by)
            if beside := sorted((of | owners if OWNER in of else of) - {OWNER, *LEVELS}):
                self.refuse(key, f"nobody stands above {', '.join(beside)}; say with `to` who it rises to instead")

    def whole_rises(self) -> None:
        """The whole's escalations rise. A last day may be agreed for a case, so that none has to be declared."""
        self.rises("escalates", self.procedure.escalates)

    def owner(self) -> None:
        """Cases are assigned to somebody where steps are the owner's, and somebody else is left to verify those."""
        steps = self.procedure.steps
        owners = {then.assigns: step.id for step in steps.values() for then in step.then.values() if then.assigns}
        theirs = {step.id for step in steps.values() if OWNER in step.by}
        for name in sorted(theirs) if not owners else ():
            self.refuse(f"step {name}.by", "no step says whom a case is assigned to; write then.<outcome>.assigns")
        for owner, name in owners.items():
            if owner == OWNER:
                self.refuse(f"step {name}.then", f"assigns to '{OWNER}'; name the role")
            for step in steps.values():
                if step.verifies & theirs and {*step.by} <= {owner, OWNER}:
                    self.refuse(f"step {step.id}.by", f"nobody is left to verify what '{owner}' did; name another role")

    def ways(self) -> None:
        """Every step and outcome can be reached, and every step left for an outcome."""
        steps, outcomes = self.procedure.steps, self.procedure.outcomes
        at_any_time = [target for step in steps.values() if step.at_any_time for target in step.leads_to.values()]
        reached = self._reached([self.procedure.first.id, *at_any_time], again=True)
        for step in self.in_order:
            if step.id not in reached:
                self.refuse(f"step {step.id}", "no step leads here")
            elif not self._reached([step.id], again=False) & set(outcomes):
                self.refuse(f"step {step.id}", "no way from here leads to an outcome")
        for outcome in outcomes:
            if outcome not in reached:
                self.refuse("outcomes", f"no step leads to '{outcome}'")

    def limit(self) -> None:
        """The time for the whole is enough for the notices and the waits on the shortest way to each outcome."""
        limit = self.procedure.whole_within_days
        if limit is None:
            return
        days = max((Calendar().after(day, limit, self.procedure.counting) - day).days for day in A_WEEK)
        earliest = self._earliest()
        for outcome in self.procedure.outcomes:
            if earliest.get(outcome, 0) > days:
                said = f"{limit} days are not enough: with its notices and waits '{outcome}' takes at least "
                self.refuse("whole_within_days", said + f"{earliest[outcome]}")

    def _earliest(self) -> dict[str, int]:
        """After how many days each step and outcome can be reached, at the least."""
        earliest = {self.procedure.first.id: 0}
        for _ in self.procedure.steps:
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

    def _reached(self, start: Iterable[str], again: bool) -> set[str]:
        """The steps and outcomes that some way leads to, by the steps that open an ended case `again`, too."""
        found: set[str] = set()
        waiting = list(start)
        while waiting:
            name = waiting.pop()
            if name not in found:
                found.add(name)
                for step in self.procedure.steps.values():
                    if step.id == name or (again and name in step.after):
                        waiting += step.leads_to.values()
        return found


def prove_forms(forms: Mapping[str, Form], procedures: Collection[Procedure]) -> list[Refused]:
    """What procedures take from forms is asked there; what forms require are outcomes of steps that need them."""
    refusals = []
    for procedure in procedures:
        for step in procedure.steps.values():
            for outcome, then in step.then.items():
                delists = {"delists": then.delists} if then.delists else {}
                for fact, source in {**then.sets, **then.lists, **delists}.items():
                    name, _, question = source.rpartition(".")
                    asked = [field.name for field in forms[name].fields] if name in forms else [question]
                    if question not in asked:
                        key = f"step {step.id}.then.{outcome}.{fact}"
                        said = f"the form '{name}' does not ask '{question}'; it asks {', '.join(asked)}"
                        refusals.append(Refused(f"procedures/{procedure.id}.toml", key, said))
    for form in forms.values():
        outcomes = _outcomes_asking(form, procedures)
        for field in form.fields:
            for outcome in sorted(field.required_for - outcomes) if outcomes else ():
                known = ", ".join(sorted(outcomes))
                said = f"'{outcome}' is no outcome of a step that needs this form; there are {known}"
                refusals.append(Refused(f"forms/{form.id}.toml", f"field {field.name}.required_for", said))
    return refusals


def _outcomes_asking(form: Form, procedures: Collection[Procedure]) -> set[str]:
    """The outcomes of steps that need a form."""
    return {
        outcome
        for procedure in procedures
        for step in procedure.steps.values()
        for outcome in step.leads_to
        if f"form:{form.id}" in step.needed_for(outcome)
    }
