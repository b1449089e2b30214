"""The fastest engine: a catalogue's standards as compiled loops over plain numbers.

The loops are written as Python (`loops`) and compiled once (`native`); a changed parameter, date or snapshot does not
change them. What they cannot prove to be right (`Unfit`, or a number that may have outgrown 64 bits) is judged by
DuckDB instead.
"""

import threading
from collections.abc import Mapping, Sequence
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from firmground.engines.snapshot import Part, Snapshot
from firmground.engines.standards import kernels
from firmground.engines.standards.columns import Reader, Rows, Unfit, decimal_places
from firmground.engines.standards.declared import Standard, Table
from firmground.engines.standards.findings import FINDINGS_SCHEMA, SUMMARY_SCHEMA, Batch, in_order, value_text
from firmground.engines.standards.given import MOST_GIVEN, Constant, units
from firmground.engines.standards.loops import Function, Loops, Writer
from firmground.engines.standards.merge import UNKNOWN, UNKNOWN_BOOL, Array
from firmground.engines.standards.native import Code, Functions

if TYPE_CHECKING:
    from firmground.engines.standards.catalogue import Catalogue
    from firmground.engines.standards.duckdb_engine import DuckdbEngine

SOME_FINDINGS = 4096
"""Rows that a log of findings begins with; it is doubled when it is full."""


class CompiledEngine:
    """Judges the standards of a subject table and of the tables related to it, in one reading of a part."""

    plain = False
    """Whether the loops run as Python, which takes no compiling: for tests."""

    def __init__(
        self, catalogue: "Catalogue", snapshot: Snapshot, asked: Sequence[tuple[Table, Sequence[Standard]]]
    ) -> None:
        self.catalogue, self.snapshot, self.asked = catalogue, snapshot, asked
        self.handed_over: list[str] = []
        """Why parts were handed to DuckDB."""
        self._of_thread = threading.local()

    @cached_property
    def loops(self) -> Loops:
        return Writer(self.catalogue, lambda table, fact: decimal_places(self.snapshot, table, fact)).loops(self.asked)

    @cached_property
    def code(self) -> Code:
        kernels_used = dict.fromkeys(kernels.CALLED_FROM_PYTHON, "")
        return Code(kernels_used | {function.name: function.source for function in self.loops.functions})

    @cached_property
    def functions(self) -> Functions:
        return self.code.plain() if self.plain else self.code.functions()

    def judge(self, parts: Sequence[Part]) -> list[Batch]:
        """Judge every subject of these counties, or of a slice of one: a batch for each table asked about.

        Raises:
            Refusal: the snapshot does not fit the catalogue, or a number outgrew every type.
        """
        batches = [Batch({}, {}) for _ in self.asked]
        for part in parts:
            try:
                judged = _Judging(self, part).judge()
            except (Unfit, OverflowError) as reason:  # Python's own numbers, in tests, do not wrap round
                self.handed_over.append(f"{part.county}: {reason}")
                judged = [engine.judge([part]) for engine in self.others()]
            for batch, found in zip(batches, judged, strict=True):
                batch.findings.update(found.findings)
                batch.summaries.update(found.summaries)
        return batches

    def differs(self, constant: Constant) -> bool:
        """Whether a constant is a parameter that is not the same in every place."""
        return constant.kind == "parameter" and any(
            row.place for row in self.catalogue.parameters[constant.name].values
        )

    def parameter(self, name: str, place: str) -> int | str:
        """A parameter as it is given to the loops; text, which has a rank in each part, as itself."""
        parameter = self.catalogue.parameters[name]
        value = parameter.at(self.snapshot.as_of, place)
        if parameter.type == "bool":
            return int(UNKNOWN_BOOL) if value is None else int(bool(value))
        if isinstance(value, str):
            return value
        number = units(value, self.loops.parameter_places[name])
        if value is not None and abs(number) > MOST_GIVEN:
            raise Unfit(f"the parameter {name} is out of all proportion")
        return number

    def others(self) -> "list[DuckdbEngine]":
        """DuckDB's engines for the same tables; a connection is for one thread alone."""
        from firmground.engines.standards.duckdb_engine import DuckdbEngine

        if not hasattr(self._of_thread, "engines"):
            self._of_thread.engines = [
                DuckdbEngine(self.catalogue, self.snapshot, table, standards) for table, standards in self.asked
            ]
        engines: list[DuckdbEngine] = self._of_thread.engines
        return engines


