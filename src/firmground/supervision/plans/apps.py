from django.apps import AppConfig


class PlansConfig(AppConfig):
    name = "firmground.supervision.plans"
    label = "plans"
