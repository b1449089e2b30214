"""Weekly briefs: made once, never changed, every number worked out again, and whole on paper in both languages."""

import json
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from click.testing import CliRunner
from django.db import DatabaseError, transaction
from django.test import Client

from firmground import flow
from firmground.cli.briefs import briefs
from firmground.common.audit.trail import acting
from firmground.common.errors import Refusal
from firmground.findings.models import Screening
from firmground.officers.machine import everywhere as as_the_machine
from firmground.places.models import Listing
from firmground.registry.models import OPEN, Household
from firmground.supervision.board.models import PlaceFigures
from firmground.supervision.briefs import actions, queries
from firmground.supervision.briefs.models import Brief
from tests.cast import WANGMO, ZHENXIONG, sign_in
from tests.journeys import two_counties

TUESDAY = date(2020, 6, 30)  # the registers are as of that day


@pytest.fixture(scope="module")
def screening(
    django_db_setup: None, django_db_blocker: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Screening]:
    """Two counties, screened and counted."""
    with (
        django_db_blocker.unblock(),  # type: ignore[attr-defined]
        two_counties.made(tmp_path_factory.mktemp("two")),
    ):
        yield Screening.objects.get()


@pytest.fixture
def office(screening: Screening, db: None) -> SimpleNamespace:
    from firmground.officers.models import Office

    return SimpleNamespace(**{each.officer.username: each for each in Office.objects.select_related("officer")})


def made(place: str = ZHENXIONG, day: date = TUESDAY, why: str = "") -> Brief:
    with as_the_machine() as machine:
        return actions.make(place=place, day=day, by=machine, why=why)


def test_a_brief_tells_what_the_registers_hold(screening: Screening, db: None) -> None:
    told = made().contents
    with as_the_machine():
        poor = list(Household.objects.filter(OPEN, village_code__startswith=ZHENXIONG, kind="poor"))
    assert (told["week"], told["on"]) == ("2020-06-29", "2020-07-05")
    assert told["figures"]["poor_households"] == len(poor) > 0
    assert told["figures"]["poor_persons"] == sum(home.population or 0 for home in poor)
    assert sum(row["figures"]["poor_persons"] for row in told["places"]) == told["figures"]["poor_persons"]
    assert told["screening"]["snapshot"] == screening.snapshot_digest
    assert told["screening"]["of_this_week"]
    assert told["exits"] == {"county": 0, "village": 0}


def test_a_week_without_a_screening_says_so_and_one_before_any_is_empty(screening: Screening, office: Any) -> None:
    later = made(day=date(2020, 7, 8))
    assert not later.contents["screening"]["of_this_week"]
    page = as_(office.zhou).get(f"/supervision/briefs/{later.pk}/").content.decode()
    assert "No screening was made this week; figures are those of 30 June 2020." in page
    first = made(day=date(2020, 3, 4))
    assert first.contents["screening"] is None
    page = as_(office.zhou).get(f"/supervision/briefs/{first.pk}/").content.decode()
    assert "nobody knows who is still poor" in page


def test_made_twice_it_is_one_brief_and_changed_numbers_need_a_reason(screening: Screening, db: None) -> None:
    brief = made()
    assert made().pk == brief.pk
    with as_the_machine():
        Listing.objects.filter(place_code=ZHENXIONG).update(
            delisted_on=date(2020, 7, 1), delisting_act="an act", delist_reason="county_exit"
        )
    with pytest.raises(Refusal, match="say why a new edition is needed"):
        made()
    second = made(why="the delisting was recorded late")
    assert (second.edition, second.because) == (2, "the delisting was recorded late")
    assert second.contents["listed"]["left"] == [ZHENXIONG]
    with as_the_machine():
        brief.refresh_from_db()
    assert brief.contents["listed"]["left"] == []


def test_every_number_comes_out_again_or_is_named(screening: Screening, office: Any) -> None:
    brief = made()
    with as_the_machine():
        assert list(queries.differences(brief)) == []
    page = as_(office.zhou).get(f"/supervision/briefs/{brief.pk}/?check=1").content.decode()
    assert "Every number comes out as it was told." in page
    forging = acting(officer=None, office=None, role="administrator", verb="briefs.forge")
    with as_the_machine(), transaction.atomic(), forging:
        told = brief.contents
        told["figures"]["poor_persons"] += 1
        forgery = Brief.objects.create(
            place_code=ZHENXIONG, week=brief.week, edition=2, because="forged", said=json.dumps(told),
            digest=brief.digest, made_at=brief.made_at, made_by=brief.made_by,
        )  # fmt: skip
        [(name, forged, true)] = queries.differences(forgery)
    assert (name, forged - true) == ("figures.poor_persons", 1)
    assert not forgery.whole
    page = as_(office.zhou).get(f"/supervision/briefs/{forgery.pk}/?check=1").content.decode()
    assert "not the one it was signed with" in page
    assert "figures.poor_persons" in page


def test_no_brief_is_changed_or_deleted(screening: Screening, db: None) -> None:
    brief = made()
    for change in (lambda rows: rows.update(because="another word"), lambda rows: rows.delete()):
        forging = acting(officer=None, office=None, role="administrator", verb="briefs.forge")
        refused = pytest.raises(DatabaseError, match="never changed or deleted")
        with as_the_machine(), refused, transaction.atomic(), forging:
            change(Brief.objects.filter(pk=brief.pk))


