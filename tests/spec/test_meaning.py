"""What expressions and facts mean: registers drawn in text, judged by the judge and by DuckDB alike.

Every table here is a line of the manual: both engines answer it the same way, or the test fails.
"""

import json
from datetime import date, datetime, timedelta
from decimal import Decimal

import pyarrow as pa
import pytest

from firmground.common.errors import Refusal
from firmground.engines.snapshot import SnapshotWriter
from firmground.engines.standards import arithmetic

from .drawn import COUNTY, Drawn, catalogue_of, parameter, screened_by_both, values

TRUTHS = """
household | village | a:bool | b:bool
tt | 200201 | true  | true
tf | 200201 | true  | false
t_ | 200201 | true  |
ff | 200201 | false | false
f_ | 200201 | false |
__ | 200202 |       |
"""
NUMBERS = """
household | village | x:decimal | y:decimal | n:int | d:date | k:text
some | 200201 | 4000.00 | 12.50 |  3 | 2020-02-29 | b
odd  | 200201 |   -3.33 |  0.00 |  0 | 2019-12-31 | it's "so"
none | 200202 |         |       |    |            |
"""
ONE = "household | village | n:int\nh1 | 200201 | 1"


def worth(expression: str, type_: str, folder, **more):
    """What one expression without facts is worth, as evidence writes it."""
    return values(Drawn(ONE), {expression: type_}, folder, **more)["h1"][0]


def test_and_or_and_not_follow_three_valued_logic(tmp_path):
    told = values(Drawn(TRUTHS), ["a and b", "a or b", "not a", "a = b", "a <> b", "b is null"], tmp_path)
    assert told == {
        "tt": [True, True, False, True, False, False],
        "tf": [False, True, False, False, True, False],
        "t_": [None, True, False, None, None, True],
        "ff": [False, False, True, True, False, False],
        "f_": [False, None, True, None, None, True],
        "__": [None, None, None, None, None, True],
    }


def test_in_with_an_unknown_option_is_true_or_unknown_and_never_false(tmp_path):
    rules = ["n in (3, 4)", "n in (4, null)", "n in (3, null)", "n not in (4, null)", "k in ('b', k)", "n in (x, 3.0)"]
    assert values(Drawn(NUMBERS), rules, tmp_path) == {
        "some": [True, None, True, None, True, True],
        "odd": [False, None, None, None, True, False],
        "none": [None, None, None, None, None, None],
    }


def test_between_is_false_as_soon_as_one_bound_fails(tmp_path):
    rules = [
        "n between 0 and 3",
        "n between 1 and null",
        "n between 5 and null",
        "n between 3 and 1",
        "x not between n and y",
    ]
    assert values(Drawn(NUMBERS), rules, tmp_path) == {
        "some": [True, None, False, False, True],
        "odd": [True, False, False, False, True],
        "none": [None, None, None, None, None],
    }


def test_case_takes_the_first_branch_that_is_true_and_is_unknown_without_else(tmp_path):
    rules = {
        "case when n > 2 then 'many' when n >= 0 then 'few' end": "text",
        "case when n > 2 then 1 else 0.5 end": "decimal",
        "case n when 3 then 'three' when 0 then 'none' else '?' end": "text",
        "case when null then 1 end": "int",
    }
    assert values(Drawn(NUMBERS), rules, tmp_path) == {
        "some": ["many", "1", "three", None],
        "odd": ["few", "0.5", "none", None],
        "none": [None, "0.5", "?", None],
    }


def test_coalesce_takes_the_first_known_and_greatest_and_least_pass_over_the_unknown(tmp_path):
    rules = {
        "coalesce(x, y, -1)": "decimal",
        "greatest(x, n)": "decimal",
        "least(x, n, null)": "decimal",
        "greatest(d, date '2020-01-01')": "date",
        "least(k, 'c')": "text",
    }
    assert values(Drawn(NUMBERS), rules, tmp_path) == {
        "some": ["4000", "4000", "3", "2020-02-29", "b"],
        "odd": ["-3.33", "0", "-3.33", "2020-01-01", "c"],
        "none": ["-1", None, None, "2020-01-01", "c"],
    }


