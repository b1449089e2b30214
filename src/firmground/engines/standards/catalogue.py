"""A catalogue read from its folder and checked: facts, parameters and standards that fit together, or every reason
why they do not.

    facts.toml   parameters/<name>.toml   standards/<id>.toml
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from firmground.common.errors import SomeRefused
from firmground.engines.declarations import IDENTIFIER, Reader, Refused, read_toml
from firmground.engines.standards.checking import NotInTheLanguage
from firmground.engines.standards.declared import (
    OWNERS,
    VERDICTS,
    Example,
    Fact,
    Parameter,
    ParameterValue,
    Standard,
    Table,
    type_of,
    typed,
    value_problem,
)
from firmground.engines.standards.facts import impossible_values, read_facts, scope_of
from firmground.engines.standards.language import is_a_name, parse
from firmground.engines.standards.proof import prove
from firmground.engines.standards.tree import Node, Type, Value, names_in

WHAT_IF = {"en": "what if", "zh": "假设"}


class CatalogueRefused(SomeRefused):
    """A catalogue that is not accepted; `refusals` has every reason."""

    def __init__(self, folder: Path, refusals: list[Refused]) -> None:
        self.refusals = refusals
        lines = "\n".join(f"  {refused}" for refused in refusals)
        super().__init__(f"The catalogue in {folder} is refused:\n{lines}")


@dataclass(frozen=True)
class Catalogue:
    """What was declared, checked. The digest names the content, not the files' layout or comments."""

    tables: Mapping[str, Table]
    parameters: Mapping[str, Parameter]
    standards: Mapping[str, Standard]
    digest: str
    words: Mapping[str, Mapping[str, Mapping[str, str]]] = field(default_factory=dict)
    """What codes of text facts are called (words.toml): "table.fact" -> code -> language -> word."""

    def word(self, fact: Fact, code: str, language: str) -> str:
        """What a code is called in a language; the code itself if nobody said."""
        called = self.words.get(f"{fact.table}.{fact.name}", {}).get(code, {})
        return called.get(language) or called.get("en") or code

    def root(self, table: Table) -> Table:
        """The subject that a table's rows belong to in the end; a subject of its own is its own root."""
        while table.of is not None:
            table = self.tables[table.of]
        return table

    def names_behind(self, table: str, *nodes: Node | None) -> list[str]:
        """The facts of `table` and the parameters that expressions depend on, each after those it builds on."""
        ordered: dict[str, None] = {}

        def visit(name: str) -> None:
            if name in ordered or name == "as_of":
                return
            fact = self.tables[table].facts.get(name)
            if fact is not None:
                for inner in names_in(fact.formula):
                    visit(inner)
            ordered[name] = None

        for node in nodes:
            for name in names_in(node):
                visit(name)
        return list(ordered)

    def expressions_behind(self, standard: Standard) -> list[tuple[str, Node]]:
        """Every expression a standard depends on, through facts and related tables: (table, expression)."""
        found: list[tuple[str, Node]] = []
        waiting = [(standard.about, standard.rule), (standard.about, standard.asked_of)]
        seen: set[tuple[str, str]] = set()
        while waiting:
            table, node = waiting.pop()
            if node is None:
                continue
            found.append((table, node))
            for name in names_in(node):
                fact = self.tables[table].facts.get(name)
                if fact is None or (table, name) in seen:
                    continue
                seen.add((table, name))
                waiting.append((table, fact.formula))
                if fact.aggregate is not None:
                    waiting += [(fact.aggregate.table, fact.aggregate.of), (fact.aggregate.table, fact.aggregate.where)]
        return found

    def parameters_behind(self, standard: Standard) -> list[str]:
        """The parameters a standard depends on, by name."""
        read = {
            name
            for table, node in self.expressions_behind(standard)
            for name in names_in(node)
            if name in self.parameters and name not in self.tables[table].facts
        }
        return sorted(read)

    def with_parameter(self, name: str, value: Value) -> "Catalogue":
        """The same catalogue with one parameter changed everywhere and always, to ask 'what if'."""
        parameter = self.parameters[name]
        everywhere = ParameterValue(date.min, None, "", typed(value, parameter.type), WHAT_IF, confirmed=False)
        digest = hashlib.sha256(f"{self.digest}{name}={value}".encode()).hexdigest()
        return replace(
            self,
            parameters={**self.parameters, name: replace(parameter, values=(everywhere,))},
            digest=digest,
        )


