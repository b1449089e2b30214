"""How long one household takes, at the moment its form is saved: what the clerk waits for.

    python -m benchmarks.explain [--households 1000] [--snapshot DIR]

The household with its members, statements and all other rows is in memory, as after a form; reading it is not counted.
* ours: every standard about the household and about each of its members: verdicts and evidence; then with sentences.
* ours and OpenFisca-core, the standards of `peers.SUBSET`: OpenFisca builds a simulation from the household's
  dictionary and calculates them, no sentences. Its verdicts must be ours.
Every household is taken by all in turn; the first of each is not counted.
"""

import argparse
import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from statistics import quantiles
from typing import Any

from benchmarks.measuring import PEERS_PYTHON, REPOSITORY, environment

try:
    from openfisca_core.simulations import SimulationBuilder
except ModuleNotFoundError:
    if not PEERS_PYTHON.exists():
        raise SystemExit("OpenFisca-core is not installed; 'make bench' installs it.") from None
    os.chdir(REPOSITORY)
    os.execve(PEERS_PYTHON, [str(PEERS_PYTHON), "-m", "benchmarks.explain", *sys.argv[1:]], environment())

from benchmarks.measuring import CATALOGUE, table, world
from benchmarks.peers import SUBSET
from benchmarks.peers.openfisca_rules import GROUP, INPUTS, PERIOD, PERSON, WINDOWS, calculate, system
from firmground.engines.snapshot import Snapshot
from firmground.engines.standards.catalogue import Catalogue, load
from firmground.engines.standards.declared import Standard
from firmground.engines.standards.explain import explain_subject
from firmground.engines.standards.reference import Reference, Subject
from firmground.engines.standards.subjects import subjects_in

VERDICTS = ("not_asked", "met", "not_met", "unknown")
Verdicts = dict[str, list[str]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--households", type=int, default=1000)
    parser.add_argument("--snapshot", type=Path, help="A snapshot made before; else a world of 20,000 households.")
    said = parser.parse_args()
    snapshot, catalogue = Snapshot.open(said.snapshot or world(20_000)), load(CATALOGUE)
    everything = [s for s in catalogue.standards.values() if s.holds_on(snapshot.as_of)]
    subset = [catalogue.standards[name] for name in SUBSET]
    rules, reference = system(), Reference(catalogue, snapshot.as_of)
    ways: dict[str, Callable[[Subject, Any], Any]] = {
        f"ours, {len(everything)} standards, verdicts": lambda family, _: judged(reference, everything, family),
        f"ours, {len(everything)} standards, sentences": lambda family, _: told(reference, everything, family),
        f"ours, {len(subset)} standards, verdicts": lambda family, _: judged(reference, subset, family),
        f"OpenFisca, {len(subset)} standards": lambda _, form: simulated(rules, form),
    }
    times: dict[str, list[float]] = {way: [] for way in ways}
    families = list(some(catalogue, snapshot, said.households + 1))
    apart = 0
    for family in families:
        answers = []
        form = as_form(reference, family)
        for way, work in ways.items():
            started = time.perf_counter()
            answers.append(work(family, form))
            times[way].append(1000 * (time.perf_counter() - started))
        apart += sum(answers[2][name] != answers[3][name] for name in SUBSET)
    if apart > len(families) * len(SUBSET) / 10_000:
        raise SystemExit(f"OpenFisca comes to other verdicts {apart} times")
    print(f"\n{len(families) - 1:,} households, one at a time; {os.cpu_count()} processors; other verdicts: {apart}\n")
    print(table([row(way, each[1:]) for way, each in times.items()]))


def row(way: str, milliseconds: Sequence[float]) -> dict[str, str]:
    cuts = quantiles(milliseconds, n=100)
    return {"": way, "p50 ms": f"{cuts[49]:.2f}", "p95 ms": f"{cuts[94]:.2f}"}


def some(catalogue: Catalogue, snapshot: Snapshot, wanted: int) -> Iterator[Subject]:
    """Households from all over the counties."""
    counties = snapshot.parts()
    each = -(-wanted // len(counties))
    for county in counties:
        for _, (_, subject) in zip(range(min(each, wanted)), households(catalogue, snapshot, county), strict=False):
            for rows in subject.related.values():
                for related in rows:
                    related.place = subject.place
            yield subject
            wanted -= 1


def households(catalogue: Catalogue, snapshot: Snapshot, county: str) -> Iterator[tuple[str, Subject]]:
    return subjects_in(catalogue, snapshot, county, catalogue.tables["household"])


def judged(reference: Reference, standards: Sequence[Standard], family: Subject) -> Verdicts:
    """The verdicts on the household and on each of its members."""
    found: Verdicts = {}
    for subject in (family, *family.related.get("member", ())):
        value = reference.values_of(subject)
        for standard in standards:
            if standard.about == subject.table:
                found.setdefault(standard.id, []).append(reference.judge_by(standard, value).verdict)
    return found


def told(reference: Reference, standards: Sequence[Standard], family: Subject) -> None:
    for subject in (family, *family.related.get("member", ())):
        mine = [standard for standard in standards if standard.about == subject.table]
        explain_subject(reference.catalogue, subject, reference.as_of, standards=mine)


def simulated(rules: Any, form: Mapping[str, Any]) -> Verdicts:
    simulation = SimulationBuilder().build_from_entities(rules, form)
    return {name: [VERDICTS[code] for code in codes] for name, codes in calculate(simulation).items()}


def as_form(reference: Reference, family: Subject) -> dict[str, Any]:
    """The household as OpenFisca takes it; what is unknown is left out."""
    people = family.related.get("member", ())
    worked_out = {"income_" + window: f"net_income_{facts}" for window, facts in zip(WINDOWS, FACTS, strict=True)}
    worked_out["rigid_spending"] = "rigid_spending_listed"

    def inputs(entity: Any, subject: Subject) -> dict[str, Any]:
        value = reference.values_of(subject)
        known = {}
        for name, kind in INPUTS[entity].items():
            found = value(worked_out.get(name, name))
            if found is not None:
                known[name] = {PERIOD: _as_input(found, kind)}
        if entity is PERSON:
            known["insurance_exempt"] = {PERIOD: value("insurance_exempt") is not None}
        return known

    return {
        "persons": {f"p{n}": inputs(PERSON, person) for n, person in enumerate(people)},
        "households": {"h": {"members": [f"p{n}" for n in range(len(people))], **inputs(GROUP, family)}},
    }


def _as_input(found: Any, kind: Any) -> Any:
    if kind is int and isinstance(found, bool):
        return 1 if found else -1
    return float(found) if kind is float else found


FACTS = ("year", "year_before", "half", "half_year_ago")


if __name__ == "__main__":
    main()
