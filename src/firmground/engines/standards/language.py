"""From the text of an expression to its tree; everything that is not the language is refused with its character.

The grammar and its precedence are SQL's, parsed by sqlglot. Only the nodes named here get through: no statement,
sub-query, comment, cast, or function off the list.
"""

import re
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from difflib import get_close_matches

import sqlglot
from sqlglot import exp
from sqlglot.errors import ParseError, TokenError
from sqlglot.tokens import Token, TokenType

from firmground.engines.standards.tree import (
    NUMBERS,
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
    depth,
)

FUNCTIONS = (
    "abs",
    "ceil",
    "coalesce",
    "days_between",
    "floor",
    "greatest",
    "least",
    "months_between",
    "round",
    "years_between",
)
MOST_DIGITS = 14
MOST_LEVELS = 200
"""How deep an expression may be nested; a chain of `and`s is as deep as it is long."""
_TOO_DEEP = "this expression is nested too deeply; split it into facts of its own"
_AGGREGATES = {"count", "sum", "min", "max", "avg", "any", "all", "exists"}
_COMPARISONS: dict[type[exp.Expr], str] = {
    exp.EQ: "=",
    exp.NEQ: "<>",
    exp.LT: "<",
    exp.LTE: "<=",
    exp.GT: ">",
    exp.GTE: ">=",
}
_ARITHMETIC: dict[type[exp.Expr], str] = {exp.Add: "+", exp.Sub: "-", exp.Mul: "*", exp.Div: "/"}
_FUNCTION_NODES: dict[type[exp.Expr], str] = {
    exp.Abs: "abs",
    exp.Ceil: "ceil",
    exp.Coalesce: "coalesce",
    exp.Floor: "floor",
    exp.Greatest: "greatest",
    exp.Least: "least",
    exp.MonthsBetween: "months_between",
    exp.Round: "round",
}
_BEFORE_A_PAREN = {
    TokenType.AND,
    TokenType.OR,
    TokenType.NOT,
    TokenType.IN,
    TokenType.BETWEEN,
    TokenType.CASE,
    TokenType.WHEN,
    TokenType.THEN,
    TokenType.ELSE,
    TokenType.IS,
}
_STRUCTURE = _BEFORE_A_PAREN | {TokenType.END, TokenType.NULL, TokenType.TRUE, TokenType.FALSE, TokenType.STRING}
_FIRST_OF_A_STATEMENT = {
    *sqlglot.Parser.STATEMENT_PARSERS,
    TokenType.COMMAND,
    TokenType.EXECUTE,
    TokenType.FETCH,
    TokenType.FROM,
    TokenType.RENAME,
    TokenType.SELECT,
    TokenType.SHOW,
    TokenType.VALUES,
    TokenType.WITH,
} - {TokenType.SEMICOLON}
_PLACEHOLDERS = {TokenType.PLACEHOLDER, TokenType.PARAMETER, TokenType.COLON}
# SQL text with its string literals set aside, so that "--" inside quotes is no comment.
_COMMENT = re.compile(r"'(?:[^']|'')*'|(?P<comment>--|/\*|\*/|\{#)")


class NotInTheLanguage(Exception):
    """An expression that is refused. `at` is the 0-based character, None when it concerns the whole text."""

    def __init__(self, message: str, at: int | None = None) -> None:
        super().__init__(message if at is None else f"at character {at + 1}: {message}")
        self.at = at


def parse(
    text: str,
    names: Mapping[str, Type],
    expected: Type | None = None,
    hint: str = "",
    elsewhere: Mapping[str, str] | None = None,
) -> Node:
    """Parse and type-check one expression.

    Args:
        names: the facts and parameters in reach, with their types; `as_of` is always in reach.
        expected: the type the whole must have; an int passes where a decimal is expected.
        hint: whose facts these are, for the message about an unknown name.
        elsewhere: facts out of reach and the table each belongs to, for the same message.

    Raises:
        NotInTheLanguage: with the place in the text and what to write instead.
    """
    tokens = _with_names(_tokens(text), names)
    _refuse_by_tokens(tokens, names)
    try:
        parsed = sqlglot.Dialect().parser().parse_into(exp.Condition, tokens, text)[0]
    except ParseError as error:
        raise _not_understood(text, error) from None
    except RecursionError:
        raise NotInTheLanguage(_TOO_DEEP) from None
    builder = _Builder(tokens, {**names, "as_of": "date"}, hint, elsewhere or {})
    try:
        node = builder.build(parsed)
    except RecursionError:
        raise NotInTheLanguage(_TOO_DEEP) from None
    if depth(node) > MOST_LEVELS:
        raise NotInTheLanguage(_TOO_DEEP)
    if expected is not None and not fits(node.type, expected):
        raise NotInTheLanguage(f"this is {_a(node.type)}, but {_a(expected)} is needed here", node.at)
    return node


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


