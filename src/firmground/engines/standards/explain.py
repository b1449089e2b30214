"""Why a subject falls short, in sentences with the numbers in them.

A rule is walked from the top: only the conditions that decide the verdict are told, each with the value found and the
value required, then how a worked-out number came about, then the law.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

from firmground.common.errors import Refusal
from firmground.engines.declarations import in_language
from firmground.engines.snapshot import Part, Snapshot
from firmground.engines.standards.declared import Standard, Table, Verdict
from firmground.engines.standards.reference import Judgement, Reference, Subject, evaluate
from firmground.engines.standards.subjects import subjects_in
from firmground.engines.standards.tree import (
    And,
    Between,
    Case,
    Compare,
    In,
    IsNull,
    Literal,
    Name,
    Node,
    Not,
    Or,
    Value,
    names_in,
)
from firmground.engines.standards.wording import Wording

if TYPE_CHECKING:
    from pathlib import Path

    from firmground.engines.standards.catalogue import Catalogue

_OPPOSITE = {"=": "<>", "<>": "=", "<": ">=", "<=": ">", ">": "<=", ">=": "<"}


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
    likely_first = sorted(snapshot.parts(), key=lambda county: not subject_id.startswith(county))
    for county in likely_first:
        for _, subject in subjects_in(catalogue, snapshot, Part(county), table, [subject_id]):
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


class _Teller(Wording):
    """Puts one subject's judgements into words."""

    def __init__(
        self, catalogue: "Catalogue", subject: Subject, as_of: date, language: str, value: Callable[[str], Value]
    ) -> None:
        super().__init__(catalogue, catalogue.tables[subject.table], language)
        self.subject, self.as_of, self.value = subject, as_of, value

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
        found = self.say("is", item=self.described(item), value=self.shown(evaluate(item, self.value), item, bounds[0]))
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

    def bound(self, node: Node, beside: Node) -> str:
        """What is required: the value, with the name of the parameter or fact it comes from."""
        value = evaluate(node, self.value)
        shown = self.shown(value, beside if isinstance(node, Literal) else node, beside)
        return (
            shown if isinstance(node, Literal) else self.say("bound with name", value=shown, name=self.described(node))
        )
