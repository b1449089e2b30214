"""Searching, as an action: what was asked by what right, and every record handed out, is in the trail."""

import json
import uuid
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext
from procrastinate.contrib.django import app

from firmground.api.dci import criteria as criteria_of
from firmground.api.dci.entities import records
from firmground.api.dci.messages import MOST_SEARCHES, VERSION, OneSearch, Rejected, SearchEnvelope
from firmground.api.models import Search
from firmground.officers.acting import action, record
from firmground.officers.models import Office

LONGEST_RIGHT = 4000
"""Characters of a consent or an authorisation."""
KEPT_DAYS = 7
REGISTRY = "ns:dci:RegistryType:Social"


@action("api.receive_search")
def receive(*, envelope: SearchEnvelope, callback: str = "", by: Office) -> Search:
    """Write down that a message came; with a callback, what it asks, and queue the answer.

    Raises:
        Rejected: another version, a wrong count, or a message that came before.
    """
    header, message = envelope.header, envelope.message
    if header.version != VERSION:
        raise Rejected("rjct.version.invalid", gettext("Version %(version)s is spoken here.") % {"version": VERSION})
    if header.total_count != len(message.search_request):
        raise Rejected("rjct.total_count.invalid", gettext("total_count is not the number of searches sent."))
    if header.total_count > MOST_SEARCHES:
        raise Rejected(
            "rjct.total_count.limit_exceeded",
            gettext("A message holds at most %(most)s searches.") % {"most": MOST_SEARCHES},
        )
    now = timezone.now()
    search = Search(
        office=by,
        place_code=by.territory,
        message_id=header.message_id,
        transaction_id=message.transaction_id,
        correlation_id=str(uuid.uuid4()),
        reference_ids=[each.reference_id for each in message.search_request],
        received_at=now,
        callback=callback,
        asked=[json.loads(each.model_dump_json()) for each in message.search_request] if callback else None,
        status=Search.Status.PENDING,
        answered_at=None if callback else now,
    )
    try:
        with transaction.atomic():
            search.save()
    except IntegrityError:
        raise Rejected("rjct.message_id.duplicate", gettext("A message with this message_id came before.")) from None
    if callback:  # in the same transaction: what was acknowledged is answered
        app.configure_task("api.deliver").defer(search=search.pk)
    return search


@action("api.search")
def carry_out(*, searches: Sequence[OneSearch], by: Office) -> list[dict[str, Any]]:
    """Answer the searches of a message; each stands alone."""
    answers, seen = [], set()
    for search in searches:
        said: dict[str, Any] = {"reference_id": search.reference_id, "timestamp": timezone.now().isoformat()}
        try:
            if search.reference_id in seen:
                raise Rejected("rjct.reference_id.duplicate", gettext("This reference_id stands twice."))
            seen.add(search.reference_id)
            said |= {"status": "succ", **_answer(search, by)}
        except Rejected as reason:
            said |= {"status": "rjct", "status_reason_code": reason.code, "status_reason_message": str(reason)}
        answers.append(said)
    return answers


@action("api.deliver")
def answered(*, search: Search, answers: Sequence[dict[str, Any]], by: Office) -> None:
    """Write down what became of a message; what it asked is forgotten."""
    search.answers = [
        {key: each[key] for key in ("reference_id", "timestamp", "status", "status_reason_code") if key in each}
        for each in answers
    ]
    failed = all(each["status"] == "rjct" for each in answers)
    search.status = Search.Status.REJECTED if failed else Search.Status.SUCCEEDED
    search.asked, search.answered_at = None, timezone.now()
    search.save()


@action("api.forget")
def forget(*, by: Office) -> int:
    """Forget what was asked by messages that could not be answered for a week; returns how many there were."""
    before = timezone.now() - timedelta(days=KEPT_DAYS)
    waiting = Search.objects.filter(asked__isnull=False, received_at__lt=before)
    return waiting.update(asked=None, answered_at=timezone.now(), status=Search.Status.REJECTED)


def _answer(search: OneSearch, by: Office) -> dict[str, Any]:
    criteria = search.search_criteria
    right = {name: said for name in ("consent", "authorize") if (said := getattr(criteria, name))}
    if not right or len(json.dumps(right)) > LONGEST_RIGHT:
        raise Rejected(
            "rjct.search_criteria.invalid",
            gettext("Say by what right you ask, in “consent” or “authorize”, in at most %(most)s characters.")
            % {"most": LONGEST_RIGHT},
        )
    entity = criteria_of.entity_of(criteria)
    rows = criteria_of.found(criteria, by)
    count = rows.count()
    size, number = criteria_of.page_of(criteria, count)
    page = list(rows[(number - 1) * size : number * size])
    asked = {"reference_id": search.reference_id, "query_type": criteria.query_type, "entity": entity, **right}
    record(None, by.territory, **asked, found=count)
    for row in page:
        record(row, row.village_code, **asked)
    return {
        "data": {
            "version": VERSION,
            "reg_type": criteria.reg_type or REGISTRY,
            "reg_record_type": entity,
            "reg_records": records(entity, page, by),
        },
        "pagination": {"page_size": size, "page_number": number, "total_count": count},
    }