@dataclass
class Checked:
    """What came of checking a folder: the catalogue of what is accepted, the refusals, and notes for the author."""

    folder: Path
    catalogue: Catalogue
    refusals: list[Refused] = field(default_factory=list)
    notes: list[Refused] = field(default_factory=list)
    standard_ids: list[str] = field(default_factory=list)

    def refusals_of(self, standard: str) -> list[Refused]:
        """The refusals of one standard's file."""
        return [refused for refused in self.refusals if refused.file == f"standards/{standard}.toml"]


def load(folder: Path | str) -> Catalogue:
    """The catalogue in a folder.

    Raises:
        CatalogueRefused: anything in it is refused; all reasons are listed.
    """
    checked = check(folder)
    if checked.refusals:
        raise CatalogueRefused(checked.folder, checked.refusals)
    return checked.catalogue


def check(folder: Path | str) -> Checked:
    """Read and check a folder; never raises for what is written in it."""
    folder = Path(folder)
    refusals: list[Refused] = []
    notes: list[Refused] = []
    said: dict[str, Any] = {}

    parameters = dict(_parameters(folder, refusals, notes, said))
    facts_said = None
    if (folder / "facts.toml").is_file():
        facts_said = read_toml(folder / "facts.toml", "facts.toml", refusals)
    else:
        refusals.append(Refused("facts.toml", "", "is missing; it names the tables and what may be known"))
    said["facts"] = facts_said
    tables, unusable = read_facts(facts_said or {}, {name: p.type for name, p in parameters.items()}, refusals)
    unusable |= {
        r.file.removeprefix("parameters/").removesuffix(".toml") for r in refusals if r.file.startswith("parameters/")
    }

    catalogue = Catalogue(tables, parameters, {}, "")
    standards: dict[str, Standard] = {}
    ids: list[str] = []
    procedures = {path.stem for path in _toml_files(folder / "procedures")}
    for path in _toml_files(folder / "standards"):
        ids.append(path.stem)
        own: list[Refused] = []
        content = read_toml(path, f"standards/{path.name}", own)
        if content is not None:
            said[f"standards/{path.stem}"] = content
            standard = _StandardReader(path.stem, content, catalogue, unusable, own, notes).standard()
            if standard is not None and not any(refused.key in ("met_when", "among") for refused in own):
                prove(standard, catalogue, own)
            if standard is not None and not own:
                standards[standard.id] = standard
                if procedures and standard.procedure and standard.procedure not in procedures:
                    there = ", ".join(sorted(procedures))
                    said_of_it = f"'{standard.procedure}' is not in procedures/; there are {there}"
                    notes.append(Refused(f"standards/{path.name}", "procedure", said_of_it))
        refusals += own
    if not ids:
        notes.append(Refused("standards/", "", "holds no standard"))

    content_digest = hashlib.sha256(json.dumps(said, sort_keys=True, default=str).encode()).hexdigest()
    catalogue = replace(catalogue, standards=standards, digest=content_digest, words=_words(folder, refusals))
    return Checked(folder, catalogue, refusals, notes, ids)


def _words(folder: Path, refusals: list[Refused]) -> Mapping[str, Mapping[str, Mapping[str, str]]]:
    path = folder / "words.toml"
    said = read_toml(path, "words.toml", refusals) if path.is_file() else None
    values = (said or {}).get("values", {})
    return values if isinstance(values, dict) else {}


def _toml_files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.glob("*.toml") if path.is_file()) if folder.is_dir() else []


def _parameters(
    folder: Path, refusals: list[Refused], notes: list[Refused], said: dict[str, Any]
) -> Iterator[tuple[str, Parameter]]:
    for path in _toml_files(folder / "parameters"):
        file = f"parameters/{path.name}"
        content = read_toml(path, file, refusals)
        if content is None:
            continue
        said[f"parameters/{path.stem}"] = content
        reader = Reader(file, content, refusals)
        if not IDENTIFIER.fullmatch(path.stem) or path.stem == "as_of" or not is_a_name(path.stem):
            reader.refuse("", f"'{path.stem}' cannot be a name in an expression; call the file otherwise")
        type_ = type_of(reader)
        unit, title = reader.text("unit"), reader.words("title")
        rows = [_parameter_value(file, name, row, type_, refusals, notes) for name, row in reader.tables("value")]
        reader.done()
        values = tuple(row for row in rows if row is not None)
        seen: set[tuple[date, str]] = set()
        for row in values:
            if (row.from_, row.place) in seen:
                reader.refuse("value", f"two values begin on {row.from_} in one place ({row.place or 'everywhere'})")
            seen.add((row.from_, row.place))
        if not rows:
            notes.append(Refused(file, "value", "has no value: every standard that reads it answers unknown"))
        if type_ is not None:
            yield path.stem, Parameter(path.stem, type_, unit, title, values)


