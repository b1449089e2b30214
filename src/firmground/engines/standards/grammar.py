"""From sqlglot's tree to ours: a walk that lets through only the nodes of the language, each with its character."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from difflib import get_close_matches

from sqlglot import exp
from sqlglot.tokens import Token, TokenType

from firmground.engines.standards.checking import (
    NotInTheLanguage,
    as_condition,
    as_number,
    call_type,
    comparable,
    date_literal,
    number_literal,
    shared_type,
)
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
    Type,
)

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
_AFTER_AN_OPERAND = (exp.Binary, exp.Bracket, exp.AtTimeZone)


class Walk:
    """Turns sqlglot's nodes into ours, checking types on the way up; only nodes with a maker get through."""

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
        left, right = as_condition(self.build(node.this)), as_condition(self.build(node.expression))
        return (And if isinstance(node, exp.And) else Or)("bool", left.at, left, right)

    def negation(self, node: exp.Not) -> Node:
        item = as_condition(self.build(node.this))
        return Not("bool", item.at, item)

    def is_null(self, node: exp.Is) -> Node:
        if not isinstance(node.expression, exp.Null):
            raise NotInTheLanguage("write 'is null' or 'is not null'", self.after(node.this))
        item = self.build(node.this)
        return IsNull("bool", item.at, item)

    def comparison(self, node: exp.Expr) -> Node:
        left, right = self.build(node.this), self.build(node.expression)
        operator = _COMPARISONS[type(node)]
        shared = comparable(left, right)
        if shared == "bool" and operator not in ("=", "<>"):
            raise NotInTheLanguage("true and false can be compared with = and <> only", left.at)
        return Compare("bool", left.at, operator, left, right)

    def membership(self, node: exp.In) -> Node:
        if any(node.args.get(key) for key in ("query", "unnest", "field")) or not node.expressions:
            raise NotInTheLanguage("'in' takes a list in brackets, as in ('A', 'B')", self.after(node.this))
        item = self.build(node.this)
        options = tuple(self.build(option) for option in node.expressions)
        for option in options:
            comparable(item, option)
        return In("bool", item.at, item, options)

    def between(self, node: exp.Between) -> Node:
        if node.args.get("symmetric"):
            raise NotInTheLanguage(
                "'symmetric' is not in the language; write the smaller bound first", self.after(node.this)
            )
        item, low, high = (self.build(node.args[key]) for key in ("this", "low", "high"))
        for bound in (low, high):
            if comparable(item, bound) == "bool":
                raise NotInTheLanguage("'between' takes numbers, dates or text", item.at)
        return Between("bool", item.at, item, low, high)

    def case(self, node: exp.Case) -> Node:
        subject = self.build(node.this) if node.this is not None else None
        branches: list[tuple[Node, Node]] = []
        for branch in node.args["ifs"]:
            if subject is None:
                condition = as_condition(self.build(branch.this))
            else:
                value = self.build(branch.this)
                comparable(subject, value)
                condition = Compare("bool", value.at, "=", subject, value)
            branches.append((condition, self.build(branch.args["true"])))
        default = node.args.get("default")
        otherwise = self.build(default) if default is not None else None
        results = [result for _, result in branches] + ([otherwise] if otherwise is not None else [])
        return Case(shared_type(results), self.at(node), tuple(branches), otherwise)

    def arithmetic(self, node: exp.Expr) -> Node:
        left, right = as_number(self.build(node.this)), as_number(self.build(node.expression))
        operator = _ARITHMETIC[type(node)]
        whole = operator != "/" and "decimal" not in (left.type, right.type)
        return Arithmetic("int" if whole else "decimal", left.at, operator, left, right)

    def negative(self, node: exp.Neg) -> Node:
        item = as_number(self.build(node.this))
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
        return Call(call_type(function, arguments, self.at(node)), self.at(node), function, arguments)
