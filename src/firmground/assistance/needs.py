"""What cases ask of assistance before a step can be taken."""

from collections.abc import Collection
from datetime import date

from firmground.assistance.declared import in_force
from firmground.assistance.plans import kinds_since
from firmground.cases.needs import Showing, check


@check("measure_given")
def measure_given(showing: Showing) -> bool:
    """Something was given to the household since the case was opened."""
    case = showing.case
    return bool(kinds_since(case.subject_id, case.place_code, case.opened_on, given=True))


@check("measure_against_each_risk")
def measure_against_each_risk(showing: Showing) -> bool:
    """Each risk on the register has a measure that answers it, promised or given."""
    return _answered(showing, given=False)


@check("measure_given_against_each_risk")
def measure_given_against_each_risk(showing: Showing) -> bool:
    """Each risk on the register has a measure that answers it and was given."""
    return _answered(showing, given=True)


def _answered(showing: Showing, *, given: bool) -> bool:
    if showing.subject is None:
        return False
    risks = {str(row.stated["risk"]) for row in showing.subject.related.get("risk", ()) if "risk" in row.stated}
    monitored_on = showing.subject.stated.get("monitored_on")
    since = monitored_on if isinstance(monitored_on, date) else showing.case.opened_on
    return each_answered(risks, kinds_since(showing.case.subject_id, showing.case.place_code, since, given=given))


def each_answered(risks: Collection[str], kinds: Collection[str]) -> bool:
    """Whether every risk is answered by one of the kinds of measures; nobody passes by having no risk named."""
    declared = in_force()
    return bool(risks) and all(set(declared.answering(risk)) & set(kinds) for risk in risks)
