"""Where households live: the villages of the listed counties, and how a number of households is spread over them."""

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from firmground.common.errors import Refusal

NATURAL_SIZE = (
    71.0  # households a village: 0.92 million on the listed counties' villages (census communique 2, derived)
)
SPREAD = 0.55  # of the logarithm of village sizes
BLOCK = 20_000  # households of a county that are made at once, in whole villages
LAST_COMMITTEE = 399  # 400 and up are quasi units, which are not administrative villages


@dataclass(frozen=True)
class County:
    """A listed county: its code, its ordinal among the listed ones, and its villages in order of their codes."""

    code: str
    ordinal: int
    villages: tuple[str, ...]


@dataclass(frozen=True)
class Settled:
    """A county with its households, or a block of it: `sizes[i]` of them in `county.villages[i]`."""

    county: County
    sizes: NDArray[np.int64]
    block: int = 0  # which block of the county, and
    before: int = 0  # how many of its households live in earlier ones

    @property
    def households(self) -> int:
        return int(self.sizes.sum())

    def blocks(self) -> list["Settled"]:
        """The county in blocks of whole villages: at most BLOCK households, or a single village that has more."""
        ends = np.cumsum(self.sizes)
        blocks: list[Settled] = []
        first = before = 0
        while before < ends[-1]:
            last = max(int(np.searchsorted(ends, before + BLOCK, side="right")), first + 1)
            held = np.zeros_like(self.sizes)
            held[first:last] = self.sizes[first:last]
            if held.any():
                blocks.append(Settled(self.county, held, len(blocks), before))
            first, before = last, int(ends[last - 1])
        return blocks


def counties(places: Path) -> list[County]:
    """The listed counties: those whose villages `places` (the catalogue's places.csv) knows.

    Raises:
        Refusal: the file is missing or has no villages.
    """
    try:
        with open(places, encoding="utf-8-sig", newline="") as file:
            codes = sorted(row["code"] for row in csv.DictReader(file) if row["level"] == "village")
    except FileNotFoundError:
        raise Refusal(
            f"{places} is missing: the world needs the tree of places. Name a catalogue that has it."
        ) from None
    except KeyError as column:
        raise Refusal(f"{places} has no column {column}: it should have code, level, name_zh.") from None
    committees = [code for code in codes if int(code[9:]) <= LAST_COMMITTEE]
    if not committees:
        raise Refusal(f"{places} names no villages (rows with level 'village'). Name a catalogue that has them.")
    by_county: dict[str, list[str]] = {}
    for code in committees:
        by_county.setdefault(code[:6], []).append(code)
    return [County(code, ordinal, tuple(of)) for ordinal, (code, of) in enumerate(sorted(by_county.items()))]


def chosen(every: list[County], codes: list[str]) -> list[County]:
    """The counties with these codes; all of them when no code is given.

    Raises:
        Refusal: a code is not that of a listed county.
    """
    known = {county.code for county in every}
    strange = [code for code in codes if code not in known]
    if strange:
        raise Refusal(f"{', '.join(strange)}: not among the {len(known)} listed counties (codes have 6 digits).")
    return [county for county in every if not codes or county.code in codes]


def settle(among: list[County], households: int, seed: int) -> list[Settled]:
    """Spread `households` over the villages of `among`.

    Up to the natural size (about 0.92 million on all 52 counties), whole villages are peopled, as many as are needed in
    each county; beyond it, the same villages hold more. Every county gets its share to the household.
    """
    natural = [_natural_sizes(county, seed) for county in among]
    totals = np.array([sizes.sum() for sizes, _ in natural], float)
    shares = _to_the_unit(households * totals / totals.sum())
    settled = []
    for county, (sizes, order), total, share in zip(among, natural, totals, shares, strict=True):
        if share > total:
            held = _to_the_unit(sizes * (share / total))
        else:
            before = np.concatenate([[0], np.cumsum(sizes[order])[:-1]])
            held = np.zeros(len(sizes), np.int64)
            held[order] = np.clip(share - before, 0, sizes[order])
        settled.append(Settled(county, held))
    return settled


def _natural_sizes(county: County, seed: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    rng = np.random.default_rng(np.random.SeedSequence([seed, int(county.code), 0]))
    sizes = rng.lognormal(np.log(NATURAL_SIZE) - SPREAD**2 / 2, SPREAD, len(county.villages))
    return np.maximum(np.rint(sizes), 5).astype(np.int64), rng.permutation(len(county.villages))


def _to_the_unit(amounts: NDArray[np.float64]) -> NDArray[np.int64]:
    """Whole numbers with the same (rounded) sum: the largest fractions are rounded up."""
    whole = np.floor(amounts).astype(np.int64)
    missing = round(float(amounts.sum())) - int(whole.sum())
    whole[np.argsort(whole - amounts, kind="stable")[:missing]] += 1
    return whole
