"""Every write about officers: enrolling, granting, ending, delegating, handing over, locking, passwords, sign-ins."""

import secrets
from datetime import date, timedelta
from importlib import import_module

from django.conf import settings
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext

from firmground.common.constraints import told_as
from firmground.common.errors import Refusal
from firmground.officers import desks
from firmground.officers.acting import action, record
from firmground.officers.departments import departments
from firmground.officers.machine import USERNAME as MACHINE
from firmground.officers.models import LEVELS, HandOver, Office, Officer, Role, Token
from firmground.officers.tokens import LONGEST, PREFIX, hashed

FAILURES = 5  # wrong passwords in a row
WAIT = timedelta(minutes=15)
ORDER = list(LEVELS)  # from the nation down


@action("officers.enrol")
def enrol(
    *, username: str, name: str, role: str, territory: str, held_from: date, by: Office, department: str = "",
    held_to: date | None = None, email: str = "", phone: str = "", why: str = "",
) -> tuple[Officer, str]:  # fmt: skip
    """Take a person in with a first office; gives the password with which they sign in once.

    Raises:
        Refusal: the username is taken, or the office is not one that `by` may grant.
    """
    if not name.strip() or not username.strip():
        raise Refusal(gettext("Write the officer's name and the name they sign in with."))
    if Officer.objects.filter(username=username).exists():
        raise Refusal(
            gettext("Somebody signs in as %(username)s already. Choose another name.") % {"username": username}
        )
    password = fresh_password()
    officer = Officer(username=username, name=name, email=email, phone=phone, password_was_given=True)
    officer.set_password(password)
    officer.save()
    grant(
        officer=officer, role=role, territory=territory, department=department, held_from=held_from, held_to=held_to,
        by=by, why=why,
    )  # fmt: skip
    return officer, password


@action("officers.grant")
def grant(
    *, officer: Officer, role: str, territory: str, held_from: date, by: Office, department: str = "",
    held_to: date | None = None, why: str = "",
) -> Office:  # fmt: skip
    """Give an officer an office: an administrator any within the territory, a level those of the levels below it.

    Raises:
        Refusal: `by` may not grant it, the role does not fit the place, or the dates are the wrong way round.
    """
    _check_may_grant(by, role, territory)
    _check_dates(held_from, held_to)
    if officer.pk == by.officer_id:
        raise Refusal(gettext("Nobody grants an office to themselves. Ask the level above."))
    if not officer.is_active:
        raise Refusal(gettext("%(officer)s is locked. Unlock the officer first.") % {"officer": officer})
    if (role == Role.DEPARTMENT) != bool(department):
        raise Refusal(gettext("A department's office names its department, and no other office does."))
    if department and department not in departments():
        said = {"department": department, "departments": ", ".join(departments())}
        raise Refusal(gettext("There is no department “%(department)s”; there are %(departments)s.") % said)
    return Office.objects.create(
        officer=officer, role=role, territory=territory, department=department, held_from=held_from, held_to=held_to,
        granted_by=by,
    )  # fmt: skip


@action("officers.end")
def end(*, office: Office, on: date, by: Office, why: str = "") -> None:
    """Let an office end on a day, its last; what was delegated from it ends then, too.

    Raises:
        Refusal: `by` could not grant it, it is `by` itself, it has ended by then, or the day lies before it began.
    """
    if office.pk == by.pk:
        raise Refusal(gettext("Nobody ends the office in which they act. Ask the level above."))
    if office.delegated_from_id != by.pk:  # whoever lent it may take it back
        _check_may_grant(by, office.role, office.territory)
    _check_dates(office.held_from, on)
    if office.held_to is not None and office.held_to <= on:
        raise Refusal(gettext("This office ends on %(day)s already.") % {"day": office.held_to})
    later = Q(held_to__gt=on) | Q(held_to=None)
    for each in [office, *Office.objects.filter(later, delegated_from=office)]:
        each.held_from, each.held_to = min(each.held_from, on), on
        each.save(update_fields=["held_from", "held_to"])


@action("officers.delegate")
def delegate(*, to: Officer, until: date, by: Office, territory: str | None = None, why: str = "") -> Office:
    """Lend the office in which one acts to another officer until a day: the same role, within the same territory.

    Raises:
        Refusal: longer than the office itself, outside it, to oneself, or lent already.
    """
    territory = by.territory if territory is None else territory
    today = timezone.localdate()
    if by.delegated_from_id is not None:
        raise Refusal(gettext("This office is lent to you: only whoever holds it can delegate it."))
    if to.pk == by.officer_id:
        raise Refusal(gettext("Choose another officer than yourself."))
    if not to.is_active:
        raise Refusal(gettext("%(officer)s is locked. Unlock the officer first.") % {"officer": to})
    if not by.reach.covers(territory) or (by.role in LEVELS and territory != by.territory):
        raise Refusal(gettext("An office is delegated within its own territory, and a level as a whole."))
    if until < today:
        raise Refusal(gettext("A delegation ends today or later."))
    if by.held_to is not None and until > by.held_to:
        raise Refusal(
            gettext("Your own office ends on %(day)s: a delegation cannot last longer.") % {"day": by.held_to}
        )
    return Office.objects.create(
        officer=to, role=by.role, territory=territory, department=by.department, held_from=today, held_to=until,
        delegated_from=by, granted_by=by,
    )  # fmt: skip


