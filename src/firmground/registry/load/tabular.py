"""A file with known headings that fills no register: its rows one by one, each cell under the name of its column.

Weekly sheets and files of payments are read so. Titles above the headings, several sheets, the encodings and the
damage of files are what they are for registers.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from collections.abc import Set as AnySet
from dataclasses import dataclass, field
from pathlib import Path

from django.utils.translation import gettext

from firmground.common.errors import Refusal
from firmground.registry.columns import even
from firmground.registry.load import rejects
from firmground.registry.load.cleaning import RefusedRow
from firmground.registry.load.headings import REJECT_HEADINGS
from firmground.registry.load.reading import read
from firmground.registry.load.sheets import Sheet

Known = Callable[[AnySet[str]], bool]


@dataclass(frozen=True)
class Row:
    """A row of a file. `said`: its cells by the name of their column; `broken`: why nobody can read it, or ""."""

    sheet: str
    number: int
    cells: tuple[str, ...]
    said: Mapping[str, str]
    broken: str = ""

    def refused(self, why: object) -> RefusedRow:
        return RefusedRow(self.sheet, self.number, self.cells, str(why))


@dataclass
class Tabular:
    """What a file holds.

    Attributes:
        headings: of each sheet that was read, as they stand. aside: headings that nobody knows.
    """

    headings: dict[str, Sequence[str]] = field(default_factory=dict)
    aside: list[str] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)


def tabular(file: Path, names: Mapping[str, Collection[str]], enough: Known, *, most: int) -> Tabular:
    """The rows of every sheet that has known headings.

    Args:
        names: of each column, the headings it may have; compared without case, spaces and full-width forms.
        enough: whether a row that names these columns is a row of headings.
        most: rows of a sheet.

    Returns:
        no headings at all, where no sheet has known ones: what should be said then, the caller knows.

    Raises:
        Refusal: the file cannot be read, two columns are about the same, or a sheet has too many rows.
    """
    known = {even(name): key for key, each in names.items() for name in each}
    passed = {even(each) for each in REJECT_HEADINGS}
    made = Tabular()
    for sheet in read(file).sheets:
        found = next((at for at, row in enumerate(sheet.top) if enough(_keys(row, known))), None)
        if found is None:
            continue
        said = list(sheet.top[found])
        keys = [known.get(even(cell)) for cell in said]
        told = [key for key in keys if key]
        if double := sorted({key for key in told if told.count(key) > 1}):
            raise Refusal(gettext("Two columns are about the same: %(names)s.") % {"names": ", ".join(double)})
        made.headings[sheet.name] = said
        unknown = [cell for cell, key in zip(said, keys, strict=True) if cell.strip() and not key]
        made.aside += [cell for cell in unknown if even(cell) not in passed]
        for number, cells, broken in _rows(sheet, found + 1, len(said), most):
            row = {key: cell for key, cell in zip(keys, cells, strict=False) if key}
            made.rows.append(Row(sheet.name, number, tuple(cells), row, broken))
    return made


def write_refused(file: Path, headings: Mapping[str, Sequence[str]], refused: Sequence[RefusedRow], to: Path) -> Path:
    """The rows that were not taken, each with its reason, in a file to be mended and handed in again."""
    return rejects.write(file, headings, refused, to)


def _keys(row: Sequence[str], known: Mapping[str, str]) -> set[str]:
    return {known[even(cell)] for cell in row if even(cell) in known}


def _rows(sheet: Sheet, first: int, width: int, most: int) -> Iterator[tuple[int, list[str], str]]:
    """(number as the reader sees it, cells, why nobody can read it) of the rows that are not empty."""
    body = sheet.body(first, width)
    if len(body.rows) + len(body.broken) > most:
        raise Refusal(gettext("A sheet has at most %(most)s rows. Hand it in in parts.") % {"most": most})
    columns = [column.to_pylist() for column in body.cells]
    found = [
        (int(number), list(row), "")
        for number, row in zip(body.rows.to_pylist(), zip(*columns, strict=True), strict=True)
    ]
    found += [(number, list(row), why) for number, (row, why) in body.broken.items()]
    for number, row, why in sorted(found, key=lambda each: each[0]):
        if why or any(cell.strip() for cell in row):
            yield number, row, why
