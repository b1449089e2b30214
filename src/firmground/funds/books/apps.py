from django.apps import AppConfig


class BooksConfig(AppConfig):
    name = "firmground.funds.books"
    label = "books"

    def ready(self) -> None:
        from firmground.funds.books import needs  # noqa: F401  (makes its checks known to cases)
