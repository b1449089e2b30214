"""A sheet -> typed rows of a register, and the rows refused with their reasons.

A column at a time: well-formed cells are converted all at once; what is left is read cell by cell, each different
text once. No row is lost: what is read is either typed, refused, or passed over and said so (totals, signatures).
"""

import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from django.utils.translation import gettext
from numpy.typing import NDArray

from firmground.engines.snapshot import ARROW_TYPES
from firmground.registry.columns import Column, in_both
from firmground.registry.load import cells
from firmground.registry.load.headings import Found, Heading
from firmground.registry.load.sheets import Body, Sheet
from firmground.registry.models import Household, Register

TYPES = {kind: ARROW_TYPES[kind] for kind in ("bool", "int", "decimal", "date")}
# Cells of these forms mean what they say; all others are read one by one.
PLAIN = {
    "key": r"^[0-9][0-9A-DF-Za-df-z_-]*$",  # an E might be a number's exponent
    "id_number": r"^[1-9]\d{14}(\d\d[1-9X]|\d[1-9]0|[1-9]00)$",  # ending in 000, it might have been cut
    "phone": r"^1\d{10}$",
    "text": r"^[\p{Han}0-9]{2,}$",
    "decimal": r"^-?[0-9]{1,10}(\.[0-9]{1,2})?$",
    "date": r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$",
}
ALL_DIFFERENT = {"key", "id_number", "phone", "text"}  # columns in which looking for equal cells does not pay

