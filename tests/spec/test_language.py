"""What is in the language and what is not; whatever is refused is refused in a sentence, at its character."""

import pytest

from firmground.engines.standards.checking import NotInTheLanguage
from firmground.engines.standards.language import MOST_LEVELS, is_a_name, parse
from firmground.engines.standards.tree import And, Arithmetic, Compare, Literal, Not, Or, depth

NAMES = {"income": "decimal", "line": "decimal", "poor": "bool", "kind": "text", "n": "int", "born": "date"}


def refused(text: str, expected: str | None = "bool") -> NotInTheLanguage:
    with pytest.raises(NotInTheLanguage) as caught:
        parse(text, NAMES, expected, " of household", {"wage": "member"})
    return caught.value


@pytest.mark.parametrize(
    "text",
    [
        "poor",
        "not poor",
        "NOT poor AND poor",
        "income < line",
        "income<=line",
        "n <> 3",
        "n != 3",
        "n = -5",
        "n = - -5",
        "income between 0 and 4000.00",
        "income not between line and 1",
        "kind in ('a')",
        "kind not in ('a', null)",
        "n is null",
        "n is not null",
        "case when poor then 1 else 2.5 end > income",
        "case n when 1 then poor end",
        "n = null",
        "n + 1 - 2 * 3 / 4 > income",
        "(((poor)))",
        "born >= date '2020-02-29'",
        "born < DATE'2020-02-29'",
        "as_of > born",
        "kind = '--'",
        "kind = '/* no comment */'",
        "kind = 'it''s'",
        "kind = ''",
        "kind = '中文 ; drop table'",
        "coalesce(n, income, 0) = 0",
        "coalesce(poor)",
        "greatest(born, as_of) = as_of",
        "least(kind, 'b') = 'b'",
        "abs(n) = 1 and round(income) = 1 and round(income, 10) = 1 and floor(n) = 1 and ceil(income) = 1",
        "days_between(born, as_of) + months_between(born, as_of) > years_between(as_of, born)",
        "Round(n) = ABS(n)",
        "income = .5 or income = 5. or income = 1e3",
        "income = 99999999999999.9999999999",
        "n\n=\t1",
        "n = 1\u3000and poor",
        "true",
        "false or poor",
        "poor = true",
        "n between 3 and 1",
    ],
)
def test_this_is_in_the_language(text):
    assert parse(text, NAMES, "bool").type == "bool"