@action("officers.hand_over")
def hand_over(*, office: Office, to: Office, by: Office, promised: str = "", why: str = "") -> HandOver:
    """Hand the desk of an office over to another of the same role that covers its territory, by a sheet of what is
    open; whoever takes it over acknowledges it.

    Args:
        promised: what was promised by word of mouth, and to whom.

    Raises:
        Refusal: it is neither one's own nor one that `by` could grant, the other office could not do the work, or it
            has not acknowledged the sheet before.
    """
    if office.pk != by.pk:
        _check_may_grant(by, office.role, office.territory)
    if to.pk == office.pk or not to.is_held() or not to.officer.is_active:
        raise Refusal(gettext("Choose another office, held today by an officer who is not locked."))
    if (to.role, to.department) != (office.role, office.department) or not to.reach.covers(office.territory):
        raise Refusal(gettext("Work is handed over to the same role, in a territory that covers this one."))
    with told_as("hand_over_waits_once", gettext("The sheet of the last hand-over has not been acknowledged yet.")):
        return HandOver.objects.create(
            office=office, to=to, by=by, place_code=office.territory, made_at=timezone.now(), why=why.strip(),
            promised=promised.strip(), sheet=desks.sheet(office, timezone.localdate()),
        )  # fmt: skip


@action("officers.acknowledge")
def acknowledge(*, hand_over: HandOver, by: Office, why: str = "") -> None:
    """Say that one has read the sheet of a desk that one takes over.

    Raises:
        Refusal: it was handed over to another officer, or was acknowledged before.
    """
    if hand_over.to.officer_id != by.officer_id:
        raise Refusal(gettext("This desk was handed over to somebody else, who acknowledges it."))
    waiting = HandOver.objects.filter(pk=hand_over.pk, acknowledged_at=None)
    if not waiting.update(acknowledged_at=timezone.now()):
        raise Refusal(gettext("This was acknowledged before."))


@action("officers.clear_sessions")
def clear_sessions(*, by: Office, why: str = "") -> int:
    """Forget the sessions whose time is over; returns how many there were."""
    store = import_module(settings.SESSION_ENGINE).SessionStore
    over = store.get_model_class().objects.filter(expire_date__lt=timezone.now())
    gone, _ = over.delete()
    return int(gone)


@action("officers.lock")
def lock(*, officer: Officer, because: str, by: Office) -> None:
    """Keep an officer out, at once and until unlocked; the officer's tokens end for good.

    Raises:
        Refusal: no reason is given, or an office of the officer is not one that `by` could grant.
    """
    if not because.strip():
        raise Refusal(gettext("Say why the officer is locked. It is kept."))
    _check_may_manage(by, officer)
    officer.locked_on, officer.locked_because = timezone.now(), because.strip()
    officer.save(update_fields=["locked_on", "locked_because"])
    Token.objects.filter(office__officer=officer, revoked_on=None).update(revoked_on=timezone.now())


@action("officers.unlock")
def unlock(*, officer: Officer, by: Office, why: str = "") -> None:
    """Let an officer in again; wrong passwords are forgotten, too."""
    _check_may_manage(by, officer)
    officer.locked_on, officer.locked_because, officer.failures, officer.waits_until = None, "", 0, None
    officer.save(update_fields=["locked_on", "locked_because", "failures", "waits_until"])


@action("officers.give_password")
def give_password(*, officer: Officer, by: Office, why: str = "") -> str:
    """A new password for an officer who lost theirs; they have to change it when they sign in."""
    _check_may_manage(by, officer)
    password = fresh_password()
    officer.set_password(password)
    officer.password_was_given = True
    officer.failures, officer.waits_until = 0, None
    officer.save(update_fields=["password", "password_was_given", "failures", "waits_until"])
    return password


@action("officers.reset_second_factor")
def reset_second_factor(*, officer: Officer, by: Office, why: str = "") -> None:
    """Forget the second factor of an officer whose telephone is gone; a new one is set up at the next sign-in."""
    from allauth.mfa.models import Authenticator

    _check_may_manage(by, officer)
    Authenticator.objects.filter(user=officer).delete()
    record(officer, by.territory, second_factor="forgotten")


@action("officers.change_password")
def change_password(*, password: str, by: Office) -> None:
    """Change one's own password."""
    by.officer.set_password(password)
    by.officer.password_was_given = False
    by.officer.save(update_fields=["password", "password_was_given"])


@action("officers.sign_in")
def signed_in(*, by: Office) -> None:
    """Record that somebody signed in; the count of wrong passwords begins anew."""
    officer = by.officer
    if officer.failures:
        officer.failures, officer.waits_until = 0, None
        officer.save(update_fields=["failures", "waits_until"])
    record(officer, by.territory)


