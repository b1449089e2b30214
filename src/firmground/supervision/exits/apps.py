from django.apps import AppConfig


class ExitsConfig(AppConfig):
    name = "firmground.supervision.exits"
    label = "exits"

    def ready(self) -> None:
        """Cases may be about villages and counties from now on."""
        from firmground.supervision.exits import needs, subjects  # noqa: F401
