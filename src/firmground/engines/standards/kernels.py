"""Small loops over plain numbers, compiled by `native`: what generated loops call, and what brings columns to them.

Every value is a 64-bit whole number: money in its smallest unit, dates as days since 1970-01-01, text as its rank
among all the text of the part. True, false and unknown are 1, 0 and 2. All of it is Python that also runs as it is.
"""

from typing import Annotated

import numpy as np

from firmground.engines.standards.merge import UNKNOWN, UNKNOWN_BOOL, Array

Wholes = Annotated[Array, np.int64, 1]
Halves = Annotated[Array, np.int32, 1]
Flags = Annotated[Array, np.int8, 1]
Bytes = Annotated[Array, np.uint8, 1]
Grid = Annotated[Array, np.int64, 2]
"""Kinds of arrays: what their numbers are, and in how many dimensions they lie."""
CALLED_FROM_PYTHON = ("widened", "narrowed", "ranked", "flagged", "ascending", "write_evidence")
_DATE, _WHOLE, _DECIMAL, _BOOL = 0, 1, 2, 3
KINDS = {"date": _DATE, "int": _WHOLE, "decimal": _DECIMAL, "bool": _BOOL, "text": 4}
NUMBER_BYTES = 24
"""The longest number, date or truth value as text."""


def choose(condition: bool, one: int, other: int) -> int:
    """`one` if the condition holds, else `other`."""
    return one if condition else other


