"""What can be done in a case now, by this office: each declared move, what it will ask, and what stands in its way."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from firmground.cases import declared, forms, needs
from firmground.cases.actions import said
from firmground.cases.models import Case
from firmground.cases.needs import FILED, REASON, Showing
from firmground.cases.wording import language, title
from firmground.engines.declarations import in_language
from firmground.engines.procedures.declared import Step
from firmground.engines.procedures.hindrance import Hindrance
from firmground.engines.procedures.run import POSTED, Choice, NotAllowed, Run
from firmground.engines.procedures.run import Move as Made
from firmground.engines.standards.explain import Explanation, explain_subject
from firmground.officers.models import Office
from firmground.registry.declared import catalogue


@dataclass(frozen=True)
class Gate:
    """Something that the registers or other rooms know, and that must be so.

    Attributes:
        explained: for a standard, its verdict with the numbers.
    """

    title: str
    shown: bool
    explained: Explanation | None = None


@dataclass(frozen=True)
class Possible:
    """A declared move.

    Attributes:
        hindrance: why it cannot be made now, as data; `why_not` in words, "" if it can.
        gates: what must be so; asks: what the officer will be asked for, by the names of the needs.
    """

    step: Step
    outcome: str
    title: str
    leads_to: str
    hindrance: Hindrance | None
    why_not: str
    gates: Sequence[Gate]
    asks: Sequence[tuple[str, str]]

    @property
    def allowed(self) -> bool:
        return self.hindrance is None

    @property
    def posts(self) -> bool:
        return self.outcome == POSTED

    @property
    def mine(self) -> bool:
        """Whether it is this office's to make, perhaps not yet."""
        return self.hindrance is None or self.hindrance.kind != "wrong_role"

    @property
    def at_once(self) -> bool:
        """Whether it can be decided in several cases at once: nothing but a reason and ticks is asked."""
        asked = (need for need, _ in self.asks)
        return not self.posts and not self.gates and all(n == REASON or needs.is_attested(n) for n in asked)


def moves(case: Case, run: Run, office: Office, on: date, showing: Showing | None = None) -> list[Possible]:
    """Every move that the procedure declares for where a case stands.

    Args:
        showing: one that has read the household already.
    """
    showing = showing or Showing(case, "", on)
    showing.by = office
    choices = [choice for choice in _choices(run, office, on) if office.role in run.takers(choice.step)]
    known = {need for choice in choices for need in _needed(choice) if not is_asked(need)}
    shown = {need for need in known if showing.shows(need)}
    return [_possible(choice, run, showing, shown, office) for choice in _choices(run, office, on, shown)]


def plain_moves(run: Run, office: Office, on: date, names: Mapping[str, str]) -> list[Possible]:
    """The same without a look at the registers: moves with gates count as not possible.

    Args:
        names: of those who took steps in the case, as the run knows them.
    """
    return [_possible(choice, run, None, (), office, names) for choice in _choices(run, office, on)]


def _choices(run: Run, office: Office, on: date, shown: Collection[str] = ()) -> list[Choice]:
    """What the run says, as if the officer brought everything that a step's page asks for."""
    steps = run.procedure.steps.values()
    brought = {n for step in steps for outcome in step.leads_to for n in step.needed_for(outcome) if is_asked(n)}
    return run.choices(office.role, declared.person(office.officer_id), on, brought | set(shown))


def one(found: Collection[Possible], step: str, outcome: str) -> Possible | None:
    """The move of that step with that outcome."""
    return next((each for each in found if each.step.id == step and each.outcome == outcome), None)


def why_not_declared(run: Run, step: str, outcome: str, office: Office, on: date) -> str:
    """Why a move that is not declared for where the case stands cannot be made."""
    try:
        run.take(Made(step, outcome, declared.person(office.officer_id), office.role, on))
    except NotAllowed as refused:
        return said(refused.hindrance, run.procedure)
    return ""


def ways(office: Office, about: str) -> list[tuple[str, str]]:
    """The procedures about such a subject that this office may open, and through which channels."""
    found = []
    for name, procedure in declared.in_force().procedures.items():
        if procedure.about != about:
            continue
        for channel, roles in procedure.opened_by.items():
            if office.role in roles:
                word = procedure.word(channel, language())
                found.append((f"{name}/{channel}", f"{title(procedure)} – {word}"))
    return sorted(found, key=lambda way: way[1])


def is_asked(need: str) -> bool:
    """Whether a need is shown by the officer on the step's page: a form, a tick, a file, a reason."""
    return need.startswith("form:") or need in FILED or need == REASON or needs.is_attested(need)


def word_of(run: Run, need: str) -> str:
    """What a need is called: a form by its title, a standard by its title."""
    kind, _, name = need.rpartition(":")
    if kind == "form":
        return in_language(forms.declared(name).title, language())
    if kind == "holds" and name in catalogue().standards:
        return in_language(catalogue().standards[name].title, language())
    return run.procedure.word(need, language())


def _possible(
    choice: Choice,
    run: Run,
    showing: Showing | None,
    shown: Collection[str],
    office: Office,
    names: Mapping[str, str] | None = None,
) -> Possible:
    word, needed = run.procedure.word, _needed(choice)
    mine = office.role in run.takers(choice.step)
    return Possible(
        step=choice.step,
        outcome=choice.outcome,
        title=word(choice.outcome, language()),
        leads_to=word(choice.leads_to, language()),
        hindrance=choice.hindrance,
        why_not=said(choice.hindrance, run.procedure, names) if choice.hindrance else "",
        gates=[_gate(need, run, showing, need in shown) for need in needed if mine and not is_asked(need)],
        asks=[(need, word_of(run, need)) for need in needed if is_asked(need)],
    )


def _gate(need: str, run: Run, showing: Showing | None, shown: bool) -> Gate:
    kind, _, name = need.rpartition(":")
    explained = None
    if kind == "holds" and showing is not None and showing.subject is not None and name in catalogue().standards:
        standards = [catalogue().standards[name]]
        (explained,) = explain_subject(catalogue(), showing.subject, showing.on, language(), standards)
    return Gate(word_of(run, need), shown, explained)


def _needed(choice: Choice) -> tuple[str, ...]:
    return () if choice.outcome == POSTED else choice.step.needed_for(choice.outcome)
