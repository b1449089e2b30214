"""Facts, values and expressions in the reader's words.

Of a subject and its verdict `explain` tells; nothing here knows one.
"""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from firmground.engines.declarations import in_language
from firmground.engines.standards.declared import Fact, Table
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
)

if TYPE_CHECKING:
    from firmground.engines.standards.catalogue import Catalogue

PHRASES: Mapping[str, Mapping[str, str]] = {
    "en": {
        "met": "met",
        "not_met": "falls short",
        "unknown": "not known",
        "not_asked": "not asked",
        "is": "{item} is {value}",
        "must": "{is}, but {requirement}",
        "join": "; ",
        "end": ".",
        "colon": ": ",
        "=": "must be {bound}",
        "<>": "must not be {bound}",
        "<": "must be less than {bound}",
        "<=": "must be at most {bound}",
        ">": "must be more than {bound}",
        ">=": "must be at least {bound}",
        "< date": "must be before {bound}",
        "<= date": "must not be after {bound}",
        "> date": "must be after {bound}",
        ">= date": "must not be before {bound}",
        "between": "must be between {low} and {high}",
        "not between": "must not be between {low} and {high}",
        "in": "must be {options}",
        "not in": "must not be {options}",
        "or": " or ",
        "must be known": "{item} must be known",
        "must be unknown": "there should be no {item}, but it is {value}",
        "not known": "{item} is not known",
        "yes": "yes",
        "no": "no",
        "must be yes": "{item}: no",
        "must be no": "{item}: yes",
        "none of": "At least one of these should hold: {parts}",
        "from": "{item} comes from {parts}",
        "counted": "{item} is counted from {rows} rows of {table}",
        "counted one": "{item} is counted from 1 row of {table}",
        "law": "Law: {law}",
        "unconfirmed": "Not yet confirmed by a source: {items}",
        "bound with name": "{value} ({name})",
        "days_between": "days from {0} to {1}",
        "months_between": "months from {0} to {1}",
        "years_between": "years from {0} to {1}",
        "coalesce": "{0}",
        "greatest": "the greatest of {all}",
        "least": "the least of {all}",
        "abs": "the size of {0}",
        "round": "{0} (rounded)",
        "floor": "{0} (rounded down)",
        "ceil": "{0} (rounded up)",
        "case": "the figure that applies",
        "negative": "minus {0}",
        "as_of": "the date of the screening",
        "and": " and ",
        "list": ", ",
        "unknown value": "not known",
        "both": "{0} and {1}",
        "one of two": "{0} or {1}",
        "not": "not ({0})",
        "known": "{item} is known",
        "among": "{item} is {options}",
        "not among": "{item} is not {options}",
        "within": "{item} from {low} to {high}",
        "if": "{result} if {condition}",
        "otherwise": "otherwise {0}",
        "count": "number of {table}{where}",
        "sum": "sum of {of} over {table}{where}",
        "min": "least {of} of {table}{where}",
        "max": "greatest {of} of {table}{where}",
        "any": "whether any of {table}{where} has: {of}",
        "all": "whether all of {table}{where} have: {of}",
        "where": " where {0}",
    },
    "zh": {
        "met": "达标",
        "not_met": "未达标",
        "unknown": "情况不明",
        "not_asked": "不适用",
        "is": "{item}为{value}",
        "must": "{is}，{requirement}",
        "join": "；",
        "end": "。",
        "colon": "：",
        "=": "应为{bound}",
        "<>": "不应为{bound}",
        "<": "应小于{bound}",
        "<=": "应不超过{bound}",
        ">": "应大于{bound}",
        ">=": "应不低于{bound}",
        "< date": "应早于{bound}",
        "<= date": "应不晚于{bound}",
        "> date": "应晚于{bound}",
        ">= date": "应不早于{bound}",
        "between": "应在{low}与{high}之间",
        "not between": "不应在{low}与{high}之间",
        "in": "应为{options}",
        "not in": "不应为{options}",
        "or": "或",
        "must be known": "{item}应有记录",
        "must be unknown": "不应有{item}，但记录为{value}",
        "not known": "{item}无记录",
        "yes": "是",
        "no": "否",
        "must be yes": "{item}：否",
        "must be no": "{item}：是",
        "none of": "以下至少一项应成立：{parts}",
        "from": "{item}由以下数据得出：{parts}",
        "counted": "{item}由{table}的{rows}条记录统计得出",
        "counted one": "{item}由{table}的1条记录统计得出",
        "law": "依据：{law}",
        "unconfirmed": "以下数值的依据尚未核实：{items}",
        "bound with name": "{value}（{name}）",
        "days_between": "{0}至{1}的天数",
        "months_between": "{0}至{1}的月数",
        "years_between": "{0}至{1}的年数",
        "coalesce": "{0}",
        "greatest": "{all}中的最大值",
        "least": "{all}中的最小值",
        "abs": "{0}的绝对值",
        "round": "{0}（取整）",
        "floor": "{0}（向下取整）",
        "ceil": "{0}（向上取整）",
        "case": "适用数值",
        "negative": "负{0}",
        "as_of": "筛查日期",
        "and": "与",
        "list": "、",
        "unknown value": "无记录",
        "both": "{0}且{1}",
        "one of two": "{0}或{1}",
        "not": "非（{0}）",
        "known": "{item}有记录",
        "among": "{item}为{options}",
        "not among": "{item}不为{options}",
        "within": "{item}在{low}至{high}之间",
        "if": "{condition}时为{result}",
        "otherwise": "否则为{0}",
        "count": "{table}{where}的数量",
        "sum": "{table}{where}的{of}之和",
        "min": "{table}{where}的{of}的最小值",
        "max": "{table}{where}的{of}的最大值",
        "any": "{table}{where}中是否有任一：{of}",
        "all": "{table}{where}是否全部：{of}",
        "where": "（{0}）",
    },
}
SIGNS = {"+": "+", "-": "−", "*": "×", "/": "÷"}
COMPARISONS = {"=": "=", "<>": "≠", "<": "<", "<=": "≤", ">": ">", ">=": "≥"}
SPANS = {"days_between": "days", "months_between": "months", "years_between": "years"}