def rounded(number: int, unit: int) -> int:
    """A number in units, half away from zero. `unit` is a power of ten."""
    if number < 0:
        return -((unit // 2 - number) // unit)
    return (number + unit // 2) // unit


def quotient(over: int, under: int) -> int:
    """over / under in units of 10^-10, half away from zero, by long division five digits at a time."""
    if under == 0:
        return 0
    negative = (over < 0) != (under < 0)
    over, under = abs(over), abs(under)
    whole = over // under
    rest = (over - whole * under) * 100000
    first = rest // under
    rest = (rest - first * under) * 100000
    second = rest // under
    rest -= second * under
    result = (whole * 100000 + first) * 100000 + second
    if 2 * rest >= under:
        result += 1
    return -result if negative else result


def calendar(days: int) -> int:
    """The month of a day, counted from March of year 0, times 32, and its day of the month."""
    day = days + 719468  # since 1 March of year 0
    era = day // 146097
    of_era = day - era * 146097
    year = (of_era - of_era // 1460 + of_era // 36524 - of_era // 146096) // 365
    of_year = of_era - (365 * year + year // 4 - year // 100)
    month = (5 * of_year + 2) // 153
    return ((era * 400 + year) * 12 + month) * 32 + of_year - (153 * month + 2) // 5 + 1


def months_between(start: int, start_month: int, end: int, end_month: int) -> int:
    """Whole months completed, as `arithmetic.months_between`; each day comes with its `calendar`."""
    if end < start:
        return -months_forward(end_month, start, start_month)
    return months_forward(start_month, end, end_month)


def months_forward(start_month: int, end: int, end_month: int) -> int:
    months = (end_month >> 5) - (start_month >> 5)
    if (end_month & 31) < (start_month & 31) and calendar(end + 1) >> 5 == end_month >> 5:
        return months - 1
    return months


def whole_years(months: int) -> int:
    """Twelve months each, towards zero."""
    return -(-months // 12) if months < 0 else months // 12


def widened(values: Wholes, known: Bytes, offset: int, out: Wholes) -> int:
    """Whole numbers or days into `out`, unknown where the bitmap `known` says so; returns the greatest magnitude."""
    most = 0
    for row in range(len(out)):
        value = values[row]
        if len(known) and not (known[(row + offset) >> 3] >> ((row + offset) & 7)) & 1:
            out[row] = UNKNOWN
        else:
            out[row] = value
            most = max(most, abs(value))
    return most


def narrowed(words: Wholes, known: Bytes, offset: int, unit: int, out: Wholes) -> int:
    """Decimals of two words each into `out`, in a unit `unit` times smaller; the greatest, or -1 if too long."""
    most = 0
    for row in range(len(out)):
        if len(known) and not (known[(row + offset) >> 3] >> ((row + offset) & 7)) & 1:
            out[row] = UNKNOWN
        else:
            low = words[2 * row]
            if words[2 * row + 1] != low >> 63 or abs(low) > 1000000000000000 // unit:
                return -1
            out[row] = low * unit
            most = max(most, abs(low * unit))
    return most


def ranked(codes: Halves, known: Bytes, offset: int, ranks: Wholes, out: Wholes) -> None:
    """The rank of each text, from its number in a dictionary."""
    for row in range(len(out)):
        if len(known) and not (known[(row + offset) >> 3] >> ((row + offset) & 7)) & 1:
            out[row] = UNKNOWN
        else:
            out[row] = ranks[codes[row]]


def flagged(bits: Bytes, known: Bytes, offset: int, out: Flags) -> None:
    """True, false and unknown as 1, 0 and 2."""
    for row in range(len(out)):
        at = row + offset
        if len(known) and not (known[at >> 3] >> (at & 7)) & 1:
            out[row] = UNKNOWN_BOOL
        else:
            out[row] = (bits[at >> 3] >> (at & 7)) & 1


def ascending(positions: Wholes, first: int, subjects: int) -> bool:
    """Whether positions never fall and all lie among the subjects, of which `first` comes first."""
    before = first
    for position in positions:
        if position < before:
            return False
        before = position
    return before < first + subjects or len(positions) == 0


def write_digits(number: int, out: Array, at: int) -> int:
    """A whole number, not negative, as text; returns where it ends."""
    digits = 1
    rest = number // 10
    while rest:
        digits += 1
        rest //= 10
    for place in range(digits):
        out[at + digits - 1 - place] = 48 + number % 10
        number //= 10
    return at + digits


def write_decimal(number: int, places: int, out: Array, at: int) -> int:
    """A number in units of 10^-places as text, without trailing zeros; returns where it ends."""
    if number < 0:
        out[at] = 45
        at += 1
        number = -number
    while places > 0 and number % 10 == 0:
        number //= 10
        places -= 1
    unit = 1
    for _ in range(places):
        unit *= 10
    at = write_digits(number // unit, out, at)
    if places > 0:
        out[at] = 46
        rest = number % unit
        for place in range(places):
            out[at + places - place] = 48 + rest % 10
            rest //= 10
        at += 1 + places
    return at


def write_date(days: int, out: Array, at: int) -> int:
    """A day as "2020-06-30", in quotes; returns where it ends."""
    packed = calendar(days)
    month = (packed >> 5) + 2
    year, month, day = month // 12, month % 12 + 1, packed & 31
    out[at] = 34
    for place in range(4):
        out[at + 4 - place] = 48 + year % 10
        year //= 10
    out[at + 5] = 45
    out[at + 6], out[at + 7] = 48 + month // 10, 48 + month % 10
    out[at + 8] = 45
    out[at + 9], out[at + 10] = 48 + day // 10, 48 + day % 10
    out[at + 11] = 34
    return at + 12


def write_piece(text: Array, start: int, end: int, out: Array, at: int) -> int:
    """A piece of text; returns where it ends."""
    for place in range(start, end):
        out[at + place - start] = text[place]
    return at + end - start


def write_value(value: int, kind: int, places: int, words: Array, word_ends: Array, out: Array, at: int) -> int:
    """One value as JSON; returns where it ends. `words` are all texts as JSON, by rank."""
    if (kind == _BOOL and value == UNKNOWN_BOOL) or (kind != _BOOL and value == UNKNOWN):
        out[at], out[at + 1], out[at + 2], out[at + 3] = 110, 117, 108, 108
        return at + 4
    if kind == _DATE:
        return write_date(value, out, at)
    if kind in (_WHOLE, _DECIMAL):
        return write_decimal(value, places, out, at)
    if kind == _BOOL:
        if value:
            out[at], out[at + 1], out[at + 2], out[at + 3] = 116, 114, 117, 101
            return at + 4
        out[at], out[at + 1], out[at + 2], out[at + 3], out[at + 4] = 102, 97, 108, 115, 101
        return at + 5
    return write_piece(words, word_ends[value], word_ends[value + 1], out, at)


def write_evidence(
    entries: Grid,
    kinds: Wholes,
    places: Wholes,
    names: Bytes,
    name_ends: Wholes,
    words: Bytes,
    word_ends: Wholes,
    out: Bytes,
    ends: Halves,
) -> None:
    """One standard's evidence as JSON, one text an entry, into `out`; `ends` tells where each begins and ends."""
    at = 0
    ends[0] = 0
    for entry in range(len(entries)):
        for value in range(len(kinds)):
            at = write_piece(names, name_ends[value], name_ends[value + 1], out, at)
            at = write_value(entries[entry, value], kinds[value], places[value], words, word_ends, out, at)
        if len(kinds) == 0:
            out[at] = 123
            at += 1
        out[at] = 125
        at += 1
        ends[entry + 1] = at