def _parameter_value(
    file: str, inside: str, row: Mapping[str, Any], type_: Type | None, refusals: list[Refused], notes: list[Refused]
) -> ParameterValue | None:
    reader = Reader(file, row, refusals, inside)
    before = len(refusals)
    from_, to = reader.date("from", required=True), reader.date("to")
    place, law = _place(reader), reader.words("law", what="the law or document it comes from")
    confirmed = reader.take("confirmed", bool, what="true or false", default=False)
    value = reader.take("value", object, bool, datetime, what="the value", required=True)
    reader.done()
    if from_ is not None and to is not None and to < from_:
        reader.refuse("to", f"{to} is before 'from' ({from_})")
    if value is not None and type_ is not None:
        problem = value_problem(value, type_)
        if problem:
            reader.refuse("value", f"{value!r} {problem}" if isinstance(value, str) else f"{value} {problem}")
    if not law:
        notes.append(Refused(file, f"{inside}.law", "names no source"))
    if len(refusals) > before or from_ is None or type_ is None:
        return None
    return ParameterValue(from_, to, place, typed(value, type_), law, confirmed)


def _place(reader: Reader) -> str:
    """The beginning of the codes of some places. Anything else would match none of them, and nobody would notice."""
    place = reader.text("place")
    if place and not (place.isascii() and place.isdigit()):
        reader.refuse("place", f"'{place}' is not the code of a place or the beginning of one, as 53 or 530627")
    return place


