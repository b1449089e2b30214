from django.apps import AppConfig


class ProjectsConfig(AppConfig):
    name = "firmground.funds.projects"
    label = "projects"

    def ready(self) -> None:
        from firmground.funds.projects import subjects  # noqa: F401  (makes projects known to cases)
