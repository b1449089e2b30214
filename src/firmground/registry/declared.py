"""The catalogue in force, as rooms and pages need it: loaded once, again when a file of it has changed."""

from functools import lru_cache
from pathlib import Path

from django.conf import settings

from firmground.engines.standards.catalogue import Catalogue, load


def catalogue() -> Catalogue:
    """The catalogue in force.

    Raises:
        Refusal: it does not load; the refusals say why.
    """
    folder = Path(settings.FIRMGROUND_CATALOGUE)
    return _loaded(folder, max((path.stat().st_mtime_ns for path in folder.rglob("*.toml")), default=0))


@lru_cache(maxsize=2)
def _loaded(folder: Path, _changed: int) -> Catalogue:
    return load(folder)
