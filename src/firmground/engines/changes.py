"""What changed between a snapshot and its parent, as a small snapshot of its own.

    changed/   a snapshot of two parts: `before`, the changed subjects as the parent had them, and `after`, as they
               are now; each with all rows related to them

A subject (a household, a water supply) is changed when any row of it, or related to it, is not what it was, or when it
came or went. With this beside the snapshot, screening again costs as much as the change.
"""

from collections.abc import Iterable
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from firmground.engines.snapshot import Snapshot, SnapshotWriter

PLACES = ("village_code", "place_code")  # what a subject's table names its place in
FOLDER, BEFORE, AFTER = "changed", "before", "after"
MOST_WORTH_KEEPING = 0.2
"""The share of changed subjects above which screening everything again costs less than taking the change apart."""


def write_changes(parent: Snapshot, new: Snapshot) -> None:
    """Write `changed/` into the new snapshot's folder, if it is worth keeping.

    Only where both snapshots are as of the same day: on another day every standard may answer differently.
    """
    if parent.as_of != new.as_of:
        return
    counties = [c for c in new.parts() if c in parent.parts() and new.county_digest(c) != parent.county_digest(c)]
    subjects = _subjects(parent, new)
    changed = {
        subject: {county: changed_keys(parent, new, county, subject, tables) for county in counties}
        for subject, tables in subjects.items()
    }
    number = sum(len(keys) for of_counties in changed.values() for keys in of_counties.values())
    if not 0 < number <= MOST_WORTH_KEEPING * sum(map(new.rows, subjects)):
        return
    writer = SnapshotWriter(new.folder / FOLDER, as_of=new.as_of)
    for part, snapshot in ((BEFORE, parent), (AFTER, new)):
        for subject, tables in subjects.items():
            rows = {
                table: [_rows(snapshot.paths(table, county), subject, changed[subject][county]) for county in counties]
                for table in tables
            }
            whole = {
                table: pa.concat_tables([piece for piece in pieces if piece is not None], promote_options="default")
                for table, pieces in rows.items()
                if any(piece is not None for piece in pieces)
            }
            if subject in whole:
                related = {table: rows for table, rows in whole.items() if table != subject}
                place = next(name for name in PLACES if name in whole[subject].column_names)
                writer.write_subjects(subject, part, whole[subject], related, place)
    writer.close()


def _subjects(*snapshots: Snapshot) -> dict[str, list[str]]:
    """Each subject with its tables, itself among them: a related table carries the key of its subject."""
    columns: dict[str, list[str]] = {}
    for snapshot in snapshots:
        for file in snapshot.files:
            if file.table not in columns:
                columns[file.table] = pq.read_schema(snapshot.folder / file.path).names
    subjects = [table for table, names in columns.items() if any(place in names for place in PLACES)]
    return {
        subject: sorted(table for table, names in columns.items() if f"{subject}_id" in names) for subject in subjects
    }


def changed_keys(parent: Snapshot, new: Snapshot, county: str, subject: str, tables: Iterable[str]) -> pa.Array:
    """The keys of the subjects of a county whose rows differ between two snapshots."""
    key, row = f"{subject}_id", f"{subject}_row"
    tables = [table for table in tables if _digests(parent, table, county) != _digests(new, table, county)]
    import duckdb  # what was told is read without it

    connection = duckdb.connect()
    connection.execute("SET enable_progress_bar = false")
    sides = []
    for snapshot in (parent, new):
        hashed = [
            f"SELECT {key}, hash('{table}', r) AS h FROM (SELECT COLUMNS(name -> name <> '{row}') "
            f"FROM {_scan(snapshot.paths(table, county))}) r"
            for table in tables
            if snapshot.paths(table, county)
        ]
        hashed.append(f"SELECT CAST(NULL AS VARCHAR) AS {key}, 0 AS h WHERE FALSE")  # a side may have no rows at all
        sides.append(f"SELECT {key}, sum(h) AS h FROM ({' UNION ALL '.join(hashed)}) GROUP BY ALL")
    return (
        connection.execute(
            f"SELECT coalesce(b.{key}, a.{key}) FROM ({sides[0]}) b FULL JOIN ({sides[1]}) a USING ({key}) "
            f"WHERE a.h IS DISTINCT FROM b.h ORDER BY 1"
        )
        .to_arrow_table()
        .column(0)
        .combine_chunks()
    )


def _rows(paths: list[Path], subject: str, keys: pa.Array) -> pa.Table | None:
    """The rows of a table that belong to some subjects, without their positions in the whole file."""
    if not paths:
        return None
    rows = pa.concat_tables([pq.read_table(path, partitioning=None) for path in paths], promote_options="default")
    rows = rows.filter(pc.is_in(rows[f"{subject}_id"], value_set=keys))
    return rows.drop_columns([name for name in rows.column_names if name == f"{subject}_row"])


def _digests(snapshot: Snapshot, table: str, county: str) -> list[str]:
    return [file.sha256 for file in snapshot.files if (file.table, file.county) == (table, county)]


def _scan(paths: list[Path]) -> str:
    listed = ", ".join("'" + str(path).replace("'", "''") + "'" for path in paths)
    return f"read_parquet([{listed}], hive_partitioning=false)"
