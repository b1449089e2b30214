"""facts.toml: the tables of the snapshot and what may be known, read and checked."""

from collections.abc import Iterator, Mapping
from typing import Any

from firmground.engines.declarations import IDENTIFIER, Reader, Refused
from firmground.engines.standards.checking import NotInTheLanguage, fits
from firmground.engines.standards.declared import (
    AGGREGATES,
    CLASSES,
    Aggregate,
    Fact,
    Table,
    type_of,
)
from firmground.engines.standards.language import MOST_LEVELS, parse
from firmground.engines.standards.tree import NUMBERS, Compare, In, Literal, Name, Node, Type, depth, names_in

FILE = "facts.toml"


def scope_of(table: Table, parameters: Mapping[str, Type]) -> tuple[dict[str, Type], str]:
    """The names an expression about a table may use, and how messages call that table."""
    return {**parameters, **{fact.name: fact.type for fact in table.facts.values()}}, f" of {table.name}"


def read_facts(
    said: Mapping[str, Any], parameters: Mapping[str, Type], refusals: list[Refused]
) -> tuple[dict[str, Table], set[str]]:
    """The tables of facts.toml, and the names ("table.fact") of facts that cannot be used."""
    reader = _FactsReader(said, parameters, refusals)
    return reader.tables(), reader.unusable


