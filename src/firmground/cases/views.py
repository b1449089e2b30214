"""What officers do with cases: open one, take a step, decide several at once, take up an application, fetch a file."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django import forms as django_forms
from django.http import FileResponse, Http404, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_safe

from firmground.cases import actions, applications, attachments, declared, forms, possible, queries, subjects, wording
from firmground.cases.models import Case
from firmground.cases.needs import FILED, REASON, is_attested
from firmground.cases.possible import Possible
from firmground.common.errors import Refusal
from firmground.engines.declarations import in_language
from firmground.engines.procedures.run import POSTED, Run
from firmground.notices import kinds
from firmground.officers.acting import may
from firmground.officers.models import Office, Role
from firmground.officers.permissions import READS
from firmground.officers.requests import OfficerRequest

MOST_AT_ONCE = 50
MOST_FILES = 10
LARGEST_STEP = (MOST_FILES * attachments.LARGEST) + 1024 * 1024
"""Bytes of a whole form, its files included."""


@dataclass(frozen=True)
class Problem:
    """Something wrong on a page, and the field to which it leads; "" for none."""

    says: str
    field: str = ""


# One step ------------------------------------------------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
def step(request: OfficerRequest, number: int, step: str, outcome: str) -> HttpResponse:
    """The page of a step: what it needs, and what has to be said; taken when it is sent."""
    case, run = _case(request, number)
    if int(request.META.get("CONTENT_LENGTH") or 0) > LARGEST_STEP:
        raise Refusal(gettext("What you hand in is too large. Hand in fewer files, or smaller ones."))
    page = StepPage(request.office, case, run, step, outcome, request.POST if request.method == "POST" else None)
    if request.method == "POST":
        after = page.after
        if after is not None and queries.taken_already(case, step, outcome, after=after, by=request.office):
            return redirect("case", number)
        try:
            page.send(request)
            return redirect("case", number)
        except Refusal as refusal:
            # Sent twice at the same moment: the second waited for the first.
            if after is not None and queries.taken_already(case, step, outcome, after=after, by=request.office):
                return redirect("case", number)
            page.refused(refusal)
    return render(request, "cases/step.html", page.context(), status=page.status)


class StepPage:
    """A step's page for one officer: the move, its forms, and what is wrong with them."""

    def __init__(
        self, office: Office, case: Case, run: Run, step: str, outcome: str, typed: QueryDict | None = None
    ) -> None:
        self.office, self.case, self.run, self.typed = office, case, run, typed
        self.step, self.outcome = step, outcome
        self.problems: list[Problem] = []
        self.status = 200
        today = timezone.localdate()
        self.move = possible.one(possible.moves(case, run, office, today), step, outcome)
        self.why_not = self.move.why_not if self.move else possible.why_not_declared(run, step, outcome, office, today)
        asked = [need for need, _ in self.move.asks] if self.move else []
        self.forms = {need.removeprefix("form:"): self._form(need) for need in asked if need.startswith("form:")}
        self.ticks = [need for need in asked if is_attested(need)]
        self.files = [need for need in asked if need in FILED]
        self.reason_needed = REASON in asked
        if self.move is None or not self.move.allowed:
            self.status = 409

    def _form(self, need: str) -> django_forms.Form:
        form = forms.declared(need.removeprefix("form:"))
        if self.typed is None:
            return form.empty(self.outcome, prefix=form.id)
        return form.bound(self.typed, self.outcome, prefix=form.id)

    @property
    def after(self) -> int | None:
        """How many moves the officer had seen."""
        said = self.typed.get("after", "") if self.typed else ""
        return int(said) if said.isascii() and said.isdigit() and len(said) < 7 else None

    def send(self, request: OfficerRequest) -> None:
        """Take the step.

        Raises:
            Refusal: it may not be taken, or not so.
        """
        why = request.POST.get("why", "")[: forms.LONGEST_TEXT]
        if self.outcome == POSTED:
            if self.step != self.case.at:
                raise actions.StepRefused(self.why_not)
            actions.post(case=self.case.pk, by=self.office, why=why, after=self.after)
            return
        handed = {need: request.FILES.getlist(f"file-{need}")[:MOST_FILES] for need in self.files}
        actions.take(
            case=self.case.pk,
            step=self.step,
            outcome=self.outcome,
            by=self.office,
            why=why,
            attested=[need for need in self.ticks if request.POST.get(f"tick-{need}")],
            answers={name: _answers(name, request.POST) for name in self.forms},
            files={
                need: [attachments.Handed(file.name or "", file.read()) for file in files]
                for need, files in handed.items()
                if files
            },
            after=self.after,
        )

    def refused(self, refusal: Refusal) -> None:
        """Everything that is wrong, each with its field; the refusal itself where it says something else."""
        assert self.typed is not None
        self.status = 409 if self.status == 409 or self.after != self.case.moves_made else 400
        found = [
            Problem(f"{field.label}: {error}", field.auto_id)
            for form in self.forms.values()
            for field in form
            for error in field.errors
        ]
        found += [Problem(str(error)) for form in self.forms.values() for error in form.non_field_errors()]
        lacking = [each for each in self.ticks if not self.typed.get(f"tick-{each}")]
        found += [
            Problem(gettext("Confirm: %(need)s.") % {"need": possible.word_of(self.run, need)}, f"tick-{need}")
            for need in lacking
        ]
        if self.reason_needed and not self.typed.get("why", "").strip():
            found.append(Problem(gettext("Write the reason."), "why"))
        only_missing = found and self.status == 400
        self.problems = found if only_missing else [Problem(str(refusal)), *found]
        if self.files and only_missing:
            self.problems.append(Problem(gettext("Choose the files again: a page cannot keep them.")))

    def context(self) -> dict[str, Any]:
        typed: Mapping[str, str] = self.typed or {}
        publicity = self.run.step.publishes if self.outcome == POSTED and self.run.step else None
        kind = kinds.kind(publicity.notice) if publicity else None
        return {
            "line": wording.lines([self.case], timezone.localdate())[0],
            "case": self.case,
            "move": self.move,
            "step_title": self.run.procedure.word(self.step, wording.language()),
            "why_not": self.why_not,
            "forms": [
                (in_language(forms.declared(name).title, wording.language()), form) for name, form in self.forms.items()
            ],
            "ticks": [(need, possible.word_of(self.run, need), bool(typed.get(f"tick-{need}"))) for need in self.ticks],
            "files": [(need, possible.word_of(self.run, need)) for need in self.files],
            "largest": attachments.LARGEST // 1024 // 1024,
            "reason_needed": self.reason_needed,
            "why": typed.get("why", ""),
            # What was typed stands on what had been seen: a page that is sent again must not pass for a fresh one.
            "after": self.after if self.typed is not None and self.after is not None else self.case.moves_made,
            "problems": self.problems,
            "kind": kind,
            "hangs": [
                (in_language(column.label, wording.language()), column.says(column.hung(cell), wording.language()))
                for name, cell in (actions.would_hang(self.case) if kind else {}).items()
                if (column := kinds.column(name))
            ],
            "publicity": publicity,
        }


