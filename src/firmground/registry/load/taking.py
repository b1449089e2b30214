"""Typed rows -> the register: refused, unchanged, superseding or new, decided for all rows at once.

The rows are copied into a temporary table and compared with the open rows of the register in the database. The caller
holds the transaction: until it commits, nothing is in.
"""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pyarrow as pa
import pyarrow.csv
from django.db import connection
from django.utils.translation import gettext

from firmground.places.models import Place
from firmground.registry.columns import PERSON, Table, in_both
from firmground.registry.models import REGISTERS, County, ExitSurvey, Household, Load, Member, Register
from firmground.registry.queries import part

ROWS_AT_ONCE = 50_000
BECAME = """
WITH RECURSIVE became(code) AS (
    SELECT %(place)s::varchar
    UNION
    SELECT change.to_code FROM became JOIN places_placechange change ON change.from_code = became.code
)
SELECT string_agg(code, ', ' ORDER BY code) FROM became JOIN places_place USING (code) WHERE valid_to IS NULL
"""
"""SQL: the places in force that a place, in force no more, has become. No code is given out again."""
quote = connection.ops.quote_name


@dataclass(frozen=True)
class Taken:
    """What became of the rows that were not refused, and which counties' registers changed."""

    new: int
    superseding: int
    unchanged: int
    counties: list[str]


