"""Writes catalogue.md, the list of all standards and thresholds, from the catalogue itself.

python docs/manual/make_catalogue_pages.py
"""

from collections.abc import Iterator
from pathlib import Path

from firmground.common.files import write_whole
from firmground.engines.declarations import in_language
from firmground.engines.standards.catalogue import Catalogue, load
from firmground.engines.standards.declared import Parameter, Standard

HERE = Path(__file__).parent
CATALOGUE = HERE.parents[1] / "catalogue" / "china_2020"
PAGE = HERE / "catalogue.md"
TASKS = {
    1: "The last poor households",
    2: "The epidemic",
    3: "Monitoring against falling back",
    4: "Work and relocation",
    5: "Two assurances, three guarantees, water",
    8: "The registers' own data",
}


def page(catalogue: Catalogue) -> str:
    """The whole page."""
    return "\n".join(_lines(catalogue)) + "\n"


def _lines(catalogue: Catalogue) -> Iterator[str]:
    standards = [standard for standard in catalogue.standards.values() if standard.screened]
    gates = [standard for standard in catalogue.standards.values() if not standard.screened]
    examples = sum(len(standard.examples) for standard in standards)
    unconfirmed = sum(not all(row.confirmed for row in p.values) for p in catalogue.parameters.values())
    yield "# The catalogue: standards and thresholds"
    yield ""
    yield "Made by `make_catalogue_pages.py` from `catalogue/china_2020`; do not edit. How to read and write standards:"
    yield "[standards.md](standards.md)."
    yield ""
    yield (
        f"{len(standards)} standards with {examples} worked examples; {len(catalogue.parameters)} thresholds, "
        f"{unconfirmed} of them with a value not yet confirmed."
    )
    for task, name in TASKS.items():
        of_task = [standard for standard in standards if standard.task == task]
        if of_task:
            yield ""
            yield f"## Task {task}: {name}"
            for standard in of_task:
                yield from _standard(standard)
    yield ""
    yield "## Gates"
    yield ""
    yield "Asked of one household when a step of a procedure needs it ([procedures.md](procedures.md)), never screened."
    for standard in gates:
        yield from _standard(standard)
    yield ""
    yield "## Thresholds"
    yield ""
    yield "| threshold | from | to | place | value | law |"
    yield "|---|---|---|---|---|---|"
    for parameter in catalogue.parameters.values():
        yield from _parameter(parameter)


def _standard(standard: Standard) -> Iterator[str]:
    yield ""
    yield f"### {standard.title['en']} · {standard.title['zh']}"
    yield ""
    until = f" to {standard.holds_to}" if standard.holds_to else ""
    yield f"`{standard.id}` · about a {standard.about} · from {standard.holds_from}{until} ·"
    if standard.screened:
        yield f"the {standard.owner} answers within {standard.answer_within_days} days"
    else:
        yield f"the {standard.owner} answers for it"
    yield ""
    if standard.among:
        yield f"* Asked when: `{_on_one_line(standard.among)}`"
    yield f"* Met when: `{_on_one_line(standard.met_when)}`"
    yield f"* Law: {in_language(standard.law, 'en')}"
    yield f"* Why: {in_language(standard.why, 'en')}"
    yield ""
    for example in standard.examples:
        yield f"    {example.verdict.replace('_', ' '):<10} {in_language(example.says, 'en')}"


def _parameter(parameter: Parameter) -> Iterator[str]:
    for row in sorted(parameter.values, key=lambda row: (row.from_, row.place)):
        law = ("" if row.confirmed else "**Not confirmed:** ") + in_language(row.law, "en")
        place = row.place or "everywhere"
        yield (
            f"| {parameter.title['en']} · {parameter.title['zh']} (`{parameter.name}`) | {row.from_} | {row.to or ''} "
            f"| {place} | {row.value} {parameter.unit} | {law} |"
        )


def _on_one_line(expression: str) -> str:
    return " ".join(expression.split())


if __name__ == "__main__":
    write_whole(PAGE, page(load(CATALOGUE)))
