"""A standard proves itself before it is accepted: its examples come out, and nobody meets it by being unknown."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from firmground.engines.declarations import Refused, in_language
from firmground.engines.standards.declared import Standard
from firmground.engines.standards.reference import Reference, Subject
from firmground.engines.standards.tree import Literal

if TYPE_CHECKING:
    from firmground.engines.standards.catalogue import Catalogue


def prove(standard: Standard, catalogue: "Catalogue", refusals: list[Refused]) -> None:
    """Add a refusal for each example that does not come out as written, and one if an unknown subject would pass."""
    file = f"standards/{standard.id}.toml"
    for number, example in enumerate(standard.examples, start=1):
        subject = subject_of(standard.about, example.given, catalogue, example.place)
        judgement = Reference(catalogue, example.as_of).judge(standard, subject)
        if judgement.verdict != example.verdict:
            read = ", ".join(f"{name} = {_shown(value)}" for name, value in judgement.evidence.items())
            refusals.append(
                Refused(
                    file,
                    f"example[{number}]",
                    f"'{in_language(example.says, 'en')}' comes out {judgement.verdict}, not "
                    f"{example.verdict}" + (f" ({read})" if read else ""),
                )
            )
    met_on = next(
        (
            (on, place)
            for on in _dates(standard, catalogue)
            for place in _places(standard, catalogue)
            if Reference(catalogue, on).judge(standard, Subject(standard.about, place=place)).verdict == "met"
        ),
        None,
    )
    if met_on is not None:
        refusals.append(
            Refused(
                file,
                "met_when",
                f"a {standard.about} of which nothing is known would meet this (on {met_on[0]}); "
                "ask it 'among' those of whom enough is known",
            )
        )


def subject_of(table: str, given: Mapping[str, Any], catalogue: "Catalogue", place: str = "") -> Subject:
    """An example's `given` as a subject: rows of related tables become subjects of their own."""
    children = {t.name for t in catalogue.tables.values() if t.of == table}
    related = {
        name: [subject_of(name, row, catalogue) for row in rows]
        for name, rows in given.items()
        if name in children and isinstance(rows, list)
    }
    return Subject(table, {name: v for name, v in given.items() if name not in related}, related, place)


def _dates(standard: Standard, catalogue: "Catalogue") -> list[date]:
    """Days on which the answer for an unknown subject might change: every date the standard's words mention."""
    mentioned = {standard.holds_from, standard.holds_to or standard.holds_from, date.today()}
    for _, expression in catalogue.expressions_behind(standard):
        for part in expression.walk():
            if isinstance(part, Literal) and isinstance(part.value, date):
                mentioned.add(part.value)
    for name in catalogue.parameters_behind(standard):
        for row in catalogue.parameters[name].values:
            mentioned |= {row.from_, row.to or row.from_}
    around = {day + timedelta(days=step) for day in mentioned for step in (-1, 0, 1) if date.min < day < date.max}
    return sorted(day for day in around if standard.holds_on(day))


def _places(standard: Standard, catalogue: "Catalogue") -> list[str]:
    rows = (row for name in catalogue.parameters_behind(standard) for row in catalogue.parameters[name].values)
    return sorted({"", *(row.place for row in rows)})


def _shown(value: object) -> str:
    return "unknown" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
