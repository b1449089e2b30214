"""What a desk holds of cases: what waits for an office, and what has risen to it."""

from collections.abc import Iterator
from datetime import date

from firmground.cases import declared, queries
from firmground.cases.models import Case
from firmground.engines.declarations import in_language
from firmground.engines.procedures.declared import Procedure, Step
from firmground.officers import desks
from firmground.officers.models import Office


def on_desk(office: Office, on: date) -> Iterator[desks.Piece]:
    """The cases of an office's desk, the most urgent first."""
    rows = (queries.mine(office) | queries.risen(office)).select_related("text")
    for case in rows:
        procedure = declared.of_case(case)
        step = procedure.steps[case.at]
        yield desks.Piece(
            number=str(case.pk),
            says={name: _says(procedure, step, case, name) for name in ("en", "zh")},
            place_code=case.place_code,
            due_on=case.late_after,
        )


def _says(procedure: Procedure, step: Step, case: Case, language: str) -> str:
    title, at = in_language(procedure.title, language), in_language(step.title, language)
    return f"{title}: {at or step.id} ({case.subject_id})"


desks.keeps("case", on_desk)
