"""Days as whole numbers since 1970-01-01, the world's calendar, and ages in completed years."""

from datetime import date

import numpy as np
from numpy.typing import NDArray

Days = NDArray[np.int32]

NEVER = np.int32(np.iinfo(np.int32).max)  # later than every moment: it has not happened, and is not known
LONG_AGO = np.int32(-200_000)  # earlier than every moment


def day(text: str) -> int:
    """The day number of an ISO date."""
    return int(np.datetime64(text, "D").astype(np.int64))


BEGINS = day("2018-07-01")
ENDS = day("2020-06-30")
HALF_STARTS = np.array([day(d) for d in ("2018-07-01", "2019-01-01", "2019-07-01", "2020-01-01")], np.int32)
HALF_ENDS = np.array([day(d) for d in ("2018-12-31", "2019-06-30", "2019-12-31", "2020-06-30")], np.int32)
HALF_LENGTHS = HALF_ENDS - HALF_STARTS + 1


def number(of: date) -> int:
    """The day number of a date."""
    return (of - date(1970, 1, 1)).days


def _month_and_day(days: Days) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Months since 1970-01, and the day of the month."""
    dates = days.astype("datetime64[D]")
    months = dates.astype("datetime64[M]")
    return months.astype(np.int64), (dates - months).astype(np.int64)


def age(birth: Days, on: Days | int) -> NDArray[np.int16]:
    """Completed years from `birth` to `on`; negative before birth. One born on 29 February completes on 28 February."""
    birth_month, birth_day = _month_and_day(birth)
    on_month, on_day = _month_and_day(np.asarray(on, np.int32))
    next_day_month, _ = _month_and_day(np.asarray(on, np.int32) + np.int32(1))
    month_done = (on_day >= birth_day) | (next_day_month != on_month)
    return ((on_month - birth_month - ~month_done) // 12).astype(np.int16)


def overlap(start: Days, end: Days, first: Days | int, last: Days | int) -> NDArray[np.int32]:
    """How many days [start, end) and [first, last] share."""
    shared = np.minimum(end.astype(np.int64), np.asarray(last, np.int64) + 1) - np.maximum(start, first)
    return np.maximum(shared, 0).astype(np.int32)
