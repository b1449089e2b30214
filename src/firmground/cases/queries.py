"""Every read of cases, in the territory of whoever reads."""

from collections.abc import Collection, Iterator
from datetime import date

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Subquery

from firmground.cases.models import OPEN, Attachment, Case, Move
from firmground.officers.models import Office
from firmground.officers.territory import Eyes
from firmground.registry.models import OPEN as OPEN_ROW
from firmground.registry.models import Household, Member


def within(eyes: Eyes) -> QuerySet[Case]:
    """The cases in the territory of whoever reads."""
    return Case.objects.filter(eyes.territory.q("place_code"))


def one(number: int, *, seen_by: Eyes) -> Case | None:
    """A case by its number; None if it is out of sight."""
    return within(seen_by).select_related("text", "opened_by__officer", "opened_from").filter(pk=number).first()


def moves_of(case: Case) -> list[Move]:
    """What was done in a case, the first first, with who did it and what was shown."""
    moves = case.moves.select_related("office__officer").prefetch_related("attachments")
    return list(moves.order_by("position"))


def of_subject(about: str, number: str, *, seen_by: Eyes) -> QuerySet[Case]:
    """The cases about one subject, open ones first, then the last ended."""
    rows = within(seen_by).filter(about=about, subject_id=number)
    return rows.order_by(F("closed_on").desc(nulls_first=True), "-pk")


def mine(office: Office) -> QuerySet[Case]:
    """What waits for this office: open cases of its territory at a step its role takes, the most urgent first."""
    rows = within(office.reach).filter(OPEN, roles__contains=[office.role])
    return rows.order_by("late_after", "pk")


def risen(office: Office) -> QuerySet[Case]:
    """What is overdue below and has risen to this office."""
    return within(office.reach).filter(OPEN, risen_to=office.role).order_by("late_after", "pk")


def waiting(office: Office) -> QuerySet[Case]:
    """Open cases that this office had a hand in, or that lie in its territory, and that wait for others."""
    return within(office.reach).filter(OPEN).exclude(roles__contains=[office.role]).order_by("late_after", "pk")


def finished(office: Office, since: date) -> QuerySet[Case]:
    """Cases that ended since a day and in which this office, or whoever held it before, took a step."""
    theirs = Move.objects.filter(case=OuterRef("pk"), office__role=office.role, office__territory=office.territory)
    rows = within(office.reach).filter(Exists(theirs), closed_on__gte=since)
    return rows.order_by("-closed_on", "-pk")


def searched(
    rows: QuerySet[Case],
    *,
    procedure: str = "",
    at: str = "",
    place: str = "",
    state: str = "",
    on: date | None = None,
    standard: str = "",
    number: int | None = None,
    households: Collection[str] | None = None,
) -> QuerySet[Case]:
    """Some of the cases.

    Args:
        state: "open", "late" (on the day `on`), "closed"; "" for all.
        standard: a standard whose finding is behind the case.
        number, households: the case of that number, the cases about these households; both: either.
    """
    wanted = {"procedure": procedure, "at": at, "place_code__startswith": place}
    rows = rows.filter(**{key: value for key, value in wanted.items() if value})
    if standard:
        rows = rows.filter(standards__contains=[standard])
    if number is not None or households is not None:
        rows = rows.filter(Q(pk=number) | Q(about="household", subject_id__in=households or ()))
    return {
        "open": lambda: rows.filter(OPEN),
        "late": lambda: rows.filter(OPEN, late_after__lt=on),
        "closed": lambda: rows.exclude(OPEN),
    }.get(state, lambda: rows)()


def counted(rows: QuerySet[Case], on: date) -> tuple[int, int]:
    """How many of the cases are open, and how many of these are overdue."""
    late = Count("pk", filter=Q(late_after__lt=on))
    said = rows.filter(OPEN).order_by().aggregate(open=Count("pk"), late=late)
    return said["open"], said["late"]


def desk_counts(office: Office, on: date, since: date) -> dict[str, int]:
    """How many cases lie in each part of an office's desk, and how many of its own are overdue; in two statements."""
    own = Q(roles__contains=[office.role])
    counted = within(office.reach).filter(OPEN).order_by().aggregate(
        mine=Count("pk", filter=own),
        late=Count("pk", filter=own & Q(late_after__lt=on)),
        risen=Count("pk", filter=Q(risen_to=office.role)),
        waiting=Count("pk", filter=~own),
    )  # fmt: skip
    return {**counted, "finished": finished(office, since).count()}


def taken_already(case: Case, step: str, outcome: str, *, after: int, by: Office) -> Move | None:
    """The move that followed what an officer had seen, if it is theirs and the very same: the page was sent twice."""
    move = case.moves.filter(position=after + 1, step=step, outcome=outcome).select_related("office").first()
    return move if move is not None and move.office.officer_id == by.officer_id else None


def attachment(number: int, *, seen_by: Eyes) -> Attachment | None:
    """A file shown with a move; None if it is out of sight."""
    return Attachment.objects.filter(seen_by.territory.q("place_code"), pk=number).first()


def moved() -> Iterator[tuple[Case, str]]:
    """Cases whose household lies in another village now, and that village."""
    now = Household.objects.filter(OPEN_ROW, household_id=OuterRef("subject_id")).values("village_code")[:1]
    rows = Case.objects.filter(about="household").annotate(village=Subquery(now))
    for case in rows.exclude(village=F("place_code")).exclude(village=None).iterator(2000):
        yield case, case.village


def without_members() -> Iterator[Case]:
    """Open cases of households that have members on the register, none of whom is there any more."""
    theirs = Member.objects.filter(OPEN_ROW, village_code=OuterRef("place_code"), household_id=OuterRef("subject_id"))
    there = theirs.filter(Q(status="active") | Q(status=None))
    rows = Case.objects.filter(OPEN, Exists(theirs), ~Exists(there), about="household")
    yield from rows.select_related("text").iterator(2000)
