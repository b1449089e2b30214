"""The rooms stand in one order: in the import contract, in the README, and on the disk."""

import ast
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CONTRACTS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]["contracts"]
LAYERS = [room.strip() for layer in CONTRACTS[0]["layers"] for room in layer.split("|")]
HERE = {"flow"}  # a file, not a room: what follows from what
ROOMS = sorted(path.parent.name for path in (ROOT / "src" / "firmground").glob("*/__init__.py"))


def test_imports_keep_the_contracts() -> None:
    done = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{len(CONTRACTS)} kept, 0 broken" in done.stdout


def test_the_contract_knows_every_room() -> None:
    assert sorted(set(LAYERS) - HERE) == ROOMS


def test_the_readme_lists_the_rooms_in_the_order_in_which_data_flow() -> None:
    tree = (ROOT / "README.md").read_text(encoding="utf-8").split("src/firmground/", 1)[1].split("```", 1)[0]
    assert re.findall(r"^  (\w+)(?:/|\.py)", tree, re.MULTILINE) == list(reversed(LAYERS))


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_has_a_sign(room: str) -> None:
    tree = ast.parse((ROOT / "src" / "firmground" / room / "__init__.py").read_text(encoding="utf-8"))
    assert ast.get_docstring(tree), f"src/firmground/{room}/__init__.py should say what the room is for"


def test_no_drawer_for_everything() -> None:
    drawers = {"utils", "util", "helpers", "helper", "services", "misc", "tools", "common"}
    found = [path for path in (ROOT / "src").rglob("*.py") if path.stem in drawers]
    assert not found, "a subject names a file, never a kind of thing"


@pytest.mark.django_db
def test_every_change_of_a_model_has_its_migration() -> None:
    from django.core.management import call_command

    call_command("makemigrations", check=True, dry_run=True, verbosity=0)
