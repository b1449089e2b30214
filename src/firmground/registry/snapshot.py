"""The registers as of a date, as known at a moment, written as a snapshot for the engines.

Two clocks choose the rows: what they speak of began by `as_of`, and they were recorded, and not yet superseded, at
`known_at`. Names, identity numbers, telephones and accounts stay behind; what must be known of them is worked out
over the whole register first: the state of each identity number, and how many households share a telephone or account.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
from django.db import connection, transaction
from django.utils import timezone

from firmground.common.errors import Refusal
from firmground.common.in_force import catalogue_in_force
from firmground.engines import rollups
from firmground.engines.changes import write_changes
from firmground.engines.snapshot import ARROW_TYPES, COUNTY_DIGITS, Snapshot, SnapshotWriter
from firmground.registry.columns import base_facts
from firmground.registry.identity_numbers import states
from firmground.registry.models import (
    OF_HOUSEHOLDS,
    REGISTERS,
    ExitSurvey,
    Household,
    Living,
    Load,
    Member,
    Register,
    Registers,
)
from firmground.registry.queries import changed_counties, known, lies_in, part

Progress = Callable[[int, int], None]  # counties done, of how many
SUBJECTS: Registers[Register] = Registers(lambda model: model.OF is None and model is not Household)
ADDED_UP = {"village": 12, "county": 6}  # the digits of their codes
IN_HOUSEHOLD = "(status IS NULL OR status = 'active')"


def write(
    *,
    as_of: date,
    to: Path,
    known_at: datetime | None = None,
    parent: Snapshot | None = None,
    progress: Progress = lambda done, all_: None,
) -> Snapshot:
    """Write the snapshot into the folder `to`, county by county.

    Args:
        known_at: left out: now, once every load that has begun is in.
        parent: an earlier snapshot of the same date, whose unchanged counties are linked instead of written.

    Raises:
        Refusal: the folder holds a snapshot already, the moment lies in the future, or there are no households.
    """
    now = _every_load_is_in()
    known_at = known_at or now
    if known_at > now:
        raise Refusal(f"Nothing is known yet of {known_at:%Y-%m-%d %H:%M}. Choose a moment that has passed.")
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")  # all counties at one moment
        export = _Export(cursor, as_of, known_at)
        counties = export.parts()
        if not counties:
            raise Refusal(f"No household is known as of {as_of} at {known_at:%Y-%m-%d %H:%M}. Load registers first.")
        kept = set(counties) & export.unchanged(parent)
        writer = SnapshotWriter(to, as_of=as_of, known_at=known_at, parent=parent, made_by={"from": "registry"})
        shared = _Shared.read(cursor, *known(as_of, known_at)) if set(counties) - kept else None
        for done, county in enumerate(counties):
            progress(done, len(counties))
            if county in kept or shared is None:
                writer.keep_county(county)
            else:
                households = export.households(county, shared)
                related = export.related(county, households, shared)
                if len(county) == COUNTY_DIGITS:  # no household lies in a place above
                    writer.write_subjects("household", county, households, related)
                sums = counted(households, related["member"])
                for name, model in export.subjects_known.items():
                    rows, related = export.subjects(name, county, sums)
                    if rows.num_rows:
                        writer.write_subjects(name, county, rows, related, model.PLACE)
        progress(len(counties), len(counties))
    snapshot = writer.close()
    if parent is not None:
        write_changes(parent, snapshot)
    return snapshot


def _every_load_is_in() -> datetime:
    """A moment before which every load that had begun has ended: its rows are either in or never will be."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"LOCK TABLE {Load._meta.db_table} IN SHARE MODE")
        return timezone.now()