class _FactsReader:
    """Reads facts.toml in three passes: names and types, then expressions, then circles."""

    def __init__(self, said: Mapping[str, Any], parameters: Mapping[str, Type], refusals: list[Refused]) -> None:
        self.said, self.parameters, self.refusals = said, parameters, refusals
        self.unusable: set[str] = set()

    def tables(self) -> dict[str, Table]:
        tables = {}
        self.fact_readers: dict[tuple[str, str], Reader] = {}
        for name, content in self.said.items():
            if not isinstance(content, dict):
                self.refusals.append(Refused(FILE, name, "must be a table of facts, as [household]"))
            elif not IDENTIFIER.fullmatch(name):
                self.refusals.append(Refused(FILE, name, "a table's name is letters, digits and underscores"))
            else:
                tables[name] = self.bare_table(name, content)
        self.check_relations(tables)
        tables = {name: self.with_expressions(table, tables) for name, table in tables.items()}
        for reader in self.fact_readers.values():
            reader.done()
        for table in tables.values():
            self.refuse_circles(table)
        self.refuse_towers(tables)
        self.spread_refusals(tables)
        return tables

    def bare_table(self, name: str, content: Mapping[str, Any]) -> Table:
        reader = Reader(FILE, content, self.refusals, name)
        key = reader.text("key", required=True, what="the column that names a row")
        place = reader.text("place", what="the column with the place code") or None
        of = reader.text("of", what="the table it is related to") or None
        label = reader.words("label")
        facts_said = reader.take("facts", dict, what="a table [" + name + ".facts]", default={})
        reader.done()
        facts: dict[str, Fact] = {}
        for fact_name, fact_said in facts_said.items():
            inside = f"{name}.facts.{fact_name}"
            if not isinstance(fact_said, dict):
                self.refuse(name, fact_name, inside, "must be a table with at least a type")
                continue
            fact_reader = self.fact_readers[name, fact_name] = Reader(FILE, fact_said, self.refusals, inside)
            fact = self.bare_fact(name, fact_name, fact_reader)
            alike = next((other for other in facts if other.lower() == fact_name.lower()), None)
            if alike is not None:
                self.refuse(name, fact_name, inside, f"differs from '{alike}' in capitals alone; choose another name")
            elif fact is not None:
                facts[fact_name] = fact
        return Table(name, key, place, of, label, facts)

    def bare_fact(self, table: str, name: str, reader: Reader) -> Fact | None:
        before = len(self.refusals)
        type_ = type_of(reader)
        values = tuple(reader.list_of("values", str, "a list of texts"))
        if values and type_ not in (None, "text"):
            reader.refuse("values", "only a fact of type text has a list of values")
        fact = Fact(
            name,
            table,
            type_ or "text",
            unit=reader.text("unit"),
            values=values,
            label=reader.words("label"),
            class_=reader.one_of("class", CLASSES),
        )
        if not IDENTIFIER.fullmatch(name) or name.startswith("__") or name == "file_row_number":
            reader.refuse("", "a fact's name is letters, digits and underscores; choose another name")
        if name == "as_of":
            reader.refuse("", "'as_of' is always the date of the screening; choose another name")
        if name in self.parameters:
            reader.refuse("", f"is also the name of a parameter (parameters/{name}.toml); choose another name")
        if len(self.refusals) > before:
            self.unusable.add(f"{table}.{name}")
        return fact if type_ is not None else None

    def check_relations(self, tables: Mapping[str, Table]) -> None:
        for table in tables.values():
            path, at = [table.name], table.of
            while at is not None:
                if at not in tables:
                    self.refusals.append(Refused(FILE, f"{path[-1]}.of", f"'{at}' is not a table of facts.toml"))
                    break
                path.append(at)
                if at == table.name or len(path) > len(tables) + 1:
                    self.refusals.append(Refused(FILE, f"{table.name}.of", f"goes in a circle: {' → '.join(path)}"))
                    break
                at = tables[at].of

    def with_expressions(self, table: Table, tables: Mapping[str, Table]) -> Table:
        facts = {}
        for name, fact in table.facts.items():
            before = len(self.refusals)
            reader = self.fact_readers[table.name, name]
            forms = [form for form in ("is", *AGGREGATES) if form in reader.said]
            if len(forms) > 1:
                reader.refuse(forms[1], f"stands beside '{forms[0]}'; a fact is worked out in one way")
            formula = aggregate = None
            if forms and forms[0] == "is":
                formula = self.expression(reader, "is", table, fact.type)
            elif forms:
                aggregate = self.aggregate(reader, forms[0], fact, table, tables)
            if not forms or forms[0] in ("is", "count"):
                for key in ("of", "where") if not forms or forms[0] == "is" else ("of",):
                    if key in reader.said:
                        reader.read.add(key)
                        reader.refuse(
                            key,
                            "belongs to a fact that sums or counts related rows"
                            if key == "where" or not forms
                            else f"does not go with '{forms[0]}'",
                        )
            if len(self.refusals) > before:
                self.unusable.add(f"{table.name}.{name}")
            facts[name] = Fact(**{**fact.__dict__, "formula": formula, "aggregate": aggregate})
        return Table(table.name, table.key, table.place, table.of, table.label, facts)

    def aggregate(
        self, reader: Reader, function: str, fact: Fact, table: Table, tables: Mapping[str, Table]
    ) -> Aggregate | None:
        of_table = reader.text(function, required=True, what="the table whose rows are meant")
        related = tables.get(of_table)
        if of_table and (related is None or related.of != table.name):
            nearby = ", ".join(t.name for t in tables.values() if t.of == table.name) or "none"
            reader.refuse(function, f"'{of_table}' is not a table related to {table.name}; those are: {nearby}")
            related = None
        where = of = None
        if "where" in reader.said:
            where = self.expression(reader, "where", related, "bool")
        if function != "count":
            wanted: Type | None = {"sum": None, "any": "bool", "all": "bool"}.get(function, fact.type)
            of = self.expression(reader, "of", related, wanted, required=True)
            if function == "sum" and of is not None and of.type not in (*NUMBERS, "null"):
                reader.refuse("of", "a sum takes a number")
                of = None
        result: Type | None = {"count": "int", "any": "bool", "all": "bool"}.get(function)  # type: ignore[assignment]
        if result is None and of is not None:
            result = of.type
        if result not in (None, "null") and not fits(result, fact.type):
            reader.refuse("type", f"is {fact.type}, but {function} gives {result}")
        if related is None or (function != "count" and of is None):
            return None
        return Aggregate(function, of_table, of, where)

    def expression(
        self, reader: Reader, key: str, table: Table | None, expected: Type | None, required: bool = False
    ) -> Node | None:
        text = reader.text(key, required=required, what="an expression in quotes")
        if not text or table is None:
            return None
        names, hint = scope_of(table, self.parameters)
        elsewhere = {
            fact: name
            for name, content in self.said.items()
            if isinstance(content, dict) and isinstance(content.get("facts"), dict)
            for fact in content["facts"]
        }
        try:
            return parse(reader.said[key], names, expected, hint, elsewhere)
        except NotInTheLanguage as error:
            reader.refuse(key, str(error))
            return None

    def refuse_circles(self, table: Table) -> None:
        behind = {name: [n for n in names_in(fact.formula) if n in table.facts] for name, fact in table.facts.items()}
        settled: set[str] = set()
        before = -1
        while before < len(settled):
            before = len(settled)
            for name, inner in behind.items():
                if settled.issuperset(inner):
                    settled.add(name)
        walked: set[str] = set()
        for name in behind:
            path: list[str] = []
            while name not in settled and name not in walked and name not in path:
                path.append(name)
                name = next(inner for inner in behind[name] if inner not in settled)
            circle = path[path.index(name) :] if name in path else []
            walked.update(path)
            if circle:
                at = f"{table.name}.facts.{circle[0]}.is"
                self.refuse(table.name, circle[0], at, f"goes in a circle: {' → '.join([*circle, circle[0]])}")
            self.unusable.update(f"{table.name}.{member}" for member in path)

    def refuse_towers(self, tables: Mapping[str, Table]) -> None:
        """Facts that build on facts that build on facts, higher than an engine can hold."""
        levels: dict[tuple[str, str], int] = {}
        waiting = {(table.name, fact.name): fact for table in tables.values() for fact in table.facts.values()}
        while True:
            found = {}
            for (table_name, name), fact in waiting.items():
                behind = [levels.get(key) for key in _behind(fact) if key[1] in tables[key[0]].facts]
                if None not in behind:
                    found[table_name, name] = max((b for b in behind if b is not None), default=0) + _own_levels(fact)
            if not found:
                return
            levels |= found
            waiting = {key: fact for key, fact in waiting.items() if key not in found}
            for (table_name, name), height in found.items():
                if height > MOST_LEVELS:
                    message = "builds on facts that build on facts, too many levels deep; make the tower lower"
                    self.refuse(table_name, name, f"{table_name}.facts.{name}", message)
                    return  # those that build on it are refused with it

    def spread_refusals(self, tables: Mapping[str, Table]) -> None:
        """A fact that builds on one that cannot be used cannot be used either."""
        changed = True
        while changed:
            changed = False
            for table in tables.values():
                for fact in table.facts.values():
                    whole = f"{table.name}.{fact.name}"
                    if whole not in self.unusable and any(f"{t}.{n}" in self.unusable for t, n in _behind(fact)):
                        self.unusable.add(whole)
                        changed = True

    def refuse(self, table: str, fact: str, key: str, message: str) -> None:
        self.refusals.append(Refused(FILE, key, message))
        self.unusable.add(f"{table}.{fact}")