class Wording:
    """The words of one table's facts and of the parameters, in a language."""

    def __init__(self, catalogue: "Catalogue", table: Table, language: str) -> None:
        self.catalogue, self.table = catalogue, table
        self.language = language if language in PHRASES else "en"

    def say(self, phrase: str, *positional: str, **parts: str) -> str:
        return PHRASES[self.language][phrase].format(*positional, **parts)

    def label(self, name: str) -> str:
        """What a fact or parameter is called."""
        if name == "as_of":
            return self.say("as_of")
        fact, parameter = self.table.facts.get(name), self.catalogue.parameters.get(name)
        said = fact.label if fact else parameter.title if parameter else {}
        return in_language(said, self.language) or name.replace("_", " ")

    def described(self, node: Node, whole: bool = False) -> str:
        """An expression in words, without its value.

        Args:
            whole: tell every branch of a choice; left out: it is "the figure that applies".
        """
        match node:
            case Name():
                return self.label(node.name)
            case Literal():
                return self.shown(node.value, node)
            case Arithmetic():
                left, right = self._operand(node.left, node, whole), self._operand(node.right, node, whole)
                return f"{left} {SIGNS[node.operator]} {right}"
            case Negative():
                return self.say("negative", self.described(node.item, whole))
            case Call():
                arguments = [self.described(argument, whole) for argument in node.arguments]
                return self.say(node.function, *arguments, all=self.say("list").join(arguments))
            case Case() if not whole:
                return self.say("case")
            case Case():
                told = [
                    self.say("if", condition=self.described(condition, True), result=self._beside(result, node))
                    for condition, result in node.branches
                ]
                if node.otherwise is not None:
                    told.append(self.say("otherwise", self._beside(node.otherwise, node)))
                return self.say("join").join(told)
        return self._condition(node)

    def _condition(self, node: Node) -> str:
        match node:
            case And():
                return self.say("both", self._part(node.left), self._part(node.right))
            case Or():
                return self.say("one of two", self.described(node.left, True), self.described(node.right, True))
            case Not(item=IsNull(item=item)):
                return self.say("known", item=self.described(item))
            case Not(item=In() as among):
                return self._among("not among", among)
            case Not():
                return self.say("not", self.described(node.item, True))
            case Compare():
                left, right = self._beside(node.left, node.right), self._beside(node.right, node.left)
                return f"{left} {COMPARISONS[node.operator]} {right}"
            case In():
                return self._among("among", node)
            case Between():
                low, high = self._beside(node.low, node.item), self._beside(node.high, node.item)
                return self.say("within", item=self.described(node.item), low=low, high=high)
            case IsNull():
                return self.say("not known", item=self.described(node.item))
        raise TypeError(f"{type(node).__name__} is no part of an expression")

    def _among(self, phrase: str, node: In) -> str:
        options = self.say("or").join(self._beside(option, node.item) for option in node.options)
        return self.say(phrase, item=self.described(node.item), options=options)

    def _part(self, node: Node) -> str:
        """A part of an "and": an "or" in it needs brackets."""
        said = self.described(node, True)
        return f"({said})" if isinstance(node, Or) else said

    def _operand(self, node: Node, of: Arithmetic, whole: bool) -> str:
        said = self.described(node, whole)
        loose = isinstance(node, Arithmetic) and (
            (of.operator in "*/" and node.operator in "+-") or (node is of.right and of.operator in "-/")
        )
        return f"({said})" if loose or (whole and isinstance(node, Case)) else said

    def _beside(self, node: Node, other: Node) -> str:
        """A part of a comparison: a bare value is told as one of what it is compared with."""
        return self.shown(node.value, other) if isinstance(node, Literal) else self.described(node, True)

    def shown(self, value: Value, node: Node, beside: Node | None = None) -> str:
        """A value of an expression, with its unit or in the words of its fact.

        Args:
            beside: what it is compared with; its unit is the same where the expression has none of its own.
        """
        fact = self.table.facts.get(node.name) if isinstance(node, Name) else None
        if value is None:
            return self.say("unknown value")
        if isinstance(value, bool):
            return self.say("yes" if value else "no")
        if isinstance(value, int | Decimal):
            unit = self.unit_of(node) or (self.unit_of(beside) if beside else "")
            return in_unit(self.catalogue, value, unit, self.language)
        if isinstance(value, date):
            if self.language == "zh":
                return f"{value.year}年{value.month}月{value.day}日"
            return f"{value.day} {value:%B %Y}"
        return self.catalogue.word(fact, value, self.language) if fact else value

    def unit_of(self, node: Node) -> str:
        """The unit that an expression comes out in, as the catalogue writes it; "" if none can be told."""
        match node:
            case Name():
                fact, parameter = self.table.facts.get(node.name), self.catalogue.parameters.get(node.name)
                return unit_of_fact(fact) if fact else parameter.unit if parameter else ""
            case Negative():
                return self.unit_of(node.item)
            case Call():
                parts = () if node.function in SPANS else node.arguments
                return SPANS.get(node.function, "") or self._first_unit(*parts)
            case Case():
                return self._first_unit(*(result for _, result in node.branches))
            case Arithmetic() if node.operator in "+-":
                return self._first_unit(node.left, node.right)
        return ""

    def _first_unit(self, *nodes: Node) -> str:
        return next(filter(None, map(self.unit_of, nodes)), "")