def test_division_by_zero_is_unknown_even_of_zero_and_even_behind_a_condition(tmp_path):
    rules = {
        "x / y": "decimal",
        "0 / n": "decimal",
        "x / (y * 0)": "decimal",
        "case when y <> 0 then x / y else 0 end": "decimal",
    }
    assert values(Drawn(NUMBERS), rules, tmp_path) == {
        "some": ["320", "0", None, "320"],
        "odd": [None, None, None, "0"],
        "none": [None, None, None, "0"],
    }


@pytest.mark.parametrize(
    ("expression", "answer"),
    [
        ("11999.99 / 3", "3999.9966666667"),
        ("11999.99 / 3 < 4000", None),
        ("12000 / 3", "4000"),
        ("1 / 3", "0.3333333333"),
        ("2 / 3", "0.6666666667"),
        ("-2 / 3", "-0.6666666667"),
        ("2 / -3", "-0.6666666667"),
        ("-2 / -3", "0.6666666667"),
        ("7 / 2", "3.5"),
        ("-7 / 2", "-3.5"),
        ("1 / 3 * 3", "0.9999999999"),
        ("(1 / 3) / (2 / 3)", "0.4999999999"),
        ("0.0000000001 / 2", "0.0000000001"),
        ("0.0000000001 / 3", "0"),
        ("-0.0000000001 / 2", "-0.0000000001"),
        ("1 / 0.0000000001", "10000000000"),
        ("99999999999999 / 7", "14285714285714.1428571429"),
        ("99999999999999.99 / 99999999999999.98", "1"),
        ("0.3 / 0.1", "3"),
        ("1.5 * 1.5", "2.25"),
        ("0.00001 * 0.000005", "0.0000000001"),
        ("0.00001 * 0.000004", "0"),
        ("-0.00001 * 0.000005", "-0.0000000001"),
        ("0.1 + 0.2", "0.3"),
        ("9999999999999.9999 + 0.0001", "10000000000000"),
        ("300000000000 / 7", "42857142857.1428571429"),
        ("99999999999999.9999999999 + 0.0000000001", "100000000000000"),
        ("- (1.10 - 1.1)", "0"),
        ("abs(-3.33)", "3.33"),
        ("round(2.5, 0)", "3"),
        ("round(-2.5, 0)", "-3"),
        ("round(2.345, 2)", "2.35"),
        ("round(-2.345, 2)", "-2.35"),
        ("round(1.005, 2)", "1.01"),
        ("round(2, 2)", "2"),
        ("round(1 / 3, 10)", "0.3333333333"),
    ],
)
def test_decimals_are_exact_and_quotients_have_ten_places_rounded_half_away_from_zero(expression, answer, tmp_path):
    if answer is None:
        assert worth(expression, "bool", tmp_path) is True
    else:
        assert worth(expression, "decimal", tmp_path) == answer


@pytest.mark.parametrize(
    ("expression", "answer"),
    [
        ("round(2.5)", "3"),
        ("round(-2.5)", "-3"),
        ("round(0.4999999999)", "0"),
        ("floor(-0.5)", "-1"),
        ("floor(-3)", "-3"),
        ("ceil(-0.5)", "0"),
        ("ceil(0.0000000001)", "1"),
        ("floor(99999999999999 * 90000 + 1)", "8999999999999910001"),
        ("round(99999999999999 * 90000 + 1)", "8999999999999910001"),
        ("ceil(99999999999999 * 90000 + 1)", "8999999999999910001"),
        ("abs(3 - 5)", "2"),
        ("2 - 3 - 4", "-5"),
        ("2 + 3 * 4", "14"),
        ("-2 * -3", "6"),
        ("floor(7 / 2)", "3"),
        ("ceil(7 / 2)", "4"),
    ],
)
def test_whole_numbers_stay_whole(expression, answer, tmp_path):
    assert worth(expression, "int", tmp_path) == answer


