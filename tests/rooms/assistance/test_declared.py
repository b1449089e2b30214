"""What assistance.toml declares agrees with the facts and standards, and a slip in it is refused where it is."""

import re
import shutil
import tomllib
from pathlib import Path

import pytest

from firmground.assistance.declared import load
from firmground.common.errors import Refusal
from firmground.common.home import CATALOGUE

DECLARED = load(CATALOGUE)
FACTS = tomllib.loads((CATALOGUE / "facts.toml").read_text(encoding="utf-8"))


def codes_in(fact: str) -> set[str]:
    """The codes that the condition of a household's fact names."""
    return set(re.findall(r"'(\w+)'", FACTS["household"]["facts"][fact]["where"]))


@pytest.mark.parametrize(
    ("risk", "fact"),
    [
        ("illness", "last_measure_against_illness_on"),
        ("schooling", "last_measure_against_schooling_on"),
        ("housing", "last_measure_for_housing_on"),
        ("water", "last_measure_for_water_on"),
    ],
)
def test_a_risk_is_answered_by_the_measures_that_the_standards_count(risk: str, fact: str) -> None:
    assert set(DECLARED.answering(risk)) == codes_in(fact)


@pytest.mark.parametrize(
    ("type_", "fact"), [("development", "measures_of_development"), ("protection", "measures_of_protection")]
)
def test_a_type_holds_the_measures_that_the_standards_count(type_: str, fact: str) -> None:
    assert {name for name, kind in DECLARED.kinds.items() if kind.of == type_} == codes_in(fact)


def test_every_help_that_a_standard_names_is_a_measure() -> None:
    for file in (CATALOGUE / "standards").glob("*.toml"):
        named = tomllib.loads(file.read_text(encoding="utf-8")).get("assistance", [])
        assert set(named) <= set(DECLARED.kinds), file.stem


def test_the_nearest_telephone_is_called(tmp_path: Path) -> None:
    more = '[[complaints]]\nplace = "53"\ntelephone = "0871-1"\nlaw.en = "example"\nconfirmed = false\n'
    declared = load(catalogue_with(tmp_path, "", "", more))
    assert (declared.telephone("530627102201"), declared.telephone("522326001201")) == ("0871-1", "12317")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('departments = ["housing"]', 'departments = ["houses"]', "measure.housing.departments: 'houses' is no"),
        ('departments = ["water"]', "departments = []", "measure.water.departments: names nobody"),
        ('measures = ["water"]', 'measures = ["well"]', "risk.water.measures: 'well' is no measure"),
        ("[risk.water]", "[risk.flood]", "risk.water: is missing"),
        ("[risk.water]", "[risk.flood]", "risk.flood: is no risk of facts.toml"),
        ('of = "protection"', 'of = "mercy"', "measure.social_protection.of: 'mercy' is not one of"),
        ('labour = "full"', 'labour = "half"', "rule[2].labour: 'half' is not one of"),
        ('within = "measures_within_months"', 'within = "soon"', "rule[3].within: 'soon' is no parameter"),
        ('id = "protect_first"', 'id = "develop"', "rule[3].id: 'develop' stands here twice"),
        ('telephone = "12317"', 'telefon = "12317"', "complaints[1].telephone: is missing"),
        ("discreet = true", 'discreet = "yes"', "measure.health.discreet: must be true or false"),
        ('place = ""', 'place = "Yunnan"', "complaints[1].place: 'Yunnan' is no code"),
    ],
)
def test_a_slip_is_refused_with_its_key(tmp_path: Path, old: str, new: str, said: str) -> None:
    with pytest.raises(Refusal) as refused:
        load(catalogue_with(tmp_path, old, new))
    assert f"assistance.toml: {said}" in str(refused.value)


def test_all_slips_are_told_at_once(tmp_path: Path) -> None:
    folder = catalogue_with(tmp_path, 'measures = ["water"]', "measures = []", "nonsense = 1\n", before=True)
    with pytest.raises(Refusal) as refused:
        load(folder)
    assert "risk.water.measures: nothing answers this risk" in str(refused.value)
    assert "assistance.toml: nonsense: is not a key" in str(refused.value)


def catalogue_with(to: Path, old: str, new: str, more: str = "", before: bool = False) -> Path:
    """The catalogue in force, with something else in assistance.toml."""
    folder = to / "catalogue"
    (folder / "parameters").mkdir(parents=True)
    for name in ("facts.toml", "departments.toml"):
        shutil.copy(CATALOGUE / name, folder)
    for file in (CATALOGUE / "parameters").glob("*.toml"):
        shutil.copy(file, folder / "parameters")
    text = (CATALOGUE / "assistance.toml").read_text(encoding="utf-8")
    assert old in text
    text = text.replace(old, new, 1)
    (folder / "assistance.toml").write_text(more + text if before else text + more, encoding="utf-8")
    return folder
