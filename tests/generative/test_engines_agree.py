"""The fast engines say what the judge says, on standards and registers nobody thought of.

Every run tries the same few cases; FIRMGROUND_EXAMPLES=5000 tries so many new ones.
"""

import os
import tempfile
import tomllib
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from firmground.engines.standards import merge, relation, sql, tree
from firmground.engines.standards.catalogue import Catalogue
from firmground.engines.standards.declared import AGGREGATES, Standard
from firmground.engines.standards.facts import read_facts, scope_of
from firmground.engines.standards.language import parse
from firmground.engines.standards.screening import ENGINES, screen
from firmground.engines.standards.tokens import FUNCTIONS
from tests.spec.drawn import loops_as_python

from .registers import AS_OF, COUNTIES, FACTS, HOUSEHOLDS, PARAMETERS, catalogues, write_snapshot


def findings_in(folder: Path) -> list[tuple[object, ...]]:
    return [
        tuple(row.values())
        for path in sorted(folder.glob("findings/**/*.parquet"))
        for row in pq.read_table(path, partitioning=None).to_pylist()
    ]


def summary_in(folder: Path) -> list[tuple[object, ...]]:
    return sorted(tuple(row.values()) for row in pq.read_table(folder / "summary.parquet").to_pylist())


ASKED_FOR = int(os.environ.get("FIRMGROUND_EXAMPLES", "0"))
SOME = settings(
    max_examples=ASKED_FOR or 25,
    derandomize=not ASKED_FOR,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
    print_blob=True,
)
REGISTERS = st.fixed_dictionaries(dict.fromkeys(COUNTIES, HOUSEHOLDS))


def differ(catalogue, registers, in_merge_order: bool, engines=("reference", "duckdb")) -> bool:
    """Whether an engine comes to other findings or counts than the judge, or fails."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        snapshot = write_snapshot(folder / "snapshot", registers, in_merge_order)
        found = []
        for engine in engines:
            with loops_as_python():
                screen(snapshot, catalogue, folder / engine, engine=engine, workers=1)
            found.append((findings_in(folder / engine), summary_in(folder / engine)))
        return any(one != found[0] for one in found)


@pytest.mark.timeout(0 if ASKED_FOR else 300)
@pytest.mark.parametrize("in_merge_order", [True, False])
@SOME
@given(catalogue=catalogues(), registers=REGISTERS)
def test_duckdb_and_loops_find_what_the_judge_finds(in_merge_order, catalogue, registers):
    assert not differ(catalogue, registers, in_merge_order, ENGINES)


def test_every_kind_of_node_and_every_function_is_tried():
    seen: set[object] = set()

    @settings(SOME, max_examples=60, derandomize=True)
    @given(catalogue=catalogues())
    def look(catalogue):
        for standard in catalogue.standards.values():
            for _, expression in catalogue.expressions_behind(standard):
                for node in expression.walk():
                    seen.add(node.function if isinstance(node, tree.Call) else type(node))
                    seen.update(node.operator for _ in [0] if isinstance(node, tree.Compare | tree.Arithmetic))
        for table in catalogue.tables.values():
            seen.update(fact.aggregate.function for fact in table.facts.values() if fact.aggregate)

    look()
    nodes = {kind for kind in vars(tree).values() if isinstance(kind, type) and issubclass(kind, tree.Node)}
    wanted = {*nodes, *FUNCTIONS, *AGGREGATES, "=", "<>", "<", "<=", ">", ">=", "+", "-", "*", "/"} - {
        tree.Node,
        tree.Call,
    }
    assert wanted - seen == set()


def plain_division(left: sql.Sql, right: sql.Sql) -> sql.Sql:
    """What DuckDB would do by itself: a quotient of doubles."""
    return sql.Sql(
        f"CAST({left.text} / nullif({right.text}, 0) AS {sql.DECIMAL_COLUMN})", sql.QUOTIENT_PLACES, sql.WIDE
    )


def sum_of_the_known(self, function, values, condition, counted, right=merge.Merge.value):
    """A sum that passes over unknown parts, as SQL's own does."""
    found, known = right(self, function, values, condition, counted)
    return found, known | (counted > 0)


@pytest.mark.parametrize(
    ("where", "what", "wrong"),
    [
        (sql, "quotient", plain_division),
        (merge.Merge, "value", sum_of_the_known),
        (
            relation.Relation,
            "parameter",
            lambda self, parameter, place: sql.value_literal(parameter.at(AS_OF), parameter.type),
        ),
    ],
    ids=["plain division", "sums of the known", "parameters of the nation"],
)
def test_an_engine_that_is_a_little_wrong_is_found_out(where, what, wrong, monkeypatch):
    """The comparison is worth something: on these registers it holds, and with one thing broken it does not."""
    catalogue, registers = small_catalogue(), {"530627": [SMALL_HOUSEHOLD]}
    assert not differ(catalogue, registers, in_merge_order=True)
    monkeypatch.setattr(where, what, wrong)
    assert differ(catalogue, registers, in_merge_order=True)


def small_catalogue() -> Catalogue:
    """Standards that divide, add up rows and read a parameter by place."""
    types = {name: parameter.type for name, parameter in PARAMETERS.items()}
    derived = 'wages = { type = "decimal", sum = "member", of = "wage" }'
    tables, _ = read_facts(tomllib.loads(FACTS % derived), types, [])
    names, _ = scope_of(tables["household"], types)
    text = "income / 7 < 1428571428.57"
    standard = Standard(
        id="quotient",
        title={},
        task=None,
        about="household",
        law={},
        holds_from=date(2020, 1, 1),
        holds_to=None,
        among="",
        met_when=text,
        asked_of=None,
        rule=parse(text, names, "bool"),
        why={},
        owner="",
        answer_within_days=None,
        procedure="",
        assistance=(),
        plausible_share_failing=None,
        author="",
        checker="",
        review_by=None,
        examples=(),
    )
    sums = replace(standard, id="sums", rule=parse("wages > 5", names, "bool"))
    lines = replace(standard, id="lines", rule=parse("line < 4150", names, "bool"))
    return Catalogue(tables, PARAMETERS, {s.id: s for s in (standard, sums, lines)}, "small")


SMALL_HOUSEHOLD = (
    dict.fromkeys(("poor", "safe", "people", "rooms", "debt", "seen_on", "kind"))
    | {"income": Decimal("9999999999.99")},
    [
        dict.fromkeys(("born_on", "left_on", "working", "months", "job")) | {"wage": wage}
        for wage in (Decimal("10.00"), None)
    ],
    [],
    "200201",
)
