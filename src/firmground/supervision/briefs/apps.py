from django.apps import AppConfig


class BriefsConfig(AppConfig):
    name = "firmground.supervision.briefs"
    label = "briefs"
