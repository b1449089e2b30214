from django.apps import AppConfig


class WebConfig(AppConfig):
    name = "firmground.web"

    def ready(self) -> None:
        from firmground import flow  # noqa: F401  (what follows from what)
        from firmground.web.signing_in import events  # noqa: F401  (connects them)
