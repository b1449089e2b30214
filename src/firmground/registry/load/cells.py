"""What one cell says: a value, None for "nothing stands there", or a `Wrong` that says why it cannot be read.

Each reader takes the cell's text (numbers of a spreadsheet as reading.py writes them) and knows nothing of the rest
of the file. `Wrong` is worded to follow the cell's place: "row 7, 出生日期: '62-11-19' has a year of two digits ...".
"""

import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

from django.utils.translation import gettext

from firmground.registry.columns import even
from firmground.registry.identity_numbers import check_digit, eighteen

FEN = Decimal("0.01")
LARGEST = Decimal(10) ** 10  # NUMERIC(12, 2)

NOTHING = {"", "无", "/", "\\", "-", "--", "—", "——", "－", "null", "none", "n/a", "na", "nil"}
OPEN_END = {"至今", "长期", "now", "ongoing"}
ERRORS = re.compile(r"#(REF!|N/A|DIV/0!|VALUE!|NAME\?|NUM!|NULL!|SPILL!|CALC!)", re.IGNORECASE)

UNSEEN = re.compile("[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f\u00ad\u200b-\u200f\u2028-\u202f\u2060-\u2064\ufeff]")
SPACE = re.compile(r"\s+")
HAN = "[\u2e80-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]"
BETWEEN_HAN = re.compile(f"(?<={HAN}) (?={HAN})")
DOTS = re.compile("[\u2022\u2027\u22c5\u30fb\uff0e\uff65](?=\\S)")
SCIENTIFIC = re.compile(r"[+-]?\d+(\.\d+)?E\+?\d+", re.IGNORECASE)
KEY = re.compile(r"[0-9A-Za-z][0-9A-Za-z_.:-]*")

AMOUNT = re.compile(
    r"([+-]?)[¥￥]?(\d+(?:\.\d*)?|\.\d+|\d{1,3}(?:,\d{3})+(?:\.\d+)?)(元|万元|万|亿元|亿|亩|升|平方米|㎡|m2)?"
)
IN_BRACKETS = re.compile(r"\((.+)\)")
FACTORS = {"万元": 10_000, "万": 10_000, "亿元": 100_000_000, "亿": 100_000_000}
WHOLE = re.compile(r"([+-]?\d+|[+-]?\d{1,3}(?:,\d{3})+)(?:\.0*)?(人|口|天|日|个月|月|分钟|分|米|m|级|户|周岁|岁)?")
HAN_DIGITS = {han: str(digit) for digit, han in enumerate("零一二三四五六七八九")}

DAY_FORMS = (
    re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:[T ]\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?)?"),
    re.compile(r"(\d{4})年(\d{1,2})月(\d{1,2})[日号]?"),
    re.compile(r"(\d{4})(\d{2})(\d{2})"),
)
MONTH_FORMS = (
    re.compile(r"(\d{4})[-/.](\d{1,2})"),
    re.compile(r"(\d{4})年(\d{1,2})月?"),
    re.compile(r"(\d{4})(\d{2})"),
)
SHORT_YEAR = re.compile(r"\d{2}[-/.年]\d{1,2}[-/.月]\d{1,2}日?")
YEAR_LAST = re.compile(r"\d{1,2}[-/.]\d{1,2}[-/.]\d{4}")
SERIAL = re.compile(r"(\d{4,5})(?:\.\d+)?")
FIRST_SERIAL, LAST_SERIAL = 2_101, 73_050  # October 1905 to 2099; below lie years, which are no days


class Wrong(ValueError):
    """Why a cell cannot be read."""


def plain(cell: str) -> str:
    """The cell as it would be typed on one keyboard: full-width forms made plain, invisible characters gone."""
    return SPACE.sub(" ", UNSEEN.sub("", unicodedata.normalize("NFKC", cell))).strip().lstrip("'").strip()


def text(cell: str) -> str | None:
    """A name or other words. Han characters stay as they were written; only spaces, line feeds and dots are evened."""
    if ERRORS.fullmatch(cell.strip()):
        raise Wrong(gettext("holds the spreadsheet's error %(said)s") % {"said": cell.strip()})
    said = SPACE.sub(" ", UNSEEN.sub("", cell)).strip().lstrip("'").strip()
    said = DOTS.sub("·", BETWEEN_HAN.sub("", said))
    return None if said.lower() in NOTHING else said


def key(cell: str) -> str | None:
    """A number that names something (a household, a village, an account): digits count, nothing may be lost."""
    said = plain(cell).replace(" ", "")
    if said.lower() in NOTHING:
        return None
    if SCIENTIFIC.fullmatch(said):
        raise Wrong(
            gettext(
                "'%(said)s' was turned into a number by a spreadsheet and its last digits are "
                "lost. Format the column as text and enter it again"
            )
            % {"said": said}
        )
    if not KEY.fullmatch(said):
        raise Wrong(gettext("'%(said)s' is no number or code") % {"said": said})
    return said


def phone(cell: str) -> str | None:
    """A telephone number, as dialled."""
    said = plain(cell)
    if SCIENTIFIC.fullmatch(said):
        raise Wrong(
            gettext("'%(said)s' was turned into a number by a spreadsheet and its last digits are lost")
            % {"said": said}
        )
    return None if said.lower() in NOTHING else re.sub(r"[\s()-]", "", said)