@pytest.mark.parametrize(
    ("text", "at", "says"),
    [
        # statements, sub-queries, comments, several expressions
        ("select 1", 1, "begins a statement"),
        ("SELECT income FROM household", 1, "begins a statement"),
        ("from household select income", 1, "begins a statement"),
        ("with a as (select 1) select 1", 1, "begins a statement"),
        ("drop table household", 1, "begins a statement"),
        ("insert into a values (1)", 1, "begins a statement"),
        ("delete from household", 1, "begins a statement"),
        ("update household set income = 1", 1, "begins a statement"),
        ("pragma version", 1, "begins a statement"),
        ("set income = 1", 1, "begins a statement"),
        ("call f(1)", 1, "begins a statement"),
        ("values (1)", 1, "begins a statement"),
        ("(select 1) = n", 2, "sub-query"),
        ("n in (select 1)", 7, "sub-query"),
        ("n = 1 union select 1", 13, "sub-query"),
        ("exists (select 1)", 1, "not a function"),
        ("n = 1; drop table household", 6, "one expression"),
        ("n = 1;", 6, "one expression"),
        ("n = 1, 2", 6, "not a complete expression"),
        ("n = 1 -- why", 7, "comments"),
        ("n = 1 /* why */", 7, "comments"),
        ("n = 1 # why", 7, "not a complete expression"),
        ("income < 5 income", 12, "not a complete expression"),
        ("n as x", 3, "not a complete expression"),
        ("n = 1 order by n", 7, "not a complete expression"),
        # casts and dates
        ("n::int = 1", 2, "casts"),
        ("cast(n as int) = 1", 1, "not a function"),
        ("try_cast(n as int) = 1", 1, "not a function"),
        ("born > timestamp '2020-01-01'", 18, "casts"),
        ("born > '2020-01-01'", 8, "date '2020-06-30'"),
        ("born > date '2020-02-30'", 8, "not a date"),
        ("born > date '2020-2-3'", 8, "not a date"),
        ("born > date '30.06.2020'", 8, "not a date"),
        ('born > date "2020-01-01"', 13, "double quotes"),
        ("date('2020-01-01') < born", 1, "not a function"),
        ("born + 1 > as_of", 1, "days_between"),
        ("as_of - born > 3", 1, "days_between"),
        ("interval '1' day = n", 10, "'interval'"),
        # functions off the list, aggregates
        ("now() > born", 1, "the functions are"),
        ("current_date > born", 1, "'current_date'"),
        ("poor and upper(kind) = 'A'", 10, "the functions are"),
        ("count(n) > 1", 1, "declare a fact that counts"),
        ("COUNT(*) > 1", 1, "declare a fact that counts"),
        ("poor and sum(income) > 1", 10, "declare a fact that counts"),
        ("any(poor)", 1, "declare a fact that counts"),
        ("abs(n) over () = 1", 8, "not a function"),
        ("abs(n => 1) = 1", 1, "'abs' is not in the language"),
        ("if(poor, 1, 2) = 1", 1, "not a function"),
        ("abs() = 1", 5, "not a complete expression"),
        ("abs(n, n) = 1", 9, "not a complete expression"),
        ("round(income, 2, 3) = 1", 1, "round takes 1 value, and after it perhaps a number of places"),
        ("floor(income, 2) = 1", 7, "floor takes 1 value"),
        ("round(income, n) = 1", 15, "places from 0 to 10"),
        ("round(income, 11) = 1", 15, "places from 0 to 10"),
        ("round(income, -1) = 1", 16, "places from 0 to 10"),
        ("years_between(born) = 1", 1, "takes 2 values"),
        ("months_between(born, born, true) = 1", 1, "takes 2 values"),
        ("days_between(born, n) = 1", 20, "takes dates"),
        ("coalesce(n, ) = 1", 13, "a value is missing"),
        ("greatest(poor, poor)", 1, "numbers, dates or text"),
        # operators off the list
        ("kind like 'a%'", 6, "'like'"),
        ("kind || 'a' = 'b'", 6, "'||'"),
        ("n % 2 = 0", 3, "'%'"),
        ("n ^ 2 = 0", 3, "'^'"),
        ("n div 2 = 0", 3, "'div'"),
        ("n is distinct from 1", 3, "'is'"),
        ("poor is true", 6, "is null"),
        ("n[0] = 1", 2, "'['"),
        ("n between symmetric 3 and 1", 3, "symmetric"),
        ("n = ?", 5, "'?'"),
        ("n = :x", 5, "':'"),
        ("n = @x", 5, "'@'"),
        ("kind = 'a' collate nocase", 12, "'collate'"),
        # names
        ("incme < 5", 1, "is 'income' meant?"),
        ("INCOME < 5", 1, "is 'income' meant?"),
        ("poor and lines > 5", 10, "is 'line' meant?"),
        ("wage > 5", 1, "it is a fact of member"),
        ("household.income < 5", 1, "without its table"),
        ("农户 = 1", 1, "neither a fact of household nor a parameter"),
        ("n = 1\u200b", 6, ""),
        ("n ＝ 1", 3, ""),
        ("n = “a”", 5, ""),
        ("*", 1, "'*' alone"),
        # types
        ("n", 1, "true or false is needed"),
        ("income + 1", 1, "true or false is needed"),
        ("null", 1, "true or false is needed"),
        ("poor = 1", 8, "cannot be compared"),
        ("n = 'a'", 5, "cannot be compared"),
        ("kind in ('a', 3)", 15, "cannot be compared"),
        ("poor < poor", 1, "= and <> only"),
        ("poor between false and true", 1, "numbers, dates or text"),
        ("not n", 5, "a condition"),
        ("poor and n", 10, "a condition"),
        ("n or poor", 1, "a condition"),
        ("case when n then 1 end = 1", 11, "a condition"),
        ("case when poor then 1 else 'a' end = 1", 28, "must agree"),
        ("kind + 1 = 2", 1, "a number is needed"),
        ("- kind = 'a'", 3, "a number is needed"),
        ("1 < 2 < 3", 9, "cannot be compared"),
        # numbers, lists, quotes, ends
        ("n = 100000000000000", 5, "too long"),
        ("income = 0.00000000001", 10, "too long"),
        ("n = 1e99999999999", 5, "too long"),
        ("n = " + "9" * 5000, 5, "too long"),
        ("n in ()", 3, "a list in brackets"),
        ("n in 1", 3, "a list in brackets"),
        ("(n, n) in ((1, 2))", 2, "a list"),
        ("kind = 'abc", 8, "does not end"),
        ("kind = 'it's'", 13, "does not end"),
        ('kind = "abc"', 8, "single quotes"),
        ("income <", 8, "not a complete expression"),
        ("(income < 5", 11, "not a complete expression"),
        ("income < 5)", 11, "not a complete expression"),
        ("n = 1 and", 7, "not a complete expression"),
        ("n\n= 1\nand", 7, "not a complete expression"),
        ("n between 1", 11, "not a complete expression"),
    ],
)
def test_this_is_refused_at_its_character(text, at, says):
    error = refused(text)
    assert says in str(error)
    assert f"at character {at}:" in str(error)


