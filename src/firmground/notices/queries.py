"""Every read of notices. They are public once they hang; objections belong to the officers of the territory."""

from datetime import date

from django.db.models import Q, QuerySet

from firmground.common.audit.trail import told
from firmground.notices.models import Contact, Notice, Objection, Telephone
from firmground.officers.territory import Eyes
from firmground.places.models import DIGITS

STANDINGS = ("hanging", "past", "all")


def hanging(place_code: str, on: date, seen_by: Eyes) -> QuerySet[Notice]:
    """What hangs on a day on the boards of a place and below, as far as they lie in the reader's territory."""
    return found(place_code, standing="hanging", on=on).filter(seen_by.territory.q("place_code"))


def found(place_code: str = "", *, kind: str = "", standing: str = "all", on: date) -> QuerySet[Notice]:
    """Notices on the boards of a place and below, the latest first.

    Args:
        standing: "hanging" on that day, "past" (its days are over, withdrawn, corrected), or "all".
    """
    rows = Notice.objects.filter(posted_on__lte=on)
    if place_code:
        rows = rows.filter(place_code__startswith=place_code)
    if kind:
        rows = rows.filter(kind=kind)
    hangs = Q(hangs_to__gte=on) & (Q(ended_on=None) | Q(ended_on__gt=on))
    return rows if standing == "all" else rows.filter(hangs) if standing == "hanging" else rows.exclude(hangs)


def board_of(place_code: str, on: date) -> QuerySet[Notice]:
    """What was ever put up on one board, the latest first."""
    return Notice.objects.filter(place_code=place_code, posted_on__lte=on)


def of_case(case: int) -> QuerySet[Notice]:
    """The notices put up in a case, the first first."""
    return Notice.objects.filter(case=case).order_by("id")


def to_take_down(on: date, seen_by: Eyes) -> QuerySet[Notice]:
    """Papers that still hang although their days are over or they do not hold any more, the oldest first."""
    over = Q(hangs_to__lt=on) | Q(ended_on__isnull=False)
    return Notice.objects.filter(over, seen_by.territory.q("place_code"), taken_down_on=None).order_by("hangs_to", "id")


def open_objections(of: Notice | int) -> QuerySet[Objection]:
    """Objections to a notice, or to any notice of a case (by its number), that nobody has answered."""
    mine = Q(notice=of) if isinstance(of, Notice) else Q(notice__case=of)
    return Objection.objects.filter(mine, answered_at=None)


def waiting(seen_by: Eyes) -> QuerySet[Objection]:
    """Objections in a territory that wait for an answer, the oldest first."""
    rows = Objection.objects.filter(seen_by.territory.q("place_code"), answered_at=None)
    return rows.select_related("notice__posted_by")


def contact_of(objection: Objection) -> str:
    """How to reach whoever objected; "" if they did not say, and for everybody in the village."""
    return Contact.objects.filter(pk=objection.pk).values_list("said", flat=True).first() or ""


def by_receipt(receipt: str) -> Objection | None:
    """The objection of whoever holds the receipt; PostgreSQL shows that row and no other."""
    with told("firmground.receipt", receipt):
        return Objection.objects.select_related("notice").filter(receipt=receipt).first() if receipt else None


def telephone_of(place_code: str) -> str:
    """The nearest telephone that takes objections: the place's own, else of a place above; "" if none is known."""
    above = [place_code[:digits] for digits in DIGITS.values() if digits <= len(place_code)]
    known = {row.place_code: row.telephone for row in Telephone.objects.filter(place_code__in=above)}
    return known[max(known, key=len)] if known else ""


def whole_days(notice: Notice, on: date) -> int:
    """How many whole days a notice has hung by the morning of a day, up to those it has to.

    The day it was put up is not whole, nor is the one on which it was withdrawn or corrected.
    """
    last = min(on, notice.ended_on) if notice.ended_on else on
    return max(0, min((last - notice.posted_on).days - 1, notice.days))
