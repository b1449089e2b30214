from django.apps import AppConfig


class VisitsConfig(AppConfig):
    name = "firmground.supervision.visits"
    label = "supervision_visits"
