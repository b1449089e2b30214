"""Verbs that need the database start Django here, and only they."""

import os


def start_django() -> None:
    """Make models usable. Nothing connects yet: the embedded database starts at the first query."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "firmground.web.settings")
    django.setup()
