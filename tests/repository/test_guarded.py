"""Every table that speaks of a place is guarded, every table is audited, every write is an action somebody may do."""

import ast
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.db import connection

from firmground.officers.permissions import PERMISSIONS

SOURCE = Path(__file__).parents[2] / "src" / "firmground"
MODELS = [model for model in apps.get_models() if model.__module__.startswith("firmground.")]
PLACES = {"place_code", "village_code", "territory"}
WITHOUT_TRIGGER = {
    "TokenUse": "counts requests: each would be an entry", "Entry": "the trail itself", "Seal": "the trail itself",
    "AccountDay": "sums of postings, kept by the database alone; the proof of the books holds them against those",
    "Place": "public, loaded from the statistical codes; its changes are a register of their own",
    "PlaceChange": "a register of changes, never changed itself", "Listing": "public, loaded from the notice",
}  # fmt: skip


def of_place(model: Any) -> bool:
    """Whether a model's rows speak of a place, and hold more than what is public anyway."""
    columns = {field.column for field in model._meta.concrete_fields}
    return bool(columns & PLACES) and set(model.privacy.values()) != {"public"}


@pytest.mark.django_db
@pytest.mark.parametrize("model", [model for model in MODELS if of_place(model)], ids=lambda model: model.__name__)
def test_a_table_with_a_place_has_its_policies(model: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relrowsecurity, relforcerowsecurity FROM pg_class WHERE oid = %s::regclass", [model._meta.db_table]
        )
        assert cursor.fetchone() == (True, True), f"{model.__name__}: add Guarded to its migration"
        cursor.execute("SELECT count(*) FROM pg_policies WHERE tablename = %s", [model._meta.db_table])
        assert cursor.fetchone()[0] >= 2


@pytest.mark.django_db
@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_a_table_is_audited(model: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_trigger WHERE tgrelid = %s::regclass AND tgname LIKE 'audited_%%'",
            [model._meta.db_table],
        )
        (triggers,) = cursor.fetchone()
    if model.__name__ in WITHOUT_TRIGGER:
        assert not triggers
    else:
        assert triggers >= 2, f"{model.__name__}: add Audited to its migration"


@pytest.mark.django_db
def test_the_application_owns_nothing_and_goes_round_no_policy() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolsuper, rolbypassrls FROM pg_roles WHERE rolname = current_user")
        assert cursor.fetchone() == (False, False)
        cursor.execute("SELECT count(*) FROM pg_class WHERE relowner = current_user::regrole AND relpersistence = 'p'")
        assert cursor.fetchone() == (0,)


def verbs() -> dict[str, str]:
    """Every verb of the code, and the function that it is."""
    found = {}
    for path in SOURCE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            for each in getattr(node, "decorator_list", []):
                if isinstance(each, ast.Call) and getattr(each.func, "id", "") == "action":
                    argument = each.args[0]
                    assert isinstance(argument, ast.Constant)
                    found[str(argument.value)] = f"{path.stem}.{getattr(node, 'name', '')}"
    return found


def test_the_table_of_permissions_has_every_verb_and_no_other() -> None:
    assert set(verbs()) == set(PERMISSIONS)


WRITES = {"save", "create", "bulk_create", "update", "delete", "execute", "copy"}


def test_what_an_actions_file_writes_it_writes_in_actions() -> None:
    """Public functions that are no actions may call those that are; they write nothing themselves."""
    loose = []
    for path in SOURCE.glob("*/actions.py"):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
                decorators = [getattr(getattr(each, "func", None), "id", "") for each in node.decorator_list]
                called = {each.func.attr for each in ast.walk(node)
                          if isinstance(each, ast.Call) and isinstance(each.func, ast.Attribute)}  # fmt: skip
                if "action" not in decorators and called & WRITES:
                    loose.append(f"{path.parent.name}.{node.name}")
    assert loose == ["findings.count_households"], "it is called by an action, and by a migration"
