from django.apps import AppConfig


class AssistanceConfig(AppConfig):
    name = "firmground.assistance"

    def ready(self) -> None:
        """What cases ask of this room, and what lies on a desk, is known from now on."""
        from firmground.assistance import desk, needs  # noqa: F401
