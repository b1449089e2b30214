"""The worked examples pin every rule: one slip of the pen anywhere, and an example no longer comes out."""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from firmground.engines.standards.catalogue import Catalogue
from firmground.engines.standards.declared import Fact, Standard
from firmground.engines.standards.proof import subject_of
from firmground.engines.standards.reference import Reference
from firmground.engines.standards.tree import Value, names_in

from .slips import slips
from .test_declarations import ASKED_ALONE, ONLY_PUBLISHED, behind

STEP = {"int": 1, "decimal": Decimal("0.01")}
OTHER_AGGREGATE = {"sum": "max", "max": "min", "min": "max", "any": "all", "all": "any"}


@dataclass(frozen=True)
class Case:
    """Facts worked out by hand, from worked_facts.toml."""

    says: str
    about: str
    as_of: date
    given: dict[str, Any]
    facts: dict[str, Value]


CASES = [
    Case(
        case["says"],
        case.get("about", "household"),
        case.get("as_of", date(2020, 6, 30)),
        case["given"],
        {name: None if value == "unknown" else value for name, value in case["facts"].items()},
    )
    for case in tomllib.loads(
        Path(__file__).with_name("worked_facts.toml").read_text(encoding="utf-8"), parse_float=Decimal
    )["case"]
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.says)
def test_facts_are_worked_out_as_by_hand(catalogue: Catalogue, case: Case) -> None:
    value = Reference(catalogue, case.as_of).values_of(subject_of(case.about, case.given, catalogue))
    assert {name: value(name) for name in case.facts} == case.facts


def test_a_slip_in_a_standard_or_its_thresholds_is_caught_by_an_example(catalogue: Catalogue, standard_id: str) -> None:
    standard = catalogue.standards[standard_id]
    missed = [what for what, slipped, under in _slips_of(standard, catalogue) if _comes_out(slipped, under)]
    assert missed == []


def test_a_slip_in_a_derived_fact_is_caught_by_a_case_or_an_example(catalogue: Catalogue) -> None:
    missed = []
    readers: dict[tuple[str, str], list[Standard]] = {}
    for standard in catalogue.standards.values():
        for key in behind(catalogue, standard):
            readers.setdefault(key, []).append(standard)
    for table in catalogue.tables.values():
        for fact in table.facts.values():
            if (
                fact.kind == "base" or fact.name in ASKED_ALONE or (table.name, fact.name) in ONLY_PUBLISHED
            ):  # those are pinned by the standard of the same words
                continue
            for what, slipped in _slips_of_fact(fact):
                facts = {**table.facts, fact.name: slipped}
                wrong = replace(catalogue, tables={**catalogue.tables, table.name: replace(table, facts=facts)})
                if _cases_come_out(wrong) and all(
                    _comes_out(standard, wrong) for standard in readers[table.name, fact.name]
                ):
                    missed.append(f"{table.name}.{fact.name}: {what}")
    assert missed == []


def _slips_of(standard: Standard, catalogue: Catalogue) -> Iterator[tuple[str, Standard, Catalogue]]:
    for what, rule in slips(standard.rule):
        yield f"met_when: {what}", replace(standard, rule=rule), catalogue
    if standard.asked_of is not None:
        for what, asked_of in slips(standard.asked_of):
            yield f"among: {what}", replace(standard, asked_of=asked_of), catalogue
    first = standard.examples[0]
    for name in names_in(standard.rule, standard.asked_of):
        if name in catalogue.parameters:
            parameter = catalogue.parameters[name]
            value: Any = parameter.at(first.as_of, first.place)
            for moved in (value + STEP[parameter.type], value - STEP[parameter.type]):
                yield f"{name} became {moved}", standard, catalogue.with_parameter(name, moved)


def _slips_of_fact(fact: Fact) -> Iterator[tuple[str, Fact]]:
    if fact.formula is not None:
        for what, formula in slips(fact.formula):
            yield what, replace(fact, formula=formula)
    aggregate = fact.aggregate
    if aggregate is None:
        return
    if aggregate.of is not None:
        for what, of in slips(aggregate.of):
            yield f"of: {what}", replace(fact, aggregate=replace(aggregate, of=of))
    if aggregate.where is not None:
        for what, where in slips(aggregate.where):
            yield f"where: {what}", replace(fact, aggregate=replace(aggregate, where=where))
        yield "where was lost", replace(fact, aggregate=replace(aggregate, where=None))
    if aggregate.function in OTHER_AGGREGATE:
        other = OTHER_AGGREGATE[aggregate.function]
        yield f"{aggregate.function} became {other}", replace(fact, aggregate=replace(aggregate, function=other))


def _comes_out(standard: Standard, catalogue: Catalogue) -> bool:
    """Whether every example of a standard still comes out as written. A rule that breaks down does not."""
    try:
        return all(
            Reference(catalogue, example.as_of)
            .judge(standard, subject_of(standard.about, example.given, catalogue, example.place))
            .verdict
            == example.verdict
            for example in standard.examples
        )
    except (TypeError, ArithmeticError):
        return False


def _cases_come_out(catalogue: Catalogue) -> bool:
    """Whether every worked case still comes out as by hand."""
    try:
        for case in CASES:
            value = Reference(catalogue, case.as_of).values_of(subject_of(case.about, case.given, catalogue))
            if any(value(name) != known for name, known in case.facts.items()):
                return False
    except (TypeError, ArithmeticError):
        return False
    return True
