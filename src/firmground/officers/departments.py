"""The departments that the catalogue in force declares (departments.toml): who an office of that role belongs to."""

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from django.conf import settings

from firmground.common.errors import Refusal
from firmground.common.files import last_change
from firmground.engines.declarations import IDENTIFIER, Reader, Refused, in_language, read_toml

FILE = "departments.toml"
Departments = Mapping[str, Mapping[str, str]]
"""Code -> its name by language."""


def departments() -> Departments:
    """Those of the catalogue in force.

    Raises:
        Refusal: the file does not load; every reason is told.
    """
    folder = Path(settings.FIRMGROUND_CATALOGUE)
    return _loaded(folder, last_change(folder, FILE))


def name_of(code: str, language: str) -> str:
    """What a department is called; its code where it is declared no longer."""
    known = departments().get(code)
    return in_language(known, language) if known else code


def read(folder: Path, refusals: list[Refused]) -> Departments:
    """The departments of a catalogue; what is wrong with them is added to `refusals`."""
    if not (folder / FILE).exists():
        return {}
    reader = Reader(FILE, read_toml(folder / FILE, FILE, refusals) or {}, refusals)
    for name in reader.said:
        if not IDENTIFIER.fullmatch(name):
            reader.refuse(name, "is not a name: small letters, digits and _, a letter first")
    found = {name: reader.words(name, required=True, what="the department's name") or {} for name in list(reader.said)}
    reader.done()
    return found


@lru_cache(maxsize=2)
def _loaded(folder: Path, changed: int) -> Departments:
    refusals: list[Refused] = []
    found = read(folder, refusals)
    if refusals:
        raise Refusal(f"{FILE} of {folder} is refused:\n" + "\n".join(f"  {each}" for each in refusals))
    return found
