"""Where a sheet's headings are, which register they belong to, and which column each one means.

Real sheets carry a title over the table, headings of two or three levels with merged cells, line feeds inside a
heading, units in brackets, columns in any order. Found by trying: the rows, and the depth, that name most columns.
"""

import re
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext

from firmground.common.errors import Refusal
from firmground.registry.columns import Column, Table, even

SEARCHED_ROWS = 30
DEEPEST = 3
REJECT_HEADINGS = ("原行号 Row", "拒收原因 Why refused")  # what a file of refused rows adds; it may come back
LEFT_ASIDE = {even(name) for name in ("序号", "行号", "No.", "#", *REJECT_HEADINGS)}
BRACKETS = re.compile(r"^(.*?)[(\[]([^()\[\]]*)[)\]]$")
UNIT_ABOVE = re.compile(r"单位[:：]\s*(万元|亿元|元)")
FACTORS = {"万元": 10_000, "亿元": 100_000_000, "元": 1, "yuan": 1, "cny": 1, "rmb": 1}
OTHER_UNITS = {"亩", "mu", "平方米", "㎡", "m2", "升", "l", "litres", "升/人·天", "升/人·日", "元/人", "元/年", "元/月"}
NOTES = {"必填", "选填", "required", "optional", "是/否", "yes/no"}


@dataclass(frozen=True)
class Heading:
    """One column of a sheet: where it stands, what it says, which column it means (None: nobody knows)."""

    index: int
    said: str
    column: Column | None
    factor: int = 1
    left_aside: bool = False

    @property
    def place(self) -> str:
        return (
            gettext("column %(column)s '%(said)s'") % {"column": letters(self.index), "said": self.said}
            if self.said
            else gettext("column %(column)s") % {"column": letters(self.index)}
        )


@dataclass(frozen=True)
class Found:
    """The headings of a sheet. `living` are those of a household file that speak of its living conditions."""

    table: Table
    first_row: int  # of the data, counted from 0
    headings: tuple[Heading, ...]
    living: tuple[Heading, ...] = ()


def letters(index: int) -> str:
    """The spreadsheet's name of a column counted from 0: A, B, ... Z, AA."""
    name = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        name = chr(ord("A") + rest) + name
    return name


def find(
    top: Sequence[Sequence[str]],
    tables: Mapping[str, Table],
    *,
    where: str,
    only: str | None = None,
    hint: str = "",
    ignored: Collection[str] = (),
) -> Found | None:
    """The headings in the first rows of a sheet, or None if there are none.

    Args:
        only: the register it must be, where the reader has said so.
        hint: names (of the file, of the sheet) that may decide between registers whose headings fit alike.
        ignored: headings the reader has said may be left aside.

    Raises:
        Refusal: the headings fit two registers alike, a needed column is missing, or one stands there twice.
    """
    aside = LEFT_ASIDE | {even(name) for name in ignored}
    best: tuple[int, int, int] = (1, 0, 0)
    chosen: list[tuple[Table, int, int]] = []
    meant: dict[tuple[str, tuple[str, ...]], str | None] = {}  # a stack stands in many readings of the first rows
    somewhere = {heading for table in tables.values() for heading in table.headings}
    telling: dict[str, bool] = {}  # cells of the data, which no register knows, are asked of none
    for last in range(min(len(top), SEARCHED_ROWS)):
        for depth in range(1, min(DEEPEST, last + 1) + 1):
            columns = [
                stack
                for stack in map(tuple, _stacked(top, last, depth))
                if stack and (_tells(stack[-1], somewhere, telling) or _tells("".join(stack), somewhere, telling))
            ]
            for table in tables.values() if columns else ():
                if only not in (None, table.name):
                    continue
                keys = [(table.name, stack) for stack in columns]
                meant |= {key: _column(key[1], table, tables)[0] for key in keys if key not in meant}
                named = {name for key in keys if (name := meant[key])}
                if table.name == "household" and not named & (table.columns.keys() - {"household_id", "village_code"}):
                    continue
                score = (len(named), -depth, -last)
                if score > best:
                    best, chosen = score, [(table, last, depth)]
                elif score == best:
                    chosen.append((table, last, depth))
    if not chosen:
        return None
    if len(chosen) > 1:
        whole = [each for each in chosen if not _missing(_named(top, each, tables), each[0])]
        chosen = whole or chosen
    if len(chosen) > 1:
        hinted = [each for each in chosen if each[0].name in hint.lower() or each[0].title["zh"] in hint]
        chosen = hinted if len(hinted) == 1 else chosen
    if len(chosen) > 1:
        names = ", ".join(table.shown for table, _, _ in chosen)
        raise Refusal(
            gettext("%(where)s: the headings fit %(names)s alike. Say which it is with --table.")
            % {"where": where, "names": names}
        )
    table, last, depth = chosen[0]
    return _found(top, tables, table, last, depth, aside, where)


