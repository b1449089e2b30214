"""The machine as an officer: what nobody's hand does is done by `firmground`, and the trail says so."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date

from django.contrib.auth.hashers import make_password
from django.db import transaction

from firmground.common.audit.trail import acting
from firmground.officers.models import Office, Officer, Role
from firmground.officers.territory import EVERYWHERE, seeing

USERNAME = "firmground"


def machine() -> Office:
    """The office of the machine itself."""
    return Office.objects.select_related("officer").get(officer__username=USERNAME)


@contextmanager
def everywhere() -> Iterator[Office]:
    """For the machine's own commands, never for a request: sees every place; gives the office in which it acts."""
    with seeing(EVERYWHERE):
        yield machine()


def make(using: str) -> None:
    """See that the machine is there. Called after every migration; it does nothing twice."""
    if Officer.objects.using(using).filter(username=USERNAME).exists():
        return
    installing = acting(officer=None, office=None, role=Role.ADMINISTRATOR, verb="officers.install", using=using)
    with transaction.atomic(using=using), installing, seeing(EVERYWHERE, using=using):
        officer = Officer.objects.using(using).create(
            username=USERNAME, name="Firmground", password=make_password(None), language="en"
        )
        Office.objects.using(using).create(officer=officer, role=Role.ADMINISTRATOR, held_from=date(2020, 1, 1))