def _answers(name: str, typed: QueryDict) -> Mapping[str, Any]:
    """What was typed into one form, as a step takes it."""
    fields = forms.declared(name).fields
    return {
        field.name: typed.getlist(key) if field.type == "choices" else typed.get(key, "")
        for field in fields
        if (key := f"{name}-{field.name}") in typed
    }


# Several at once -----------------------------------------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
def many(request: OfficerRequest) -> HttpResponse:
    """The same decision in several cases at one step: each is shown before, and what became of each after."""
    said = request.POST if request.method == "POST" else request.GET
    cases = _chosen(request, said)
    moves = _moves_of(request.office, cases)
    outcomes = _outcomes(moves)
    step, _, outcome = said.get("move", "").partition("/")
    move = outcomes.get((step, outcome))
    if said.get("move") and move is None:
        raise Refusal(gettext("This cannot be decided in several cases at once. Take the step in each case."))
    why, problems, results = said.get("why", "").strip()[: forms.LONGEST_TEXT], [], {}
    asks = [need for need, _ in move.asks] if move else []
    ticks = [need for need in asks if is_attested(need)]
    if request.method == "POST" and move is not None:
        problems += [
            Problem(gettext("Confirm: %(need)s.") % {"need": dict(move.asks)[need]}, f"tick-{need}")
            for need in ticks
            if not said.get(f"tick-{need}")
        ]
        if REASON in asks and not why:
            problems.append(Problem(gettext("Write the reason."), "why"))
        if not problems:
            numbers = [case.pk for case in cases]
            taken = actions.take_many(
                cases=numbers, step=step, outcome=outcome, by=request.office, why=why, attested=ticks
            )
            results = {each.case: each for each in taken}
            cases = list(queries.within(request.office.reach).filter(pk__in=numbers).prefetch_related("text"))
    lines = wording.lines(cases, timezone.localdate())
    each = [(line, possible.one(moves[line.case.pk], step, outcome), results.get(line.case.pk)) for line in lines]
    return render(
        request,
        "cases/many.html",
        {
            "each": each,
            "outcomes": [(f"{step}/{outcome}", each) for (step, outcome), each in outcomes.items()],
            "move": move,
            "ticks": [(need, word) for need, word in (move.asks if move else []) if need in ticks],
            "reason_needed": REASON in asks,
            "why": why,
            "ready": sum(1 for _, possible_, _ in each if possible_ is not None and possible_.allowed),
            "done": sum(1 for result in results.values() if not result.refusal),
            "results": results,
            "problems": problems,
        },
        status=400 if problems else 200,
    )


