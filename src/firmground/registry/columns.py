"""What a file may bring for each register: its columns, what their headings are called, and the words in their cells.

Facts and code words come from the catalogue (facts.toml, words.toml), everything else from the models.
"""

import re
import tomllib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.db import models

from firmground.common.errors import Refusal
from firmground.common.in_force import kept
from firmground.registry.models import REGISTERS, Living, Register

NOT_IN_FILES = {"id", "recorded_at", "source", "superseded_at", "superseded_by"}
DERIVING = {"is", "count", "sum", "min", "max", "any", "all"}  # a fact with one of these is worked out, not recorded
PERSON = ("name", "id_number")  # how departments name a member whose numbers they do not know


@dataclass(frozen=True)
class Column:
    """One column of a file. `kind` says how its cells are read: key, text, phone, id_number, code, bool, int, ..."""

    name: str
    kind: str
    label: Mapping[str, str]
    words: Mapping[str, object] = field(default_factory=dict)
    choices: str = ""  # what may stand in its cells, as a reader would be told
    money: bool = False

    @property
    def shown(self) -> str:
        """What it is called in a sentence, in both languages."""
        return f"{self.label['zh']} ({self.name})"


@dataclass(frozen=True)
class Table:
    """What a file of one register may and must bring."""

    name: str
    model: type[Register]
    columns: Mapping[str, Column]
    headings: Mapping[str, str]  # as `even` writes them -> column
    required: tuple[str, ...]

    @property
    def shown(self) -> str:
        """What it is called in a sentence, in both languages."""
        return in_both(self.model)

    @property
    def title(self) -> dict[str, str]:
        return dict(zip(("en", "zh"), self.model.TITLE, strict=True))

    @property
    def names_a_person(self) -> bool:
        return self.model.NAMES_A_PERSON


def in_both(model: type[Register]) -> str:
    """What a register is called in a sentence, in both languages."""
    return f"{model.TITLE[1]} ({model.table()})"


@lru_cache(maxsize=10_000)
def even(heading: str) -> str:
    """A heading as it is looked up: without case, spaces, line feeds, full-width forms and stars."""
    return re.sub(r"[\s*:_'\"]", "", unicodedata.normalize("NFKC", heading)).lower()


@kept("facts.toml", "words.toml")
def tables(catalogue: Path) -> dict[str, Table]:
    """Every register that the catalogue knows by name, as files may bring it.

    Raises:
        Refusal: the catalogue's facts.toml or words.toml cannot be read.
    """
    facts, words = (_read(catalogue / name) for name in ("facts.toml", "words.toml"))
    found: dict[str, Table] = {}
    for name, model in REGISTERS.items():
        about = "household" if model is Living else name
        if about not in facts:  # a room keeps it; this catalogue asks nothing of it
            continue
        known = facts[about]["facts"]
        called = dict(words["headers"].get(name, {}))
        if model.PLACE == "village_code":
            called = {"village_code": words["headers"]["household"]["village_code"], **called}
        columns = {}
        for column in (*_fields(model), *(PERSON if model.NAMES_A_PERSON else ())):
            fact = known.get(column, {})
            label = called.get(column) or fact.get("label") or {"en": column, "zh": column}
            meanings = _meanings(words["values"], about, column, fact)
            columns[column] = Column(
                name=column,
                kind=_kind(model, column, fact),
                label={"en": label["en"], "zh": label["zh"]},
                words=_words(meanings),
                choices=", ".join(said.get("zh", str(code)) for code, said in meanings.items()),
                money=str(fact.get("unit", "")).startswith("yuan"),
            )
        headings = {
            even(heading): column
            for column, label in {**{name: column.label for name, column in columns.items()}, **called}.items()
            if column in columns
            for heading in (column, label["en"], label["zh"], *label.get("also", ()))
        }
        headings = {**{even(column): column for column in columns}, **headings}
        found[name] = Table(name, model, columns, headings, _required(model))
    return found


@kept("facts.toml")
def base_facts(catalogue: Path) -> dict[str, dict[str, str]]:
    """The base facts of each table with their types, in the order of facts.toml: the columns of a snapshot."""
    return {
        table: {name: fact["type"] for name, fact in said["facts"].items() if not DERIVING & fact.keys()}
        for table, said in _read(catalogue / "facts.toml").items()
    }


def _read(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Refusal(f"{file} cannot be read ({error}). Point FIRMGROUND_CATALOGUE at a whole catalogue.") from None


def _fields(model: type[Register]) -> list[str]:
    """The columns of a file: the model's own, without those that the database or the load fills in."""
    return [
        each.name
        for each in model._meta.concrete_fields
        if each.name not in NOT_IN_FILES and not each.generated and not (each.name == "held_to" and each.null)
    ]


def _required(model: type[Register]) -> tuple[str, ...]:
    made = {model.KEY, *([model.OF.KEY] if model.OF else [])} if model.MADE_FROM else set()
    needed = [
        each.name
        for each in model._meta.concrete_fields
        if each.name not in NOT_IN_FILES | made and not each.generated and not each.null
    ]
    # Only what stands for itself says where it is; a row about a household or a supply is where that is.
    return tuple(name for name in needed if name != model.PLACE or model.OF is None)


def _kind(model: type[Register], column: str, fact: Mapping[str, Any]) -> str:
    if column in ("phone", "id_number"):
        return column
    if column == "name":
        return "text"
    match model._meta.get_field(column):
        case models.BooleanField():
            return "bool"
        case models.IntegerField():
            return "int"
        case models.DecimalField():
            return "decimal"
        case models.DateField():
            return "date"
    if "values" in fact:
        return "code"
    return "key" if column.endswith(("_id", "_code", "_account")) else "text"


def _meanings(
    values: Mapping[str, Any], table: str, column: str, fact: Mapping[str, Any]
) -> dict[object, Mapping[str, Any]]:
    """Each value a code or yes/no column may have, with the words for it."""
    if fact.get("type") == "bool":
        return {True: values["bool"]["true"], False: values["bool"]["false"]}
    said = values.get(f"{table}.{column}", {})
    return {code: said.get(code, {}) for code in fact.get("values", ())}


def _words(meanings: Mapping[object, Mapping[str, Any]]) -> dict[str, object]:
    """Every word that may stand in a cell, evened out, and the value it means."""
    return {
        even(str(word)): meaning
        for meaning, label in meanings.items()
        for word in (meaning, label.get("en", meaning), label.get("zh", meaning), *label.get("also", ()))
    }
