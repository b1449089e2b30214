"""Keys of a block's households and members, as characters."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from firmground.world.columns import digits, joined
from firmground.world.history import History
from firmground.world.rows import Rows


@dataclass(frozen=True)
class Keys:
    """A household's key is its village's code and five digits; a member's has two digits more."""

    history: History

    @cached_property
    def households(self) -> NDArray[np.uint8]:
        codes = np.array(
            [list(code.encode()) for code in self.history.settled.county.villages],
            np.uint8,
        )
        return joined(
            codes[self.history.households.village],
            digits(self.history.households.number, 5),
        )

    @property
    def villages(self) -> NDArray[np.uint8]:
        return self.households[:, :12]

    @cached_property
    def members(self) -> NDArray[np.uint8]:
        members = self.history.members
        return joined(self.households[members.household], digits(members.ordinal, 2))

    def rows(self, table: str, rows: Rows) -> NDArray[np.uint8]:
        """Keys of rows of a related table."""
        assert rows.ordinal is not None
        household = self.households[rows.household]
        if table == "member":
            return joined(household, digits(rows.ordinal, 2))
        return joined(household, "-", digits(rows.ordinal, 3))
