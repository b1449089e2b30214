"""Why a subject falls short, in sentences with the numbers in them.

A rule is walked from the top: only the conditions that decide the verdict are told, each with the value found and the
value required, then how a worked-out number came about, then the law.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from firmground.common.errors import Refusal
from firmground.engines.declarations import in_language
from firmground.engines.snapshot import Snapshot
from firmground.engines.standards.declared import Fact, Standard, Table, Verdict
from firmground.engines.standards.reference import Judgement, Reference, Subject, evaluate
from firmground.engines.standards.subjects import subjects_in
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
    from pathlib import Path

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
        "number with unit": "{number} {unit}",
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
        "condition": "the condition",
        "unknown value": "not known",
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
        "number with unit": "{number}（{unit}）",
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
        "condition": "该条件",
        "unknown value": "无记录",
    },
}
_OPPOSITE = {"=": "<>", "<>": "=", "<": ">=", "<=": ">", ">": "<=", ">=": "<"}
_SIGNS = {"+": "+", "-": "−", "*": "×", "/": "÷"}


@dataclass(frozen=True)
class Explanation:
    """One standard's verdict on one subject, told in a language. `heading` is the title with the verdict in words."""

    standard: str
    verdict: Verdict
    heading: str
    sentences: list[str]
    evidence: Mapping[str, Value] = field(default_factory=dict)


def explain(
    snapshot: "Snapshot | Path | str",
    catalogue: "Catalogue",
    subject_id: str,
    language: str = "en",
    about: str = "household",
) -> list[Explanation]:
    """Every standard in force about a subject of a snapshot, explained.

    Raises:
        Refusal: the snapshot holds no such subject, or the catalogue no such table.
    """
    if not isinstance(snapshot, Snapshot):
        snapshot = Snapshot.open(snapshot)
    table = catalogue.tables.get(about)
    if table is None:
        raise Refusal(f"'{about}' is not a table of the catalogue; its tables are {', '.join(catalogue.tables)}.")
    subject = find(snapshot, catalogue, table, subject_id)
    return explain_subject(catalogue, subject, snapshot.as_of, language)


def find(snapshot: Snapshot, catalogue: "Catalogue", table: Table, subject_id: str) -> Subject:
    """One subject of a snapshot, with the rows related to it."""
    likely_first = sorted(snapshot.counties(), key=lambda county: not subject_id.startswith(county))
    for county in likely_first:
        for _, subject in subjects_in(catalogue, snapshot, county, table, [subject_id]):
            return subject
    raise Refusal(
        f"The snapshot holds no {table.name} '{subject_id}'. Is the number whole, and this the snapshot meant?"
    )


def explain_subject(
    catalogue: "Catalogue",
    subject: Subject,
    as_of: date,
    language: str = "en",
    standards: Sequence[Standard] | None = None,
) -> list[Explanation]:
    """The standards about a subject on a date, explained; all that are in force unless some are named."""
    if standards is None:
        standards = [s for s in catalogue.standards.values() if s.about == subject.table and s.holds_on(as_of)]
    reference = Reference(catalogue, as_of)
    value = reference.values_of(subject)
    teller = _Teller(catalogue, subject, as_of, language, value)
    return [teller.explanation(standard, reference.judge_by(standard, value)) for standard in standards]


