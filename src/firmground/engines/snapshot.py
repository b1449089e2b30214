"""A snapshot: the registers as of a date, as known at a moment, as a folder of Parquet files.

    snapshot.json                              dates, row counts, sha256 of each file, schema version
    <table>/county=<6 digits>/part-0.parquet   one table of one county
    <table>/county=<2 or 4 digits>/...         rows of a province or a prefecture itself; of the nation: county=0

A row stands once, in the part that its place belongs to (`part_of`): what belongs to a province is no part of its
counties.

A snapshot never changes once written. Rows of one county lie in the order of their subject's key, and each
related table (member, statement, ...) carries `<subject>_row`: the position of its subject in the subject's file.
Bringing members to their household is then a merge by position, not a search by name. Snapshots from elsewhere
may leave that column out; readers then work it out from the keys.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from firmground.common.errors import Refusal
from firmground.common.files import link_or_copy, sha256_of, whole, write_whole

SCHEMA_VERSION = 1
COUNTY_DIGITS = 6
NATION = "0"
"""The part of the rows of the nation itself, whose code is empty."""
MANIFEST = "snapshot.json"
PARQUET = {
    "compression": "zstd",
    "compression_level": 3,
    "store_decimal_as_integer": True,  # read as 64-bit integers, several times faster than byte arrays
    "row_group_size": 122_880,
    "write_statistics": True,
}

ARROW_TYPES = {
    "text": pa.string(),
    "bool": pa.bool_(),
    "int": pa.int32(),
    "decimal": pa.decimal128(12, 2),
    "date": pa.date32(),
}


def part_of(place_code: str) -> str:
    """The part of a snapshot in which rows of a place stand: its county; of a place above the county, itself."""
    return place_code[:COUNTY_DIGITS] or NATION


def counties_of(parts: Iterable[str]) -> list[str]:
    """The counties among the parts of a snapshot, in their order; the others stand for places above the county."""
    return [part for part in parts if len(part) == COUNTY_DIGITS]


@dataclass(frozen=True)
class SnapshotFile:
    """One Parquet file of a snapshot. `path` is relative to the snapshot's folder."""

    path: str
    table: str
    county: str
    rows: int
    sha256: str


@dataclass(frozen=True)
class Part:
    """A county of a snapshot, or its subject's rows from `first` up to `last` and what belongs to them."""

    county: str
    first: int = 0
    last: int | None = None


