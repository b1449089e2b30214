"""Every read of issues and orders: as they stand today, or as they stood on any past day."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db import connection
from django.db.models import Count, F, Q, QuerySet
from django.utils import timezone

from firmground.officers.territory import Eyes
from firmground.supervision.ledger.models import Issue, Order
from firmground.supervision.ledger.states import ENDED, ORDER_ENDED, ORDER_STATE_AFTER, STATES, is_open, stood

OPEN = is_open()
ENDED_STATES = ENDED
OPEN_ORDER = is_open(ORDER_STATE_AFTER, ORDER_ENDED)


def issues(on: date | None = None, *, seen_by: Eyes) -> QuerySet[Any]:
    """The issues in sight that there were on a day (today), each with `state`, `late_after` and `came_back` then."""
    return stood(Issue.objects.filter(seen_by.territory.q("place_code")), on or timezone.localdate())


def issue(number: int, *, seen_by: Eyes) -> Issue | None:
    """An issue by its number; None if it is out of sight."""
    return issues(seen_by=seen_by).select_related("case__text", "raised_by__officer").filter(pk=number).first()


def orders(on: date | None = None, *, seen_by: Eyes) -> QuerySet[Any]:
    """The orders in sight that there were on a day (today), each with `state` and `late_after` then."""
    return stood(Order.objects.filter(seen_by.territory.q("place_code")), on or timezone.localdate(), ORDER_STATE_AFTER)


def order(number: int, *, seen_by: Eyes) -> Order | None:
    """An order by its number; None if it is out of sight."""
    return orders(seen_by=seen_by).select_related("case__text", "ordered_by__officer").filter(pk=number).first()


def late(on: date) -> Q:
    """Issues of `issues` past their day."""
    return OPEN & Q(late_after__lt=on)


def without_help(on: date, days: int) -> Q:
    """Issues open for more than so many days for which no help had come by a day."""
    return OPEN & Q(case__opened_on__lt=on - timedelta(days=days)) & (Q(helped_on=None) | Q(helped_on__gt=on))


def by_state(rows: QuerySet[Any]) -> dict[str, int]:
    """How many issues stand how; every state, also where there are none."""
    counted = dict(rows.order_by().values_list("state").annotate(n=Count("pk")))
    return {state: counted.get(state, 0) for state in STATES}


def open_for_standards(standards: Collection[str], place: str, *, seen_by: Eyes) -> set[tuple[str, str]]:
    """(standard, place) of the open issues that screenings raised."""
    rows = issues(seen_by=seen_by).filter(OPEN, standard__in=standards, place_code__startswith=place)
    return set(rows.values_list("standard", "place_code"))


@dataclass(frozen=True)
class Standing:
    """How many issues stood how on a day.

    Attributes:
        place_code: the prefix they are counted by. content, severity: 0 where they are counted together.
        raised: all there were, ended ones too. open: not resolved, not waived. overdue: open, and past their day.
        claimed: open, said to be put right, and not verified. reopened: open, and had been claimed or resolved before.
        verified: resolved, as somebody else verified. without_help: open, and no help had come for them.
    """

    on: date
    place_code: str
    content: int
    severity: int
    raised: int
    open: int
    overdue: int
    claimed: int
    reopened: int
    verified: int
    waived: int
    without_help: int


STANDING = """
WITH stood AS (
    SELECT day."on", issue.place_code, issue.content, issue.severity, issue.helped_on,
           coalesce(made.last, '') AS last, coalesce(made.came_back, false) AS came_back,
           coalesce(made.again, kase.opened_on) + (issue.due_on - kase.opened_on) AS late_after
    FROM unnest(%(days)s::date[]) AS day("on")
    JOIN cases_case kase ON kase.opened_on <= day."on" AND kase.about = 'issue'
    JOIN ledger_issue issue ON issue.case_id = kase.id
    LEFT JOIN LATERAL (
        SELECT (array_agg(move.outcome ORDER BY move.position DESC))[1] AS last,
               max(move."on") FILTER (WHERE move.outcome = 'returned') AS again,
               bool_or(move.outcome IN ('not_accepted', 'returned')) AS came_back
        FROM cases_move move WHERE move.case_id = kase.id AND move."on" <= day."on"
    ) made ON true
    WHERE issue.place_code ^@ %(place)s AND issue.place_code ^@ ANY (%(territories)s::text[])
)
SELECT "on", left(place_code, %(digits)s), content * %(by_content)s AS content, severity * %(by_severity)s AS severity,
       count(*),
       count(*) FILTER (WHERE last NOT IN ('accepted', 'waived')),
       count(*) FILTER (WHERE last NOT IN ('accepted', 'waived') AND late_after < "on"),
       count(*) FILTER (WHERE last = 'claimed'),
       count(*) FILTER (WHERE last NOT IN ('accepted', 'waived') AND came_back),
       count(*) FILTER (WHERE last = 'accepted'),
       count(*) FILTER (WHERE last = 'waived'),
       count(*) FILTER (WHERE last NOT IN ('accepted', 'waived') AND (helped_on IS NULL OR helped_on > "on"))
FROM stood GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4
"""


def standing_on(
    on: date | Sequence[date],
    *,
    seen_by: Eyes,
    place: str = "",
    digits: int = 6,
    by_content: bool = False,
    by_severity: bool = False,
) -> list[Standing]:
    """How many issues stood how on a day, or on each of several, by place; in one statement.

    Args:
        place: of places that begin with this code only. digits: how many digits of the code are counted together: 2
            for provinces, 6 for counties, 0 for one total.
        by_content, by_severity: counted apart by these.
    """
    days = [on] if isinstance(on, date) else list(on)
    asked: dict[str, Any] = {
        "days": days, "place": place, "digits": digits, "by_content": int(by_content),
        "by_severity": int(by_severity), "territories": list(seen_by.territory.prefixes),
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(STANDING, asked)
        return [Standing(*row) for row in cursor.fetchall()]


def helped_in_time(rows: QuerySet[Any], days: int) -> dict[str, int]:
    """Of some issues: how many there are, for how many help came, and for how many within so many days."""
    in_time = Q(helped_on__lte=F("case__opened_on") + timedelta(days=days))
    counted: dict[str, Any] = rows.order_by().aggregate(
        raised=Count("pk"),
        helped=Count("pk", filter=Q(helped_on__isnull=False)),
        in_time=Count("pk", filter=in_time),
        open_without=Count("pk", filter=OPEN & Q(helped_on=None)),
    )
    return counted
