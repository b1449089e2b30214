from django.apps import AppConfig


class BoardConfig(AppConfig):
    name = "firmground.supervision.board"
    label = "board"
