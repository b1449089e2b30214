"""One row's expressions as lines of Python: every part of an expression is worked out once, into a variable.

Numbers are 64-bit whole numbers of a unit known here (`places`), beside whether they are known. What an expression
may come to is bounded here as far as possible (`most`); where that is not enough, the lines themselves look at the
same numbers in floating point, and set `big` when one may have been too large.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from firmground.engines.standards.declared import Fact, Table
from firmground.engines.standards.given import MOST_DAYS, MOST_GIVEN, Constants, places_of, units
from firmground.engines.standards.tree import (
    QUOTIENT_PLACES,
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
    Type,
    Value,
)

MOST = 4 * 10**18
"""The greatest magnitude of anything: below it, 64 bits are enough."""
MOST_DIVISOR = 9 * 10**13
"""Long division takes the rest times a hundred thousand."""
SAME, OPPOSITE = (
    {"=": "==", "<>": "!=", "<": "<", "<=": "<=", ">": ">", ">=": ">="},
    {"=": "!=", "<>": "==", "<": ">=", "<=": ">", ">": "<=", ">=": "<"},
)


@dataclass(frozen=True)
class Number:
    """A value in the source: a variable or a constant, whether it is known, its unit 10^-places, and its bound."""

    text: str
    known: str
    places: int = 0
    most: int = MOST_DAYS


@dataclass(frozen=True)
class Layout:
    """How a table's columns are stored: decimals' places, of base facts and of facts from related rows."""

    places: Mapping[str, int]
    most: Mapping[str, int]


class Body:
    """The inside of one loop over the rows of a table: a variable for every part of an expression."""

    def __init__(self, table: Table, layout: Layout, constants: Constants) -> None:
        self.table, self.layout, self.constants = table, layout, constants
        self.columns: list[str] = []
        self.head: list[str] = []
        """Lines that come once a subject: what is given from outside."""
        self.lines: list[str] = []
        self._variables: dict[str, str] = {}
        self._numbers: dict[str, Number] = {}
        self._truths: dict[tuple[str, bool], str] = {}
        self._conditions: dict[tuple[int, bool], str] = {}
        self._values: dict[int, Number] = {}

    # variables

    def variable(self, text: str, lines: list[str] | None = None) -> str:
        """The variable that holds this text's value."""
        if text not in self._variables:
            self._variables[text] = f"v{len(self._variables)}"
            (self.lines if lines is None else lines).append(f"{self._variables[text]} = {text}")
        return self._variables[text]

    def both(self, *conditions: str) -> str:
        kept = list(dict.fromkeys(condition for condition in conditions if condition != "True"))
        if "False" in kept:
            return "False"
        if not kept:
            return "True"
        return kept[0] if len(kept) == 1 else self.variable(" & ".join(kept))

    def either(self, *conditions: str) -> str:
        kept = list(dict.fromkeys(condition for condition in conditions if condition != "False"))
        if "True" in kept:
            return "True"
        if not kept:
            return "False"
        return kept[0] if len(kept) == 1 else self.variable(" | ".join(kept))

    def no(self, condition: str) -> str:
        return {"True": "False", "False": "True"}.get(condition) or self.variable(f"not {condition}")

    def chosen(self, condition: str, one: str, other: str) -> str:
        if condition == "True" or one == other:
            return one
        return other if condition == "False" else self.variable(f"choose({condition}, {one}, {other})")

    def watch(self, excess: str, known: str) -> None:
        """Note that something may be too large, if it is known at all."""
        if known != "False":
            self.lines.append(f"big |= {excess}" if known == "True" else f"big |= {known} & ({excess})")

    # names

    def column(self, fact: Fact) -> str:
        if fact.name not in self.columns:
            self.columns.append(fact.name)
        return self.variable(f"in_{fact.name}[row]")

    def given(self, kind: str, name: str) -> str:
        return self.variable(f"given[group, {self.constants.at(kind, name)}]", self.head)

    def number_named(self, name: str) -> Number:
        if name not in self._numbers:
            self._numbers[name] = self._number_named(name)
        return self._numbers[name]

    def _number_named(self, name: str) -> Number:
        if name == "as_of":
            return Number(self.given("as_of", ""), "True")
        fact = self.table.facts.get(name)
        if fact is None:
            text = self.given("parameter", name)
            known = self.variable(f"{text} != UNKNOWN", self.head)
            return Number(text, known, self.constants.places(name), MOST_GIVEN)
        if fact.formula is not None:
            return self.number(fact.formula)
        text = self.column(fact)
        known = "True" if _always_known(fact) else self.variable(f"{text} != UNKNOWN")
        return Number(text, known, self.layout.places.get(name, 0), self.layout.most.get(name, MOST_GIVEN))

    def truth_named(self, name: str, wanted: bool) -> str:
        if (name, wanted) not in self._truths:
            self._truths[name, wanted] = self._truth_named(name, wanted)
        return self._truths[name, wanted]

    def _truth_named(self, name: str, wanted: bool) -> str:
        fact = self.table.facts.get(name)
        if fact is None:
            return self.variable(f"{self.given('parameter', name)} == {int(wanted)}", self.head)
        if fact.formula is not None:
            return self.truth(fact.formula, wanted)
        return self.variable(f"{self.column(fact)} == {int(wanted)}")

    # conditions

    def truth(self, node: Node, wanted: bool = True) -> str:
        """The variable that says whether a condition certainly is `wanted`; unknown is neither true nor false."""
        if (id(node), wanted) not in self._conditions:
            self._conditions[id(node), wanted] = self._truth(node, wanted)
        return self._conditions[id(node), wanted]

    def _truth(self, node: Node, wanted: bool) -> str:
        match node:
            case Literal():
                return str(node.value is wanted)
            case Name():
                return self.truth_named(node.name, wanted)
            case Not():
                return self.truth(node.item, not wanted)
            case And() | Or():
                parts = self.truth(node.left, wanted), self.truth(node.right, wanted)
                return self.both(*parts) if isinstance(node, And) == wanted else self.either(*parts)
            case Compare():
                return self.compared(node.operator, node.left, node.right, wanted)
            case In():
                found = [self.compared("=", node.item, option, wanted) for option in node.options]
                return self.either(*found) if wanted else self.both(*found)
            case Between():
                low = self.compared(">=", node.item, node.low, wanted)
                high = self.compared("<=", node.item, node.high, wanted)
                return self.both(low, high) if wanted else self.either(low, high)
            case IsNull():
                return self.no(self.known(node.item)) if wanted else self.known(node.item)
            case Case():
                result = "False" if node.otherwise is None else self.truth(node.otherwise, wanted)
                for condition, branch in reversed(node.branches):
                    holds = self.truth(condition)
                    here = self.both(holds, self.truth(branch, wanted))
                    result = self.either(here, self.both(self.no(holds), result))
                return result
            case Call(function="coalesce"):
                result = "False"
                for argument in reversed(node.arguments):
                    result = self.either(self.truth(argument, wanted), self.both(self.no(self.known(argument)), result))
                return result
        return "False"  # what is always unknown has no type of its own

    def known(self, node: Node) -> str:
        if node.type == "bool":
            return self.either(self.truth(node, True), self.truth(node, False))
        return self.number(node).known

    def compared(self, operator: str, left: Node, right: Node, wanted: bool) -> str:
        if "bool" in (left.type, right.type):
            same = [self.both(self.truth(left, truth), self.truth(right, truth)) for truth in (True, False)]
            other = [self.both(self.truth(left, truth), self.truth(right, not truth)) for truth in (True, False)]
            return self.either(*(same if (operator == "=") == wanted else other))
        one, two = self.alike([self.number(left), self.number(right)])
        known = self.both(one.known, two.known)
        if known == "False":
            return known
        sign = (SAME if wanted else OPPOSITE)[operator]
        return self.both(known, self.variable(f"{one.text} {sign} {two.text}"))

    # numbers, dates and text

    def number(self, node: Node) -> Number:
        """The value of an expression that is not a condition."""
        if id(node) not in self._values:
            self._values[id(node)] = self._number(node)
        return self._values[id(node)]

    def _number(self, node: Node) -> Number:
        if node.type == "null":
            return Number("0", "False")
        match node:
            case Literal():
                return self.literal(node.value)
            case Name():
                return self.number_named(node.name)
            case Case():
                return self.case(node)
            case Arithmetic():
                return self.arithmetic(node.operator, self.number(node.left), self.number(node.right))
            case Negative():
                return self.negative(self.number(node.item))
            case Call():
                return self.call(node.function, node)
        raise TypeError(f"no loop for {node!r}")

    def literal(self, value: Value) -> Number:
        if isinstance(value, str):
            return Number(self.given("text", value), "True")
        places = places_of(value)
        number = units(value, places)
        return Number(f"({number})" if number < 0 else str(number), "True", places, abs(number))

    def scaled(self, number: Number, places: int) -> Number:
        """The same value in a smaller unit."""
        factor = 10 ** (places - number.places)
        if factor == 1:
            return number
        most = number.most * factor
        if number.text.strip("()-").isdigit():
            if most > MOST:
                self.watch("True", number.known)
                return Number("0", number.known, places, MOST)
            exact = int(number.text.strip("()")) * factor
            return Number(f"({exact})" if exact < 0 else str(exact), number.known, places, most)
        if most > MOST:
            self.watch(f"abs({number.text}) > {MOST // factor}", number.known)
        return Number(self.variable(f"{number.text} * {factor}"), number.known, places, min(most, MOST))

    def alike(self, numbers: Sequence[Number]) -> list[Number]:
        """The same values in one unit."""
        places = max(number.places for number in numbers)
        return [self.scaled(number, places) for number in numbers]

    def arithmetic(self, operator: str, left: Number, right: Number) -> Number:
        known = self.both(left.known, right.known)
        if known == "False":
            return Number("0", "False")
        if operator == "/":
            return self.divided(left, right)
        if operator == "*":
            return self.multiplied(left, right, known)
        left, right = self.alike([left, right])
        most = left.most + right.most
        if most > MOST:
            self.watch(f"abs(float({left.text}) {operator} float({right.text})) > {MOST}", known)
        return Number(self.variable(f"{left.text} {operator} {right.text}"), known, left.places, min(most, MOST))

    def multiplied(self, left: Number, right: Number, known: str) -> Number:
        places, most = left.places + right.places, left.most * right.most
        if most > MOST:
            self.watch(f"abs(float({left.text}) * float({right.text})) > {MOST}", known)
        product = Number(self.variable(f"{left.text} * {right.text}"), known, places, min(most, MOST))
        return product if places <= QUOTIENT_PLACES else self.rounded(product, QUOTIENT_PLACES)

    def divided(self, left: Number, right: Number) -> Number:
        over, under = self.alike([left, right])
        if not under.text.strip("()-").isdigit():
            # Where the compiler trusts that no number wraps round, an unknown one that did would divide as 0.
            usable = self.variable(f"choose({under.known} & (not big), {under.text}, 1)")
            under = Number(usable, under.known, under.places, under.most)
        known = self.both(over.known, under.known, self.variable(f"{under.text} != 0"))
        if under.most > MOST_DIVISOR:
            self.watch(f"abs({under.text}) > {MOST_DIVISOR}", known)
        whole = MOST // 10**QUOTIENT_PLACES
        if over.most > whole:
            self.watch(f"abs(float({over.text})) > {whole} * abs(float({under.text}))", known)
        return Number(self.variable(f"quotient({over.text}, {under.text})"), known, QUOTIENT_PLACES, MOST)

    def negative(self, number: Number) -> Number:
        return Number(self.variable(f"-{number.text}"), number.known, number.places, number.most)

    def rounded(self, number: Number, places: int) -> Number:
        if places >= number.places:
            return number
        unit = 10 ** (number.places - places)
        text = self.variable(f"rounded({number.text}, {unit})")
        return Number(text, number.known, places, number.most // unit + 1)

    def case(self, node: Case) -> Number:
        results = [result for _, result in node.branches] + ([node.otherwise] if node.otherwise else [])
        numbers = self.alike([self.number(result) for result in results])
        result = numbers[-1] if node.otherwise else Number("0", "False", numbers[0].places)
        for (condition, _), number in reversed(list(zip(node.branches, numbers, strict=False))):
            result = self.either_number(self.truth(condition), number, result)
        return result

    def either_number(self, condition: str, one: Number, other: Number) -> Number:
        """`one` if a condition holds, else `other`; both in one unit."""
        if other.known == "False" and one.known != "False":
            return Number(one.text, self.both(condition, one.known), one.places, one.most)
        text = self.chosen(condition, one.text, other.text)
        if one.known == other.known:
            known = one.known
        else:
            known = self.either(self.both(condition, one.known), self.both(self.no(condition), other.known))
        return Number(text, known, one.places, max(one.most, other.most))

    def call(self, function: str, node: Call) -> Number:
        numbers = [self.number(argument) for argument in node.arguments]
        if function in ("coalesce", "greatest", "least"):
            first, *others = self.alike(numbers)
            for other in others:
                sign = {"coalesce": "", "greatest": ">=", "least": "<="}[function]
                ahead = self.variable(f"{first.text} {sign} {other.text}") if sign else "True"
                first = self.either_number(
                    self.both(first.known, self.either(self.no(other.known), ahead)), first, other
                )
            return first
        known = self.both(*(number.known for number in numbers))
        if known == "False":
            return Number("0", "False")
        if function == "days_between":
            start, end = numbers
            return Number(self.variable(f"{end.text} - {start.text}"), known, 0, 4 * MOST_DAYS)
        if function in ("months_between", "years_between"):
            return Number(self.months(function, *numbers), known, 0, MOST_DAYS)
        (number, *_) = numbers
        if function == "abs":
            return Number(self.variable(f"abs({number.text})"), known, number.places, number.most)
        if function == "round":
            places = 0
            if len(node.arguments) == 2:
                assert isinstance(node.arguments[1], Literal)
                assert isinstance(node.arguments[1].value, int)
                places = node.arguments[1].value
            return self.rounded(number, places)
        unit = 10**number.places
        if unit == 1:
            return number
        whole = f"{number.text} // {unit}" if function == "floor" else f"-(-{number.text} // {unit})"
        return Number(self.variable(whole), known, 0, number.most // unit + 1)

    def months(self, function: str, start: Number, end: Number) -> str:
        pieces = [
            piece
            for day in (start, end)
            for piece in (day.text, self.variable(f"calendar({day.text})", self.head if self.fixed(day) else None))
        ]
        months = self.variable(f"months_between({', '.join(pieces)})")
        return months if function == "months_between" else self.variable(f"whole_years({months})")

    def fixed(self, number: Number) -> bool:
        """Whether a number is the same for all rows of a subject."""
        return any(line.startswith(f"{number.text} = ") for line in self.head)

    def stored(self, name: str) -> tuple[str, Type, int]:
        """A fact or parameter as it is noted: (its value or UNKNOWN, its type, its places)."""
        fact = self.table.facts.get(name)
        type_: Type = "date"
        if name != "as_of":
            type_ = fact.type if fact else self.constants.catalogue.parameters[name].type
        if fact is not None and fact.formula is None:
            return self.column(fact), type_, self.layout.places.get(name, 0)
        if type_ == "bool":
            if fact is None:
                return self.given("parameter", name), type_, 0
            true, false = self.truth_named(name, True), self.truth_named(name, False)
            return f"choose({true}, 1, choose({false}, 0, 2))", type_, 0
        number = self.number_named(name)
        if number.known == "True" or fact is None:
            return number.text, type_, number.places
        return f"choose({number.known}, {number.text}, UNKNOWN)", type_, number.places


def _always_known(fact: Fact) -> bool:
    return fact.aggregate is not None and fact.aggregate.function == "count"
