"""Whatever the documents allow, and what they do not: no answer is a fault of ours, every answer is as documented.

FIRMGROUND_EXAMPLES says how many examples of each address and role are tried (3 where it is not set).
"""

import os
from collections.abc import Callable
from io import BytesIO
from types import SimpleNamespace
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, Verbosity, given, settings
from requests.adapters import HTTPAdapter
from schemathesis import GenerationMode
from urllib3 import HTTPResponse

from firmground.api.dci.registry import document as registry
from firmground.api.v1 import document as api
from firmground.officers import tokens
from tests.rooms.api.conftest import Program

EXAMPLES = int(os.environ.get("FIRMGROUND_EXAMPLES", "3"))
ROLES = ("mei", "zhou", "admin_lin", "tax")
OPERATIONS = [
    (document, f"{method.upper()} {path}")
    for document in (api, registry)
    for path, methods in document()["paths"].items()
    for method in methods
]


def operation(document: Callable[[], dict[str, Any]], label: str) -> Any:
    schema = schemathesis.openapi.from_dict(document())
    return next(each.ok() for each in schema.get_all_operations() if each.ok().label == label)


@pytest.mark.parametrize(("document", "label"), OPERATIONS, ids=[label for _, label in OPERATIONS])
def test_no_request_is_answered_with_a_fault(
    document: Callable[[], dict[str, Any]],
    label: str,
    ask: Callable[[str], Program],
    village: SimpleNamespace,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(tokens, "A_MINUTE", 10**6)
    programs = [ask(name) for name in ROLES]
    asked = operation(document, label)

    @settings(
        max_examples=EXAMPLES,
        database=None,
        deadline=None,
        derandomize=EXAMPLES <= 3,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
        verbosity=Verbosity.quiet,
    )
    @given(
        case=asked.as_strategy(generation_mode=GenerationMode.POSITIVE)
        | asked.as_strategy(generation_mode=GenerationMode.NEGATIVE)
    )
    def every(case: Any) -> None:
        for program in programs:
            answer = sent(program, case)
            said = answer.text[:500]
            assert answer.status_code < 500, f"{case.method} {answer.request.url}: {said}"
            assert answer.headers["Content-Type"].startswith("application/json")
            if answer.status_code >= 400:
                assert answer.json().get("error", {}).get("sentence") or answer.json().get("errors"), said
            if document is api:  # the registry's answers are held against the published schema in test_registry.py
                asked.validate_response(answer)

    every()


def sent(program: Program, case: Any) -> requests.Response:
    """Send a case with the test client, within the transaction of the test; the answer as the checks want it."""
    kwargs = case.as_transport_kwargs(base_url="http://testserver")
    names = ("method", "url", "params", "json", "data")
    said = requests.Request(**{name: kwargs.get(name) for name in names}).prepare()
    body = said.body.encode() if isinstance(said.body, str) else said.body or b""
    kind = said.headers.get("Content-Type", "application/json")
    got = program.generic(str(said.method), said.path_url, body, content_type=kind)
    raw = HTTPResponse(BytesIO(got.content), dict(got.headers), got.status_code, preload_content=False)
    return HTTPAdapter().build_response(said, raw)  # type: ignore[no-any-return]
