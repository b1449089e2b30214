"""The file of a case: whom it is about, why, where it stands, what was done, and what can be done now."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from firmground.assistance.plans import measures_of
from firmground.cases import declared, possible, queries, wording
from firmground.cases.models import Case, Move
from firmground.cases.needs import Showing
from firmground.engines.procedures.declared import Step
from firmground.engines.procedures.run import POSTED, Run
from firmground.engines.standards.explain import Explanation, explain_subject
from firmground.notices import queries as notices
from firmground.notices.models import Objection
from firmground.officers.models import Office, Role
from firmground.officers.permissions import READS
from firmground.officers.requests import OfficerRequest
from firmground.places import queries as places
from firmground.registry.declared import catalogue
from firmground.web.language import spoken
from firmground.web.pages.audit import history_of
from firmground.web.pages.places import crumbs


@dataclass(frozen=True)
class Stage:
    """A step of the procedure as this case meets it.

    Attributes:
        state: "made", "now" or "ahead".
        move: the last move that took it.
    """

    title: str
    state: str
    move: Move | None = None


@dataclass(frozen=True)
class Done:
    """A move in words."""

    move: Move
    step: str
    outcome: str
    role: str
    answers: list[wording.Answers]
    shown: list[str]


@dataclass(frozen=True)
class Reason:
    """A standard behind the case, and what it says of the household today."""

    standard: str
    title: str
    now: Explanation | None


@require_safe
def case(request: OfficerRequest, number: int) -> HttpResponse:
    office, today = request.office, timezone.localdate()
    row = queries.one(number, seen_by=request.eyes)
    if row is None:
        raise Http404
    moves = queries.moves_of(row)
    run = declared.run_of(row, moves)
    showing = Showing(row, "", today)
    line = wording.lines([row], today)[0]
    reads = reads_of(office, row.place_code)
    hung = list(notices.of_case(number))
    return render(
        request,
        "web/case.html",
        {
            "case": row,
            "line": line,
            "crumbs": crumbs(places.path(row.place_code)),
            "reasons": reasons(row, showing, today),
            **way(row, run, moves, office, showing, reads),
            "posted": run.posted_on,
            "publicity_ends": run.publicity_ends_on,
            "notices": [(each, notices.whole_days(each, today)) for each in hung],
            "objections": list(Objection.objects.filter(notice__case=number).select_related("answered_by__officer")),
            "measures": _measures(row, line),
            "law": run.procedure.law,
            # The moves stand above, in words; their rows would show answers that not everybody may read.
            "history": history_of([row]) if "personal" in reads else [],
        },
    )


def reads_of(office: Office, place_code: str) -> Collection[str]:
    """The classes of fields that an office reads of what lies in a place."""
    return READS[Role(office.role)] if office.reach.covers(place_code) else READS[Role.ADMINISTRATOR]


def way(
    case: Case, run: Run, moves: list[Move], office: Office, showing: Showing, reads: Collection[str]
) -> dict[str, Any]:
    """What case_now.html and case_done.html show: what can be done now, the way of a case, what was done in it."""
    return {
        "case": case,
        "stages": stages(run, moves),
        "clocks": clocks(case, run, showing.on),
        "risen_to": run.procedure.word(case.risen_to, spoken()) if case.risen_to else "",
        "possible": _by_step(possible.moves(case, run, office, showing.on, showing)),
        "done": [_done(each, run, reads) for each in reversed(moves)],
        "reads": reads,
    }


def reasons(case: Case, showing: Showing, on: date) -> list[Reason]:
    """The standards behind a case; those about the household with what they say of it today."""
    declared_ = catalogue().standards
    known = [declared_[name] for name in case.standards if name in declared_]
    own = [each for each in known if each.about == case.about]
    said: dict[str, Explanation] = {}
    if own and showing.subject is not None:
        said = {each.standard: each for each in explain_subject(catalogue(), showing.subject, on, spoken(), own)}
    return [
        Reason(name, declared_[name].title.get(spoken()) or name if name in declared_ else name, said.get(name))
        for name in case.standards
    ]


def stages(run: Run, moves: list[Move]) -> list[Stage]:
    """The steps of the procedure in their order: made, now, ahead. Those that come from outside only once made."""
    last = {move.step: move for move in moves if move.outcome != POSTED}
    found, passed = [], False
    for step in run.procedure.steps.values():
        if not step.in_order and step.id not in last:
            continue
        if step is run.step:
            found.append(Stage(run.procedure.word(step.id, spoken()), "now", last.get(step.id)))
            passed = True
        elif step.id in last and not (passed and step.in_order):
            found.append(Stage(run.procedure.word(step.id, spoken()), "made", last[step.id]))
        elif run.step is not None:
            found.append(Stage(run.procedure.word(step.id, spoken()), "ahead"))
    return found


def clocks(case: Case, run: Run, on: date) -> list[dict[str, Any]]:
    """The last days for the step and for the whole, and by how many days each is over."""
    said = []
    for name, last in (("step", run.due_on), ("whole", run.whole_due_on)):
        if last is not None:
            said.append({"of": name, "last": last, "over": max(0, (on - last).days), "left": (last - on).days})
    return said


def _done(move: Move, run: Run, reads: Collection[str]) -> Done:
    return Done(
        move=move,
        step=run.procedure.word(move.step, spoken()),
        outcome=run.procedure.word(move.outcome, spoken()),
        role=run.procedure.word(move.office.role, spoken()),
        answers=wording.answers(move, reads=reads),
        shown=[possible.word_of(run, need) for need in move.shown if not need.startswith("form:")],
    )


def _by_step(found: list[possible.Possible]) -> list[tuple[Step, str, list[possible.Possible]]]:
    """The moves of each step together, those of this office first."""
    steps = {each.step.id: each.step for each in found}
    grouped = [
        (step, step.title.get(spoken()) or step.id, [each for each in found if each.step.id == step.id])
        for step in steps.values()
    ]
    return sorted(grouped, key=lambda group: (not group[0].in_order, not any(each.mine for each in group[2])))


def _measures(case: Case, line: wording.Line) -> list[Any]:
    """What was promised and given to the household: in this case, or since it was opened."""
    if case.about != "household" or line.subject is None:
        return []
    measures = measures_of(line.subject.row)
    return [each for each in measures if each.case_id == case.pk or each.promised_on >= case.opened_on]
