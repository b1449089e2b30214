"""The judge: what every expression, fact and standard means, one subject at a time, with nothing optimised.

The other engines are right when they agree with this one.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import reduce
from typing import TYPE_CHECKING

from firmground.engines.standards import arithmetic
from firmground.engines.standards.declared import Aggregate, Standard, Verdict, typed
from firmground.engines.standards.tree import (
    And,
    Arithmetic,
    Between,
    Call,
    Case,
    Compare,
    In,
    IsNull,
    Literal,
    Name,
    Negative,
    Node,
    Not,
    Or,
    Value,
    names_in,
)

if TYPE_CHECKING:
    from firmground.engines.standards.catalogue import Catalogue


@dataclass
class Subject:
    """One row and the rows related to it. What `stated` does not name is unknown, or worked out if derived."""

    table: str
    stated: Mapping[str, Value] = field(default_factory=dict)
    related: Mapping[str, Sequence["Subject"]] = field(default_factory=dict)
    place: str = ""


@dataclass(frozen=True)
class Judgement:
    """The verdict of one standard on one subject, with the values its rule read."""

    verdict: Verdict
    evidence: Mapping[str, Value]


class Reference:
    """The standards of a catalogue, asked on a date."""

    def __init__(self, catalogue: "Catalogue", as_of: date) -> None:
        self.catalogue, self.as_of = catalogue, as_of

    def judge(self, standard: Standard, subject: Subject) -> Judgement:
        """Ask one standard of one subject."""
        return self.judge_by(standard, self.values_of(subject))

    def judge_by(self, standard: Standard, value: Callable[[str], Value]) -> Judgement:
        """Ask one standard of the subject whose values `values_of` looks up."""
        if standard.asked_of is not None and evaluate(standard.asked_of, value) is not True:
            return Judgement("not_asked", {})
        holds = evaluate(standard.rule, value)
        verdict: Verdict = "unknown" if holds is None else "met" if holds else "not_met"
        return Judgement(verdict, {name: value(name) for name in names_in(standard.rule)})

    def values_of(self, subject: Subject) -> Callable[[str], Value]:
        """A look-up of the subject's facts, and of parameters where it is; each is worked out once."""
        return self._values_of(subject, subject.place)

    def _values_of(self, subject: Subject, place: str) -> Callable[[str], Value]:
        facts = self.catalogue.tables[subject.table].facts
        known: dict[str, Value] = {}

        def look_up(name: str) -> Value:
            if name not in known:
                known[name] = find(name)
            return known[name]

        def find(name: str) -> Value:
            if name == "as_of":
                return self.as_of
            if name not in facts:
                return self.catalogue.parameters[name].at(self.as_of, place)
            fact = facts[name]
            if name in subject.stated:
                return typed(subject.stated[name], fact.type)
            if fact.formula is not None:
                return typed(evaluate(fact.formula, look_up), fact.type)
            if fact.aggregate is not None:
                return typed(self._aggregated(fact.aggregate, subject, place), fact.type)
            return None

        return look_up

    def _aggregated(self, aggregate: Aggregate, subject: Subject, place: str) -> Value:
        rows = [self._values_of(row, place) for row in subject.related.get(aggregate.table, ())]
        counted = [row for row in rows if aggregate.where is None or evaluate(aggregate.where, row) is True]
        if aggregate.function == "count":
            return len(counted)
        assert aggregate.of is not None
        values = [evaluate(aggregate.of, row) for row in counted]
        return _AGGREGATED[aggregate.function](values)


def _sum(values: list[Value]) -> Value:
    if not values or None in values:
        return None
    return reduce(arithmetic.total, values)  # type: ignore[arg-type]


def _any(values: list[Value]) -> Value:
    return True if True in values else None if None in values else False


def _all(values: list[Value]) -> Value:
    if not values:
        return None
    return False if False in values else None if None in values else True


