"""Every write of projects. Where a project goes is its case's to say: procedure `project` of the catalogue."""

from collections.abc import Collection, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext

from firmground.cases import actions as cases
from firmground.common.constraints import told_as
from firmground.common.errors import Refusal
from firmground.funds import declared
from firmground.funds.projects.models import Beneficiary, Goal, Project
from firmground.officers.acting import action, record
from firmground.officers.models import Office
from firmground.places.models import DIGITS, Level, Place
from firmground.registry.models import OPEN, Household

MOST = Decimal("9999999999999.99")
LONGEST = {"title": 120, "unit": 80, "person": 80, "task": 1000, "participation": 300}
MOST_BENEFICIARIES = 20_000
BEFORE_LIBRARY = ("proposal", "village_publicity", "township_review", "township_publicity", "argument",
                  "county_approval")  # fmt: skip


@action("projects.propose")
def propose(*, number: str, place_code: str, said: Mapping[str, Any], by: Office, why: str = "") -> Project:
    """Propose a project: it begins its way through the procedure.

    Args:
        said: every field of Project.WRITTEN.

    Raises:
        Refusal: the number is taken, the place lies outside the territory or above the county, or something is missing.
    """
    place = Place.objects.filter(code=place_code, valid_to=None).first()
    if place is None or len(place_code) < DIGITS[Level.COUNTY] or not by.reach.covers(place_code):
        raise Refusal(
            gettext("No county, township or village of your territory has the code %(code)s.")
            % {"code": place_code or "–"}
        )
    number = _text("number", number, 40)
    with told_as("projects_project_number_key", gettext("A project of this number is there already.")):
        project = Project.objects.create(
            number=number, place_code=place_code, made_by=by, **_checked(said, place_code)
        )  # fmt: skip
    project.case = cases.open_case(procedure="project", subject_id=number, channel="plan", by=by, why=why)
    project.save(update_fields=["case"])
    return project


@action("projects.write")
def write(*, number: str, said: Mapping[str, Any], by: Office, why: str = "") -> Project:
    """Change what a project says, while it is not in the library.

    Raises:
        Refusal: it is in the library, ended, out of sight; or what is said makes no sense.
    """
    project = _before_library(number)
    for name, value in _checked(said, project.place_code).items():
        setattr(project, name, value)
    project.save()
    return project


@action("projects.write")
def promise(*, number: str, goals: Collection[Mapping[str, Any]], by: Office, why: str = "") -> list[Goal]:
    """Write a project's performance goals, in place of those it had, while it is not in the library.

    Args:
        goals: each with dimension, title, unit, direction, target and weight; the weights make 100.

    Raises:
        Refusal: one makes no sense, or the weights do not make 100.
    """
    project = _before_library(number)
    dimensions = declared.in_force().lists["dimension"]
    rows = []
    for each in goals:
        if each["dimension"] not in dimensions or each.get("direction", "at_least") not in Goal.Direction.values:
            raise Refusal(gettext("“%(name)s” is none of the dimensions of goals.") % {"name": each["dimension"]})
        rows.append(
            Goal(
                project=project, place_code=project.place_code, dimension=each["dimension"],
                title=_text("title", each["title"], 120), unit=_text("unit", each["unit"], 20),
                direction=each.get("direction", "at_least"), target=_number(each["target"]),
                weight=_number(each["weight"]),
            )
        )  # fmt: skip
    if rows and sum(row.weight for row in rows) != 100:
        raise Refusal(gettext("The weights of the goals make 100 together; these make %(sum)s.")
                      % {"sum": sum(row.weight for row in rows)})  # fmt: skip
    project.goals.all().delete()
    with told_as("goal_once", gettext("Two goals have the same name.")):
        return Goal.objects.bulk_create(rows)