@pytest.mark.parametrize(
    ("start", "end", "days", "months", "years"),
    [
        ("2020-01-31", "2020-02-29", 29, 1, 0),
        ("2020-01-31", "2020-02-28", 28, 0, 0),
        ("2019-01-31", "2019-02-28", 28, 1, 0),
        ("2020-01-30", "2020-02-29", 30, 1, 0),
        ("2020-02-29", "2020-03-29", 29, 1, 0),
        ("2020-02-29", "2020-03-28", 28, 0, 0),
        ("2020-02-29", "2021-02-28", 365, 12, 1),
        ("2020-02-29", "2021-02-27", 364, 11, 0),
        ("2020-02-29", "2024-02-28", 1460, 47, 3),
        ("2020-02-29", "2024-02-29", 1461, 48, 4),
        ("2020-03-31", "2020-04-30", 30, 1, 0),
        ("2020-04-30", "2020-03-31", -30, -1, 0),
        ("2020-05-31", "2020-04-30", -31, -1, 0),
        ("2021-02-28", "2020-02-29", -365, -12, -1),
        ("2021-02-28", "2020-02-28", -366, -12, -1),
        ("2020-06-30", "2020-06-30", 0, 0, 0),
        ("2014-07-01", "2020-06-30", 2191, 71, 5),
        ("2014-06-30", "2020-06-30", 2192, 72, 6),
    ],
)
def test_days_months_and_years_between_count_whole_units(start, end, days, months, years, tmp_path):
    drawn = Drawn(f"household | village | a:date | b:date\nh1 | 200201 | {start} | {end}\nh2 | 200201 | {start} |")
    rules = dict.fromkeys(("days_between(a, b)", "months_between(a, b)", "years_between(a, b)"), "int")
    assert values(drawn, rules, tmp_path) == {"h1": [str(days), str(months), str(years)], "h2": [None] * 3}


def test_months_and_years_agree_on_every_pair_of_days_around_month_ends(tmp_path):
    days = [
        date(2019, 1, 1) + timedelta(days=n)
        for n in (*range(28, 31), 57, 58, 59, 89, *range(393, 396), *range(422, 427), 789, 790)
    ]
    lines = "\n".join(f"h{n}_{m} | 200201 | {a} | {b}" for n, a in enumerate(days) for m, b in enumerate(days))
    drawn = Drawn("household | village | a:date | b:date\n" + lines)
    told = values(drawn, {"months_between(a, b)": "int", "years_between(a, b)": "int"}, tmp_path)
    assert len(told) == len(days) ** 2


@pytest.mark.parametrize(
    ("start", "end", "months"),
    [("2020-01-31", "2020-02-29", 1), ("2020-05-31", "2020-06-30", 1), ("2020-05-30", "2020-06-30", 1)],
)
def test_a_month_is_completed_on_the_last_day_of_a_shorter_one(start, end, months):
    assert arithmetic.months_between(date.fromisoformat(start), date.fromisoformat(end)) == months