@dataclass(frozen=True)
class Snapshot:
    """A snapshot opened for reading."""

    folder: Path
    as_of: date
    known_at: str
    files: tuple[SnapshotFile, ...]
    digest: str
    parent: str | None = None
    made_by: Mapping[str, object] = field(default_factory=dict)

    @classmethod
    def open(cls, folder: Path | str) -> "Snapshot":
        """Open the snapshot in `folder`.

        Raises:
            Refusal: there is no snapshot, or it was written by a version that cannot be read.
        """
        folder = Path(folder)
        manifest = folder / MANIFEST
        try:
            said = json.loads(manifest.read_text(encoding="utf-8"))
        except (FileNotFoundError, NotADirectoryError):
            raise Refusal(
                f"{folder} is not a snapshot: it has no {MANIFEST}. "
                "Make one with 'firmground world --to DIR' or 'firmground snapshot --to DIR'."
            ) from None
        except (json.JSONDecodeError, UnicodeDecodeError) as error:
            raise Refusal(f"{manifest} cannot be read: {error}. Make the snapshot again.") from None
        if not isinstance(said, dict) or not isinstance(said.get("files", {}), dict):
            raise Refusal(f"{manifest} is damaged: it is not what a snapshot writes. Make the snapshot again.")
        if said.get("schema_version") != SCHEMA_VERSION:
            raise Refusal(
                f"{manifest} has schema version {said.get('schema_version')!r}; this Firmground reads {SCHEMA_VERSION}."
            )
        try:
            files = tuple(
                SnapshotFile(path, *_table_and_county(path), rows=int(about["rows"]), sha256=about["sha256"])
                for path, about in sorted(said["files"].items())
            )
            as_of = date.fromisoformat(said["as_of"])
        except (KeyError, ValueError, TypeError) as error:
            raise Refusal(f"{manifest} is damaged ({error!r}). Make the snapshot again.") from None
        for file in files:
            if not (folder / file.path).is_file():
                raise Refusal(f"{folder / file.path} is missing: the snapshot is not whole. Make it again.")
        return cls(
            folder=folder,
            as_of=as_of,
            known_at=str(said.get("known_at", said["as_of"])),
            files=files,
            digest=hashlib.sha256(manifest.read_bytes()).hexdigest(),
            parent=said.get("parent"),
            made_by=said.get("made_by", {}),
        )

    @cached_property
    def _by_county(self) -> dict[tuple[str, str], list[SnapshotFile]]:
        files: dict[tuple[str, str], list[SnapshotFile]] = {}
        for file in self.files:
            files.setdefault((file.table, file.county), []).append(file)
        return files

    def tables(self) -> list[str]:
        """The names of the tables that hold rows in any county."""
        return sorted({file.table for file in self.files})

    def parts(self) -> list[str]:
        """The parts, in order: county codes, and those of places above the county that have rows of their own."""
        return sorted({file.county for file in self.files})

    def counties(self) -> list[str]:
        """The counties among the parts, in order."""
        return counties_of(self.parts())

    def paths(self, table: str, county: str) -> list[Path]:
        """The files of one table of one county, in order; none if that county has no such rows."""
        return [self.folder / f.path for f in self._by_county.get((table, county), ())]

    def rows(self, table: str, county: str | None = None) -> int:
        """How many rows a table has, in one county or in all."""
        if county is not None:
            return sum(f.rows for f in self._by_county.get((table, county), ()))
        return sum(f.rows for f in self.files if f.table == table)

    def batches(
        self, table: str, subjects: int, counties: Sequence[str] | None = None, divide: bool = True
    ) -> Iterator[list[Part]]:
        """Parts of about so many rows of `table`: small counties together; a large one in slices, if allowed."""
        batch: list[Part] = []
        size = 0
        for county in self.parts() if counties is None else counties:
            rows = self.rows(table, county)
            if divide and rows > 2 * subjects and len(self.paths(table, county)) == 1:
                starts = range(0, rows, subjects)
                yield from ([Part(county, start, min(start + subjects, rows))] for start in starts)
                continue
            batch.append(Part(county))
            size += rows
            if size >= subjects:
                yield batch
                batch, size = [], 0
        if batch:
            yield batch

    def county_digest(self, county: str) -> str:
        """What one county's findings depend on: its files' contents and the date they are read for."""
        text = json.dumps([self.as_of.isoformat(), [(f.path, f.sha256) for f in self.files if f.county == county]])
        return hashlib.sha256(text.encode()).hexdigest()

    def damaged_files(self) -> list[str]:
        """Files whose content is not what the manifest says."""
        return [f.path for f in self.files if sha256_of(self.folder / f.path) != f.sha256]


def _table_and_county(path: str) -> tuple[str, str]:
    table, county, _ = path.split("/")
    if not county.startswith("county="):
        raise ValueError(f"{path} is not <table>/county=<code>/<file>")
    return table, county.removeprefix("county=")


