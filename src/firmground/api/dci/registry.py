"""/registry/: search, and what became of it; each answered at once, or to the address of the sender."""

import uuid
from functools import cache
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext
from django.views.decorators.http import require_safe
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError
from procrastinate.contrib.django import app

from firmground.api.dci import actions, answers, callbacks, signatures
from firmground.api.dci.messages import Header, NotTaken, Rejected, SearchEnvelope, StatusEnvelope
from firmground.api.door import CarefulParser, TokenNeeded, as_json, fault
from firmground.api.errors import wrong
from firmground.api.models import Search
from firmground.common.errors import Refusal
from firmground.officers.acting import may
from firmground.officers.requests import OfficerRequest

api = NinjaAPI(
    title="Firmground: DCI Social Registry",
    version="1.0.0",
    description="Search of the DCI Social Registry, for officers of the role `system`.",
    urls_namespace="dci",
    openapi_url=None,
    docs_url=None,
    parser=CarefulParser(),
    auth=TokenNeeded(),
)
CODES = {
    400: "err.request.bad", 401: "err.request.unauthorized", 403: "err.request.forbidden", 404: "err.request.not_found",
    405: "err.request.bad", 413: "err.request.bad", 429: "err.request.too_many_requests",
    500: "err.service.unavailable",
}  # fmt: skip


@api.post("/sync/search", summary="Search, answered at once")
def search_at_once(request: OfficerRequest, said: SearchEnvelope) -> Any:
    _look(request, said.header)
    try:
        search = actions.receive(envelope=said, by=request.office)
    except Rejected as reason:
        message = {"transaction_id": said.message.transaction_id, "correlation_id": "", "search_response": []}
        return as_json(answers.rejected("on-search", request.officer.username, reason, message))
    found = actions.carry_out(searches=said.message.search_request, by=request.office)
    actions.answered(search=search, answers=found, by=request.office)
    return as_json(answers.on_search(search, found))


@api.post("/search", summary="Search, answered to the address of the sender")
def search(request: OfficerRequest, said: SearchEnvelope) -> Any:
    _look(request, said.header)
    if not (address := _address(said.header)):
        return as_json(_no_address())
    try:
        received = actions.receive(envelope=said, callback=address, by=request.office)
    except Rejected as reason:
        return as_json(answers.not_acknowledged("err.request.bad", f"{reason.code}: {reason}"))
    return as_json(answers.acknowledged(received.correlation_id))


@api.post("/sync/txn/status", summary="What became of a search, answered at once")
def status_at_once(request: OfficerRequest, said: StatusEnvelope) -> Any:
    _look(request, said.header)
    found = _searches(request, said)
    if not found:
        return answers.error(404, "err.request.not_found", gettext("No such search came from you."))
    transaction_id, txn_type = said.message.transaction_id, said.message.txnstatus_request.txn_type
    return as_json(answers.on_status(transaction_id, txn_type, request.officer.username, found, str(uuid.uuid4())))


@api.post("/txn/status", summary="What became of a search, answered to the address of the sender")
def status(request: OfficerRequest, said: StatusEnvelope) -> Any:
    _look(request, said.header)
    if not (address := _address(said.header)):
        return as_json(_no_address())
    found = _searches(request, said)
    if not found:
        return as_json(answers.not_acknowledged("err.request.not_found", gettext("No such search came from you.")))
    correlation_id = str(uuid.uuid4())
    app.configure_task("api.deliver_status").defer(
        searches=[search.pk for search in found], transaction_id=said.message.transaction_id,
        txn_type=said.message.txnstatus_request.txn_type, correlation_id=correlation_id, address=address,
    )  # fmt: skip
    return as_json(answers.acknowledged(correlation_id))


def _searches(request: OfficerRequest, said: StatusEnvelope) -> list[Search]:
    """The searches of this sender that a message asks about."""
    asked = said.message.txnstatus_request
    values = asked.attribute_value if isinstance(asked.attribute_value, list) else [asked.attribute_value]
    by = {"transaction_id": "transaction_id__in", "correlation_id": "correlation_id__in",
          "reference_id_list": "reference_ids__overlap"}[asked.attribute_type]  # fmt: skip
    rows = Search.objects.filter(office__officer=request.officer, **{by: values}).order_by("pk")
    return list(rows[:100]) if asked.txn_type == "search" else []


def _address(header: Header) -> str:
    """Where the answer goes; "" if none may be sent there."""
    return header.sender_uri if header.sender_uri and callbacks.allowed(header.sender_uri) else ""


def _no_address() -> dict[str, Any]:
    return answers.not_acknowledged("err.sender_uri.invalid", gettext("No answers are sent to this sender_uri."))


def _look(request: OfficerRequest, header: Header) -> None:
    """See that the message is of the system whose token it shows, not encrypted, and signed where it must be.

    Raises:
        NotTaken: it is not.
    """
    if not may(request.office, "api.search"):
        raise NotTaken(403, "err.request.forbidden", gettext("The registry answers other governments' systems only."))
    if header.sender_id != request.officer.username:
        raise NotTaken(403, "err.sender_id.invalid", gettext("The token is not that of this sender_id."))
    if header.is_msg_encrypted:
        raise NotTaken(400, "err.encryption.invalid", gettext("Encrypted messages are not read here."))
    signatures.check(header.sender_id, CarefulParser().parse_body(request))


def refuse(request: HttpRequest, status: int, sentence: str) -> HttpResponse:
    return answers.error(status, CODES.get(status, "err.request.bad"), sentence)


@api.exception_handler(NotTaken)
def not_taken(request: HttpRequest, error: NotTaken) -> HttpResponse:
    return answers.error(error.status, error.code, str(error))


@api.exception_handler(ValidationError)
def not_valid(request: HttpRequest, error: ValidationError) -> HttpResponse:
    return refuse(request, 400, "; ".join(f"{name}: {' '.join(said)}" for name, said in wrong(error).items()))


@api.exception_handler(HttpError)
def http_error(request: HttpRequest, error: HttpError) -> HttpResponse:
    if error.status_code == 401:
        return refuse(request, 401, gettext("Show a token: Authorization: Bearer …"))
    return refuse(request, error.status_code, str(error.__cause__ or error))


@api.exception_handler(Refusal)
def refused(request: HttpRequest, error: Refusal) -> HttpResponse:
    return refuse(request, 403, str(error))


@api.exception_handler(Exception)
def failed(request: HttpRequest, error: Exception) -> HttpResponse:
    return refuse(request, 500, fault(request, error))


@cache
def document() -> dict[str, Any]:
    """What of the specification is answered here, in OpenAPI."""
    return dict(api.get_openapi_schema(path_prefix="/registry/"))


@require_safe
def openapi(request: HttpRequest) -> HttpResponse:
    return as_json(document())
