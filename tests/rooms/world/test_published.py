"""The world beside the published figures, and the manual beside both."""

import re
from datetime import date
from pathlib import Path

import pytest

from firmground.common.errors import Refusal
from firmground.engines.snapshot import Snapshot, SnapshotWriter
from firmground.world.published import FIGURES, as_table, compare, put_into_manual

MANUAL = Path(__file__).parents[3] / "docs" / "manual" / "world.md"


def test_a_world_of_fifty_thousand_is_near_every_published_figure(wide_world: Snapshot) -> None:
    far = [
        f"{one.figure.what}: published {one.figure.value}, the world {one.world:.2f}"
        for one in compare(wide_world.folder)
        if abs(one.difference) > one.figure.within
    ]
    assert far == []


def test_the_manual_shows_every_published_figure_with_its_source() -> None:
    said = MANUAL.read_text(encoding="utf-8")
    rows = re.findall(r"^\| (.+?) \| ([\d.]+) (?:%|persons) \| ([\d.]+) .*? \| ([+-][\d.]+) \| (.+?) \|", said, re.M)
    shown = {what: (float(value), float(world), source) for what, value, world, _, source in rows}
    assert shown.keys() == {figure.what for figure in FIGURES}
    for figure in FIGURES:
        value, world, source = shown[figure.what]
        assert value == pytest.approx(figure.value, abs=0.005)
        assert source == figure.source
        assert abs(world - figure.value) <= figure.within


def test_the_generated_part_of_a_page_is_replaced_and_nothing_else(tmp_path: Path, small_world: Snapshot) -> None:
    page = tmp_path / "page.md"
    page.write_text(
        "before\n<!-- compared: generated -->\nof last year\n<!-- compared: end -->\nafter\n", encoding="utf-8"
    )
    put_into_manual(page, "compared", as_table(compare(small_world.folder)))
    said = page.read_text(encoding="utf-8")
    assert said.startswith("before\n<!-- compared: generated -->\n| Figure |")
    assert said.endswith("<!-- compared: end -->\nafter\n")
    assert "of last year" not in said


def test_a_page_without_marks_is_refused(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("nothing to write into", encoding="utf-8")
    with pytest.raises(Refusal, match="no marks"):
        put_into_manual(page, "compared", "table")


def test_a_snapshot_that_is_no_world_is_refused(tmp_path: Path) -> None:
    SnapshotWriter(tmp_path / "s", as_of=date(2020, 6, 30)).close()
    with pytest.raises(Refusal, match="no world"):
        compare(tmp_path / "s")
