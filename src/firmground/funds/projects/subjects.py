"""What cases have to know of projects, and the needs that only this room can answer for."""

from collections.abc import Collection, Mapping
from datetime import date
from typing import Any

from django.urls import reverse
from django.utils.translation import get_language, gettext

from firmground.cases.needs import Showing, check
from firmground.cases.subjects import Kind, Known, known_as
from firmground.common.errors import Refusal
from firmground.engines.declarations import in_language
from firmground.engines.standards.reference import Subject
from firmground.funds import declared
from firmground.funds.projects.models import Project
from firmground.officers.models import Office
from firmground.places.models import DIGITS, Level

FOLLOW = {"started_on", "completed_on"}
"""What a case may write of a project."""


@known_as("project")
class _Projects(Kind):
    """A project has one case for good, from its proposal to its asset."""

    once = True

    def known(self, numbers: Collection[str], places: Collection[str] | None = None) -> dict[str, Known]:
        rows = Project.objects.filter(number__in=list(numbers))
        return {row.number: Known(row.number, row.place_code, row.title, row) for row in rows}

    def judged(self, number: str, on: date) -> Subject | None:
        return None

    def published(self, known: Known) -> Mapping[str, Any]:
        row: Project = known.row
        categories = declared.in_force().lists["category"]
        return {
            "project": row.title, "project_number": row.number, "task": row.task, "cost": f"{row.cost:,.2f}",
            "category": in_language(categories.get(row.category, {}), (get_language() or "zh")[:2]) or row.category,
            "unit": row.unit, "planned": f"{row.start_planned} – {row.end_planned}",
            "completed_on": str(row.completed_on or ""),
        }  # fmt: skip

    def address(self, number: str) -> str:
        return reverse("project", args=[number])

    def set(self, number: str, facts: Mapping[str, Any], *, by: Office, case: int, why: str) -> None:
        project = Project.objects.select_for_update().get(number=number)
        for name, value in facts.items():
            if name not in FOLLOW:
                raise Refusal(gettext("A case does not write “%(name)s” of a project.") % {"name": name})
            setattr(project, name, date.fromisoformat(str(value)) if value else None)
        start, end = project.started_on, project.completed_on
        if end is not None and (start is None or end < start):
            raise Refusal(gettext("It cannot be completed before it was started, on %(day)s.") % {"day": start or "–"})
        project.save(update_fields=list(facts))


def _project(showing: Showing) -> Project | None:
    return Project.objects.filter(case=showing.case).first()


def _of_level(showing: Showing, level: Level) -> bool:
    return len(showing.case.place_code) == DIGITS[level]


@check("project_of_village")
def _of_village(showing: Showing) -> bool:
    return _of_level(showing, Level.VILLAGE)


@check("project_of_township")
def _of_township(showing: Showing) -> bool:
    return _of_level(showing, Level.TOWNSHIP)


@check("project_of_county")
def _of_county(showing: Showing) -> bool:
    return _of_level(showing, Level.COUNTY)


@check("project_has_goals")
def _has_goals(showing: Showing) -> bool:
    """No performance goal, no entry: goals are there, and weigh 100 together."""
    project = _project(showing)
    return project is not None and sum(goal.weight for goal in project.goals.all()) == 100


@check("project_goals_measured")
def _goals_measured(showing: Showing) -> bool:
    project = _project(showing)
    return project is not None and not project.goals.filter(actual=None).exists()
