"""The rows of one table of a block's history, with the two clocks, and what was known of them at a moment."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from firmground.world.columns import Columns, rank_within
from firmground.world.days import NEVER, Days


@dataclass(frozen=True)
class Moment:
    """The registers as of a day, as known at a day."""

    as_of: int
    known_at: int


@dataclass
class Rows:
    """Rows in the order of their households.

    `held` is the day a row is about, `recorded` the day it was learned (NEVER: it never was). A day in one of `later`'s
    columns was learned only on the day given there; before that it stood empty.
    """

    household: NDArray[np.int32]
    held: Days
    recorded: Days
    columns: Columns
    later: dict[str, Days] = field(default_factory=dict)
    ordinal: NDArray[np.int32] | None = None  # within the household, from 1; the last part of the row's key

    def __post_init__(self) -> None:
        if self.ordinal is None:
            self.ordinal = rank_within(self.household) + 1

    def known(self, moment: Moment) -> NDArray[np.bool_]:
        """Which rows were there to be read."""
        return (self.held <= moment.as_of) & (self.recorded <= moment.known_at)

    def read(self, moment: Moment, registered: NDArray[np.bool_]) -> "Rows":
        """The rows as they were known, of the households registered by then."""
        columns = dict(self.columns)
        for name, learned in self.later.items():
            columns[name] = np.where(learned <= moment.known_at, columns[name], NEVER).astype(np.int32)
        keep = self.known(moment) & registered[self.household]
        if keep.all():
            return Rows(self.household, self.held, self.recorded, columns, {}, self.ordinal)
        assert self.ordinal is not None
        return Rows(
            self.household[keep],
            self.held[keep],
            self.recorded[keep],
            {name: column[keep] for name, column in columns.items()},
            {},
            self.ordinal[keep],
        )


def gathered(parts: list[Rows]) -> Rows:
    """Several sets of rows with the same columns as one, households in order."""
    household = np.concatenate([part.household for part in parts])
    order = np.argsort(household, kind="stable")

    def of(pieces: list[NDArray[Any]]) -> NDArray[Any]:
        return np.concatenate(pieces)[order]

    later = {name for part in parts for name in part.later}
    return Rows(
        household=household[order].astype(np.int32),
        held=of([part.held for part in parts]),
        recorded=of([part.recorded for part in parts]),
        columns={name: of([part.columns[name] for part in parts]) for name in parts[0].columns},
        later={name: of([part.later[name] for part in parts]) for name in later},
    )
