"""Every write of listings by rule."""

from collections.abc import Mapping
from datetime import date

from django.utils import timezone
from django.utils.translation import gettext

from firmground.common.errors import Refusal
from firmground.findings.models import Screening
from firmground.officers.acting import action, record
from firmground.officers.models import Office
from firmground.places import actions as places
from firmground.supervision.listing import queries
from firmground.supervision.listing.queries import Redrawn

REASON = "redrawn"
"""Why a place that no rule lists any more leaves the list."""


@action("listing.redraw")
def redraw(*, screening: int, digest: str, act: str, on: date, by: Office, why: str = "") -> Redrawn:
    """Make the list by rule what a screening says: places enter and leave by an act, on a day.

    Args:
        digest: of the changes as they were shown (`Redrawn.digest`).

    Raises:
        Refusal: no such screening; the day lies before it or ahead; no act is named; or the changes are not, or not
            any more, those that were shown.
    """
    row = Screening.objects.filter(pk=screening).first()
    if row is None:
        raise Refusal(gettext("There is no screening with this number."))
    if not row.as_of <= on <= timezone.localdate():
        raise Refusal(gettext("The list is drawn on a day from that of the screening to today."))
    drawn = queries.redrawn(row, seen_by=by.reach)
    if drawn.digest != digest:
        raise Refusal(gettext("What would change is not what you were shown: look again, and confirm what you see."))
    for each in drawn.entering:
        places.enlist(place_code=each.place_code, on=on, basis=each.grounds[0], act=act, by=by, why=why)
    for each in drawn.leaving:
        places.delist(place_code=each.place_code, on=on, act=act, reason=REASON, by=by, why=why)
    return drawn


@action("listing.export")
def export(*, rows: int, chosen: Mapping[str, str], by: Office) -> None:
    """Record that listings are taken out of the house: how many rows, and which."""
    record(None, by.territory, rows=rows, chosen={key: value for key, value in chosen.items() if value})
