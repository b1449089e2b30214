"""What the procedures of exits ask before a step can be taken."""

from firmground.cases.needs import Showing, check


@check("assessed_since_proposal")
def _assessed(showing: Showing) -> bool:
    """A special assessment was made of the county since the case was opened: an old one decides nothing anew."""
    return _surveyed_since(showing, "special_assessment")


@check("spot_checked_since")
def _spot_checked(showing: Showing) -> bool:
    return _surveyed_since(showing, "spot_check")


@check("spot_check_fails")
def _spot_check_fails(showing: Showing) -> bool:
    """The latest spot check falls short; one that says too little shows nothing."""
    judgement = showing.judged("county_spot_check")
    return judgement is not None and judgement.verdict == "not_met"


def _surveyed_since(showing: Showing, kind: str) -> bool:
    surveys = showing.subject.related.get("exit_survey", ()) if showing.subject else ()
    dates = [each.stated.get("surveyed_on") for each in surveys if each.stated.get("kind") == kind]
    return any(on is not None and on >= showing.case.opened_on for on in dates)  # type: ignore[operator]
