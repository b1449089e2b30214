"""Standards and registers made at random, by hypothesis: valid expressions built backwards from the wanted type."""

import tomllib
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path

import pyarrow as pa
from hypothesis import assume
from hypothesis import strategies as st

from firmground.engines.snapshot import Snapshot, SnapshotWriter
from firmground.engines.standards.catalogue import Catalogue
from firmground.engines.standards.declared import Parameter, ParameterValue, Standard
from firmground.engines.standards.facts import read_facts, scope_of
from firmground.engines.standards.language import parse

AS_OF = date(2020, 6, 30)
COUNTIES = ("530627", "990102")
FACTS = """
[household]
key = "household_id"
place = "village_code"
[household.facts]
poor = { type = "bool" }
safe = { type = "bool" }
people = { type = "int" }
rooms = { type = "int" }
income = { type = "decimal" }
debt = { type = "decimal" }
seen_on = { type = "date" }
kind = { type = "text", values = ["a", "b", "c"] }
not_in_the_snapshot = { type = "decimal" }
members = { type = "int", count = "member" }
%s
[member]
key = "member_id"
of = "household"
[member.facts]
born_on = { type = "date" }
left_on = { type = "date" }
working = { type = "bool" }
months = { type = "int" }
wage = { type = "decimal" }
job = { type = "text" }
[visit]
key = "visit_id"
of = "household"
[visit.facts]
visited_on = { type = "date" }
cost = { type = "decimal" }
"""
PARAMETERS = {
    "line": Parameter(
        "line",
        "decimal",
        "",
        {},
        (
            ParameterValue(date(2020, 1, 1), None, "", Decimal("4000"), {}, True),
            ParameterValue(date(2020, 1, 1), None, "530627", Decimal("4100.5"), {}, True),
            ParameterValue(date(2020, 1, 1), None, "530627200", Decimal("4200"), {}, True),
        ),
    ),
    "limit": Parameter("limit", "int", "", {}, (ParameterValue(date(2020, 1, 1), None, "53", 3, {}, True),)),
    "since": Parameter(
        "since", "date", "", {}, (ParameterValue(date(2020, 1, 1), None, "", date(2019, 12, 31), {}, True),)
    ),
}
SMALL = {
    "bool": ("true", "false", "null"),
    "int": ("0", "1", "2", "3", "7", "-1", "null"),
    "decimal": ("0.0", "0.5", "1.25", "3999.99", "4000.0", "0.0000000001", "-2.5", "null"),
    "date": ("date '2020-02-29'", "date '2020-06-30'", "date '2019-12-31'", "null"),
    "text": ("'a'", "'b'", "'it''s'", "''", "null"),
}


def expressions(names: dict[str, str], type_: str, depth: int) -> st.SearchStrategy[str]:
    """Text of a valid expression of a type over names."""
    return _expressions(tuple(names.items()), type_, depth)


