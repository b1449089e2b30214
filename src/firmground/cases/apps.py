from django.apps import AppConfig


class CasesConfig(AppConfig):
    name = "firmground.cases"

    def ready(self) -> None:
        """What lies on a desk is known from now on."""
        from firmground.cases import desk  # noqa: F401
