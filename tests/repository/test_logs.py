"""Logs never say about whom."""

import io
import json
import logging

import pytest
import structlog
from django.apps import apps
from django.conf import settings

from firmground.common import logs


def test_statements_and_their_parameters_are_not_logged() -> None:
    configured = settings.LOGGING["loggers"]
    assert configured["django.db.backends"] == {"level": "WARNING", "propagate": False}
    assert not logging.getLogger("django.db.backends").isEnabledFor(logging.DEBUG)
    assert settings.DEBUG is False


def test_every_handler_strikes_out_personal_data() -> None:
    assert {handler["formatter"] for handler in settings.LOGGING["handlers"].values()} == {"line"}
    assert settings.LOGGING["formatters"]["line"] == {"()": "firmground.common.logs.line"}


@pytest.mark.parametrize("key", ["name", "id_number", "phone", "bank_account", "household_id", "evidence"])
def test_a_key_that_may_hold_personal_data_is_struck_out(key: str) -> None:
    line = _logged(lambda log: log.info("a slip", **{key: "990101199001010011", "rows": 3}))
    said = json.loads(line)
    assert said[key] == "struck out"
    assert said["rows"] == 3
    assert "990101199001010011" not in line


def test_every_personal_field_of_a_person_is_on_the_list() -> None:
    for model in apps.get_models():
        for field, privacy in getattr(model, "privacy", {}).items():
            if privacy == "sensitive" and field in ("id_number", "bank_account", "evidence"):
                assert field in logs.PERSONAL


def _logged(write) -> str:  # type: ignore[no-untyped-def]
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logs.line())
    logger = logging.getLogger("firmground.tests")
    logger.addHandler(handler)
    logger.propagate = False
    try:
        write(structlog.get_logger("firmground.tests"))
    finally:
        logger.removeHandler(handler)
        logger.propagate = True
    return stream.getvalue().strip()
