"""What may stand where: the types of an expression's parts, its literals, and how a slip is told.

Refusals name the character and what to write instead.
"""

import re
from datetime import date
from decimal import Decimal

from firmground.engines.standards.tree import NUMBERS, QUOTIENT_PLACES, Literal, Node, Type

MOST_DIGITS = 14


class NotInTheLanguage(Exception):
    """An expression that is refused. `at` is the 0-based character, None when it concerns the whole text."""

    def __init__(self, message: str, at: int | None = None) -> None:
        super().__init__(message if at is None else f"at character {at + 1}: {message}")
        self.at = at


def fits(type_: Type, wanted: Type) -> bool:
    """Whether a value of one type may stand where another is wanted."""
    return type_ == wanted or (type_ == "int" and wanted == "decimal")


def common_type(left: Type, right: Type) -> Type | None:
    """The type that holds values of both, or None. The unknown literal takes any type."""
    if left == right or right == "null":
        return left
    if left == "null":
        return right
    if left in NUMBERS and right in NUMBERS:
        return "decimal"
    return None


def in_words(type_: Type) -> str:
    """What a type is called in a message."""
    return {
        "bool": "true or false",
        "int": "a whole number",
        "decimal": "a number",
        "date": "a date",
        "text": "text",
        "null": "unknown",
    }[type_]


def as_condition(item: Node) -> Node:
    """The node itself, if it is true or false (or unknown)."""
    if item.type not in ("bool", "null"):
        raise NotInTheLanguage(f"this is {in_words(item.type)}; a condition (true or false) is needed here", item.at)
    return item


def as_number(item: Node) -> Node:
    """The node itself, if it is a number (or unknown)."""
    if item.type not in (*NUMBERS, "null"):
        advice = "; use days_between, months_between or years_between" if item.type == "date" else ""
        raise NotInTheLanguage(f"this is {in_words(item.type)}; a number is needed here{advice}", item.at)
    return item


def comparable(left: Node, right: Node) -> Type:
    """The type in which two values are compared."""
    shared = common_type(left.type, right.type)
    if shared is None:
        advice = "; a date is written date '2020-06-30'" if {left.type, right.type} == {"date", "text"} else ""
        raise NotInTheLanguage(
            f"{in_words(left.type)} cannot be compared with {in_words(right.type)}{advice}", right.at
        )
    return shared


def shared_type(nodes: list[Node]) -> Type:
    """The one type of several alternatives."""
    type_: Type = "null"
    for node in nodes:
        joined = common_type(type_, node.type)
        if joined is None:
            raise NotInTheLanguage(
                f"{in_words(node.type)} stands here beside {in_words(type_)}; they must agree", node.at
            )
        type_ = joined
    return type_


def call_type(function: str, arguments: tuple[Node, ...], at: int) -> Type:
    """The type of a function's value; refused are arguments too many, too few, or of another type."""
    if function.endswith("_between"):
        _expect(function, arguments, at, 2, ("date", "null"), "dates")
        return "int"
    if function in ("coalesce", "greatest", "least"):
        if not arguments:
            raise NotInTheLanguage(f"{function} takes at least one value", at)
        type_ = shared_type(list(arguments))
        if type_ == "bool" and function != "coalesce":
            raise NotInTheLanguage(f"{function} takes numbers, dates or text", at)
        return type_
    if function == "round" and len(arguments) == 2:
        places = arguments[1]
        if not (isinstance(places, Literal) and type(places.value) is int and 0 <= places.value <= QUOTIENT_PLACES):
            raise NotInTheLanguage(f"round takes a written number of places from 0 to {QUOTIENT_PLACES}", places.at)
        _expect(function, arguments[:1], at, 1, (*NUMBERS, "null"), "a number")
        return "decimal"
    if function == "round" and len(arguments) != 1:
        raise NotInTheLanguage("round takes 1 value, and after it perhaps a number of places", at)
    _expect(function, arguments, at, 1, (*NUMBERS, "null"), "a number")
    if function == "abs":
        return arguments[0].type
    return "int"


def _expect(function: str, arguments: tuple[Node, ...], at: int, count: int, types: tuple[str, ...], what: str) -> None:
    if len(arguments) != count:
        raise NotInTheLanguage(f"{function} takes {count} value{'s' if count > 1 else ''}", at)
    for argument in arguments:
        if argument.type not in types:
            raise NotInTheLanguage(f"this is {in_words(argument.type)}; {function} takes {what}", argument.at)


def too_long(number: int | Decimal) -> bool:
    """Whether a number has more digits than every engine holds exactly."""
    _, digits, exponent = Decimal(number).as_tuple()
    assert isinstance(exponent, int)
    zeros = next((n for n, digit in enumerate(reversed(digits)) if digit), 0)
    return any(digits) and (len(digits) + exponent > MOST_DIGITS or -exponent - zeros > QUOTIENT_PLACES)


def number_literal(text: str, at: int) -> Literal:
    """A number as written: whole numbers are ints, others exact decimals."""
    try:
        value = Decimal(text)
    except ArithmeticError:
        raise NotInTheLanguage(f"'{text}' is not a number of the language", at) from None
    if too_long(value):
        raise NotInTheLanguage(
            f"{text} is too long: at most {MOST_DIGITS} digits before the point and {QUOTIENT_PLACES} after it", at
        )
    if text.isdigit():
        return Literal("int", at, int(text))
    return Literal("decimal", at, value)


def date_literal(text: str, at: int) -> Literal:
    """A date as written between the quotes."""
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
        try:
            return Literal("date", at, date.fromisoformat(text))
        except ValueError:
            pass
    raise NotInTheLanguage(f"'{text}' is not a date; a date is written date '2020-06-30'", at)
