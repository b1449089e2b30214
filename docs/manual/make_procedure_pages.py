"""Writes the second half of procedures.md, the declared procedures, from the catalogue itself.

python docs/manual/make_procedure_pages.py
"""

from collections.abc import Iterator
from pathlib import Path

from firmground.common.files import write_whole
from firmground.engines.declarations import in_language
from firmground.engines.procedures.declared import (
    OWNER,
    CheckedProcedures,
    Escalation,
    Procedure,
    Step,
    load_procedures,
)
from firmground.engines.procedures.drawn import diagram, limits
from firmground.engines.procedures.rehearsal import Forbidden, forbidden_moves

HERE = Path(__file__).parent
CATALOGUE = HERE.parents[1] / "catalogue" / "china_2020"
PAGE = HERE / "procedures.md"
MADE_FROM_HERE = "<!-- Made by make_procedure_pages.py from catalogue/china_2020; do not edit below. -->"
# The kinds of forbidden move that differ from step to step; of the others one row a procedure tells enough.
TOLD_FOR_EACH_STEP = {"wrong_role", "not_posted", "on_the_board", "waiting", "missing", "same_person"}


def page(checked: CheckedProcedures, written_by_hand: str) -> str:
    """The whole page: what stands above the mark, and what is made."""
    above = written_by_hand.partition(MADE_FROM_HERE)[0]
    return above + "\n".join([MADE_FROM_HERE, *_lines(checked)]) + "\n"


def _lines(checked: CheckedProcedures) -> Iterator[str]:
    for procedure in checked.procedures.values():
        yield from _procedure(procedure)
        yield from _forbidden(procedure, list(forbidden_moves(procedure, checked.calendar)))


def _procedure(procedure: Procedure) -> Iterator[str]:
    yield ""
    yield f"## {procedure.title['en']} · {procedure.title['zh']}"
    yield ""
    whole = procedure.whole_within_days
    kind = "working days" if procedure.counting == "working" else "days"
    yield f"`{procedure.id}` · about a {procedure.about}" + (f" · the whole within {whole} {kind}" if whole else "")
    yield ""
    yield f"* Law: {in_language(procedure.law, 'en')}"
    if procedure.why:
        yield f"* Why: {in_language(procedure.why, 'en')}"
    for channel, roles in procedure.opened_by.items():
        yield f"* Opened by {procedure.word(channel, 'en')}: {_words(procedure, roles)}"
    for rise in procedure.escalates:
        yield f"* The whole rises to {_risen_to(procedure, rise)} when late by more than {_counted(rise.after_days)}"
    yield ""
    yield "```mermaid"
    yield diagram(procedure).rstrip()
    yield "```"
    yield ""
    yield "| step | who | by when | what must be shown | not by whoever took | leads to |"
    yield "|---|---|---|---|---|---|"
    for step in procedure.steps.values():
        cells = [
            f"{procedure.word(step.id, 'en')} · {procedure.word(step.id, 'zh')}",
            _words(procedure, step.by),
            "; ".join(_days(procedure, step)),
            "; ".join(_needs(procedure, step)),
            _words(procedure, [name for name in procedure.steps if name in step.verifies]),
            "; ".join(_ways(procedure, step)),
        ]
        yield f"| {' | '.join(cells)} |"


def _days(procedure: Procedure, step: Step) -> Iterator[str]:
    if step.at_any_time:
        yield "at any time"
    if step.after:
        yield f"after {_words(procedure, sorted(step.after))}"
    yield from limits(procedure, step)
    if step.publishes and step.publishes.cut_short_by:
        yield f"cut short by {_words(procedure, sorted(step.publishes.cut_short_by))}"
    for rise in step.escalates:
        yield f"rises to {_risen_to(procedure, rise)} when late by more than {rise.after_days}"
    if step.law:
        yield in_language(step.law, "en")
    if not step.confirmed:
        yield "*not confirmed*"


def _risen_to(procedure: Procedure, rise: Escalation) -> str:
    to = procedure.word(rise.to, "en") if rise.to else ""
    if not rise.above:
        return to
    whom = procedure.word(rise.above, "en") if rise.above == OWNER else f"who took *{procedure.word(rise.above, 'en')}*"
    levels = "one level" if rise.levels == 1 else f"{rise.levels} levels"
    return f"{levels} above {whom}" + (f" (of no level: to {to})" if to else "")


def _counted(days: int) -> str:
    return f"{days} day" if days == 1 else f"{days} days"


def _needs(procedure: Procedure, step: Step) -> Iterator[str]:
    if step.needs:
        yield _words(procedure, step.needs)
    for outcome, needs in step.needs_for.items():
        yield f"for *{procedure.word(outcome, 'en')}*: {_words(procedure, needs)}"


def _ways(procedure: Procedure, step: Step) -> Iterator[str]:
    for outcome, target in step.leads_to.items():
        yield f"*{procedure.word(outcome, 'en')}* → {procedure.word(target, 'en')}"
        then = step.then.get(outcome)
        if then and then.opens:
            yield f"and opens `{then.opens}`"
        if then and then.assigns:
            yield f"and assigns it to {procedure.word(then.assigns, 'en')}"


def _forbidden(procedure: Procedure, tried: list[Forbidden]) -> Iterator[str]:
    yield ""
    yield f"Forbidden, and what is said ({len(tried)} were tried):"
    yield ""
    yield "| where the case stands | tried | refused |"
    yield "|---|---|---|"
    told: set[tuple[str, str]] = set()
    for forbidden in tried:
        kind = forbidden.hindrance.kind
        key = (kind, forbidden.at if kind in TOLD_FOR_EACH_STEP else "")
        if key not in told:
            told.add(key)
            move, says = forbidden.move, forbidden.hindrance.says
            who = f"{move.person}, {procedure.word(move.role, 'en')}, on {move.on}"
            what = f"*{procedure.word(move.outcome, 'en')}*"
            if move.step != forbidden.at:
                what += f" of {procedure.word(move.step, 'en')}"
            yield (
                f"| {procedure.word(forbidden.at, 'en')} | {who}: {what} "
                f"| {says(procedure, 'en')}<br/>{says(procedure, 'zh')} |"
            )


def _words(procedure: Procedure, names: list[str] | tuple[str, ...]) -> str:
    return ", ".join(procedure.word(name, "en") for name in names)


if __name__ == "__main__":
    write_whole(PAGE, page(load_procedures(CATALOGUE), PAGE.read_text(encoding="utf-8")))