@cache
def _expressions(pairs: tuple[tuple[str, str], ...], type_: str, depth: int) -> st.SearchStrategy[str]:
    names = dict(pairs)
    leaves = [name for name, kind in names.items() if kind == type_]
    leaf = st.sampled_from([*leaves, *leaves, *SMALL[type_][:-1], SMALL[type_][-1]])
    if depth == 0:
        return leaf

    def sub(kind: str) -> st.SearchStrategy[str]:
        return expressions(names, kind, depth - 1)

    choices = [leaf, _case(sub("bool"), sub(type_)), _call("coalesce", sub(type_))]
    if type_ in ("int", "decimal", "date", "text"):
        choices += [_call("greatest", sub(type_)), _call("least", sub(type_))]
    if type_ == "bool":
        for kind in ("int", "decimal", "date", "text"):
            choices.append(
                st.builds("({} {} {})".format, sub(kind), st.sampled_from(["=", "<>", "<", "<=", ">", ">="]), sub(kind))
            )
            choices.append(st.builds("({} between {} and {})".format, sub(kind), sub(kind), sub(kind)))
            choices.append(st.builds("({} in ({}, {}))".format, sub(kind), sub(kind), sub(kind)))
            choices.append(st.builds("({} not in ({}, {}))".format, sub(kind), sub(kind), sub(kind)))
            choices.append(st.builds("({} is null)".format, sub(kind)))
        choices += [
            st.builds("({} and {})".format, sub("bool"), sub("bool")),
            st.builds("({} or {})".format, sub("bool"), sub("bool")),
            st.builds("(not {})".format, sub("bool")),
            st.builds("({} is not null)".format, sub("bool")),
            st.builds("({} = {})".format, sub("bool"), sub("bool")),
            st.builds("({} < {})".format, sub("int"), sub("decimal")),
        ]
    if type_ == "int":
        for function in ("days_between", "months_between", "years_between"):
            choices.append(st.builds(f"{function}({{}}, {{}})".format, sub("date"), sub("date")))
        choices += [st.builds("({} {} {})".format, sub("int"), st.sampled_from("+-*"), sub("int"))]
        choices += [st.builds(f"{function}({{}})".format, sub("decimal")) for function in ("round", "floor", "ceil")]
        choices.append(st.builds("abs({})".format, sub("int")))
    if type_ == "decimal":
        number = st.one_of(sub("decimal"), sub("int"))
        choices += [
            st.builds("({} {} {})".format, sub("decimal"), st.sampled_from("+-*"), number),
            st.builds("({} / {})".format, number, number),
            st.builds("({} / {})".format, number, number),
            st.builds("round({}, {})".format, sub("decimal"), st.sampled_from(["0", "1", "2", "10"])),
            st.builds("abs({})".format, sub("decimal")),
            st.builds("(- {})".format, sub("decimal")),
        ]
    return st.one_of(choices)