def test_the_command_names_what_comes_out_differently(screening: Screening, db: None) -> None:
    brief = made()
    said = CliRunner().invoke(briefs, ["verify", str(brief.pk)], standalone_mode=False)
    assert (said.output, said.return_value) == ("1 of 1 briefs come out as they were told.\n", 0)
    with as_the_machine():
        Listing.objects.filter(place_code=ZHENXIONG).update(
            delisted_on=date(2020, 7, 1), delisting_act="an act", delist_reason="county_exit"
        )
    said = CliRunner().invoke(briefs, ["verify", "--week", "2020-07-02"], standalone_mode=False)
    assert said.return_value == 3
    assert "listed.left.1 was told as None, and comes out as 530627" in said.output
    assert "There is no such brief" in str(
        CliRunner().invoke(briefs, ["verify", "999"], standalone_mode=False).exception
    )


def test_the_week_must_be_over_and_the_place_in_reach(office: Any) -> None:
    with pytest.raises(Refusal, match="is not over"):
        actions.make(place=ZHENXIONG, day=date(2100, 1, 1), by=office.zhou)
    with pytest.raises(Refusal, match="no place with the code “522326” in your territory"):
        actions.make(place=WANGMO, day=TUESDAY, by=office.zhou)
    with pytest.raises(Refusal, match="no place with the code"):
        actions.make(place="999999", day=TUESDAY, by=office.zhou)


def test_no_brief_is_made_before_its_figures_are_counted_and_the_job_counts_them(
    screening: Screening, db: None
) -> None:
    undoing = acting(officer=None, office=None, role="administrator", verb="tests")
    with as_the_machine(), transaction.atomic(), undoing:
        PlaceFigures.objects.filter(screening=screening).delete()
    with pytest.raises(Refusal, match="still being counted"):
        made(day=date(2020, 7, 8))
    flow.make_briefs(date(2020, 7, 8))
    assert made(day=date(2020, 7, 8)).contents["figures"]["poor_persons"] > 0


def test_the_monday_job_makes_each_territory_one_brief_and_none_twice(screening: Screening, db: None) -> None:
    territories = {code[:n] for code in listed() for n in (0, 2, 4, 6)}
    assert flow.make_briefs(TUESDAY) == len(territories) - 2  # two counties made theirs themselves
    assert flow.make_briefs(TUESDAY) == 0
    with as_the_machine():
        assert set(Brief.objects.values_list("edition", flat=True)) == {1}
        assert {"", "53", "5306", ZHENXIONG} <= set(Brief.objects.values_list("place_code", flat=True))


def test_a_county_reads_its_own_briefs_and_nobody_elses(office: Any) -> None:
    ours, theirs = made(), made(WANGMO)
    county = as_(office.zhou)
    listing = county.get("/supervision/briefs/").content.decode()
    assert f"/supervision/briefs/{ours.pk}/" in listing
    assert f"/supervision/briefs/{theirs.pk}/" not in listing
    assert county.get(f"/supervision/briefs/{theirs.pk}/").status_code == 404
    assert county.get(f"/supervision/briefs/{theirs.pk}/paper/").status_code == 404


def test_an_officer_makes_a_brief_on_the_page(office: Any) -> None:
    county = as_(office.zhou)
    answer = county.post("/supervision/briefs/", {"place": ZHENXIONG, "day": "2020-07-08"})
    assert answer.status_code == 302
    with as_the_machine():
        assert Brief.objects.filter(place_code=ZHENXIONG, week=date(2020, 7, 6)).count() == 1
    refused = county.post("/supervision/briefs/", {"place": WANGMO, "day": "2020-07-01"})
    assert refused.status_code == 400
    assert "no place with the code" in refused.content.decode()


def test_the_first_paragraph_says_why_and_numbers_lead_to_their_rows(screening: Screening, office: Any) -> None:
    brief = made("5306")
    page = as_(office.han).get(f"/supervision/briefs/{brief.pk}/").content.decode()
    [link] = brief.contents["weak"]
    assert link["guarantee"] == ""  # the only county of its prefecture is the middle one
    assert f"{link['figures']['poor_persons']:,} still poor)" in page
    assert 'href="/supervision/issues/?place=5306&amp;on=2020-07-05&amp;standing=late"' in page
    assert 'href="/supervision/5306/?on=2020-07-05"' in page
    for address in set(re.findall(r'href="(/supervision/[^"]*on=2020[^"]*)"', page)):
        assert as_(office.han).get(address.replace("&amp;", "&")).status_code == 200, address


def test_on_paper_it_is_whole_in_both_languages(office: Any, tmp_path: Path) -> None:
    brief = made()
    answer = as_(office.zhou).get(f"/supervision/briefs/{brief.pk}/paper/")
    assert answer["Content-Type"] == "application/pdf"
    text = text_of(answer.content)
    assert "督战周报" in text
    assert "Supervision brief" in text
    assert text.count(brief.digest[:16]) >= 2
    poor = f"{brief.contents['figures']['poor_persons']:,}"
    assert text.count(poor) >= 4
    for row in brief.contents["places"]:
        assert f"{row['figures']['poor_persons']:,}" in text


def text_of(paper: bytes) -> str:
    import pypdfium2

    document = pypdfium2.PdfDocument(paper)
    return "\n".join(page.get_textpage().get_text_bounded() for page in document)


def listed() -> list[str]:
    return list(Listing.objects.values_list("place_code", flat=True))


def as_(office: Any, language: str = "en") -> Client:
    return sign_in(Client(headers={"accept-language": language}), office)
