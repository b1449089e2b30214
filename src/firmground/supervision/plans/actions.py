"""Every write to plans. Submission and approval are steps of the case."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext

from firmground.cases import actions as cases
from firmground.common.constraints import told_as
from firmground.common.errors import Refusal
from firmground.findings import queries as findings
from firmground.officers.acting import action, record
from firmground.officers.models import Office
from firmground.places.models import Place
from firmground.registry.declared import catalogue
from firmground.supervision.plans import queries
from firmground.supervision.plans.models import BattlePlan, Item

MOST_ITEMS = 200


@action("plans.draft")
def draft(*, place_code: str, commander: str, by: Office, why: str = "") -> BattlePlan:
    """Draft the next version of a place's plan. The baseline is read from the registers; items are copied from the
    version before, with what was done already.

    Raises:
        Refusal: no such place, no commander, or the version before is not approved yet.
    """
    if not Place.objects.filter(code=place_code, valid_to=None).exists() or not by.reach.covers(place_code):
        raise Refusal(gettext("No place of your territory has the code %(code)s.") % {"code": place_code or "–"})
    commander = " ".join(commander.split())
    if not commander or len(commander) > 80 or "\x00" in commander:
        raise Refusal(gettext("Say in at most 80 characters who commands."))
    before = BattlePlan.objects.select_related("case").filter(place_code=place_code).order_by("-version").first()
    if before is not None and not before.approved:
        raise Refusal(
            gettext("Version %(version)s is not approved yet; work on that one.") % {"version": before.version}
        )
    today, screening = queries.figures(place_code, seen_by=by.reach), findings.latest()
    with told_as("plan_version_once", gettext("Somebody drafted this version just now. Look again.")):
        plan = BattlePlan.objects.create(
            place_code=place_code, version=before.version + 1 if before else 1, commander=commander, made_by=by,
            baseline_on=timezone.localdate(), baseline_poor_households=today.poor_households,
            baseline_poor_persons=today.poor_persons, baseline_rural_population=today.rural_population,
            baseline_screening=screening.pk if screening else None,
            baseline_digest=screening.snapshot_digest if screening else "",
        )  # fmt: skip
    for item in before.items.all() if before else ():
        item.pk, item.plan = None, plan
        item.save(force_insert=True)
    plan.case = cases.open_case(procedure="battle_plan", subject_id=str(plan.pk), channel="supervision", by=by, why=why)
    plan.save(update_fields=["case"])
    return plan


@action("plans.write")
def write(*, plan: int, said: Mapping[str, Any], by: Office, number: int | None = None, why: str = "") -> Item:
    """Write an item of a version that is not submitted: a new one, or another wording of one that is there.

    Args:
        said: every field of Item.WRITTEN.
        number: of the item to change; None for a new one.

    Raises:
        Refusal: the version is submitted or approved, there is no such item, or what is said makes no sense.
    """
    row = _drafted(plan)
    checked = _checked(said)
    if number is None:
        numbers = list(row.items.values_list("number", flat=True))
        if len(numbers) >= MOST_ITEMS:
            raise Refusal(gettext("A plan has at most %(most)s items.") % {"most": MOST_ITEMS})
        number = max(numbers, default=0) + 1
        item = Item(plan=row, place_code=row.place_code, number=number)
    else:
        item = _item(row, number)
    for name, value in checked.items():
        setattr(item, name, value)
    item.save()
    return item


@action("plans.write")
def strike(*, plan: int, number: int, by: Office, why: str = "") -> None:
    """Take an item out of a version that is not submitted.

    Raises:
        Refusal: the version is submitted or approved, or there is no such item.
    """
    _item(_drafted(plan), number).delete()


@action("plans.done")
def done(*, plan: int, number: int, on: date, note: str, by: Office, why: str = "") -> Item:
    """Say that an item of an approved version was done; its wording stays as it was approved.

    Raises:
        Refusal: not approved, not the newest, done already, on a day to come, or without a word on how.
    """
    row = _locked(plan)
    if not row.approved or BattlePlan.objects.filter(place_code=row.place_code, version__gt=row.version).exists():
        raise Refusal(gettext("Items are done in the newest version, once it is approved."))
    item, note = _item(row, number), note.strip()
    if item.done_on is not None:
        raise Refusal(gettext("It was done on %(day)s already.") % {"day": item.done_on})
    if on > timezone.localdate():
        raise Refusal(gettext("%(day)s is not here yet.") % {"day": on})
    if not note or len(note) > 300 or "\x00" in note:
        raise Refusal(gettext("Say in at most 300 characters what was done."))
    item.done_on, item.done_note = on, note
    item.save(update_fields=["done_on", "done_note"])
    return item


@action("plans.export")
def export(*, rows: int, place_code: str, by: Office) -> None:
    """Record that plans are taken out of the house."""
    record(None, by.territory, rows=rows, place=place_code)


def _locked(number: int) -> BattlePlan:
    row = BattlePlan.objects.select_for_update(of=("self",)).select_related("case").filter(pk=number).first()
    if row is None:
        raise Refusal(gettext("There is no plan %(number)s within your territory.") % {"number": number})
    return row


def _drafted(number: int) -> BattlePlan:
    row = _locked(number)
    if not row.open_to_changes:
        raise Refusal(gettext("This version is submitted or approved. Draft the next one to change it."))
    return row


def _item(plan: BattlePlan, number: int) -> Item:
    item = plan.items.filter(number=number).first()
    if item is None:
        raise Refusal(gettext("The plan has no item %(number)s.") % {"number": number})
    return item


def _checked(said: Mapping[str, Any]) -> dict[str, Any]:
    values = {name: said.get(name) for name in Item.WRITTEN}
    for name, most in {"problem": 300, "measure": 300, "responsible_unit": 80, "responsible_person": 80}.items():
        text = " ".join(str(values[name] or "").split())
        if not text or len(text) > most or "\x00" in text:
            raise Refusal(
                gettext(
                    "Say which problem, how it is solved, and who answers for it: %(field)s is missing or too long."
                )
                % {"field": name}
            )
        values[name] = text
    if values["content"] not in Item.Content.values or not isinstance(values["due_on"], date):
        raise Refusal(gettext("Say which of the five contents it is about, and by which day it is solved."))
    funds, target = values["funds_needed"], values["target"]
    if not ((funds is None or 0 <= funds < 10**12) and (target is None or 0 <= target < 2**31)):
        raise Refusal(gettext("Money and targets are numbers from nought up."))
    indicator = values["indicator"] = str(values["indicator"] or "")
    if indicator and indicator not in queries.FIGURES and indicator not in catalogue().standards:
        raise Refusal(gettext("“%(name)s” is neither a standard nor a figure of the registers.") % {"name": indicator})
    if target is not None and not indicator:
        raise Refusal(gettext("A target needs the indicator that it is read from."))
    return values
