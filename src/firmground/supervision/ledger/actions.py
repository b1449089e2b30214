"""Every write to issues and orders. What becomes of them is moved on by `cases.actions`."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, timedelta

from django.utils import timezone
from django.utils.translation import gettext

from firmground.cases import actions as cases
from firmground.common.constraints import told_as
from firmground.common.errors import Refusal
from firmground.findings import queries as findings
from firmground.officers.acting import action, record
from firmground.officers.models import LEVELS, Office, Role
from firmground.places.models import Level, Place
from firmground.registry.declared import catalogue, parameter
from firmground.registry.models import OPEN, Household
from firmground.supervision.ledger import queries
from firmground.supervision.ledger.models import Issue, Order

TO = {
    Role.VILLAGE_WORKER: "to_village", Role.TOWNSHIP: "to_township", Role.COUNTY: "to_county",
    Role.DEPARTMENT: "to_department",
}  # fmt: skip
"""The outcome of the assignment that gives an issue to a role."""
ASSIGN = frozenset({*Role} - {Role.VILLAGE_WORKER, Role.DEPARTMENT, Role.AUDITOR, Role.ADMINISTRATOR, Role.SYSTEM})
ORDER_TO = {
    Level.VILLAGE: "to_village", Level.TOWNSHIP: "to_township", Level.COUNTY: "to_county",
    Level.PREFECTURE: "to_prefecture", Level.PROVINCE: "to_province",
}  # fmt: skip
CONTENT_OF_TASK = {1: 4, 3: 4, 4: 2, 5: 1, 8: 5}
"""The content of supervision that a standard's task of the notice belongs to."""
LONGEST_TITLE, LONGEST_TEXT = 120, 4000


@action("ledger.raise")
def raise_issue(
    *,
    place_code: str,
    content: int,
    source: str,
    title: str,
    severity: int,
    found_on: date,
    by: Office,
    text: str = "",
    household_id: str = "",
    due_on: date | None = None,
    owner: str = "",
    unit: str = "",
    visit: int | None = None,
    standard: str = "",
    screening: int | None = None,
    reference: str = "",
    why: str = "",
) -> Issue:
    """Put an issue into the ledger, and open its case; with an owner it is given to them at once.

    Args:
        due_on: the last day; left out, as many days from today as its severity allows (parameter
            issue_days_severity_N).
        owner: the role that has to put it right; left out, it waits to be given to somebody.

    Raises:
        Refusal: no such place or household in the territory, or what is said of it makes no sense.
    """
    today = timezone.localdate()
    title, text = " ".join(title.split()), text.strip()
    if not Place.objects.filter(code=place_code, valid_to=None).exists() or not by.reach.covers(place_code):
        raise Refusal(gettext("No place of your territory has the code %(code)s.") % {"code": place_code or "–"})
    if not title or len(title) > LONGEST_TITLE or len(text) > LONGEST_TEXT or "\x00" in title + text:
        raise Refusal(
            gettext("Say in one line of at most %(most)s characters what the issue is; more goes into the text.")
            % {"most": LONGEST_TITLE}
        )
    if content not in Issue.Content.values or source not in Issue.Source.values or severity not in (1, 2, 3):
        raise Refusal(gettext("Say which of the five contents it is about, where it came from, and how grave it is."))
    if found_on > today:
        raise Refusal(gettext("%(day)s is not here yet.") % {"day": found_on})
    if (
        household_id
        and not Household.objects.filter(OPEN, household_id=household_id, village_code__startswith=place_code).exists()
    ):
        raise Refusal(
            gettext("No household of number %(number)s lives in %(place)s.")
            % {"number": household_id, "place": place_code}
        )
    if owner and owner not in TO:
        raise Refusal(gettext("An issue is given to the village, the township, the county or a department."))
    if owner in LEVELS and LEVELS[Role(owner)] > len(place_code):
        raise Refusal(gettext("The issue is about a larger place than the one it is to be given to. Choose another."))
    with told_as("issue_listed_once", gettext("An issue of this source, number and place is in the ledger already.")):
        issue = Issue.objects.create(
            place_code=place_code, household_id=household_id, content=content, source=source, severity=severity,
            title=title, text=text, found_on=found_on, raised_by=by, due_on=due_on or _last_day(severity, place_code),
            owner=owner, unit=unit.strip(), visit=visit, standard=standard, screening=screening, reference=reference,
        )  # fmt: skip
    issue.case = cases.open_case(
        procedure="issue", subject_id=str(issue.pk), channel=source, by=by, why=why, due_on=issue.due_on
    )
    issue.save(update_fields=["case"])
    if owner and by.role in ASSIGN:
        cases.take(case=issue.case.pk, step="assignment", outcome=TO[Role(owner)], by=by)
    return issue


