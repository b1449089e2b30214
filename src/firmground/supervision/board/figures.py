"""One pass over a snapshot's household files: how many households and persons of each kind each village has."""

import io
from collections.abc import Collection, Iterator
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
from django.db import connection
from pyarrow import csv

from firmground.engines.snapshot import Snapshot

KINDS = {"poor": ("poor",), "exited": ("exited",), "monitored": ("unstable", "marginal", "sudden")}
"""The kinds of households that each figure counts, by the word before `_households` and `_persons`."""

COUNTED = ", ".join(
    f"count(*) FILTER (WHERE kind IN {kinds}) AS {name}_households,"
    f" coalesce(sum(population) FILTER (WHERE kind IN {kinds}), 0)::BIGINT AS {name}_persons"
    for name, kinds in ((name, "(" + ", ".join(map(repr, kinds)) + ")") for name, kinds in KINDS.items())
)

VILLAGES = f"""
SELECT village_code AS place_code, count(*) AS households, coalesce(sum(population), 0)::BIGINT AS persons, {COUNTED}
FROM read_parquet(?, hive_partitioning = false) GROUP BY village_code
"""

TEMPORARY = """
CREATE TEMP TABLE counted_villages (
    place_code varchar, households int, persons int, poor_households int, poor_persons int,
    exited_households int, exited_persons int, monitored_households int, monitored_persons int
) ON COMMIT DROP;
CREATE TEMP TABLE counted_people (place_code varchar, rural_population int) ON COMMIT DROP;
"""

SUMMED = (
    "households", "persons", "poor_households", "poor_persons", "exited_households", "exited_persons",
    "monitored_households", "monitored_persons",
)  # fmt: skip

# Each village counts in every place whose code begins its own. A county's own count of its people stands before the
# sum of its villages, which leaves out those that were not counted.
ROLL_UP = f"""
WITH people AS (
    SELECT place_code, rural_population FROM counted_people village
    WHERE length(place_code) = 12 AND NOT EXISTS (
        SELECT 1 FROM counted_people county WHERE county.place_code = left(village.place_code, 6)
    )
    UNION ALL SELECT place_code, rural_population FROM counted_people WHERE length(place_code) = 6
),
inside AS (
    SELECT left(place_code, digits) AS place_code, sum(rural_population) AS rural_population
    FROM people JOIN unnest(ARRAY[0, 2, 4, 6]) AS digits ON true GROUP BY 1
    UNION ALL
    SELECT left(place_code, digits), sum(rural_population)
    FROM counted_people JOIN unnest(ARRAY[9, 12]) AS digits ON digits <= length(place_code) GROUP BY 1
)
INSERT INTO board_placefigures (screening_id, place_code, digits, {", ".join(SUMMED)}, rural_population)
SELECT %(screening)s, place_code, length(place_code), {", ".join(SUMMED)}, rural_population
FROM (
    SELECT left(place_code, digits) AS place_code, {", ".join(f"sum({name}) AS {name}" for name in SUMMED)}
    FROM counted_villages CROSS JOIN unnest(ARRAY[0, 2, 4, 6, 9, 12]) AS digits GROUP BY 1
) summed LEFT JOIN inside USING (place_code)
"""


def count(screening: int, snapshot: Path, counties: Collection[str]) -> None:
    """Write the figures of a screening, all places at once.

    Args:
        counties: those that were screened; of others nothing is counted.

    Raises:
        Refusal: the folder is no snapshot.
    """
    files = Snapshot.open(snapshot)
    with connection.cursor() as cursor:
        cursor.execute(TEMPORARY)
        for table, pieces in {
            "counted_villages": _villages(files, counties),
            "counted_people": _people(files, counties),
        }.items():
            with cursor.copy(f"COPY {table} FROM STDIN (FORMAT csv)") as copy:
                for piece in pieces:
                    copy.write(piece)
        cursor.execute("ANALYZE counted_villages, counted_people")
        cursor.execute(ROLL_UP, {"screening": screening})
        cursor.execute("DROP TABLE counted_villages, counted_people")


def _villages(files: Snapshot, counties: Collection[str]) -> Iterator[bytes]:
    return _as_csv(VILLAGES, _paths(files, "household", counties))


def _people(files: Snapshot, counties: Collection[str]) -> Iterator[bytes]:
    """Rural population of the villages and counties whose registers say it; older snapshots have no such column."""
    for table, place in {"village": "village_code", "county": "place_code"}.items():
        yield from _as_csv(
            f"SELECT {place}, rural_population FROM read_parquet(?, hive_partitioning = false, union_by_name = true)"
            " WHERE rural_population IS NOT NULL",
            [path for path in _paths(files, table, counties) if "rural_population" in pq.read_schema(path).names],
        )


def _paths(files: Snapshot, table: str, counties: Collection[str]) -> list[str]:
    return [str(path) for county in sorted(counties) for path in files.paths(table, county)]


def _as_csv(statement: str, paths: list[str]) -> Iterator[bytes]:
    if not paths:
        return
    with duckdb.connect() as database:
        piece = io.BytesIO()
        csv.write_csv(
            database.execute(statement, [paths]).to_arrow_table(), piece, csv.WriteOptions(include_header=False)
        )
        yield piece.getvalue()
