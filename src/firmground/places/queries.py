"""Every read of places. Places are public: nobody's office limits them."""

from datetime import date

from django.db import connection
from django.db.models import Q, QuerySet

from firmground.common.errors import Refusal
from firmground.places.models import DIGITS, Listing, Place, PlaceChange

BECAME = """
WITH RECURSIVE became(code, since) AS (
    SELECT %(code)s::varchar, %(since)s::date
    UNION
    SELECT change.to_code, change."on"
    FROM became JOIN places_placechange change ON change.from_code = became.code AND change."on" = (
        SELECT min(next."on") FROM places_placechange next
        WHERE next.from_code = became.code AND next."on" > became.since AND next."on" <= %(on)s
    )
)
SELECT DISTINCT code FROM became WHERE NOT EXISTS (
    SELECT 1 FROM places_placechange later
    WHERE later.from_code = became.code AND later."on" > became.since AND later."on" <= %(on)s
) ORDER BY code
"""


def in_force(on: date | None = None) -> QuerySet[Place]:
    """The places in force on a day; today's when no day is given."""
    if on is None:
        return Place.objects.filter(valid_to=None)
    return Place.objects.filter(Q(valid_from=None) | Q(valid_from__lte=on), Q(valid_to=None) | Q(valid_to__gt=on))


def place(code: str) -> Place:
    """The place of that code, in force or not.

    Raises:
        Place.DoesNotExist: there is and was none.
    """
    return Place.objects.get(code=code)


def children(code: str, on: date | None = None) -> QuerySet[Place]:
    """The places one level down; of the nation (""), the provinces. A village has none."""
    longer = [digits for digits in DIGITS.values() if digits > len(code)]
    if not longer:
        return Place.objects.none()
    return in_force(on).filter(code__startswith=code, code__length=longer[0])


def path(code: str) -> list[Place]:
    """From the province down to the place itself. Empty for the nation."""
    return list(Place.objects.filter(code__in=[code[:digits] for digits in DIGITS.values() if digits <= len(code)]))


def listed(on: date | None = None) -> QuerySet[Place]:
    """The places under listed supervision on a day (left out: to this day), by the code they were listed with."""
    listings = Listing.objects.filter(delisted_on=None)
    if on is not None:
        still = Q(delisted_on=None) | Q(delisted_on__gt=on)
        listings = Listing.objects.filter(still, listed_on__lte=on)
    return Place.objects.filter(code__in=listings.values("place_code"))


def resolve(code: str, on: date, since: date = date.min) -> list[str]:
    """What a code has become by a day: itself, another, or several after a split; codes in order.

    Args:
        on: the day; changes in force on it are followed.
        since: the day the code was written down. Only later changes are followed: a code may be given out again.

    Raises:
        Refusal: no place ever had the code.
    """
    with connection.cursor() as cursor:
        cursor.execute(BECAME, {"code": code, "on": on, "since": since})
        became = [row[0] for row in cursor.fetchall()]
    if became == [code] and not Place.objects.filter(code=code).exists():
        raise Refusal(f"No place has the code {code!r}. Codes have 2, 4, 6, 9 or 12 digits, from province to village.")
    return became


def history(code: str) -> QuerySet[PlaceChange]:
    """The changes that a code went into or came out of."""
    return PlaceChange.objects.filter(Q(from_code=code) | Q(to_code=code))
