"""The items of a plan as a clerk keeps them in a spreadsheet: what can be taken is written, the rest is said why."""

import csv
import io
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from django.utils.translation import gettext

from firmground.common.errors import Refusal
from firmground.officers.acting import action
from firmground.officers.models import Office
from firmground.registry.load.reading import read
from firmground.supervision.plans.actions import MOST_ITEMS, write
from firmground.supervision.plans.models import Item

COLUMNS = ("number", *Item.WRITTEN)
CHINESE = {
    "number": "序号", "content": "督战内容", "problem": "存在问题", "measure": "解决措施",
    "responsible_unit": "责任单位", "responsible_person": "责任人", "due_on": "完成时限", "funds_needed": "所需资金",
    "indicator": "指标", "target": "目标值",
}  # fmt: skip
"""What the columns are called in a sheet for Chinese readers; either name is read."""
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
        content: CSV (UTF-8 or GB 18030) or XLSX with COLUMNS in any order, by either name.

    Raises:
        Refusal: it is no such file. Lines stand alone: one that is wrong keeps no other out.
    """
    loaded = Loaded()
    for line, row in _rows(content):
        try:
            said = _said(row)
            write(plan=plan, said=said, number=said["number"], by=by, why=why)
            loaded.written += 1
        except Refusal as refusal:
            loaded.rejected.append((line, str(refusal)))
    return loaded


def _rows(content: bytes) -> list[tuple[int, dict[str, str]]]:
    """The lines with something in them, each with its number in the sheet."""
    if len(content) > LARGEST:
        raise Refusal(gettext("This is no CSV or XLSX file. Save the sheet as one of these, then hand it in."))
    found = _workbook(content) if content.startswith(b"PK") else _text(content)
    english = {chinese: name for name, chinese in CHINESE.items()}
    headings = [english.get(cell.strip(), cell.strip().lower()) for cell in found[0]] if found else []
    missing = [name for name in COLUMNS[1:7] if name not in headings]
    if wrong := missing or [name for name in headings if name not in COLUMNS]:
        raise Refusal(
            gettext("The first row names the columns; missing or not known: %(names)s. They are %(columns)s.")
            % {"names": ", ".join(wrong), "columns": ", ".join(COLUMNS)}
        )
    lines = [(line, [cell.strip() for cell in row]) for line, row in enumerate(found[1:], start=2)]
    rows = [(line, dict(zip(headings, row, strict=False))) for line, row in lines if any(row)]
    if not 1 <= len(rows) <= MOST_ITEMS:
        raise Refusal(gettext("A list has from 1 to %(most)s rows.") % {"most": MOST_ITEMS})
    return rows


def _text(content: bytes) -> list[list[str]]:
    if b"\x00" in content:
        raise Refusal(gettext("This is no CSV or XLSX file. Save the sheet as one of these, then hand it in."))
    text = next((text for text in (_decoded(content, name) for name in ("utf-8-sig", "gb18030")) if text), "")
    return list(csv.reader(io.StringIO(text, newline="")))


def _workbook(content: bytes) -> list[list[str]]:
    """The first sheet of a workbook, from its first row."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / "items.xlsx"
        file.write_bytes(content)
        sheet = read(file).sheets[0]
        if not sheet.top:
            return []
        body = sheet.body(1, len(sheet.top[0]))
    found = [list(sheet.top[0])]
    for number, *cells in zip(body.rows.to_pylist(), *(column.to_pylist() for column in body.cells), strict=True):
        found += [[]] * (number - 1 - len(found))  # lines left empty
        found.append(cells)
    return found


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
    for name, reader in reads.items():
        value = row.get(name, "")
        try:
            said[name] = reader(value) if value else None
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
