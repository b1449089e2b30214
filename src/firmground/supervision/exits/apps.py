from django.apps import AppConfig


class ExitsConfig(AppConfig):
    name = "firmground.supervision.exits"
    label = "exits"
