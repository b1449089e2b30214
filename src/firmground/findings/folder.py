"""A screening's folder, as the engines wrote it, on its way into PostgreSQL."""

import io
import tomllib
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.dataset as ds
from pyarrow import csv

from firmground.common.errors import Refusal
from firmground.common.in_force import catalogue_in_force
from firmground.engines.standards.screening import Screening

FINDING_COLUMNS = ("about", "subject_id", "place_code", "standard", "verdict", "evidence")
SUMMARY_COLUMNS = ("about", "place_code", "standard", "asked", "met", "not_met", "unknown")


def opened(folder: Path) -> Screening:
    """The finished screening in a folder.

    Raises:
        Refusal: there is none, or it is damaged.
    """
    try:
        return Screening.open(folder.absolute())
    except (KeyError, TypeError, ValueError, NotADirectoryError) as error:
        raise Refusal(f"{folder / 'screening.json'} is damaged ({error!r}). Screen the snapshot again.") from None


def tasks_in_force(standards: Iterable[str]) -> dict[str, int]:
    """The notice's task of each standard that has one, as the catalogue in force declares it.

    Only that key is read: the catalogue was checked when it screened.
    """
    files = {name: catalogue_in_force() / "standards" / f"{name}.toml" for name in standards}
    said = {name: tomllib.loads(file.read_text(encoding="utf-8-sig")) for name, file in files.items() if file.exists()}
    return {name: standard["task"] for name, standard in said.items() if "task" in standard}


def findings(folder: Path, standards: Collection[str] | None = None) -> Iterator[bytes]:
    """The findings as CSV, piece by piece; of some standards, or of all."""
    return _as_csv(folder / "findings", FINDING_COLUMNS, standards)


def summary(folder: Path, standards: Collection[str] | None = None) -> Iterator[bytes]:
    """The counts of each village and standard as CSV, piece by piece."""
    return _as_csv(folder / "summary.parquet", SUMMARY_COLUMNS, standards)


def _as_csv(path: Path, columns: tuple[str, ...], standards: Collection[str] | None) -> Iterator[bytes]:
    wanted = None if standards is None else ds.field("standard").isin(list(standards))
    try:
        for batch in ds.dataset(path, format="parquet").to_batches(columns=list(columns), filter=wanted):
            piece = io.BytesIO()
            csv.write_csv(batch, piece, csv.WriteOptions(include_header=False))
            yield piece.getvalue()
    except (OSError, pa.ArrowInvalid, pa.ArrowKeyError) as error:
        raise Refusal(f"{path} cannot be read ({error}). Screen the snapshot again.") from None