def _chosen(request: OfficerRequest, said: QueryDict) -> list[Case]:
    """The cases that were ticked, all at one step.

    Raises:
        Refusal: none, too many, or they stand at several steps.
    """
    numbers = {int(each) for each in said.getlist("case") if each.isascii() and each.isdigit() and len(each) < 18}
    if not 1 <= len(numbers) <= MOST_AT_ONCE:
        raise Refusal(gettext("Choose from 1 to %(most)s cases on your desk.") % {"most": MOST_AT_ONCE})
    found = (
        queries.within(request.office.reach).filter(pk__in=numbers).prefetch_related("text", "moves__office__officer")
    )
    cases = list(found.order_by("late_after", "pk"))
    if not cases:
        raise Http404
    if len({(case.procedure, case.at) for case in cases}) > 1:
        raise Refusal(
            gettext("These cases stand at different steps. Choose cases at the same step: filter by it first.")
        )
    return cases


def _moves_of(office: Office, cases: list[Case]) -> dict[int, list[Possible]]:
    """What can be decided in each case, as far as it can be in several at once: with a reason and ticks alone."""
    today = timezone.localdate()
    found = {}
    for case in cases:
        run = declared.run_of(case, sorted(case.moves.all(), key=lambda move: move.position))
        names = {declared.person(each.office.officer_id): each.office.officer.name for each in case.moves.all()}
        found[case.pk] = [each for each in possible.plain_moves(run, office, today, names) if each.at_once]
    return found


def _outcomes(moves: Mapping[int, list[Possible]]) -> dict[tuple[str, str], Possible]:
    """The decisions to choose from: those that are this office's in at least one case."""
    found: dict[tuple[str, str], Possible] = {}
    for of_case in moves.values():
        for each in of_case:
            if each.mine and each.step.in_order:
                found.setdefault((each.step.id, each.outcome), each)
    return found


