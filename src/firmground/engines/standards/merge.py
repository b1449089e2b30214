"""Related rows brought to their subjects by position: one pass over rows that already lie in the subjects' order.

DuckDB works out the conditions and operands row by row; here they are added up between one subject and the next.
Sums, counts and comparisons are exact: money is whole numbers of its smallest unit.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa

from firmground.engines.standards.tree import Type

UNKNOWN = np.iinfo(np.int64).min
"""Stands for an unknown number or date among row values."""
UNKNOWN_BOOL = 2
Array = np.ndarray[Any, np.dtype[Any]]


@dataclass(frozen=True)
class Segments:
    """Which rows belong to which subject.

    Attributes:
        subjects: how many subjects there are, with or without rows.
        order: row numbers in the subjects' order, or None if the rows lie so already.
        owners: the positions of the subjects that have rows, ascending.
        starts, ends: where each owner's rows begin, and where they end.
    """

    subjects: int
    order: Array | None
    owners: Array
    starts: Array
    ends: Array

    @classmethod
    def of(cls, positions: Array, subjects: int) -> "Segments":
        """From each row's subject's position; a negative position belongs to nobody."""
        order = None
        if len(positions) and (positions[0] < 0 or np.any(positions[1:] < positions[:-1])):
            order = np.argsort(positions, kind="stable")[np.count_nonzero(positions < 0) :]
            positions = positions[order]
        starts = (
            np.flatnonzero(np.concatenate(([True], positions[1:] != positions[:-1])))
            if len(positions)
            else np.empty(0, np.int64)
        )
        ends = np.append(starts[1:], len(positions)) if len(starts) else starts
        return cls(subjects, order, positions[starts], starts, ends)

    def rows(self, values: Array) -> Array:
        return values if self.order is None else values[self.order]

    def reduced(self, function: np.ufunc, values: Array, empty: Any, dtype: Any = None) -> Array:
        """One value a subject; `empty` for those without rows."""
        dtype = dtype or values.dtype
        result = np.full(self.subjects, empty, dtype)
        if len(self.starts):
            result[self.owners] = function.reduceat(values, self.starts, dtype=dtype)
        return result


class Merge:
    """The aggregates of one related table; what several of them share is counted once."""

    def __init__(self, segments: Segments) -> None:
        self.segments = segments
        self._counts: dict[str, Array] = {}

    def count(self, name: str, condition: Array | None) -> Array:
        """How many of each subject's rows a condition holds for. `name` is the condition's own."""
        if name not in self._counts:
            if condition is None:
                counts = np.zeros(self.segments.subjects, np.int64)
                counts[self.segments.owners] = self.segments.ends - self.segments.starts
            else:
                counts = self.segments.reduced(np.add, self.segments.rows(condition), 0, np.int64)
            self._counts[name] = counts
        return self._counts[name]

    def value(self, function: str, values: Array, condition: Array | None, counted: Array) -> tuple[Array, Array]:
        """sum, min or max: (value, whether it is known). `counted` is `count` of the same condition."""
        values = self.segments.rows(values)
        known = values != (None if values.dtype == object else UNKNOWN)
        if condition is not None:
            used = self.segments.rows(condition)
            picked = known & used
        else:
            picked = known
        known_rows = counted if picked.all() else self.segments.reduced(np.add, picked, 0, np.int64)
        if function == "sum":
            if len(values) and values.dtype != object and _may_outgrow(values[picked], len(values)):
                values = values.astype(object)
            return (
                self.segments.reduced(np.add, np.where(picked, values, 0), 0),
                (known_rows == counted) & (counted > 0),
            )
        ufunc = np.minimum if function == "min" else np.maximum
        if values.dtype == object:
            return self._extreme_object(function, values, picked)
        neutral = np.iinfo(np.int64).max if function == "min" else UNKNOWN
        return self.segments.reduced(ufunc, np.where(picked, values, neutral), 0), known_rows > 0

    def _extreme_object(self, function: str, values: Array, picked: Array) -> tuple[Array, Array]:
        found = np.full(self.segments.subjects, None, object)
        owned = zip(self.segments.owners, self.segments.starts, self.segments.ends, strict=True)
        for owner, start, end in owned:
            some = [values[row] for row in range(start, end) if picked[row]]
            found[owner] = (min if function == "min" else max)(some) if some else None
        return found, np.array([value is not None for value in found], bool)

    def quantified(self, function: str, values: Array, condition: Array | None) -> tuple[Array, Array]:
        """any or all over three values (0 false, 1 true, 2 unknown): (value, whether it is known)."""
        values = self.segments.rows(values)
        used = None if condition is None else self.segments.rows(condition)

        def number_of(kind: int) -> Array:
            chosen = values == kind
            return self.segments.reduced(np.add, chosen if used is None else chosen & used, 0, np.int64)

        true, unknown = number_of(1) > 0, number_of(UNKNOWN_BOOL) > 0
        if function == "any":
            return true, true | ~unknown
        false = number_of(0) > 0
        return ~false, false | (true & ~unknown)


def _may_outgrow(values: Array, at_most: int) -> bool:
    """Whether a sum of so many of these could leave 64 bits."""
    largest = max(abs(int(values.max())), abs(int(values.min()))) if len(values) else 0
    return largest * at_most > np.iinfo(np.int64).max


def column(values: Array, known: Array | None, type_: Type, places: int) -> pa.Array:
    """Merged values as an Arrow column of a fact's type; numbers with `places` come in their smallest unit."""
    size = len(values)
    mask = None if known is None or known.all() else ~known
    if type_ == "decimal" and values.dtype == object:
        present = np.ones(size, bool) if known is None else known
        numbers = [Decimal(int(v)).scaleb(-places) if p else None for v, p in zip(values, present, strict=True)]
        return pa.array(numbers, pa.decimal128(28, places))
    if type_ == "decimal":
        wide = np.empty((size, 2), np.int64)
        wide[:, 0] = values
        np.right_shift(wide[:, 0], 63, out=wide[:, 1])
        bitmap = None if mask is None else pa.py_buffer(np.packbits(~mask, bitorder="little"))
        return pa.Array.from_buffers(pa.decimal128(18, places), size, [bitmap, pa.py_buffer(wide)])
    if type_ == "date":
        days = values if mask is None else np.where(mask, 0, values)
        return pa.array(days.astype("int32"), mask=mask).cast(pa.date32())
    if type_ == "bool":
        return pa.array(values.astype(bool), mask=mask)
    if type_ == "text":
        return pa.array([None if mask is not None and mask[n] else values[n] for n in range(size)], pa.string())
    return pa.array(values.astype(np.int64), mask=mask)
