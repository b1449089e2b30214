"""The API of Firmground itself, version 1, and its document."""

from functools import cache
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe
from ninja import NinjaAPI

from firmground.api import cases, errors, findings, households, me, notices, places, standards
from firmground.api.door import CarefulParser, as_json

ROOT = "/api/v1/"

api = NinjaAPI(
    title="Firmground",
    version="1",
    description="Findings, households, cases and notices, as far as the office reaches whose token is shown.",
    urls_namespace="api",
    openapi_url=None,
    docs_url=None,
    parser=CarefulParser(),
)
errors.handled_by(api)
for module in (me, places, standards, findings, households, cases, notices):
    api.add_router("", module.router)


@cache
def document() -> dict[str, Any]:
    """What the API is, in OpenAPI."""
    return dict(api.get_openapi_schema(path_prefix=ROOT))


@require_safe
def openapi(request: HttpRequest) -> HttpResponse:
    return as_json(document())


@require_safe
def docs(request: HttpRequest) -> HttpResponse:
    """The document as a page to read; it needs no script."""
    operations = [
        {"method": method.upper(), "path": path, "open": not said.get("security"), "said": said,
         "asks": _asked(said), "answers": _schema_of(said["responses"])}
        for path, methods in document()["paths"].items()
        for method, said in methods.items()
    ]  # fmt: skip
    schemas = {
        name: {"about": said.get("description", ""), "fields": _fields(said)}
        for name, said in sorted(document()["components"]["schemas"].items())
        if "enum" not in said
    }
    return render(request, "api/docs.html", {"operations": operations, "schemas": schemas})


def _asked(operation: dict[str, Any]) -> list[tuple[str, str, str]]:
    """(name, type, what it means) of the parameters, and the schema of the body."""
    parameters = operation["parameters"]
    found = [(each["name"], _type(each["schema"]), each["schema"].get("description", "")) for each in parameters]
    if body := operation.get("requestBody"):
        found.append(("body", _type(body["content"]["application/json"]["schema"]), ""))
    return found


def _schema_of(responses: dict[Any, Any]) -> str:
    first = next(said for status, said in responses.items() if str(status).startswith("2"))
    return _type(first["content"]["application/json"]["schema"])


def _fields(schema: dict[str, Any]) -> list[tuple[str, str, str]]:
    return [(name, _type(said), said.get("description", "")) for name, said in schema.get("properties", {}).items()]


def _type(schema: dict[str, Any]) -> str:
    """A schema in a few letters: text, list of CaseOut, number or nothing."""
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    for several in ("anyOf", "allOf"):
        if several in schema:
            return " | ".join(_type(each) for each in schema[several])
    if schema.get("type") == "array":
        return f"[{_type(schema['items'])}]"
    if "enum" in schema:
        return " | ".join(map(str, schema["enum"]))
    if schema.get("type") == "object" and isinstance(schema.get("additionalProperties"), dict):
        return f"{{… : {_type(schema['additionalProperties'])}}}"
    return str(schema.get("format") or schema.get("type", "any"))