class _StandardReader:
    """Reads one standard's file."""

    def __init__(
        self,
        id_: str,
        said: Mapping[str, Any],
        catalogue: Catalogue,
        unusable: set[str],
        refusals: list[Refused],
        notes: list[Refused],
    ) -> None:
        self.id, self.catalogue, self.unusable, self.refusals, self.notes = id_, catalogue, unusable, refusals, notes
        self.file = f"standards/{id_}.toml"
        self.reader = Reader(self.file, said, refusals)

    def standard(self) -> Standard | None:
        read = self.reader
        title = read.words("title", required=True)
        about = read.text("about", required=True, what="the table it is about")
        table = self.catalogue.tables.get(about)
        if about and table is None:
            known = ", ".join(self.catalogue.tables) or "none"
            read.refuse("about", f"'{about}' is not a table of facts.toml; the tables are {known}")
        holds_from, holds_to = read.date("holds_from", required=True), read.date("holds_to")
        if holds_from and holds_to and holds_to < holds_from:
            read.refuse("holds_to", f"{holds_to} is before holds_from ({holds_from})")
        among, met_when = read.text("among"), read.text("met_when", required=True, what="a condition in quotes")
        asked_of = self.expression("among", among, table)
        rule = self.expression("met_when", met_when, table)
        author, checker = read.text("author", required=True), read.text("checker", required=True)
        if author and author.casefold() == checker.casefold():
            read.refuse("checker", f"is the author ({author}); somebody else must check a standard")
        task = read.take("task", int, what="a whole number")
        law = read.words("law", required=True, what="the law or document it comes from")
        why = read.words("why")
        owner = read.one_of("owner", OWNERS)
        days = read.take("answer_within_days", int, what="a whole number of days")
        if days is not None and days < 0:
            read.refuse("answer_within_days", "cannot be negative")
        plausible = self.plausible()
        procedure = read.text("procedure")
        assistance = tuple(read.list_of("assistance", str, "a list of texts"))
        review_by = read.date("review_by")
        screened: bool = read.take("screened", bool, what="true or false", default=True)
        if not screened and procedure:
            read.refuse("procedure", "a standard that is not screened finds nobody, so it opens no procedure")
        examples = [self.example(name, row, table, holds_from) for name, row in read.tables("example")]
        for verdict in ("met", "not_met"):
            if not any(
                isinstance(row, dict) and row.get("verdict") == verdict
                for row in read.said.get("example", [])
                if isinstance(read.said.get("example"), list)
            ):
                read.refuse("example", f'no example comes out {verdict}; add one with verdict = "{verdict}"')
        read.done()
        if holds_from is None or rule is None or table is None:
            return None
        return Standard(
            id=self.id,
            title=title,
            task=task,
            about=about,
            law=law,
            holds_from=holds_from,
            holds_to=holds_to,
            among=among,
            met_when=met_when,
            asked_of=asked_of,
            rule=rule,
            why=why,
            owner=owner,
            answer_within_days=days,
            procedure=procedure,
            assistance=assistance,
            plausible_share_failing=plausible,
            author=author,
            checker=checker,
            review_by=review_by,
            examples=tuple(example for example in examples if example is not None),
            screened=screened,
        )

    def expression(self, key: str, text: str, table: Table | None) -> Node | None:
        if not text or table is None:
            return None
        names, hint = scope_of(table, {n: p.type for n, p in self.catalogue.parameters.items()})
        elsewhere = {f: t.name for t in self.catalogue.tables.values() for f in t.facts}
        try:
            node = parse(self.reader.said[key], names, "bool", hint, elsewhere)
        except NotInTheLanguage as error:
            self.reader.refuse(key, str(error))
            return None
        for name in self.catalogue.names_behind(table.name, node):
            if name in self.unusable or f"{table.name}.{name}" in self.unusable:
                self.reader.refuse(key, f"reads '{name}', which is refused itself")
        self.note_impossible_values(key, node, table)
        return node

    def note_impossible_values(self, key: str, node: Node, table: Table) -> None:
        """A text compared with a fact that can never have it is legal, and probably a slip."""
        for name, value in impossible_values(node, table):
            allowed = ", ".join(table.facts[name].values)
            self.notes.append(Refused(self.file, key, f"'{name}' is never '{value}'; its values are {allowed}"))

    def plausible(self) -> tuple[Decimal, Decimal] | None:
        shares = self.reader.list_of("plausible_share_failing", int | Decimal, "two shares, as [0.0, 0.05]")  # type: ignore[arg-type]
        if not shares:
            if self.reader.said.get("plausible_share_failing") == []:
                self.reader.refuse("plausible_share_failing", "must be two shares, as [0.0, 0.05]")
            return None
        if len(shares) != 2 or any(Decimal(s).is_nan() for s in shares) or not 0 <= shares[0] <= shares[1] <= 1:
            self.reader.refuse("plausible_share_failing", "must be two shares from 0 to 1, the smaller first")
            return None
        return Decimal(shares[0]), Decimal(shares[1])

    def example(
        self, inside: str, row: Mapping[str, Any], table: Table | None, holds_from: date | None
    ) -> Example | None:
        reader = Reader(self.file, row, self.refusals, inside)
        before = len(self.refusals)
        says = reader.words("says", required=True, what="what the example shows")
        verdict = reader.one_of("verdict", VERDICTS, required=True)
        as_of, place = reader.date("as_of"), _place(reader)
        given = dict(reader.take("given", dict, what="a table of what is known", default={}))
        reader.done()
        if table is not None:
            if "as_of" in given and "as_of" not in table.facts:
                stated = given.pop("as_of")
                problem = value_problem(stated, "date")
                if problem:
                    reader.refuse("given.as_of", f"{stated} {problem}")
                else:
                    as_of = stated
            for stand_in in ("place", table.place or "place"):
                if stand_in in given and stand_in not in table.facts and isinstance(given[stand_in], str):
                    place = given.pop(stand_in)
            self.check_given(reader, "given", given, table)
        if len(self.refusals) > before or holds_from is None:
            return None
        return Example(says, given, verdict, as_of or holds_from, place)  # type: ignore[arg-type]

    def check_given(self, reader: Reader, inside: str, given: Mapping[str, Any], table: Table) -> None:
        children = {t.name: t for t in self.catalogue.tables.values() if t.of == table.name}
        for name, value in given.items():
            key = f"{inside}.{name}"
            fact: Fact | None = table.facts.get(name)
            if fact is not None and not (name in children and isinstance(value, list)):
                problem = value_problem(value, fact.type)
                if problem:
                    reader.refuse(key, f"{value!r} {problem}" if isinstance(value, str) else f"{value} {problem}")
                elif fact.values and value not in fact.values:
                    self.notes.append(
                        Refused(self.file, reader.key(key), f"'{value}' is not one of {', '.join(fact.values)}")
                    )
            elif name in children:
                if not isinstance(value, list) or not all(isinstance(row, dict) for row in value):
                    reader.refuse(key, f"must be a list of {name} rows, as [{{ ... }}]")
                    continue
                for n, row in enumerate(value, start=1):
                    self.check_given(reader, f"{key}[{n}]", row, children[name])
            else:
                known = ", ".join([*table.facts, *children])
                reader.refuse(key, f"is neither a fact of {table.name} nor a table related to it; known are {known}")