@dataclass(frozen=True)
class _Shared:
    """What several households or members have in common, and how many of them."""

    identity_numbers: pa.Array
    accounts: pa.Table
    phones: pa.Table

    @classmethod
    def read(cls, cursor: Any, condition: str, parameters: list[object]) -> "_Shared":
        def more_than_one(expression: str, model: Any, also: str = "true") -> pa.Table:
            query = (
                f"SELECT {expression} AS value, count(*) AS households FROM {model._meta.db_table}"
                f" WHERE {condition} AND {expression} IS NOT NULL AND {also} GROUP BY 1 HAVING count(*) > 1"
            )
            return _copied(cursor, query, parameters, {"value": pa.string(), "households": pa.int32()})

        return cls(
            identity_numbers=more_than_one("left(id_number, 18)", Member, IN_HOUSEHOLD)["value"].combine_chunks(),
            accounts=more_than_one("bank_account", Household),
            phones=more_than_one("phone", Household),
        )


class _Export:
    """Reads the registers' rows of one county at a time, as the columns of a snapshot."""

    def __init__(self, cursor: Any, as_of: date, known_at: datetime) -> None:
        self.cursor, self.as_of, self.known_at = cursor, as_of, known_at
        self.condition, self.parameters = known(as_of, known_at)
        self.facts = base_facts(catalogue_in_force())
        self.subjects_known = {name: model for name, model in SUBJECTS.items() if name in self.facts}
        self.moved = self._moved()

    def parts(self) -> list[str]:
        """The counties that have households, or anything else that is judged, and places above that have; in order."""
        found: set[str] = set()
        subjects: list[type[Register]] = [Household, *self.subjects_known.values()]
        for model in subjects:
            self.cursor.execute(
                f"SELECT DISTINCT {part(model.PLACE)} FROM {model._meta.db_table} WHERE {self.condition}",
                self.parameters,
            )
            found |= {county for (county,) in self.cursor.fetchall()}
        return sorted(found)

    def unchanged(self, parent: Snapshot | None) -> set[str]:
        """The counties that are in the parent as they would be written now.

        None if the parent is of another date: then rows count that did not before. A county has changed, too, if one
        of its households shares a number with one that changed elsewhere.
        """
        if parent is None or parent.as_of != self.as_of:
            return set()
        before = datetime.fromisoformat(parent.known_at)
        if before > self.known_at:
            return set()
        changed = changed_counties(before, self.known_at)
        return set(parent.parts()) - changed - self._sharing(before) if changed else set(parent.parts())

    def _sharing(self, before: datetime) -> set[str]:
        """Counties in which a number stands that was also written or superseded since `before`."""
        found: set[str] = set()
        for model, column in ((Household, "phone"), (Household, "bank_account"), (Member, "id_number")):
            table = model._meta.db_table
            self.cursor.execute(
                f"SELECT DISTINCT left(village_code, 6) FROM {table} WHERE {column} IN"
                f" (SELECT {column} FROM {table} WHERE recorded_at > %s OR superseded_at > %s)",
                [before, before],
            )
            found |= {county for (county,) in self.cursor.fetchall()}
        return found

    def households(self, county: str, shared: _Shared) -> pa.Table:
        """The county's households with their latest living conditions."""
        living = [name for name in self.facts["household"] if name in _columns(Living)]
        own = [name for name in self.facts["household"] if name in _columns(Household)]
        query = (
            f"SELECT {_listed(['household_id', 'village_code', *own], 'h')}, {_listed(living, 'l')},"
            " h.bank_account, h.phone"
            f" FROM {Household._meta.db_table} h LEFT JOIN ("
            f"   SELECT DISTINCT ON (household_id) * FROM {Living._meta.db_table}"
            f"   WHERE {self._of_county(county)} AND {self.condition}"
            f"   ORDER BY household_id, surveyed_on DESC, recorded_at DESC"
            f" ) l ON l.household_id = h.household_id"
            f" WHERE {lies_in(county, 'h.village_code')} AND {known(self.as_of, self.known_at, 'h')[0]}"
            ' ORDER BY h.village_code COLLATE "C", h.household_id COLLATE "C"'
        )
        types = {name: ARROW_TYPES[kind] for name, kind in self.facts["household"].items()}
        columns = {name: types.get(name, pa.string())
                   for name in ("household_id", "village_code", *own, *living, "bank_account", "phone")}  # fmt: skip
        rows = _copied(self.cursor, query, [*self._moved_of(county), *self.parameters, *self.parameters], columns)
        counted = {
            "account_households": _sharers(rows["bank_account"], shared.accounts),
            "phone_households": _sharers(rows["phone"], shared.phones),
        }
        for name, values in counted.items():
            rows = rows.append_column(name, values)
        return rows.select(["household_id", "village_code", *self.facts["household"]])

    def related(self, county: str, households: pa.Table, shared: _Shared) -> dict[str, pa.Table]:
        """The rows of every other register that belong to these households."""
        found = {}
        for name, model in OF_HOUSEHOLDS.items():
            if model in (Household, Living) or name not in self.facts:
                continue
            facts = [fact for fact in self.facts[name] if fact in _columns(model)]
            columns = [model.KEY, "household_id", *(("member_id",) if model.WITH_MEMBER else ()), *facts]
            read = [*columns, *(("id_number",) if model is Member else ())]
            types = {column: ARROW_TYPES[self.facts[name].get(column, "text")] for column in read}
            where = f"{self._of_county(county)} AND {self.condition}"
            query = f"SELECT {_listed(read)} FROM {model._meta.db_table} WHERE {where}"
            rows = _copied(self.cursor, query, [*self._moved_of(county), *self.parameters], types)
            rows = rows.filter(pc.is_in(rows["household_id"], value_set=households["household_id"].combine_chunks()))
            if model is Member:
                rows = rows.append_column("id_number_state", _states(rows, shared.identity_numbers))
            found[name] = rows.select([*columns[: len(columns) - len(facts)], *self.facts[name]])
        return found

    def subjects(self, name: str, county: str, sums: pa.Table) -> tuple[pa.Table, dict[str, pa.Table]]:
        """What a county has of one subject other than households, and the rows of each register related to it.

        Args:
            sums: what the county's villages add up to.
        """
        model = REGISTERS[name]
        subjects = self._rows(name, [model.KEY, model.PLACE], county)
        if name in ADDED_UP:
            subjects = rollups.onto(subjects, rollups.together([sums], ADDED_UP[name]), model.KEY, model.PLACE)
            subjects = subjects.select([model.KEY, model.PLACE, *self.facts[name]])
        keys = subjects[model.KEY].combine_chunks()
        related = {}
        for other, register in REGISTERS.items():
            if register.OF is model and other in self.facts:
                rows = self._rows(other, [register.KEY, model.KEY], county)
                if register is ExitSurvey:
                    latest = rollups.latest_of_its_kind(rows, model.KEY, register.KEY)
                    rows = rows.append_column("latest", latest)
                related[other] = rows.filter(pc.is_in(rows[model.KEY], value_set=keys))
        return subjects, related

    def _rows(self, name: str, named: list[str], county: str) -> pa.Table:
        """The rows of a register that lie in a county: the columns `named`, then its facts."""
        model = REGISTERS[name]
        facts = {fact: type_ for fact, type_ in self.facts[name].items() if fact in _columns(model)}
        types = {column: ARROW_TYPES[facts.get(column, "text")] for column in (*named, *facts)}
        query = (
            f"SELECT {_listed(list(types))} FROM {model._meta.db_table}"
            f" WHERE {lies_in(county, model.PLACE)} AND {self.condition}"
        )
        return _copied(self.cursor, query, self.parameters, types)

    def _of_county(self, county: str) -> str:
        """Rows lie where their household is now; of households that were elsewhere then, they are fetched by name."""
        return f"({lies_in(county, 'village_code')} OR (village_code = ANY(%s) AND household_id = ANY(%s)))"

    def _moved_of(self, county: str) -> list[object]:
        moved = [(household, village) for household, then, village in self.moved if then == county]
        return [[village for _, village in moved], [household for household, _ in moved]]

    def _moved(self) -> list[tuple[str, str, str]]:
        """(household, its county then, its village now) of those that have moved to another county since."""
        table = Household._meta.db_table
        self.cursor.execute(
            "SELECT past.household_id, left(past.village_code, 6), now.village_code"
            f" FROM {table} past JOIN {table} now ON now.household_id = past.household_id AND now.superseded_at IS NULL"
            f" WHERE past.superseded_at IS NOT NULL AND {known(self.as_of, self.known_at, 'past')[0]}"
            " AND left(now.village_code, 6) <> left(past.village_code, 6)",
            self.parameters,
        )
        return list(self.cursor.fetchall())


