"""Every write of assistance: promised, given, looked at, cancelled."""

from datetime import date
from decimal import Decimal

from django.utils import timezone
from django.utils.translation import gettext

from firmground.assistance.declared import Declared, in_force
from firmground.assistance.models import Measure
from firmground.cases.models import Case
from firmground.common.constraints import told_as
from firmground.common.errors import Refusal
from firmground.officers.acting import action
from firmground.officers.models import Office, Role
from firmground.registry import corrections
from firmground.registry.models import Household

MOST_YUAN = Decimal(10_000_000)
"""More for one household is a slip of the pen."""


@action("assistance.set_measure")
def set_measure(
    *,
    household: Household,
    measure: str,
    item: str,
    due_on: date,
    by: Office,
    risk: str = "",
    department: str = "",
    responsible: Office | None = None,
    amount: Decimal | None = None,
    unit: str = "",
    note: str = "",
    case: Case | None = None,
    why: str = "",
) -> Measure:
    """Promise a household a measure, by a day.

    Args:
        risk: the risk it is against, which this kind of measure must answer.
        department: who answers for it; left out: the first that is declared for this kind.
        responsible: the office in that department.

    Raises:
        Refusal: a code that is not declared, a measure that does not answer the risk, a day that is past, another's
            department, or the same promised already.
    """
    declared, today = in_force(), timezone.localdate()
    if due_on < today:
        raise Refusal(
            gettext("%(day)s is past. Say by when it will be given, or record that it was given.") % {"day": due_on}
        )
    department = _checked(declared, by, measure, risk, department, amount, item)
    if responsible is not None and (responsible.role != Role.DEPARTMENT or responsible.department != department):
        raise Refusal(gettext("The officer named as responsible holds no office in that department. Choose another."))
    return _made(
        household, case, risk=risk, measure=measure, department=department, responsible=responsible, item=item.strip(),
        unit=unit.strip(), amount=amount, note=note.strip(), promised_on=today, promised_by=by, due_on=due_on,
    )  # fmt: skip


@action("assistance.give")
def give(
    *,
    measure: Measure,
    given_on: date,
    by: Office,
    amount: Decimal | None = None,
    note: str = "",
    why: str = "",
) -> Measure:
    """Record that what was promised has been given; the register `assistance` gets its row.

    Args:
        amount: what it came to, where it differs from what was promised.

    Raises:
        Refusal: it was given or cancelled already, on a day that is not yet, or another department answers for it.
    """
    row = _locked(measure)
    _may_answer(by, row.department)
    if row.given_on is not None:
        raise Refusal(gettext("It was given on %(day)s already.") % {"day": row.given_on})
    _not_cancelled(row)
    row.amount = row.amount if amount is None else _sum(amount)
    if note.strip():
        row.note = f"{row.note}\n{note.strip()}".strip()
    return _given(row, given_on, by)


@action("assistance.give_at_once")
def give_at_once(
    *,
    household: Household,
    measure: str,
    item: str,
    given_on: date,
    by: Office,
    risk: str = "",
    department: str = "",
    amount: Decimal | None = None,
    unit: str = "",
    note: str = "",
    case: Case | None = None,
    why: str = "",
) -> Measure:
    """Record help that nobody promised first, as after a disaster: it is promised and given in one.

    Raises:
        Refusal: as `set_measure` and `give`.
    """
    declared, today = in_force(), timezone.localdate()
    department = _checked(declared, by, measure, risk, department, amount, item)
    row = _made(
        household, case, risk=risk, measure=measure, department=department, item=item.strip(), unit=unit.strip(),
        amount=amount, note=note.strip(), promised_on=today, promised_by=by, due_on=today,
    )  # fmt: skip
    return _given(row, given_on, by)


@action("assistance.take_effect")
def take_effect(*, measure: Measure, effect: str, by: Office, note: str = "", why: str = "") -> Measure:
    """Record whether a measure helped. Whoever gave it does not say so. Said again, the last word counts.

    Raises:
        Refusal: it has not been given, the effect is not one of those known, or `by` gave it.
    """
    row = _locked(measure)
    if effect not in Measure.Effect.values:
        raise Refusal(
            gettext("“%(effect)s” is no effect; it is one of: %(known)s.")
            % {"effect": effect, "known": ", ".join(Measure.Effect.values)}
        )
    if row.given_on is None or row.given_by is None:
        raise Refusal(gettext("It has not been given yet, so nobody can say whether it helped."))
    if row.given_by.officer_id == by.officer_id:
        raise Refusal(gettext("You gave this yourself. Somebody else must say whether it helped."))
    row.effect, row.effect_on, row.effect_by = effect, timezone.localdate(), by
    if note.strip():
        row.note = f"{row.note}\n{note.strip()}".strip()
    row.save()
    return row


