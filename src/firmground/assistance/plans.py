"""What a household has been promised and given, what is missing by the rules, and which measures would fill it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from firmground.assistance.declared import Kind, Rule, in_force
from firmground.assistance.models import PROMISED, Measure
from firmground.engines.standards.arithmetic import months_between
from firmground.registry import models as registry
from firmground.registry.declared import catalogue
from firmground.registry.models import OPEN, Household

ABLE, FULLY_ABLE = ("ordinary", "skilled", "weak"), ("ordinary", "skilled")
PROPOSED_FIRST = 3
"""So many measures of a proposal are offered; the others that would do are in the form."""


@dataclass
class Proposal:
    """Something that is missing, and the measures that would fill it, the likeliest first.

    Attributes:
        risk: the risk it is against; "" where a rule or a standard asks for it.
        says: why, by language.
        months: how many were allowed; None where nothing says.
        late: those are over.
        confirmed: somebody has seen the text of the law.
    """

    risk: str
    measures: tuple[Kind, ...]
    says: Mapping[str, str]
    law: Mapping[str, str]
    months: int | None = None
    late: bool = False
    confirmed: bool = True


@dataclass
class Plan:
    """A household's risks and labour as registered, and everything promised and given.

    Attributes:
        since: the day it came under monitoring; else the day its first risk was named; None for neither.
        labour: full, some, none, or "" while that is not known.
        given: rows of the register, whoever made them.
    """

    household: Household
    risks: list[str]
    since: date | None
    labour: str
    measures: list[Measure]
    given: list[registry.Assistance]
    proposals: list[Proposal] = field(default_factory=list)

    def kinds(self, on: date) -> set[str]:
        """The kinds that are promised, or given since the monitoring began and not ended."""
        return {each.measure for each in self.measures if each.given_on is None} | {
            row.measure
            for row in self.given
            if (self.since is None or row.given_on >= self.since) and (row.ended_on is None or row.ended_on >= on)
        }

    @property
    def from_files(self) -> list[registry.Assistance]:
        """What was given that no measure here made."""
        made_here = {each.assistance_id for each in self.measures}
        return [row for row in self.given if row.assistance_id not in made_here]


def plan_of(household: Household, on: date, shortfalls: Iterable[tuple[Sequence[str], Mapping[str, str]]] = ()) -> Plan:
    """The plan of a household and what it lacks on a day.

    Args:
        shortfalls: standards it falls short of: the measures that usually help, and the standard's title.
    """
    theirs = {"village_code": household.village_code, "household_id": household.household_id}
    rows = list(registry.Risk.objects.filter(OPEN, **theirs).order_by("identified_on"))
    standing = [each for each in measures_of(household) if each.cancelled_on is None]
    given = registry.Assistance.objects.filter(OPEN, **theirs).order_by("given_on", "id")
    monitored = household.monitored_on is not None and not (
        household.eliminated_on and household.eliminated_on >= household.monitored_on
    )
    plan = Plan(
        household=household,
        risks=list(dict.fromkeys(row.risk for row in rows)),
        since=household.monitored_on if monitored else min((row.identified_on for row in rows), default=None),
        labour=_labour(registry.Member.objects.filter(OPEN, **theirs)),
        measures=standing,
        given=list(given),
    )
    if monitored or plan.risks:
        plan.proposals = [*_by_rules(plan, on), *_by_risks(plan, on)]
    plan.proposals += _by_standards(plan, shortfalls)
    return plan


def measures_of(household: Household) -> list[Measure]:
    """Everything ever promised to a household, cancelled ones too, the last first."""
    return list(
        Measure.objects.filter(household_id=household.household_id)
        .select_related("promised_by__officer", "given_by__officer", "effect_by__officer", "responsible__officer")
        .order_by("-promised_on", "-id")
    )


def kinds_since(household_id: str, place_code: str, since: date | None, *, given: bool) -> set[str]:
    """The kinds of measures a household was given since a day; without `given`, those promised to it, too."""
    rows = registry.Assistance.objects.filter(OPEN, village_code=place_code, household_id=household_id)
    if since is not None:
        rows = rows.filter(given_on__gte=since)
    kinds = set(rows.values_list("measure", flat=True))
    if not given:
        promised = Measure.objects.filter(PROMISED, household_id=household_id)
        kinds |= set(promised.values_list("measure", flat=True))
    return kinds


def _labour(members: Iterable[registry.Member]) -> str:
    """What labour the members who are there amount to."""
    there = [each.labour for each in members if each.status in (None, "active")]
    if any(each in FULLY_ABLE for each in there):
        return "full"
    if any(each in ABLE for each in there):
        return "some"
    return "none" if there and None not in there else ""


def _by_rules(plan: Plan, on: date) -> list[Proposal]:
    declared = in_force()
    kinds = [declared.kinds[name] for name in plan.kinds(on) if name in declared.kinds]
    wanted = {kind for risk in plan.risks for kind in declared.answering(risk)}
    found = []
    for rule in declared.rules:
        if not _asked(rule, plan.labour, kinds) or any(rule.fits(kind) for kind in kinds):
            continue
        fitting = [kind for kind in declared.kinds.values() if rule.fits(kind)]
        allowed = _allowed(rule, on, plan.household.village_code)
        found.append(
            Proposal(
                risk="",
                # What answers one of its risks, too, serves twice.
                measures=tuple(sorted(fitting, key=lambda kind: kind.name not in wanted)),
                says=rule.says,
                law=rule.law,
                months=allowed,
                late=allowed is not None and plan.since is not None and months_between(plan.since, on) >= allowed,
                confirmed=rule.confirmed,
            )
        )
    return sorted(found, key=lambda each: each.months is None)


def _asked(rule: Rule, labour: str, kinds: Iterable[Kind]) -> bool:
    has = {"full": ("full", "some"), "some": ("some",), "none": ("none",), "": ()}[labour]
    return rule.labour in has and (not rule.beside or any(kind.of == rule.beside for kind in kinds))


def _allowed(rule: Rule, on: date, place_code: str) -> int | None:
    """The months that a rule allows there."""
    value = catalogue().parameters[rule.within].at(on, place_code) if rule.within else None
    return value if isinstance(value, int) else None


def _by_risks(plan: Plan, on: date) -> list[Proposal]:
    declared, kinds = in_force(), plan.kinds(on)
    return [
        Proposal(
            risk=risk,
            measures=tuple(declared.kinds[name] for name in answer.measures),
            says={},
            law=answer.law,
            confirmed=answer.confirmed,
        )
        for risk in plan.risks
        if (answer := declared.answers.get(risk)) and not kinds & set(answer.measures)
    ]


def _by_standards(plan: Plan, shortfalls: Iterable[tuple[Sequence[str], Mapping[str, str]]]) -> list[Proposal]:
    """Standards whose usual help is neither promised nor proposed already."""
    declared = in_force()
    covered = {each.measure for each in plan.measures if each.given_on is None}
    covered |= {kind.name for each in plan.proposals for kind in each.measures[:PROPOSED_FIRST]}
    return [
        Proposal(risk="", measures=tuple(declared.kinds[name] for name in helps), says=title, law={})
        for named, title in shortfalls
        if (helps := [name for name in named if name in declared.kinds]) and not covered & set(helps)
    ]
