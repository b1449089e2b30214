"""Every read of projects, and where each stands on its way."""

from datetime import date

from django.db.models import QuerySet

from firmground.funds.projects.models import Project
from firmground.officers.territory import Eyes

FUNDED = ("start", "completion", "acceptance", "completion_publicity", "asset")
"""Steps of the procedure at which a project is in the yearly plan, and may get money."""
CLOSED = ("closed", "removed", "turned_down")


def projects(*, seen_by: Eyes, under: str = "") -> QuerySet[Project]:
    rows = Project.objects.filter(seen_by.territory.q("place_code"), place_code__startswith=under)
    return rows.select_related("case")


def project(number: str, *, seen_by: Eyes) -> Project | None:
    """A project by its number; None if it is out of sight."""
    return projects(seen_by=seen_by).filter(number=number).first()


def may_be_funded(project: Project) -> bool:
    """Whether money may be set aside for it: it is in the yearly plan."""
    return project.case is not None and project.case.at in FUNDED


def may_be_paid(project: Project) -> bool:
    """Whether its money may be paid out: it was in the plan, and is not removed. A closed one may owe its last rate."""
    return project.case is not None and project.case.at in (*FUNDED, "closed")


def stood_at(project: Project, on: date) -> str:
    """The step or outcome a project stood at on a day, "" before it was proposed."""
    case = project.case
    if case is None or case.opened_on > on:
        return ""
    last = case.moves.filter(on__lte=on).order_by("position").last()
    return last.outcome if last else "proposal"