def sums_of(code: str, as_of: date, known_at: datetime | None = None) -> dict[str, int]:
    """What a place adds up to over the households in sight, now or as known then; nothing where it has none."""
    assert code.isdigit()
    condition = "superseded_at IS NULL AND (held_from IS NULL OR held_from <= %s)"
    parameters: list[object] = [as_of]
    if known_at is not None:
        condition, parameters = known(as_of, known_at)
    households, members = {"household_id": pa.string(), "village_code": pa.string(), "kind": pa.string()}, {
        "household_id": pa.string(), "status": pa.string()
    }  # fmt: skip
    with connection.cursor() as cursor:
        rows, people = (
            _copied(
                cursor,
                f"SELECT {_listed(list(columns))} FROM {model._meta.db_table}"
                f" WHERE village_code ^@ '{code}' AND {condition}",
                parameters,
                columns,
            )
            for model, columns in ((Household, households), (Member, members))
        )
    people = people.filter(pc.is_in(people["household_id"], value_set=rows["household_id"].combine_chunks()))
    (sums,) = rollups.together([counted(rows, people)], len(code)).to_pylist() or ({},)
    return {name: value for name, value in sums.items() if name != "place"}


def counted(households: pa.Table, members: pa.Table) -> pa.Table:
    """What villages add up to, from their households and the members of those."""
    rows = pc.index_in(members["household_id"], value_set=households["household_id"].combine_chunks())
    persons = rollups.persons_of(households.num_rows, rows, members["status"])
    return rollups.added_up(households["village_code"], households["kind"], persons)


