"""What is declared has a conscience: a law, an author, somebody else who checked it, and a day to look again."""

import tomllib
from datetime import date
from pathlib import Path

import pytest

from firmground.common.home import CATALOGUE

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