TOTAL = re.compile(r"(本页|全村|全乡|全镇|全县|乡镇|村)?(合计|总计|小计|共计|累计)[:：]?|(sub)?total:?", re.IGNORECASE)
UNDER_THE_TABLE = re.compile(
    r"(填表|填报|制表|审核|审批|复核|负责|经办|联系|单位|村委|乡镇|主管|盖章|签[字名章]|日期|时间|备注|注|说明"
    r"|note|prepared|checked|signed|signature|date|remark)",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class RefusedRow:
    """A row that cannot be taken: where it stands, what it holds, why it is refused."""

    sheet: str
    row: int
    cells: tuple[str, ...]
    why: str


@dataclass
class Cleaned:
    """One sheet, cleaned. `rows` holds `row` and the columns by name; `living` the same for living conditions."""

    rows: pa.Table
    living: pa.Table | None
    refused: list[RefusedRow]
    read: int
    notes: list[str]
    refuse: Callable[[Mapping[int, str]], list[RefusedRow]]  # rows found wanting later: row number -> reason


def clean(sheet: Sheet, found: Found, body: Body) -> Cleaned:
    """Type every column of a sheet, and sort out the rows that cannot be read."""
    where = gettext("Sheet '%(sheet)s': ") % {"sheet": sheet.name} if sheet.name else ""
    why: dict[int, list[str]] = {}  # position -> reasons
    notes: list[str] = []
    typed = [
        (heading, _typed(heading, body.cells[heading.index], sheet.dates_1904, why, notes))
        for heading in (*found.headings, *found.living)
        if heading.column
    ]
    columns = {heading.column.name: values for heading, values in typed if heading.column}
    _require(found, columns, why)
    refused, passed_over = _sort_out(sheet, found, body, why, notes)
    good = np.ones(len(body.rows), bool)
    good[list(why)] = False
    keep = pa.array(good)
    own = [heading.column.name for heading in found.headings if heading.column]
    rows = pa.table({"row": body.rows, **{name: columns[name] for name in own}}).filter(keep)
    living = None
    if found.living:
        names = [heading.column.name for heading in found.living if heading.column]
        living = pa.table(
            {"row": body.rows, **{name: columns[name] for name in ("household_id", "village_code", *names)}}
        )
        anything = pc.invert(pc.is_null(columns[names[0]]))
        for name in names[1:]:
            anything = pc.or_(anything, pc.is_valid(columns[name]))
        living = living.filter(pc.and_(keep, anything))

    def refuse(reasons: Mapping[int, str]) -> list[RefusedRow]:
        order = np.argsort(body.rows.to_numpy(), kind="stable")
        positions = order[np.searchsorted(body.rows.to_numpy()[order], list(reasons))]
        return [
            RefusedRow(sheet.name, number, said, reason)
            for (number, reason), said in zip(reasons.items(), _cells(body, positions), strict=True)
        ]

    for number, (broken_cells, reason) in body.broken.items():
        refused.append(RefusedRow(sheet.name, number, tuple(broken_cells), reason))
    return Cleaned(
        rows=rows,
        living=living,
        refused=refused,
        read=len(body.rows) + len(body.broken) - passed_over,
        notes=[where + note for note in notes],
        refuse=refuse,
    )


def _typed(
    heading: Heading, column: pa.Array, dates_1904: bool, why: dict[int, list[str]], notes: list[str]
) -> pa.Array:
    """The column's values; reasons are added at the positions of cells that cannot be read."""
    said = heading.column
    assert said is not None
    counted: Counter[str] = Counter()
    kind = TYPES.get(said.kind, pa.string())
    plain = PLAIN.get(said.kind) if heading.factor == 1 else None
    coded = None if said.kind in ALL_DIFFERENT else column.dictionary_encode()
    if coded is None:
        values, wrong = _read_all(column, kind, _reader(said, heading, dates_1904, counted), plain)
        positions: dict[int, list[int]] = {position: [position] for position in wrong}
    else:
        distinct, wrong = _read_all(coded.dictionary, kind, _reader(said, heading, dates_1904, counted), plain)
        values = distinct.take(coded.indices)
        codes = coded.indices.to_numpy()
        bad = np.zeros(len(coded.dictionary), bool)
        bad[list(wrong)] = True
        positions = {code: [] for code in wrong}
        for position in np.flatnonzero(bad[codes]).tolist():
            positions[codes[position]].append(position)
    for at, reason in wrong.items():
        for position in positions[at]:
            why.setdefault(position, []).append(f"{heading.place}: {reason}")
    notes += [
        gettext("%(place)s: %(what)s (%(number)s different cells).")
        % {"place": heading.place, "what": what, "number": number}
        for what, number in counted.items()
        if number
    ]
    return values


def _read_all(
    column: pa.Array, kind: pa.DataType, read: Callable[[str], Any], plain: str | None
) -> tuple[pa.Array, dict[int, str]]:
    """Read every cell, and say at which positions none could be read."""
    wrong: dict[int, str] = {}
    if plain is None:
        return pa.array([_try(read, cell, wrong, at) for at, cell in enumerate(column.to_pylist())], kind), wrong
    well_formed = pc.match_substring_regex(column, plain)
    try:
        values = pc.if_else(well_formed, column, None).cast(kind)
    except pa.ArrowInvalid:  # a day that looks like one and is not in the calendar
        well_formed = pa.array(np.zeros(len(column), bool))
        values = pa.nulls(len(column), kind)
    odd = np.flatnonzero(~well_formed.to_numpy(zero_copy_only=False))
    if not len(odd):
        return values, wrong
    seen: dict[str, Any] = {}
    slow = []
    for at, cell in zip(odd.tolist(), column.take(pa.array(odd)).to_pylist(), strict=True):
        if cell not in seen:
            failed: dict[int, str] = {}
            seen[cell] = _try(read, cell, failed, 0), failed.get(0)
        value, reason = seen[cell]
        slow.append(value)
        if reason:
            wrong[at] = reason
    return pc.replace_with_mask(values, pc.invert(well_formed), pa.array(slow, kind)), wrong


def _try(read: Callable[[str], Any], cell: str, wrong: dict[int, str], at: int) -> Any:
    try:
        return read(cell)
    except cells.Wrong as reason:
        wrong[at] = str(reason)
        return None


def _reader(column: Column, heading: Heading, dates_1904: bool, counted: Counter[str]) -> Callable[[str], Any]:
    match column.kind:
        case "key":
            return cells.key
        case "text":
            return cells.text
        case "phone":
            return cells.phone
        case "id_number":
            return cells.identity_number
        case "int":
            return cells.whole
        case "code" | "bool":
            return cells.word(column.words, column.choices)
        case "decimal":

            def amount(cell: str) -> Any:
                value, rounded = cells.amount(cell, heading.factor)
                counted[gettext("amounts with more than two decimals were rounded")] += rounded
                return value

            return amount

    def day(cell: str) -> Any:
        value, month_only = cells.day(cell, dates_1904=dates_1904)
        if month_only and column.name == "birth_date":
            raise cells.Wrong(gettext("'%(said)s' names a month, not a day") % {"said": cell.strip()})
        counted[gettext("where only a month is named, its first day was taken")] += month_only
        return value

    return day


def _require(found: Found, columns: Mapping[str, pa.Array], why: dict[int, list[str]]) -> None:
    """Refuse rows in which a needed cell is empty; a cell that was refused already is not named twice."""
    needed = {
        heading.column.name: heading
        for heading in found.headings
        if heading.column and heading.column.name in found.table.required
    }
    for name, heading in needed.items():
        for position in np.flatnonzero(columns[name].is_null().to_numpy(zero_copy_only=False)).tolist():
            if not any(reason.startswith(heading.place + ":") for reason in why.get(position, ())):
                why.setdefault(position, []).append(gettext("%(place)s: is empty") % {"place": heading.place})
    if found.living:
        _require_survey(found, columns, why)
    of = found.table.model.OF
    if of is None:
        return
    ways = [
        columns[name]
        for name in (of.KEY, *(("member_id", "id_number") if found.table.names_a_person else ()))
        if name in columns
    ]
    nobody = ways[0].is_null()
    for way in ways[1:]:
        nobody = pc.and_(nobody, way.is_null())
    for position in np.flatnonzero(nobody.to_numpy(zero_copy_only=False)).tolist():
        if position not in why:
            why[position] = [_names_none(of)]


def _names_none(of: type[Register]) -> str:
    if of is Household:
        return gettext("names no household")
    return gettext("names no row of the register it belongs to: %(register)s") % {"register": in_both(of)}


def _require_survey(found: Found, columns: Mapping[str, pa.Array], why: dict[int, list[str]]) -> None:
    heading = next(each for each in found.living if each.column and each.column.name == "surveyed_on")
    unseen = columns["surveyed_on"].is_null()
    some = pa.array(np.zeros(len(unseen), bool))
    for each in found.living:
        if each.column and each is not heading:
            some = pc.or_(some, columns[each.column.name].is_valid())
    for position in np.flatnonzero(pc.and_(unseen, some).to_numpy(zero_copy_only=False)).tolist():
        why.setdefault(position, []).append(
            gettext("%(place)s: is empty, so nobody knows when the conditions were seen") % {"place": heading.place}
        )


def _sort_out(
    sheet: Sheet, found: Found, body: Body, why: Mapping[int, list[str]], notes: list[str]
) -> tuple[list[RefusedRow], int]:
    """Of the rows that cannot be read, tell refused ones from blank ones, totals, and what stands under the table."""
    keys = [
        heading.index
        for heading in found.headings
        if heading.column and heading.column.name in (found.table.model.KEY, getattr(found.table.model.OF, "KEY", ""))
    ]
    good_until = len(body.rows) - 1
    while good_until in why:
        good_until -= 1
    refused: list[RefusedRow] = []
    passed_over = 0
    positions = sorted(why)
    for position, said in zip(positions, _cells(body, np.array(positions, np.int64)), strict=True):
        filled = [cell.strip() for cell in said if cell.strip()]
        first = re.sub(r"\s", "", filled[0]) if filled else ""
        names_nothing = all(said[index].strip() in ("", filled[0]) for index in keys) if filled else True
        number = int(body.rows[position].as_py())
        if first and names_nothing and TOTAL.fullmatch(first):
            notes.append(
                gettext("row %(number)s is a total ('%(first)s') and was passed over.")
                % {"number": number, "first": first}
            )
        elif first and names_nothing and position > good_until and len(filled) <= 5 and UNDER_THE_TABLE.match(first):
            notes.append(
                gettext("row %(number)s stands under the table ('%(said)s') and was passed over.")
                % {"number": number, "said": first[:20]}
            )
        elif first:
            refused.append(RefusedRow(sheet.name, number, said, "; ".join(why[position])))
            continue
        passed_over += 1
    return refused, passed_over


def _cells(body: Body, positions: NDArray[np.int64]) -> list[tuple[str, ...]]:
    """The rows at these positions, cell by cell as they were sent."""
    return list(zip(*(column.take(pa.array(positions)).to_pylist() for column in body.cells), strict=True))


def unknown_columns(found: Found, body: Body) -> list[str]:
    """The columns whose heading nobody knows, and those without a heading that hold something."""
    headings = {heading.index: heading for heading in (*found.headings, *found.living)}
    unknown = []
    for index, column in enumerate(body.cells):
        heading = headings.get(index) or Heading(index, "", None)
        if heading.column or heading.left_aside:
            continue
        if heading.said:
            unknown.append(heading.place)
        elif pc.any(pc.not_equal(pc.utf8_trim_whitespace(column), "")).as_py():
            unknown.append(gettext("%(place)s (which has no heading)") % {"place": heading.place})
    return unknown
