from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class OfficersConfig(AppConfig):
    name = "firmground.officers"

    def ready(self) -> None:
        from firmground.officers import prefixes  # noqa: F401  (registers the lookup)

        post_migrate.connect(_make_machine, sender=self)


def _make_machine(using: str, **_: Any) -> None:
    from firmground.officers.machine import make

    make(using)
