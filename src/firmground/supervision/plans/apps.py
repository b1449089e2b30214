from django.apps import AppConfig


class PlansConfig(AppConfig):
    name = "firmground.supervision.plans"
    label = "plans"

    def ready(self) -> None:
        """Cases may be about plans from now on."""
        from firmground.supervision.plans import subjects  # noqa: F401
