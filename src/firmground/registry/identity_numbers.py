"""Chinese identity numbers (GB 11643-1999): six digits of region, birth date, sequence, check digit."""

from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
CHECK_DIGITS = "10X98765432"


def check_digit(seventeen: str) -> str:
    """The last character that belongs to the first seventeen digits."""
    return CHECK_DIGITS[sum(int(digit) * weight for digit, weight in zip(seventeen, WEIGHTS, strict=True)) % 11]


def eighteen(number: str) -> str | None:
    """The number in its one form of 18 characters; None if it has no such form.

    A number of 15 digits gets its century and check digit; of a disability certificate (20 or 22 characters) the
    identity number is the first 18.
    """
    number = number.strip().upper()
    if not number.isascii():
        return None
    if len(number) == 15 and number.isdigit():
        seventeen = number[:6] + "19" + number[6:]
        return seventeen + check_digit(seventeen)
    if len(number) in (20, 22) and number[18:].isdigit():
        number = number[:18]
    return (
        number if len(number) == 18 and number[:17].isdigit() and (number[17].isdigit() or number[17] == "X") else None
    )


def state(number: str | None, birth_date: date | None = None) -> str:
    """How an identity number stands by itself: good, missing, malformed, bad_checksum or bad_birth_date.

    The birth date is bad when the number's is no day of the calendar, or not the day known otherwise. The region is
    where the number was first issued, perhaps under a code long withdrawn: it says nothing against the number.
    """
    if not number:
        return "missing"
    full = eighteen(number)
    if full is None:
        return "malformed"
    if full[17] != check_digit(full[:17]):
        return "bad_checksum"
    try:
        born = date(int(full[6:10]), int(full[10:12]), int(full[12:14]))
    except ValueError:
        return "bad_birth_date"
    return "good" if birth_date in (None, born) else "bad_birth_date"


def states(numbers: pa.Array, birth_dates: pa.Array) -> pa.Array:
    """`state` of many numbers at once."""
    well_formed = pc.fill_null(pc.match_substring_regex(numbers, r"^\d{17}[\dX](\d{2}(\d{2})?)?$"), False)
    found = pc.if_else(pc.equal(pc.fill_null(numbers, ""), ""), "missing", "malformed")
    full = pc.utf8_slice_codeunits(numbers.filter(well_formed), 0, 18)
    digits = np.frombuffer("".join(full.to_pylist()).encode(), np.uint8).reshape(-1, 18).astype(np.int64) - ord("0")
    check = np.frombuffer(CHECK_DIGITS.encode(), np.uint8)[digits[:, :17] @ np.array(WEIGHTS) % 11] - ord("0")
    year, month, day = (
        digits[:, start:end] @ 10 ** np.arange(end - start)[::-1] for start, end in ((6, 10), (10, 12), (12, 14))
    )
    in_calendar = (year >= 1) & (month >= 1) & (month <= 12)
    first = (np.where(in_calendar, year - 1970, 0) * 12 + np.where(in_calendar, month - 1, 0)).astype("datetime64[M]")
    month_ends = (first + 1).astype("datetime64[D]")
    born = first.astype("datetime64[D]") + np.maximum(day - 1, 0)
    in_calendar &= (day >= 1) & (born < month_ends)
    known = birth_dates.filter(well_formed)
    agrees = pc.fill_null(pc.equal(known, pa.array(born, pa.date32())), True).to_numpy(zero_copy_only=False)
    judged = np.where(digits[:, 17] != check, "bad_checksum", np.where(in_calendar & agrees, "good", "bad_birth_date"))
    return pc.replace_with_mask(found, well_formed, pa.array(judged, pa.string()))
