"""What is declared has a conscience: a law, an author, somebody else who checked it, and a day to look again."""

import tomllib
from datetime import date
from pathlib import Path

import pytest

from firmground.common.home import CATALOGUE
from firmground.engines.procedures.declared import load_procedures
from firmground.engines.standards.catalogue import load

STANDARDS = sorted((CATALOGUE / "standards").glob("*.toml"))


@pytest.mark.parametrize("file", STANDARDS, ids=lambda file: file.stem)
def test_a_standard_is_reviewed_in_time_by_somebody_else(file: Path) -> None:
    said = tomllib.loads(file.read_text(encoding="utf-8"))
    assert all(law.strip() for law in said["law"].values())
    assert said["author"].strip()
    assert said["checker"].strip() not in ("", said["author"].strip())
    assert said["review_by"] >= date.today(), f"{file.name} was to be reviewed by {said['review_by']}"


def test_there_are_at_least_45_standards() -> None:
    assert len(STANDARDS) >= 45


@pytest.mark.parametrize("file", sorted((CATALOGUE / "parameters").glob("*.toml")), ids=lambda file: file.stem)
def test_every_value_of_a_parameter_has_its_law(file: Path) -> None:
    values = tomllib.loads(file.read_text(encoding="utf-8"))["value"]
    assert values
    for value in values:
        assert all(law.strip() for law in value["law"].values())
        assert isinstance(value["confirmed"], bool)


def test_a_procedure_is_about_what_its_standards_find_and_what_facts_know() -> None:
    """A finding about a member is answered for the household; any other for the very subject it is about."""
    catalogue, procedures = load(CATALOGUE), load_procedures(CATALOGUE).procedures
    own = {"issue", "order", "plan", "project"}  # subjects that are no register of facts
    for procedure in procedures.values():
        assert procedure.about in {*catalogue.tables, *own}, procedure.id
    for standard in catalogue.standards.values():
        if standard.procedure and standard.screened:
            about = "household" if standard.about == "member" else standard.about
            assert standard.procedure in procedures, standard.id
            assert procedures[standard.procedure].about == about, standard.id
