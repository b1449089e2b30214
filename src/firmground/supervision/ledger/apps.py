from django.apps import AppConfig


class LedgerConfig(AppConfig):
    name = "firmground.supervision.ledger"
    label = "ledger"
