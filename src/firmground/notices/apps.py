from django.apps import AppConfig


class NoticesConfig(AppConfig):
    name = "firmground.notices"

    def ready(self) -> None:
        """What lies on a desk is known from now on."""
        from firmground.notices import desk  # noqa: F401
