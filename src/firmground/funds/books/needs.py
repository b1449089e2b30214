"""What the procedure of projects asks of the books."""

from firmground.cases.needs import Showing, check
from firmground.funds.books.queries import held
from firmground.funds.projects.models import Project


@check("project_without_money")
def _without_money(showing: Showing) -> bool:
    """Nothing is allocated to it, and nothing was spent on it."""
    project = Project.objects.filter(case=showing.case).first()
    return project is not None and not any(held([project]).get(project.pk, {}).values())
