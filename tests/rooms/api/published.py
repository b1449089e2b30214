"""What version 1.0.0 of the DCI Social Registry's interface demands of messages, as JSON Schemas.

Names, types, required keys and codes, as published by the Digital Convergence Initiative; its texts are left out. The
`query` is told apart by `query_type` (the published alternatives overlap).
"""

from typing import Any

STAMP = {"type": "string", "format": "date-time"}
TEXT = {"type": "string"}
ID = {"type": "string", "maxLength": 99}
STATUS = {"enum": ["rcvd", "pdng", "succ", "rjct"]}
SAID = {"type": "string", "maxLength": 999}
SEARCH_REASONS = {
    "enum": [
        "rjct.reference_id.invalid", "rjct.reference_id.duplicate", "rjct.timestamp.invalid",
        "rjct.search_criteria.invalid", "rjct.filter.invalid", "rjct.sort.invalid", "rjct.pagination.invalid",
        "rjct.search.too_many_records_found",
    ]
}  # fmt: skip
HEADER_REASONS = {
    "enum": [
        "rjct.version.invalid", "rjct.message_id.duplicate", "rjct.message_ts.invalid", "rjct.action.invalid",
        "rjct.action.not_supported", "rjct.total_count.invalid", "rjct.total_count.limit_exceeded",
        "rjct.errors.too_many",
    ]
}  # fmt: skip
ERRORS = {
    "enum": [
        "err.request.bad", "err.request.unauthorized", "err.request.forbidden", "err.request.not_found",
        "err.request.timeout", "err.version.not_supported", "err.request.too_many_requests", "err.sender_id.invalid",
        "err.sender_uri.invalid", "err.receiver_id.invalid", "err.signature.missing", "err.signature.invalid",
        "err.encryption.invalid", "err.service.unavailable",
    ]
}  # fmt: skip


def thing(required: str, **properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": required.split()}


def callback_header(action: str) -> dict[str, Any]:
    return thing(
        "message_id message_ts action status",
        version=TEXT, message_id=TEXT, message_ts=STAMP, action={"const": action}, status=STATUS,
        status_reason_code=HEADER_REASONS, status_reason_message=SAID, total_count={"type": "integer"},
        completed_count={"type": "integer"}, sender_id=TEXT, receiver_id=TEXT, is_msg_encrypted={"type": "boolean"},
    )  # fmt: skip


def envelope(action: str, message: dict[str, Any]) -> dict[str, Any]:
    return thing("header", signature=TEXT, header=callback_header(action), message=message)


SEARCH_RESPONSE = thing(
    "transaction_id correlation_id search_response",
    transaction_id=ID,
    correlation_id=ID,
    search_response={
        "type": "array",
        "items": thing(
            "reference_id timestamp status",
            reference_id=TEXT, timestamp=STAMP, status=STATUS, status_reason_code=SEARCH_REASONS,
            status_reason_message=SAID, locale={"type": "string", "pattern": "^[a-z]{3}$"},
            data=thing(
                "reg_records",
                version=TEXT, reg_type=TEXT, reg_record_type=TEXT,
                reg_records={"type": "array", "items": {"type": "object"}},
            ),
            pagination=thing(
                "page_size page_number total_count",
                page_size={"type": "number"}, page_number={"type": "number"}, total_count={"type": "number"},
            ),
        ),
    },
)  # fmt: skip
ON_SEARCH = envelope("on-search", SEARCH_RESPONSE)
ON_STATUS = envelope(
    "txn-on-status",
    thing(
        "transaction_id correlation_id txnstatus_response",
        transaction_id=ID,
        correlation_id=ID,
        txnstatus_response=thing(
            "txn_type txn_status", txn_type={"enum": ["search", "subscribe", "receipt"]}, txn_status=SEARCH_RESPONSE
        ),
    ),
)
ACKNOWLEDGEMENT = thing(
    "message",
    message=thing(
        "ack_status timestamp correlation_id",
        ack_status={"enum": ["ACK", "NACK", "ERR"]}, timestamp=STAMP, correlation_id=ID,
        error=thing("", code=ERRORS, message=SAID),
    ),
)  # fmt: skip
HTTP_ERROR = thing("errors", errors={"type": "array", "items": thing("code message", code=ERRORS, message=SAID)})

EXPRESSION = thing(
    "attribute_name operator attribute_value",
    attribute_name=TEXT, operator={"enum": ["gt", "lt", "eq", "ge", "le", "in"]}, attribute_value={},
)  # fmt: skip
SEARCH = thing(
    "header message",
    signature=TEXT,
    header=thing(
        "message_id message_ts action sender_id total_count",
        version=TEXT, message_id=TEXT, message_ts=STAMP, action={"const": "search"}, sender_id=TEXT,
        sender_uri={"type": "string", "format": "uri"}, receiver_id=TEXT, total_count={"type": "integer"},
        is_msg_encrypted={"type": "boolean"}, meta={"type": "object"},
    ),
    message=thing(
        "transaction_id search_request",
        transaction_id=ID,
        search_request={
            "type": "array",
            "items": thing(
                "reference_id timestamp search_criteria",
                reference_id=TEXT,
                timestamp=STAMP,
                search_criteria={
                    **thing(
                        "query_type query",
                        version=TEXT, reg_type=TEXT, reg_record_type=TEXT,
                        query_type={"enum": ["idtype-value", "expression", "predicate"]},
                        response_entity={"enum": ["Group", "Member"]},
                        sort={"type": "array", "items": thing(
                            "", attribute_name=TEXT, sort_order={"enum": ["asc", "desc"]})},
                        pagination=thing("page_size", page_size={"type": "number"}, page_number={"type": "number"}),
                        consent={"type": "object"}, authorize={"type": "object"},
                    ),
                    "if": {"properties": {"query_type": {"const": "predicate"}}},
                    "then": {"properties": {"query": {"type": "array", "items": thing(
                        "expression1", seq_num={"type": "number"}, expression1=EXPRESSION,
                        condition={"enum": ["and", "or", "not"]}, expression2=EXPRESSION)}}},
                    "else": {"properties": {"query": thing("", type=TEXT)}},
                },
            ),
        },
    ),
)  # fmt: skip
