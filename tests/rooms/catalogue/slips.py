"""Every small slip of the pen in an expression: the rules that would be in force had its author erred once."""

from collections.abc import Iterator
from dataclasses import fields, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from firmground.engines.standards.tree import (
    And,
    Arithmetic,
    Between,
    Compare,
    In,
    IsNull,
    Literal,
    Node,
    Not,
    Or,
)

COMPARISONS = {
    "<": ("<=", ">="), "<=": ("<", ">"), ">": (">=", "<="), ">=": (">", "<"), "=": ("<>",), "<>": ("=",),
}  # fmt: skip
ARITHMETIC = {"+": "-", "-": "+", "*": "/", "/": "*"}


def slips(node: Node) -> Iterator[tuple[str, Node]]:
    """(what went wrong, the tree that comes of it), one slip at a time, anywhere in the tree."""
    yield from slips_here(node)
    for field in fields(node):
        value = getattr(node, field.name)
        for where, part in _parts(value):
            for what, wrong in slips(part):
                yield what, replace(node, **{field.name: _with(value, where, wrong)})


def slips_here(node: Node) -> Iterator[tuple[str, Node]]:
    """The slips at the top of a tree."""
    match node:
        case Compare():
            for operator in COMPARISONS[node.operator]:
                yield f"{node.operator} became {operator}", replace(node, operator=operator)
        case And():
            yield "'and' became 'or'", Or("bool", node.at, node.left, node.right)
            yield from _halves(node)
        case Or():
            yield "'or' became 'and'", And("bool", node.at, node.left, node.right)
            yield from _halves(node)
        case Not():
            yield "'not' was lost", node.item
        case IsNull():
            yield "'is null' became 'is not null'", Not("bool", node.at, node)
        case In() if len(node.options) > 1:
            for lost in node.options:
                rest = tuple(option for option in node.options if option is not lost)
                yield f"'in' lost {_said(lost)}", replace(node, options=rest)
        case Between():
            item = node.item
            yield (
                "'between' lost its lower bound",
                And("bool", node.at, node, Compare("bool", node.at, ">", item, node.low)),
            )
            yield (
                "'between' lost its upper bound",
                And("bool", node.at, node, Compare("bool", node.at, "<", item, node.high)),
            )
        case Arithmetic():
            operator = ARITHMETIC[node.operator]
            yield f"{node.operator} became {operator}", replace(node, operator=operator)
        case Literal():
            for value in _beside(node.value):
                yield f"{node.value} became {value}", replace(node, value=value)


def _halves(node: And | Or) -> Iterator[tuple[str, Node]]:
    yield "the second half was lost", node.left
    yield "the first half was lost", node.right


def _beside(value: Any) -> list[Any]:
    if isinstance(value, bool):
        return [not value]
    if isinstance(value, int | Decimal):
        return [value + 1, value - 1]
    if isinstance(value, date):
        return [value + timedelta(days=1), value - timedelta(days=1)]
    return []


def _said(node: Node) -> str:
    return repr(node.value) if isinstance(node, Literal) else str(node)


def _parts(value: Any, where: tuple[int, ...] = ()) -> Iterator[tuple[tuple[int, ...], Node]]:
    """The nodes in a field, however deep in tuples, and where they stand."""
    if isinstance(value, Node):
        yield where, value
    elif isinstance(value, tuple):
        for n, item in enumerate(value):
            yield from _parts(item, (*where, n))


def _with(value: Any, where: tuple[int, ...], part: Node) -> Any:
    if not where:
        return part
    n, *rest = where
    return (*value[:n], _with(value[n], tuple(rest), part), *value[n + 1 :])
