"""The catalogue in force, and its words as readers see them: loaded once, again when a file of it has changed."""

import re
import tomllib
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.utils.translation import gettext

from firmground.common.errors import Refusal
from firmground.common.in_force import catalogue_in_force, kept
from firmground.engines.standards.catalogue import Catalogue, load
from firmground.engines.standards.declared import Fact, ParameterValue
from firmground.engines.standards.tree import Node
from firmground.engines.standards.wording import Wording, derivation, in_unit, unit_in, unit_of_fact


def catalogue() -> Catalogue:
    """The catalogue in force.

    Raises:
        Refusal: it does not load; the refusals say why.
    """
    return _loaded(catalogue_in_force())


def parameter(name: str, on: date, place: str) -> ParameterValue:
    """The value of a parameter on a day in a place, with where it stands.

    Raises:
        Refusal: the catalogue gives none.
    """
    declared = catalogue().parameters.get(name)
    row = declared.row_at(on, place) if declared else None
    if row is None:
        raise Refusal(gettext("The catalogue has no value of “%(name)s” for this day.") % {"name": name})
    return row


def word(fact: str, code: Any, language: str) -> str:
    """The word for a code of "<table>.<fact>", or the code itself where none is declared."""
    if isinstance(code, bool):
        fact, code = "bool", "true" if code else "false"
    said = _words()["values"].get(fact, {}).get(str(code), {})
    return str(said.get(language, code))


def called(name: str, language: str) -> str:
    """A name as it was written ("1号水厂"); for readers of English in the words declared for it, if there are any."""
    if language == "zh":
        return name
    number = re.search(r"\d+", name)
    said = _words().get("names", {}).get(re.sub(r"\d+", "{n}", name, count=1))
    return name if said is None else str(said).replace("{n}", number[0] if number else "")


def label(fact: str, language: str) -> str:
    """The label of "<table>.<fact>" (or of a column that is no fact), its name where none is declared."""
    table, _, name = fact.partition(".")
    declared = catalogue().tables.get(table)
    known = declared.facts.get(name) if declared else None
    if known is not None and known.label:
        return known.label.get(language) or known.label["en"]
    said = _words()["headers"].get(table, {}).get(name, {})
    return str(said.get(language, name.replace("_", " ")))


def shown(value: Any, language: str) -> str:
    """A value of the catalogue or of evidence as a reader writes it: yes and no, thousands apart, lists by commas."""
    match value:
        case None:
            return gettext("not known")
        case bool():
            return word("bool", value, language)
        case list() | tuple():
            return ", ".join(shown(each, language) for each in value)
        case int() | float() | Decimal():
            return f"{value:,}"
        case _:
            return str(value)


def measured(value: Any, unit_: str, language: str) -> str:
    """A value with its unit, if it is a number."""
    if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        number = value if isinstance(value, int) else Decimal(str(value))
        return in_unit(catalogue(), number, unit_, language)
    return shown(value, language)


def valued(fact: Fact, value: Any, language: str) -> str:
    """A fact's value: in words where it has them, else with its unit."""
    if fact.values and value is not None:
        return word(f"{fact.table}.{fact.name}", value, language)
    return measured(value, unit_of_fact(fact), language)


def unit(text: str, language: str) -> str:
    """A unit as the reader writes it."""
    return unit_in(catalogue(), text, language)


def office(name: str, language: str) -> str:
    """Who wrote or checked a standard; the name as it is written where no other is declared."""
    return word("office", name, language)


def how_known(fact: Fact, language: str) -> str:
    """How a fact is worked out, in words; "" for one that is recorded."""
    return derivation(catalogue(), fact, language)


def in_words(rule: Node, about: str, language: str) -> str:
    """A condition on the facts of a table, in words."""
    return Wording(catalogue(), catalogue().tables[about], language).described(rule, True)


@kept(".")
def _loaded(folder: Path) -> Catalogue:
    return load(folder)


def _words() -> dict[str, Any]:
    return _words_of(catalogue_in_force())


@kept("words.toml")
def _words_of(folder: Path) -> dict[str, Any]:
    path = folder / "words.toml"
    said = tomllib.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    return {"values": {}, "headers": {}, **said}
