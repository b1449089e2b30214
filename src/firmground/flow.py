"""What follows from what: read this first.

    event                                   what follows
    ─────────────────────────────────────   ─────────────────────────────────────────────────────────────
    a screening was taken in                cases of the procedures its standards name, for each subject;
    a held standard was released              an ended one opens again, where its procedure says so
    a screening was taken in                figures of every place, and the forecast to the deadline
    an outcome of a step                    what its procedure declares under `then` (cases/actions.py):
                                              facts and rows in the registers, another procedure
    a day begins                            cases, measures and visits follow households that moved; cases end
                                              where nobody is left; expired sessions go;
                                              overdue steps rise; every desk is told by mail what waits
    a week is over                          every territory's brief, as its rows stood on the Sunday

Rooms do not import what comes after them; they tell here, in the transaction of the event, and the queue (which is
in the same database) carries out what follows when it is committed. Each job can be done twice without harm.
"""

from collections import defaultdict
from collections.abc import Iterator
from contextlib import suppress
from datetime import date, timedelta

from django.db import connections
from django.db.models import Q
from django.utils import timezone
from procrastinate.contrib.django import app

from firmground.assistance import actions as assistance
from firmground.cases import actions as cases
from firmground.cases import digests
from firmground.common.errors import Refusal
from firmground.common.events import follows
from firmground.findings import queries as findings
from firmground.findings.models import Finding, Screening
from firmground.officers import actions as officers
from firmground.officers.machine import everywhere
from firmground.officers.territory import EVERYWHERE
from firmground.registry.declared import catalogue
from firmground.registry.models import OPEN, Member
from firmground.registry.queries import in_part
from firmground.supervision.board import actions as board
from firmground.supervision.board import queries as boards
from firmground.supervision.briefs import actions as briefing
from firmground.supervision.briefs import queries as briefs
from firmground.teams import actions as teams

AT_ONCE = 2000
"""Findings that become cases in one transaction."""


@follows("findings.taken_in")
def _taken_in(screening: int) -> None:
    open_cases_of.defer(screening=screening)
    count_board.defer(screening=screening)


@follows("findings.released")
def _released(screening: int, standard: str) -> None:
    open_cases_of.defer(screening=screening)


@app.task(queue="flow", name="flow.open_cases", lock="cases")
def open_cases_of(screening: int) -> None:
    """Open the cases that a screening calls for."""
    try:
        with everywhere():
            open_cases(Screening.objects.get(pk=screening))
    finally:
        connections.close_all()  # the thread of a job ends with it


@app.task(queue="flow", name="flow.count_board", lock="board")
def count_board(screening: int) -> None:
    """Count who lives in each place, and foretell who will remain poor."""
    try:
        count(Screening.objects.get(pk=screening))
    finally:
        connections.close_all()


def count(screening: Screening) -> None:
    """What `count_board` does; done twice, it changes nothing."""
    with everywhere() as machine:
        if board.count(screening=screening, by=machine):
            board.foretell_places(screening=screening, by=machine)


def count_all() -> None:
    """Count every screening that is not counted yet, the first first: what is foretold reads those before."""
    for screening in Screening.objects.order_by("pk"):
        if not boards.is_counted(screening.pk):
            with suppress(Refusal):  # its files are gone; a brief that needs them is refused with the reason
                count(screening)


@app.periodic(cron="0 22 * * *")  # six in the morning in Beijing
@app.task(queue="flow", name="flow.morning", lock="cases")
def morning(timestamp: int) -> None:
    """What a new day brings."""
    try:
        begin_day(timezone.localdate())
    finally:
        connections.close_all()


@app.periodic(cron="0 23 * * 0")  # seven on Monday morning in Beijing
@app.task(queue="flow", name="flow.monday", lock="board")
def monday(timestamp: int) -> None:
    """The briefs of the week that is over."""
    try:
        make_briefs(timezone.localdate() - timedelta(days=7))
    finally:
        connections.close_all()


def make_briefs(day: date) -> int:
    """The briefs of the week in which a day lies, for every territory that has none; returns how many were made."""
    made = 0
    count_all()  # which may still wait in the queue
    with everywhere() as machine:
        for place in briefs.missing(day):
            briefing.make(place=place, day=day, by=machine)
            made += 1
    return made


def begin_day(on: date) -> tuple[int, int]:
    """Overdue steps rise, and desks are told what waits; returns how many rose, and how many were told."""
    with everywhere() as machine:
        cases.follow_registers(by=machine, why="the register says so")
        assistance.follow_registers(by=machine)
        teams.follow_registers(on=on, by=machine)
        officers.clear_sessions(by=machine)
        return cases.raise_overdue(on=on, by=machine), digests.send(on=on, by=machine)


def open_cases(screening: Screening) -> int:
    """Cases for what a screening opened or found changed, county by county; returns how many were opened."""
    procedures = {s.id: s.procedure for s in catalogue().standards.values() if s.procedure and s.screened}
    opened = 0
    with everywhere() as machine:
        for county in sorted(screening.counties):
            found = _found(screening, county, procedures)
            for start in range(0, len(found), AT_ONCE):
                opened += cases.open_for_findings(
                    found=found[start : start + AT_ONCE], by=machine, why=f"screening as of {screening.as_of}"
                )
    return opened


def _found(screening: Screening, county: str, procedures: dict[str, str]) -> list[cases.Found]:
    """What the subjects of a county fall short of, by the procedures that answer it."""
    rows = (
        findings.seen_from(screening, seen_by=EVERYWHERE)
        .filter(Q(opened_in=screening) | Q(changed_in=screening), in_part(county))
        .filter(verdict=Finding.Verdict.NOT_MET, closed_in=None, standard__in=list(procedures))
        .values_list("about", "subject_id", "place_code", "standard")
    )
    together: dict[tuple[str, str, str, str], list[str]] = defaultdict(list)
    for about, subject, place, standard in _answered_for(list(rows)):
        together[procedures[standard], about, subject, place].append(standard)
    return [cases.Found(*key, sorted(set(standards))) for key, standards in sorted(together.items())]


def _answered_for(rows: list[tuple[str, str, str, str]]) -> Iterator[tuple[str, str, str, str]]:
    """(about, subject, place, standard): what is found of a member is answered for the household."""
    members = [(subject, village) for about, subject, village, _ in rows if about == "member"]
    home = dict(
        Member.objects.filter(
            OPEN, village_code__in={village for _, village in members}, member_id__in=[m for m, _ in members]
        ).values_list("member_id", "household_id")
    )
    for about, subject, place, standard in rows:
        if about != "member":
            yield about, subject, place, standard
        elif subject in home:
            yield "household", home[subject], place, standard
