"""The catalogue in force, as pages need it: loaded once, again when a file of it has changed."""

import tomllib
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings

from firmground.engines.standards.catalogue import Catalogue, Standard, load

UNITS = {
    "persons": "人",
    "households": "户",
    "yuan": "元",
    "yuan per person per year": "元/人·年",
    "yuan per school year": "元/学年",
    "square metres": "平方米",
    "litres per person per day": "升/人·日",
    "minutes there and back": "分钟（往返）",
    "metres on the level": "米（水平）",
    "metres of climb": "米（高差）",
    "days a year": "天/年",
    "months in the last year": "月/年",
    "mu": "亩",
}


def catalogue() -> Catalogue:
    """The catalogue in force.

    Raises:
        Refusal: it does not load; the refusals say why.
    """
    folder = Path(settings.FIRMGROUND_CATALOGUE)
    return _loaded(folder, _last_change(folder))


def word(fact: str, code: Any, language: str) -> str:
    """The word for a code of "<table>.<fact>", or the code itself where none is declared."""
    if isinstance(code, bool):
        fact, code = "bool", "true" if code else "false"
    said = _words()["values"].get(fact, {}).get(str(code), {})
    return str(said.get(language, code))


def label(fact: str, language: str) -> str:
    """The label of "<table>.<fact>" (or of a column that is no fact), its name where none is declared."""
    table, _, name = fact.partition(".")
    declared = catalogue().tables.get(table)
    known = declared.facts.get(name) if declared else None
    if known is not None and known.label:
        return known.label.get(language) or known.label["en"]
    said = _words()["headers"].get(table, {}).get(name, {})
    return str(said.get(language, name.replace("_", " ")))


def unit(text: str | None, language: str) -> str:
    """A unit as the reader writes it."""
    return (UNITS.get(text, text) if language == "zh" else text) if text else ""


def standard(name: str) -> Standard | None:
    """The standard of that id, if the catalogue in force has it."""
    return catalogue().standards.get(name)


def _last_change(folder: Path) -> int:
    return max((path.stat().st_mtime_ns for path in folder.rglob("*.toml")), default=0)


@lru_cache(maxsize=2)
def _loaded(folder: Path, _changed: int) -> Catalogue:
    return load(folder)


def _words() -> dict[str, Any]:
    path = Path(settings.FIRMGROUND_CATALOGUE) / "words.toml"
    return _words_of(path, path.stat().st_mtime_ns if path.exists() else 0)


@lru_cache(maxsize=2)
def _words_of(path: Path, changed: int) -> dict[str, Any]:
    said = tomllib.loads(path.read_text(encoding="utf-8")) if changed else {}
    return {"values": said.get("values", {}), "headers": said.get("headers", {})}