def is_a_name(text: str) -> bool:
    """Whether a word can be the name of a fact or parameter: many words of SQL cannot."""
    try:
        parsed = parse(f"coalesce({text}, {text}) = {text}", {text: "int"}), parse(text, {text: "int"})
    except NotInTheLanguage:
        return False
    return isinstance(parsed[1], Name)


def too_long(number: int | Decimal) -> bool:
    """Whether a number has more digits than every engine holds exactly."""
    _, digits, exponent = Decimal(number).as_tuple()
    assert isinstance(exponent, int)
    zeros = next((n for n, digit in enumerate(reversed(digits)) if digit), 0)
    return any(digits) and (len(digits) + exponent > MOST_DIGITS or -exponent - zeros > QUOTIENT_PLACES)


def _tokens(text: str) -> list[Token]:
    for match in _COMMENT.finditer(text):
        if match["comment"]:
            raise NotInTheLanguage("comments are not allowed in an expression; use 'why'", match.start())
    try:
        tokens = list(sqlglot.tokenize(text))
    except TokenError as error:
        quote = text.rfind("'") if text.count("'") % 2 else None
        message = "this text in quotes does not end" if quote is not None else f"this cannot be read ({error})"
        raise NotInTheLanguage(message, quote) from None
    if not tokens:
        raise NotInTheLanguage("the expression is empty")
    return tokens


def _with_names(tokens: list[Token], names: Mapping[str, Type]) -> list[Token]:
    """The same tokens, where words that are names are no words of SQL: a fact may be called `on` or `from`."""
    return [
        Token(TokenType.VAR, token.text, token.line, token.col, token.start, token.end)
        if token.text in names
        and token.token_type not in _STRUCTURE
        and (following is None or following.token_type is not TokenType.STRING)
        else token
        for token, following in zip(tokens, [*tokens[1:], None], strict=True)
    ]


def _refuse_by_tokens(tokens: list[Token], names: Mapping[str, Type]) -> None:
    if tokens[0].token_type in _FIRST_OF_A_STATEMENT and tokens[0].text not in names:
        raise NotInTheLanguage(
            f"'{tokens[0].text}' begins a statement, which is not in the language; write a condition", tokens[0].start
        )
    for token, following in zip(tokens, [*tokens[1:], None], strict=True):
        if token.token_type is TokenType.SELECT:
            raise NotInTheLanguage(
                "a sub-query is not in the language; declare a fact that counts or sums the related rows, "
                "and use its name",
                token.start,
            )
        if token.token_type in _PLACEHOLDERS:
            raise NotInTheLanguage(
                f"'{token.text}' is not in the language; write a fact, parameter or value", token.start
            )
        if token.token_type is TokenType.COMMA and following is not None and following.token_type is TokenType.R_PAREN:
            raise NotInTheLanguage("a value is missing before this bracket", following.start)
        if token.token_type is TokenType.SEMICOLON:
            raise NotInTheLanguage("write one expression, without a semicolon", token.start)
        if token.token_type is TokenType.DCOLON:
            raise NotInTheLanguage("casts are not in the language", token.start)
        if token.token_type is TokenType.IDENTIFIER:
            raise NotInTheLanguage(
                f'"{token.text}" in double quotes would be a name; write text in single quotes, names without quotes',
                token.start,
            )
        called = following is not None and following.token_type is TokenType.L_PAREN and token.text[:1].isalpha()
        if called and token.token_type not in _BEFORE_A_PAREN and token.text.lower() not in FUNCTIONS:
            name = token.text.lower()
            advice = (
                "declare a fact that counts or sums the related rows, and use its name"
                if name in _AGGREGATES
                else f"the functions are {', '.join(FUNCTIONS)}"
            )
            raise NotInTheLanguage(f"'{token.text}' is not a function of the language; {advice}", token.start)


