"""requirements.lock: every package by its hashes, none by an address."""

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")
PINNED = {name.lower() for name in re.findall(r"^([A-Za-z0-9._-]+)(?:\[.*\])?==", LOCK, re.MULTILINE)}


def test_it_names_no_address() -> None:
    assert not re.search(r"://|--(extra-)?index-url|--find-links|--trusted-host| @ ", LOCK)


def test_every_package_has_its_hashes() -> None:
    for entry in re.split(r"\n(?=\S)", LOCK.strip()):
        assert re.match(r"[A-Za-z0-9._-]+==\S+", entry), entry.splitlines()[0]
        assert "--hash=sha256:" in entry, entry.splitlines()[0]


def test_everything_that_the_project_asks_for_is_in_it() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    asked = [*project["dependencies"], *project["optional-dependencies"]["dev"]]
    names = {re.split(r"[\[<>=~! ;]", requirement)[0].lower() for requirement in asked}
    assert (
        names
        - {name.replace("_", "-") for name in PINNED}
        - PINNED
        - {n for n in names if n.replace("_", "-") in PINNED}
        == set()
    )


def test_every_library_has_its_line_in_the_decisions() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    said = (ROOT / "docs/decisions/0002-libraries.md").read_text(encoding="utf-8").lower()
    for requirement in [*project["dependencies"], *project["optional-dependencies"]["dev"]]:
        name = re.split(r"[\[<>=~! ;]", requirement)[0].lower()
        assert f"| {name} |" in said, f"docs/decisions/0002-libraries.md should say why {name}"
