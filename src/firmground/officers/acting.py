"""Every write is an action: a verb, done by an officer in an office, in one transaction, allowed by one table."""

import inspect
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar, cast

from django.db import connection, models, transaction
from django.utils.translation import gettext

from firmground.common.audit import trail
from firmground.common.errors import Refusal
from firmground.officers.models import Office
from firmground.officers.permissions import PERMISSIONS
from firmground.officers.territory import seeing

P = ParamSpec("P")
R = TypeVar("R")


def action(verb: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Make a function of an actions.py an action. It takes keywords only, `by` among them; it may take `why`.

    In one transaction: the office is looked at, and the permission table; PostgreSQL is told who acts, in which office,
    which verb and why, and sees no further than the office's territory. An action called inside another runs in its
    transaction and under its own verb. A Refusal undoes everything, and the attempt is recorded.

    Raises:
        KeyError: the verb is not in officers/permissions.py.
    """
    roles = PERMISSIONS[verb]

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        parameters = inspect.signature(function).parameters.values()
        assert all(each.kind is each.KEYWORD_ONLY for each in parameters), f"{verb} takes keywords only"
        assert "by" in {each.name for each in parameters}, f"{verb} is done by somebody"

        @wraps(function)
        def act(*args: P.args, **kwargs: P.kwargs) -> R:
            by = cast(Office, kwargs["by"])
            why = str(kwargs.get("why") or "")
            try:
                with transaction.atomic(), _told(by, verb, why), seeing(by.reach):
                    if by.role not in roles or not by.is_held() or not by.officer.is_active:
                        raise Refusal(_not_allowed(by, verb))
                    return function(*args, **kwargs)
            except Refusal as refusal:
                _record_attempt(by, verb, why, refusal)
                raise

        act.verb = verb  # type: ignore[attr-defined]
        return act

    return decorate


def record(subject: models.Model | None, place_code: str, **details: object) -> None:
    """Add an event to the trail by hand, from inside an action."""
    trail.record(subject, place_code, details)


def may(office: Office | None, verb: str) -> bool:
    """Whether the table lets an office do this. Pages ask it before they show a button."""
    return office is not None and office.role in PERMISSIONS[verb]


def _told(by: Office, verb: str, why: str):  # type: ignore[no-untyped-def]
    return trail.acting(officer=by.officer_id, office=by.pk, role=by.role, verb=verb, why=why)


def _not_allowed(by: Office, verb: str) -> str:
    said = {"role": by.get_role_display(), "verb": verb, "day": by.held_to}
    if not by.officer.is_active:
        return gettext("This officer's access is locked. Ask the administrator.")
    if not by.is_held():
        return gettext("This office is not held today. Choose another office, or ask whoever granted it.")
    return gettext("As %(role)s you cannot do this (%(verb)s). Ask somebody whose office may.") % said


def _record_attempt(by: Office, verb: str, why: str, refusal: Refusal) -> None:
    if connection.needs_rollback:  # it would be lost with the transaction around us
        return
    with transaction.atomic(), _told(by, verb, why):
        trail.record(None, by.territory, {"refusal": str(refusal)}, refused=True)
