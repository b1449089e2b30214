"""What is given to compiled loops from outside, as whole numbers: parameters, the date, and texts.

A changed parameter is another number, not another program. Text has no number of its own; its rank is its number.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from firmground.engines.standards.merge import UNKNOWN
from firmground.engines.standards.tree import Value

if TYPE_CHECKING:
    from firmground.engines.standards.catalogue import Catalogue

MOST_GIVEN = 10**15
"""The greatest magnitude, in units, of a base fact or parameter; what exceeds it is not judged here."""
MOST_DAYS = 719_162
"""From 1970 back to the year 1, and as far on."""
LEAST_PLACES = 2
"""Of a parameter, so that another amount is seldom another program."""
UNIX_DAY = date(1970, 1, 1).toordinal()


@dataclass(frozen=True)
class Constant:
    """What is given to the loops from outside: a parameter, `as_of`, or a text as its rank."""

    kind: str
    name: str


def units(value: Value, places: int) -> int:
    """A value of the language as a whole number; text has none of its own."""
    if value is None:
        return int(UNKNOWN)
    if isinstance(value, date):
        return value.toordinal() - UNIX_DAY
    return int(Decimal(value).scaleb(places))


def places_of(value: Value) -> int:
    """The decimal places a value needs."""
    if not isinstance(value, Decimal):
        return 0
    exponent = value.normalize().as_tuple().exponent
    assert isinstance(exponent, int)
    return max(0, -exponent)


class Constants:
    """The numbers given to loops, each at a place of its own."""

    def __init__(self, catalogue: "Catalogue") -> None:
        self.catalogue = catalogue
        self.listed: list[Constant] = []

    def at(self, kind: str, name: str) -> int:
        constant = Constant(kind, name)
        if constant not in self.listed:
            self.listed.append(constant)
        return self.listed.index(constant)

    def places(self, parameter: str) -> int:
        declared = self.catalogue.parameters[parameter]
        if declared.type != "decimal":
            return 0
        return max([LEAST_PLACES, *(places_of(row.value) for row in declared.values)])
