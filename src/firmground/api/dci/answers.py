"""What is sent back: the callback's header and message, an acknowledgement, an error."""

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from django.http import HttpResponse
from django.utils import timezone

from firmground.api.dci import signatures
from firmground.api.dci.messages import VERSION, Rejected
from firmground.api.door import as_json
from firmground.api.models import Search

OURSELVES = "firmground"


def on_search(search: Search, answers: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The answer to a search."""
    status = "rjct" if all(each["status"] == "rjct" for each in answers) else "succ"
    header = _header("on-search", search.office.officer.username, status, total=len(answers))
    message = {
        "transaction_id": search.transaction_id,
        "correlation_id": search.correlation_id,
        "search_response": list(answers),
    }
    return signatures.signed(OURSELVES, {"header": header, "message": message})


def rejected(action: str, receiver: str, reason: Rejected, message: Mapping[str, Any]) -> dict[str, Any]:
    """The answer to a whole message that is not carried out."""
    header = _header(action, receiver, "rjct", total=0)
    header |= {"status_reason_code": reason.code, "status_reason_message": str(reason)}
    return signatures.signed(OURSELVES, {"header": header, "message": dict(message)})


def on_status(
    transaction_id: str, txn_type: str, receiver: str, found: Sequence[Search], correlation_id: str
) -> dict[str, Any]:
    """What became of earlier messages; the records themselves are not kept, and so not said again."""
    first = found[0]
    answers = [answer for search in found for answer in search.answers] or [
        {"reference_id": reference, "timestamp": search.received_at.isoformat(), "status": search.status}
        for search in found
        for reference in search.reference_ids
    ]
    status = {
        "transaction_id": first.transaction_id,
        "correlation_id": first.correlation_id,
        "search_response": answers,
    }
    message = {
        "transaction_id": transaction_id,
        "correlation_id": correlation_id,
        "txnstatus_response": {"txn_type": txn_type, "txn_status": status},
    }
    header = _header("txn-on-status", receiver, "succ", total=len(answers))
    return signatures.signed(OURSELVES, {"header": header, "message": message})


def acknowledged(correlation_id: str) -> dict[str, Any]:
    return {"message": {"ack_status": "ACK", "timestamp": _now(), "correlation_id": correlation_id}}


def not_acknowledged(code: str, sentence: str) -> dict[str, Any]:
    error = {"code": code, "message": sentence[:999]}
    said = {"ack_status": "ERR", "timestamp": _now(), "correlation_id": str(uuid.uuid4()), "error": error}
    return {"message": said}


def error(status: int, code: str, sentence: str) -> HttpResponse:
    """An error of the transport."""
    return as_json({"errors": [{"code": code, "message": sentence[:999]}]}, status)


def _header(action: str, receiver: str, status: str, *, total: int) -> dict[str, Any]:
    return {
        "version": VERSION,
        "message_id": str(uuid.uuid4()),
        "message_ts": _now(),
        "action": action,
        "status": status,
        "total_count": total,
        "completed_count": total,
        "sender_id": OURSELVES,
        "receiver_id": receiver,
        "is_msg_encrypted": False,
    }


def _now() -> str:
    return timezone.now().isoformat()
