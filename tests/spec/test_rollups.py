"""What places add up to: every person once, nobody counted who left, and nothing known where nobody was registered."""

import pyarrow as pa

from firmground.engines.rollups import COUNTED, added_up, latest_of_its_kind, onto, persons_of, together

VILLAGES = pa.chunked_array([["530627102201", "530627102201", "530627102202", "522326001201", "530627102202"]])
KINDS = pa.chunked_array([["poor", "exited", "unstable", "poor", None]])
ROWS = pa.chunked_array([[0, 0, 0, 1, 2, 2, 3, 4]])
STATUS = pa.chunked_array([["active", "died", None, "active", "active", "active", "moved_out", "active"]])


def sums() -> pa.Table:
    return added_up(VILLAGES, KINDS, persons_of(5, ROWS, STATUS))


def test_persons_are_the_members_who_are_still_there() -> None:
    assert persons_of(5, ROWS, STATUS).to_pylist() == [2, 1, 2, 0, 1]


def test_villages_and_counties_add_up_the_same_households() -> None:
    villages = {row["place"]: row for row in sums().to_pylist()}
    assert villages["530627102201"]["poor_persons"] == 2
    assert villages["530627102201"]["registered_persons"] == 3
    assert villages["530627102202"]["unstable_households"] == 1
    counties = {row["place"]: row for row in together([sums().slice(0, 1), sums().slice(1)], 6).to_pylist()}
    assert counties["530627"]["registered_persons"] == 5
    assert counties["522326"] == {"place": "522326", **dict.fromkeys(COUNTED, 0), "poor_households": 1}


def test_a_village_nobody_described_has_its_sums_and_one_without_households_has_none() -> None:
    rows = pa.table({"village_id": ["530627102203"], "village_code": ["530627102203"], "residents": [900]})
    by_code = {row["village_code"]: row for row in onto(rows, sums(), "village_id", "village_code").to_pylist()}
    assert list(by_code) == sorted(by_code)
    assert by_code["530627102203"]["residents"] == 900
    assert by_code["530627102203"]["poor_persons"] is None
    assert by_code["530627102201"]["village_id"] == "530627102201"
    assert by_code["530627102201"]["residents"] is None
    assert by_code["530627102201"]["poor_households"] == 1


def test_the_latest_survey_of_each_kind_and_county_counts() -> None:
    surveys = pa.table(
        {
            "county_id": ["530627", "530627", "530627", "522326", "530627"],
            "kind": ["own_check", "own_check", "spot_check", "own_check", "own_check"],
            "surveyed_on": ["2020-05-01", "2019-05-01", "2019-01-01", "2018-01-01", "2020-05-01"],
            "exit_survey_id": ["a", "b", "c", "d", "e"],
        }
    )
    assert latest_of_its_kind(surveys, "county_id", "exit_survey_id").to_pylist() == [False, False, True, True, True]
