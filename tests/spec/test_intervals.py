"""Intervals of sampled rates, against published values; and how often they hold what they should."""

import random

import pytest

from firmground.engines.sampling.intervals import Interval, share, weighted_sum


@pytest.mark.parametrize(
    ("found", "asked", "lower", "upper"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_a_share_has_the_interval_that_newcombe_printed_for_it(
    found: int, asked: int, lower: float, upper: float
) -> None:
    # Newcombe, Statistics in Medicine 17 (1998), table I, method 3
    interval = share(found, asked)
    assert interval is not None
    assert (round(interval.lower, 4), round(interval.upper, 4)) == (lower, upper)


def test_a_design_effect_of_two_halves_the_sample() -> None:
    assert share(20, 4000, design_effect=2) == share(10, 2000)


def test_nobody_asked_says_nothing() -> None:
    assert share(0, 0) is None


@pytest.mark.parametrize("wrong", [(3, 2, 0.95, 1.0), (-1, 2, 0.95, 1.0), (1, 2, 1.0, 1.0), (1, 2, 0.95, 0.5)])
def test_what_cannot_be_is_refused(wrong: tuple[int, int, float, float]) -> None:
    with pytest.raises(ValueError, match="of 2"):
        share(*wrong)


def test_one_share_alone_keeps_its_interval_and_a_constant_moves_it() -> None:
    alone = Interval(0.02, 0.01, 0.04)
    summed = weighted_sum(0.5, [(2.0, alone)])
    assert (summed.estimate, summed.lower, summed.upper) == pytest.approx((0.54, 0.52, 0.58))


def test_the_interval_of_a_countys_comprehensive_incidence_holds_the_truth_as_often_as_it_says() -> None:
    drawn = random.Random(5)
    wrong, missed, remaining, others, exited = 0.010, 0.006, 0.005, 0.795, 0.2
    truth = remaining + missed * others + wrong * exited
    held = 0
    for _ in range(600):
        wrongly = sum(drawn.random() < wrong for _ in range(1000))
        found = sum(drawn.random() < missed for _ in range(800))
        parts = [(others, share(found, 800)), (exited, share(wrongly, 1000))]
        interval = weighted_sum(remaining, [(weight, of) for weight, of in parts if of])
        held += interval.lower <= truth <= interval.upper
    assert 0.93 <= held / 600 <= 0.99
