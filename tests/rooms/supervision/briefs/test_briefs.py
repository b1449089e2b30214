"""Weekly briefs: made once, never changed, every number worked out again, and whole on paper in both languages."""

import hashlib
import json
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import time_machine
from click.testing import CliRunner
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from firmground import flow
from firmground.cases import actions as cases
from firmground.cli.briefs import briefs
from firmground.common.audit.trail import acting
from firmground.common.errors import Refusal
from firmground.findings.models import Finding, PlaceResult, Screening
from firmground.officers.machine import everywhere as as_the_machine
from firmground.officers.territory import seeing
from firmground.places.models import Listing
from firmground.registry.models import OPEN, Household
from firmground.supervision.board.models import Forecast, PlaceFigures
from firmground.supervision.briefs import actions, contents, queries, rows
from firmground.supervision.briefs.models import Brief
from firmground.supervision.ledger import actions as ledger
from firmground.supervision.visits import actions as visits
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


def test_every_number_leads_to_as_many_rows(screening: Screening, office: Any) -> None:
    with time_machine.travel(datetime(2020, 7, 1, 4, tzinfo=UTC)), seeing(office.zhou.officer):
        supervised(office.zhou)
    houses_fall_short(screening)
    brief = made(why="a visit and an order")
    assert (brief.contents["guarantees"]["housing"]["not_met"], brief.contents["guarantees"]["housing"]["unknown"]) == (
        2, 1,
    )  # fmt: skip
    county, told = as_(office.zhou), dict(contents.numbers(brief.contents))
    page = county.get(f"/supervision/briefs/{brief.pk}/").content.decode()
    followed = re.findall(r'<a href="(/supervision/(?:briefs/\d+/rows|issues)/[^"]*)">([\d,]+)</a>', page)
    for address, counted in followed:
        with CaptureQueriesContext(connection) as questions:
            behind = county.get(address.replace("&amp;", "&")).content.decode()
        assert len(questions) <= 25, address
        here = f"<dd>{counted}</dd>" if "/rows/" in address else f"{counted} issue"
        assert here in behind, address
        assert "They differ" not in behind, address
    led = {re.sub(r".*of=([^&]*).*", r"\1", address) for address, _ in followed}
    assert led >= {
        "figures.poor_households", "figures.poor_persons", "figures.monitored_persons", "guarantees.housing.asked",
        "issues.now.without_help", "orders.open", "visits.visits", "visits.households", "listed.counties",
        "listed.villages", "exits.county",
    }  # fmt: skip
    with as_the_machine():
        counted = [name for name in told if re.fullmatch(r"guarantees\.\w+\.(not_met|unknown)", name)]
        for name in ("figures.poor_persons", "figures.poor_households", "figures.monitored_persons",
                     "issues.now.open", *counted):  # fmt: skip
            assert at_the_end(brief, name, ZHENXIONG, county) == told[name], name
    assert county.get(f"/supervision/briefs/{brief.pk}/rows/?of=figures.forecast").status_code == 404
    assert county.get(f"/supervision/briefs/{brief.pk}/rows/?of=orders.open&place={WANGMO}").status_code == 404


def at_the_end(brief: Brief, name: str, place: str, reader: Client) -> int:
    """A number added up from the rows to which it leads at last."""
    found = rows.behind(brief, name, place)
    assert found is not None
    page = reader.get(f"/supervision/briefs/{brief.pk}/rows/?of={name}&place={place}").content.decode()
    assert f"<dd>{found.number:,}</dd>" in page
    if found.what == "places":
        assert found.number == sum(n for _, _, n in found.rows)
        return sum(at_the_end(brief, name, code, reader) for code, _, _ in found.rows)
    if found.what == "households" and name.endswith("persons"):
        return sum(persons for _, _, persons in found.rows)
    return len(found.rows)


def houses_fall_short(screening: Screening) -> None:
    """Two houses of a village are unsafe and one is not known: findings of another standard become those."""
    undoing = acting(officer=None, office=None, role="administrator", verb="tests")
    with as_the_machine(), transaction.atomic(), undoing:
        first = Finding.objects.filter(place_code__startswith=ZHENXIONG).order_by("pk").first()
        assert first is not None
        village = first.place_code
        chosen = list(Finding.objects.filter(place_code=village).order_by("pk")[:3])
        assert len(chosen) == 3
        for n, each in enumerate(chosen):
            Finding.objects.filter(pk=each.pk).update(
                standard="housing_safe", verdict="unknown" if n == 2 else "not_met", about="household",
                subject_id=f"{village}9000{n}", household_id=f"{village}9000{n}",
            )  # fmt: skip
        places = [village[:digits] for digits in (0, 2, 4, 6, 9, 12)]
        PlaceResult.objects.filter(screening=screening, place_code__in=places, standard="housing_safe").update(
            not_met=2, unknown=1
        )