def derivation(catalogue: "Catalogue", fact: Fact, language: str) -> str:
    """How a fact is worked out, in words; "" for one that is recorded."""
    own = Wording(catalogue, catalogue.tables[fact.table], language)
    if fact.formula is not None:
        return own.described(fact.formula, True)
    if fact.aggregate is None:
        return ""
    table = catalogue.tables[fact.aggregate.table]
    rows = Wording(catalogue, table, language)
    where, of = fact.aggregate.where, fact.aggregate.of
    return own.say(
        fact.aggregate.function,
        table=in_language(table.label, own.language) or table.name.replace("_", " "),
        of=rows.described(of, True) if of is not None else "",
        where=own.say("where", rows.described(where, True)) if where is not None else "",
    )


def unit_of_fact(fact: Fact) -> str:
    """A fact's unit; of a count without one, "count of <table>", which a language may have a word for."""
    counted = fact.aggregate is not None and fact.aggregate.function == "count"
    return fact.unit or (f"count of {fact.aggregate.table}" if counted and fact.aggregate else "")


def unit_in(catalogue: "Catalogue", unit: str, language: str) -> str:
    """A unit as the reader writes it (words.toml, values.unit); as the catalogue writes it where no word is given."""
    unspoken = "" if unit.startswith("count of ") else unit
    return catalogue.words.get("unit", {}).get(unit, {}).get(language, unspoken)


def in_unit(catalogue: "Catalogue", value: int | Decimal, unit: str, language: str) -> str:
    """A number with its unit, for reading: money to the fen, a share in percent."""
    if unit == "share" or unit.startswith("share of "):
        percent = f"{number_shown(Decimal(value) * 100)}%"
        of = unit_in(catalogue, unit, language)
        return percent if unit == "share" else PHRASES[language]["bound with name"].format(value=percent, name=of)
    number = number_shown(value, money=unit.startswith("yuan"))
    return f"{number} {unit_in(catalogue, unit, language)}".rstrip()


def number_shown(value: int | Decimal, money: bool = False) -> str:
    """A number for reading: thousands apart, at most two decimals unless it is smaller than that shows.

    Money is whole, or has both decimals.
    """
    if isinstance(value, int) or value == int(value):
        return f"{int(value):,}"
    places = 2 if abs(value) >= 1 or value == round(value, 2) else 4
    text = f"{value:,.{places}f}"
    return text if money else text.rstrip("0").rstrip(".")
