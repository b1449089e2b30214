"""Every write of assistance: promised, given, looked at, cancelled, taken back, put right."""

from datetime import date
from decimal import Decimal
from itertools import count

from django.db.models import F, OuterRef, Subquery
from django.utils import timezone
from django.utils.translation import gettext

from firmground.assistance.declared import Declared, in_force
from firmground.assistance.models import GIVEN, Measure
from firmground.cases.models import Case
from firmground.common.constraints import told_as
from firmground.common.errors import Refusal
from firmground.officers.acting import action
from firmground.officers.models import Office, Role
from firmground.registry import corrections
from firmground.registry.models import OPEN, Assistance, Household

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

    Said again by the same officer, it is the one that was recorded: a page that was sent twice gives nothing twice.

    Raises:
        Refusal: as `set_measure` and `give`.
    """
    declared, today = in_force(), timezone.localdate()
    department = _checked(declared, by, measure, risk, department, amount, item)
    said = {"measure": measure, "item": item.strip(), "unit": unit.strip(), "amount": amount}
    there = Measure.objects.filter(GIVEN, household_id=household.household_id, given_on=given_on, **said).first()
    if there is not None and there.given_by and there.given_by.officer_id == by.officer_id:
        return there
    row = _made(
        household, case, risk=risk, department=department, note=note.strip(), promised_on=today, promised_by=by,
        due_on=today, **said,
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
    _not_cancelled(row)
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
    """Take a promise back, for a reason. What was given is not cancelled; only its record can be taken back.

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
    return _cancelled(row, why, by)


@action("assistance.take_back")
def take_back(*, measure: Measure, why: str, by: Office) -> Measure:
    """Take back the record that something was given, for a reason: it never was. Both stay to be read.

    The register `assistance` loses the row, unless a file brought it: then whoever sent the file corrects it.

    Raises:
        Refusal: no reason, not given, taken back already, or another department answers for it.
    """
    row = _given_by_mistake(measure, why, by)
    corrections.replace(
        table="assistance", household_id=row.household_id, key=row.assistance_id, facts=None, by=by, case=row.case_id,
        why=why,
    )  # fmt: skip
    return _cancelled(row, why, by)


@action("assistance.correct")
def correct(
    *,
    measure: Measure,
    why: str,
    by: Office,
    household: Household | None = None,
    item: str = "",
    amount: Decimal | None = None,
    unit: str = "",
    given_on: date | None = None,
) -> Measure:
    """Put right what was recorded as given: another measure takes its place, in the register, too.

    What is left out was right. Who gave it stays, and so does what was said of its effect, unless the household is
    another one or the day comes after.

    Args:
        household: who really got it.

    Raises:
        Refusal: as `take_back`; nothing differs; a household out of sight; as `give`.
    """
    old = _given_by_mistake(measure, why, by)
    wanted = {"item": item.strip(), "amount": amount, "unit": unit.strip(), "given_on": given_on}
    said = {name: value for name, value in wanted.items() if value not in (None, "", getattr(old, name))}
    moved = household is not None and household.household_id != old.household_id
    if not said and not moved:
        raise Refusal(gettext("Nothing differs from what is recorded. Say what is right."))
    if amount is not None:
        _sum(amount)
    new = Measure.objects.get(pk=old.pk)
    new.pk, new._state.adding, new.corrects = None, True, old
    for name, value in said.items():
        setattr(new, name, value)
    assert new.given_on is not None
    _not_to_come(new.given_on)
    if household is not None and moved:
        if not by.reach.covers(household.village_code):
            raise Refusal(
                gettext("There is no household %(number)s within your territory.") % {"number": household.household_id}
            )
        new.household_id, new.place_code, new.case = household.household_id, household.village_code, None
    if moved or (new.effect_on is not None and new.effect_on < new.given_on):
        new.effect, new.effect_on, new.effect_by = "", None, None
    _cancelled(old, why, by)
    same_row = not moved and new.given_on == old.given_on  # its key is made from these
    replaced = corrections.replace(
        table="assistance", household_id=old.household_id, key=old.assistance_id,
        facts={"amount": new.amount} if same_row else None, by=by, case=old.case_id, why=why,
    )  # fmt: skip
    if not (same_row and replaced):
        new.assistance_id = ""
        new.assistance_id = _row_of(new, by)
    with told_as("measure_given_once", _the_same_was_given()):
        new.save()
    return new


@action("assistance.follow_registers")
def follow_registers(*, by: Office, why: str = "") -> int:
    """Let what was promised and given to households that moved follow them, so that the new place's officers see it.

    Returns:
        how many measures followed.
    """
    now = Household.objects.filter(OPEN, household_id=OuterRef("household_id")).values("village_code")[:1]
    moved = Measure.objects.annotate(village=Subquery(now)).exclude(village=None).exclude(village=F("place_code"))
    return moved.update(place_code=Subquery(now))


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


def _given_by_mistake(measure: Measure, why: str, by: Office) -> Measure:
    """The measure, which may be taken back by this office for this reason."""
    row = _locked(measure)
    _may_answer(by, row.department)
    _not_cancelled(row)
    if row.given_on is None:
        raise Refusal(gettext("It has not been given: cancel the promise instead."))
    if not why.strip():
        raise Refusal(gettext("Say what was wrong with the record. It is kept beside it."))
    return row


def _cancelled(row: Measure, why: str, by: Office) -> Measure:
    row.cancelled_on, row.cancelled_by, row.cancelled_why = timezone.localdate(), by, why.strip()
    row.save()
    return row


def _given(row: Measure, given_on: date, by: Office) -> Measure:
    _not_to_come(given_on)
    row.given_on, row.given_by = given_on, by
    row.assistance_id = _row_of(row, by)
    with told_as("measure_given_once", _the_same_was_given()):
        row.save()
    return row


def _row_of(row: Measure, by: Office) -> str:
    """The key of its row in the register, which is made here unless a department's file has told of it already."""
    # Who comes second waits, and sees what the first one put in.
    Household.objects.select_for_update(of=("self",)).filter(OPEN, household_id=row.household_id).first()
    facts = {"measure": row.measure, "given_on": row.given_on, "amount": row.amount}
    key = corrections.made_key(Assistance, {"household_id": row.household_id, **facts})
    theirs = Assistance.objects.filter(village_code=row.place_code, household_id=row.household_id)
    there = theirs.filter(OPEN, assistance_id=key).first()
    if there is not None and (
        Measure.objects.filter(GIVEN, assistance_id=key).exists()
        or (None not in (there.amount, row.amount) and there.amount != row.amount)
    ):
        # Another gift of this kind on that day.
        used = set(theirs.values_list("assistance_id", flat=True))
        key = next(name for number in count(2) if (name := f"{key}-{number}") not in used)
    (made,) = corrections.add(
        table="assistance", household_id=row.household_id, rows=[{"assistance_id": key, **facts}], by=by,
        case=row.case_id,
    )  # fmt: skip
    return made


def _not_to_come(given_on: date) -> None:
    if given_on > timezone.localdate():
        raise Refusal(gettext("%(day)s is not here yet. Record it when it has been given.") % {"day": given_on})


def _the_same_was_given() -> str:
    return gettext(
        "The same was given on that day already. If it is another gift, say what is different: what exactly, "
        "who gave it, or the amount."
    )
