"""Standards, as the catalogue in force declares them."""

from datetime import date
from typing import Annotated, Any

from django.http import Http404
from ninja import Router, Schema
from pydantic import Field

from firmground.api.door import TokenNeeded
from firmground.api.errors import ERRORS
from firmground.api.records import Word
from firmground.engines.standards.declared import Standard
from firmground.officers.requests import OfficerRequest
from firmground.registry.declared import catalogue

router = Router(tags=["standards"], auth=TokenNeeded())

Words = Annotated[dict[str, str], Field(description="By language: en, zh")]


class StandardOut(Schema):
    id: str
    title: Words
    task: int | None
    about: str
    law: Words
    holds_from: date
    holds_to: date | None
    among: str
    met_when: str
    why: Words
    owner: str
    answer_within_days: int | None
    procedure: str
    screened: bool


@router.get("/standards", response={200: list[StandardOut], **ERRORS}, summary="Every standard")
def standards(request: OfficerRequest) -> Any:
    return [_said(each) for _, each in sorted(catalogue().standards.items())]


@router.get("/standards/{id}", response={200: StandardOut, **ERRORS}, summary="A standard")
def standard(request: OfficerRequest, id: Word) -> Any:
    found = catalogue().standards.get(id)
    if found is None:
        raise Http404
    return _said(found)


def _said(standard: Standard) -> dict[str, Any]:
    said = {name: getattr(standard, name) for name in StandardOut.model_fields}
    return {name: dict(value) if name in ("title", "law", "why") else value for name, value in said.items()}
