"""Draws that anybody can repeat from the list and the seed, with SHA-256 and no program of ours.

The rank of a unit is SHA-256 of "seed:unit" in UTF-8, written as hexadecimal digits; a draw takes the lowest ranks.
A frame is a list of (household, village); its digest is SHA-256 of its lines "household,village" in the order of both,
each ended by a line feed.

Two designs. `by_village`: every village is a stratum and gets a share of the sample by its size (largest remainders,
at least one each where there are enough). `in_two_stages`: villages are drawn with probability proportional to size,
systematically over the villages in the order of their codes from a start that the seed gives, and in each the same
number of households, so that every household has the same chance wherever its village is large enough.
"""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

Frame = Sequence[tuple[str, str]]
"""(household, village), each household once."""


@dataclass(frozen=True)
class Drawn:
    """A household drawn; it stands for `weight` households of the frame."""

    household: str
    village: str
    weight: Fraction


def rank(seed: str, unit: str) -> str:
    """By which the units of a list are ordered in a draw: 64 hexadecimal digits."""
    return hashlib.sha256(f"{seed}:{unit}".encode()).hexdigest()


def digest(frame: Frame) -> str:
    """What names a list, whatever its order."""
    return hashlib.sha256("".join(f"{home},{village}\n" for home, village in sorted(frame)).encode()).hexdigest()


def by_village(frame: Frame, seed: str, households: int) -> list[Drawn]:
    """A stratified sample of so many households, in the order of villages and ranks.

    Raises:
        ValueError: the frame has fewer households, or none is asked for.
    """
    homes = _homes(frame)
    sizes = {village: len(there) for village, there in homes.items()}
    taken = shares(sizes, households)
    return [
        Drawn(home, village, Fraction(sizes[village], taken[village]))
        for village in sorted(homes)
        for home in _lowest(homes[village], seed, taken[village])
    ]


def in_two_stages(frame: Frame, seed: str, villages: int, households: int) -> list[Drawn]:
    """So many villages, by their size, and so many households in each (all, where there are no more).

    Raises:
        ValueError: the frame has fewer villages, or none is asked for.
    """
    homes = _homes(frame)
    chances = proportional({village: len(there) for village, there in homes.items()}, villages)
    drawn = systematic(chances, seed)
    found = []
    for village in sorted(drawn):
        there = homes[village]
        taken = min(households, len(there))
        if taken < 1:
            raise ValueError(f"{households} households a village")
        weight = Fraction(len(there), taken) / chances[village]
        found += [Drawn(home, village, weight) for home in _lowest(there, seed, taken)]
    return found


def shares(sizes: Mapping[str, int], asked: int) -> dict[str, int]:
    """How many are taken of each stratum: by size, by largest remainders, at least one each if there are enough.

    Raises:
        ValueError: fewer than asked are there, or none is asked for.
    """
    whole = sum(sizes.values())
    if not 1 <= asked <= whole:
        raise ValueError(f"{asked} of {whole}")
    least = 1 if asked >= len(sizes) else 0
    exact = {name: Fraction(asked * size, whole) for name, size in sizes.items()}
    taken = {name: min(max(int(exact[name]), least), size) for name, size in sizes.items()}
    by_need = lambda name: (exact[name] - taken[name], name)  # noqa: E731
    while (short := asked - sum(taken.values())) != 0:
        open_ = [name for name in sizes if (taken[name] < sizes[name] if short > 0 else taken[name] > least)]
        name = max(open_, key=by_need) if short > 0 else min(open_, key=by_need)
        taken[name] += 1 if short > 0 else -1
    return {name: count for name, count in taken.items() if count}


def proportional(sizes: Mapping[str, int], asked: int) -> dict[str, Fraction]:
    """The chance of each unit to be among so many drawn by size; what is so large that it is in anyway has chance 1.

    Raises:
        ValueError: fewer units than asked, or none is asked for.
    """
    if not 1 <= asked <= len(sizes):
        raise ValueError(f"{asked} of {len(sizes)} villages")
    sure: set[str] = set()
    while True:
        rest = {name: size for name, size in sizes.items() if name not in sure}
        whole, left = sum(rest.values()), asked - len(sure)
        more = {name for name, size in rest.items() if size * left >= whole} if left else set()
        if not more:
            break
        sure |= more
    return {name: Fraction(1) if name in sure else Fraction(size * left, whole) for name, size in sizes.items()}


def systematic(chances: Mapping[str, Fraction], seed: str) -> list[str]:
    """Units by their chances: the sum of chances, taken in the order of names, passes each whole number past a start.

    The start is the rank of "start", read as a fraction of one.
    """
    start = Fraction(int(rank(seed, "start"), 16), 16**64)
    drawn, passed = [], Fraction(0)
    for name in sorted(chances):
        before, passed = passed, passed + chances[name]
        # How many of start, start + 1, start + 2 … lie in [before, passed): never more than one.
        if -((before - start) // -1) < -((passed - start) // -1):
            drawn.append(name)
    return drawn


@dataclass(frozen=True)
class Answered:
    """What came of a household drawn: in its stratum and cluster, `of` so many it is asked about, `found` are so."""

    stratum: str
    cluster: str
    weight: float
    found: float
    of: float


@dataclass(frozen=True)
class Estimated:
    """A rate found by a sample with weights.

    Attributes:
        design_effect: by how many times less the sample tells than as many persons drawn one by one; at least 1.
        told_by_sample: whether the sample itself told it; where nobody or everybody was found it cannot.
    """

    rate: float
    asked: int
    design_effect: float
    told_by_sample: bool


def rate(rows: Iterable[Answered], least_effect: float = 1.0) -> Estimated | None:
    """The weighted rate of found in asked, its variance by Taylor's series with clusters within strata.

    A stratum with a single cluster cannot tell how it varies: its cluster is compared with the whole. Clusters count as
    drawn with replacement, which makes the variance rather too large than too small.

    Args:
        least_effect: the design effect is never taken to be less; it is what counts where the sample cannot tell.

    Returns:
        None if nobody was asked.
    """
    kept = [row for row in rows if row.of > 0]
    whole = sum(row.weight * row.of for row in kept)
    if not whole:
        return None
    asked = sum(row.of for row in kept)
    share = sum(row.weight * row.found for row in kept) / whole
    totals: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for row in kept:
        totals[row.stratum][row.cluster] += row.weight * (row.found - share * row.of) / whole
    variance = 0.0
    for clusters in totals.values():
        n, mean = len(clusters), sum(clusters.values()) / len(clusters)
        if n > 1:
            variance += n / (n - 1) * sum((each - mean) ** 2 for each in clusters.values())
        else:
            variance += sum(each**2 for each in clusters.values())
    alone = share * (1 - share) / asked
    told = alone > 0 and variance > 0
    effect = variance / alone if told else 1.0
    return Estimated(share, round(asked), max(effect, least_effect, 1.0), told)


def _homes(frame: Frame) -> dict[str, list[str]]:
    twice = [home for home, count in Counter(home for home, _ in frame).items() if count > 1]
    if twice:
        raise ValueError(f"{twice[0]} stands in the list more than once")
    homes: dict[str, list[str]] = defaultdict(list)
    for home, village in frame:
        homes[village].append(home)
    return homes


def _lowest(homes: Sequence[str], seed: str, count: int) -> list[str]:
    return sorted(homes, key=lambda home: rank(seed, home))[:count]
