from django.apps import AppConfig


class DispatchConfig(AppConfig):
    name = "firmground.supervision.dispatch"
    label = "supervision_dispatch"
