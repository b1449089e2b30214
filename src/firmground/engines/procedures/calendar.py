"""Days that count: all of them, or working days by a declared calendar."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Literal as OneOf

from firmground.engines.declarations import Reader, Refused, read_toml

Counting = OneOf["calendar", "working"]
COUNTINGS: tuple[Counting, ...] = ("calendar", "working")
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
ONE_DAY = timedelta(days=1)
LONGEST_HOLIDAY = 366
"""Days; a longer one is a slip in a year."""


@dataclass(frozen=True)
class Calendar:
    """Which days are worked. Days that a holiday moved to a weekend are `worked` although it is one."""

    free_weekdays: frozenset[int] = frozenset({5, 6})
    free: Mapping[date, str] = field(default_factory=dict)
    worked: frozenset[date] = frozenset()

    def works_on(self, day: date) -> bool:
        """Whether a day is a working day."""
        return day in self.worked or (day.weekday() not in self.free_weekdays and day not in self.free)

    def after(self, day: date, days: int, counting: Counting = "calendar") -> date:
        """The day so many days after another; the first day is not counted, as limits in law begin the day after."""
        if counting == "calendar":
            return day + timedelta(days=days)
        while days > 0:
            day += ONE_DAY
            days -= self.works_on(day)
        return day

    def between(self, first: date, last: date, counting: Counting = "calendar") -> int:
        """How many days that count lie after `first`, up to and with `last`; 0 if `last` is not after `first`."""
        if counting == "calendar":
            return max((last - first).days, 0)
        return sum(self.works_on(first + timedelta(days=n)) for n in range(1, (last - first).days + 1))


def read_calendar(folder: Path, refusals: list[Refused]) -> Calendar:
    """The calendar of a catalogue (calendar.toml); without a file, Saturdays and Sundays are free."""
    path = folder / "calendar.toml"
    if not path.is_file():
        return Calendar()
    reader = Reader("calendar.toml", read_toml(path, "calendar.toml", refusals) or {}, refusals)
    weekdays = reader.list_of("free_weekdays", str, what='a list of weekdays, as ["saturday", "sunday"]')
    for weekday in weekdays:
        if weekday not in WEEKDAYS:
            reader.refuse("free_weekdays", f"'{weekday}' is not a weekday; write {', '.join(WEEKDAYS)}")
    if set(WEEKDAYS) <= set(weekdays):
        reader.refuse("free_weekdays", "leaves no day to work on")
    free: dict[date, str] = {}
    for name, said in reader.tables("holiday"):
        row = Reader("calendar.toml", said, refusals, inside=name)
        title = row.words("title", required=True)
        row.words("law", required=True)
        row.take("confirmed", bool, what="true or false")
        first, last = row.date("from", required=True), row.date("to", required=True)
        row.done()
        if first and last and last < first:
            row.refuse("to", f"{last} is before {first}")
        elif first and last and (last - first).days >= LONGEST_HOLIDAY:
            row.refuse("to", f"{last} is more than {LONGEST_HOLIDAY} days after {first}")
        elif first and last:
            free |= {first + timedelta(days=n): title.get("en", "") for n in range((last - first).days + 1)}
    worked = reader.list_of("worked", date, what="a list of dates, as [2020-01-19]")
    if any(isinstance(day, datetime) for day in worked):
        reader.refuse("worked", "must be dates without a time, as [2020-01-19]")
    reader.done()
    named = frozenset(WEEKDAYS.index(weekday) for weekday in weekdays if weekday in WEEKDAYS)
    return Calendar(named if "free_weekdays" in reader.said else Calendar().free_weekdays, free, frozenset(worked))