class _Judging:
    """One part being judged."""

    def __init__(self, engine: CompiledEngine, part: Part) -> None:
        self.engine, self.part = engine, part
        self.catalogue, self.loops = engine.catalogue, engine.loops
        self.reader = Reader(
            self.catalogue,
            engine.snapshot,
            part,
            self.loops.columns,
            self.loops.places,
            [table.name for table, _ in engine.asked],
            engine.functions,
        )

    def judge(self) -> list[Batch]:
        self.rows = self.reader.read(self._texts())
        self.rank = {word: number for number, word in enumerate(self.reader.words)}
        self._given: dict[str, tuple[Array, Array]] = {}
        for function in self.loops.functions:
            if function.results:
                self.add_up(function)
        self.word_bytes, self.word_ends = _joined([value_text(word) for word in self.reader.words])
        return [self.batch(table, standards) for table, standards in self.engine.asked]

    def _texts(self) -> list[str]:
        """The texts that the loops compare with: those written, and those of parameters."""
        written = [constant.name for constant in self.loops.constants if constant.kind == "text"]
        named = [self.catalogue.parameters[c.name] for c in self.loops.constants if c.kind == "parameter"]
        return written + [str(row.value) for parameter in named if parameter.type == "text" for row in parameter.values]

    def given(self, table: Table) -> tuple[Array, Array]:
        """Each row's group, and what is given to the loops in each group: places with the same parameters."""
        if table.name not in self._given:
            numbers, places = self.reader.places(table)
            fixed = [self._constant(constant, "") for constant in self.loops.constants]
            differing = [n for n, constant in enumerate(self.loops.constants) if self.engine.differs(constant)]
            parameters = [self.catalogue.parameters[self.loops.constants[n].name] for n in differing]
            ends = max([len(row.place) for each in parameters for row in each.values], default=0)
            heads = [place[:ends] for place in places or [""]]
            lines = {
                head: tuple(self._constant(self.loops.constants[n], head) for n in differing) for head in set(heads)
            }
            different = sorted(set(lines.values()))
            matrix = np.tile(np.array(fixed, np.int64), (len(different), 1))
            matrix[:, differing] = np.array(different, np.int64).reshape(len(different), len(differing))
            of_place = np.array([different.index(lines[head]) for head in heads], np.int64)
            self._given[table.name] = of_place[numbers], matrix
        return self._given[table.name]

    def _constant(self, constant: Constant, place: str) -> int:
        if constant.kind == "as_of":
            return units(self.engine.snapshot.as_of, 0)
        if constant.kind == "text":
            return self.rank[constant.name]
        value = self.engine.parameter(constant.name, place)
        return self.rank[value] if isinstance(value, str) else value

    def add_up(self, function: Function) -> None:
        """Work out the facts that one related table gives to each subject."""
        about = self.catalogue.tables[function.about]
        subjects, rows = self.rows[function.about], self.rows[function.table]
        groups, given = self.given(about)
        results = [
            np.empty(subjects.count, np.int8 if about.facts[name].type == "bool" else np.int64)
            for name in function.results
        ]
        assert rows.positions is not None
        columns = self.columns(function, rows)
        if self.engine.functions[function.name](subjects.count, rows.positions, groups, given, *columns, *results):
            raise Unfit(f"an amount of {function.table} is out of all proportion")
        subjects.columns |= dict(zip(function.results, results, strict=True))

    def columns(self, function: Function, rows: Rows) -> list[Array]:
        return [rows.columns[name] for name in function.columns]

    def batch(self, table: Table, standards: Sequence[Standard]) -> Batch:
        county, rows = self.part.county, self.rows[table.name]
        if not rows.count:
            return Batch({}, {})
        numbers, places = self.reader.places(table)
        asked = np.zeros((len(standards), len(places)), np.int64)
        short, unknown = np.zeros_like(asked), np.zeros_like(asked)
        found: dict[str, tuple[Array, pa.Array]] = {}
        for function in self.loops.functions:
            if function.about != table.name or function.results:
                continue
            log, counts = self.ask(function, rows, numbers, len(places))
            order = np.argsort(log[:, 0] >> 1, kind="stable")
            ends = np.searchsorted(log[order, 0] >> 1, np.arange(len(function.standards) + 1))
            for i, k in enumerate(function.standards):
                asked[k] = counts[:, function.asked[i]]
                entries = log[order[ends[i] : ends[i + 1]]]
                if not len(entries):
                    continue
                of_place, not_known = numbers[entries[:, 1]], entries[:, 0] & 1
                unknown[k] = np.bincount(of_place[not_known == 1], minlength=len(places))
                short[k] = np.bincount(of_place, minlength=len(places)) - unknown[k]
                found[standards[k].id] = entries[:, :2], self.evidence(entries[:, 2:], function.evidence[i])
        findings = self.findings(table, found)
        return Batch({county: findings}, {county: self.summary(table, standards, places, asked, short, unknown)})

    def lies_in_order(self, table: Table) -> bool:
        """Whether the rows lie in the order of their places, and in a place in the order of their keys."""
        numbers, _ = self.reader.places(table)
        ids = self.rows[table.name].ids
        assert ids is not None
        if len(ids) < 2:
            return True
        later = numbers[1:] > numbers[:-1]
        same = numbers[1:] == numbers[:-1]
        after = pc.greater_equal(ids.slice(1), ids.slice(0, len(ids) - 1)).to_numpy(zero_copy_only=False)
        return bool(np.all(later | (same & after)))

    def ask(self, function: Function, rows: Rows, places: Array, number_of_places: int) -> tuple[Array, Array]:
        """(an entry for each finding: standard and verdict, row, evidence; how many were asked, by place)."""
        groups, given = self.given(rows.table)
        counts = np.zeros((number_of_places, max(function.asked) + 1), np.int64)
        width = 2 + max(len(noted) for noted in function.evidence)
        log = np.empty((SOME_FINDINGS + len(function.standards), width), np.int64)
        so_far = np.zeros(2, np.int64)  # rows asked, entries written
        columns = self.columns(function, rows)
        while so_far[0] < rows.count:
            if so_far[1] > len(log) - len(function.standards):
                log = np.concatenate([log, np.empty_like(log)])
            if self.engine.functions[function.name](so_far, rows.count, places, groups, given, counts, log, *columns):
                raise Unfit(f"a number of {function.table} is out of all proportion")
        return log[: so_far[1]], counts

    def findings(self, table: Table, found: Mapping[str, tuple[Array, pa.Array]]) -> pa.Table:
        """All findings about a table in their order, from each standard's entries and evidence."""
        if not found:
            return FINDINGS_SCHEMA.empty_table()
        ids, (numbers, places) = self.rows[table.name].ids, self.reader.places(table)
        assert ids is not None
        standards = sorted(found)
        entries = np.concatenate([found[standard][0] for standard in standards])
        at, size = entries[:, 1], len(entries)
        of_standard = np.repeat(np.arange(len(standards)), [len(found[standard][0]) for standard in standards])
        findings = pa.table(
            [
                _same(table.name, size),
                ids.take(pa.array(at)),
                pa.array(places, pa.string()).take(pa.array(numbers[at])),
                pa.array(standards, pa.string()).take(pa.array(of_standard)),
                pa.array(["not_met", "unknown"], pa.string()).take(pa.array(entries[:, 0] & 1)),
                pa.concat_arrays([found[standard][1] for standard in standards]),
                pa.repeat(pa.scalar(self.engine.snapshot.as_of, pa.date32()), size),
                _same(self.catalogue.digest, size),
            ],
            schema=FINDINGS_SCHEMA,
        )
        return findings if self.lies_in_order(table) else in_order(findings)

    def evidence(self, entries: Array, noted: Sequence[tuple[str, Any, int]]) -> pa.Array:
        """Each entry's evidence as JSON."""
        name_bytes, name_ends = _keys(tuple(name for name, _, _ in noted))
        most = 2 + len(name_bytes)
        for number, (_, type_, _) in enumerate(noted):
            if type_ == "text":
                ranks = entries[:, number]
                known = ranks[ranks != UNKNOWN]
                longest = int((self.word_ends[known + 1] - self.word_ends[known]).max()) if len(known) else 0
                most += max(longest, 4)
            else:
                most += kernels.NUMBER_BYTES
        out = np.empty(most * len(entries), np.uint8)
        ends = np.empty(len(entries) + 1, np.int32)
        self.engine.functions["write_evidence"](
            np.ascontiguousarray(entries),
            np.array([kernels.KINDS[type_] for _, type_, _ in noted], np.int64),
            np.array([places for _, _, places in noted], np.int64),
            name_bytes,
            name_ends,
            self.word_bytes,
            self.word_ends,
            out,
            ends,
        )
        return pa.StringArray.from_buffers(len(entries), pa.py_buffer(ends), pa.py_buffer(out[: ends[-1]]))

    def summary(
        self,
        table: Table,
        standards: Sequence[Standard],
        places: Sequence[str],
        asked: Array,
        short: Array,
        unknown: Array,
    ) -> pa.Table:
        """The counts of each place, from those by standard and place."""
        order = sorted(range(len(standards)), key=lambda k: standards[k].id)
        asked, short, unknown = (counts[order].T for counts in (asked, short, unknown))
        at = np.nonzero(asked)
        counts = [of[at] for of in (asked, asked - short - unknown, short, unknown)]
        return pa.table(
            [
                _same(table.name, len(at[0])),
                pa.array(places, pa.string()).take(pa.array(at[0])),
                pa.array([standards[k].id for k in order], pa.string()).take(pa.array(at[1])),
                *(pa.array(count) for count in counts),
            ],
            schema=SUMMARY_SCHEMA,
        )


def _same(text: str, size: int) -> pa.Array:
    return pa.repeat(pa.scalar(text, pa.string()), size)


@cache
def _keys(names: tuple[str, ...]) -> tuple[Array, Array]:
    """What stands before each value of a standard's evidence."""
    return _joined(["{" * (not n) + "," * (n > 0) + f'"{name}":' for n, name in enumerate(names)])


def _joined(texts: Sequence[str]) -> tuple[Array, Array]:
    """Texts as bytes one after another, and where each begins and ends."""
    pieces = [text.encode() for text in texts]
    ends = np.cumsum([0, *map(len, pieces)]).astype(np.int64)
    return np.frombuffer(b"".join(pieces) or b"\0", np.uint8), ends
