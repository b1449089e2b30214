"""Places as rows of a table: a name, an address, and what is counted there."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.urls import reverse

from firmground.findings.tallies import TASKS, PlaceTally
from firmground.places.names import romanised
from firmground.web.pages.asked import sorted_by


@dataclass
class Row(PlaceTally):
    """A place with its counts, and the rows below it where the table groups."""

    code: str = ""
    name: str = ""
    below: list["Row"] = field(default_factory=list)

    @property
    def address(self) -> str:
        return reverse("place", args=[self.code]) if self.code else reverse("nation")

    @property
    def fallen(self) -> int:
        """Closed findings as a change: they count downwards."""
        return -self.closed


def row(code: str, name: str, tally: PlaceTally | None) -> Row:
    """A place's row; a place where nobody was screened counts nothing."""
    counted = tally or PlaceTally()
    made = Row(code=code, name=name)
    made.add(counted)
    return made


def total(code: str, name: str, rows: Iterable[PlaceTally]) -> Row:
    """The row of a place that all these make up."""
    made = Row(code=code, name=name)
    for each in rows:
        made.add(each)
    return made


COLUMNS = [
    *("code", "name", "households", "opened", "closed"),
    *(f"{task}-{what}" for task in TASKS for what in ("short", "share", "unknown")),
]


def in_order(rows: list[Row], column: str, down: bool) -> list[Row]:
    """Rows sorted by one of COLUMNS; by code where that is equal."""
    return sorted_by(sorted(rows, key=lambda row: row.code), lambda row: _cell(row, column), down)


def _cell(row: Row, column: str) -> Any:
    if column == "name":
        return romanised(row.name)  # Chinese names in the order of their pinyin
    task, _, what = column.partition("-")
    if not what:
        return getattr(row, column)
    tally = row.tasks[int(task)]
    if what == "share":
        return tally.short / row.households if row.households else None
    return getattr(tally, what)


def table(rows: Iterable[Row]) -> tuple[list[str], list[list[Any]]]:
    """The rows as a file has them: headings and cells."""
    headings = ["code", "name", "households"]
    for task in TASKS:
        name = f"task_{task}"
        headings += [f"{name}_fall_short", f"{name}_not_known"]
    cells = [
        [row.code, row.name, row.households]
        + [count for task in TASKS for count in (row.tasks[task].short, row.tasks[task].unknown)]
        + [row.opened, row.closed]
        for row in rows
    ]
    return [*headings, "findings_opened", "findings_closed"], cells