FAMILIES = """
household | village | kind:text
empty   | 200201 | a
one     | 200201 | a
unknown | 200202 | b
mixed   | 200202 |
"""
MEMBERS = """
member | household | wage:decimal | born:date | job:text | works:bool | months:int
m1 | one     | 100.10 | 2010-01-01 | farmer | true  | 3
m2 | unknown |        |            |        |       |
m3 | mixed   | 200.20 | 1950-05-05 | b      | true  | 5
m4 | mixed   | -50.00 | 2015-12-31 | a      | false | 0
m5 | mixed   |        | 2000-02-29 |        |       |
m6 | mixed   | 0.05   |            | 农民   | true  | 12
"""
DERIVED = """
rows = { type = "int", count = "member" }
earners = { type = "int", count = "member", where = "wage > 0" }
children = { type = "int", count = "member", where = "years_between(born, as_of) between 6 and 15" }
wages = { type = "decimal", sum = "member", of = "wage" }
good_wages = { type = "decimal", sum = "member", of = "wage", where = "wage is not null" }
months = { type = "int", sum = "member", of = "months", where = "works" }
least_wage = { type = "decimal", min = "member", of = "wage" }
most_wage = { type = "decimal", max = "member", of = "wage / 3", where = "works" }
eldest = { type = "date", min = "member", of = "born" }
last_job = { type = "text", max = "member", of = "job" }
first_job = { type = "text", min = "member", of = "job" }
some_work = { type = "bool", any = "member", of = "works" }
some_idle = { type = "bool", any = "member", of = "not works" }
all_work = { type = "bool", all = "member", of = "works" }
all_named = { type = "bool", all = "member", of = "works", where = "job is not null" }
whole = { type = "decimal", sum = "member", of = "months" }
per_head = { type = "decimal", is = "good_wages / rows" }
"""
AGGREGATED = {
    "empty": ["0", "0", "0", None, None, None, None, None, None, None, None, False, False, None, None, None, None],
    "one": [
        "1",
        "1",
        "1",
        "100.1",
        "100.1",
        "3",
        "100.1",
        "33.3666666667",
        "2010-01-01",
        "farmer",
        "farmer",
        True,
        False,
        True,
        True,
        "3",
        "100.1",
    ],
    "unknown": ["1", "0", "0", None, None, None, None, None, None, None, None, None, None, None, None, None, None],
    "mixed": [
        "4",
        "2",
        "0",
        None,
        "150.25",
        "17",
        "-50",
        "66.7333333333",
        "1950-05-05",
        "农民",
        "a",
        True,
        True,
        False,
        False,
        None,
        "37.5625",
    ],
}
NAMES = {line.split(" = ")[0]: line.split('"')[1] for line in DERIVED.strip().splitlines()}


@pytest.mark.parametrize("merge_rows", [True, False], ids=["by position", "by key"])
def test_counts_sums_extremes_and_quantifiers_over_no_rows_unknown_rows_and_mixed_rows(merge_rows, tmp_path):
    drawn = Drawn(FAMILIES, MEMBERS, merge_rows=merge_rows)
    assert values(drawn, NAMES, tmp_path, derived={"household": DERIVED}) == AGGREGATED


def test_aggregates_are_the_same_where_a_county_has_no_related_rows_at_all(tmp_path):
    drawn = Drawn(FAMILIES, MEMBERS.splitlines()[1])
    told = values(drawn, NAMES, tmp_path, derived={"household": DERIVED})
    assert set(map(tuple, told.values())) == {tuple(AGGREGATED["empty"])}


def test_rows_that_name_no_household_belong_to_nobody(tmp_path):
    members = MEMBERS + "m7 | nobody | 1.00 | | | |\nm8 | | 1.00 | | | |\n"
    drawn = Drawn(FAMILIES, members, merge_rows=False)
    assert values(drawn, NAMES, tmp_path, derived={"household": DERIVED}) == AGGREGATED


def test_a_sum_may_outgrow_sixty_four_bits_without_turning_negative(tmp_path):
    members = "member | household | much:decimal\n" + "\n".join(f"m{n} | h1 | 99999999999999.99" for n in range(2000))
    drawn = Drawn(ONE, members, arrow={"much": pa.decimal128(18, 2)})
    derived = {"household": 'total = { type = "decimal", sum = "member", of = "much" }'}
    assert values(drawn, {"total": "decimal"}, tmp_path, derived=derived) == {"h1": ["199999999999999980"]}


def test_a_member_is_asked_by_its_own_facts_where_its_household_is(tmp_path):
    drawn = Drawn(FAMILIES, MEMBERS)
    line = parameter("decimal", ("2020-01-01", Decimal(100)), ("2020-01-01", COUNTY + "200202", Decimal(150)))
    catalogue = catalogue_of(drawn, {"earns": "wage >= line"}, "member", parameters={"line": line})
    found = screened_by_both(drawn.write(tmp_path / "snapshot"), catalogue, tmp_path)
    assert [(f["subject_id"], f["place_code"][-6:], f["verdict"], f["evidence"]) for f in found] == [
        ("m2", "200202", "unknown", '{"wage":null,"line":150}'),
        ("m4", "200202", "not_met", '{"wage":-50,"line":150}'),
        ("m5", "200202", "unknown", '{"wage":null,"line":150}'),
        ("m6", "200202", "not_met", '{"wage":0.05,"line":150}'),
    ]


