"""The declarations of a catalogue as data: facts, parameters and standards.

Nothing here knows what an expression means; `catalogue` puts the pieces together and checks them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from typing import Literal as OneOf

from firmground.engines.declarations import Reader
from firmground.engines.standards.checking import MOST_DIGITS, too_long
from firmground.engines.standards.tree import QUOTIENT_PLACES, TYPES, Node, Type, Value

Verdict = OneOf["met", "not_met", "unknown", "not_asked"]
VERDICTS: tuple[Verdict, ...] = ("met", "not_met", "unknown", "not_asked")
AGGREGATES = ("count", "sum", "min", "max", "any", "all")
CLASSES = ("public", "official", "personal", "sensitive")
OWNERS = ("village", "township", "county", "prefecture", "province")


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
    """What must hold for a subject. `asked_of` and `rule` are the trees of `among` and `met_when`.

    Attributes:
        screened: false for a gate, which is asked of one subject when a step of a procedure needs it, and never of all.
    """

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
    screened: bool = True

    def holds_on(self, on: date) -> bool:
        """Whether the standard is in force on a date."""
        return self.holds_from <= on and (self.holds_to is None or on <= self.holds_to)


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


def type_of(reader: Reader) -> Type | None:
    """The declared type of a fact or parameter."""
    value = reader.one_of("type", TYPES, required=True)
    return value or None  # type: ignore[return-value]