def _behind(fact: Fact) -> list[tuple[str, str]]:
    """The names a fact is worked out from, each with the table it is read in."""
    behind = [(fact.table, name) for name in names_in(fact.formula)]
    if fact.aggregate is not None:
        behind += [(fact.aggregate.table, name) for name in names_in(fact.aggregate.of, fact.aggregate.where)]
    return behind


def _own_levels(fact: Fact) -> int:
    """How many levels a fact adds to those it builds on: its expression's, and three for looking it up."""
    parts = [fact.formula, fact.aggregate.of, fact.aggregate.where] if fact.aggregate is not None else [fact.formula]
    return 3 + max((depth(node) for node in parts if node is not None), default=0)


def impossible_values(node: Node, table: Table) -> Iterator[tuple[str, str]]:
    """Texts that an expression compares with a fact that can never have them: (fact, text)."""
    for part in node.walk():
        pairs: list[tuple[Node, Node]] = []
        if isinstance(part, Compare):
            pairs = [(part.left, part.right), (part.right, part.left)]
        elif isinstance(part, In):
            pairs = [(part.item, option) for option in part.options]
        for name, literal in pairs:
            if isinstance(name, Name) and isinstance(literal, Literal) and isinstance(literal.value, str):
                fact = table.facts.get(name.name)
                if fact is not None and fact.values and literal.value not in fact.values:
                    yield name.name, literal.value
