"""What is declared is whole: accepted, signed, dated, sourced, in both languages, and nothing lies about unused."""

import re
import tomllib
from collections.abc import Mapping
from datetime import date
from pathlib import Path

from firmground.engines.standards.catalogue import Catalogue, Checked
from firmground.engines.standards.declared import Standard
from firmground.engines.standards.tree import Node, names_in

FROM_MEMORY = {"en": ("from memory", "no source gives a number"), "zh": ("凭记忆，未核实", "无文件规定数值")}
CHINESE = re.compile(r"[\u2e80-\u9fff\uff01-\uff60]")
# The statistics bureau's line is there to be compared with published figures; no household is judged by it.
ONLY_FOR_COMPARISON = {"nbs_poverty_line"}
# Hung on notices; a village's, which is worked out alike, is judged.
ONLY_PUBLISHED = {("county", "incidence")}
# Days and limits that a room reads, not a standard.
READ_BY_ROOMS = {
    "application_answered_within_days", "campaign_deadline", "campaign_remaining_most", "help_after_issue_days",
    "issue_days_severity_1", "issue_days_severity_2", "issue_days_severity_3",
}  # fmt: skip
# Facts that other facts build on, with the standard that asks the same question alone, with the numbers in sight.
ASKED_ALONE = {
    "dwelling_safe": "housing_safe",
    "water_enough": "water_enough",
    "water_clean": "water_clean",
    "water_near": "water_near",
    "water_reliable": "water_reliable",
    "water_safe": "water_safe",
    "children_all_schooled": "children_in_school",
}


def test_the_whole_folder_is_accepted_without_a_note(checked: Checked) -> None:
    assert checked.refusals == []
    assert checked.notes == []
    assert len(checked.standard_ids) >= 45


def test_every_standard_is_signed_by_two_and_comes_up_for_review(catalogue: Catalogue) -> None:
    for standard in catalogue.standards.values():
        assert standard.title.keys() == {"en", "zh"}, standard.id
        assert len({standard.author, standard.checker, ""}) == 3, standard.id
        assert standard.review_by is not None, standard.id
        assert standard.review_by > date.today(), standard.id
        assert standard.owner, standard.id
        if standard.screened:
            assert standard.answer_within_days, standard.id
            assert standard.plausible_share_failing is not None, standard.id
        assert standard.task in range(1, 11), standard.id


def test_law_reason_and_examples_are_said_to_each_reader_in_his_own_language(catalogue: Catalogue) -> None:
    said: list[tuple[str, Mapping[str, str]]] = []
    for standard in catalogue.standards.values():
        said += [(standard.id, words) for words in (standard.title, standard.law, standard.why)]
        said += [(standard.id, example.says) for example in standard.examples]
    for parameter in catalogue.parameters.values():
        said += [(parameter.name, words) for words in (parameter.title, *(row.law for row in parameter.values))]
    said += [(table.name, table.label) for table in catalogue.tables.values()]
    for where, words in said:
        assert words.keys() == {"en", "zh"}, (where, words)
        assert not CHINESE.search(words["en"]), (where, words["en"])
        assert CHINESE.search(words["zh"]) or words["en"].replace(",", "").isdigit(), (where, words["zh"])


def test_examples_that_differ_in_english_differ_in_chinese(catalogue: Catalogue) -> None:
    for standard in catalogue.standards.values():
        said = {(example.says["en"], example.says["zh"]) for example in standard.examples}
        assert len(said) == len({en for en, _ in said}) == len({zh for _, zh in said}), (standard.id, said)


def test_every_standard_shows_by_example_whom_it_does_not_ask(catalogue: Catalogue) -> None:
    for standard in catalogue.standards.values():
        verdicts = {example.verdict for example in standard.examples}
        assert verdicts >= {"met", "not_met"}, standard.id
        assert not standard.among or "not_asked" in verdicts, standard.id


def test_a_data_standard_says_so_in_its_title(catalogue: Catalogue) -> None:
    for standard in catalogue.standards.values():
        is_data = standard.id.startswith("data_")
        assert standard.title["en"].startswith("Data: ") == is_data, standard.id
        assert standard.title["zh"].startswith("数据：") == is_data, standard.id


def test_thresholds_are_unconfirmed_exactly_where_they_come_from_memory(catalogue: Catalogue) -> None:
    for parameter in catalogue.parameters.values():
        assert parameter.title.keys() == {"en", "zh"}, parameter.name
        assert parameter.unit or parameter.type == "date", parameter.name
        assert parameter.values, parameter.name
        for row in parameter.values:
            for language, phrases in FROM_MEMORY.items():
                from_memory = any(words in row.law[language].lower() for words in phrases)
                assert row.confirmed != from_memory, (parameter.name, language, row)


def test_every_fact_has_a_label_in_both_languages_and_a_class(catalogue: Catalogue) -> None:
    for table in catalogue.tables.values():
        for fact in table.facts.values():
            assert fact.label.keys() == {"en", "zh"}, (table.name, fact.name)
            assert fact.class_, (table.name, fact.name)


def test_every_derived_fact_and_every_threshold_is_read_by_a_standard(catalogue: Catalogue) -> None:
    read: set[tuple[str, str]] = set()
    for standard in catalogue.standards.values():
        read |= behind(catalogue, standard)
    derived = {(t.name, f.name) for t in catalogue.tables.values() for f in t.facts.values() if f.kind == "derived"}
    assert derived - read == ONLY_PUBLISHED
    assert {name for name in catalogue.parameters if ("", name) not in read} == ONLY_FOR_COMPARISON | READ_BY_ROOMS


def test_a_question_asked_of_its_own_and_as_part_of_another_is_worded_once(catalogue: Catalogue, folder: Path) -> None:
    facts = tomllib.loads((folder / "facts.toml").read_text(encoding="utf-8"))["household"]["facts"]
    for fact, standard in ASKED_ALONE.items():
        if fact != standard:  # a standard of the fact's name may build on it
            assert catalogue.tables["household"].facts[fact].formula is not None
        assert " ".join(facts[fact]["is"].split()) == " ".join(catalogue.standards[standard].met_when.split())


def behind(catalogue: Catalogue, standard: Standard) -> set[tuple[str, str]]:
    """All that a standard depends on: (table, fact), and ("", parameter)."""
    found: set[tuple[str, str]] = set()

    def visit(table: str, *nodes: Node | None) -> None:
        for name in names_in(*nodes):
            fact = catalogue.tables[table].facts.get(name)
            key = (table, name) if fact is not None else ("", name)
            if key in found:
                continue
            found.add(key)
            if fact is not None:
                visit(table, fact.formula)
                if fact.aggregate is not None:
                    visit(fact.aggregate.table, fact.aggregate.of, fact.aggregate.where)

    visit(standard.about, standard.rule, standard.asked_of)
    return found
