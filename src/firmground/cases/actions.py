"""Every write to cases. What may be done is the procedure's to say; here it is done, and what follows from it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import get_language, gettext

from firmground.cases import attachments, declared, forms, queries, subjects
from firmground.cases.models import OPEN, Attachment, Case, Move
from firmground.cases.needs import Showing
from firmground.common.errors import Refusal
from firmground.engines.declarations import in_language
from firmground.engines.procedures.declared import Procedure
from firmground.engines.procedures.hindrance import Hindrance
from firmground.engines.procedures.run import POSTED, NotAllowed, Run
from firmground.engines.procedures.run import Move as Made
from firmground.notices import actions as notices
from firmground.notices import kinds
from firmground.notices.models import Notice
from firmground.officers.acting import action, record
from firmground.officers.machine import machine
from firmground.officers.models import Office, Officer
from firmground.places import actions as places
from firmground.registry import corrections
from firmground.registry.declared import catalogue
from firmground.registry.models import REGISTERS


class StepRefused(Refusal):
    """A move that may not be made; `errors` has what is wrong in the forms, field by field."""

    def __init__(self, sentence: str, errors: Mapping[str, Any] | None = None) -> None:
        super().__init__(sentence)
        self.errors = dict(errors or {})


@dataclass(frozen=True)
class Found:
    """What findings that were released say of one subject: the procedure that answers them, and their standards."""

    procedure: str
    about: str
    subject_id: str
    place_code: str
    standards: Sequence[str]


@dataclass(frozen=True)
class Taken:
    """What became of one case in a bulk decision: the move, or why it was not made."""

    case: int
    refusal: str = ""


@action("cases.open")
def open_case(
    *,
    procedure: str,
    subject_id: str,
    channel: str,
    by: Office,
    why: str = "",
    standards: Sequence[str] = (),
    opened_from: Case | None = None,
    due_on: date | None = None,
) -> Case:
    """Begin a procedure on what it is about.

    Args:
        channel: how it came about, as the procedure calls it.
        standards: those whose findings are behind it.
        due_on: a last day for the whole that was agreed; what the procedure declares holds besides.

    Raises:
        Refusal: there is no such subject in sight, the procedure is not opened so by this office, one is open, or the
            day agreed on is past.
    """
    begun = declared.named(procedure)
    if by.role not in begun.opened_by.get(channel, ()):
        raise Refusal(
            gettext("“%(procedure)s” is not opened by %(role)s through “%(channel)s”.")
            % {
                "procedure": _title(begun),
                "role": begun.word(by.role, _language()),
                "channel": begun.word(channel, _language()),
            }
        )
    subject = subjects.kind(begun.about).known([subject_id]).get(subject_id)
    if subject is None or not by.reach.covers(subject.place_code):
        raise Refusal(_nowhere(begun.about, subject_id))
    cases = Case.objects.filter(procedure=procedure, about=begun.about, subject_id=subject_id)
    there = cases.filter(Q() if subjects.kind(begun.about).once else OPEN).first()
    if there is not None and there.closed_on is not None:
        raise Refusal(gettext("Case %(number)s ended; open it again instead.") % {"number": there.pk})
    if there is not None:
        raise Refusal(
            gettext("Case %(number)s (%(procedure)s) is open for it already.")
            % {"number": there.pk, "procedure": _title(begun)}
        )
    if due_on is not None and due_on < timezone.localdate():
        raise Refusal(gettext("%(day)s is past; agree on a last day that is still to come.") % {"day": due_on})
    case = _new(begun, subject.number, subject.place_code, channel, by, why, standards, opened_from, due_on)
    try:
        with transaction.atomic():
            case.save(force_insert=True)
    except IntegrityError:
        raise Refusal(gettext("Somebody opened this case a moment ago. Look again.")) from None
    return case


@action("cases.take")
def take(
    *,
    case: int,
    step: str,
    outcome: str,
    by: Office,
    why: str = "",
    attested: Collection[str] = (),
    answers: Mapping[str, Mapping[str, Any]] | None = None,
    files: Mapping[str, Sequence[attachments.Handed]] | None = None,
    after: int | None = None,
) -> Move:
    """Take a step of a case today.

    Args:
        attested: needs the officer vouches for. answers: form -> field -> answer. files: need -> files that show it.
        after: how many moves the officer had seen; refused if somebody else moved meanwhile.

    Raises:
        StepRefused: the step is not declared, not this officer's, not yet, or something is missing. Nothing changed.
    """
    row = _locked(case, after)
    run, today = declared.run_of(row), timezone.localdate()
    showing = Showing(row, outcome, today, why, frozenset(attested), frozenset(files or ()), by, answers or {})
    taken = run.procedure.steps.get(step)
    shown = showing.shown(taken.needed_for(outcome)) if taken else frozenset()
    run = _taken(run, Made(step, outcome, declared.person(by.officer_id), by.role, today, shown), showing.errors)
    move = _keep(row, run, by, why, showing.cleaned)
    for need, handed in (files or {}).items():
        for file in handed:
            kept = attachments.keep(file)
            Attachment.objects.create(move=move, place_code=row.place_code, need=need, **kept)
    hanging = _hanging(row, today)
    if hanging is not None and row.at != step:
        notices.withdraw(notice=hanging, by=by, why=_words(run.procedure, outcome))  # the reason is public
    _follow(row, run, move, by)
    return move


@action("cases.post")
def post(*, case: int, by: Office, why: str = "", after: int | None = None) -> Move:
    """Put up the notice of the step a case stands at; posted again, its days are counted anew.

    Raises:
        StepRefused: the step publishes nothing, or is not this officer's.
    """
    row = _locked(case, after)
    run, today = declared.run_of(row), timezone.localdate()
    run = _taken(run, Made(row.at, POSTED, declared.person(by.officer_id), by.role, today))
    step = run.step
    assert step is not None
    assert step.publishes is not None  # else the run had refused
    hanging, kind = _hanging(row, today), kinds.kind(step.publishes.notice)
    notice = notices.post(
        kind=kind.id,
        place_code=kinds.hangs_at(kind, row.place_code),
        rows=[_published(row, kind.columns)],
        on=today,
        days=step.publishes.days,
        case=row.pk,
        replaces=hanging,
        by=by,
        why=gettext("The notice was put up anew.") if hanging else "",  # public, too
    )
    return _keep(row, run, by, why, {}, notice=notice.pk)


def would_hang(case: Case) -> dict[str, Any]:
    """What the notice of the step a case stands at would show of its subject; nothing where none is published."""
    step = declared.of_case(case).steps.get(case.at)
    if step is None or step.publishes is None:
        return {}
    return _published(case, kinds.kind(step.publishes.notice).columns)


def take_many(
    *, cases: Collection[int], step: str, outcome: str, by: Office, why: str = "", attested: Collection[str] = ()
) -> list[Taken]:
    """The same decision in several cases; each stands alone, and each says what became of it."""
    results = []
    for number in sorted(cases):
        try:
            take(case=number, step=step, outcome=outcome, by=by, why=why, attested=attested)
            results.append(Taken(number))
        except Refusal as refusal:
            results.append(Taken(number, str(refusal)))
    return results


@action("cases.open_for_findings")
def open_for_findings(*, found: Sequence[Found], by: Office, why: str = "") -> int:
    """Open what findings call for: a case of each procedure for each subject, once.

    Where such a case is open, or what it led to is, the standards are added to it; where it ended so that it can be
    opened again, it is; else it is opened.

    A procedure that is not declared, or is about another kind of subject, opens nothing.

    Returns:
        how many cases were opened or opened again.
    """
    opened = 0
    for name in sorted({each.procedure for each in found} & declared.in_force().procedures.keys()):
        procedure = declared.named(name)
        rows = [each for each in found if each.procedure == name and each.about == procedure.about]
        opened += _open_all(procedure, rows, by, why)
    return opened


@action("cases.export")
def export(*, cases: int, chosen: Mapping[str, str], by: Office) -> None:
    """Record that a list of cases is taken out of the house: how many, and which were chosen."""
    record(None, by.territory, cases=cases, chosen={key: value for key, value in chosen.items() if value})


@action("cases.raise_overdue")
def raise_overdue(*, on: date, by: Office) -> int:
    """Let overdue steps rise to the level that their procedure declares; returns how many rose."""
    risen = 0
    for case in Case.objects.filter(OPEN, late_after__lt=on).select_related("text").order_by("pk").iterator(2000):
        to = declared.run_of(case).escalated_to(on) or ""
        if to and to != case.risen_to:
            risen += Case.objects.filter(OPEN, pk=case.pk, moves_made=case.moves_made).update(risen_to=to)
    return risen


@action("cases.follow_registers")
def follow_registers(*, by: Office, why: str = "") -> int:
    """Let cases follow their households: to another village, and to a natural end where nobody is left.

    What was done in a case goes with it: who answers for the household now reads the whole.

    Returns:
        how many cases came to a natural end.
    """
    for case, village in queries.moved():
        Case.objects.filter(pk=case.pk).update(place_code=village)
        Move.objects.filter(case=case).update(place_code=village)
        Attachment.objects.filter(move__case=case).update(place_code=village)
    return sum(_end_naturally(case, by, why) for case in queries.without_members())


def _end_naturally(case: Case, by: Office, why: str) -> bool:
    """Take the first step from outside whose outcome the registers show; whether there was one."""
    run = declared.run_of(case)
    for step in run.procedure.steps.values():
        for outcome in step.leads_to if step.at_any_time and by.role in step.by else ():
            needed = step.needed_for(outcome)
            if needed and Showing(case, outcome, timezone.localdate(), why, by=by).shown(needed) == set(needed):
                take(case=case.pk, step=step.id, outcome=outcome, by=by, why=why)
                return True
    return False


def _open_all(procedure: Procedure, found: Sequence[Found], by: Office, why: str) -> int:
    opened, new = 0, []
    numbers = [each.subject_id for each in found]
    procedures = {procedure.id, *_led_to(procedure)}
    going_on = _cases_of(procedures, procedure.about, numbers, OPEN)
    ended = _cases_of(procedures, procedure.about, numbers, ~OPEN)
    for each in found:
        if case := going_on.get(each.subject_id):
            more = [name for name in each.standards if name not in case.standards]
            if more:
                Case.objects.filter(pk=case.pk).update(standards=[*case.standards, *more])
        elif (last := ended.get(each.subject_id)) and _again(last, each.standards, by, why):
            opened += 1
        else:
            new.append(_new(procedure, each.subject_id, each.place_code, "screening", by, why, each.standards))
    Case.objects.bulk_create(new, batch_size=2000, ignore_conflicts=True)
    return opened + len(new)


def _cases_of(procedures: Collection[str], about: str, numbers: Collection[str], condition: Any) -> dict[str, Case]:
    """The latest case of these procedures for each subject."""
    rows = Case.objects.filter(condition, procedure__in=procedures, about=about, subject_id__in=list(numbers))
    return {case.subject_id: case for case in rows.select_related("text").order_by("pk")}


def _led_to(procedure: Procedure) -> set[str]:
    """The procedures that its outcomes open."""
    return {then.opens for step in procedure.steps.values() for then in step.then.values() if then.opens}


def _again(case: Case, standards: Sequence[str], by: Office, why: str) -> bool:
    """Open an ended case again, if its procedure says so."""
    step = declared.reopening_step(declared.of_case(case), case.at, by.role)
    if step is None:
        return False
    take(case=case.pk, step=step.id, outcome=next(iter(step.leads_to)), by=by, why=why or ", ".join(standards))
    Case.objects.filter(pk=case.pk).update(standards=list(dict.fromkeys([*case.standards, *standards])))
    return True


def _new(
    procedure: Procedure,
    subject_id: str,
    place_code: str,
    channel: str,
    by: Office,
    why: str,
    standards: Sequence[str],
    opened_from: Case | None = None,
    due_on: date | None = None,
) -> Case:
    case = Case(
        procedure=procedure.id,
        text=declared.text_of(procedure),
        about=procedure.about,
        subject_id=subject_id,
        place_code=place_code,
        channel=channel,
        standards=list(standards),
        opened_on=timezone.localdate(),
        opened_by=by,
        opened_from=opened_from,
        agreed_on=due_on,
        why=why,
    )
    _stand(case, Run(procedure, case.opened_on, declared.calendar(), whole_by=due_on))
    return case


def _locked(number: int, after: int | None) -> Case:
    case = Case.objects.select_for_update(of=("self",)).select_related("text").filter(pk=number).first()
    if case is None:
        raise StepRefused(gettext("There is no case %(number)s within your territory.") % {"number": number})
    if after is not None and case.moves_made != after:
        raise StepRefused(gettext("Somebody took a step in this case a moment ago. Look at it again, then decide."))
    return case


def _taken(run: Run, made: Made, errors: Mapping[str, Any] | None = None) -> Run:
    try:
        return run.take(made)
    except NotAllowed as refused:
        raise StepRefused(said(refused.hindrance, run.procedure), errors) from None


def said(hindrance: Hindrance, procedure: Procedure, names: Mapping[str, str] | None = None) -> str:
    """Why a move may not be made, with the officer's name, in the reader's language.

    Args:
        names: of officers, as a run knows them, where they were read already.
    """
    values = dict(hindrance.values)
    if "person" in values and str(values["person"]) in (names or {}):
        values["person"] = (names or {})[str(values["person"])]
    elif "person" in values:
        officer = Officer.objects.filter(pk=str(values["person"]).lstrip("#")).first()
        values["person"] = officer.name if officer else gettext("Somebody")
    return Hindrance(hindrance.kind, hindrance.names, values).says(procedure, _language())


def _keep(case: Case, run: Run, by: Office, why: str, answers: Mapping[str, Any], notice: int | None = None) -> Move:
    """Write the last move of a run, and where the case stands after it."""
    made = run.moves[-1]
    move = Move.objects.create(
        case=case,
        position=case.moves_made + 1,
        step=made.step,
        outcome=made.outcome,
        place_code=case.place_code,
        office=by,
        on=made.on,
        shown=sorted(made.shown),
        answers=answers,
        asked={name: forms.text_of(name).digest for name in answers},
        why=why,
        notice=notice,
    )
    case.moves_made += 1
    _stand(case, run)
    case.save()
    return move


def _stand(case: Case, run: Run) -> None:
    """Where a case stands, as its run says."""
    step = run.step
    limits = [day for day in (run.due_on, run.whole_due_on) if day is not None]
    case.at, case.entered_on = run.at, run.entered_on
    case.due_on, case.whole_due_on, case.late_after = run.due_on, run.whole_due_on, min(limits, default=None)
    case.roles = list(run.takers(step)) if step else []
    case.closed_on = None if step else run.entered_on
    case.risen_to = ""


def _follow(case: Case, run: Run, move: Move, by: Office) -> None:
    """What the procedure says follows from a move: facts in the registers, and other cases."""
    then = run.procedure.steps[move.step].then.get(move.outcome)
    if then is None:
        return
    sources = _Sources(case, move)
    if then.sets:
        facts = {fact: sources.value(source) for fact, source in then.sets.items()}
        subjects.kept(case.about).set(case.subject_id, facts, by=by, case=case.pk, why=move.why)
    for table, source in then.lists.items():
        rows = [sources.row(table, value) for value in sources.value(source) or ()]
        corrections.add(table=table, household_id=case.subject_id, rows=rows, by=by, case=case.pk, why=move.why)
    if then.delists:
        act = str(sources.value(then.delists) or "")
        places.delist(place_code=case.place_code, on=move.on, act=act, reason=case.procedure, by=by, why=move.why)
    if then.opens:
        next_ = declared.named(then.opens)
        there = _cases_of({next_.id}, case.about, [case.subject_id], OPEN).get(case.subject_id)
        if there is None:
            open_case(
                procedure=next_.id,
                subject_id=case.subject_id,
                channel=case.at if case.at in next_.opened_by else next(iter(next_.opened_by)),
                by=machine(),
                why=move.why,
                standards=case.standards,
                opened_from=case,
            )


class _Sources:
    """Where the facts that follow from a move come from: the day, an answer given in the case, or a written value."""

    def __init__(self, case: Case, move: Move) -> None:
        self.on = move.on
        self.answers: dict[str, Any] = {}
        for each in case.moves.order_by("position"):
            self.answers |= each.answers

    def value(self, source: str) -> Any:
        form, _, field = source.rpartition(".")
        if form:
            return self.answers.get(form, {}).get(field)
        return self.on if source == "on" else source or None

    def row(self, table: str, value: Any) -> dict[str, Any]:
        """A row of a related register: the code under the register's own name, and since when."""
        _, code, day = REGISTERS[table].MADE_FROM
        return {code: value, day: self.on}


