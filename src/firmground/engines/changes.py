"""What changed between a snapshot and its parent, as a small snapshot of its own.

    changed/   a snapshot of two parts: `before`, the changed households as the parent had them, and `after`, as they
               are now; each with all rows related to them

A household is changed when any row of it, or related to it, is not what it was, or when it came or went. With this
beside the snapshot, screening again costs as much as the change.
"""

from collections.abc import Iterable
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from firmground.engines.snapshot import Snapshot, SnapshotWriter

FOLDER, BEFORE, AFTER = "changed", "before", "after"
MOST_WORTH_KEEPING = 0.2
"""The share of changed households above which screening everything again costs less than taking the change apart."""


def write_changes(parent: Snapshot, new: Snapshot, subject: str = "household", key: str = "household_id") -> None:
    """Write `changed/` into the new snapshot's folder, if it is worth keeping.

    Only where both snapshots are as of the same day: on another day every standard may answer differently.
    """
    if parent.as_of != new.as_of:
        return
    counties = [c for c in new.counties() if c in parent.counties() and new.county_digest(c) != parent.county_digest(c)]
    row = f"{subject}_row"
    tables = sorted({*parent.tables(), *new.tables()})
    changed = {county: changed_keys(parent, new, county, tables, key, row) for county in counties}
    if not 0 < sum(map(len, changed.values())) <= MOST_WORTH_KEEPING * new.rows(subject):
        return
    writer = SnapshotWriter(new.folder / FOLDER, as_of=new.as_of)
    for part, snapshot in ((BEFORE, parent), (AFTER, new)):
        rows = {
            table: [_rows(snapshot.paths(table, county), key, changed[county], row) for county in counties]
            for table in tables
        }
        whole = {
            table: pa.concat_tables([piece for piece in pieces if piece is not None], promote_options="default")
            for table, pieces in rows.items()
            if any(piece is not None for piece in pieces)
        }
        if subject in whole:
            related = {table: rows for table, rows in whole.items() if table != subject}
            writer.write_households(part, whole[subject], related)
    writer.close()


def changed_keys(parent: Snapshot, new: Snapshot, county: str, tables: Iterable[str], key: str, row: str) -> pa.Array:
    """The keys of the households of a county whose rows differ between two snapshots."""
    tables = [table for table in tables if _digests(parent, table, county) != _digests(new, table, county)]
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


def _rows(paths: list[Path], key: str, keys: pa.Array, row: str) -> pa.Table | None:
    """The rows of a table that belong to some households, without their positions in the whole file."""
    if not paths:
        return None
    rows = pa.concat_tables([pq.read_table(path, partitioning=None) for path in paths], promote_options="default")
    rows = rows.filter(pc.is_in(rows[key], value_set=keys))
    return rows.drop_columns([name for name in rows.column_names if name == row])


def _digests(snapshot: Snapshot, table: str, county: str) -> list[str]:
    return [file.sha256 for file in snapshot.files if (file.table, file.county) == (table, county)]


def _scan(paths: list[Path]) -> str:
    listed = ", ".join("'" + str(path).replace("'", "''") + "'" for path in paths)
    return f"read_parquet([{listed}], hive_partitioning=false)"
