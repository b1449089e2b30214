"""The dispatch sheet as a county keeps it in a spreadsheet: an empty one to fill in, and what comes back of it.

A row is a county and a week; a column is an indicator, or its figure of the year before. A heading is the indicator's
id or its title in either language, with or without its unit; the sheet that is given out has both.
"""

import io
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import xlsxwriter
from django.utils.translation import gettext

from firmground.common.errors import Refusal
from firmground.officers.acting import action
from firmground.officers.models import Office
from firmground.places.models import Place
from firmground.registry.load import cells
from firmground.registry.load.cleaning import RefusedRow
from firmground.registry.load.tabular import tabular
from firmground.supervision.dispatch import actions, declared, queries
from firmground.supervision.dispatch.declared import Indicator
from firmground.supervision.dispatch.models import Cell

COUNTY, NAME, WEEK, WHY = "county", "name", "week", "why"
FIXED = {
    COUNTY: ("县代码", "County code"), NAME: ("县名", "County name"), WEEK: ("周（周一日期）", "Week (its Monday)"),
    WHY: ("更正原因", "Why it changes"),
}  # fmt: skip
ALSO = {COUNTY: ("county_code", "place_code", "行政区划代码"), WEEK: ("周", "周次", "week of"), WHY: ("原因", "reason")}
BASE = "2019"
NUMBER = (
    "从0起的数字，最多两位小数；没有数据就留空。"
    "A number from 0 with at most two decimals; leave it empty if it is not known."
)
MOST_ROWS = 20_000
MOST_GIVEN_OUT = 5_000


@dataclass
class Loaded:
    """What became of a file.

    Attributes:
        rows: those that were taken. figures: cells that were new or corrected; a row that says nothing new has none.
        aside: headings that nobody knows, and that were left aside. refused: rows that were not taken, with the reason.
    """

    rows: int = 0
    figures: int = 0
    aside: list[str] = field(default_factory=list)
    refused: list[RefusedRow] = field(default_factory=list)
    headings: dict[str, Sequence[str]] = field(default_factory=dict)


def empty(counties: Collection[str], weeks: Sequence[date], *, by: Office) -> bytes:
    """A workbook to fill in: a row for each county and week, with what is handed in already.

    Raises:
        Refusal: too many rows, or no county in reach.
    """
    reached = [code for code in counties if by.reach.covers(code)]
    names = dict(Place.objects.filter(code__in=reached).values_list("code", "name_zh"))
    rows = [(code, week) for week in weeks for code in sorted(names)]
    if not rows or len(rows) > MOST_GIVEN_OUT:
        raise Refusal(gettext("A sheet has from 1 to %(most)s rows: choose fewer weeks.") % {"most": MOST_GIVEN_OUT})
    indicators = declared.in_force()
    columns = list(_columns(indicators))
    whole = io.BytesIO()
    with xlsxwriter.Workbook(whole, {"in_memory": True, "strings_to_formulas": False}) as book:
        sheet = book.add_worksheet("调度表")
        bold = book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
        text, day = book.add_format({"num_format": "@"}), book.add_format({"num_format": "yyyy-mm-dd"})
        sheet.freeze_panes(1, 3)
        sheet.set_row(0, 75)
        sheet.set_column(0, len(columns) - 1, 16)
        for at, (key, heading, note) in enumerate(columns):
            sheet.write_string(0, at, heading, bold)
            if note:
                sheet.write_comment(0, at, note, {"x_scale": 2})
            if key not in FIXED:
                sheet.data_validation(
                    1, at, len(rows), at,
                    {"validate": "decimal", "criteria": ">=", "value": 0, "error_title": "数字 / number",
                     "error_message": NUMBER},
                )  # fmt: skip
        for line, (code, week) in enumerate(rows, start=1):
            said = queries.sheet(code, week, seen_by=by.reach)
            for at, (key, _, _) in enumerate(columns):
                if key == COUNTY:
                    sheet.write_string(line, at, code, text)
                elif key == NAME:
                    sheet.write_string(line, at, names[code])
                elif key == WEEK:
                    sheet.write_datetime(line, at, week, day)
                elif (value := _said(said, key)) is not None:
                    sheet.write_number(line, at, float(value))
    return whole.getvalue()


