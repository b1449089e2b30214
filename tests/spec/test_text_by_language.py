"""Law and examples are text, or text by language; anything else is refused with a sentence."""

from pathlib import Path

import pytest

from firmground.engines.standards.catalogue import check

FACTS = """
[household]
key = "household_id"
[household.facts]
safe = { type = "bool" }
"""
STANDARD = """
title = "Safe"
about = "household"
holds_from = 2020-01-01
met_when = "safe"
author = "a"
checker = "b"
%s
[[example]]
says = %s
given = { safe = true }
verdict = "met"
[[example]]
says = "not safe"
given = { safe = false }
verdict = "not_met"
%s"""
BY_LANGUAGE = ' in quotes, or by language as { en = "...", zh = "..." }'
OF_LAW = "the law or document it comes from" + BY_LANGUAGE


def refusals(folder: Path, law: str = 'law = "x"', says: str = '"safe"', more: str = "") -> list[str]:
    (folder / "standards").mkdir()
    (folder / "facts.toml").write_text(FACTS, encoding="utf-8")
    (folder / "standards" / "safe.toml").write_text(STANDARD % (law, says, more), encoding="utf-8")
    return [str(refused) for refused in check(folder).refusals]


@pytest.mark.parametrize("law", ['"x"', '{ en = "x" }', '{ zh = "某某办法" }', '{ en = "x", zh = "某某办法" }'])
def test_a_law_in_any_language_is_accepted(tmp_path: Path, law: str) -> None:
    assert refusals(tmp_path, law=f"law = {law}") == []


@pytest.mark.parametrize(
    ("law", "sentence"),
    [
        ("", f"is missing; write {OF_LAW}"),
        ('law = ""', f"must be {OF_LAW}"),
        ('law = "  "', f"must be {OF_LAW}"),
        ("law = {}", f"must be {OF_LAW}"),
        ('law = { en = "x", zh = "" }', f"must be {OF_LAW}"),
        ('law = { en = "x", zh = 1 }', f"must be {OF_LAW}"),
        ("law = 2020", f"must be {OF_LAW}"),
    ],
)
def test_a_standard_without_a_law_is_refused(tmp_path: Path, law: str, sentence: str) -> None:
    assert refusals(tmp_path, law=law) == [f"standards/safe.toml: law: {sentence}"]


def test_an_example_that_says_nothing_is_refused(tmp_path: Path) -> None:
    message = f"must be what the example shows{BY_LANGUAGE}"
    assert refusals(tmp_path, says='{ en = "" }') == [f"standards/safe.toml: example[1].says: {message}"]


def test_an_example_that_comes_out_otherwise_is_named_in_english(tmp_path: Path) -> None:
    wrong = '[[example]]\nsays = { zh = "不明", en = "nobody knows" }\ngiven = {}\nverdict = "met"\n'
    assert refusals(tmp_path, more=wrong) == [
        "standards/safe.toml: example[3]: 'nobody knows' comes out unknown, not met (safe = unknown)"
    ]