@pytest.mark.parametrize(
    "text", ["", " ", "\n\t", "()", "'", '"', "\\", "\0", "\ufeff", "😀", "((", "))", ",", "not", "-", "1", "🧨 = 1"]
)
def test_scraps_are_refused_in_a_sentence(text):
    assert str(refused(text))


@pytest.mark.parametrize(
    "text",
    [
        "(" * 500 + "poor" + ")" * 500,
        " and ".join(["poor"] * 2000),
        "not " * 2000 + "poor",
        "n = " + " + ".join(["n"] * 2000),
        "n = " + "-(" * 500 + "n" + ")" * 500,
        "n = " + "coalesce(" * 300 + "n" + ")" * 300,
        "n = " + "case when poor then " * 300 + "1" + " end" * 300,
        " or ".join(["poor"] * (MOST_LEVELS + 1)),
    ],
)
def test_what_is_nested_too_deeply_is_told_so(text):
    assert "nested too deeply" in str(refused(text))


def test_long_lists_and_wide_expressions_are_no_trouble():
    assert parse(f"n in ({', '.join(map(str, range(5000)))})", NAMES, "bool").type == "bool"
    chain = parse(" or ".join(f"n = {k}" for k in range(MOST_LEVELS - 2)), NAMES, "bool")
    assert depth(chain) == MOST_LEVELS - 1


def test_operators_bind_as_in_sql():
    assert isinstance(parse("true or true and false", NAMES), Or)
    assert isinstance(parse("not poor and poor", NAMES), And)
    assert isinstance(parse("not n = 3", NAMES), Not)
    assert isinstance(parse("not n between 1 and 2", NAMES), Not)
    assert isinstance(parse("poor = (n = 3)", NAMES), Compare)
    difference = parse("n - 1 - 2", NAMES)
    assert isinstance(difference, Arithmetic)
    assert isinstance(difference.left, Arithmetic)
    product = parse("n / 2 * 3", NAMES)
    assert isinstance(product, Arithmetic)
    assert product.operator == "*"
    sum_ = parse("-n + n", NAMES)
    assert isinstance(sum_, Arithmetic)
    assert sum_.operator == "+"


def test_whole_numbers_are_ints_and_quotients_always_decimals():
    assert {
        text: parse(text, NAMES).type for text in ("n", "n + 1", "n / 1", "n * 1.0", "floor(income)", "1e2", "abs(n)")
    } == {
        "n": "int",
        "n + 1": "int",
        "n / 1": "decimal",
        "n * 1.0": "decimal",
        "floor(income)": "int",
        "1e2": "decimal",
        "abs(n)": "int",
    }


def test_an_int_stands_where_a_decimal_is_wanted_and_not_the_other_way_round():
    assert parse("n", NAMES, "decimal").type == "int"
    assert "a whole number is needed" in str(refused("income", "int"))


def test_a_double_quote_or_a_semicolon_inside_text_is_only_text():
    literal = parse("kind = '\"; -- ''x'''", NAMES).right
    assert isinstance(literal, Literal)
    assert literal.value == "\"; -- 'x'"


def test_many_words_of_sql_are_names_and_those_that_cannot_be_are_known():
    assert all(map(is_a_name, ("order", "group", "end", "date", "year", "left", "load", "set")))
    assert not any(map(is_a_name, ("case", "null", "and")))
