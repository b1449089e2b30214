"""Old Li and his neighbours through a year of screenings."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from django.db.models import Model

from firmground.common.errors import Refusal
from firmground.findings import actions, queries, tallies
from firmground.findings.models import Finding, HouseholdTally, PlaceResult, Screening, StandardResult
from firmground.officers.machine import machine
from firmground.officers.territory import EVERYWHERE

pytestmark = pytest.mark.django_db

LI = "53332310120100001"  # Fugong, Shangpa
MEI = "53332310120100002"  # next door
TASHI = "53330110120000001"  # Lushui, the county beside it
ALL = (LI, MEI, TASHI)
JUNE, JULY, AUGUST = date(2020, 6, 30), date(2020, 7, 31), date(2020, 8, 31)
Draw = Callable[..., Path]


def rows() -> dict[type[Model], list[dict[str, object]]]:
    return {
        model: list(model.objects.order_by("pk").values())  # type: ignore[attr-defined]
        for model in (Screening, StandardResult, PlaceResult, HouseholdTally, Finding)
    }


def standing(screening: Screening) -> dict[str, str]:
    """Household -> status, seen from a screening."""
    return {finding.subject_id: finding.status for finding in queries.seen_from(screening, seen_by=EVERYWHERE)}  # type: ignore[attr-defined]


def test_a_finding_is_opened_stays_open_changes_and_is_closed(draw: Draw) -> None:
    grade_d = ("not_met", {"dwelling_grade": "D", "as_of": "2020-06-30"})
    june = actions.take_in(by=machine(), folder=draw({(LI, "roof"): grade_d, (MEI, "roof"): grade_d}, ALL, as_of=JUNE))
    assert (june.opened, june.changed, june.closed) == (2, 0, 0)
    assert standing(june.screening) == {LI: "opened", MEI: "opened"}

    july = actions.take_in(
        by=machine(),
        folder=draw(
            {
                (LI, "roof"): ("not_met", {"dwelling_grade": "C", "as_of": "2020-07-31"}),
                (MEI, "roof"): ("not_met", {"dwelling_grade": "D", "as_of": "2020-07-31"}),  # the same but for the date
                (TASHI, "roof"): ("unknown", {"dwelling_grade": None, "as_of": "2020-07-31"}),
            },
            ALL,
            as_of=JULY,
        ),
    )
    assert (july.opened, july.changed, july.closed) == (1, 1, 0)
    assert standing(july.screening) == {LI: "changed", MEI: "still_open", TASHI: "opened"}

    august = actions.take_in(
        by=machine(), folder=draw({(TASHI, "roof"): ("not_met", {"dwelling_grade": "D"})}, ALL, as_of=AUGUST)
    )
    assert (august.opened, august.changed, august.closed) == (1, 0, 3), "unknown that turns out not met is a new one"
    seen = queries.seen_from(august.screening, seen_by=EVERYWHERE)
    assert sorted(seen.values_list("subject_id", "verdict", "status")) == [
        (TASHI, "not_met", "opened"), (TASHI, "unknown", "closed"), (LI, "not_met", "closed"),
        (MEI, "not_met", "closed"),
    ]  # fmt: skip

    # Looking back, everything stands as it stood, on the evidence of the time.
    assert standing(june.screening) == {LI: "opened", MEI: "opened"}
    evidence = {s: queries.of_subject(s, "household", LI, seen_by=EVERYWHERE).get().evidence["dwelling_grade"]
                for s in (june.screening, july.screening)}  # fmt: skip
    assert evidence == {june.screening: "D", july.screening: "C"}
    assert [found.evidence["dwelling_grade"] for found in queries.history_of("household", LI, seen_by=EVERYWHERE)] == [
        "D",
        "C",
    ]


def test_taking_the_same_screening_in_twice_changes_nothing(draw: Draw) -> None:
    folder = draw({(LI, "roof"): ("not_met", {"dwelling_grade": "D"})}, ALL)
    first = actions.take_in(by=machine(), folder=folder)
    before = rows()
    again = actions.take_in(by=machine(), folder=folder)
    assert (first.new, again.new) == (True, False)
    assert again.screening == first.screening
    assert again.opened == 1
    assert rows() == before


def test_every_place_from_the_village_to_the_nation_is_counted(draw: Draw) -> None:
    first = {(LI, "roof"): ("not_met", {}), (MEI, "roof"): ("unknown", {})}
    actions.take_in(by=machine(), folder=draw(first, ALL, as_of=JUNE))
    taken = actions.take_in(
        by=machine(), folder=draw({(MEI, "roof"): ("not_met", {}), (TASHI, "roof"): ("not_met", {})}, ALL, as_of=JULY)
    )
    counted = {
        row.place_code: (row.asked, row.met, row.not_met, row.unknown, row.opened, row.closed)
        for row in PlaceResult.objects.filter(screening=taken.screening)
    }
    nation, fugong, lushui = (3, 1, 2, 0, 2, 1), (2, 1, 1, 0, 1, 1), (1, 0, 1, 0, 1, 0)
    assert counted == {
        "": nation, "53": nation, "5333": nation,
        "533323": fugong, "533323101": fugong, "533323101201": fugong,
        "533301": lushui, "533301101": lushui, "533301101200": lushui,
    }  # fmt: skip


def test_a_household_counts_once_however_many_standards_of_a_task_it_falls_short_of(draw: Draw) -> None:
    found = {(LI, "roof"): ("not_met", {}), (LI, "water"): ("not_met", {}), (LI, "school"): ("not_met", {}),
             (MEI, "water"): ("unknown", {}), (TASHI, "school"): ("not_met", {})}  # fmt: skip
    tasks = {"roof": 3, "water": 3, "school": 5}
    taken = actions.take_in(by=machine(), folder=draw(found, ALL, ("roof", "water", "school")), tasks=tasks)
    fugong = tallies.by_place(taken.screening, digits=6, under="533323", seen_by=EVERYWHERE)["533323"]
    nation = tallies.by_place(taken.screening, digits=0, seen_by=EVERYWHERE)[""]
    assert (fugong.households, fugong.tasks[3], fugong.tasks[5]) == (2, tallies.Tally(1, 1), tallies.Tally(1, 0))
    assert (nation.households, nation.tasks[3], nation.tasks[5]) == (3, tallies.Tally(1, 1), tallies.Tally(2, 0))
    assert (nation.either, nation.opened) == (2, 4)


def test_a_held_standard_is_silent_until_it_is_released(draw: Draw) -> None:
    actions.take_in(
        by=machine(), folder=draw({(LI, "roof"): ("not_met", {"grade": "D"})}, ALL, ("roof", "water"), as_of=JUNE)
    )
    flood = {(who, "roof"): ("not_met", {"grade": None}) for who in ALL} | {(LI, "water"): ("not_met", {})}
    july = actions.take_in(by=machine(), folder=draw(flood, ALL, ("roof", "water"), as_of=JULY, held=("roof",)))
    assert july.held == ("roof",)
    assert set(queries.seen_from(july.screening, seen_by=EVERYWHERE).values_list("standard", flat=True)) == {"water"}
    assert {row.standard for row in queries.counts(july.screening, ["", "533323"], seen_by=EVERYWHERE)} == {"water"}
    assert [result.standard for result in queries.shown(july.screening)] == ["water"]
    assert Finding.objects.filter(standard="roof", closed_in=None).count() == 1, "what was open is left alone"

    with pytest.raises(Refusal, match=r"'water' is not held in the last screening\. Held are: roof"):
        actions.release(by=machine(), standard="water", note="checked by telephone")
    with pytest.raises(Refusal, match="Say in the note"):
        actions.release(by=machine(), standard="roof", note=" ")
    released = actions.release(by=machine(), standard="roof", note="the flood of 12 July is real")
    assert (released.opened, released.changed, released.closed, released.held) == (2, 1, 0, ())
    assert queries.in_place(july.screening, "533323", standard="roof", seen_by=EVERYWHERE).count() == 2
    nation = queries.counts(july.screening, [""], ["roof"], seen_by=EVERYWHERE).get()
    assert (nation.asked, nation.not_met, nation.opened, nation.closed) == (3, 3, 2, 0)
    assert queries.shown(july.screening).get(standard="roof").released_by_note == "the flood of 12 July is real"
    with pytest.raises(Refusal, match="Held are: none"):
        actions.release(by=machine(), standard="roof", note="again")


def test_what_is_open_in_a_county_that_was_not_screened_stays_open(draw: Draw) -> None:
    found = {(LI, "roof"): ("not_met", {}), (TASHI, "roof"): ("not_met", {})}
    actions.take_in(by=machine(), folder=draw(found, ALL, as_of=JUNE))
    july = actions.take_in(by=machine(), folder=draw({}, ALL, as_of=JULY, counties=("533301",)))
    assert july.closed == 1
    assert standing(july.screening) == {LI: "still_open", TASHI: "closed"}


def test_a_standard_that_is_asked_no_more_is_closed(draw: Draw) -> None:
    actions.take_in(by=machine(), folder=draw({(LI, "roof"): ("not_met", {})}, ALL, ("roof", "water"), as_of=JUNE))
    july = actions.take_in(by=machine(), folder=draw({}, ALL, ("water",), as_of=JULY))
    assert standing(july.screening) == {LI: "closed"}


def test_a_household_that_moved_is_found_anew_where_it_lives(draw: Draw) -> None:
    folder = draw({(LI, "roof"): ("not_met", {})}, ALL, as_of=JUNE)
    actions.take_in(by=machine(), folder=folder)
    Finding.objects.update(place_code="533301101200")  # where it lived before
    july = actions.take_in(by=machine(), folder=draw({(LI, "roof"): ("not_met", {})}, ALL, as_of=JULY))
    assert (july.opened, july.closed) == (1, 1)
    counts = queries.counts(july.screening, ["533301", "533323"], seen_by=EVERYWHERE)
    assert {row.place_code: (row.opened, row.closed) for row in counts} == {"533301": (0, 1), "533323": (1, 0)}


def test_an_older_screening_is_refused(draw: Draw) -> None:
    actions.take_in(by=machine(), folder=draw({}, ALL, as_of=JULY))
    before = rows()
    with pytest.raises(Refusal, match="Findings are compared forward in time"):
        actions.take_in(by=machine(), folder=draw({}, ALL, as_of=JUNE))
    assert rows() == before


@pytest.mark.parametrize("damage", ["screening.json", "summary.parquet", "findings/county=533323/household.parquet"])
def test_a_damaged_screening_is_refused_and_nothing_is_half_in(draw: Draw, damage: str) -> None:
    folder = draw({(LI, "roof"): ("not_met", {})}, ALL)
    (folder / damage).write_bytes(b"{ half a file")
    with pytest.raises(Refusal, match=r"[Ss]creen (the snapshot )?again"):
        actions.take_in(by=machine(), folder=folder)
    assert not any(rows().values())


def test_findings_that_got_lost_are_not_taken_for_households_that_were_helped(draw: Draw) -> None:
    actions.take_in(by=machine(), folder=draw({(LI, "roof"): ("not_met", {})}, ALL, as_of=JUNE))
    folder = draw({(LI, "roof"): ("not_met", {})}, ALL, as_of=JULY)
    (folder / "findings/county=533323/household.parquet").unlink()
    with pytest.raises(Refusal, match="the findings, the summary and the totals of roof do not agree"):
        actions.take_in(by=machine(), folder=folder)
    assert Screening.objects.count() == 1


def test_a_folder_that_holds_no_screening_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refusal, match="holds no finished screening"):
        actions.take_in(by=machine(), folder=tmp_path)


def test_a_board_of_any_size_is_one_query(draw: Draw, django_assert_num_queries) -> None:  # type: ignore[no-untyped-def]
    taken = actions.take_in(
        by=machine(), folder=draw({(LI, "roof"): ("not_met", {})}, ALL, ("roof", "water", "school"))
    )
    with django_assert_num_queries(1):
        assert len(queries.counts(taken.screening, ["533323", "533301", ""], seen_by=EVERYWHERE)) == 9
    with django_assert_num_queries(1):
        assert [
            (f.subject_id, f.opened_as_of) for f in queries.in_place(taken.screening, "53", seen_by=EVERYWHERE)
        ] == [(LI, JUNE)]