def test_among_that_is_false_or_unknown_does_not_ask(tmp_path):
    drawn = Drawn(FAMILIES, MEMBERS)
    catalogue = catalogue_of(drawn, {"working": "some_work"}, derived={"household": DERIVED}, among="kind = 'a'")
    found = screened_by_both(drawn.write(tmp_path / "snapshot"), catalogue, tmp_path)
    assert [(f["subject_id"], f["verdict"]) for f in found] == [("empty", "not_met")]


PLACES = """
household | village
township_line | 200201
village_line  | 201201
county_line   | 202202
other_county  | 530628200201
nowhere       |
abroad        | 110101200201
"""
LINE = parameter(
    "decimal",
    ("2019-01-01", Decimal(1)),
    ("2020-01-01", Decimal(2)),
    ("2020-07-01", Decimal(3)),
    ("2018-01-01", "53", Decimal("4.5")),
    ("2018-01-01", "530627", Decimal(5)),
    ("2018-01-01", "530627200", Decimal(6)),
    ("2020-01-01", "2020-06-30", "530627201201", Decimal(7)),
    ("2018-01-01", "2020-06-29", "530627200201", Decimal(8)),
)


def test_the_longest_place_wins_then_the_latest_from_and_the_last_day_counts(tmp_path):
    told = values(Drawn(PLACES), {"line": "decimal"}, tmp_path, parameters={"line": LINE})
    assert {id_: one for id_, (one,) in told.items()} == {
        "township_line": "6",
        "village_line": "7",
        "county_line": "5",
        "other_county": "4.5",
        "nowhere": "2",
        "abroad": "2",
    }


def test_a_place_outside_its_county_folder_has_the_parameters_of_the_place_it_names(tmp_path):
    drawn = Drawn(
        "household | county | village | n:int\n"
        "h1 | 530627 | 530627200201 | 1\nh2 | 530627 | 110101200201 | 1\nh3 | 530627 | | 1"
    )
    line = parameter("int", ("2020-01-01", 1), ("2020-01-01", "53", 2), ("2020-01-01", "530627", 3))
    only = parameter("text", ("2020-01-01", "530627", "here"))
    told = values(drawn, {"line": "int", "only": "text"}, tmp_path, parameters={"line": line, "only": only})
    assert told == {"h1": ["3", "here"], "h2": ["1", None], "h3": ["1", None]}


@pytest.mark.parametrize(
    ("as_of", "line"), [("2018-12-31", None), ("2019-12-31", "1"), ("2020-06-30", "2"), ("2020-07-01", "3")]
)
def test_a_parameter_has_the_value_of_the_day_and_none_before_the_first(as_of, line, tmp_path):
    drawn = Drawn("household | village | n:int\nh1 | 110101200201 | 1")
    day = date.fromisoformat(as_of)
    if day.year < 2020:  # standards in these tests hold from 2020 on
        assert LINE.at(day, "110101200201") == (None if line is None else Decimal(line))
    else:
        assert values(drawn, {"line": "decimal"}, tmp_path, parameters={"line": LINE}, as_of=day) == {"h1": [line]}


def test_parameters_are_of_every_type_and_may_be_without_any_value(tmp_path):
    told = values(
        Drawn(ONE),
        {"yes": "bool", "day": "date", "word": "text", "number": "int", "nothing": "decimal", "empty": "decimal"},
        tmp_path,
        parameters={
            "yes": parameter("bool", ("2020-01-01", True), ("2020-01-01", COUNTY, False)),
            "day": parameter("date", ("2020-01-01", date(2020, 2, 29))),
            "word": parameter("text", ("2020-01-01", 'a "b" 中'), ("2020-01-01", "53", "it's")),
            "number": parameter("int", ("2020-01-01", -5)),
            "nothing": parameter("decimal", ("2021-01-01", Decimal(1))),
            "empty": parameter("decimal"),
        },
    )
    assert told == {"h1": [False, "2020-02-29", "it's", "-5", None, None]}