@action("ledger.raise_from_findings")
def raise_from_findings(
    *, standards: Collection[str], place_code: str, by: Office, digits: int = 6, severity: int = 2, why: str = ""
) -> int:
    """Raise an issue for each of these standards in each place below where the last screening found somebody short.

    While an issue of a standard is open in a place, no other is raised there.

    Args:
        digits: the level of the places that answer: 6 for counties, 9 townships, 12 villages.

    Returns:
        how many were raised.

    Raises:
        Refusal: nothing was screened, a standard is not known or is held back, or the place is out of the territory.
    """
    screening = findings.latest()
    if screening is None:
        raise Refusal(gettext("Nothing was screened yet."))
    if not by.reach.covers(place_code) or digits < len(place_code):
        raise Refusal(gettext("No place of your territory has the code %(code)s.") % {"code": place_code or "–"})
    known = catalogue().standards
    held = set(findings.held(screening).values_list("standard", flat=True))
    wrong = sorted(name for name in standards if name not in known or name in held)
    if wrong or not standards:
        raise Refusal(
            gettext("Choose standards that the last screening speaks of; not: %(names)s.")
            % {"names": ", ".join(wrong) or "–"}
        )
    there = queries.open_for_standards(standards, place_code, seen_by=by.reach)
    short = screening.places.filter(
        place_code__startswith=place_code, place_code__length=digits, standard__in=standards, not_met__gt=0
    )
    raised = 0
    for row in short.order_by("place_code", "standard"):
        if (row.standard, row.place_code) in there:
            continue
        standard = known[row.standard]
        raise_issue(
            place_code=row.place_code, content=CONTENT_OF_TASK.get(standard.task or 0, 5), severity=severity,
            source=Issue.Source.SCREENING, title=(standard.title.get("zh") or row.standard)[:LONGEST_TITLE],
            text=f"{row.not_met} / {row.asked}", found_on=screening.as_of, standard=row.standard,
            screening=screening.pk, by=by, why=why,
        )  # fmt: skip
        raised += 1
    return raised


@action("ledger.help")
def note_help(*, issues: Collection[int], on: date, by: Office, why: str = "") -> None:
    """Note that help came for issues on a day; the first day stands."""
    for issue in Issue.objects.select_for_update(of=("self",)).filter(by.reach.q("place_code"), pk__in=issues):
        if issue.helped_on is None or on < issue.helped_on:
            issue.helped_on = on
            issue.save(update_fields=["helped_on"])


@action("ledger.order")
def give_order(
    *,
    place_code: str,
    title: str,
    text: str,
    due_on: date,
    by: Office,
    issues: Sequence[int] = (),
    why: str = "",
) -> Order:
    """Order a place to act and to answer by a day; its case is opened, and sent there.

    Raises:
        Refusal: the place is not below the office, nothing was said, or an issue is not there.
    """
    title, text = " ".join(title.split()), text.strip()
    place = Place.objects.filter(code=place_code, valid_to=None).first()
    below = len(place_code) > len(by.territory) or by.role == Role.SUPERVISOR
    if place is None or not by.reach.covers(place_code) or not below:
        raise Refusal(gettext("An order goes to a place below the office that gives it. Choose such a place."))
    if not title or not text or len(title) > LONGEST_TITLE or len(text) > LONGEST_TEXT or "\x00" in title + text:
        raise Refusal(gettext("Say in one line what is ordered, and in the text what has to be done."))
    about = Issue.objects.filter(pk__in=issues, place_code__startswith=place_code)
    if about.count() != len(set(issues)):
        raise Refusal(gettext("An order is about issues of the place it goes to. Look at their numbers again."))
    order = Order.objects.create(
        place_code=place_code, title=title, text=text, due_on=due_on, ordered_by=by, issues=sorted(set(issues))
    )
    order.case = cases.open_case(
        procedure="order", subject_id=str(order.pk), channel="supervision", by=by, why=why, due_on=due_on
    )
    order.save(update_fields=["case"])
    cases.take(case=order.case.pk, step="sending", outcome=ORDER_TO[Level(place.level)], by=by)
    return order


@action("ledger.export")
def export(*, what: str, rows: int, chosen: Mapping[str, str], by: Office) -> None:
    """Record that issues or orders are taken out of the house: how many, and which were chosen."""
    record(None, by.territory, what=what, rows=rows, chosen={key: value for key, value in chosen.items() if value})


def _last_day(severity: int, place_code: str) -> date:
    today = timezone.localdate()
    days = parameter(f"issue_days_severity_{severity}", today, place_code).value
    return today + timedelta(days=int(str(days)))
