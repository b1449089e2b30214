"""The forms that steps need, as the catalogue declares them: forms/<name>.toml.

title = { en = "Record of the visit", zh = "入户核实表" }

[[field]]
name = "risks"
type = "choices"                    # text, bool, int, decimal, date, choice, choices
label = { en = "Risks found", zh = "存在的风险" }
values_of = "risk.risk"             # codes of a fact; or values = { code = { en = "...", zh = "..." } }
required_for = ["risk_found"]       # outcomes; or required = true
least = 0                           # of a number
most = 5                            # of a number; of how many are chosen
past = true                         # a date that may not lie in the future
class = "sensitive"                 # who may read the answer: public, official, personal, sensitive

[[check]]                           # in the language of standards, over the answers and as_of
holds = "in_favour <= present"
says = { en = "More are in favour than were there.", zh = "同意人数多于到会人数。" }
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from firmground.engines.declarations import IDENTIFIER, Reader, Refused, read_toml
from firmground.engines.standards.checking import NotInTheLanguage
from firmground.engines.standards.declared import CLASSES
from firmground.engines.standards.language import parse
from firmground.engines.standards.tree import Node, Type

TYPES = ("text", "bool", "int", "decimal", "date", "choice", "choices")
_TYPE_OF: Mapping[str, Type] = {
    "text": "text", "bool": "bool", "int": "int", "decimal": "decimal", "date": "date", "choice": "text",
}  # fmt: skip


@dataclass(frozen=True)
class Field:
    """One question of a form."""

    name: str
    type: str
    label: Mapping[str, str]
    class_: str
    help: Mapping[str, str] = field(default_factory=dict)
    choices: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    required: bool = False
    required_for: frozenset[str] = frozenset()
    least: Decimal | None = None
    most: Decimal | None = None
    past: bool = False


@dataclass(frozen=True)
class Check:
    """What must hold between answers; where it is not known, it is let through."""

    holds: Node
    says: Mapping[str, str]


@dataclass(frozen=True)
class Form:
    """A declared form."""

    id: str
    title: Mapping[str, str]
    fields: tuple[Field, ...]
    checks: tuple[Check, ...] = ()

    def asked(self) -> dict[str, Any]:
        """What is needed to read its answers later, whatever becomes of the form: questions, codes, classes."""
        return {
            "title": dict(self.title),
            "fields": [
                {
                    "name": each.name, "type": each.type, "label": dict(each.label), "class": each.class_,
                    "choices": {code: dict(said) for code, said in each.choices.items()},
                }
                for each in self.fields
            ],
        }  # fmt: skip


def as_asked(id_: str, said: Mapping[str, Any]) -> Form:
    """A form as it was once asked (`Form.asked`), to read its answers by; it is not asked again."""
    fields = (
        Field(each["name"], each["type"], each["label"], each["class"], choices=each["choices"])
        for each in said["fields"]
    )
    return Form(id_, said["title"], tuple(fields))


def read_forms(folder: Path, refusals: list[Refused]) -> dict[str, Form]:
    """Every form of a catalogue that is accepted, by name."""
    files = sorted((folder / "forms").glob("*.toml"))
    if not files:
        return {}
    facts, words = (read_toml(folder / name, name, []) or {} for name in ("facts.toml", "words.toml"))
    found = {}
    for path in files:
        before = len(refusals)
        said = read_toml(path, f"forms/{path.name}", refusals)
        if said is not None:
            form = _FormReader(path.stem, said, facts, words.get("values", {}), refusals).form()
            if len(refusals) == before:
                found[form.id] = form
    return found


class _FormReader:
    def __init__(
        self,
        id_: str,
        said: Mapping[str, Any],
        facts: Mapping[str, Any],
        words: Mapping[str, Any],
        refusals: list[Refused],
    ) -> None:
        self.id, self.facts, self.words = id_, facts, words
        self.reader = Reader(f"forms/{id_}.toml", said, refusals)

    def form(self) -> Form:
        title = self.reader.words("title", required=True)
        fields = tuple(self.fields())
        checks = tuple(self.checks(fields))
        self.reader.done()
        if not fields:
            self.reader.refuse("field", "there is none; write [[field]] tables")
        return Form(self.id, title, fields, checks)

    def checks(self, fields: tuple[Field, ...]) -> Iterator[Check]:
        names: dict[str, Type] = {each.name: _TYPE_OF[each.type] for each in fields if each.type in _TYPE_OF}
        names["as_of"] = "date"
        for place, said in self.reader.tables("check"):
            row = Reader(self.reader.file, said, self.reader.refusals, inside=place)
            says, holds = row.words("says", required=True), row.text("holds", required=True)
            row.done()
            try:
                yield Check(parse(holds, names, "bool"), says)
            except NotInTheLanguage as error:
                row.refuse("holds", str(error))

    def fields(self) -> Iterator[Field]:
        seen: set[str] = set()
        for place, said in self.reader.tables("field"):
            row = Reader(self.reader.file, said, self.reader.refusals, inside=place)
            name = row.text("name", required=True)
            if name and (not IDENTIFIER.fullmatch(name) or name in seen):
                row.refuse("name", f"'{name}' is no name, or stands twice")
            seen.add(name)
            row.inside = f"field {name}"
            kind = row.one_of("type", TYPES, required=True)
            made = Field(
                name=name,
                type=kind,
                label=row.words("label", required=True),
                class_=row.one_of("class", CLASSES, required=True),
                help=row.words("help"),
                choices=self.choices(row, kind),
                required=row.take("required", bool, what="true or false", default=False),
                required_for=frozenset(row.list_of("required_for", str, "a list of outcomes")),
                least=row.take("least", int, Decimal, what="a number"),
                most=row.take("most", int, Decimal, what="a number"),
                past=row.take("past", bool, what="true or false", default=False),
            )
            row.done()
            yield made

    def choices(self, row: Reader, kind: str) -> Mapping[str, Mapping[str, str]]:
        own = row.take("values", dict, what='{ code = { en = "...", zh = "..." } }')
        fact = row.text("values_of", what="a fact, as risk.risk") if "values_of" in row.said else ""
        row.read.add("values_of")
        if not kind.startswith("choice"):
            return {}
        if (own is None) == (not fact):
            row.refuse("values", "write either values or values_of")
            return {}
        if own is not None:
            inner = Reader(row.file, own, row.refusals, inside=row.key("values"))
            return {code: inner.words(code) for code in own}
        table, _, name = fact.partition(".")
        codes = self.facts.get(table, {}).get("facts", {}).get(name, {}).get("values")
        if not codes:
            row.refuse("values_of", f"'{fact}' is not a fact with declared values")
            return {}
        said = self.words.get(fact, {})
        return {code: {key: said.get(code, {}).get(key, code) for key in ("en", "zh")} for code in codes}