def _found(
    top: Sequence[Sequence[str]],
    tables: Mapping[str, Table],
    table: Table,
    last: int,
    depth: int,
    aside: Collection[str],
    where: str,
) -> Found:
    above = " ".join(" ".join(row) for row in top[: last + 1])
    unit = UNIT_ABOVE.search(unicodedata.normalize("NFKC", above))
    general = FACTORS[unit[1]] if unit else 1
    own: list[Heading] = []
    living: list[Heading] = []
    for index, stack in enumerate(_stacked(top, last, depth)):
        said = re.sub(r"\s+", "", stack[-1] if stack else "")
        name, factor, of = _column(stack, table, tables)
        if any(even(level) in aside for level in stack):
            own.append(Heading(index, said, None, left_aside=True))
        elif name is None or of is None:
            own.append(Heading(index, said, None))
        else:
            column = of.columns[name]
            heading = Heading(index, said, column, (factor or general) if column.money else 1)
            (living if of is not table else own).append(heading)
    _refuse_double(own + living, where)
    if missing := _missing([heading.column.name for heading in own if heading.column], table):
        raise Refusal(
            gettext("%(where)s looks like %(table)s, but has no column for %(missing)s.")
            % {"where": where, "table": table.shown, "missing": ", ".join(missing)}
        )
    if living and "surveyed_on" not in {heading.column.name for heading in living if heading.column}:
        needed = tables["living"].columns["surveyed_on"].shown
        raise Refusal(
            gettext("%(where)s: there are living conditions, but no column %(needed)s that says when they were seen.")
            % {"where": where, "needed": needed}
        )
    return Found(table, last + 1, tuple(own), tuple(living))


def _refuse_double(headings: Sequence[Heading], where: str) -> None:
    seen: dict[str, Heading] = {}
    for heading in headings:
        if heading.column:
            if first := seen.get(heading.column.name):
                raise Refusal(
                    gettext(
                        "%(where)s: %(first)s and %(place)s both mean %(column)s. Remove one, or name it "
                        "among the columns to leave out (--ignore-column)."
                    )
                    % {"where": where, "first": first.place, "place": heading.place, "column": heading.column.shown}
                )
            seen[heading.column.name] = heading


def _named(top: Sequence[Sequence[str]], at: tuple[Table, int, int], tables: Mapping[str, Table]) -> set[str]:
    """The columns that a stack of headings names."""
    table, last, depth = at
    return {name for stack in _stacked(top, last, depth) if (name := _column(stack, table, tables)[0])}


def _missing(there: Collection[str], table: Table) -> list[str]:
    """What a file of that register must have and has not, in words."""
    missing = [table.columns[name].shown for name in table.required if name not in there]
    if table.model.OF is not None:
        ways = {table.model.OF.KEY} | ({"member_id", "id_number"} if table.names_a_person else set())
        if not ways & set(there):
            missing.insert(0, " or ".join(table.columns[way].shown for way in sorted(ways)))
    return missing


def _stacked(top: Sequence[Sequence[str]], last: int, depth: int) -> list[list[str]]:
    """For each column, its headings from the upper to the lower level; a merged upper one reaches over its columns."""
    width = max((len(row) for row in top[: last + 1]), default=0)
    levels = []
    for row in top[last - depth + 1 : last + 1]:
        padded = [*row, *[""] * (width - len(row))]
        if row is not top[last]:
            reach = ""
            for index, cell in enumerate(padded):
                reach = cell if cell.strip() else reach
                padded[index] = reach
        levels.append(padded)
    stacks = [[level[index] for level in levels] for index in range(width)]
    # A heading merged downwards stands in its uppermost cell only.
    return [
        [said for said in stack if said.strip()] if stack[-1].strip() else _merged_down(top, last, depth, index)
        for index, stack in enumerate(stacks)
    ]


def _merged_down(top: Sequence[Sequence[str]], last: int, depth: int, index: int) -> list[str]:
    for row in reversed(top[last - depth + 1 : last]):
        if index < len(row) and row[index].strip():
            return [row[index]]
    return []


def _column(
    stack: Sequence[str], table: Table, tables: Mapping[str, Table]
) -> tuple[str | None, int | None, Table | None]:
    """Which column a stack of headings means, its unit's factor, and the register it belongs to."""
    if not stack:
        return None, None, None
    homes = (table, tables["living"]) if table.name == "household" and "living" in tables else (table,)
    whole = "".join(stack)
    for said in (stack[-1], whole):
        for home in homes:
            name, factor = _look_up(said, home)
            if name:
                return name, factor, home
    return None, None, None


def _tells(said: str, known: Collection[str], told: dict[str, bool]) -> bool:
    """Whether any register may have a column of that name; `told` keeps the answers."""
    if said not in told:
        evened = even(said)
        brackets = BRACKETS.match(evened)
        told[said] = evened in known or (brackets is not None and brackets[1] in known)
    return told[said]


def _look_up(said: str, table: Table) -> tuple[str | None, int | None]:
    evened = even(said)
    brackets = BRACKETS.match(evened)
    unit = brackets[2].strip("单位") if brackets else ""
    if evened in table.headings:
        return table.headings[evened], FACTORS.get(unit)
    if brackets and (name := table.headings.get(brackets[1])):
        column = table.columns[name]
        # In a column of numbers an unknown unit changes their meaning; elsewhere what is in brackets is a remark.
        if column.kind != "decimal" or unit in FACTORS.keys() | OTHER_UNITS | NOTES:
            return name, FACTORS.get(unit)
    return None, None
