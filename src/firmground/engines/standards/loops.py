"""From a catalogue's trees to Python source: plain loops over a table's rows, for a compiler of numbers.

One function for each related table walks through its rows, subject by subject, and works out every sum and count of
them; others ask the standards of each subject and note what falls short. Nothing in a row branches (`loop_lines`).
When a number may have been too large, everything that was found is thrown away.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from firmground.engines.standards.declared import Fact, Standard, Table
from firmground.engines.standards.given import MOST_DAYS, Constant, Constants
from firmground.engines.standards.loop_lines import Body, Layout
from firmground.engines.standards.loop_sums import Sums
from firmground.engines.standards.tree import Type, names_in

if TYPE_CHECKING:
    from firmground.engines.standards.catalogue import Catalogue

STANDARDS_EACH = 12
"""Standards that one function asks: the compiler's time grows faster than a function's length."""


@dataclass
class Function:
    """One generated function and what it is called with.

    Attributes:
        columns: the facts of its table whose columns it reads, in order.
        about: the table of its subjects.
        results: the facts of the subject that it works out; none for a function that asks standards.
        standards: positions among all standards of those it asks, in order.
        asked: for each of these, which of the function's counts of who is asked is its own.
        evidence: for each of these, the facts and parameters noted, with their places.
    """

    name: str
    table: str
    columns: tuple[str, ...]
    source: str
    about: str
    results: tuple[str, ...] = ()
    standards: tuple[int, ...] = ()
    asked: tuple[int, ...] = ()
    evidence: tuple[tuple[tuple[str, Type, int], ...], ...] = ()


@dataclass(frozen=True)
class Loops:
    """All functions that a catalogue's standards need, with the source of all."""

    functions: tuple[Function, ...]
    constants: tuple[Constant, ...]
    columns: Mapping[str, tuple[str, ...]]
    """The base facts to be read, by table."""
    places: Mapping[tuple[str, str], int]
    """The decimal places of every stored decimal, by table and fact."""
    parameter_places: Mapping[str, int]

    @property
    def source(self) -> str:
        return "\n\n".join(function.source for function in self.functions)


