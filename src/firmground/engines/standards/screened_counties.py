"""What a screening's folder keeps of each county, so that it need not be screened again: its findings, counts and key.

The key says on what the findings depend. It is written last, and so says that the county is done.
"""

import hashlib
import json
import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path

import pyarrow as pa

from firmground.common.files import link_or_copy, write_whole
from firmground.engines.snapshot import Snapshot
from firmground.engines.standards.findings import SUMMARY_SCHEMA, added_up, rows_of, write_rows

FINDINGS_VERSION = 1
"""Part of each county's key: raise it when the same inputs would give other findings."""


def key_of(snapshot: Snapshot, county: str, catalogue_digest: str) -> str:
    """What a county's findings depend on."""
    text = f"{FINDINGS_VERSION} {snapshot.county_digest(county)} {catalogue_digest}"
    return hashlib.sha256(text.encode()).hexdigest()


class Counties:
    """The counties in a screening's folder, some perhaps taken over from an earlier one."""

    def __init__(self, to: Path, since: Path | None) -> None:
        self.to, self.since = to, since

    def stands(self, county: str, key: str) -> bool:
        """Whether the county's findings stand, here or after linking them from the earlier screening."""
        if _key_in(self.to, county) == key:
            return True
        if self.since is None or _key_in(self.since, county) != key:
            return False
        self.forget(county)
        self.take_over((self.since / f"findings/county={county}").glob("*.parquet"))
        self.take_over(self.since / f"counties/{county}{suffix}" for suffix in (".parquet", ".json"))
        return True

    def forget(self, county: str) -> None:
        """Throw a county's findings away."""
        shutil.rmtree(self.to / f"findings/county={county}", ignore_errors=True)

    def take_over(self, files: Iterable[Path]) -> None:
        """Take files of the earlier screening into this one."""
        assert self.since is not None
        for path in files:
            target = self.to / path.relative_to(self.since)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.unlink(missing_ok=True)
            link_or_copy(path, target)

    def finish(self, county: str, key: str, summaries: Sequence[tuple[str, pa.Table]]) -> None:
        """Put a county's counts together, each with its table's name; a table may come several times."""
        ordered = sorted(summaries, key=lambda pair: pair[0])
        rows = pa.concat_tables([SUMMARY_SCHEMA.empty_table(), *(rows for _, rows in ordered)])
        if len({name for name, _ in summaries}) < len(summaries):  # a village may lie in two slices of its county
            rows = added_up(rows)
        write_rows(self.to / f"counties/{county}.parquet", rows.combine_chunks())
        write_whole(self.to / f"counties/{county}.json", json.dumps({"key": key}))

    def keep_only(self, counties: Sequence[str]) -> None:
        """Throw away what a screening of another snapshot left."""
        for folder in (self.to / "findings").glob("county=*"):
            if (county := folder.name.removeprefix("county=")) not in counties:
                self.forget(county)

    def summary(self, counties: Sequence[str]) -> pa.Table:
        """The counts of all these counties."""
        tables = [rows_of(self.to / f"counties/{county}.parquet") for county in counties]
        return pa.concat_tables([SUMMARY_SCHEMA.empty_table(), *tables])


def _key_in(folder: Path, county: str) -> str | None:
    try:
        key: str = json.loads((folder / f"counties/{county}.json").read_text(encoding="utf-8"))["key"]
    except (OSError, ValueError, KeyError):
        return None
    return key
