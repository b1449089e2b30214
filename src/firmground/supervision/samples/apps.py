from django.apps import AppConfig


class SamplesConfig(AppConfig):
    name = "firmground.supervision.samples"
    label = "samples"
