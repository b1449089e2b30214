"""From an expression's tree to DuckDB's SQL, meaning exactly what `reference` means.

Where SQL engines differ among themselves (quotients, rounding, months between dates) the text spells the meaning out.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

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

WIDE = 28
DECIMAL_COLUMN = f"DECIMAL({WIDE},{QUOTIENT_PLACES})"
_DATE_PART = {"days_between": "day", "months_between": "month", "years_between": "year"}


NARROW = 18
"""Decimals of this width or less are 64-bit integers to DuckDB; wider ones are several times slower."""
NARROW_PLACES = 4
"""Amounts with no more places than this are kept narrow: thirteen digits are left before the point."""


@dataclass(frozen=True)
class Sql:
    """A piece of SQL. `places` and `width` are those of its DECIMAL type; other types have no places."""

    text: str
    places: int = 0
    width: int = NARROW


def quoted(name: str) -> str:
    """A name as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def text_literal(text: str) -> str:
    """Text as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"


def value_literal(value: Value, type_: Type) -> Sql:
    """A value of the language as a typed SQL literal."""
    if value is None:
        return Sql(f"CAST(NULL AS {column_type(type_)})")
    if isinstance(value, bool):
        return Sql("TRUE" if value else "FALSE")
    if isinstance(value, date):
        return Sql(f"DATE '{value.isoformat()}'")
    if isinstance(value, str):
        return Sql(text_literal(value))
    if type_ == "int":
        return Sql(f"CAST({value} AS BIGINT)")
    number = Decimal(value)
    digits = f"{number:f}"
    places = len(digits.partition(".")[2])
    width = max(len(digits.replace("-", "").replace(".", "")), places + 1)
    return Sql(f"CAST('{digits}' AS DECIMAL({width},{places}))", places, width)


def decimal_type(places: int) -> str:
    """The type decimals with so many places are brought to."""
    return f"DECIMAL({NARROW if places <= NARROW_PLACES else NARROW + QUOTIENT_PLACES},{places})"


def column_type(type_: Type) -> str:
    """DuckDB's type for a column of a fact type of which no values are known."""
    return {
        "bool": "BOOLEAN",
        "int": "BIGINT",
        "decimal": "DECIMAL(18,2)",
        "date": "DATE",
        "text": "VARCHAR",
        "null": "BOOLEAN",
    }[type_]


def emit(node: Node, names: Mapping[str, Sql]) -> Sql:
    """The SQL of an expression; `names` has the SQL of each fact, parameter and of as_of."""
    return _Emitter(names).emit(node)