def test_as_of_is_the_date_of_the_snapshot_for_households_and_for_related_rows(tmp_path):
    members = "member | household | born:date\nm1 | h1 | 2014-06-30\nm2 | h1 | 2014-07-01"
    derived = {"household": """six = { type = "int", count = "member", where = "years_between(born, as_of) >= 6" }"""}
    told = values(Drawn(ONE, members), {"six": "int", "as_of": "date"}, tmp_path, derived=derived)
    assert told == {"h1": ["1", "2020-06-30"]}


def test_facts_build_on_facts_in_any_order(tmp_path):
    derived = {
        "household": 'c = { type = "decimal", is = "b / 3" }\nb = { type = "decimal", is = "a * 10" }\n'
        'a = { type = "int", is = "n + 1" }'
    }
    told = values(Drawn(ONE), {"a": "int", "b": "decimal", "c": "decimal"}, tmp_path, derived=derived)
    assert told == {"h1": ["2", "20", "6.6666666667"]}


def test_a_tower_of_facts_stands_as_high_as_it_is_accepted(tmp_path):
    tower = 'f0 = { type = "int", is = "n + 1" }\n'
    tower += "\n".join(f'f{k} = {{ type = "int", is = "f{k - 1} + 1" }}' for k in range(1, 36))
    assert values(Drawn(ONE), {"f35": "int"}, tmp_path, derived={"household": tower}) == {"h1": ["37"]}


BILLS = """
bill | member | cost:decimal
b1 | m1 | 10.00
b2 | m1 | 5.55
b3 | m4 | 1.00
b4 | m6 |
"""
GRANDCHILDREN = {
    "member": 'cost = { type = "decimal", sum = "bill", of = "cost" }\nbills = { type = "int", count = "bill" }',
    "household": 'costs = { type = "decimal", sum = "member", of = "cost", where = "bills > 0" }\n'
    'bills = { type = "int", sum = "member", of = "bills" }\n'
    'ill = { type = "int", count = "member", where = "cost > 1" }',
}


@pytest.mark.parametrize("merge_rows", [True, False], ids=["by position", "by key"])
def test_a_table_of_a_table_is_added_up_twice(merge_rows, tmp_path):
    bills = BILLS.replace("b4", "b5 | m3 | 2.00\nb4") if not merge_rows else BILLS
    drawn = Drawn(FAMILIES, MEMBERS, bills, merge_rows=merge_rows)
    told = values(drawn, {"costs": "decimal", "bills": "int", "ill": "int"}, tmp_path, derived=GRANDCHILDREN)
    assert told == {
        "empty": [None, None, "0"],
        "one": ["15.55", "2", "1"],
        "unknown": [None, "0", "0"],
        "mixed": [None, "2" if merge_rows else "3", "0" if merge_rows else "1"],
    }


def test_a_second_subject_and_a_subject_without_a_place_stand_in_the_same_catalogue(tmp_path):
    drawn = Drawn(
        FAMILIES, MEMBERS, "village | county | road:bool\nv1 | 530627 | true\nv2 | 530627 | \nv3 | 990101 | false"
    )
    found = screened_by_both(
        drawn.write(tmp_path / "snapshot"), catalogue_of(drawn, {"has_road": "road"}, "village"), tmp_path
    )
    assert [(f["about"], f["subject_id"], f["place_code"], f["verdict"]) for f in found] == [
        ("village", "v2", "", "unknown"),
        ("village", "v3", "", "not_met"),
    ]


def test_a_column_that_the_snapshot_does_not_have_is_unknown(tmp_path):
    drawn = Drawn(NUMBERS)
    wide = Drawn(NUMBERS.strip().splitlines()[0] + " | later:decimal")
    catalogue = catalogue_of(wide, {"rule": "later > 3 or x > 5000"})
    found = screened_by_both(drawn.write(tmp_path / "snapshot"), catalogue, tmp_path)
    assert [f["evidence"] for f in found] == [
        '{"later":null,"x":-3.33}',
        '{"later":null,"x":4000}',
        '{"later":null,"x":null}',
    ]


