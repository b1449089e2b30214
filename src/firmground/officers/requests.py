"""A request as pages get it: somebody asks, in an office."""

from django.http import HttpRequest

from firmground.officers.models import Office, Officer


class OfficerRequest(HttpRequest):
    """A request of somebody who has signed in."""

    officer: Officer
    office: Office  # the one chosen, of those held today
