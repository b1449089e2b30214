"""The items of a plan as a clerk keeps them in a spreadsheet: what can be taken is written, the rest is said why."""

import csv
import io
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext

from firmground.common.errors import Refusal
from firmground.officers.acting import action
from firmground.officers.models import Office
from firmground.supervision.plans.actions import MOST_ITEMS, write
from firmground.supervision.plans.models import Item

COLUMNS = ("number", *Item.WRITTEN)
LARGEST = 1024 * 1024
"""Bytes."""


@dataclass
class Loaded:
    """How many items were written, and the lines that were not, each with its reason."""

    written: int = 0
    rejected: list[tuple[int, str]] = field(default_factory=list)


@action("plans.write")
def load(*, plan: int, content: bytes, by: Office, why: str = "") -> Loaded:
    """Write the items of a sheet. A line with a number changes that item; one without is a new item.

    Args:
        content: CSV with COLUMNS in any order, UTF-8 or GB 18030.

    Raises:
        Refusal: it is no such file. Lines stand alone: one that is wrong keeps no other out.
    """
    loaded = Loaded()
    for line, row in enumerate(_rows(content), start=2):
        try:
            said = _said(row)
            write(plan=plan, said=said, number=said["number"], by=by, why=why)
            loaded.written += 1
        except Refusal as refusal:
            loaded.rejected.append((line, str(refusal)))
    return loaded


def _rows(content: bytes) -> list[dict[str, str]]:
    if len(content) > LARGEST or b"\x00" in content:
        raise Refusal(gettext("This is no CSV file. Save the sheet as CSV, then hand it in."))
    text = next((text for text in (_decoded(content, name) for name in ("utf-8-sig", "gb18030")) if text), "")
    found = list(csv.reader(io.StringIO(text, newline="")))
    headings = [cell.strip().lower() for cell in found[0]] if found else []
    missing = [name for name in COLUMNS[1:7] if name not in headings]
    if wrong := missing or [name for name in headings if name not in COLUMNS]:
        raise Refusal(
            gettext("The first row names the columns; missing or not known: %(names)s. They are %(columns)s.")
            % {"names": ", ".join(wrong), "columns": ", ".join(COLUMNS)}
        )
    rows = [[cell.strip() for cell in row] for row in found[1:] if any(cell.strip() for cell in row)]
    if not 1 <= len(rows) <= MOST_ITEMS:
        raise Refusal(gettext("A list has from 1 to %(most)s rows.") % {"most": MOST_ITEMS})
    return [dict(zip(headings, row, strict=False)) for row in rows]


def _decoded(content: bytes, encoding: str) -> str:
    try:
        return content.decode(encoding)
    except UnicodeDecodeError:
        return ""


def _said(row: dict[str, str]) -> dict[str, Any]:
    said: dict[str, Any] = dict(row)
    reads: dict[str, Callable[[str], Any]] = {
        "number": int, "content": int, "due_on": date.fromisoformat, "funds_needed": _money, "target": int,
    }  # fmt: skip
    for name, read in reads.items():
        value = row.get(name, "")
        try:
            said[name] = read(value) if value else None
        except (ValueError, InvalidOperation):
            raise Refusal(
                gettext("“%(value)s” under %(name)s is not understood.") % {"value": value, "name": name}
            ) from None
    return said


def _money(text: str) -> Decimal:
    value = Decimal(text)
    if not value.is_finite():
        raise ValueError(text)
    return value