class Staged:
    """Rows of one register in a temporary table, numbered by `position`, on their way in."""

    def __init__(self, cursor: Any, table: Table, rows: pa.Table) -> None:
        self.cursor, self.table, self.model = cursor, table, table.model
        self.columns = [name for name in rows.column_names if name != "row"]
        self.key, self.of, self.place = self.model.KEY, self.model.OF, self.model.PLACE
        self.home = self.of.KEY if self.of else self.key  # what its place is known by
        self._create(rows)

    def _create(self, rows: pa.Table) -> None:
        made = dict.fromkeys([self.key, self.home, *(("member_id",) if self.table.names_a_person else ())])
        types = dict.fromkeys(PERSON, "text")
        types |= {each.name: each.db_type(connection) or "" for each in self.model._meta.concrete_fields}
        names = list(dict.fromkeys([*made, *self.columns]))
        described = ", ".join(f"{quote(name)} {types[name]}" for name in names)
        self.cursor.execute("SET LOCAL work_mem = '256MB'")
        self.cursor.execute("SET LOCAL jit = off")
        self.cursor.execute("DROP TABLE IF EXISTS staged")
        self.cursor.execute(f"CREATE TEMP TABLE staged (position integer, {described}) ON COMMIT DROP")
        rows = rows.select(self.columns).add_column(0, "position", pa.array(range(rows.num_rows), pa.int32()))
        copied = ", ".join(map(quote, rows.column_names))
        with self.cursor.copy(f"COPY staged ({copied}) FROM STDIN (FORMAT csv)") as copy:
            for chunk in _as_csv(rows):
                copy.write(chunk)
        self.columns = [name for name in names if name not in PERSON or name in _names(self.model)]
        self._name_households(rows.column_names)
        self._make_keys()
        joined = ", ".join(map(quote, dict.fromkeys([self.key, self.home])))
        self.cursor.execute(f"ANALYZE staged ({joined})")

    def _name_households(self, brought: list[str]) -> None:
        """Where a department names a person, find the household, by the member's number or identity number."""
        if not self.table.names_a_person:
            return
        for way in ("member_id", "id_number"):
            if way in brought:
                # Who left one household for another is in both; the row that counts is where the person is now.
                self.cursor.execute(f"""
                    UPDATE staged SET household_id = found.household_id, member_id = found.member_id
                    FROM (
                        SELECT {way} AS sought, coalesce(min(household_id) FILTER (WHERE here), min(household_id)),
                               coalesce(min(member_id) FILTER (WHERE here), min(member_id))
                        FROM (SELECT *, coalesce(status, 'active') = 'active' AS here FROM {_of(Member)}) m
                        WHERE superseded_at IS NULL AND {way} IN (SELECT {way} FROM staged)
                        GROUP BY 1 HAVING count(*) FILTER (WHERE here) = 1 OR count(*) = 1
                    ) AS found (sought, household_id, member_id)
                    WHERE staged.household_id IS NULL AND found.sought = staged.{way}""")

    def _make_keys(self) -> None:
        if self.model.MADE_FROM:
            made = ", ".join(quote(name) for name in self.model.MADE_FROM if name in self.columns)
            self.cursor.execute(
                f"UPDATE staged SET {quote(self.key)} = concat_ws('-', {made}) WHERE {quote(self.key)} IS NULL"
            )

    def refused(self) -> dict[int, str]:
        """The rows that cannot go in, each with the reason."""
        found: dict[int, str] = {}
        for condition, named, reason in self._conditions():
            self.cursor.execute(f"SELECT position, {named} FROM staged s WHERE {condition}")
            for position, value in self.cursor.fetchall():
                found.setdefault(position, reason % {"named": value} if value else self._nobody())
        return found

    def _nobody(self) -> str:
        return gettext("nobody in the register, or more than one, is the person named here")

    def _conditions(self) -> Iterator[tuple[str, str, str]]:
        """(what is wrong and the value to name, in SQL over `staged s`; the sentence that says so)."""
        key = f"s.{quote(self.key)}"
        yield (
            f"{key} IN (SELECT {quote(self.key)} FROM staged GROUP BY 1 HAVING count(*) > 1)",
            key,
            gettext("stands in the file more than once (%(named)s)"),
        )
        place = f"s.{quote(self.place)}"
        if self.of is None:
            yield (
                f"NOT {place} ^@ ANY (firmground_territories())",
                place,
                gettext("the village %(named)s lies outside the territory of your office")
                if self.place == "village_code"
                else gettext("the place %(named)s lies outside the territory of your office"),
            )
            digits = ", ".join(map(str, self.model.DIGITS))
            of_level = "p.level = 'village'" if self.place == "village_code" else f"length(p.code) IN ({digits})"
            yield (
                f"{place} <> '' AND NOT EXISTS (SELECT FROM {_of(Place)} p WHERE p.code = {place} AND {of_level})",
                place,
                gettext("no village has the code %(named)s")
                if self.place == "village_code"
                else gettext("no village, township or county has the code %(named)s")
                if self.model.DIGITS == Register.DIGITS
                else gettext("no place that this register may speak of has the code %(named)s"),
            )
            yield (
                f"EXISTS (SELECT FROM {_of(Place)} p WHERE p.code = {place} AND p.valid_to <= {self._day()})",
                f"{place} || ' → ' || ({BECAME % {'place': place}})",
                gettext("the place was no more on the day that the row speaks of; what it became: %(named)s"),
            )
            return
        of = self.of
        home = f"SELECT FROM {_of(of)} h WHERE h.{of.KEY} = s.{of.KEY} AND h.superseded_at IS NULL"
        yield (
            f"NOT EXISTS ({home})",
            f"s.{of.KEY}",
            gettext("no household has the number %(named)s: load the households first")
            if of is Household
            else gettext("no county has the code %(named)s: load the counties first")
            if of is County
            else gettext("the register %(register)s has no number %%(named)s: load it first")
            % {"register": in_both(of)},
        )
        if self.place in self.columns:
            yield (
                f"EXISTS ({home} AND h.{self.place} <> {place})",
                place,
                gettext("the household is not registered in village %(named)s")
                if of is Household
                else gettext("what it belongs to is not registered in place %(named)s"),
            )
        if self.model is ExitSurvey:
            yield (
                "s.kind <> 'own_check'"
                " AND NOT EXISTS (SELECT FROM unnest(firmground_territories()) t WHERE length(t) < 6)",
                "s.county_id",
                gettext("a county does not assess itself: a survey of %(named)s that decides is sent in from above"),
            )
        if "member_id" in self.columns and self.model is not Member:
            member = f"SELECT FROM {_of(Member)} m WHERE m.member_id = s.member_id AND m.superseded_at IS NULL"
            yield (
                f"s.member_id IS NOT NULL AND NOT EXISTS ({member} AND m.household_id = s.household_id)",
                "s.member_id",
                gettext("the household has no member with the number %(named)s"),
            )
        if {"held_from", "held_to"} <= set(self.columns):
            yield "s.held_to < s.held_from", "s.held_to::text", gettext("ends on %(named)s, before it begins")

    def _day(self) -> str:
        """SQL: the day that a row of the file speaks of; today, where it names none."""
        clock: Any = next((each for each in self.model._meta.concrete_fields if each.name == "held_from"), None)
        named = clock.expression.name if clock is not None and clock.generated else "held_from"
        return f"coalesce(s.{quote(named)}, CURRENT_DATE)" if named in self.columns else "CURRENT_DATE"

    def leave_out(self, positions: list[int]) -> None:
        """Take refused rows out."""
        self.cursor.execute("DELETE FROM staged WHERE position = ANY(%s)", [positions])

    def put(self, load: Load, now: datetime) -> Taken:
        """Supersede what the file says differently, and put in what is new. Needs the register locked."""
        key, model = quote(self.key), self.model
        facts = [name for name in self.columns if name not in (self.key, self.place)]
        if self.of is None:
            facts.append(self.place)
        ours = ", ".join(f"t.{quote(name)}" for name in facts)
        theirs = ", ".join(f"s.{quote(name)}" for name in facts)
        counties: set[str] = set()
        superseding = self._count_by_county(
            f"UPDATE {_of(model)} t SET superseded_at = %s, superseded_by_id = %s FROM staged s"
            f" WHERE t.{key} = s.{key} AND t.superseded_at IS NULL AND ({ours}) IS DISTINCT FROM ({theirs})"
            f" RETURNING t.{self.place}", [now, load.pk], counties)  # fmt: skip
        # What the file has no column for stays as it was.
        carried = sorted(_names(model) - {self.key, *self.columns, self.place}) if superseding else []
        names = ", ".join(map(quote, [self.key, *facts, *carried]))
        names += ", recorded_at, source_id"
        values = ", ".join([f"s.{key}", theirs, *(f"old.{quote(name)}" for name in carried), "%s", "%s"])
        joins = ""
        if self.of is not None:
            names, values = f"{names}, {self.place}", f"{values}, h.{self.place}"
            joins = f" JOIN {_of(self.of)} h ON h.{self.home} = s.{self.home} AND h.superseded_at IS NULL"
        if carried:
            joins += f" LEFT JOIN {_of(model)} old ON old.{key} = s.{key} AND old.superseded_by_id = {load.pk:d}"
        put_in = self._count_by_county(
            f"INSERT INTO {_of(model)} ({names}) SELECT {values} FROM staged s{joins}"
            f" WHERE NOT EXISTS (SELECT FROM {_of(model)} t WHERE t.{key} = s.{key} AND t.superseded_at IS NULL)"
            f" RETURNING {self.place}", [now, load.pk], counties)  # fmt: skip
        if self.of is None and superseding:
            self._let_rows_follow(load)
        self.cursor.execute("SELECT count(*) FROM staged")
        (total,) = self.cursor.fetchone()
        return Taken(put_in - superseding, superseding, total - put_in, sorted(counties))

    def _count_by_county(self, statement: str, parameters: list[object], counties: set[str]) -> int:
        self.cursor.execute(
            f"WITH done AS ({statement}) SELECT {part(self.place)}, count(*) FROM done GROUP BY 1", parameters
        )
        counted = dict(self.cursor.fetchall())
        counties.update(counted)
        return sum(counted.values())

    def _let_rows_follow(self, load: Load) -> None:
        """What moved to another place takes its rows along: where a row belongs is no fact of its own."""
        key, place = self.key, self.place
        self.cursor.execute(
            f"""
            CREATE TEMP TABLE moved ON COMMIT DROP AS
            SELECT new.{key}, old.{place} AS before, new.{place} AS place
            FROM {_of(self.model)} old JOIN {_of(self.model)} new
              ON new.{key} = old.{key} AND new.superseded_at IS NULL
            WHERE old.superseded_by_id = %s AND new.{place} <> old.{place}""",
            [load.pk],
        )
        if self.cursor.rowcount:
            for model in (each for each in REGISTERS.values() if each.OF is self.model):
                self.cursor.execute(f"""
                    UPDATE {_of(model)} t SET {place} = moved.place FROM moved
                    WHERE t.{place} = moved.before AND t.{key} = moved.{key}""")
        self.cursor.execute("DROP TABLE moved")


def lock(cursor: Any, model: type[Register]) -> None:
    """One load at a time writes a register; readers are not held up."""
    cursor.execute(f"LOCK TABLE {_of(model)} IN SHARE ROW EXCLUSIVE MODE")


def _of(model: Any) -> str:
    return quote(model._meta.db_table)


def _names(model: type[Register]) -> set[str]:
    """The columns of a register that a file may fill."""
    outside = {"id", "recorded_at", "source", "superseded_at", "superseded_by"}
    return {each.name for each in model._meta.concrete_fields if each.name not in outside and not each.generated}


def _as_csv(rows: pa.Table) -> Iterator[memoryview]:
    """The rows as CSV in pieces; null is an empty cell without quotation marks."""
    options = pyarrow.csv.WriteOptions(include_header=False)
    for start in range(0, rows.num_rows, ROWS_AT_ONCE):
        piece = io.BytesIO()
        pyarrow.csv.write_csv(rows.slice(start, ROWS_AT_ONCE), piece, options)
        yield piece.getbuffer()
