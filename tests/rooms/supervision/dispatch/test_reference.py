"""The published dispatch figures: they agree with the shares that were published with them."""

from pathlib import Path

import pytest

from firmground.common.errors import Refusal
from firmground.common.home import CATALOGUE
from firmground.supervision.dispatch.published import FILE, load


def test_shares_agree_with_one_figure_for_2019() -> None:
    """27.29 million went out in 2019, 2.545 million of them from the listed counties: every share implies it."""
    published = load(CATALOGUE)
    for series, in_2019 in (("labour_out", 2729), ("labour_out_listed", 254.5)):
        for point in published[series].points:
            assert point.share is not None
            assert point.value / (point.share / 100) == pytest.approx(in_2019, rel=0.001), (series, point.on)


@pytest.mark.parametrize(
    ("part", "whole"),
    [
        ("projects_started", "projects_planned"), ("enterprises_resumed", "enterprises"),
        ("workshops_resumed", "workshops"),
    ],
)  # fmt: skip
def test_a_share_is_the_part_of_the_whole_published_beside_it(part: str, whole: str) -> None:
    published = load(CATALOGUE)
    wholes = {point.on: point.value for point in published[whole].points}
    shares = [point for point in published[part].points if point.share is not None]
    assert shares
    for point in shares:
        assert point.value / wholes[point.on] * 100 == pytest.approx(point.share, abs=0.1), point.on


def test_posts_by_kind_add_up_to_the_posts_of_that_day() -> None:
    published = load(CATALOGUE)
    kinds = sum(published[f"posts_{kind}"].points[0].value for kind in ("forest", "pv", "road", "other"))
    assert kinds == pytest.approx(published["posts"].points[0].value, abs=0.011)  # each was rounded


def test_a_figure_of_no_source_is_refused(tmp_path: Path) -> None:
    text = (CATALOGUE / FILE).read_text(encoding="utf-8").replace('source = "ew1"', 'source = "hearsay"')
    (tmp_path / FILE).write_text(text, encoding="utf-8")
    with pytest.raises(Refusal, match=r"east_west_money.*hearsay"):
        load(tmp_path)


def test_points_out_of_order_are_refused(tmp_path: Path) -> None:
    text = (CATALOGUE / FILE).read_text(encoding="utf-8").replace("on = 2020-09-30", "on = 2020-01-30")
    (tmp_path / FILE).write_text(text, encoding="utf-8")
    with pytest.raises(Refusal, match="out of order"):
        load(tmp_path)
