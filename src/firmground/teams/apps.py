from django.apps import AppConfig


class TeamsConfig(AppConfig):
    name = "firmground.teams"

    def ready(self) -> None:
        """What lies on a desk is known from now on."""
        from firmground.teams import desk  # noqa: F401
