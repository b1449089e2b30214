"""What an expression is: a small tree of typed nodes that cannot be built wrong from outside `language`.

Every node knows its type and the character of the text it came from. Values are Python's own:
bool, int, Decimal, date, str, and None for unknown.
"""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Literal as OneOf

Type = OneOf["bool", "int", "decimal", "date", "text", "null"]
Value = bool | int | Decimal | date | str | None

NUMBERS = ("int", "decimal")
TYPES: tuple[Type, ...] = ("bool", "int", "decimal", "date", "text")
QUOTIENT_PLACES = 10
"""Decimal places of a quotient, and the most a product keeps: enough for a comparison right to the fen."""


@dataclass(frozen=True)
class Node:
    """Any part of an expression. `at` is the 0-based character where it begins."""

    type: Type
    at: int

    def parts(self) -> Iterator["Node"]:
        """The nodes directly below."""
        for field in fields(self):
            value = getattr(self, field.name)
            for item in value if isinstance(value, tuple) else (value,):
                if isinstance(item, Node):
                    yield item
                elif isinstance(item, tuple):
                    yield from (part for part in item if isinstance(part, Node))

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The names read anywhere in it, each once, in order of appearance."""
        return tuple(dict.fromkeys(part.name for part in self.walk() if isinstance(part, Name)))

    def walk(self) -> Iterator["Node"]:
        """This node and all below it."""
        yield self
        for part in self.parts():
            yield from part.walk()


@dataclass(frozen=True)
class Literal(Node):
    """A value written in the text."""

    value: Value


@dataclass(frozen=True)
class Name(Node):
    """A fact, a parameter, or `as_of`."""

    name: str


@dataclass(frozen=True)
class Not(Node):
    item: Node


@dataclass(frozen=True)
class And(Node):
    left: Node
    right: Node


@dataclass(frozen=True)
class Or(Node):
    left: Node
    right: Node


@dataclass(frozen=True)
class Compare(Node):
    """`operator` is one of = <> < <= > >=."""

    operator: str
    left: Node
    right: Node


@dataclass(frozen=True)
class In(Node):
    item: Node
    options: tuple[Node, ...]


@dataclass(frozen=True)
class Between(Node):
    item: Node
    low: Node
    high: Node


@dataclass(frozen=True)
class IsNull(Node):
    item: Node


@dataclass(frozen=True)
class Case(Node):
    """The first branch whose condition is true; else `otherwise` (None stands for no `else`)."""

    branches: tuple[tuple[Node, Node], ...]
    otherwise: Node | None


@dataclass(frozen=True)
class Arithmetic(Node):
    """`operator` is one of + - * /."""

    operator: str
    left: Node
    right: Node


@dataclass(frozen=True)
class Negative(Node):
    item: Node


@dataclass(frozen=True)
class Call(Node):
    """One of the functions of the language."""

    function: str
    arguments: tuple[Node, ...]


def depth(node: Node) -> int:
    """How many nodes lie between the top and the deepest leaf, both counted."""
    levels, level = 0, [node]
    while level:
        levels, level = levels + 1, [part for above in level for part in above.parts()]
    return levels


def names_in(*nodes: Node | None) -> tuple[str, ...]:
    """The names that expressions read, each once, in order of appearance."""
    return tuple(dict.fromkeys(name for node in nodes if node is not None for name in node.names))
