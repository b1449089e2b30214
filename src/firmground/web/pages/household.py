"""A household's file: what it falls short of in plain words, then every register that says something of it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext

from firmground.assistance.plans import measures_of
from firmground.cases import queries as cases
from firmground.cases import wording
from firmground.common.errors import Refusal
from firmground.common.masking import masked
from firmground.engines.snapshot import Snapshot
from firmground.engines.standards.explain import Explanation, explain
from firmground.findings import queries
from firmground.officers.acting import may
from firmground.officers.requests import OfficerRequest
from firmground.places import queries as places
from firmground.registry import declared
from firmground.registry.models import FACILITIES, Household, Load, Member, Register
from firmground.registry.queries import everything_about
from firmground.web.language import spoken
from firmground.web.pages.audit import history_of
from firmground.web.pages.now import Now
from firmground.web.pages.places import crumbs
from firmground.web.pages.registers import facts_of, part, register_title, said_of
from firmground.web.pages.standards import owner_name
from firmground.web.pages.statements import net, statements

IN_THE_HEAD = ("registered_on", "exited_on", "main_cause", "population", "monitored_on", "eliminated_on",
               "elimination_mode", "income_at_elimination", "publicity_from", "publicity_to")  # fmt: skip
SHOWN_AS_PARTS = ("spending", "check", "medical_bill", "school_roll", "disaster", "housing_grade", "support",
                  "risk", "assistance")  # fmt: skip


def household(request: OfficerRequest, household_id: str) -> HttpResponse:
    known = everything_about(household_id, seen_by=request.officer)
    row = next((each for each in known["household"] if each.superseded_at is None), None)
    if not isinstance(row, Household):
        raise Http404
    now = Now.read(request.eyes)
    on = now.screening.as_of if now.screening else timezone.localdate()
    current = {table: [each for each in rows if each.superseded_at is None] for table, rows in known.items()}
    names = {m.member_id: m.name or m.member_id for m in current["member"] if isinstance(m, Member)}
    findings, problem = explained(now, household_id, names)
    parts = [part(table, current[table]) for table in SHOWN_AS_PARTS]
    loads = loads_of(known)
    return render(
        request,
        "web/household.html",
        {
            "screening": now.screening,
            "crumbs": crumbs(places.path(row.village_code)),
            "household": row,
            "about_left": _about(row),
            "about_right": _circumstances(row),
            **findings,
            "explain_problem": problem,
            "statements": statements(current["statement"]),
            "members": [_member(each, on) for each in current["member"]],
            "living": part("living", current["living"]),
            "registers": [each for each in parts if each.rows],
            "empty_registers": [each.title for each in parts if not each.rows],
            "timeline": timeline(known),
            **_cases_and_measures(row, request),
            "history": history_of([each for rows in known.values() for each in rows]),
            "loads": [(load, register_title(load.table)) for load in loads],
        },
    )


def explained(
    now: Now, subject: str, members: Mapping[str, str], about: str = "household"
) -> tuple[dict[str, list[dict[str, Any]]], str]:
    """The findings with the sentences that explain them: `short`, `not_known`, `closed`, `met`; and what went wrong.

    The findings are those of the latest screening; the sentences are worked out from the snapshot it read.

    Args:
        members: names by member_id.
    """
    if now.screening is None:
        return {}, ""
    findings = queries.seen_from(now.screening, seen_by=now.eyes)
    of_subject = {"household_id": subject} if about == "household" else {"about": about, "subject_id": subject}
    rows = list(findings.filter(**of_subject).order_by("about", "standard", "subject_id"))
    said, problem = _said(now, {(row.about, row.subject_id) for row in rows} | {(about, subject)})
    found = [_one(now, row, said.get((row.subject_id, row.standard)), members) for row in rows]
    here = [each for each in found if each["status"] != queries.CLOSED]
    return {
        "short": [each for each in here if each["verdict"] == "not_met"],
        "not_known": [each for each in here if each["verdict"] == "unknown"],
        "closed": [each for each in found if each["status"] == queries.CLOSED],
        "met": [
            {"standard": name, "title": now.title(name), "sentences": each.sentences}
            for (who, name), each in said.items()
            if each.verdict == "met" and who == subject
        ],
    }, problem


def _said(now: Now, subjects: Iterable[tuple[str, str]]) -> tuple[dict[tuple[str, str], Explanation], str]:
    """The explanations of subjects, by subject and standard; and why they could not be worked out."""
    assert now.screening is not None
    said: dict[tuple[str, str], Explanation] = {}
    try:
        snapshot = Snapshot.open(Path(now.screening.snapshot_folder))
        for about, subject in sorted(subjects):
            for each in explain(snapshot, now.catalogue, subject, spoken(), about):
                said[subject, each.standard] = each
    except Refusal as refusal:
        return said, str(refusal)
    return said, ""


def _one(now: Now, finding: Any, said: Explanation | None, members: Mapping[str, str]) -> dict[str, Any]:
    standard = now.catalogue.standards.get(finding.standard)
    return {
        "standard": finding.standard,
        "title": now.title(finding.standard),
        "who": members.get(finding.subject_id, ""),
        "verdict": finding.verdict,
        "sentences": said.sentences if said else facts_of(finding.evidence),
        "owner": owner_name(standard.owner) if standard else "",
        "days": standard.answer_within_days if standard else None,
        "opened": finding.opened_as_of,
        "status": finding.status,
    }


def _cases_and_measures(row: Household, request: OfficerRequest) -> dict[str, Any]:
    """The household's cases, open ones first; what was promised to it; and whether the reader may open a case."""
    rows = cases.of_subject("household", row.household_id, seen_by=request.eyes).prefetch_related("text")
    return {
        "cases": wording.lines(list(rows), timezone.localdate()),
        "measures": measures_of(row),
        "may_open": may(request.office, "cases.open") and request.office.reach.covers(row.village_code),
    }


