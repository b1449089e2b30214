"""A list of issues that an inspection handed over, as a CSV file: what can be taken is raised, the rest is said why."""

import csv
import io
from dataclasses import dataclass, field
from datetime import date

from django.utils.translation import gettext

from firmground.common.errors import Refusal
from firmground.officers.acting import action
from firmground.officers.models import Office
from firmground.supervision.ledger.actions import raise_issue
from firmground.supervision.ledger.models import Issue

COLUMNS = ("reference", "place_code", "household_id", "content", "severity", "title", "text", "found_on", "due_on",
           "owner", "unit")  # fmt: skip
NEEDED = ("place_code", "content", "severity", "title", "found_on")
MOST_ROWS = 2000
LARGEST = 4 * 1024 * 1024
"""Bytes."""
ENCODINGS = ("utf-8-sig", "gb18030")


@dataclass
class Loaded:
    """What became of a list: how many issues were raised, and the rows that were not, each with its reason."""

    raised: int = 0
    rejected: list[tuple[int, str, dict[str, str]]] = field(default_factory=list)


@action("ledger.load")
def load_list(*, content: bytes, source: str, by: Office, why: str = "") -> Loaded:
    """Raise the issues of a list. Rows stand alone: one that is wrong keeps no other out.

    Args:
        content: a CSV file with COLUMNS in any order; NEEDED may not be missing. UTF-8 or GB 18030.

    Raises:
        Refusal: it is no such file, or too large.
    """
    if source not in Issue.Source.values:
        raise Refusal(gettext("Say where the list comes from."))
    loaded = Loaded()
    for line, row in enumerate(_rows(content), start=2):
        try:
            _raise(row, source, by, why)
            loaded.raised += 1
        except Refusal as refusal:
            loaded.rejected.append((line, str(refusal), row))
    return loaded


def rejects(loaded: Loaded) -> list[list[str]]:
    """The rows that were not taken, as a file has them: each with its line and the reason, to be sent again."""
    return [[str(line), reason, *(row.get(name, "") for name in COLUMNS)] for line, reason, row in loaded.rejected]


def _raise(row: dict[str, str], source: str, by: Office, why: str) -> None:
    missing = [name for name in NEEDED if not row.get(name)]
    if missing:
        raise Refusal(gettext("Nothing is written under %(names)s.") % {"names": ", ".join(missing)})
    raise_issue(
        place_code=row["place_code"], household_id=row.get("household_id", ""), content=_number(row, "content"),
        source=source, title=row["title"], text=row.get("text", ""), severity=_number(row, "severity"),
        found_on=_day(row, "found_on"), due_on=_day(row, "due_on") if row.get("due_on") else None,
        owner=row.get("owner", ""), unit=row.get("unit", "")[:80], reference=row.get("reference", "")[:40],
        by=by, why=why,
    )  # fmt: skip


def _rows(content: bytes) -> list[dict[str, str]]:
    if len(content) > LARGEST:
        raise Refusal(gettext("The list is larger than %(most)s MB. Send it in parts.") % {"most": LARGEST // 2**20})
    if b"\x00" in content:
        raise Refusal(gettext("This is no CSV file. Save the sheet as CSV, then hand it in."))
    for encoding in ENCODINGS:
        try:
            text = content.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    else:
        raise Refusal(gettext("This is no CSV file. Save the sheet as CSV, then hand it in."))
    try:
        found = list(csv.reader(io.StringIO(text, newline="")))
    except csv.Error as error:
        raise Refusal(gettext("This is no CSV file: %(why)s.") % {"why": error}) from None
    headings = [cell.strip().lower() for cell in found[0]] if found else []
    if wrong := [name for name in NEEDED if name not in headings] or [n for n in headings if n not in COLUMNS]:
        raise Refusal(
            gettext("The first row names the columns; missing or not known: %(names)s. They are %(columns)s.")
            % {"names": ", ".join(wrong), "columns": ", ".join(COLUMNS)}
        )
    rows = [[cell.strip() for cell in row] for row in found[1:] if any(cell.strip() for cell in row)]
    if not 1 <= len(rows) <= MOST_ROWS:
        raise Refusal(gettext("A list has from 1 to %(most)s rows.") % {"most": MOST_ROWS})
    return [dict(zip(headings, row, strict=False)) for row in rows]


def _number(row: dict[str, str], name: str) -> int:
    if not (row[name].isascii() and row[name].isdigit() and len(row[name]) < 3):
        raise Refusal(gettext("“%(value)s” under %(name)s is no number.") % {"value": row[name], "name": name})
    return int(row[name])


def _day(row: dict[str, str], name: str) -> date:
    try:
        return date.fromisoformat(row[name])
    except ValueError:
        raise Refusal(gettext("“%(value)s” under %(name)s is no day; write it as 2020-06-30.")
                      % {"value": row[name], "name": name}) from None  # fmt: skip
