"""What the catalogue declares is read again when its files change, also by loads and live judging."""

import shutil
from pathlib import Path
from typing import Any

import pytest

from firmground.common import files
from firmground.common.errors import Refusal
from firmground.common.in_force import catalogue_in_force, kept
from firmground.registry import declared
from firmground.registry.columns import base_facts, tables

BEDDING = "[household.facts.bedding]"


@pytest.fixture
def catalogue(tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A catalogue of our own in force, looked at for changes every time."""
    folder = tmp_path / "catalogue"
    shutil.copytree(settings.FIRMGROUND_CATALOGUE, folder)
    settings.FIRMGROUND_CATALOGUE = str(folder)
    monkeypatch.setattr(files, "LOOK_AGAIN", 0)
    return folder


def test_a_fact_that_is_added_is_known_everywhere_without_a_restart(catalogue: Path) -> None:
    said = (catalogue / "facts.toml").read_text(encoding="utf-8")
    assert "stove" not in base_facts(catalogue_in_force())["household"]
    assert "stove" not in declared.catalogue().tables["household"].facts
    before = tables(catalogue_in_force())
    assert tables(catalogue_in_force()) is before
    more = '[household.facts.stove]\ntype = "bool"\nlabel = { en = "Stove", zh = "炉灶" }\nclass = "personal"\n'
    (catalogue / "facts.toml").write_text(said + more, encoding="utf-8")
    assert base_facts(catalogue_in_force())["household"]["stove"] == "bool"
    assert "stove" in declared.catalogue().tables["household"].facts
    assert tables(catalogue_in_force()) is not before


def test_what_is_refused_is_not_kept(catalogue: Path) -> None:
    read = []

    @kept("facts.toml")
    def refused(folder: Path) -> None:
        read.append(folder)
        raise Refusal("not yet")

    for _ in range(2):
        with pytest.raises(Refusal):
            refused(catalogue)
    assert len(read) == 2
