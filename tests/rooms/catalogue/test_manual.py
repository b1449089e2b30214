"""The manual is right: its example is accepted, its numbers come out, its refusals are those that are given."""

import re
import runpy
from pathlib import Path

import pytest

from firmground.engines.standards.catalogue import Catalogue, check
from firmground.engines.standards.checking import NotInTheLanguage
from firmground.engines.standards.language import parse
from firmground.engines.standards.reference import evaluate

MANUAL = Path(__file__).parents[3] / "docs" / "manual"
PAGE = (MANUAL / "standards.md").read_text(encoding="utf-8")
NAMES = {"members": "int", "kind": "text"}


def rows_of_table(heading: str) -> list[tuple[str, str]]:
    """The first two cells of each row of the tables with that heading."""
    rows = []
    for table in PAGE.split(f"\n{heading}\n")[1:]:
        for line in table.splitlines()[1:]:
            if not line.startswith("|"):
                break
            expression, value = re.match(r"\| `(.*?)` \| (.*?) \|", line).groups()
            rows.append((expression, value))
    return rows


def test_the_whole_example_is_accepted(tmp_path: Path) -> None:
    files = re.findall(r"```toml (\S+)\n(.*?)```", PAGE, re.DOTALL)
    assert [name for name, _ in files] == [
        "facts.toml",
        "parameters/first_school_age.toml",
        "standards/children_in_school.toml",
    ]
    for name, text in files:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    checked = check(tmp_path)
    assert [*checked.refusals, *checked.notes] == []


@pytest.mark.parametrize(("expression", "value"), rows_of_table("| expression | value | because |"))
def test_worked_numbers_come_out(expression: str, value: str) -> None:
    found = evaluate(parse(expression, {}), lambda _: None)
    shown = "unknown" if found is None else str(found).lower() if isinstance(found, bool) else str(found)
    assert shown == value


@pytest.mark.parametrize(("expression", "message"), rows_of_table("| you write | it says |"))
def test_refusals_say_what_the_manual_says(expression: str, message: str) -> None:
    with pytest.raises(NotInTheLanguage) as refused:
        parse(expression, NAMES, "bool", " of household")
    assert str(refused.value) == message


def test_the_page_of_the_catalogue_is_up_to_date(catalogue: Catalogue) -> None:
    maker = runpy.run_path(str(MANUAL / "make_catalogue_pages.py"))
    written = (MANUAL / "catalogue.md").read_text(encoding="utf-8")
    assert written == maker["page"](catalogue), "run: python docs/manual/make_catalogue_pages.py"
    assert {standard.task for standard in catalogue.standards.values()} <= set(maker["TASKS"])
