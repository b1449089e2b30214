"""Every read of exits: where each listed place stands, and the arithmetic of one."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from firmground.cases.models import Case
from firmground.engines.sampling import intervals
from firmground.engines.sampling.intervals import Interval
from firmground.engines.standards.reference import Judgement, Reference, Subject
from firmground.findings.models import Finding, Screening
from firmground.findings.queries import seen_from
from firmground.officers.territory import Eyes
from firmground.places.models import DIGITS, Level, Listing
from firmground.registry import live
from firmground.registry.declared import catalogue
from firmground.registry.models import OPEN, ExitSurvey

CRITERIA: Mapping[str, tuple[str, ...]] = {
    "county": ("county_comprehensive_incidence", "county_wrong_exit", "county_missed", "county_approval"),
    "village": ("village_exit_incidence", "village_has_clinic"),
}
PROCEDURES = {"county": "county_exit", "village": "village_exit"}
DESIGN_EFFECTS = (1, 2, 4)
"""A sample drawn by villages tells less than one drawn person by person: by how much, the reader may choose."""


@dataclass
class Standing:
    """A listed place: its listing, its last case, and each criterion's verdict in the last screening."""

    listing: Listing
    case: Case | None = None
    verdicts: dict[str, str] = field(default_factory=dict)

    @property
    def short(self) -> int:
        """How many criteria are known not to be met, before those nobody knows."""
        return sum(verdict == "not_met" for verdict in self.verdicts.values())

    @property
    def unknown(self) -> int:
        return sum(verdict in ("unknown", "not_asked") for verdict in self.verdicts.values())


def standings(screening: Screening | None, level: str, under: str = "", *, seen_by: Eyes) -> list[Standing]:
    """Every place of a level that is or was listed, by its last listing: the weakest first, the exited last.

    Without a screening nothing is known of any criterion. A county nobody assessed is not asked.
    """
    digits = DIGITS[Level(level)]
    listed = Listing.objects.filter(
        seen_by.territory.q("place_code"), place_code__startswith=under, place_code__length=digits
    ).order_by("place_code", "listed_on")
    rows = {each.place_code: Standing(each) for each in listed}
    cases = Case.objects.filter(
        seen_by.territory.q("place_code"), procedure=PROCEDURES[level], about=level, place_code__startswith=under
    )
    for case in cases.select_related("text").order_by("pk"):
        if case.subject_id in rows:
            rows[case.subject_id].case = case
    found: dict[tuple[str, str], str] = {}
    if screening is not None:
        findings = seen_from(screening, seen_by=seen_by).filter(
            about=level, standard__in=CRITERIA[level], place_code__startswith=under, closed_in=None
        )
        found = {(f.subject_id, f.standard): f.verdict for f in findings}
    assessed = (
        set(
            ExitSurvey.objects.filter(
                OPEN, seen_by.territory.q("place_code"), kind="special_assessment", place_code__startswith=under
            ).values_list("place_code", flat=True)
        )
        if level == "county"
        else set(rows)
    )
    for code, row in rows.items():
        screened = screening is not None and code[:6] in screening.counties
        otherwise = "unknown" if not screened else "met" if code in assessed else "not_asked"
        row.verdicts = {name: found.get((code, name), otherwise) for name in CRITERIA[level]}
    return sorted(
        rows.values(),
        key=lambda row: (row.listing.delisted_on is not None, -row.short, -row.unknown, row.listing.place_code),
    )


def last_findings(screening: Screening | None, level: str, code: str, *, seen_by: Eyes) -> list[Finding]:
    """What the last screening found of a place."""
    if screening is None:
        return []
    return list(seen_from(screening, seen_by=seen_by).filter(about=level, subject_id=code, closed_in=None))


@dataclass(frozen=True)
class Sampled:
    """A rate of the latest assessment: whom it found among whom it asked, with its interval, and its line."""

    name: str
    found: int
    asked: int
    interval: Interval


@dataclass(frozen=True)
class Looked:
    """A place as its registers know it on a day: the facts, the verdicts, and what sampling leaves open.

    Attributes:
        interval: of the comprehensive incidence; None where its surveys do not tell.
        at_lower, at_upper: whether the county would exit by it if the truth lay at that end.
    """

    subject: Subject
    values: dict[str, Any]
    judged: dict[str, Judgement]
    sampled: list[Sampled]
    interval: Interval | None = None
    line: Decimal | None = None

    @property
    def at_lower(self) -> bool | None:
        return self._below(self.interval.lower if self.interval else None)

    @property
    def at_upper(self) -> bool | None:
        return self._below(self.interval.upper if self.interval else None)

    def _below(self, end: float | None) -> bool | None:
        return None if end is None or self.line is None else end < self.line


def looked_at(
    level: str, code: str, on: date, known_at: datetime | None = None, design_effect: float = 1
) -> Looked | None:
    """A place judged by the exit's standards, as of a day, as known now or at a moment that has passed."""
    subject = live.place(level, code, on, known_at)
    if subject is None:
        return None
    declared, reference = catalogue(), Reference(catalogue(), on)
    value = reference.values_of(subject)
    values: dict[str, Any] = {name: value(name) for name in declared.tables[level].facts}
    judged = {name: reference.judge(declared.standards[name], subject) for name in CRITERIA[level]}
    parameter = declared.parameters["exit_incidence_below"].row_at(on, code)
    line = Decimal(str(parameter.value)) if parameter else None
    if level != "county":
        return Looked(subject, values, judged, [], line=line)
    pairs = {
        "wrong_exit_rate": ("wrong_exit_persons", "exited_sampled"),
        "missed_rate": ("missed_persons", "non_registered_sampled"),
        "approval_rate": ("households_approving", "households_surveyed"),
    }
    sampled = []
    for name, (of, among) in pairs.items():
        found, asked = values[of], values[among]
        if found is not None and asked and 0 <= found <= asked:
            interval = intervals.share(found, asked, design_effect=design_effect)
            assert interval is not None  # somebody was asked
            sampled.append(Sampled(name, found, asked, interval))
    return Looked(subject, values, judged, sampled, _comprehensive(values, sampled), line)


def _comprehensive(values: Mapping[str, Any], sampled: list[Sampled]) -> Interval | None:
    """The comprehensive incidence with its interval: both rates enter with the people they are projected on."""
    rates = {each.name: each.interval for each in sampled}
    needed = [values[name] for name in ("rural_population", "poor_persons", "non_registered", "exited_in_all")]
    if None in needed or not needed[0] or not {"wrong_exit_rate", "missed_rate"} <= rates.keys() or needed[2] < 0:
        return None
    population, poor, others, exited = needed
    parts = [(others / population, rates["missed_rate"]), (exited / population, rates["wrong_exit_rate"])]
    return intervals.weighted_sum(poor / population, parts)
