"""A request as pages get it: somebody asks, in an office."""

from django.http import HttpRequest

from firmground.officers.models import Office, Officer
from firmground.officers.territory import Eyes


class OfficerRequest(HttpRequest):
    """A request of somebody who has signed in. On the few pages open to all, there is no officer and no office."""

    eyes: Eyes  # the officer's, or nobody's
    officer: Officer
    office: Office  # the one chosen, of those held today
