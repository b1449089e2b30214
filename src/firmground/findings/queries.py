"""Every read of findings. A held standard is never among them until it is released.

Everything is seen from a screening: the last one, or an earlier one to look back. Each function is one query.
"""

from collections.abc import Collection

from django.db.models import Case, F, Q, QuerySet, Value, When

from firmground.findings.models import Finding, PlaceResult, Screening, StandardResult
from firmground.officers.territory import EVERYWHERE, Eyes

COUNTY_DIGITS = 6
OPENED, STILL_OPEN, CHANGED, CLOSED = "opened", "still_open", "changed", "closed"


def latest() -> Screening | None:
    """The last screening taken in, with the one before it."""
    return Screening.objects.select_related("previous").last()


def screenings() -> QuerySet[Screening]:
    """All of them, the last one first."""
    return Screening.objects.order_by("-id")


def shown(screening: Screening) -> QuerySet[StandardResult]:
    """What each standard that speaks found over all places."""
    return screening.standards.filter(Q(held_because="") | Q(released_at__isnull=False))


def held(screening: Screening) -> QuerySet[StandardResult]:
    """The standards waiting for somebody to release them."""
    return screening.standards.filter(released_at=None).exclude(held_because="")


def counts(
    screening: Screening, place_codes: Collection[str], standards: Collection[str] | None = None, *, seen_by: Eyes
) -> QuerySet[PlaceResult]:
    """Counts of those places (the nation is ""), one row for each place and standard; of some standards, or all.

    What is counted of a county or a larger place is for everybody.
    """
    rows = screening.places.filter(place_code__in=place_codes).exclude(standard__in=held(screening).values("standard"))
    if seen_by.territory != EVERYWHERE:  # whose condition is empty, and would be left out of an "or"
        rows = rows.filter(Q(place_code__length__lte=COUNTY_DIGITS) | seen_by.territory.q("place_code"))
    if standards is not None:
        rows = rows.filter(standard__in=standards)
    return rows.order_by("place_code", "standard")


def seen_from(screening: Screening, *, seen_by: Eyes) -> QuerySet[Finding]:
    """The findings open in a screening and those it closed, each with its `status`.

    opened: not found by the screening before; changed: found before on other evidence; still_open: found before on
    the same evidence; closed: found before, not now.
    """
    status = Case(*(When(fits, then=Value(status)) for status, fits in _stands(screening).items()), default=Value(""))
    return (
        Finding.objects.filter(
            Q(changed_in=None) | Q(changed_in__lte=screening),
            Q(replaced_in=None) | Q(replaced_in__gt=screening),
            Q(closed_in=None) | Q(closed_in__gte=screening),
            seen_by.territory.q("place_code"),
            opened_in__lte=screening,
        )
        .exclude(standard__in=held(screening).values("standard"))
        .annotate(status=status, opened_as_of=F("opened_in__as_of"))
    )


def _stands(screening: Screening) -> dict[str, Q]:
    """What of a finding's row says how it stands; an index serves each but the last, which is most of them."""
    goes_on = Q(closed_in=None) | Q(closed_in__gt=screening)
    return {
        CLOSED: Q(closed_in=screening),
        OPENED: goes_on & Q(opened_in=screening),
        CHANGED: goes_on & Q(opened_in__lt=screening, changed_in=screening),
        STILL_OPEN: goes_on & Q(opened_in__lt=screening) & (Q(changed_in=None) | Q(changed_in__lt=screening)),
    }


def open_in(screening: Screening, *, seen_by: Eyes) -> QuerySet[Finding]:
    """The findings open in a screening, each with its `status`."""
    return seen_from(screening, seen_by=seen_by).filter(Q(closed_in=None) | Q(closed_in__gt=screening))


def in_place(
    screening: Screening,
    place_code: str,
    *,
    seen_by: Eyes,
    standard: str | None = None,
    verdict: str | None = None,
    status: str | None = None,
) -> QuerySet[Finding]:
    """The findings behind a number: of one place (the nation is ""), in the order of place and subject.

    Args:
        status: one of opened, still_open, changed, closed; left out: all that are open.
    """
    rows = open_in(screening, seen_by=seen_by)
    if status:
        rows = seen_from(screening, seen_by=seen_by).filter(_stands(screening)[status])
    wanted = {"place_code__startswith": place_code, "standard": standard, "verdict": verdict}
    return rows.filter(**{key: value for key, value in wanted.items() if value}).order_by(
        "place_code", "subject_id", "standard"
    )


def of_subject(screening: Screening, about: str, subject_id: str, *, seen_by: Eyes) -> QuerySet[Finding]:
    """What one subject falls short of, seen from a screening; what that screening closed is among it."""
    return seen_from(screening, seen_by=seen_by).filter(about=about, subject_id=subject_id).order_by("standard")


def history_of(about: str, subject_id: str, *, seen_by: Eyes) -> QuerySet[Finding]:
    """Everything ever found of one subject, in the order of finding. Every row names its screenings."""
    return (
        Finding.objects.filter(seen_by.territory.q("place_code"), about=about, subject_id=subject_id)
        .select_related("opened_in", "changed_in", "replaced_in", "closed_in")
        .order_by("opened_in_id", F("changed_in_id").asc(nulls_first=True), "standard")
    )