@pytest.mark.parametrize("engine", ["reference", "duckdb"])
@pytest.mark.parametrize(
    ("declared", "stored"),
    [
        ("date", pa.string()),
        ("text", pa.int32()),
        ("bool", pa.int32()),
        ("int", pa.string()),
        ("decimal", pa.string()),
    ],
)
def test_a_column_of_another_type_is_refused_in_a_sentence(declared, stored, engine, tmp_path):
    from firmground.engines.standards.screening import screen

    drawn = Drawn(f"household | village | x:{declared}\nh1 | 200201 | ", arrow={"x": stored})
    catalogue = catalogue_of(drawn, {"rule": "x is not null"})
    with pytest.raises(Refusal, match=rf"household\.x is \w+, but facts.toml says {declared}"):
        screen(drawn.write(tmp_path / "snapshot"), catalogue, tmp_path / "to", engine=engine)


@pytest.mark.parametrize("engine", ["reference", "duckdb", "compiled"])
def test_half_a_person_is_refused_in_a_sentence(engine, tmp_path):
    from firmground.engines.standards.screening import screen

    drawn = Drawn("household | village | x:int\nh1 | 200201 | 3", arrow={"x": pa.float64()})
    catalogue = catalogue_of(drawn, {"rule": "x > 2"})
    drawn.rows["household"][0]["x"] = 2.5
    with pytest.raises(Refusal, match=r"household\.x .*not whole where facts\.toml says int"):
        screen(drawn.write(tmp_path / "snapshot"), catalogue, tmp_path / "to", engine=engine)


@pytest.mark.parametrize(
    ("declared", "stored", "given", "told"),
    [
        ("decimal", pa.float64(), 0.1, "0.1"),
        ("decimal", pa.float64(), float("nan"), None),
        ("decimal", pa.float32(), 0.5, "0.5"),
        ("decimal", pa.int64(), 7, "7"),
        ("decimal", pa.decimal128(20, 6), Decimal("1.234567"), "1.234567"),
        ("decimal", pa.decimal128(38, 12), Decimal("1.234567890123"), "1.2345678901"),
        ("int", pa.int8(), 7, "7"),
        ("int", pa.float64(), 7.0, "7"),
        ("int", pa.float64(), float("nan"), None),
        ("int", pa.decimal128(10, 0), Decimal(7), "7"),
        ("int", pa.uint32(), 7, "7"),
        ("int", pa.int64(), 2**62, str(2**62)),
        ("date", pa.timestamp("us"), datetime(2020, 2, 29, 23, 59), "2020-02-29"),
        ("date", pa.timestamp("s"), datetime(2020, 2, 29), "2020-02-29"),
        ("text", pa.large_string(), "中", "中"),
        ("text", pa.dictionary(pa.int32(), pa.string()), "中", "中"),
        ("text", pa.dictionary(pa.int8(), pa.string()), "中", "中"),
        ("text", pa.null(), None, None),
    ],
)
def test_columns_of_a_kindred_type_are_read_as_the_declared_one(declared, stored, given, told, tmp_path):
    drawn = Drawn(f"household | village | x:{declared}\nh1 | 200201 | ", arrow={"x": stored})
    drawn.rows["household"][0]["x"] = given
    assert values(drawn, {"x": declared}, tmp_path) == {"h1": [told]}