def _about(row: Household) -> list[tuple[str, str]]:
    """What the household's own row says; telephone and account masked."""
    said = [
        (declared.label("household.head", spoken()), row.head or "–"),
        (declared.label("household.group_name", spoken()), row.group_name or "–"),
        (declared.label("household.phone", spoken()), masked(row.phone, "phone") or "–"),
        (declared.label("household.bank_account", spoken()), masked(row.bank_account, "account") or "–"),
    ]
    return said


def _circumstances(row: Household) -> list[tuple[str, str]]:
    return [
        (declared.label(f"household.{name}", spoken()), said_of("household", name, getattr(row, name)))
        for name in IN_THE_HEAD
        if getattr(row, name) is not None
    ]


def _member(row: Any, on: date) -> dict[str, Any]:
    """A member's row of the table, related things put together."""

    def words(*names: str) -> list[str]:
        return [said_of("member", name, getattr(row, name)) for name in names if getattr(row, name) is not None]

    def flags(*names: str) -> list[str]:
        return [declared.label(f"member.{name}", spoken()) for name in names if getattr(row, name)]

    age = None
    if row.birth_date:
        age = on.year - row.birth_date.year - ((on.month, on.day) < (row.birth_date.month, row.birth_date.day))
    health = flags("chronic_illness", "serious_illness")
    if row.disability_grade is not None:
        health.append(gettext("disability grade %(grade)s") % {"grade": row.disability_grade})
    work = words("labour", "work_place", "post")
    if row.work_months:
        work.append(gettext("%(months)s months") % {"months": row.work_months})
    if row.job_lost_on:
        work.append(gettext("lost the job %(on)s") % {"on": row.job_lost_on.isoformat()})
    insured = flags("insured_resident", "insured_employee", "pension", "dibao", "tekun") + words("insurance_exempt")
    return {
        "row": row,
        "age": age,
        "school": words("school_stage", "school_status") or words("education"),
        "work": work,
        "insurance": insured,
        "health": health,
    }


@dataclass(frozen=True)
class Event:
    """A line of the timeline: when it held, when we learned it, and where from."""

    held_from: date | None
    held_to: date | None
    learned: date
    what: str
    details: str
    source: int
    corrected: date | None


def timeline(known: Mapping[str, Iterable[Register]]) -> list[Event]:
    """Everything known of the household, corrected rows too, the latest first."""
    events = [
        Event(
            held_from=getattr(row, "held_from", None),
            held_to=row.held_to,
            learned=row.recorded_at.date(),
            what=register_title(table),
            details=_details(table, row),
            source=row.source_id,
            corrected=row.superseded_at.date() if row.superseded_at else None,
        )
        for table, rows in known.items()
        for row in rows
    ]
    return sorted(events, key=lambda e: (e.held_from or date.min, e.learned, e.what), reverse=True)


def _details(table: str, row: Any) -> str:
    """What a row says in a line: a person's name, sums, words; not the dates that stand beside it."""
    if table == "household":
        return said_of("household", "kind", row.kind)
    if table == "statement":
        return gettext("net income %(sum)s yuan") % {"sum": f"{net(row):,.2f}"}
    if table == "member":
        return ", ".join(filter(None, (row.name, said_of("member", "relation", row.relation))))
    if table == "living":
        return ""
    if table in FACILITIES:
        names = ("responsible", "has_keeper", "running_money", "condition")
        said = [(name, getattr(row, name, None)) for name in names]
        return "; ".join(
            f"{declared.label(f'{table}.{name}', spoken())} {said_of(table, name, value)}"
            for name, value in said if value is not None
        )  # fmt: skip
    return "; ".join(text for name, text in part(table, [row]).pairs() if not isinstance(getattr(row, name), date))


def loads_of(known: Mapping[str, Iterable[Register]]) -> list[Load]:
    """The loads that any row came from."""
    ids = {row.source_id for rows in known.values() for row in rows}
    return list(Load.objects.filter(pk__in=ids).order_by("pk"))
