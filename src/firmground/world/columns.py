"""From numpy to Arrow: code words, money, days and keys as the columns of a snapshot.

Text with code words is int8 (an index into the fact's values, -1 unknown), a bool is int8 (-1 unknown), a date is int32
(NEVER unknown), an int is int32 (UNKNOWN), a decimal is int64 hundredths (UNKNOWN_AMOUNT). Keys are bytes of one width.
"""

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from firmground.common.errors import Refusal
from firmground.engines.snapshot import ARROW_TYPES
from firmground.world.days import NEVER

UNKNOWN = np.int32(np.iinfo(np.int32).min)
UNKNOWN_AMOUNT = np.int64(np.iinfo(np.int64).min)

Column: TypeAlias = NDArray[Any]
Columns: TypeAlias = dict[str, Column]

DERIVING = {"is", "count", "sum", "min", "max", "any", "all"}


@dataclass(frozen=True)
class BaseFact:
    """A column of the snapshot: its fact's type, and its code words if it has any."""

    name: str
    type: str
    values: tuple[str, ...]


def base_facts(catalogue: Path) -> dict[str, list[BaseFact]]:
    """The base facts of each table, in the order of the catalogue's facts.toml.

    Raises:
        Refusal: there is no readable facts.toml.
    """
    file = catalogue / "facts.toml"
    try:
        said = tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise Refusal(f"{file} is missing: {catalogue} is not a catalogue.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Refusal(f"{file} cannot be read: {error}.") from None
    return {
        table: [
            BaseFact(name, about["type"], tuple(about.get("values", ())))
            for name, about in subject["facts"].items()
            if not DERIVING & about.keys()
        ]
        for table, subject in said.items()
    }


def arrow(column: Column, fact: BaseFact) -> pa.Array:
    """The column as the Arrow type of its fact."""
    match fact.type:
        case "text":
            words = pa.array(fact.values, pa.string())
            return words.take(pa.array(column, mask=column < 0)) if (column < 0).any() else words.take(pa.array(column))
        case "bool":
            return pa.array(column == 1, mask=column < 0)
        case "date":
            return pa.array(column.astype("datetime64[D]"), pa.date32(), mask=column == NEVER)
        case "int":
            return pa.array(column, pa.int32(), mask=column == UNKNOWN)
        case "decimal":
            return _decimals(column)
    raise AssertionError(f"no Arrow column for a fact of type {fact.type}")


def _decimals(cents: NDArray[np.int64]) -> pa.Array:
    """Hundredths as decimal128(12, 2), without a detour over Python objects."""
    wide = np.empty((len(cents), 2), np.int64)
    wide[:, 0] = cents
    wide[:, 1] = cents >> 63
    known = cents != UNKNOWN_AMOUNT
    valid = None if known.all() else pa.py_buffer(np.packbits(known, bitorder="little"))
    return pa.Array.from_buffers(ARROW_TYPES["decimal"], len(cents), [valid, pa.py_buffer(wide)])


def texts(characters: NDArray[np.uint8]) -> pa.Array:
    """Rows of ASCII characters, all of one width, as text."""
    count, width = characters.shape
    ends = np.arange(count + 1, dtype=np.int64) * width
    if ends[-1] > np.iinfo(np.int32).max:  # beyond 2 GB of keys: the offsets of one chunk would not fit
        half = count // 2
        return pa.chunked_array([texts(characters[:half]), texts(characters[half:])], pa.string())
    return pa.StringArray.from_buffers(count, pa.py_buffer(ends.astype(np.int32)), pa.py_buffer(characters.ravel()))


def digits(numbers: NDArray[np.integer], width: int) -> NDArray[np.uint8]:
    """Numbers as ASCII digits with leading zeros."""
    out = np.empty((len(numbers), width), np.uint8)
    rest = numbers.astype(np.int64)
    for place in range(width - 1, -1, -1):
        rest, digit = np.divmod(rest, 10)
        out[:, place] = digit + ord("0")
    return out


def joined(*parts: NDArray[np.uint8] | str) -> NDArray[np.uint8]:
    """Characters side by side; a plain text stands in every row."""
    rows = next(len(part) for part in parts if not isinstance(part, str))
    blocks = [
        np.broadcast_to(np.frombuffer(part.encode("ascii"), np.uint8), (rows, len(part)))
        if isinstance(part, str)
        else part
        for part in parts
    ]
    return np.concatenate(blocks, axis=1)


def known(flag: NDArray[np.bool_]) -> NDArray[np.int8]:
    """A bool column in which nothing is unknown."""
    return flag.astype(np.int8)


def cents(yuan: NDArray[np.floating]) -> NDArray[np.int64]:
    """Yuan as hundredths."""
    return np.rint(yuan.astype(np.float64) * 100).astype(np.int64)


def rank_within(groups: NDArray[np.integer]) -> NDArray[np.int32]:
    """For each row of sorted `groups`, how many rows of its group come before it."""
    if not len(groups):
        return np.zeros(0, np.int32)
    starts = np.flatnonzero(np.concatenate([[True], groups[1:] != groups[:-1]]))
    lengths = np.diff(np.append(starts, len(groups)))
    return (np.arange(len(groups)) - np.repeat(starts, lengths)).astype(np.int32)
