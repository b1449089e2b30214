"""The procedures that Firmground comes with are whole: words in both languages, roles that exist, days, gates; and the
manual is made from them."""

import re
import runpy
from dataclasses import replace
from pathlib import Path

import pytest

from firmground.common.home import CATALOGUE
from firmground.engines.procedures.declared import OWNER, Procedure, load_procedures
from firmground.engines.standards.catalogue import check, load
from firmground.engines.standards.explain import explain_subject
from firmground.engines.standards.proof import subject_of
from firmground.officers.models import Role

from .drawn import Drawn, catalogue_of, screened_by_both, summary_in
from .drawn_procedures import refusals

MANUAL = Path(__file__).parents[2] / "docs" / "manual"
CHECKED = load_procedures(CATALOGUE)
STANDARDS = load(CATALOGUE)
each_procedure = pytest.mark.parametrize("procedure", CHECKED.procedures.values(), ids=lambda procedure: procedure.id)


@each_procedure
def test_everything_a_procedure_names_has_words_in_both_languages(procedure: Procedure) -> None:
    steps = procedure.steps.values()
    named = {*procedure.opened_by, *procedure.outcomes, *procedure.steps, *_roles(procedure)}
    named |= {outcome for step in steps for outcome in step.leads_to}
    named |= {need for step in steps for outcome in step.leads_to for need in step.needed_for(outcome)}
    for name in named:
        chinese = procedure.word(name, "zh")
        assert re.search(r"[\u4e00-\u9fff]", chinese), (procedure.id, name, chinese)
        assert procedure.word(name, "en") != chinese, (procedure.id, name)
    for words in (procedure.title, procedure.law, *(step.law for step in steps if step.law)):
        assert words.keys() == {"en", "zh"}, (procedure.id, words)


@each_procedure
def test_only_roles_that_officers_hold_act_in_a_procedure(procedure: Procedure) -> None:
    assert _roles(procedure) - {OWNER} <= set(Role.values)


@each_procedure
def test_every_step_in_order_is_due_some_day(procedure: Procedure) -> None:
    """What a case is assigned to somebody for is due on the day agreed on with them."""
    own = [step for step in procedure.steps.values() if step.in_order and step.by != (OWNER,)]
    assert [step.id for step in own if step.within_days is None] == []


@each_procedure
def test_no_step_is_verified_by_nobody_who_could_be_somebody_else(procedure: Procedure) -> None:
    """Whoever decides that a problem is gone, or a household enters or leaves, verifies somebody's work."""
    ends = {
        "entered",
        "eliminated",
        "exited",
        "resolved",
        "helped",
        "to_monitoring",
        "fulfilled",
        "still_holds",
        "approved",
        "closed",
    } & set(procedure.outcomes)
    assert ends
    assert any(step.verifies for step in procedure.steps.values())


def test_gates_are_needed_by_a_procedure_about_the_same_subject_and_never_screened() -> None:
    needed = {
        (need.removeprefix("holds:"), procedure.about)
        for procedure in CHECKED.procedures.values()
        for step in procedure.steps.values()
        for outcome in step.leads_to
        for need in step.needed_for(outcome)
        if need.startswith("holds:")
    }
    gates = {(gate.id, gate.about) for gate in STANDARDS.standards.values() if not gate.screened}
    assert {name for name, _ in gates} == {"ready_for_elimination", "ready_for_exit"}
    # What decides the exit of a place is screened all year, too: there are few places, and everybody asks.
    assert {about for _, about in needed - gates} == {"village", "county"}
    assert gates <= needed


def test_a_gate_is_explained_with_the_numbers_that_keep_it_shut() -> None:
    gate = STANDARDS.standards["ready_for_exit"]
    example = next(example for example in gate.examples if example.says["en"] == "income a fen below")
    subject = subject_of("household", example.given, STANDARDS)
    [told] = explain_subject(STANDARDS, subject, example.as_of, standards=[gate])
    assert told.verdict == "not_met"
    assert any("3,999.99" in sentence and "4,000" in sentence for sentence in told.sentences), told.sentences


def test_a_gate_is_never_screened(tmp_path: Path) -> None:
    drawn = Drawn("""
        household | village | roof:bool
        old_li    | 200201  | false
    """)
    both = catalogue_of(drawn, {"sound": "roof", "ready": "roof"})
    gate = replace(both.standards["ready"], screened=False)
    catalogue = replace(both, standards={**both.standards, "ready": gate})
    found = screened_by_both(drawn.write(tmp_path / "snapshot"), catalogue, tmp_path)
    assert [(row["subject_id"], row["standard"]) for row in found] == [("old_li", "sound")]
    assert {row["standard"] for row in summary_in(tmp_path / "reference")} == {"sound"}


def test_a_gate_that_opens_a_procedure_is_refused_and_a_procedure_without_a_file_is_noted(tmp_path: Path) -> None:
    (tmp_path / "standards").mkdir()
    (tmp_path / "facts.toml").write_text(
        '[household]\nkey = "household_id"\nplace = "village_code"\n[household.facts]\nroof = { type = "bool" }\n',
        encoding="utf-8",
    )
    text = """
title = "The roof is sound"
about = "household"
law = "a law"
holds_from = 2020-01-01
met_when = "roof"
procedure = "repair"
author = "a"
checker = "b"
example = [{ says = "sound", given = { roof = true }, verdict = "met" },
           { says = "leaks", given = { roof = false }, verdict = "not_met" }]
"""
    file = tmp_path / "standards" / "roof.toml"
    file.write_text(text, encoding="utf-8")
    assert [*check(tmp_path).refusals, *check(tmp_path).notes] == []  # no procedures/ here: any name will do
    (tmp_path / "procedures").mkdir()
    (tmp_path / "procedures" / "housing.toml").touch()
    assert list(map(str, check(tmp_path).notes)) == [
        "standards/roof.toml: procedure: 'repair' is not in procedures/; there are housing"
    ]
    assert check(tmp_path).refusals == []
    file.write_text("screened = false" + text, encoding="utf-8")
    assert list(map(str, check(tmp_path).refusals)) == [
        "standards/roof.toml: procedure: a standard that is not screened finds nobody, so it opens no procedure"
    ]


def test_the_manuals_example_is_accepted_and_shows_every_key(tmp_path: Path) -> None:
    page = (MANUAL / "procedures.md").read_text(encoding="utf-8")
    [text] = re.findall(r"```toml procedures/need\.toml\n(.*?)```", page, re.DOTALL)
    assert refusals(tmp_path, text, name="need") == []


def test_the_page_of_procedures_is_up_to_date() -> None:
    maker = runpy.run_path(str(MANUAL / "make_procedure_pages.py"))
    written = (MANUAL / "procedures.md").read_text(encoding="utf-8")
    assert written == maker["page"](CHECKED, written), "run: python docs/manual/make_procedure_pages.py"


def _roles(procedure: Procedure) -> set[str]:
    steps = procedure.steps.values()
    roles = {role for step in steps for role in (*step.by, *(rise.to for rise in step.escalates))}
    return roles | {role for opened in procedure.opened_by.values() for role in opened}