class _Emitter:
    def __init__(self, names: Mapping[str, Sql]) -> None:
        self.names = names

    def emit(self, node: Node) -> Sql:
        match node:
            case Literal():
                return value_literal(node.value, node.type)
            case Name():
                return self.names[node.name]
            case Not():
                return Sql(f"(NOT {self.condition(node.item)})")
            case And():
                return Sql(f"({self.condition(node.left)} AND {self.condition(node.right)})")
            case Or():
                return Sql(f"({self.condition(node.left)} OR {self.condition(node.right)})")
            case Compare():
                left, right = self.pair(node.left, node.right)
                return Sql(f"({left} {node.operator} {right})")
            case In():
                return self.membership(node)
            case Between():
                (low_item, low), (high_item, high) = self.pair(node.item, node.low), self.pair(node.item, node.high)
                return Sql(f"({low_item} >= {low} AND {high_item} <= {high})")
            case IsNull():
                return Sql(f"({self.emit(node.item).text} IS NULL)")
            case Case():
                return self.case(node)
            case Arithmetic():
                return self.arithmetic(node)
            case Negative():
                item = self.emit(node.item)
                return item if node.type == "null" else Sql(f"(- {item.text})", item.places, item.width)
            case Call():
                return self.call(node)
        raise TypeError(f"no SQL for {node!r}")

    def condition(self, node: Node) -> str:
        return "CAST(NULL AS BOOLEAN)" if node.type == "null" else self.emit(node).text

    def pair(self, left: Node, right: Node) -> tuple[str, str]:
        """Two operands of a comparison; what is always unknown takes the type of the other."""
        type_ = right.type if left.type == "null" else left.type
        one, other = (
            value_literal(None, type_).text if item.type == "null" else self.emit(item).text for item in (left, right)
        )
        return one, other

    def membership(self, node: In) -> Sql:
        if node.item.type != "null" and all(isinstance(o, Literal) and o.value is not None for o in node.options):
            options = ", ".join(self.emit(option).text for option in node.options)
            return Sql(f"({self.emit(node.item).text} IN ({options}))")
        pairs = [self.pair(node.item, option) for option in node.options]
        return Sql("(" + " OR ".join(f"({item} = {option})" for item, option in pairs) + ")")

    def alike(self, nodes: list[Node], type_: Type) -> tuple[list[str], int]:
        """Alternatives of one type: decimals with the places of the longest."""
        pieces = [self.emit(node) for node in nodes]
        places = max((piece.places for piece in pieces), default=0)
        target = decimal_type(places) if type_ == "decimal" else column_type(type_)
        return [
            f"CAST(NULL AS {target})"
            if node.type == "null"
            else f"CAST({piece.text} AS {target})"
            if type_ == "decimal"
            else piece.text
            for node, piece in zip(nodes, pieces, strict=True)
        ], places

    def case(self, node: Case) -> Sql:
        results = [result for _, result in node.branches] + ([node.otherwise] if node.otherwise else [])
        texts, places = self.alike(results, node.type)
        branches = " ".join(
            f"WHEN {self.condition(condition)} THEN {text}"
            for (condition, _), text in zip(node.branches, texts, strict=False)
        )
        otherwise = f" ELSE {texts[-1]}" if node.otherwise else ""
        return Sql(f"(CASE {branches}{otherwise} END)", places, _width(places))

    def arithmetic(self, node: Arithmetic) -> Sql:
        left, right = self.emit(node.left), self.emit(node.right)
        if "null" in (node.left.type, node.right.type):
            return value_literal(None, node.type)
        if node.operator == "/":
            return quotient(left, right)
        if node.type == "int":
            return Sql(f"({left.text} {node.operator} {right.text})")
        left, right = (_as_decimal(piece, part) for piece, part in ((left, node.left), (right, node.right)))
        if node.operator == "*":
            return self.product(left, right)
        places = max(left.places, right.places)
        width = max(left.width - left.places, right.width - right.places) + places + 1
        if width > NARROW and places <= NARROW_PLACES:
            left, right = (Sql(f"CAST({piece.text} AS DECIMAL({NARROW - 1},{places}))") for piece in (left, right))
            width = NARROW
        return Sql(f"({left.text} {node.operator} {right.text})", places, width)

    def product(self, left: Sql, right: Sql) -> Sql:
        places, width = left.places + right.places, left.width + right.width
        text = f"({left.text} * {right.text})"
        if places > QUOTIENT_PLACES:
            return Sql(f"CAST({text} AS {DECIMAL_COLUMN})", QUOTIENT_PLACES, WIDE)
        if width > NARROW:
            return Sql(f"CAST({text} AS {decimal_type(places)})", places, NARROW if places <= NARROW_PLACES else WIDE)
        return Sql(text, places, width)

    def call(self, node: Call) -> Sql:
        if node.function in ("coalesce", "greatest", "least"):
            texts, places = self.alike(list(node.arguments), node.type)
            return Sql(f"{node.function}({', '.join(texts)})", places, _width(places))
        arguments = [self.emit(argument) for argument in node.arguments]
        if any(argument.type == "null" for argument in node.arguments):
            return value_literal(None, node.type)
        if node.function in _DATE_PART:
            start, end = (argument.text for argument in arguments)
            return Sql(f"datesub('{_DATE_PART[node.function]}', {start}, {end})")
        item = arguments[0]
        if node.function == "abs":
            return Sql(f"abs({item.text})", item.places, item.width)
        if len(arguments) == 2:
            places = int(str(node.arguments[1].value))  # type: ignore[attr-defined]
            return Sql(f"CAST({item.text} AS {decimal_type(places)})", places, _width(places))
        if node.arguments[0].type == "int":  # DuckDB would go by way of a double
            return item
        return Sql(f"CAST({node.function}({item.text}) AS BIGINT)")


