"""The weak links of a territory: the places least likely to make it, each with what makes it weak."""

from collections.abc import Mapping
from dataclasses import dataclass
from statistics import median

from firmground.findings.models import PlaceResult
from firmground.supervision.board.models import Forecast, PlaceFigures
from firmground.supervision.board.queries import GUARANTEES

MOST = 10


@dataclass(frozen=True)
class Weak:
    """A weak link.

    Attributes:
        told: what was foretold of it; None where no deadline is ahead.
        guarantee: the one it falls short in furthest beyond the middle place; "" where there is none.
        share, usual: of its households that fall short there, and of those of the middle place.
    """

    place_code: str
    figures: PlaceFigures
    told: Forecast | None
    guarantee: str
    share: float
    usual: float


def weakest(
    figures: Mapping[str, PlaceFigures],
    short: Mapping[str, Mapping[str, PlaceResult]],
    told: Mapping[str, Forecast],
) -> list[Weak]:
    """The weakest first: by the chance to make it, then by incidence. Where nobody is poor there is no weak link."""
    usual = {name: median([_share(short[code].get(name)) for code in figures] or [0.0]) for name in GUARANTEES}
    found = []
    for code, counted in figures.items():
        if not counted.poor_persons:
            continue
        shares = {name: _share(short[code].get(name)) for name in GUARANTEES}
        worst = max(GUARANTEES, key=lambda name, shares=shares: shares[name] - usual[name])  # type: ignore[misc]
        beyond = shares[worst] > usual[worst]
        found.append(
            Weak(code, counted, told.get(code), worst if beyond else "", shares[worst], usual[worst])
        )  # fmt: skip
    return sorted(found, key=_strength)[:MOST]


def _strength(weak: Weak) -> tuple[float, float, str]:
    known = weak.figures
    incidence = known.poor_persons / known.rural_population if known.rural_population else 0.0
    return (weak.told.chance if weak.told else 1.0, -incidence, weak.place_code)


def _share(counted: PlaceResult | None) -> float:
    return counted.not_met / counted.asked if counted and counted.asked else 0.0