def _not_understood(text: str, error: ParseError) -> NotInTheLanguage:
    found = error.errors[0] if error.errors else {}
    line, column = found.get("line"), found.get("col")
    at = None
    if isinstance(line, int) and isinstance(column, int):
        before = text.split("\n")[: line - 1]
        end = sum(len(part) + 1 for part in before) + column  # sqlglot's column is where the token ends
        at = min(max(end - len(found.get("highlight") or " "), 0), len(text))
    return NotInTheLanguage("this is not a complete expression here; is a word, a value or a bracket missing?", at)


_AFTER_AN_OPERAND = (exp.Binary, exp.Bracket, exp.AtTimeZone)


class _Builder:
    """Turns sqlglot's nodes into ours, checking types on the way up."""

    def __init__(self, tokens: list[Token], names: Mapping[str, Type], hint: str, elsewhere: Mapping[str, str]) -> None:
        self.tokens, self.names, self.hint, self.elsewhere = tokens, names, hint, elsewhere
        self.makers: dict[type[exp.Expr], Callable[..., Node]] = {
            exp.Paren: lambda n: self.build(n.this),
            exp.Boolean: lambda n: Literal("bool", self.at(n), bool(n.this)),
            exp.Null: lambda n: Literal("null", self.at(n), None),
            exp.Literal: self.literal,
            exp.Column: self.column,
            exp.Cast: self.date_literal,
            exp.And: self.logic,
            exp.Or: self.logic,
            exp.Not: self.negation,
            exp.Is: self.is_null,
            exp.In: self.membership,
            exp.Between: self.between,
            exp.Case: self.case,
            exp.Neg: self.negative,
            exp.Anonymous: self.call,
            **dict.fromkeys(_COMPARISONS, self.comparison),
            **dict.fromkeys(_ARITHMETIC, self.arithmetic),
            **dict.fromkeys(_FUNCTION_NODES, self.call),
        }

    def build(self, node: exp.Expr | None) -> Node:
        if node is None:
            raise NotInTheLanguage("something is missing here")
        make = self.makers.get(type(node))
        if make is None:
            raise NotInTheLanguage(
                f"{self.described(node)} is not in the language; write comparisons, and, or, not, in, between, "
                "is null, case, + - * / and the listed functions over facts and parameters",
                self.after(node.this) if isinstance(node, _AFTER_AN_OPERAND) else self.at(node),
            )
        return make(node)

    def at(self, node: exp.Expr) -> int:
        """Where a node begins: the first character of anything in it whose place sqlglot kept."""
        starts = [part.meta["start"] for part in node.walk() if "start" in part.meta]
        if starts:
            return int(min(starts))
        keyword = node.key.upper()
        return next((t.start for t in self.tokens if t.text.upper().replace("_", "") == keyword), self.tokens[0].start)

    def after(self, node: exp.Expr) -> int:
        """Where the word or sign after a node stands: what a refused node adds to its first operand."""
        ends = [part.meta["end"] for part in node.walk() if "end" in part.meta]
        if not ends:
            return self.at(node)
        return next(
            (t.start for t in self.tokens if t.start > max(ends) and t.token_type is not TokenType.R_PAREN),
            self.at(node),
        )

    def described(self, node: exp.Expr) -> str:
        known: dict[type[exp.Expr], str] = {
            exp.Star: "'*' alone",
            exp.Tuple: "a list",
            exp.Interval: "'interval'",
        }
        if type(node) in known:
            return known[type(node)]
        at = self.after(node.this) if isinstance(node, _AFTER_AN_OPERAND) else self.at(node)
        written = next((t.text for t in self.tokens if t.start == at), node.key)
        by_sign = isinstance(node, _AFTER_AN_OPERAND) or written.replace("_", "").lower() == node.key
        return f"'{written if by_sign else node.key}'"

    def literal(self, node: exp.Literal) -> Node:
        at = self.at(node)
        if node.is_string:
            return Literal("text", at, node.this)
        return number_literal(node.this, at)

    def column(self, node: exp.Column) -> Node:
        at = self.at(node)
        if node.table or not isinstance(node.this, exp.Identifier):
            raise NotInTheLanguage(f"'{node.sql()}': write the name of a fact alone, without its table", at)
        name = node.name
        type_ = self.names.get(name)
        if type_ is None:
            close = get_close_matches(name, self.names, n=1) or get_close_matches(name.lower(), self.names, n=1)
            advice = f"; is '{close[0]}' meant?" if close else ""
            if name in self.elsewhere:
                advice = f"; it is a fact of {self.elsewhere[name]}: count or sum it in a fact that can be named here"
            raise NotInTheLanguage(f"'{name}' is neither a fact{self.hint} nor a parameter{advice}", at)
        return Name(type_, at, name)

    def date_literal(self, node: exp.Cast) -> Node:
        at = self.at(node)
        written = next((t for t in self.tokens if t.start == at), None)
        before = [t for t in self.tokens if t.start < at][-1:]
        is_date = node.to.this == exp.DataType.Type.DATE and isinstance(node.this, exp.Literal) and node.this.is_string
        if not is_date or written is None or not before or before[0].text.lower() != "date":
            raise NotInTheLanguage("casts are not in the language; a date is written date '2020-06-30'", at)
        return date_literal(node.this.this, before[0].start)

    def logic(self, node: exp.Expr) -> Node:
        left, right = self.condition(node.this), self.condition(node.expression)
        return (And if isinstance(node, exp.And) else Or)("bool", left.at, left, right)

    def negation(self, node: exp.Not) -> Node:
        item = self.condition(node.this)
        return Not("bool", item.at, item)

    def condition(self, node: exp.Expr) -> Node:
        item = self.build(node)
        if item.type not in ("bool", "null"):
            raise NotInTheLanguage(f"this is {_a(item.type)}; a condition (true or false) is needed here", item.at)
        return item

    def is_null(self, node: exp.Is) -> Node:
        if not isinstance(node.expression, exp.Null):
            raise NotInTheLanguage("write 'is null' or 'is not null'", self.after(node.this))
        item = self.build(node.this)
        return IsNull("bool", item.at, item)

    def comparison(self, node: exp.Expr) -> Node:
        left, right = self.build(node.this), self.build(node.expression)
        operator = _COMPARISONS[type(node)]
        shared = self.comparable(left, right)
        if shared == "bool" and operator not in ("=", "<>"):
            raise NotInTheLanguage("true and false can be compared with = and <> only", left.at)
        return Compare("bool", left.at, operator, left, right)

    def comparable(self, left: Node, right: Node) -> Type:
        shared = common_type(left.type, right.type)
        if shared is None:
            advice = "; a date is written date '2020-06-30'" if {left.type, right.type} == {"date", "text"} else ""
            raise NotInTheLanguage(f"{_a(left.type)} cannot be compared with {_a(right.type)}{advice}", right.at)
        return shared

    def membership(self, node: exp.In) -> Node:
        if any(node.args.get(key) for key in ("query", "unnest", "field")) or not node.expressions:
            raise NotInTheLanguage("'in' takes a list in brackets, as in ('A', 'B')", self.after(node.this))
        item = self.build(node.this)
        options = tuple(self.build(option) for option in node.expressions)
        for option in options:
            self.comparable(item, option)
        return In("bool", item.at, item, options)

    def between(self, node: exp.Between) -> Node:
        if node.args.get("symmetric"):
            raise NotInTheLanguage(
                "'symmetric' is not in the language; write the smaller bound first", self.after(node.this)
            )
        item, low, high = (self.build(node.args[key]) for key in ("this", "low", "high"))
        for bound in (low, high):
            if self.comparable(item, bound) == "bool":
                raise NotInTheLanguage("'between' takes numbers, dates or text", item.at)
        return Between("bool", item.at, item, low, high)

    def case(self, node: exp.Case) -> Node:
        subject = self.build(node.this) if node.this is not None else None
        branches: list[tuple[Node, Node]] = []
        for branch in node.args["ifs"]:
            if subject is None:
                condition = self.condition(branch.this)
            else:
                value = self.build(branch.this)
                self.comparable(subject, value)
                condition = Compare("bool", value.at, "=", subject, value)
            branches.append((condition, self.build(branch.args["true"])))
        default = node.args.get("default")
        otherwise = self.build(default) if default is not None else None
        results = [result for _, result in branches] + ([otherwise] if otherwise is not None else [])
        return Case(self.shared(results), self.at(node), tuple(branches), otherwise)

    def shared(self, nodes: list[Node]) -> Type:
        """The one type of several alternatives."""
        type_: Type = "null"
        for node in nodes:
            joined = common_type(type_, node.type)
            if joined is None:
                raise NotInTheLanguage(f"{_a(node.type)} stands here beside {_a(type_)}; they must agree", node.at)
            type_ = joined
        return type_

    def number(self, node: exp.Expr) -> Node:
        item = self.build(node)
        if item.type not in (*NUMBERS, "null"):
            advice = "; use days_between, months_between or years_between" if item.type == "date" else ""
            raise NotInTheLanguage(f"this is {_a(item.type)}; a number is needed here{advice}", item.at)
        return item

    def arithmetic(self, node: exp.Expr) -> Node:
        left, right = self.number(node.this), self.number(node.expression)
        operator = _ARITHMETIC[type(node)]
        whole = operator != "/" and "decimal" not in (left.type, right.type)
        return Arithmetic("int" if whole else "decimal", left.at, operator, left, right)

    def negative(self, node: exp.Neg) -> Node:
        item = self.number(node.this)
        if isinstance(item, Literal) and isinstance(item.value, int | Decimal):
            return Literal(item.type, item.at, -item.value)
        return Negative(item.type, item.at, item)

    def call(self, node: exp.Expr) -> Node:
        function = node.name.lower() if isinstance(node, exp.Anonymous) else _FUNCTION_NODES[type(node)]
        written = [node.this, *node.expressions] if not isinstance(node, exp.Anonymous) else list(node.expressions)
        for key in ("expression", "decimals", "to", "truncate", "roundoff", "casts_non_integer_decimals"):
            if isinstance(node.args.get(key), exp.Expr):
                written.append(node.args[key])
        arguments = tuple(self.build(argument) for argument in written if argument is not None)
        return Call(self.call_type(function, arguments, self.at(node)), self.at(node), function, arguments)

    def call_type(self, function: str, arguments: tuple[Node, ...], at: int) -> Type:
        if function.endswith("_between"):
            self.expect(function, arguments, at, 2, ("date", "null"), "dates")
            return "int"
        if function in ("coalesce", "greatest", "least"):
            if not arguments:
                raise NotInTheLanguage(f"{function} takes at least one value", at)
            type_ = self.shared(list(arguments))
            if type_ == "bool" and function != "coalesce":
                raise NotInTheLanguage(f"{function} takes numbers, dates or text", at)
            return type_
        if function == "round" and len(arguments) == 2:
            places = arguments[1]
            if not (isinstance(places, Literal) and type(places.value) is int and 0 <= places.value <= QUOTIENT_PLACES):
                raise NotInTheLanguage(f"round takes a written number of places from 0 to {QUOTIENT_PLACES}", places.at)
            self.expect(function, arguments[:1], at, 1, (*NUMBERS, "null"), "a number")
            return "decimal"
        self.expect(function, arguments, at, 1, (*NUMBERS, "null"), "a number")
        if function == "abs":
            return arguments[0].type
        return "int"

    def expect(
        self, function: str, arguments: tuple[Node, ...], at: int, count: int, types: tuple[str, ...], what: str
    ) -> None:
        if len(arguments) != count:
            raise NotInTheLanguage(f"{function} takes {count} value{'s' if count > 1 else ''}", at)
        for argument in arguments:
            if argument.type not in types:
                raise NotInTheLanguage(f"this is {_a(argument.type)}; {function} takes {what}", argument.at)


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


def _a(type_: Type) -> str:
    return {
        "bool": "true or false",
        "int": "a whole number",
        "decimal": "a number",
        "date": "a date",
        "text": "text",
        "null": "unknown",
    }[type_]