# Opening, and applications --------------------------------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
def open_case(request: OfficerRequest) -> HttpResponse:
    """Open a case about a subject."""
    said = request.POST if request.method == "POST" else request.GET
    about, number = said.get("about", ""), said.get("subject", "")[:40]
    subject = subjects.KINDS[about].known([number]).get(number) if about in subjects.KINDS else None
    if subject is None or not request.office.reach.covers(subject.place_code):
        raise Http404
    ways = possible.ways(request.office, about)
    problems: list[Problem] = []
    if request.method == "POST":
        procedure, _, channel = said.get("way", "").partition("/")
        try:
            if not any(way == said.get("way") for way, _ in ways):
                raise Refusal(gettext("Choose a procedure, and how it came about."))
            made = actions.open_case(
                procedure=procedure, subject_id=number, channel=channel, by=request.office,
                why=said.get("why", "").strip()[: forms.LONGEST_TEXT],
            )  # fmt: skip
            return redirect("case", made.pk)
        except Refusal as refusal:
            problems.append(Problem(str(refusal), "way"))
    return render(
        request,
        "cases/open.html",
        {
            "about": about,
            "subject": subject,
            "address": subjects.kind(about).address(number),
            "ways": ways,
            "way": said.get("way", ""),
            "why": said.get("why", ""),
            "cases": wording.lines(
                list(queries.of_subject(about, number, seen_by=request.office.reach)
                     .filter(closed_on=None).prefetch_related("text")), timezone.localdate()
            ),
            "problems": problems,
        },
        status=400 if problems else 200,
    )  # fmt: skip


@require_http_methods(["GET", "POST"])
def application(request: OfficerRequest, number: int) -> HttpResponse:
    """One application: whose it may be, and what becomes of it."""
    row = applications.one(number, seen_by=request.office.reach)
    if row is None:
        raise Http404
    problems: list[Problem] = []
    said = request.POST
    if request.method == "POST":
        try:
            if "answer" in said:
                applications.answer(application=number, text=said.get("text", ""), by=request.office)
                return redirect("cases:application", number)
            procedure = said.get("procedure", "")
            if procedure not in applications.procedures():
                raise Refusal(gettext("Choose a procedure."))
            taken = applications.take_up(
                application=number, household_id=said.get("household", ""), procedure=procedure, by=request.office
            )
            return redirect("case", taken.case_id)
        except Refusal as refusal:
            problems.append(Problem(str(refusal), "text" if "answer" in said else "household"))
    return render(
        request,
        "cases/application.html",
        {
            "application": row,
            "village": wording.name_of(row.place_code),
            "late_by": max(0, (timezone.localdate() - row.due_on).days) if row.answered_on is None else 0,
            "may_read": "sensitive" in READS[Role(request.office.role)],
            "may_take_up": may(request.office, "cases.take_up"),
            "alike": applications.alike(row),
            "household": said.get("household", ""),
            "text": said.get("text", ""),
            "procedures": [(name, wording.title_of(name)) for name in applications.procedures()],
            "problems": problems,
        },
        status=400 if problems else 200,
    )


# Files ---------------------------------------------------------------------------------------------------------------


@require_safe
def attachment(request: OfficerRequest, number: int) -> FileResponse:
    """A file shown with a move; saved, never shown inside a page."""
    row = queries.attachment(number, seen_by=request.office.reach)
    if row is None or "sensitive" not in READS[Role(request.office.role)]:
        raise Http404
    path = attachments.path_of(row.sha256)
    if not path.exists():
        raise Refusal(gettext("The file is not where it was kept. Tell the administrator: attachment %(number)s.")
                      % {"number": number})  # fmt: skip
    return FileResponse(path.open("rb"), as_attachment=True, filename=row.file_name, content_type=row.media_type)


def _case(request: OfficerRequest, number: int) -> tuple[Case, Run]:
    case = queries.one(number, seen_by=request.office.reach)
    if case is None:
        raise Http404
    return case, declared.run_of(case, queries.moves_of(case))
