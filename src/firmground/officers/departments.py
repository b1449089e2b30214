"""The departments that the catalogue in force declares (departments.toml): who an office of that role belongs to."""

from collections.abc import Mapping
from pathlib import Path

from firmground.common.errors import Refusal
from firmground.common.in_force import catalogue_in_force, kept
from firmground.engines.declarations import IDENTIFIER, Reader, Refused, in_language, read_toml

FILE = "departments.toml"
Departments = Mapping[str, Mapping[str, str]]
"""Code -> its name by language."""


def departments() -> Departments:
    """Those of the catalogue in force.

    Raises:
        Refusal: the file does not load; every reason is told.
    """
    return _loaded(catalogue_in_force())


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


@kept(FILE)
def _loaded(folder: Path) -> Departments:
    refusals: list[Refused] = []
    found = read(folder, refusals)
    if refusals:
        raise Refusal(f"{FILE} of {folder} is refused:\n" + "\n".join(f"  {each}" for each in refusals))
    return found
