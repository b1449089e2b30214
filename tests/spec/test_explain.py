"""What a household falls short of, told in English and in Chinese, word for word, over a small catalogue."""

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from firmground.engines.standards.catalogue import Catalogue, load
from firmground.engines.standards.explain import Explanation, explain_subject
from firmground.engines.standards.proof import subject_of
from firmground.engines.standards.wording import derivation, in_unit

AS_OF = date(2020, 6, 30)
FACTS = """
[household]
key = "household_id"
place = "village_code"
label = { en = "households", zh = "户" }
[household.facts]
kind = { type = "text", values = ["poor", "exited"], label = { en = "Kind of household", zh = "户类型" } }
income = { type = "decimal", unit = "yuan", label = { en = "Net income", zh = "纯收入" } }
surveyed_on = { type = "date", label = { en = "Surveyed on", zh = "入户核查日期" } }
members = { type = "int", unit = "persons", count = "member", label = { en = "Members", zh = "人口数" } }
[household.facts.income_per_head]
type = "decimal"
unit = "yuan a head"
is = "income / members"
label = { en = "Income per head", zh = "人均纯收入" }
[household.facts.out_of_school]
type = "int"
count = "member"
where = "dropped_out"
label = { en = "Children out of school", zh = "失学儿童" }
[household.facts.not_stated]
type = "int"
count = "member"
where = "dropped_out is null"
label = { en = "Children of whom it is not stated", zh = "就学状态未填儿童" }
[member]
key = "member_id"
of = "household"
label = { en = "members", zh = "人口" }
[member.facts]
dropped_out = { type = "bool", label = { en = "Dropped out", zh = "辍学" } }
"""
LINE = """
type = "decimal"
unit = "yuan a head"
title = { en = "Monitoring line", zh = "监测线" }
[[value]]
from = 2020-01-01
value = 5000
law = { en = "from memory", zh = "凭记忆" }
confirmed = false
"""
MULTIPLE = """
type = "decimal"
title = { en = "Multiple of the line", zh = "监测线倍数" }
[[value]]
from = 2020-01-01
value = 2
law = "nowhere written"
"""
WORDS = """
[values.unit]
persons = { zh = "人" }
yuan = { zh = "元" }
"yuan a head" = { zh = "元/人" }
"count of member" = { zh = "人" }
"""
STANDARD = """
title = {title}
about = "household"
law = {law}
holds_from = 2020-01-01
met_when = "{rule}"
author = "a"
checker = "b"
[[example]]
says = {{ en = "well", zh = "达标" }}
given = {{ {met} }}
verdict = "met"
[[example]]
says = "not well"
given = {{ {not_met} }}
verdict = "not_met"
"""
LAW = '{ en = "Guidance of 2020", zh = "2020年指导意见" }'
STANDARDS = {
    "income": {
        "title": '{ en = "Income is twice the line", zh = "收入达到监测线两倍" }',
        "law": LAW,
        "rule": "kind = 'poor' or income_per_head >= line * multiple",
        "met": "income_per_head = 10000",
        "not_met": "kind = 'exited', income_per_head = 9999.99",
    },
    "school": {
        "title": '{ en = "No child is out of school", zh = "无失学儿童" }',
        "law": LAW,
        "rule": "members > 0 and case when out_of_school > 0 then false when not_stated = 0 then true end",
        "met": "member = [{ dropped_out = false }]",
        "not_met": "member = [{ dropped_out = true }]",
    },
    "survey": {
        "title": '"Seen since spring"',
        "law": '"A law without a translation"',
        "rule": "surveyed_on >= date '2020-03-01'",
        "met": "surveyed_on = 2020-03-01",
        "not_met": "surveyed_on = 2020-02-29",
    },
}
FAMILY = {"kind": "exited", "income": 29000, "member": [{"dropped_out": True}, {"dropped_out": False}, {}]}


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory: pytest.TempPathFactory) -> Catalogue:
    folder: Path = tmp_path_factory.mktemp("catalogue")
    files = {"facts": FACTS, "words": WORDS, "parameters/line": LINE, "parameters/multiple": MULTIPLE}
    files |= {f"standards/{name}": STANDARD.format(**said) for name, said in STANDARDS.items()}
    for name, text in files.items():
        file = folder / f"{name}.toml"
        file.parent.mkdir(exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return load(folder)


def told(catalogue: Catalogue, given: dict[str, Any], language: str) -> dict[str, Explanation]:
    subject = subject_of("household", given, catalogue)
    return {each.standard: each for each in explain_subject(catalogue, subject, AS_OF, language)}


@pytest.mark.parametrize(
    ("language", "heading", "sentences"),
    [
        (
            "en",
            "Income is twice the line: falls short",
            [
                "At least one of these should hold: (1) Kind of household is exited, but must be poor; "
                "(2) Income per head is 9,666.67 yuan a head, but must be at least 10,000 yuan a head "
                "(Monitoring line × Multiple of the line).",
                "Income per head comes from Net income 29,000 yuan, Members 3 persons.",
                "Not yet confirmed by a source: Monitoring line; Multiple of the line.",
                "Law: Guidance of 2020.",
            ],
        ),
        (
            "zh",
            "收入达到监测线两倍：未达标",
            [
                "以下至少一项应成立：(1) 户类型为exited，应为poor；"
                "(2) 人均纯收入为9,666.67 元/人，应不低于10,000 元/人（监测线 × 监测线倍数）。",
                "人均纯收入由以下数据得出：纯收入 29,000 元、人口数 3 人。",
                "以下数值的依据尚未核实：监测线；监测线倍数。",
                "依据：2020年指导意见。",
            ],
        ),
    ],
)
def test_thresholds_not_confirmed_are_named_in_one_sentence(
    catalogue: Catalogue, language: str, heading: str, sentences: list[str]
) -> None:
    income = told(catalogue, FAMILY, language)["income"]
    assert income.heading == heading
    assert income.sentences == sentences


def test_a_case_is_told_by_the_condition_that_decided(catalogue: Catalogue) -> None:
    school = told(catalogue, FAMILY, "en")["school"]
    assert school.verdict == "not_met"
    assert school.sentences == [
        "Children out of school is 1, but must be at most 0.",
        "Members is counted from 3 rows of members.",
        "Children out of school is counted from 3 rows of members.",
        "Children of whom it is not stated is counted from 3 rows of members.",
        "Law: Guidance of 2020.",
    ]


def test_a_case_left_unknown_is_told_by_what_would_have_settled_it(catalogue: Catalogue) -> None:
    school = told(catalogue, {"member": [{}]}, "zh")["school"]
    assert school.verdict == "unknown"
    assert school.heading == "无失学儿童：情况不明"
    assert school.sentences == [
        "就学状态未填儿童为1 人，应为0 人。",
        "人口数由人口的1条记录统计得出。",
        "失学儿童由人口的1条记录统计得出。",
        "就学状态未填儿童由人口的1条记录统计得出。",
        "依据：2020年指导意见。",
    ]


@pytest.mark.parametrize(
    ("language", "sentences"),
    [
        (
            "en",
            [
                "Surveyed on is 29 February 2020, but must not be before 1 March 2020.",
                "Law: A law without a translation.",
            ],
        ),
        ("zh", ["入户核查日期为2020年2月29日，应不早于2020年3月1日。", "依据：A law without a translation。"]),
    ],
)
def test_plain_text_is_shown_to_every_reader(catalogue: Catalogue, language: str, sentences: list[str]) -> None:
    survey = told(catalogue, {"surveyed_on": date(2020, 2, 29)}, language)["survey"]
    assert survey.sentences == sentences


def test_what_is_met_is_told_with_its_law_alone(catalogue: Catalogue) -> None:
    assert told(catalogue, {"kind": "poor"}, "zh")["income"].sentences == ["依据：2020年指导意见。"]


@pytest.mark.parametrize(
    ("fact", "english", "chinese"),
    [
        ("income", "", ""),
        ("income_per_head", "Net income ÷ Members", "纯收入 ÷ 人口数"),
        ("members", "number of members", "人口的数量"),
        ("not_stated", "number of members where Dropped out is not known", "人口（辍学无记录）的数量"),
    ],
)
def test_how_a_fact_is_worked_out_is_told_in_words(catalogue: Catalogue, fact: str, english: str, chinese: str) -> None:
    known = catalogue.tables["household"].facts[fact]
    assert (derivation(catalogue, known, "en"), derivation(catalogue, known, "zh")) == (english, chinese)


@pytest.mark.parametrize(
    ("value", "unit", "english", "chinese"),
    [
        (Decimal("3512.4"), "yuan", "3,512.40 yuan", "3,512.40 元"),
        (Decimal("4000.00"), "yuan", "4,000 yuan", "4,000 元"),
        (Decimal("0.375"), "share", "37.5%", "37.5%"),
        (12, "days", "12 days", "12 days"),
        (Decimal("0.00125"), "", "0.0012", "0.0012"),
        (2, "count of member", "2", "2 人"),
    ],
)
def test_a_number_carries_its_unit(catalogue: Catalogue, value: Any, unit: str, english: str, chinese: str) -> None:
    assert (in_unit(catalogue, value, unit, "en"), in_unit(catalogue, value, unit, "zh")) == (english, chinese)
