"""What a desk holds of assistance: what was promised there, or is the department's to give, and has not been given."""

from collections.abc import Iterator
from datetime import date

from firmground.assistance.models import PROMISED, Measure
from firmground.officers import desks
from firmground.officers.models import Office, Role
from firmground.registry import declared


def promised(office: Office, on: date) -> Iterator[desks.Piece]:
    """The promises that an office answers for: a department's own; else those made in that role and territory."""
    rows = Measure.objects.filter(PROMISED, office.reach.q("place_code"))
    if office.role == Role.DEPARTMENT:
        rows = rows.filter(department=office.department)
    else:
        rows = rows.filter(promised_by__role=office.role, promised_by__territory=office.territory)
    for row in rows.order_by("due_on", "id"):
        what = {name: declared.word("assistance.measure", row.measure, name) for name in ("en", "zh")}
        yield desks.Piece(
            number=str(row.pk),
            says={name: f"{word}: {row.item} ({row.household_id})" for name, word in what.items()},
            place_code=row.place_code,
            due_on=row.due_on,
        )


desks.keeps("measure", promised)
