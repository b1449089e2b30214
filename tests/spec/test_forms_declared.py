"""Forms of steps as they are declared: what is read, and what is refused with its file and key."""

from pathlib import Path

import pytest

from firmground.engines.procedures.declared import check_procedures

PROCEDURE = """
title = "A look"
about = "household"
law = "a law"
outcomes = ["well", "ill"]
[[step]]
id = "look"
by = "village_worker"
needs_for = { ill = ["form:record"] }
leads_to = { well = "well", ill = "ill" }
[step.then.ill]
sets = { kind = "record.grade" }
"""
FORM = """
title = "A record"
[[field]]
name = "grade"
type = "choice"
class = "official"
label = "Grade"
values = { a = "A", b = "B" }
required_for = ["ill"]
[[field]]
name = "seen"
type = "int"
class = "official"
label = "Seen"
[[check]]
holds = "seen >= 0 and grade <> 'b'"
says = "Nobody can have seen fewer than nobody."
"""


def told(folder: Path, form: str, procedure: str = PROCEDURE) -> list[str]:
    for name, content in (("procedures/look", procedure), ("forms/record", form)):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / f"{name}.toml").write_text(content, encoding="utf-8")
    return [str(refused) for refused in check_procedures(folder).refusals]


def test_a_form_is_read_with_its_questions_and_checks(tmp_path: Path) -> None:
    assert told(tmp_path, FORM) == []
    form = check_procedures(tmp_path).forms["record"]
    assert [field.name for field in form.fields] == ["grade", "seen"]
    assert form.fields[0].choices["b"] == {"en": "B"}
    assert len(form.checks) == 1


@pytest.mark.parametrize(
    ("instead_of", "written", "message"),
    [
        ('type = "int"', 'type = "number"', "forms/record.toml: field seen.type: 'number' is not one of text, bool"),
        ('class = "official"', 'class = "secret"', "field grade.class: 'secret' is not one of public, official"),
        ('name = "seen"', 'name = "grade"', "name: 'grade' is no name, or stands twice"),
        ('label = "Seen"', 'label = "Seen"\ncolour = "red"', "field seen.colour: is not a key that is known here"),
        ("seen >= 0", "sawn >= 0", "check[1].holds: "),
        ("seen >= 0", "seen + 1", "check[1].holds: "),
        ('required_for = ["ill"]', 'required_for = ["dead"]', "field grade.required_for: 'dead' is no outcome"),
        ('values = { a = "A", b = "B" }', "", "field grade.values: write either values or values_of"),
        ('values = { a = "A", b = "B" }', 'values_of = "household.size"', "'household.size' is not a fact with"),
        ('title = "A record"', "", "forms/record.toml: title: is missing"),
    ],
)
def test_a_slip_in_a_form_is_told_with_its_place(tmp_path: Path, instead_of: str, written: str, message: str) -> None:
    assert any(message in said for said in told(tmp_path, FORM.replace(instead_of, written, 1)))


def test_a_procedure_takes_only_what_its_form_asks(tmp_path: Path) -> None:
    (said,) = told(tmp_path, FORM, PROCEDURE.replace("record.grade", "record.degree"))
    assert said == (
        "procedures/look.toml: step look.then.ill.kind: the form 'record' does not ask 'degree'; it asks grade, seen"
    )
