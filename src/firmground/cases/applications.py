"""Applications from the public page: received from anybody, taken up or answered by the township."""

import secrets
from datetime import date, timedelta

from django.db import connection
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext

from firmground.cases import declared
from firmground.cases.actions import open_case
from firmground.cases.models import Application
from firmground.common.audit.trail import told
from firmground.common.errors import Refusal
from firmground.notices.limits import LONGEST_CONTACT, LONGEST_TEXT, TooMany
from firmground.officers.acting import action
from firmground.officers.models import Office
from firmground.officers.territory import Eyes
from firmground.places.models import Level
from firmground.places.queries import in_force
from firmground.registry.declared import parameter
from firmground.registry.models import OPEN, Household, Member

CHANNEL = "application"
WITHIN = "application_answered_within_days"
"""The parameter that gives the township's days to take an application up."""
DIGITS_OF_A_NUMBER = 4
"""Of an identity number at least; fewer would fit half the village."""
FROM_ONE_ADDRESS = 5
FROM_ONE_VILLAGE = 200
"""Both in a day. A village may share an address; whoever meets a limit can still call the township or go there."""


@action("cases.apply")
def apply(
    *, place_code: str, name: str, text: str, number: str = "", contact: str = "", sender: str, by: Office
) -> Application:
    """Receive an application from the public page, in the machine's office.

    Args:
        number: of the household, or the last digits of somebody's identity number.
        sender: where it was sent from (`limits.sender_of`).

    Raises:
        Refusal: no such village, or nothing, or too much, was written.
        TooMany: more came from there than is taken in a day.
    """
    name, text, number, contact = name.strip(), text.strip(), number.strip(), contact.strip()
    if not in_force().filter(code=place_code, level=Level.VILLAGE).exists():
        raise Refusal(gettext("Choose the village in which the household lives."))
    if not name or not text:
        raise Refusal(gettext("Write a name, and what happened."))
    if len(name) > 80 or len(number) > 40 or len(text) > LONGEST_TEXT or len(contact) > LONGEST_CONTACT:
        raise Refusal(gettext("That is too long. Write at most %(most)s characters.") % {"most": LONGEST_TEXT})
    if "\x00" in name + text + number + contact:
        raise Refusal(gettext("The text holds a character that cannot be kept. Type it again."))
    today = timezone.localdate()
    _check_limits(place_code, sender, today)
    within = int(str(parameter(WITHIN, today, place_code).value))
    return Application.objects.create(
        place_code=place_code, name=name, number=number, text=text, contact=contact, received_at=timezone.now(),
        received_on=today, due_on=today + timedelta(days=within), sender=sender, receipt=secrets.token_urlsafe(12),
    )  # fmt: skip


@action("cases.take_up")
def take_up(*, application: int, household_id: str, procedure: str, by: Office) -> Application:
    """Say which household an application is from, and open a case for it.

    Raises:
        Refusal: it was answered already, the household is of another village, or the case cannot be opened.
    """
    row = _locked(application)
    case = open_case(procedure=procedure, subject_id=household_id.strip(), channel=CHANNEL, by=by, why=row.text)
    if case.place_code != row.place_code:
        raise Refusal(gettext("This household is registered in another village than the one in the application."))
    row.case, row.answered_on, row.answered_by = case, timezone.localdate(), by
    row.save()
    return row


@action("cases.answer")
def answer(*, application: int, text: str, by: Office) -> Application:
    """Say why no case is opened. The applicant reads it.

    Raises:
        Refusal: it was answered already, or no reason is given.
    """
    row, text = _locked(application), text.strip()
    if not text or len(text) > LONGEST_TEXT or "\x00" in text:
        raise Refusal(gettext("Write an answer of at most %(most)s characters.") % {"most": LONGEST_TEXT})
    row.answer, row.answered_on, row.answered_by = text, timezone.localdate(), by
    row.save()
    return row


def procedures() -> list[str]:
    """The procedures that an application may open."""
    return [name for name, each in declared.in_force().procedures.items() if CHANNEL in each.opened_by]


def waiting(seen_by: Eyes) -> QuerySet[Application]:
    """Applications of a territory that nobody took up or answered, the most urgent first."""
    rows = Application.objects.filter(seen_by.territory.q("place_code"), answered_on=None)
    return rows.order_by("due_on", "pk")


def one(number: int, *, seen_by: Eyes) -> Application | None:
    """An application; None if it is out of sight."""
    rows = Application.objects.filter(seen_by.territory.q("place_code"))
    return rows.select_related("case", "answered_by__officer").filter(pk=number).first()


def alike(application: Application, most: int = 10) -> list[Household]:
    """Households of the village that it may be from: by their number, the name, or the end of an identity number."""
    village = {"village_code": application.place_code}
    called = Q(head=application.name) | Q(household_id=application.number)
    members = Q(name=application.name)
    if len(application.number) >= DIGITS_OF_A_NUMBER:
        members |= Q(id_number__endswith=application.number)
    theirs = Member.objects.filter(OPEN, members, **village).values("household_id")
    rows = Household.objects.filter(OPEN, **village).filter(called | Q(household_id__in=theirs))
    return list(rows.order_by("household_id")[:most])


def by_receipt(receipt: str) -> Application | None:
    """The application of whoever holds the receipt; PostgreSQL shows that row and no other."""
    with told("firmground.receipt", receipt):
        return Application.objects.filter(receipt=receipt).first() if receipt else None


def _locked(number: int) -> Application:
    row = Application.objects.select_for_update().filter(pk=number).first()
    if row is None:
        raise Refusal(gettext("There is no such application in your territory."))
    if row.answered_on is not None:
        raise Refusal(gettext("Somebody took this application up, or answered it. Look at it again."))
    return row


def _check_limits(place_code: str, sender: str, today: date) -> None:
    with connection.cursor() as cursor:  # those who apply at once are counted one after the other
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('applications'))")
    come = Application.objects.filter(received_on=today)
    if (
        come.filter(sender=sender).count() >= FROM_ONE_ADDRESS
        or come.filter(place_code=place_code).count() >= FROM_ONE_VILLAGE
    ):
        raise TooMany(
            gettext(
                "Too many applications came from here, or from this village, today. Call the township or go there, or "
                "come back tomorrow."
            )
        )