def test_several_files_in_one_county_are_one_county(tmp_path):
    writer = SnapshotWriter(tmp_path / "snapshot", as_of=date(2020, 6, 30))
    for part in (0, 1):
        ids = pa.array([f"h{part}{n}" for n in range(3)])
        household = pa.table(
            {
                "household_id": ids,
                "village_code": pa.array([COUNTY + "200201"] * 3),
                "n": pa.array([0, 1, None], pa.int32()),
            }
        )
        member = pa.table({"household_id": ids, "member_id": ids, "wage": pa.array([1, 2, 3], pa.int64())})
        for table, rows in (("household", household), ("member", member)):
            writer.write(table, COUNTY, rows)
            target = tmp_path / f"snapshot/{table}/county={COUNTY}"
            (target / "part-0.parquet").rename(target / f"part-{part + 1}.parquet")
            writer._files[f"{table}/county={COUNTY}/part-{part + 1}.parquet"] = writer._files.pop(
                f"{table}/county={COUNTY}/part-0.parquet"
            )
    drawn = Drawn("household | village | n:int", "member | household | wage:decimal")
    derived = {"household": 'wages = { type = "decimal", sum = "member", of = "wage" }'}
    catalogue = catalogue_of(drawn, {"rule": "wages < n"}, derived=derived)
    found = screened_by_both(writer.close(), catalogue, tmp_path)
    assert [(f["subject_id"], f["verdict"], f["evidence"]) for f in found] == [
        (f"h{part}{n}", verdict, f'{{"wages":{n + 1},"n":{n if n < 2 else "null"}}}')
        for part in (0, 1)
        for n, verdict in ((0, "not_met"), (1, "not_met"), (2, "unknown"))
    ]


@pytest.mark.parametrize(
    "text",
    [
        "plain",
        'say "so"',
        "it's",
        "back\\slash",
        "tab\tnew\nline",
        "\x01\x1f\x7f",
        "a\x00b",
        "\b\f\r",
        "农民é😀",
        "\u2028",
        "</script>",
        " ",
        "null",
    ],
)
def test_evidence_is_the_same_json_whatever_the_text_holds(text, tmp_path):
    drawn = Drawn("household | village | k:text\nh1 | 200201 | ")
    drawn.rows["household"][0]["k"] = text
    assert values(drawn, {"k": "text"}, tmp_path) == {"h1": [text]}


def test_evidence_tells_each_fact_and_parameter_once_in_the_order_they_are_read(tmp_path):
    drawn = Drawn(NUMBERS)
    line = {"line": parameter("decimal", ("2020-01-01", Decimal("5000.00")))}
    catalogue = catalogue_of(
        drawn,
        {"rule": "n > 100 and line < x and x < line and k = d_text"},
        derived={"household": 'd_text = { type = "text", is = "k" }'},
        parameters=line,
    )
    found = screened_by_both(drawn.write(tmp_path / "snapshot"), catalogue, tmp_path)
    assert [list(json.loads(f["evidence"])) for f in found] == [["n", "line", "x", "k", "d_text"]] * 3
    assert found[1]["evidence"] == '{"n":3,"line":5000,"x":4000,"k":"b","d_text":"b"}'


def test_names_that_are_words_of_sql_are_names_like_others(tmp_path):
    drawn = Drawn(
        "household | village | order:int | group:text | on:date | left:decimal\nh1 | 200201 | 3 | a | 2020-01-01 | 1.5"
    )
    assert values(drawn, ["order = 3", "group = 'a' and on < as_of", "left / order = 0.5"], tmp_path) == {
        "h1": [True] * 3
    }


def test_names_of_facts_may_be_those_the_engine_uses_inside(tmp_path):
    names = ("asked_0", "rule_0", "k", "short", "evidence", "value", "household_row", "filename", "about", "county")
    drawn = Drawn(
        "household | village | "
        + " | ".join(f"{n}:int" for n in names)
        + "\nh1 | 200201 | "
        + " | ".join("1" * len(names))
    )
    assert values(drawn, dict.fromkeys(names, "int"), tmp_path) == {"h1": ["1"] * len(names)}


def test_text_is_compared_letter_by_letter_in_the_order_of_unicode(tmp_path):
    rules = [
        "'a' < 'b'",
        "'B' < 'a'",
        "'' < 'a'",
        "'a' < 'é'",
        "'乡' > 'z'",
        "'a' = 'A'",
        "'10' < '9'",
        "'a ' = 'a'",
        "'\u00e9' = 'e\u0301'",
    ]
    assert values(Drawn(ONE), rules, tmp_path)["h1"] == [True, True, True, True, True, False, True, False, False]
