from django.apps import AppConfig


class LedgerConfig(AppConfig):
    name = "firmground.supervision.ledger"
    label = "ledger"

    def ready(self) -> None:
        """Cases may be about issues and orders from now on."""
        from firmground.supervision.ledger import subjects  # noqa: F401