@action("projects.write")
def name_beneficiaries(
    *, number: str, rows: Collection[Mapping[str, Any]], by: Office, why: str = ""
) -> list[Beneficiary]:
    """Name the households a project is for, in place of those that were named, while it is not completed.

    Args:
        rows: each with household_id, mechanism and amount (None: not told).

    Raises:
        Refusal: a household is in no register of the project's place, or a mechanism is not declared.
    """
    project = _locked(number)
    if project.case is None or project.case.closed_on is not None or project.completed_on is not None:
        raise Refusal(gettext("Project %(number)s is completed or ended.") % {"number": number})
    if len(rows) > MOST_BENEFICIARIES:
        raise Refusal(gettext("At most %(most)s households.") % {"most": MOST_BENEFICIARIES})
    ids = {each["household_id"] for each in rows}
    known = dict(
        Household.objects.filter(OPEN, household_id__in=ids).values_list("household_id", "village_code")
    )  # fmt: skip
    county = project.place_code[: DIGITS[Level.COUNTY]]
    mechanisms = declared.in_force().lists["mechanism"]
    made = []
    for each in rows:
        village = known.get(each["household_id"], "")
        if not village.startswith(county):
            raise Refusal(gettext("Household %(number)s is in no register of this county.")
                          % {"number": each["household_id"]})  # fmt: skip
        if each["mechanism"] not in mechanisms:
            raise Refusal(gettext("“%(name)s” is no mechanism that is declared.") % {"name": each["mechanism"]})
        amount = each.get("amount")
        made.append(
            Beneficiary(
                project=project, household_id=each["household_id"], place_code=village, mechanism=each["mechanism"],
                amount=None if amount is None else _number(amount),
            )
        )  # fmt: skip
    project.beneficiaries.all().delete()
    with told_as("beneficiary_once", gettext("A household is named twice with the same mechanism.")):
        return Beneficiary.objects.bulk_create(made, batch_size=5000)


@action("projects.measure")
def measure(*, number: str, goal: str, actual: Decimal, on: date, by: Office, why: str = "") -> Goal:
    """Say what came of a goal, once the project has begun.

    Raises:
        Refusal: it has not begun, it has no such goal, or the day is not between its start and today.
    """
    project = _locked(number)
    row = project.goals.filter(title=goal).first()
    if row is None or project.started_on is None:
        raise Refusal(gettext("Project %(number)s has not begun, or has no such goal.") % {"number": number})
    if not project.started_on <= on <= timezone.localdate():
        raise Refusal(gettext("A goal is measured between the start of its project and today."))
    row.actual, row.measured_on = _number(actual, least=Decimal(0)), on
    row.save(update_fields=["actual", "measured_on"])
    return row


@action("projects.export")
def export(*, rows: int, chosen: Mapping[str, str], by: Office) -> None:
    """Record that projects are taken out of the house."""
    record(None, by.territory, rows=rows, chosen={key: value for key, value in chosen.items() if value})


def _locked(number: str) -> Project:
    project = Project.objects.select_for_update(of=("self",)).select_related("case").filter(number=number).first()
    if project is None:
        raise Refusal(gettext("There is no project %(number)s within your territory.") % {"number": number})
    return project


def _before_library(number: str) -> Project:
    project = _locked(number)
    if project.case is None or project.case.at not in BEFORE_LIBRARY:
        raise Refusal(
            gettext("Project %(number)s is in the library, or ended: what it says stays.") % {"number": number}
        )
    return project


def _checked(said: Mapping[str, Any], place_code: str) -> dict[str, Any]:
    values: dict[str, Any] = {name: said.get(name) for name in Project.WRITTEN}
    for name, most in LONGEST.items():
        values[name] = _text(name, values[name] or "", most)
    lists = declared.in_force().lists
    for name, known in {"category": "category", "nature": "nature", "mechanism": "mechanism"}.items():
        code = values[name] = values[name] or ""
        if code not in lists[known] and (code or name != "mechanism"):
            raise Refusal(gettext("“%(code)s” is not declared as %(name)s.") % {"code": code, "name": name})
    values["cost"] = _number(values["cost"])
    values["villages"] = sorted(set(values["villages"] or []))
    county = place_code[: DIGITS[Level.COUNTY]]
    known_villages = set(
        Place.objects.filter(code__in=values["villages"], level=Level.VILLAGE).values_list("code", flat=True)
    )  # fmt: skip
    for code in values["villages"]:
        if code not in known_villages or not code.startswith(county):
            raise Refusal(gettext("%(code)s is no village of this county.") % {"code": code})
    start, end = values["start_planned"], values["end_planned"]
    if not (isinstance(start, date) and isinstance(end, date) and start <= end) or not 2000 <= values["year"] <= 2100:
        raise Refusal(gettext("Say the year of the plan, when it starts, and when it ends: not before its start."))
    values["person_id_number"] = str(values["person_id_number"] or "").strip().upper()[:18]
    return values


def _text(name: str, value: str, most: int) -> str:
    text = " ".join(str(value).split())
    if not text or len(text) > most or "\x00" in text:
        raise Refusal(gettext("%(name)s: write from 1 to %(most)s characters.") % {"name": name, "most": most})
    return text


def _number(value: Any, least: Decimal = Decimal("0.01")) -> Decimal:
    if not (isinstance(value, Decimal) and value.is_finite() and least <= value <= MOST and value == round(value, 2)):
        raise Refusal(gettext("“%(value)s” is no number with at most two decimals, or too small.") % {"value": value})
    return value
