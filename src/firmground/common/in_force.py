"""The catalogue in force: its folder, and what was read from it, kept until a file of it changes."""

from collections.abc import Callable
from functools import lru_cache, wraps
from pathlib import Path
from typing import TypeVar

from django.conf import settings

from firmground.common.files import last_change

T = TypeVar("T")


def catalogue_in_force() -> Path:
    """The folder of the catalogue in force."""
    return Path(settings.FIRMGROUND_CATALOGUE)


def kept(*names: str) -> Callable[[Callable[[Path], T]], Callable[[Path], T]]:
    """Make a reader of a catalogue's folder read again only when one of these files or folders in it has changed.

    What a reader refuses is not kept.
    """

    def keep(read: Callable[[Path], T]) -> Callable[[Path], T]:
        @lru_cache(maxsize=4)
        def known(folder: Path, changed: int) -> T:
            return read(folder)

        @wraps(read)
        def of_folder(folder: Path) -> T:
            return known(folder, last_change(folder, *names))

        return of_folder

    return keep