def _hanging(case: Case, on: date) -> Notice | None:
    """The notice of a case that hangs on a day."""
    posted = Notice.objects.filter(case=case.pk, state=Notice.State.POSTED, hangs_to__gte=on)
    return posted.order_by("pk").last()


def _words(procedure: Procedure, name: str) -> str:
    return procedure.word(name, _language())


def _published(case: Case, columns: Collection[str]) -> dict[str, Any]:
    """What a notice shows of a case: of the columns that its kind allows, the last answer given, or what is known."""
    kind = subjects.kept(case.about)
    subject = kind.known([case.subject_id]).get(case.subject_id)
    shown = dict(kind.published(subject)) if subject else {}
    answers = _Sources(case, case.moves.latest("position")).answers
    risks = [form["risks"] for form in answers.values() if form.get("risks")]
    shown |= {"broad_risk": risks[-1] if risks else []}
    if monitored := answers.get("monitored_kind", {}).get("kind"):
        shown["kind"] = monitored
    return {name: shown.get(name) for name in columns}


def _nowhere(about: str, number: str) -> str:
    called = in_language(catalogue().tables[about].label, _language()) if about in catalogue().tables else about
    return gettext("There is nothing of number %(number)s among the %(called)s within your territory.") % {
        "number": number,
        "called": called,
    }


def _title(procedure: Procedure) -> str:
    return in_language(procedure.title, _language())


def _language() -> str:
    return (get_language() or "en")[:2]
