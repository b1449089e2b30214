"""What a desk holds of teams: households that its officer helps, and attendance that waits for the township."""

from collections.abc import Iterator
from datetime import date

from firmground.officers import desks
from firmground.officers.acting import may
from firmground.officers.models import Office
from firmground.teams.models import NOW, Helper
from firmground.teams.queries import unconfirmed


def helped(office: Office, on: date) -> Iterator[desks.Piece]:
    """The households that the officer helps there: a helper is a person, so another has to be named for each."""
    for row in Helper.objects.filter(NOW, office.reach.q("place_code"), officer=office.officer):
        yield desks.Piece(
            number=row.household_id,
            says={
                "en": f"helps household {row.household_id}: name another helper",
                "zh": f"帮扶 {row.household_id} 户：需另定帮扶责任人",
            },
            place_code=row.place_code,
        )


def to_confirm(office: Office, on: date) -> Iterator[desks.Piece]:
    """Days at post that villages marked."""
    for row in unconfirmed(office.territory, seen_by=office.reach) if may(office, "teams.confirm") else ():
        who = row.cadre.officer.name
        yield desks.Piece(
            number=str(row.pk),
            says={
                "en": f"{who} on {row.on}: confirm attendance",
                "zh": f"{who} {row.on}：待确认在岗情况",
            },
            place_code=row.place_code,
        )


desks.keeps("helper", helped)
desks.keeps("attendance", to_confirm)
