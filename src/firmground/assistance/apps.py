from django.apps import AppConfig


class AssistanceConfig(AppConfig):
    name = "firmground.assistance"

    def ready(self) -> None:
        """What cases ask of this room can be asked from now on."""
        from firmground.assistance import needs  # noqa: F401
