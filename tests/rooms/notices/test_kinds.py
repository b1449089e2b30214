"""What the catalogue may declare to hang on a board, and what it may not."""

from pathlib import Path

import pytest

from firmground.common.home import CATALOGUE
from firmground.notices.kinds import COLUMNS, KindsRefused, check_kinds, kinds, load_kinds

FACTS = """
[household]
key = "household_id"
place = "village_code"
[household.facts]
kind = { type = "text", values = ["poor", "exited"], label = { en = "Kind", zh = "户类型" }, class = "official" }
serious_illness = { type = "bool", class = "sensitive" }
[risk]
key = "risk_id"
of = "household"
[risk.facts]
risk = { type = "text", values = ["illness", "water"], class = "sensitive" }
"""
GOOD_COLUMNS = """
[head]
label = { en = "Head", zh = "户主" }
[kind]
fact = "household.kind"
[broad_risk]
label = "Risk"
broader_than = "risk.risk"
[broad_risk.values]
costs = { en = "costs", zh = "支出", of = ["illness"] }
living = { en = "living", zh = "生活", of = ["water"] }
"""
GOOD_KIND = """
title = { en = "Candidates", zh = "公示" }
law = "a law"
board = "village"
days = 5
objections = true
columns = ["head", "kind"]
says = "Read."
"""


@pytest.fixture
def catalogue(tmp_path: Path):
    """catalogue(columns=…, kind=…): a folder with one kind of notice, the good one where nothing is said."""

    def write(columns: str = GOOD_COLUMNS, kind: str = GOOD_KIND) -> Path:
        (tmp_path / "notices").mkdir(exist_ok=True)
        (tmp_path / "words.toml").write_text("", encoding="utf-8")
        (tmp_path / "facts.toml").write_text(FACTS, encoding="utf-8")
        (tmp_path / COLUMNS).write_text(columns, encoding="utf-8")
        (tmp_path / "notices" / "candidates.toml").write_text(kind, encoding="utf-8")
        return tmp_path

    return write


def test_every_kind_of_the_catalogue_is_accepted():
    assert check_kinds(CATALOGUE).refusals == []
    assert kinds()["monitoring_candidates"].days == 5
    assert set(kinds()) == {file.stem for file in (CATALOGUE / "notices").glob("*.toml")}


def test_a_good_one_is_accepted(catalogue):
    checked = load_kinds(catalogue())
    assert checked.kinds["candidates"].columns == ("head", "kind")
    assert checked.columns["broad_risk"].hung(["illness", "illness", "water"]) == ["costs", "living"]


@pytest.mark.parametrize("name", ["id_number", "phone", "bank_account", "serious_illness", "risk"])
def test_what_may_never_be_seen_is_refused_as_a_column(catalogue, name):
    refusals = check_kinds(catalogue(columns=GOOD_COLUMNS + f'\n[{name}]\nlabel = "Anything"\n')).refusals
    assert [(each.file, each.key) for each in refusals] == [(COLUMNS, name)]
    assert "may never stand on a notice" in refusals[0].message


def test_a_sensitive_fact_is_refused_under_any_other_name(catalogue):
    columns = GOOD_COLUMNS + '\n[remark]\nfact = "household.serious_illness"\n'
    refusals = check_kinds(catalogue(columns=columns)).refusals
    assert [(each.key, "sensitive" in each.message) for each in refusals] == [("remark.fact", True)]


@pytest.mark.parametrize(
    ("old", "new", "key", "says"),
    [
        ('columns = ["head", "kind"]', 'columns = ["head", "phone"]', "columns", "'phone' may not stand on a notice"),
        ('columns = ["head", "kind"]', "", "columns", "missing or empty"),
        ('columns = ["head", "kind"]', 'columns = ["head", "head"]', "columns", "twice"),
        ("days = 5", "days = 0", "days", "1 or more"),
        ("days = 5", "days = '5'", "days", "a number of whole days"),
        ('board = "village"', 'board = "wall"', "board", "'wall' is not one of village, township, county, portal"),
        ("objections = true", "", "objections", "is missing"),
        ('law = "a law"', "", "law", "is missing"),
        ("days = 5", "days = 5\ncolour = 'red'", "colour", "is not a key that is known here"),
    ],
)
def test_a_slip_in_a_kind_is_told_with_its_file_and_key(catalogue, old, new, key, says):
    refusals = check_kinds(catalogue(kind=GOOD_KIND.replace(old, new))).refusals
    assert refusals
    assert (refusals[0].file, refusals[0].key) == ("notices/candidates.toml", key)
    assert says in refusals[0].message


@pytest.mark.parametrize(
    ("old", "new", "key", "says"),
    [
        ('of = ["water"]', "of = []", "broad_risk.values", "leaves out water of risk.risk"),
        ('of = ["water"]', 'of = ["water", "illness"]', "broad_risk.values.living.of", "stands under 'costs', too"),
        ('of = ["water"]', 'of = ["water", "fire"]', "broad_risk.values.living.of", "'fire' is no code of risk.risk"),
        ("household.kind", "household.colour", "kind.fact", "is not a fact of facts.toml"),
        ('label = "Risk"', "", "broad_risk.label", "is missing"),
    ],
)
def test_a_slip_in_a_column_is_told_with_its_key(catalogue, old, new, key, says):
    refusals = check_kinds(catalogue(columns=GOOD_COLUMNS.replace(old, new))).refusals
    assert (key, True) in [(each.key, says in each.message) for each in refusals], refusals


def test_a_folder_with_slips_is_not_loaded_and_all_of_them_are_told(catalogue):
    with pytest.raises(KindsRefused, match="days: must be 1 or more") as refused:
        load_kinds(catalogue(kind=GOOD_KIND.replace("days = 5", "days = 0").replace('law = "a law"', "")))
    assert len(refused.value.refusals) == 2
