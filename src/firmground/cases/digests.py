"""The morning mail: how much waits at each desk. Numbers and an address, nothing of any household."""

from datetime import date

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.utils.translation import gettext, override

from firmground.cases import queries
from firmground.cases.models import Digest
from firmground.officers.acting import action
from firmground.officers.models import Office


@action("cases.send_digests")
def send(*, on: date, by: Office) -> int:
    """Tell every office with a mail address whose desk is not empty, once a day; returns how many were told."""
    told = set(Digest.objects.filter(on=on).values_list("office_id", flat=True))
    offices = Office.held_on(on).exclude(officer__email="").exclude(pk__in=told).select_related("officer")
    digests = [digest for office in offices if office.officer.is_active and (digest := _counted(office, on))]
    Digest.objects.bulk_create(digests)
    get_connection().send_messages([_mail(digest) for digest in digests])
    return len(digests)


def _counted(office: Office, on: date) -> Digest | None:
    mine, risen = queries.mine(office), queries.risen(office).count()
    digest = Digest(
        office=office, on=on, waiting=mine.count(), late=mine.filter(late_after__lt=on).count(), risen=risen
    )
    return digest if digest.waiting or digest.risen else None


def _mail(digest: Digest) -> EmailMessage:
    officer = digest.office.officer
    with override(officer.language):
        counts = {"waiting": digest.waiting, "late": digest.late, "risen": digest.risen}
        subject = gettext("Your desk: %(waiting)s cases wait, %(late)s of them late") % counts
        lines = [
            gettext("%(waiting)s cases wait for you, %(late)s of them late.") % counts,
            gettext("%(risen)s overdue cases have risen to you.") % counts,
            f"{settings.FIRMGROUND_ADDRESS}/desk/",
        ]
    return EmailMessage(subject, "\n\n".join(lines), to=[officer.email])
