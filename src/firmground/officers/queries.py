"""Every read of officers and offices."""

from django.db.models import F, Q, QuerySet

from firmground.officers.models import HandOver, Office, Officer
from firmground.officers.territory import Eyes


def offices(seen_by: Eyes, *, text: str = "", place: str = "", held_only: bool = True) -> QuerySet[Office]:
    """The offices within what the reader sees, by name, sign-in name or place."""
    rows = Office.held_on() if held_only else Office.objects.all()
    rows = rows.filter(seen_by.territory.q("territory"), territory__startswith=place).select_related("officer")
    if text:
        rows = rows.filter(Q(officer__name__icontains=text) | Q(officer__username__istartswith=text))
    return rows.order_by("territory", "role", "officer__name", "id")


def officer(pk: int, seen_by: Eyes) -> Officer:
    """An officer who holds or held an office within what the reader sees; or the reader.

    Raises:
        Officer.DoesNotExist: there is none in sight.
    """
    in_sight = Office.objects.filter(seen_by.territory.q("territory"), officer=pk).exists()
    if not in_sight and getattr(seen_by, "pk", None) != pk:
        raise Officer.DoesNotExist
    return Officer.objects.get(pk=pk)


def offices_of(officer: Officer) -> QuerySet[Office]:
    """Every office an officer ever held, the latest first."""
    return officer.offices.select_related("granted_by__officer", "delegated_from__officer").order_by(
        "-held_from", "-id"
    )


def office(pk: int, seen_by: Eyes) -> Office:
    """An office within what the reader sees.

    Raises:
        Office.DoesNotExist: there is none in sight.
    """
    return Office.objects.filter(seen_by.territory.q("territory")).select_related("officer").get(pk=pk)


def successors(office: Office) -> QuerySet[Office]:
    """The offices that could take over an office's desk."""
    wider = [office.territory[:digits] for digits in range(len(office.territory) + 1)]
    same = Office.held_on().filter(
        role=office.role, department=office.department, territory__in=wider, officer__locked_on=None
    )
    return same.exclude(pk=office.pk).select_related("officer")


def hand_overs(office: Office) -> QuerySet[HandOver]:
    """The sheets of desks that an office took over or gave away, those that wait first, then the last."""
    mine = HandOver.objects.filter(Q(to=office) | Q(office=office), office.reach.q("place_code"))
    return mine.select_related(*HANDS).order_by(F("acknowledged_at").desc(nulls_first=True), "-id")


def hand_over(pk: int, seen_by: Eyes) -> HandOver:
    """The sheet of a desk within what the reader sees.

    Raises:
        HandOver.DoesNotExist: there is none in sight.
    """
    return HandOver.objects.filter(seen_by.territory.q("place_code")).select_related(*HANDS).get(pk=pk)


HANDS = ("office__officer", "to__officer", "by__officer")
