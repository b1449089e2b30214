"""What allauth reports, recorded as actions of the officer it happened to."""

from typing import Any

from allauth.mfa.signals import authenticator_added, authenticator_removed, authenticator_reset
from django.contrib.auth.signals import user_logged_in
from django.dispatch import receiver

from firmground.officers import actions


@receiver(user_logged_in)
def signed_in(user: Any, **_: Any) -> None:
    if user.offices_today:
        actions.signed_in(by=user.offices_today[0])


@receiver([authenticator_added, authenticator_removed, authenticator_reset])
def second_factor(signal: Any, user: Any, authenticator: Any, **_: Any) -> None:
    done = {authenticator_added: "added", authenticator_removed: "removed", authenticator_reset: "renewed"}[signal]
    if user.offices_today:
        actions.changed_second_factor(what=f"{authenticator.type} {done}", by=user.offices_today[0])
