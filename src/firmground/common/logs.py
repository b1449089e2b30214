"""Log lines: what the machine did, as JSON. Never about whom: a key that could hold personal data is struck out."""

import logging

import structlog
from structlog.types import EventDict, Processor, WrappedLogger

PERSONAL = frozenset(
    {
        "name", "id_number", "phone", "bank_account", "birth_date", "address", "evidence", "household", "household_id",
        "member", "member_id", "subject_id", "row", "rows_refused", "cell", "value",
    }
)  # fmt: skip


def strike_out_personal(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
    """Keep the key, so that the slip is seen, and lose the value."""
    return {key: "struck out" if key in PERSONAL else value for key, value in event.items()}


SHARED: list[Processor] = [
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]


def line() -> logging.Formatter:
    """The formatter of every handler."""
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=SHARED,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            strike_out_personal,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
    )


structlog.configure(
    processors=[*SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
    logger_factory=structlog.stdlib.LoggerFactory(),
    wrapper_class=structlog.stdlib.BoundLogger,
    cache_logger_on_first_use=True,
)
