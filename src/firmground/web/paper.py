"""Pages as PDF."""

from typing import Any

from django.utils.translation import gettext

from firmground.common.errors import Refusal


def printed(html: str) -> bytes:
    """A page, laid out on paper as its own styles say.

    Raises:
        Refusal: Pango is missing, which is no Python package.
    """
    try:
        from weasyprint import HTML
    except OSError:
        raise Refusal(gettext("Nothing can be printed here: Pango is missing. Run “make install” as root.")) from None
    # Nothing is fetched: the page names no picture, style or script of elsewhere.
    paper: bytes = HTML(string=html, url_fetcher=_nothing).write_pdf()
    return paper


def _nothing(url: str, *args: Any, **kwargs: Any) -> Any:
    raise ValueError(f"a page on paper fetches nothing, not even {url}")
