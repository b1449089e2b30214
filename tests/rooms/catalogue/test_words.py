"""Every code has words in both languages, every column a header, and no word stands for two things."""

import tomllib
import unicodedata
from pathlib import Path

import pytest

from firmground.engines.standards.catalogue import Catalogue
from firmground.engines.standards.wording import unit_of_fact
from firmground.registry.models import REGISTERS

# Worked out when a snapshot is taken, so no file brings them.
WORKED_OUT = {(table, fact) for table, model in REGISTERS.items() for fact in model.COMPUTED}
KEYS = {"household": {"household_id", "village_code"}, "living": {"household_id", "village_code"}}


@pytest.fixture(scope="module")
def words(folder: Path) -> dict[str, dict[str, dict[str, dict[str, object]]]]:
    return tomllib.loads((folder / "words.toml").read_text(encoding="utf-8"))


def test_every_code_has_words_in_both_languages_and_no_code_is_invented(catalogue: Catalogue, words) -> None:
    expected = {
        f"{table.name}.{fact.name}": set(fact.values)
        for table in catalogue.tables.values()
        for fact in table.facts.values()
        if fact.values
    }
    said = {fact: set(codes) for fact, codes in words["values"].items()}
    units = {unit_of_fact(fact) for table in catalogue.tables.values() for fact in table.facts.values()}
    units |= {parameter.unit for parameter in catalogue.parameters.values()}
    offices = {office for each in catalogue.standards.values() for office in (each.author, each.checker)}
    said.pop("verb"), said.pop("change")  # of the audit
    assert said == {**expected, "bool": {"true", "false"}, "unit": units - {""}, "office": offices}
    for group in (*words["values"].values(), *words["headers"].values()):
        for code, word in group.items():
            measure_word = code.startswith("count of ")  # English has none
            assert all([measure_word or word["en"], word["zh"]]), code


def test_every_base_fact_has_a_header_with_its_own_label(catalogue: Catalogue, words) -> None:
    headers = words["headers"]
    for table in catalogue.tables.values():
        for fact in table.facts.values():
            if fact.kind == "derived" or (table.name, fact.name) in WORKED_OUT:
                continue
            header = headers[table.name].get(fact.name) or headers["living"][fact.name]
            assert header["zh"] == fact.label["zh"], (table.name, fact.name)


def test_every_file_names_its_rows_and_what_they_speak_of(catalogue: Catalogue, words) -> None:
    assert set(words["headers"]) == {*catalogue.tables, "living"}
    for name, columns in words["headers"].items():
        of = catalogue.tables[name].of or catalogue.tables[name].place if name in catalogue.tables else None
        of = catalogue.tables[of].key if of in catalogue.tables else of
        assert KEYS.get(name, {f"{name}_id", of}) <= set(columns), name


@pytest.mark.parametrize("kind", ["values", "headers"])
def test_no_word_stands_for_two_things(words, kind: str) -> None:
    for group, entries in words[kind].items():
        if group == "unit":  # only shown, never read: 人 serves persons and a count of members
            continue
        means: dict[str, str] = {}
        for code, word in entries.items():
            for said in (code, word.get("en", code), word["zh"], *word.get("also", [])):
                assert means.setdefault(_plain(said), code) == code, (
                    f"{group}: '{said}' is {code} and {means[_plain(said)]}"
                )


def _plain(said: str) -> str:
    return "".join(unicodedata.normalize("NFKC", said).split()).lower()