def supervised(by: Any) -> None:
    """In the week of the brief: a visit that found two things and helped one, an order, an exit begun, a village."""
    home = Household.objects.filter(OPEN, village_code__startswith=ZHENXIONG).order_by("pk")[0]
    team = visits.form_team(title="Team", place_code=ZHENXIONG, units=["Audit"], held_from=TUESDAY, by=by)
    visit = visits.plan(
        team=team, place_code=home.village_code, mode="unannounced", from_on=date(2020, 7, 1), to_on=date(2020, 7, 1),
        by=by,
    )  # fmt: skip
    visits.record_visit(
        visit=visit, households_seen=7, households=[], found=[visits.Found("Roof", 1, 2), visits.Found("Tap", 1, 3)],
        brought=[visits.Brought("goods", "tarpaulin", found=0)], by=by,
    )  # fmt: skip
    ledger.give_order(place_code=home.village_code, title="Mend", text="It.", due_on=date(2020, 7, 3), by=by)
    cases.open_case(procedure="county_exit", subject_id=ZHENXIONG, channel="supervision", by=by)
    with as_the_machine():
        Listing.objects.create(place_code=home.village_code, listed_on=TUESDAY, basis="many_poor", act="an act")


def test_a_file_that_was_taken_out_is_told_from_one_that_was_altered(
    screening: Screening, office: Any, tmp_path: Path
) -> None:
    brief = made()
    [name] = [each for each in brief.contents["places"] if each["figures"]["poor_persons"]][:1]
    paper = as_(office.zhou).get(f"/supervision/briefs/{brief.pk}/paper/").content
    numbers = as_(office.zhou).get(f"/supervision/briefs/{brief.pk}/numbers/").content
    assert hashlib.sha256(numbers).hexdigest() == brief.digest
    forged = json.loads(numbers)
    next(each for each in forged["places"] if each["place"] == name["place"])["figures"]["poor_persons"] -= 1
    for content, code, said in (
        (paper, 0, "is what was sealed"),
        (numbers, 0, "is what was sealed"),
        (json.dumps(brief.contents, indent=1).encode(), 0, "is what was sealed"),
        (json.dumps(forged).encode(), 3, f"places.{name['place']}.figures.poor_persons was sealed as"),
        (paper + b" ", None, "No paper of a brief was taken out of here as this file is"),
        (numbers.replace(b'"format"', b'"week":"2020-06-22","format"'), None, "neither the numbers of a brief"),
        (json.dumps(forged | {"place": "99"}).encode(), None, "There is no brief of “99”"),
        (b"[1]", None, "neither the numbers of a brief"),
    ):
        (tmp_path / "file").write_bytes(content)
        told = CliRunner().invoke(briefs, ["verify", str(tmp_path / "file")], standalone_mode=False)
        assert said in (str(told.exception) if code is None else told.output)
        assert code is None or told.return_value == code
    missing = CliRunner().invoke(briefs, ["verify", str(tmp_path / "none.json")], standalone_mode=False)
    assert "is no file, and no number of a brief" in str(missing.exception)


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


def test_the_job_counts_an_earlier_screening_before_the_last(screening: Screening, db: None) -> None:
    undoing = acting(officer=None, office=None, role="administrator", verb="tests")
    with as_the_machine(), transaction.atomic(), undoing:
        PlaceFigures.objects.all().delete()
        Forecast.objects.all().delete()
        later = Screening.objects.get(pk=screening.pk)
        later.pk, later.previous, later.as_of, later.snapshot_digest = None, screening, date(2020, 7, 7), "another"
        later.save()
    flow.make_briefs(date(2020, 7, 8))
    told = made(day=date(2020, 7, 8)).contents
    assert told["before"] == told["figures"]
    assert [day for day, _ in told["series"]] == ["2020-06-30", "2020-07-07"]
    assert told["forecast"]["points"] == 2


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