class Writer:
    """Writes the functions for some standards, each table's related rows before the table itself."""

    def __init__(self, catalogue: "Catalogue", places: Callable[[Table, str], int]) -> None:
        self.catalogue, self.places = catalogue, places
        self.constants = Constants(catalogue)
        self.functions: list[Function] = []
        self.columns: dict[str, dict[str, None]] = {}
        self._layouts: dict[str, Layout] = {}

    def loops(self, asked: Iterable[tuple[Table, Sequence[Standard]]]) -> Loops:
        for table, standards in asked:
            names = names_in(*(s.rule for s in standards), *(s.asked_of for s in standards))
            self.prepare(table, names)
            for first in range(0, len(standards), STANDARDS_EACH):
                chosen = range(first, min(first + STANDARDS_EACH, len(standards)))
                self.add(self.asking(f"ask_{table.name}_{first}", table, standards, chosen))
        return Loops(
            tuple(self.functions),
            tuple(self.constants.listed),
            {table: tuple(columns) for table, columns in self.columns.items()},
            {(table, fact): p for table, layout in self._layouts.items() for fact, p in layout.places.items()},
            {c.name: self.constants.places(c.name) for c in self.constants.listed if c.kind == "parameter"},
        )

    def add(self, function: Function) -> None:
        self.functions.append(function)
        base = [n for n in function.columns if self.catalogue.tables[function.table].facts[n].kind == "base"]
        self.columns.setdefault(function.table, {}).update(dict.fromkeys(base))

    def prepare(self, table: Table, names: Sequence[str]) -> None:
        """Write the functions for the facts from related rows behind these names, and fix how all are stored."""
        layout = self._layouts.setdefault(table.name, Layout({}, {}))
        assert isinstance(layout.places, dict)
        assert isinstance(layout.most, dict)
        by_child: dict[str, list[Fact]] = {}
        done = {fact for function in self.functions if function.about == table.name for fact in function.results}
        for fact in facts_behind(table, names):
            if fact.aggregate is not None and fact.name not in done:
                by_child.setdefault(fact.aggregate.table, []).append(fact)
            elif fact.kind == "base" and fact.type == "decimal":
                layout.places[fact.name] = self.places(table, fact.name)
            if fact.kind == "base" and fact.type in ("date", "text"):
                layout.most[fact.name] = MOST_DAYS
        for child_name, facts in by_child.items():
            child = self.catalogue.tables[child_name]
            aggregates = [fact.aggregate for fact in facts if fact.aggregate is not None]
            self.prepare(child, names_in(*(a.of for a in aggregates), *(a.where for a in aggregates)))
            self.columns.setdefault(child_name, {})
            number = sum(function.table == child_name for function in self.functions)
            self.add(self.adding(f"add_{child_name}_{number}", table, child, facts, layout))

    def adding(self, name: str, table: Table, child: Table, facts: Sequence[Fact], layout: Layout) -> Function:
        """The function that works out a table's facts from the rows of one related table."""
        body = Body(child, self._layouts[child.name], self.constants)
        sums = Sums(body)
        results = []
        for fact in facts:
            result, places, most = sums.result(fact)
            layout.places[fact.name], layout.most[fact.name] = places, most  # type: ignore[index]
            results.append(f"out_{fact.name}[subject] = {result}")
        given = ["subjects: int", "positions: Wholes", "groups: Wholes", "given: Grid"]
        given += [f"in_{column}: {_kind(child, column)}" for column in body.columns]
        given += [f"out_{fact.name}: {_kind(table, fact.name)}" for fact in facts]
        lines = [
            f"def {name}({', '.join(given)}) -> bool:",
            "    row, rows, big = 0, len(positions), False",
            "    for subject in range(subjects):",
            "        group = groups[subject]",
            *_indented(body.head + sums.begin, 2),
            "        while row < rows and positions[row] == subject:",
            *_indented(body.lines + sums.each, 3),
            "            row += 1",
            *_indented(sums.end + results, 2),
            "    return big",
        ]
        return Function(
            name,
            child.name,
            tuple(body.columns),
            "\n".join(lines) + "\n",
            table.name,
            results=tuple(fact.name for fact in facts),
        )

    def asking(self, name: str, table: Table, all_standards: Sequence[Standard], chosen: Sequence[int]) -> Function:
        """The function that asks standards of every subject, counts who is asked, and notes who falls short."""
        body = Body(table, self._layouts[table.name], self.constants)
        noted: list[str] = []
        asked: list[str] = []
        evidence = []
        for number, standard in enumerate(all_standards[k] for k in chosen):
            condition = "True" if standard.asked_of is None else body.truth(standard.asked_of)
            true, false = body.truth(standard.rule, True), body.truth(standard.rule, False)
            stored = [(fact, *body.stored(fact)) for fact in names_in(standard.rule)]
            evidence.append(tuple((fact, type_, places) for fact, _, type_, places in stored))
            if condition not in asked:
                asked.append(condition)
            noted += [
                f"if {body.both(condition, body.no(true))}:",
                f"    log[at, 0], log[at, 1] = choose({false}, {2 * number}, {2 * number + 1}), row",
                *(f"    log[at, {2 + i}] = {text}" for i, (_, text, _, _) in enumerate(stored)),
                "    at += 1",
            ]
        counts = [f"asked[place, {i}] += {c}" for i, c in enumerate(asked)]
        given = ["so_far: Wholes", "rows: int", "places: Wholes", "groups: Wholes", "given: Grid", "asked: Grid"]
        given += ["log: Grid", *(f"in_{column}: {_kind(table, column)}" for column in body.columns)]
        lines = [
            f"def {name}({', '.join(given)}) -> bool:",
            f"    room, big = len(log) - {len(chosen)}, False",
            "    row, at = so_far[0], so_far[1]",
            "    while row < rows and at <= room:",
            "        place, group = places[row], groups[row]",
            *_indented(body.head + body.lines + counts + noted, 2),
            "        row += 1",
            "    so_far[0], so_far[1] = row, at",
            "    return big",
        ]
        own = []
        for k in chosen:
            standard = all_standards[k]
            condition = "True" if standard.asked_of is None else body.truth(standard.asked_of)
            own.append(asked.index(condition))
        return Function(
            name,
            table.name,
            tuple(body.columns),
            "\n".join(lines) + "\n",
            table.name,
            standards=tuple(chosen),
            asked=tuple(own),
            evidence=tuple(evidence),
        )


def _indented(lines: Iterable[str], levels: int) -> Iterator[str]:
    return ("    " * levels + line for line in lines)


def _kind(table: Table, fact: str) -> str:
    return "Flags" if table.facts[fact].type == "bool" else "Wholes"


def facts_behind(table: Table, names: Sequence[str]) -> list[Fact]:
    """The facts that names stand for, and those behind them in the same table."""
    found: dict[str, Fact] = {}

    def visit(name: str) -> None:
        fact = table.facts.get(name)
        if fact is None or name in found:
            return
        found[name] = fact
        for inner in names_in(fact.formula):
            visit(inner)

    for name in names:
        visit(name)
    return list(found.values())