_AGGREGATED: dict[str, Callable[[list[Value]], Value]] = {
    "sum": _sum,
    "min": lambda values: min((v for v in values if v is not None), default=None),
    "max": lambda values: max((v for v in values if v is not None), default=None),
    "any": _any,
    "all": _all,
}


def evaluate(node: Node, value: Callable[[str], Value]) -> Value:
    """The value of an expression, where `value` tells that of each name. None is unknown, as in SQL."""
    match node:
        case Literal():
            return node.value
        case Name():
            return value(node.name)
        case Not():
            item = evaluate(node.item, value)
            return None if item is None else not item
        case And():
            return _and(evaluate(node.left, value), evaluate(node.right, value))
        case Or():
            return _not(_and(_not(evaluate(node.left, value)), _not(evaluate(node.right, value))))
        case Compare():
            return _compare(node.operator, evaluate(node.left, value), evaluate(node.right, value))
        case In():
            item = evaluate(node.item, value)
            return _any([_compare("=", item, evaluate(option, value)) for option in node.options])
        case Between():
            item = evaluate(node.item, value)
            return _and(
                _compare(">=", item, evaluate(node.low, value)), _compare("<=", item, evaluate(node.high, value))
            )
        case IsNull():
            return evaluate(node.item, value) is None
        case Case():
            for condition, result in node.branches:
                if evaluate(condition, value) is True:
                    return typed(evaluate(result, value), node.type)
            return None if node.otherwise is None else typed(evaluate(node.otherwise, value), node.type)
        case Arithmetic():
            return _arithmetic(node.operator, evaluate(node.left, value), evaluate(node.right, value))
        case Negative():
            item = evaluate(node.item, value)
            return None if item is None else arithmetic.product(item, -1)  # type: ignore[arg-type]
        case Call():
            return typed(_call(node.function, [evaluate(argument, value) for argument in node.arguments]), node.type)
    raise TypeError(f"no meaning for {node!r}")


def _not(item: Value) -> Value:
    return None if item is None else not item


def _and(left: Value, right: Value) -> Value:
    return False if left is False or right is False else None if left is None or right is None else True


def _compare(operator: str, left: Value, right: Value) -> Value:
    if left is None or right is None:
        return None
    match operator:
        case "=":
            return left == right
        case "<>":
            return left != right
        case "<":
            return left < right  # type: ignore[operator]
        case "<=":
            return left <= right  # type: ignore[operator]
        case ">":
            return left > right  # type: ignore[operator]
        case _:
            return left >= right  # type: ignore[operator]


def _arithmetic(operator: str, left: Value, right: Value) -> Value:
    if left is None or right is None:
        return None
    match operator:
        case "+":
            return arithmetic.total(left, right)  # type: ignore[arg-type]
        case "-":
            return arithmetic.total(left, right, -1)  # type: ignore[arg-type]
        case "*":
            return arithmetic.product(left, right)  # type: ignore[arg-type]
        case _:
            return arithmetic.quotient(left, right)  # type: ignore[arg-type]


def _call(function: str, values: list[Value]) -> Value:
    known = [value for value in values if value is not None]
    if function == "coalesce":
        return known[0] if known else None
    if function in ("greatest", "least"):  # as in SQL, unknown arguments are passed over
        return (max if function == "greatest" else min)(known, default=None)
    if len(known) < len(values):
        return None
    match function:
        case "days_between":
            days: int = (values[1] - values[0]).days  # type: ignore[operator, union-attr]
            return days
        case "months_between":
            return arithmetic.months_between(*values)  # type: ignore[arg-type]
        case "years_between":
            return arithmetic.years_between(*values)  # type: ignore[arg-type]
        case "abs":
            return max(values[0], arithmetic.product(values[0], -1))  # type: ignore[arg-type, type-var]
        case "round" if len(values) == 2:
            return arithmetic.rounded(*values)  # type: ignore[arg-type]
    return arithmetic.whole(values[0], function)  # type: ignore[arg-type]
