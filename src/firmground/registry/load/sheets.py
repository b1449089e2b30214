"""A sheet of cells, all of them as text: what every form of file is read into.

A number of a spreadsheet becomes text here: 3 for 3.0, and in scientific form from 10^15 on, where a spreadsheet keeps
15 digits only, so that a column that must be exact can see that its digits are lost.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

import pyarrow as pa

MEGABYTE = 1024 * 1024
EXACT_BELOW = 1e15
Cells = list[str]


@dataclass(frozen=True)
class Body:
    """The rows under a sheet's headings. `broken` are rows that are none: number -> its cells, and why."""

    rows: pa.Array  # int32, numbered as the reader sees them, from 1
    cells: list[pa.Array]  # string, never null
    broken: dict[int, tuple[Cells, str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Sheet:
    """One sheet of a file: its first rows, to find the headings in, and the rest when they are found."""

    name: str  # "" where a file is one sheet
    top: Sequence[Cells]
    body: Callable[[int, int], Body]  # (first row counted from 0, width)
    dates_1904: bool = False


@dataclass(frozen=True)
class Contents:
    """What a file holds, and what the reader should know of what was passed over."""

    sheets: Sequence[Sheet]
    notes: Sequence[str] = ()


def as_text(cell: object) -> str:
    """A cell's value as text."""
    if type(cell) is str:
        return cell
    if type(cell) is float:
        if cell.is_integer() and abs(cell) < EXACT_BELOW:
            return str(int(cell))
        return repr(cell) if abs(cell) < EXACT_BELOW else f"{cell:.14E}"
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == time() else cell.isoformat(sep=" ", timespec="seconds")
    if isinstance(cell, date | time | timedelta):
        return str(cell)
    return str(cell)