def _states(members: pa.Table, twice: pa.Array) -> pa.Array:
    numbers = members["id_number"].combine_chunks()
    found = states(numbers, members["birth_date"].combine_chunks())
    here = pc.fill_null(pc.equal(members["status"].combine_chunks(), "active"), True)
    shared = pc.is_in(pc.utf8_slice_codeunits(numbers, 0, 18), value_set=twice)
    return pc.if_else(pc.and_(pc.equal(found, "good"), pc.and_(here, shared)), "duplicate", found)


def _sharers(values: pa.ChunkedArray, shared: pa.Table) -> pa.Array:
    """How many households have each value: 1 unless it is shared, unknown where there is none."""
    values = values.combine_chunks()
    at = pc.index_in(values, value_set=shared["value"].combine_chunks())
    count = pc.fill_null(shared["households"].combine_chunks().take(at), 1)
    return pc.if_else(values.is_null(), pa.scalar(None, pa.int32()), count)


def _columns(model: Any) -> set[str]:
    return {each.name for each in model._meta.concrete_fields}


def _listed(names: list[str], row: str = "") -> str:
    return ", ".join(f'{row}."{name}"' if row else f'"{name}"' for name in names)


def _copied(cursor: Any, query: str, parameters: list[object], columns: dict[str, pa.DataType]) -> pa.Table:
    """A query's rows as Arrow columns, decimals exact."""
    # Past the wrapper that counts statements, which knows COPY without parameters only.
    with cursor.cursor.copy(f"COPY ({query}) TO STDOUT (FORMAT csv)", parameters) as copy:
        data = pa.py_buffer(b"".join(bytes(chunk) for chunk in copy))
    if not data.size:
        return pa.table({name: pa.array([], kind) for name, kind in columns.items()})
    return pyarrow.csv.read_csv(
        pa.BufferReader(data),
        read_options=pyarrow.csv.ReadOptions(column_names=list(columns), use_threads=False),
        parse_options=pyarrow.csv.ParseOptions(newlines_in_values=True),
        convert_options=pyarrow.csv.ConvertOptions(
            column_types=columns,
            true_values=["t"],
            false_values=["f"],
            null_values=[""],
            strings_can_be_null=True,
            quoted_strings_can_be_null=False,
        ),
    )
