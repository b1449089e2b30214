"""Parquet files that grow by one block at a time, so that no more than a block of a county is in memory."""

from contextlib import ExitStack
from pathlib import Path
from types import TracebackType

import pyarrow as pa
import pyarrow.parquet as pq

from firmground.common.files import sha256_of, whole
from firmground.engines.snapshot import PARQUET

ROWS_OF_A_GROUP = PARQUET["row_group_size"]
WRITING = {name: value for name, value in PARQUET.items() if name != "row_group_size"}


class Growing:
    """Files under one folder. They take their names when the `with` block ends without an error, and not before."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.rows: dict[str, int] = {}
        self._open: dict[str, pq.ParquetWriter] = {}
        self._stack = ExitStack()

    def add(self, path: str, rows: pa.Table) -> None:
        """Write `rows` after what the file at `path` already holds, as row groups of their own."""
        if path not in self._open:
            unfinished = self._stack.enter_context(whole(self.folder / path))
            self._open[path] = self._stack.enter_context(pq.ParquetWriter(unfinished, rows.schema, **WRITING))
        self._open[path].write_table(rows, row_group_size=ROWS_OF_A_GROUP)
        self.rows[path] = self.rows.get(path, 0) + rows.num_rows

    def told(self, path: str) -> dict[str, object]:
        """What a snapshot's manifest says of a finished file."""
        return {"rows": self.rows[path], "sha256": sha256_of(self.folder / path)}

    def __enter__(self) -> "Growing":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.__exit__(kind, error, trace)
