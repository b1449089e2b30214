"""The declarations of a catalogue as data, and how their TOML is read: every key accounted for.

Nothing here knows what an expression means; `catalogue` puts the pieces together and checks them.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from typing import Literal as OneOf

from firmground.engines.standards.checking import MOST_DIGITS, too_long
from firmground.engines.standards.tree import QUOTIENT_PLACES, TYPES, Node, Type, Value

Verdict = OneOf["met", "not_met", "unknown", "not_asked"]
VERDICTS: tuple[Verdict, ...] = ("met", "not_met", "unknown", "not_asked")
AGGREGATES = ("count", "sum", "min", "max", "any", "all")
CLASSES = ("public", "official", "personal", "sensitive")
OWNERS = ("village", "township", "county", "prefecture", "province")
IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_MISSING = object()


@dataclass(frozen=True, order=True)
class Refused:
    """One reason why a catalogue, or part of it, is not accepted."""

    file: str
    key: str
    message: str

    def __str__(self) -> str:
        return f"{self.file}: {self.key}: {self.message}" if self.key else f"{self.file}: {self.message}"


@dataclass(frozen=True)
class Aggregate:
    """A fact worked out from related rows: `function` over `of` in the rows of `table` where `where` is true."""

    function: str
    table: str
    of: Node | None
    where: Node | None


@dataclass(frozen=True)
class Fact:
    """Something that may be known of a subject. Derived facts have an `aggregate` or a `formula`."""

    name: str
    table: str
    type: Type
    unit: str = ""
    values: tuple[str, ...] = ()
    label: Mapping[str, str] = field(default_factory=dict)
    class_: str = ""
    aggregate: Aggregate | None = None
    formula: Node | None = None

    @property
    def kind(self) -> OneOf["base", "derived"]:
        return "base" if self.aggregate is None and self.formula is None else "derived"


@dataclass(frozen=True)
class Table:
    """A table of the snapshot: a subject of its own, or rows related to one (`of`)."""

    name: str
    key: str
    place: str | None
    of: str | None
    label: Mapping[str, str]
    facts: Mapping[str, Fact]


@dataclass(frozen=True)
class ParameterValue:
    """A value from a date on, in a place and all below it; "" is everywhere. `to` is the last day."""

    from_: date
    to: date | None
    place: str
    value: Value
    law: Mapping[str, str]
    confirmed: bool


@dataclass(frozen=True)
class Parameter:
    """A threshold by date and place."""

    name: str
    type: Type
    unit: str
    title: Mapping[str, str]
    values: tuple[ParameterValue, ...]

    def at(self, on: date, place: str = "") -> Value:
        """The value on a date in a place: the longest place prefix wins, then the latest `from`; None if unknown."""
        row = self.row_at(on, place)
        return None if row is None else row.value

    def row_at(self, on: date, place: str = "") -> ParameterValue | None:
        """The row that `at` takes its value from."""
        valid = [
            row
            for row in self.values
            if row.from_ <= on and (row.to is None or on <= row.to) and place.startswith(row.place)
        ]
        return max(valid, key=lambda row: (len(row.place), row.from_), default=None)


@dataclass(frozen=True)
class Example:
    """A worked example: what is known of a subject, and the verdict it must get."""

    says: Mapping[str, str]
    given: Mapping[str, Any]
    verdict: Verdict
    as_of: date
    place: str


@dataclass(frozen=True)
class Standard:
    """What must hold for a subject. `asked_of` and `rule` are the trees of `among` and `met_when`."""

    id: str
    title: Mapping[str, str]
    task: int | None
    about: str
    law: Mapping[str, str]
    holds_from: date
    holds_to: date | None
    among: str
    met_when: str
    asked_of: Node | None
    rule: Node
    why: Mapping[str, str]
    owner: str
    answer_within_days: int | None
    procedure: str
    assistance: tuple[str, ...]
    plausible_share_failing: tuple[Decimal, Decimal] | None
    author: str
    checker: str
    review_by: date | None
    examples: tuple[Example, ...]

    def holds_on(self, on: date) -> bool:
        """Whether the standard is in force on a date."""
        return self.holds_from <= on and (self.holds_to is None or on <= self.holds_to)


def in_language(said: Mapping[str, str], language: str) -> str:
    """Words in a language; else in English; else in whatever there is."""
    return said.get(language) or said.get("en") or next(iter(said.values()), "")


def value_problem(value: object, type_: Type) -> str | None:
    """What is wrong with a TOML value for a fact or parameter of this type; None if nothing is."""
    if isinstance(value, datetime):
        return "is a date with a time; write the date alone"
    right = {
        "bool": isinstance(value, bool),
        "int": isinstance(value, int) and not isinstance(value, bool),
        "decimal": isinstance(value, int | Decimal) and not isinstance(value, bool),
        "date": isinstance(value, date),
        "text": isinstance(value, str),
    }[type_]
    if not right:
        written = {"date": "a date is written 2020-06-30, without quotes", "text": "text is written in quotes"}
        return f"is not of type {type_}" + (f"; {written[type_]}" if type_ in written else "")
    if isinstance(value, Decimal) and not value.is_finite():
        return "is not a number"
    if isinstance(value, int | Decimal) and not isinstance(value, bool) and too_long(value):
        return f"is too long: at most {MOST_DIGITS} digits before the point and {QUOTIENT_PLACES} after it"
    return None


def typed(value: object, type_: Type) -> Value:
    """A checked TOML value as the language's own: a decimal is always a Decimal."""
    if type_ == "decimal" and isinstance(value, int):
        return Decimal(value)
    return value  # type: ignore[return-value]