def _case(condition: st.SearchStrategy[str], result: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(
        st.builds("(case when {} then {} else {} end)".format, condition, result, result),
        st.builds("(case when {} then {} when {} then {} end)".format, condition, result, condition, result),
    )


def _call(function: str, argument: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.builds(f"{function}({{}}, {{}})".format, argument, argument)


@st.composite
def catalogues(draw: st.DrawFn, rules: int = 6) -> Catalogue:
    """A catalogue of random derived facts and standards about households and members."""
    bare, _ = read_facts(tomllib.loads(FACTS % ""), {n: p.type for n, p in PARAMETERS.items()}, [])
    parameter_types = {n: p.type for n, p in PARAMETERS.items()}
    of = {name: scope_of(table, parameter_types)[0] | {"as_of": "date"} for name, table in bare.items()}
    derived = []
    for number, function in enumerate(
        draw(
            st.lists(st.sampled_from(["count", "sum", "sum", "min", "max", "any", "all", "is"]), min_size=1, max_size=5)
        )
    ):
        type_ = {"count": "int", "any": "bool", "all": "bool"}.get(function) or draw(
            st.sampled_from(["int", "decimal"] if function == "sum" else ["int", "decimal", "date", "text", "text"])
        )
        table = draw(st.sampled_from(["member", "visit"]))
        name = f"derived_{number}"
        if function == "is":
            text = draw(expressions(of["household"], type_, 2))
            derived.append(f'{name} = {{ type = "{type_}", is = "{text}" }}')
        else:
            pieces = [f'type = "{type_}"', f'{function} = "{table}"']
            if function != "count":
                pieces.append(f'of = "{draw(expressions(of[table], type_, 1))}"')
            if draw(st.booleans()):
                pieces.append(f'where = "{draw(expressions(of[table], "bool", 2))}"')
            derived.append(f"{name} = {{ {', '.join(pieces)} }}")
        of["household"][name] = type_
    refusals: list[object] = []
    tables, _ = read_facts(tomllib.loads(FACTS % "\n".join(derived)), parameter_types, refusals)  # type: ignore[arg-type]
    assume(not refusals)  # an expression that is nothing but null
    standards = {}
    for number in range(rules):
        about = draw(st.sampled_from(["household", "household", "household", "member"]))
        names = {n: t for n, t in of[about].items() if n != "as_of"}
        texts = [
            draw(expressions(of[about], "bool", 3)),
            draw(st.one_of(st.just(""), expressions(of[about], "bool", 1))),
        ]
        rule, asked = (parse(text, names) if text else None for text in texts)
        assume(rule is not None and rule.type == "bool" and (asked is None or asked.type == "bool"))
        id_ = f"standard_{number}"
        standards[id_] = Standard(
            id_,
            {"en": id_},
            None,
            about,
            {"en": "law"},
            date(2020, 1, 1),
            None,
            texts[1],
            texts[0],
            asked,
            rule,
            {},
            "village",
            None,
            "",
            (),
            None,
            "a",
            "b",
            None,
            (),
        )
    return Catalogue(tables, PARAMETERS, standards, "generated")


def _column(value: st.SearchStrategy[object]) -> st.SearchStrategy[object]:
    return st.one_of(value, value, st.none())


MONEY = st.one_of(
    st.sampled_from([Decimal("4000.00"), Decimal("0.00"), Decimal("12000.00"), Decimal("0.01"), Decimal("-3.33")]),
    st.decimals(min_value=-100000, max_value=1000000, places=2),
    st.decimals(min_value=-9999999999, max_value=9999999999, places=2),
)
DAYS = st.one_of(
    st.dates(date(2018, 1, 1), date(2021, 1, 1)),
    st.sampled_from([date(2020, 2, 29), date(2020, 1, 31), AS_OF, AS_OF - timedelta(days=365)]),
)
NUMBER = st.integers(-3, 12)
HOUSEHOLD = {
    "poor": st.booleans(),
    "safe": st.booleans(),
    "people": NUMBER,
    "rooms": NUMBER,
    "income": MONEY,
    "debt": MONEY,
    "seen_on": DAYS,
    "kind": st.sampled_from(["a", "b", "c"]),
}
MEMBER = {
    "born_on": DAYS,
    "left_on": DAYS,
    "working": st.booleans(),
    "months": NUMBER,
    "wage": MONEY,
    "job": st.sampled_from(["a", "b", "it's", "", 'é"\n']),
}
VISIT = {"visited_on": DAYS, "cost": MONEY}
ARROW = {
    "poor": pa.bool_(),
    "safe": pa.bool_(),
    "people": pa.int32(),
    "rooms": pa.int32(),
    "income": pa.decimal128(12, 2),
    "debt": pa.decimal128(12, 2),
    "seen_on": pa.date32(),
    "kind": pa.string(),
    "born_on": pa.date32(),
    "left_on": pa.date32(),
    "working": pa.bool_(),
    "months": pa.int32(),
    "wage": pa.decimal128(12, 2),
    "job": pa.string(),
    "visited_on": pa.date32(),
    "cost": pa.decimal128(12, 2),
}


def rows_of(columns: dict[str, st.SearchStrategy[object]]) -> st.SearchStrategy[dict[str, object]]:
    return st.fixed_dictionaries({name: _column(value) for name, value in columns.items()})


HOUSEHOLDS = st.lists(
    st.tuples(
        rows_of(HOUSEHOLD),
        st.lists(rows_of(MEMBER), max_size=3),
        st.lists(rows_of(VISIT), max_size=2),
        st.sampled_from(["200201", "200202", "201200"]),
    ),
    min_size=1,
    max_size=5,
)


def write_snapshot(
    folder: Path,
    counties: dict[str, list[tuple[dict, list[dict], list[dict], str]]],
    in_merge_order: bool = True,
    parent: Snapshot | None = None,
) -> Snapshot:
    """The registers as a snapshot; without merge order, related rows name their household by key alone."""
    writer = SnapshotWriter(folder, as_of=AS_OF, parent=parent)
    for county, households in counties.items():
        tables: dict[str, list[dict]] = {"household": [], "member": [], "visit": []}
        for number, (household, members, visits, village) in enumerate(households):
            id_ = f"{county}{village}{number:05}"
            tables["household"].append({"household_id": id_, "village_code": county + village, **household})
            for table, rows in (("member", members), ("visit", visits)):
                tables[table] += [
                    {f"{table}_id": f"{id_}{n}", "household_id": id_, **row} for n, row in enumerate(rows)
                ]
        made = {
            table: pa.table(
                {
                    name: pa.array([row[name] for row in rows], ARROW.get(name, pa.string()))
                    for name in (rows[0] if rows else {f"{table}_id": 0, "household_id": 0})
                }
            )
            for table, rows in tables.items()
        }
        related = {table: made[table] for table in ("member", "visit") if tables[table]}
        if in_merge_order:
            writer.write_subjects("household", county, made["household"], related)
        else:
            for table, rows in {"household": made["household"], **related}.items():
                writer.write(table, county, rows)
    return writer.close()