def identity_number(cell: str) -> str | None:
    """An identity number as it was entered, in plain upper-case characters; one of 15 digits in its form of 18.

    A wrong check digit is a fact about the register and taken as it stands (a standard finds it); a number that a
    spreadsheet has cut is no longer what anybody entered, and refused.
    """
    said = plain(cell).replace(" ", "").upper()
    if said.lower() in NOTHING:
        return None
    cut = re.fullmatch(r"\d{15}000", said) and said[17] != check_digit(said[:17])
    if cut or SCIENTIFIC.fullmatch(said):
        raise Wrong(
            gettext(
                "the identity number was turned into a number by a spreadsheet and its last digits are lost. "
                "Format the column as text and enter it again"
            )
        )
    if len(said) > 40:
        raise Wrong(gettext("is too long for an identity number"))
    return eighteen(said) if len(said) == 15 and said.isdigit() else said


def day(cell: str, *, dates_1904: bool = False) -> tuple[date | None, bool]:
    """A day, and whether only its month was named (it is then the month's first day)."""
    said = plain(cell)
    if said.lower() in NOTHING | OPEN_END:
        return None, False
    for form in DAY_FORMS:
        if found := form.fullmatch(said):
            return _calendar_day(said, int(found[1]), int(found[2]), int(found[3])), False
    for form in MONTH_FORMS:
        if found := form.fullmatch(said):
            return _calendar_day(said, int(found[1]), int(found[2]), 1), True
    if found := SERIAL.fullmatch(said):
        serial = int(found[1]) + (1_462 if dates_1904 else 0)
        if FIRST_SERIAL <= serial <= LAST_SERIAL:
            return date(1899, 12, 30) + timedelta(days=serial), False
        raise Wrong(gettext("'%(said)s' is a year or a number, not a day. Write it as 2020-06-30") % {"said": said})
    if SHORT_YEAR.fullmatch(said):
        raise Wrong(gettext("'%(said)s' has a year of two digits. Write it as 1962-11-19") % {"said": said})
    if YEAR_LAST.fullmatch(said):
        raise Wrong(
            gettext("'%(said)s' may be read with day and month swapped. Write the year first, as 1962-11-19")
            % {"said": said}
        )
    raise Wrong(gettext("'%(said)s' is no date. Write it as 2020-06-30") % {"said": said})


def _calendar_day(said: str, year: int, month: int, number: int) -> date:
    try:
        named = date(year, month, number)
    except ValueError:
        raise Wrong(gettext("'%(said)s' is no day of the calendar") % {"said": said}) from None
    if not 1880 <= year <= 2100:
        raise Wrong(gettext("'%(said)s' lies outside the years 1880 to 2100") % {"said": said})
    return named


def amount(cell: str, factor: int = 1) -> tuple[Decimal | None, bool]:
    """An amount to the fen (or a measure to two decimals), and whether decimals had to be rounded to get there.

    `factor` is the heading's unit: 10000 for 万元. Brackets are negative, as bookkeepers write.
    """
    said = plain(cell).replace(" ", "").replace("，", ",")
    if said.lower() in NOTHING:
        return None, False
    sign = 1
    if bracketed := IN_BRACKETS.fullmatch(said):
        said, sign = bracketed[1], -1
    found = AMOUNT.fullmatch(said)
    if found:
        exact = Decimal(found[1] + found[2].replace(",", ""))
        factor = FACTORS.get(found[3], 1) if found[3] else factor
    elif SCIENTIFIC.fullmatch(said):
        exact = Decimal(said)
    elif ERRORS.fullmatch(said):
        raise Wrong(gettext("holds the spreadsheet's error %(said)s") % {"said": said})
    else:
        raise Wrong(gettext("'%(said)s' is no number. Write it in figures only, as 3200.50") % {"said": said})
    exact *= sign * factor
    rounded = exact.quantize(FEN, ROUND_HALF_UP) if abs(exact) < LARGEST else LARGEST
    if abs(rounded) >= LARGEST:
        raise Wrong(gettext("'%(said)s' is larger than any amount the register holds") % {"said": said})
    # A spreadsheet computes in binary: 0.1 + 0.2 comes as 0.30000000000000004, and nothing was lost there.
    return rounded, abs(exact - rounded) > Decimal("0.000001")


def whole(cell: str) -> int | None:
    """A whole number, perhaps with its unit: 3, 3.0, ３人, 二级."""
    said = plain(cell).replace(" ", "")
    if said.lower() in NOTHING:
        return None
    found = WHOLE.fullmatch("".join(HAN_DIGITS.get(character, character) for character in said))
    if not found:
        raise Wrong(gettext("'%(said)s' is no whole number") % {"said": said})
    number = int(found[1].replace(",", ""))
    if abs(number) >= 2**31:
        raise Wrong(gettext("'%(said)s' is larger than any number the register holds") % {"said": said})
    return number


def word(words: Mapping[str, object], choices: str) -> Callable[[str], object]:
    """A reader for cells that hold one of a list of words (a code, yes or no)."""

    def read(cell: str) -> object:
        said = even(cell)
        if said in words:
            return words[said]
        if said in NOTHING:
            return None
        raise Wrong(gettext("'%(said)s' is not one of: %(choices)s") % {"said": said, "choices": choices})

    return read