class _Teller:
    """Puts one subject's judgements into words."""

    def __init__(
        self, catalogue: "Catalogue", subject: Subject, as_of: date, language: str, value: Callable[[str], Value]
    ) -> None:
        self.catalogue, self.subject, self.as_of, self.value = catalogue, subject, as_of, value
        self.language = language if language in PHRASES else "en"
        self.table = catalogue.tables[subject.table]

    def say(self, phrase: str, *positional: str, **parts: str) -> str:
        return PHRASES[self.language][phrase].format(*positional, **parts)

    def sentence(self, text: str) -> str:
        end = self.say("end")
        text = text[:1].upper() + text[1:]
        return text if text.endswith((end, ".", "。")) else text + end

    def explanation(self, standard: Standard, judgement: Judgement) -> Explanation:
        title = in_language(standard.title, self.language) or standard.id
        heading = title + self.say("colon") + self.say(judgement.verdict)
        sentences = []
        if judgement.verdict in ("not_met", "unknown"):
            wanted = None if judgement.verdict == "unknown" else False
            sentences += [self.sentence(part) for part in self.reasons(standard.rule, wanted)]
            sentences += [self.sentence(part) for part in self.derivations(standard.rule)]
            sentences += [self.sentence(part) for part in self.doubts(standard.rule)]
        sentences.append(self.sentence(self.say("law", law=in_language(standard.law, self.language))))
        return Explanation(standard.id, judgement.verdict, heading, sentences, judgement.evidence)

    def reasons(self, node: Node, verdict: bool | None, holds: bool = True) -> list[str]:
        """Why a condition that should come out `holds` comes out as `verdict` (the other truth value, or unknown)."""
        match node:
            case Not():
                return self.reasons(node.item, None if verdict is None else not verdict, not holds)
            case And() | Or():
                return self.reasons_of_parts(node, verdict, holds)
            case Compare():
                operator = node.operator if holds else _OPPOSITE[node.operator]
                by_date = node.left.type == "date" and operator not in ("=", "<>")
                required = self.say(
                    f"{operator} date" if by_date else operator, bound=self.bound(node.right, node.left)
                )
                return self.against(node.left, required, [node.right])
            case Between():
                words = "between" if holds else "not between"
                low, high = self.bound(node.low, node.item), self.bound(node.high, node.item)
                return self.against(node.item, self.say(words, low=low, high=high), [node.low, node.high])
            case In():
                options = self.say("or").join(self.bound(option, node.item) for option in node.options)
                return self.against(node.item, self.say("in" if holds else "not in", options=options), node.options)
            case IsNull():
                if holds:
                    found = self.shown(evaluate(node.item, self.value), node.item)
                    return [self.say("must be unknown", item=self.described(node.item), value=found)]
                return [self.say("must be known", item=self.described(node.item))]
            case Case() if told := self.reasons_of_case(node, verdict, holds):
                return told
            case Name() if evaluate(node, self.value) is not None:
                return [self.say("must be yes" if holds else "must be no", item=self.described(node))]
        return self.unknown_in([node]) or [
            self.say("is", item=self.described(node), value=self.shown(evaluate(node, self.value), node))
        ]

    def reasons_of_parts(self, node: And | Or, verdict: bool | None, holds: bool) -> list[str]:
        parts = self.flat(node, type(node))
        decisive = [part for part in parts if evaluate(part, self.value) is verdict]
        told = [self.reasons(part, verdict, holds) for part in decisive]
        together = isinstance(node, Or) is holds
        if together and len(told) > 1 and verdict is not None:
            numbered = [f"({n}) {self.say('list').join(reasons)}" for n, reasons in enumerate(told, start=1)]
            return [self.say("none of", parts=self.say("join").join(numbered))]
        return list(dict.fromkeys(reason for reasons in told for reason in reasons))

    def reasons_of_case(self, node: Case, verdict: bool | None, holds: bool) -> list[str]:
        """The condition that led to the verdict; where none was true, those that would have led to another."""
        for condition, result in node.branches:
            if evaluate(condition, self.value) is True:
                settled = isinstance(result, Literal)
                return self.reasons(condition, True, False) if settled else self.reasons(result, verdict, holds)
        if node.otherwise is not None and not isinstance(node.otherwise, Literal):
            return self.reasons(node.otherwise, verdict, holds)
        told = []
        for condition, result in node.branches:
            if evaluate(result, self.value) is holds:
                told += self.reasons(condition, None if evaluate(condition, self.value) is None else False)
        return told

    def flat(self, node: Node, kind: type[Node]) -> list[Node]:
        if isinstance(node, And | Or) and type(node) is kind:
            return [*self.flat(node.left, kind), *self.flat(node.right, kind)]
        return [node]

    def against(self, item: Node, requirement: str, bounds: Sequence[Node]) -> list[str]:
        unknown = self.unknown_in([item, *bounds])
        if unknown:
            return unknown
        found = self.say("is", item=self.described(item), value=self.shown(evaluate(item, self.value), item))
        return [self.say("must", **{"is": found, "requirement": requirement})]

    def unknown_in(self, nodes: Sequence[Node]) -> list[str]:
        """What is not known among the facts behind expressions that come out unknown."""
        unknown = [node for node in nodes if evaluate(node, self.value) is None]
        names = [name for name in names_in(*unknown) if self.value(name) is None]
        return [self.say("not known", item=self.label(name)) for name in names]

    def derivations(self, rule: Node) -> list[str]:
        told = []
        for name in names_in(rule):
            fact = self.table.facts.get(name)
            if fact is None or name in self.subject.stated or self.value(name) is None:
                continue
            if fact.formula is not None:
                inner = [n for n in names_in(fact.formula) if n != "as_of"]
                parts = [f"{self.label(n)} {self.shown(self.value(n), self.name_node(n))}" for n in inner]
                if parts:
                    told.append(self.say("from", item=self.label(name), parts=self.say("list").join(parts)))
            elif fact.aggregate is not None:
                rows = len(self.subject.related.get(fact.aggregate.table, ()))
                label = self.catalogue.tables[fact.aggregate.table].label
                table = in_language(label, self.language) or fact.aggregate.table.replace("_", " ")
                phrase = "counted one" if rows == 1 else "counted"
                told.append(self.say(phrase, item=self.label(name), rows=str(rows), table=table))
        return told

    def doubts(self, rule: Node) -> list[str]:
        """One sentence that names the parameters behind the rule whose value nobody has confirmed; none if all are.

        Their sources stand on the standard's page.
        """
        unconfirmed = []
        for name in self.catalogue.names_behind(self.table.name, rule):
            parameter = self.catalogue.parameters.get(name)
            row = parameter.row_at(self.as_of, self.subject.place) if parameter else None
            if row is not None and not row.confirmed:
                unconfirmed.append(self.label(name))
        return [self.say("unconfirmed", items=self.say("join").join(unconfirmed))] if unconfirmed else []

    def name_node(self, name: str) -> Name:
        fact = self.table.facts.get(name)
        return Name(fact.type if fact else "null", 0, name)

    def label(self, name: str) -> str:
        if name == "as_of":
            return self.say("as_of")
        fact, parameter = self.table.facts.get(name), self.catalogue.parameters.get(name)
        said = fact.label if fact else parameter.title if parameter else {}
        return in_language(said, self.language) or name.replace("_", " ")

    def described(self, node: Node) -> str:
        """An expression in words, without its value."""
        match node:
            case Name():
                return self.label(node.name)
            case Literal():
                return self.shown(node.value, node)
            case Arithmetic():
                return f"{self.described(node.left)} {_SIGNS[node.operator]} {self.described(node.right)}"
            case Negative():
                return self.say("negative", self.described(node.item))
            case Call():
                arguments = [self.described(argument) for argument in node.arguments]
                return self.say(node.function, *arguments, all=self.say("list").join(arguments))
            case Case():
                return self.say("case")
        return self.say("condition")

    def bound(self, node: Node, beside: Node) -> str:
        """What is required: the value, with the name of the parameter or fact it comes from."""
        value = evaluate(node, self.value)
        shown = self.shown(value, beside if isinstance(node, Literal) else node)
        return (
            shown if isinstance(node, Literal) else self.say("bound with name", value=shown, name=self.described(node))
        )

    def shown(self, value: Value, node: Node) -> str:
        fact, unit = self.fact_of(node)
        if value is None:
            return self.say("unknown value")
        if isinstance(value, bool):
            return self.say("yes" if value else "no")
        if isinstance(value, int | Decimal):
            number = number_shown(value)
            return self.say("number with unit", number=number, unit=unit) if unit and self.language == "en" else number
        if isinstance(value, date):
            if self.language == "zh":
                return f"{value.year}年{value.month}月{value.day}日"
            return f"{value.day} {value:%B %Y}"
        return self.catalogue.word(fact, value, self.language) if fact else value

    def fact_of(self, node: Node) -> tuple[Fact | None, str]:
        if not isinstance(node, Name):
            return None, ""
        fact, parameter = self.table.facts.get(node.name), self.catalogue.parameters.get(node.name)
        return fact, fact.unit if fact else parameter.unit if parameter else ""


def number_shown(value: int | Decimal) -> str:
    """A number for reading: thousands apart, at most two decimals unless it is smaller than that shows."""
    if isinstance(value, int):
        return f"{value:,}"
    places = 2 if abs(value) >= 1 or value == round(value, 2) else 4
    text = f"{value:,.{places}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