@action("dispatch.load")
def load(*, file: Path, by: Office, why: str = "") -> Loaded:
    """Hand in what a file says, row by row: one that is wrong keeps no other out. The same file twice changes nothing.

    Args:
        file: CSV, XLSX, XLS or Parquet, whatever its name.
        why: why figures change that were handed in already, where the row itself does not say it.

    Raises:
        Refusal: the file cannot be read, has no headings that are known, or too many rows.
    """
    loaded = Loaded()
    names = _names(declared.in_force())
    said = tabular(file, names, lambda keys: {COUNTY, WEEK} <= keys and not keys <= FIXED.keys(), most=MOST_ROWS)
    if not said.headings:
        raise Refusal(
            gettext("%(file)s has no row of headings with the county's code, the week and an indicator. Download an "
                    "empty sheet, and fill in that.") % {"file": file.name}
        )  # fmt: skip
    loaded.headings, loaded.aside = said.headings, said.aside
    for row in said.rows:
        try:
            if row.broken:
                raise Refusal(row.broken)
            loaded.figures += _hand_in(row.said, by, why)
            loaded.rows += 1
        except Refusal as refusal:
            loaded.refused.append(row.refused(refusal))
    return loaded


def _hand_in(row: Mapping[str, str], by: Office, why: str) -> int:
    """How many figures of a row were new."""
    county, week = cells.plain(row.get(COUNTY, "")), None
    try:
        week, _ = cells.day(row.get(WEEK, ""))
        values: dict[str, Decimal] = {}
        bases: dict[str, Decimal] = {}
        for key, cell in row.items():
            if key in FIXED:
                continue
            try:
                value, rounded = cells.amount(cell)
            except cells.Wrong as wrong:
                raise cells.Wrong(f"{key}: {wrong}") from None
            if rounded:
                raise cells.Wrong(gettext("%(name)s: at most two decimals") % {"name": key})
            if value is not None:
                (bases if key.endswith(f"_{BASE}") else values)[key.removesuffix(f"_{BASE}")] = value
    except cells.Wrong as wrong:
        raise Refusal(f"{wrong}.") from None
    if week is None:
        raise Refusal(gettext("No week is named: write its Monday, as 2020-04-20."))
    if alone := sorted(bases.keys() - values.keys()):
        raise Refusal(gettext("A figure of 2019 without the one of the week: %(names)s.") % {"names": ", ".join(alone)})
    if not values:
        return 0
    monday = week - timedelta(days=week.weekday())
    said = cells.plain(row.get(WHY, "")) or why
    return len(actions.hand_in(county=county, week=monday, values=values, bases=bases, by=by, why=said))


def _columns(indicators: Mapping[str, Indicator]) -> Iterator[tuple[str, str, str]]:
    """(key, heading in both languages, what it means) of the sheet that is given out."""
    for key in (COUNTY, NAME, WEEK):
        yield key, "\n".join(FIXED[key]), ""
    for key, each in indicators.items():
        note = f"{each.source}."
        if each.of:
            note += f" {_zh(indicators[each.of])} / {_en(indicators[each.of])} ≥"
        yield key, f"{_zh(each)}\n{_en(each)}", note
        if each.asks_base:
            yield f"{key}_{BASE}", f"{_zh(each)}：{BASE}年\n{_en(each)}: {BASE}", note
    yield WHY, "\n".join(FIXED[WHY]), ""


def _names(indicators: Mapping[str, Indicator]) -> dict[str, set[str]]:
    """By key, every heading that is understood."""
    names = {key: {key, *both, "\n".join(both), *ALSO.get(key, ())} for key, both in FIXED.items()}
    for key, each in indicators.items():
        titles = {each.title.get("zh", ""), each.title["en"], _zh(each), _en(each), f"{_zh(each)}\n{_en(each)}"} - {""}
        names[key] = {key, *titles}
        if each.asks_base:
            bases = {f"{title}：{BASE}年" for title in titles} | {f"{title}: {BASE}" for title in titles}
            names[f"{key}_{BASE}"] = {f"{key}_{BASE}", *bases, f"{_zh(each)}：{BASE}年\n{_en(each)}: {BASE}"}
    return names


def _zh(each: Indicator) -> str:
    return f"{each.title.get('zh', each.title['en'])}（{each.unit.get('zh', each.unit['en'])}）"


def _en(each: Indicator) -> str:
    return f"{each.title['en']} ({each.unit['en']})"


def _said(said: Mapping[str, Cell], key: str) -> Decimal | None:
    cell = said.get(key.removesuffix(f"_{BASE}"))
    if cell is None:
        return None
    return cell.base if key.endswith(f"_{BASE}") else cell.value