class Reader:
    """Reads one TOML table key by key, noting every refusal; what is left over at the end is refused too."""

    def __init__(self, file: str, said: Mapping[str, Any], refusals: list[Refused], inside: str = "") -> None:
        self.file, self.said, self.refusals, self.inside = file, said, refusals, inside
        self.read: set[str] = set()

    def key(self, key: str) -> str:
        return f"{self.inside}.{key}" if self.inside else key

    def refuse(self, key: str, message: str) -> None:
        self.refusals.append(Refused(self.file, self.key(key) if key else self.inside, message))

    def take(self, key: str, *kinds: type, what: str, required: bool = False, default: Any = None) -> Any:
        """The value of a key, of one of these Python types, else `default` after a refusal where one is due."""
        self.read.add(key)
        value = self.said.get(key, _MISSING)
        if value is _MISSING:
            if required:
                self.refuse(key, f"is missing; write {what}")
            return default
        is_bool_by_accident = isinstance(value, bool) and bool not in kinds
        is_time_by_accident = isinstance(value, datetime) and datetime not in kinds
        if not isinstance(value, kinds) or is_bool_by_accident or is_time_by_accident:
            self.refuse(key, f"must be {what}")
            return default
        return value

    def text(self, key: str, *, required: bool = False, what: str = "text in quotes") -> str:
        value: str = self.take(key, str, what=what, required=required, default="")
        if key in self.said and isinstance(self.said[key], str) and not value.strip():
            self.refuse(key, f"is empty; write {what}")
        return value.strip()

    def words(self, key: str, *, required: bool = False, what: str = "text") -> dict[str, str]:
        """Text by language, as { en = "...", zh = "..." }. Plain text is kept as English, which every language without
        words of its own falls back to (`in_language`)."""
        what += ' in quotes, or by language as { en = "...", zh = "..." }'
        value = self.take(key, dict, str, what=what, required=required, default={})
        if isinstance(value, str):
            value = {"en": value}
        good = {lang: said.strip() for lang, said in value.items() if isinstance(said, str) and said.strip()}
        if len(good) != len(value) or (
            required and key in self.said and not good and isinstance(self.said[key], dict | str)
        ):
            self.refuse(key, f"must be {what}")
        return good

    def date(self, key: str, *, required: bool = False) -> date | None:
        value: date | None = self.take(key, date, what="a date, as 2020-06-30 without quotes", required=required)
        return value

    def list_of(self, key: str, kind: type, what: str) -> list[Any]:
        value: list[Any] = self.take(key, list, what=what, default=[])
        if not all(isinstance(item, kind) and not isinstance(item, bool) for item in value):
            self.refuse(key, f"must be {what}")
            return []
        return value

    def tables(self, key: str) -> list[tuple[str, Mapping[str, Any]]]:
        """The tables of an array [[key]], each with the name messages call it by."""
        rows: list[Any] = self.take(key, list, what=f"written as [[{key}]] tables", default=[])
        named = [(f"{self.key(key)}[{n}]", row) for n, row in enumerate(rows, start=1)]
        for name, row in named:
            if not isinstance(row, dict):
                self.refusals.append(Refused(self.file, name, "must be a table"))
        return [(name, row) for name, row in named if isinstance(row, dict)]

    def one_of(self, key: str, options: tuple[str, ...], *, required: bool = False) -> str:
        value = self.text(key, required=required, what="one of " + ", ".join(options))
        if value and value not in options:
            self.refuse(key, f"'{value}' is not one of {', '.join(options)}")
            return ""
        return value

    def done(self) -> None:
        """Refuse the keys nobody asked for."""
        for key in self.said:
            if key not in self.read:
                known = ", ".join(sorted(self.read))
                self.refuse(key, f"is not a key that is known here; the keys are {known}")


def read_toml(path: Path, name: str, refusals: list[Refused]) -> dict[str, Any] | None:
    """A TOML file with exact decimals; None after a refusal."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"), parse_float=Decimal)
    except tomllib.TOMLDecodeError as error:
        refusals.append(Refused(name, "", f"is not valid TOML: {error}"))
    except UnicodeDecodeError:  # before ValueError, whose kind it is
        refusals.append(Refused(name, "", "is not UTF-8 text; save it as UTF-8"))
    except (ArithmeticError, ValueError):
        refusals.append(Refused(name, "", "holds a number that cannot be read"))
    except RecursionError:
        refusals.append(Refused(name, "", "is nested too deeply"))
    except OSError as error:
        refusals.append(Refused(name, "", f"cannot be read: {error.strerror}"))
    return None


def type_of(reader: Reader) -> Type | None:
    """The declared type of a fact or parameter."""
    value = reader.one_of("type", TYPES, required=True)
    return value or None  # type: ignore[return-value]