def quotient(left: Sql, right: Sql) -> Sql:
    """left / right at ten places, half away from zero, unknown where right is 0.

    DuckDB divides decimals as doubles, which is wrong at the line, and 128-bit integers a hundred times slower than
    64-bit ones. So: whole part, then twice five digits by long division in 64 bits, the rest rounded; only operands
    too long for that take the slow way.
    """
    places = max(left.places, right.places)
    long_over, long_under = (
        f"CAST(CAST({piece.text} AS DECIMAL({WIDE},{places})) * {10**places} AS HUGEINT)" for piece in (left, right)
    )
    slow = f"long_quotient({long_over}, {long_under})"
    if places > NARROW_PLACES:
        return Sql(f"(CASE WHEN {right.text} = 0 THEN NULL ELSE {slow} END)", QUOTIENT_PLACES, WIDE)
    over, under = _in_smallest_unit(left, places), _in_smallest_unit(right, places)
    return Sql(
        f"(CASE WHEN {right.text} = 0 THEN NULL "
        f"WHEN abs({under}) < 90000000000000 AND {over} IS NOT NULL THEN short_quotient({over}, {under}) "
        f"ELSE {slow} END)",
        QUOTIENT_PLACES,
        WIDE,
    )


def _in_smallest_unit(piece: Sql, places: int) -> str:
    """A decimal as a 64-bit number of 10^-places, null if it is too long for that."""
    if not places:
        return f"TRY_CAST({piece.text} AS BIGINT)"
    room = NARROW - 1 - places
    fitting = f"TRY_CAST({piece.text} AS DECIMAL({room},{places}))"
    if piece.places and piece.width <= room and piece.places == places:
        fitting = piece.text
    return f"CAST({fitting} * CAST({10**places} AS DECIMAL({places + 1},0)) AS BIGINT)"


def _as_decimal(piece: Sql, node: Node) -> Sql:
    return Sql(f"CAST({piece.text} AS DECIMAL({NARROW},0))", 0, NARROW) if node.type == "int" else piece


def _width(places: int) -> int:
    return NARROW if places <= NARROW_PLACES else WIDE


_REST = "(o % u)"
_FIVE = f"(({_REST} * 100000) // u)"
_REST_2 = f"(({_REST} * 100000) % u)"
_FIVE_2 = f"(({_REST_2} * 100000) // u)"
_REST_3 = f"(({_REST_2} * 100000) % u)"
_CARRY = f"(CASE WHEN 2 * abs({_REST_3}) >= abs(u) THEN sign(o) * sign(u) ELSE 0 END)"
MACROS = (
    f"CREATE OR REPLACE TEMP MACRO short_quotient(o, u) AS CAST(CAST(o // u AS {DECIMAL_COLUMN}) + "
    f"CAST({_FIVE} * 100000 + {_FIVE_2} + {_CARRY} AS DECIMAL(11,0)) * CAST('0.0000000001' AS DECIMAL(11,10)) "
    f"AS {DECIMAL_COLUMN})",
    # Eleven places cut off, then rounded to ten: the same as rounding the exact quotient half away from zero.
    f"CREATE OR REPLACE TEMP MACRO long_quotient(o, u) AS CAST(CAST((o * CAST(100000000000 AS HUGEINT)) // u "
    f"AS DECIMAL(29,0)) * CAST('0.00000000001' AS DECIMAL(11,11)) AS {DECIMAL_COLUMN})",
)
