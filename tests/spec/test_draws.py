"""Draws: what anybody gets who repeats them, what chance each household has, what the weights make of answers."""

import hashlib
import random
import subprocess
from collections import Counter
from fractions import Fraction

import pytest

from firmground.engines.sampling.draws import (
    Answered,
    by_village,
    digest,
    in_two_stages,
    proportional,
    rank,
    rate,
    shares,
    systematic,
)

SIZES = {"v1": 3, "v2": 10, "v3": 27, "v4": 60}
FRAME = [(f"{village}-{n}", village) for village, size in SIZES.items() for n in range(size)]


def test_a_draw_is_repeated_with_the_sha256_of_any_shop() -> None:
    drawn = [each.household for each in by_village(FRAME, "lottery 7", 20) if each.village == "v3"]
    homes = [home for home, village in FRAME if village == "v3"]
    told = {
        home: subprocess.run(
            ["sha256sum"], input=f"lottery 7:{home}", capture_output=True, text=True, check=True
        ).stdout
        for home in homes
    }
    assert drawn == sorted(homes, key=told.__getitem__)[: len(drawn)]
    assert rank("lottery 7", "v3-1") == hashlib.sha256(b"lottery 7:v3-1").hexdigest()


def test_the_order_of_the_list_changes_neither_the_draw_nor_the_digest_and_another_seed_does() -> None:
    shuffled = random.Random(3).sample(FRAME, len(FRAME))
    assert by_village(shuffled, "a", 20) == by_village(FRAME, "a", 20) != by_village(FRAME, "b", 20)
    assert in_two_stages(shuffled, "a", 2, 5) == in_two_stages(FRAME, "a", 2, 5)
    assert digest(shuffled) == digest(FRAME) != digest(FRAME[1:])


def test_every_village_gets_its_share_by_the_largest_remainders_and_at_least_one() -> None:
    assert shares(SIZES, 20) == {"v1": 1, "v2": 2, "v3": 5, "v4": 12}
    assert shares(SIZES, 4) == dict.fromkeys(SIZES, 1)
    assert shares(SIZES, 100) == SIZES
    assert shares(SIZES, 2) == {"v3": 1, "v4": 1}  # too few for each
    for asked in range(1, 101):
        assert sum(shares(SIZES, asked).values()) == asked


@pytest.mark.parametrize("asked", [0, 101])
def test_nobody_draws_none_or_more_than_there_are(asked: int) -> None:
    with pytest.raises(ValueError, match=f"{asked} of 100"):
        by_village(FRAME, "a", asked)


def test_the_weights_of_a_stratified_draw_add_up_to_each_village() -> None:
    drawn = by_village(FRAME, "a", 20)
    for village, size in SIZES.items():
        assert sum(each.weight for each in drawn if each.village == village) == size


def test_villages_are_drawn_by_size_and_a_very_large_one_always() -> None:
    chances = proportional(SIZES, 2)
    assert chances == {"v1": Fraction(3, 40), "v2": Fraction(10, 40), "v3": Fraction(27, 40), "v4": 1}
    assert sum(chances.values()) == 2
    drawn = Counter(name for n in range(2000) for name in systematic(chances, str(n)))
    assert drawn["v4"] == 2000
    for name in ("v1", "v2", "v3"):
        assert drawn[name] / 2000 == pytest.approx(float(chances[name]), abs=0.035)
    assert {len(systematic(chances, str(n))) for n in range(2000)} == {2}


def test_two_stages_give_every_household_the_same_weight_where_no_village_is_too_large_or_too_small() -> None:
    frame = [(f"{village}-{n}", village) for village, size in {"a": 20, "b": 30, "c": 25, "d": 25}.items()
             for n in range(size)]  # fmt: skip
    drawn = in_two_stages(frame, "s", 2, 10)
    assert ({each.weight for each in drawn}, len(drawn)) == ({Fraction(5)}, 20)


def test_the_same_sums_are_estimated_on_average_as_are_there() -> None:
    """Over many seeds, the weighted count of households of the two small villages is what it is: thirteen."""
    for draw in (lambda seed: by_village(FRAME, seed, 9), lambda seed: in_two_stages(FRAME, seed, 3, 4)):
        totals = [sum(each.weight for each in draw(str(n)) if each.village in ("v1", "v2")) for n in range(1500)]
        assert float(sum(totals) / len(totals)) == pytest.approx(13, rel=0.1)


def test_a_household_that_stands_twice_in_the_list_is_no_list() -> None:
    with pytest.raises(ValueError, match="v1-0 stands in the list more than once"):
        by_village([*FRAME, FRAME[0]], "a", 5)


def test_the_rate_is_weighted_and_its_variance_is_that_of_the_books() -> None:
    """Three villages of two households each, by hand: the ratio's linearised values are summed by village."""
    rows = [
        Answered("", "a", 2, 1, 4), Answered("", "a", 2, 0, 2), Answered("", "b", 2, 0, 3), Answered("", "b", 2, 0, 3),
        Answered("", "c", 1, 2, 4), Answered("", "c", 1, 0, 4),
    ]  # fmt: skip
    found = rate(rows)
    assert found is not None
    share = (2 * 1 + 2) / (2 * 12 + 8)  # 4 / 32
    clusters = [(2 * (1 - 6 * share)) / 32, (2 * (0 - 6 * share)) / 32, (2 - 8 * share) / 32]
    mean = sum(clusters) / 3
    variance = 3 / 2 * sum((each - mean) ** 2 for each in clusters)
    assert (found.rate, found.asked, found.told_by_sample) == (share, 20, True)
    assert found.design_effect == pytest.approx(max(1, variance / (share * (1 - share) / 20)))


def test_where_nobody_was_found_the_effect_that_was_planned_counts() -> None:
    none = [Answered("", str(n), 1, 0, 3) for n in range(5)]
    found = rate(none, least_effect=2)
    assert found is not None
    assert (found.rate, found.design_effect, found.told_by_sample) == (0, 2, False)
    assert rate([]) is None


def test_people_who_share_a_village_tell_less_than_as_many_drawn_one_by_one() -> None:
    alike = [Answered("", str(n), 1, n % 2 * 10, 10) for n in range(20)]
    found = rate(alike)
    assert found is not None
    assert found.design_effect == pytest.approx(10, rel=0.1)
