"""Every field of every model says who may see it."""

import tomllib

import pytest
from django.apps import apps
from django.db.models import Model

from firmground.common.home import CATALOGUE
from firmground.registry.models import REGISTERS

CLASSES = ["public", "official", "personal", "sensitive"]  # from the most open to the most closed
MODELS = [model for model in apps.get_models() if model.__module__.startswith("firmground.")]
# What identifies a person, wherever it stands.
IDENTIFYING = {"name": "personal", "id_number": "sensitive", "phone": "personal", "bank_account": "sensitive"}


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_every_field_is_classed(model: type[Model]) -> None:
    classed = model.privacy  # type: ignore[attr-defined]
    assert set(classed) == {field.name for field in model._meta.concrete_fields}
    assert set(classed.values()) <= set(CLASSES)


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_what_identifies_a_person_is_never_open(model: type[Model]) -> None:
    for name, said in model.privacy.items():  # type: ignore[attr-defined]
        if name in IDENTIFYING:
            assert CLASSES.index(said) >= CLASSES.index(IDENTIFYING[name]), name


def test_a_fact_is_classed_the_same_in_the_register_and_in_the_catalogue() -> None:
    declared = tomllib.loads((CATALOGUE / "facts.toml").read_text(encoding="utf-8"))
    compared = 0
    for table, register in REGISTERS.items():
        facts = declared["household" if table == "living" else table]["facts"]
        for name, said in register.privacy.items():
            if name in facts:
                assert said == facts[name]["class"], f"{table}.{name}"
                compared += 1
    assert compared > 100
