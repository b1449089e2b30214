"""The messages of the specification: an envelope of signature, header and message. Unknown keys are let pass."""

from typing import Annotated, Any, Literal

from ninja import Schema
from pydantic import AwareDatetime, Field

VERSION = "1.0.0"
Id = Annotated[str, Field(min_length=1, max_length=99)]
MOST_SEARCHES = 10
"""In one message."""


class Header(Schema):
    version: str = VERSION
    message_id: Id
    message_ts: AwareDatetime
    sender_id: Id
    sender_uri: Annotated[str, Field(max_length=500)] | None = None
    receiver_id: Annotated[str, Field(max_length=99)] | None = None
    total_count: int
    is_msg_encrypted: bool = False


class SearchHeader(Header):
    action: Literal["search"]


class StatusHeader(Header):
    action: Literal["txn-status"]


class Sort(Schema):
    attribute_name: str
    sort_order: Literal["asc", "desc"] = "asc"


class Pagination(Schema):
    page_size: int
    page_number: int = 1


class Criteria(Schema):
    """What is sought. `consent` or `authorize` says by what right; it is kept in the audit."""

    version: str = VERSION
    reg_type: Annotated[str, Field(max_length=200)] | None = None
    reg_record_type: Annotated[str, Field(max_length=200)] | None = None
    response_entity: Literal["Group", "Member"] | None = None
    query_type: Literal["idtype-value", "expression", "predicate"]
    query: dict[str, Any] | list[dict[str, Any]]
    sort: Annotated[list[Sort], Field(max_length=5)] | None = None
    pagination: Pagination | None = None
    consent: dict[str, Any] | None = None
    authorize: dict[str, Any] | None = None


class OneSearch(Schema):
    reference_id: Id
    timestamp: AwareDatetime
    search_criteria: Criteria
    locale: Annotated[str, Field(pattern="^[a-z]{2,3}$")] | None = None


class SearchMessage(Schema):
    transaction_id: Id
    search_request: Annotated[list[OneSearch], Field(min_length=1, max_length=1000)]


class SearchEnvelope(Schema):
    signature: Annotated[str, Field(max_length=2000)] | None = None
    header: SearchHeader
    message: SearchMessage


class StatusQuestion(Schema):
    reference_id: Id
    txn_type: Literal["search", "subscribe", "receipt"]
    attribute_type: Literal["transaction_id", "reference_id_list", "correlation_id"]
    attribute_value: Id | Annotated[list[Id], Field(max_length=1000)]


class StatusMessage(Schema):
    transaction_id: Id
    txnstatus_request: StatusQuestion


class StatusEnvelope(Schema):
    signature: Annotated[str, Field(max_length=2000)] | None = None
    header: StatusHeader
    message: StatusMessage


class Rejected(Exception):
    """One search, or a whole message, that is not carried out; with the specification's code for the reason."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code


class NotTaken(Exception):
    """A message that is not even looked into."""

    def __init__(self, status: int, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.status, self.code = status, code
