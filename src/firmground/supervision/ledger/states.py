"""How an issue and an order stand, told from the last move of their case: one ledger, one set of words."""

from datetime import date
from typing import Any

from django.db.models import Case as Either
from django.db.models import (
    CharField,
    DateField,
    DateTimeField,
    Exists,
    ExpressionWrapper,
    F,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Cast, Coalesce

from firmground.cases.models import Move

STATE_AFTER = {
    "": "open", "sent_back": "open",
    "to_village": "assigned", "to_township": "assigned", "to_county": "assigned", "to_department": "assigned",
    "claimed": "claimed",
    "accepted": "resolved",
    "not_accepted": "reopened", "returned": "reopened",
    "waived": "waived",
}  # fmt: skip
"""Of an issue, by the outcome of the last move of its case."""
ENDED = ("resolved", "waived")
STATES = ("open", "assigned", "claimed", "reopened", "resolved", "waived")
CAME_BACK = ("not_accepted", "returned")
"""Moves by which what was said to be done, or was, is to be done again."""
ORDER_STATE_AFTER = {
    "": "sent", "to_village": "sent", "to_township": "sent", "to_county": "sent", "to_prefecture": "sent",
    "to_province": "sent", "answered": "answered", "accepted": "fulfilled", "again": "again", "withdrawn": "withdrawn",
}  # fmt: skip
ORDER_STATES = ("sent", "answered", "again", "fulfilled", "withdrawn")
ORDER_ENDED = ("fulfilled", "withdrawn")


def stood(rows: QuerySet[Any], on: date, after: dict[str, str] = STATE_AFTER) -> QuerySet[Any]:
    """Issues or orders that there were on a day, each with `state`, `late_after`, `begun_on`, `came_back` then."""
    made = Move.objects.filter(case=OuterRef("case"), on__lte=on)
    last = Coalesce(Subquery(made.order_by("-position").values("outcome")[:1]), Value(""))
    again = Subquery(made.filter(outcome="returned").order_by("-position").values("on")[:1])
    states: dict[str, list[str]] = {}
    for outcome, state in after.items():
        states.setdefault(state, []).append(outcome)
    return rows.filter(case__opened_on__lte=on).annotate(
        last=last,
        state=Either(
            *(When(last__in=outcomes, then=Value(state)) for state, outcomes in states.items()),
            default=Value("open"),
            output_field=CharField(),
        ),
        begun_on=Coalesce(again, F("case__opened_on"), output_field=DateField()),
        late_after=Cast(
            ExpressionWrapper(F("begun_on") + (F("due_on") - F("case__opened_on")), DateTimeField()), DateField()
        ),
        came_back=Exists(made.filter(outcome__in=CAME_BACK)),
    )


def is_open(after: dict[str, str] = STATE_AFTER, ended: tuple[str, ...] = ENDED) -> Q:
    """Rows of `stood` that have not ended."""
    return ~Q(last__in=[outcome for outcome, state in after.items() if state in ended])