class SnapshotWriter:
    """Writes a snapshot county by county. The manifest comes last: an unfinished folder is no snapshot.

    Each subject (household, water_supply) is written with the tables related to it.
    """

    def __init__(
        self,
        folder: Path | str,
        *,
        as_of: date,
        known_at: datetime | date | None = None,
        parent: Snapshot | None = None,
        made_by: Mapping[str, object] | None = None,
    ) -> None:
        self.folder = Path(folder)
        if (self.folder / MANIFEST).exists():
            raise Refusal(f"{self.folder} already holds a snapshot, and snapshots never change. Choose another folder.")
        self.folder.mkdir(parents=True, exist_ok=True)
        self.as_of = as_of
        self.known_at = (known_at or as_of).isoformat()
        self.parent = parent
        self.made_by = dict(made_by or {})
        self._files: dict[str, dict[str, object]] = {}

    def write(self, table: str, county: str, rows: pa.Table) -> None:
        """Write one table of one county as it stands."""
        path = f"{table}/county={county}/part-0.parquet"
        target = self.folder / path
        with whole(target) as unfinished:
            pq.write_table(rows, unfinished, **PARQUET)
        digest = sha256_of(target)
        self._link_if_same(path, digest)
        self._files[path] = {"rows": rows.num_rows, "sha256": digest}

    def write_subjects(
        self,
        subject: str,
        county: str,
        subjects: pa.Table,
        related: Mapping[str, pa.Table],
        place: str = "village_code",
    ) -> None:
        """Write a county's rows of one subject and the tables related to it, in merge order.

        Args:
            subjects: one row each, with the key, `<subject>_id`, and `place`; any order.
            related: table name -> rows, each with the subject's key, or already with its row and in that order.
        """
        key, row = f"{subject}_id", f"{subject}_row"
        order = pc.sort_indices(subjects, [(place, "ascending"), (key, "ascending")])
        already = np.array_equal(order.to_numpy(), np.arange(len(order)))
        if not already:
            subjects = subjects.take(order)
        self.write(subject, county, subjects)
        for table, rows in related.items():
            if row not in rows.column_names or not already:
                where = pc.index_in(rows[key], value_set=subjects[key].combine_chunks())
                if where.null_count:
                    raise ValueError(f"{table}: {where.null_count} rows of county {county} name no {subject}")
                if row in rows.column_names:
                    rows = rows.drop_columns(row)
                rows = rows.add_column(0, row, where.cast(pa.int32()))
                rows = rows.take(pc.sort_indices(rows, [(row, "ascending"), (f"{table}_id", "ascending")]))
            self.write(table, county, rows)

    def files_of(self, county: str) -> dict[str, dict[str, object]]:
        """What was written of one county, as `take_up` wants it."""
        return {path: about for path, about in self._files.items() if _table_and_county(path)[1] == county}

    def take_up(self, files: Mapping[str, dict[str, object]]) -> None:
        """Count in what another process, or an earlier run that was stopped, wrote into this folder."""
        self._files.update(files)

    def keep_county(self, county: str) -> None:
        """Take a county over from the parent snapshot by linking its files: nothing there has changed."""
        assert self.parent is not None
        for file in self.parent.files:
            if file.county == county:
                target = self.folder / file.path
                target.parent.mkdir(parents=True, exist_ok=True)
                link_or_copy(self.parent.folder / file.path, target)
                self._files[file.path] = {"rows": file.rows, "sha256": file.sha256}

    def close(self) -> Snapshot:
        """Write the manifest, and open the snapshot."""
        said = {
            "schema_version": SCHEMA_VERSION,
            "as_of": self.as_of.isoformat(),
            "known_at": self.known_at,
            "parent": self.parent.digest if self.parent else None,
            "made_by": self.made_by,
            "rows": {
                table: sum(int(str(f["rows"])) for path, f in self._files.items() if path.split("/")[0] == table)
                for table in sorted({path.split("/")[0] for path in self._files})
            },
            "files": dict(sorted(self._files.items())),
        }
        write_whole(self.folder / MANIFEST, json.dumps(said, indent=1, ensure_ascii=False) + "\n")
        return Snapshot.open(self.folder)

    def _link_if_same(self, path: str, digest: str) -> None:
        if self.parent is None:
            return
        same = next((f for f in self.parent.files if f.path == path and f.sha256 == digest), None)
        if same is not None:
            target = self.folder / path
            target.unlink()
            link_or_copy(self.parent.folder / path, target)
