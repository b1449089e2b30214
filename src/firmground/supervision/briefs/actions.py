"""Every write of briefs."""

import hashlib
from datetime import date

from django.utils import timezone
from django.utils.translation import gettext

from firmground.common.errors import Refusal
from firmground.officers.acting import action, record
from firmground.officers.models import Office
from firmground.places.models import Place
from firmground.supervision.board import queries as board
from firmground.supervision.briefs import contents
from firmground.supervision.briefs.models import Brief, digest_of, monday_of, sunday_of


@action("briefs.make")
def make(*, place: str, day: date, by: Office, why: str = "") -> Brief:
    """Make the brief of a place for the week in which a day lies. Made again with equal numbers, it stays the one.

    Raises:
        Refusal: the week is not over; the place is none, or out of reach; or the numbers have changed since the last
            edition, and nobody says why there should be another.
    """
    week = monday_of(day)
    if sunday_of(week) >= timezone.localdate():
        raise Refusal(gettext("The week of %(week)s is not over: its brief is made on Monday.") % {"week": week})
    if not by.reach.covers(place) or (place and not Place.objects.filter(code=place).exists()):
        raise Refusal(gettext("There is no place with the code “%(code)s” in your territory.") % {"code": place})
    numbers = contents.of(place, week)
    if numbers["screening"] and not board.is_counted(numbers["screening"]["number"]):
        raise Refusal(gettext("The figures of the last screening are still being counted: try again in a minute."))
    said = contents.written(numbers)
    last = Brief.objects.filter(place_code=place, week=week).order_by("edition").last()
    if last is not None and last.said == said:
        return last
    if last is not None and not why.strip():
        raise Refusal(
            gettext("The brief of this week is made. Its numbers would differ now: say why a new edition is needed.")
        )
    screening = numbers["screening"]
    return Brief.objects.create(
        place_code=place,
        week=week,
        edition=last.edition + 1 if last else 1,
        said=said,
        digest=digest_of(said),
        snapshot_digest=screening["snapshot"] if screening else "",
        made_at=timezone.now(),
        made_by=by,
        because=why.strip()[:300] if last else "",
    )


@action("briefs.export")
def export(*, brief: Brief, content: bytes, by: Office) -> None:
    """Record that a brief is taken out of the house, as paper or as numbers, and the SHA-256 of the file."""
    digest = hashlib.sha256(content).hexdigest()
    record(brief, brief.place_code, week=str(brief.week), edition=brief.edition, digest=digest)