@action("officers.change_second_factor")
def changed_second_factor(*, what: str, by: Office) -> None:
    """Record that an officer added, removed or renewed a second factor."""
    record(by.officer, by.territory, second_factor=what)


@action("officers.count_failure")
def count_failure(*, officer: Officer, by: Office) -> None:
    """Count a wrong password; after five in a row the officer waits a quarter of an hour."""
    officer = Officer.objects.select_for_update().get(pk=officer.pk)
    officer.failures += 1
    if officer.failures >= FAILURES:
        officer.failures, officer.waits_until = 0, timezone.now() + WAIT
    officer.save(update_fields=["failures", "waits_until"])


@action("officers.make_token")
def make_token(*, office: Office, name: str, days: int, by: Office) -> tuple[Token, str]:
    """Make a token for an office: one's own, or that of another system. Gives its secret, which is kept nowhere.

    Raises:
        Refusal: no name, too many days, an office that is not held, or not one that `by` may make tokens for.
    """
    if not may_make_token(by, office):
        raise Refusal(gettext("A token is for your own office, or for another government's system that you granted."))
    if not office.is_held() or not office.officer.is_active:
        raise Refusal(gettext("This office is not held today, or its officer is locked."))
    if not name.strip() or len(name) > 80:
        raise Refusal(gettext("Write what the token is for, in at most 80 characters."))
    if not 1 <= days <= LONGEST:
        raise Refusal(gettext("A token lasts from 1 to %(most)s days.") % {"most": LONGEST})
    secret, now = PREFIX + secrets.token_urlsafe(32), timezone.now()
    token = Token.objects.create(
        office=office,
        name=name.strip(),
        hash=hashed(secret),
        made_on=now,
        made_by=by,
        expires=now + timedelta(days=days),
    )
    return token, secret


@action("officers.revoke_token")
def revoke_token(*, token: Token, by: Office, why: str = "") -> None:
    """End a token, at once and for good.

    Raises:
        Refusal: it is not one that `by` could have made, or has been ended.
    """
    if not may_make_token(by, token.office):
        raise Refusal(gettext("This token is not yours to end. Ask whoever granted the office."))
    if not Token.objects.filter(pk=token.pk, revoked_on=None).update(revoked_on=timezone.now()):
        raise Refusal(gettext("This token was ended before."))


def may_make_token(by: Office, office: Office) -> bool:
    """Whether an office may make and end tokens of another: its officer's own, or, as administrator, a system's.

    On the command line the machine makes them for everybody.
    """
    if office.officer_id == by.officer_id or by.officer.username == MACHINE:
        return True
    return by.role == Role.ADMINISTRATOR and office.role == Role.SYSTEM and by.reach.covers(office.territory)


def fresh_password() -> str:
    """Easy to read aloud, and more than enough to guess: four groups of four."""
    letters = "abcdefghjkmnpqrstuvwxyz23456789"
    return "-".join("".join(secrets.choice(letters) for _ in range(4)) for _ in range(4))


def may_grant(by: Office, role: str, territory: str) -> bool:
    """Whether an office may grant, end and look after another."""
    if not by.reach.covers(territory):
        return False
    if by.role == Role.ADMINISTRATOR:
        return True
    if by.role not in LEVELS:
        return False
    return role == Role.DEPARTMENT or (role in LEVELS and ORDER.index(Role(role)) > ORDER.index(Role(by.role)))


def _check_may_grant(by: Office, role: str, territory: str) -> None:
    if role not in Role.values:
        raise Refusal(gettext("There is no role %(role)s.") % {"role": role})
    fits = len(territory) == LEVELS[Role(role)] if role in LEVELS else len(territory) in LEVELS.values()
    if not fits or not (territory.isdigit() or not territory):
        raise Refusal(
            gettext("The role %(role)s does not fit the place %(place)s: look at the number of its digits.")
            % {"role": Role(role).label, "place": territory or "–"}
        )
    if not may_grant(by, role, territory):
        raise Refusal(
            gettext("%(role)s in %(place)s is for the level above it, or an administrator there, to grant and end.")
            % {"role": Role(role).label, "place": territory or gettext("the nation")}
        )


def _check_may_manage(by: Office, officer: Officer) -> None:
    """See that every office of theirs is one that `by` could grant: else a county could lock its province."""
    if officer.pk == by.officer_id:
        raise Refusal(gettext("Nobody does this to themselves. Ask the level above."))
    offices = list(officer.offices_today) or list(officer.offices.all())
    if not offices or not all(may_grant(by, office.role, office.territory) for office in offices):
        raise Refusal(gettext("This officer holds an office that is not yours to grant. Ask the level above."))


def _check_dates(held_from: date, held_to: date | None) -> None:
    if held_to is not None and held_to < held_from:
        raise Refusal(gettext("The last day lies before the first."))