@action("assistance.cancel")
def cancel(*, measure: Measure, why: str, by: Office) -> Measure:
    """Take a promise back, for a reason. What was given cannot be taken back.

    Raises:
        Refusal: no reason, given or cancelled already, or another department answers for it.
    """
    row = _locked(measure)
    _may_answer(by, row.department)
    if row.given_on is not None:
        raise Refusal(gettext("It was given on %(day)s and cannot be cancelled.") % {"day": row.given_on})
    _not_cancelled(row)
    if not why.strip():
        raise Refusal(gettext("Say why the household will not get what it was promised."))
    row.cancelled_on, row.cancelled_by, row.cancelled_why = timezone.localdate(), by, why.strip()
    row.save()
    return row


def _checked(
    declared: Declared, by: Office, measure: str, risk: str, department: str, amount: Decimal | None, item: str
) -> str:
    """The department that answers, after looking at what was asked for."""
    kind = declared.kinds.get(measure)
    if kind is None:
        raise Refusal(
            gettext("“%(measure)s” is no kind of measure; those are: %(known)s.")
            % {"measure": measure, "known": ", ".join(declared.kinds)}
        )
    if risk and risk not in declared.answers:
        raise Refusal(
            gettext("“%(risk)s” is no risk; those are: %(known)s.")
            % {"risk": risk, "known": ", ".join(declared.answers)}
        )
    if risk and measure not in declared.answering(risk):
        raise Refusal(
            gettext("This kind of measure does not answer that risk. It is answered by: %(known)s.")
            % {"known": ", ".join(declared.answering(risk))}
        )
    if not item.strip():
        raise Refusal(gettext("Say what exactly it is, as: six piglets."))
    if department and department not in declared.departments:
        raise Refusal(
            gettext("“%(department)s” is no department; those are: %(known)s.")
            % {"department": department, "known": ", ".join(declared.departments)}
        )
    if amount is not None:
        _sum(amount)
    # A department promises for itself; whoever else acts may name any.
    department = department or (by.department if by.role == Role.DEPARTMENT else kind.departments[0])
    _may_answer(by, department)
    return department


def _sum(amount: Decimal) -> Decimal:
    if not amount.is_finite() or not 0 < amount <= MOST_YUAN or amount != round(amount, 2):
        raise Refusal(
            gettext("An amount is more than 0 and at most %(most)s yuan, to the fen. Leave it empty if none.")
            % {"most": f"{MOST_YUAN:,}"}
        )
    return amount


def _may_answer(by: Office, department: str) -> None:
    if by.role == Role.DEPARTMENT and by.department != department:
        raise Refusal(gettext("Another department answers for this measure."))


def _not_cancelled(row: Measure) -> None:
    if row.cancelled_on is not None:
        raise Refusal(gettext("It was cancelled on %(day)s.") % {"day": row.cancelled_on})


def _locked(measure: Measure) -> Measure:
    """The measure as it is now; who comes second waits, and is told what the first did."""
    return Measure.objects.select_for_update(of=("self",)).select_related("given_by").get(pk=measure.pk)


def _made(household: Household, case: Case | None, **said: object) -> Measure:
    if case is not None and (case.about, case.subject_id) != ("household", household.household_id):
        raise Refusal(gettext("Case %(case)s is about another household.") % {"case": case.pk})
    with told_as("measure_promised_once", gettext("The same is promised to this household already.")):
        return Measure.objects.create(
            household_id=household.household_id, place_code=household.village_code, case=case, **said
        )


def _given(row: Measure, given_on: date, by: Office) -> Measure:
    if given_on > timezone.localdate():
        raise Refusal(gettext("%(day)s is not here yet. Record it when it has been given.") % {"day": given_on})
    row.given_on, row.given_by = given_on, by
    facts = {"measure": row.measure, "given_on": given_on, "amount": row.amount}
    # A department's file may have told of it already: then this is the row it made.
    (row.assistance_id,) = corrections.add(
        table="assistance", household_id=row.household_id, rows=[facts], by=by, case=row.case_id
    )
    another = gettext("Another measure of this kind was given on that day. Record both as one, with their sum.")
    with told_as("measure_one_row_each", another):
        row.save()
    return row
