"""Notices: open to all, as on the boards; and objections to them."""

from datetime import date
from typing import Annotated, Any, Literal

from django.http import Http404
from django.urls import reverse
from django.utils import timezone
from ninja import Router, Schema, Status
from pydantic import Field

from firmground.api.errors import ERRORS
from firmground.api.records import Code, Limit, Number, Word
from firmground.notices import actions, queries
from firmground.notices.limits import LONGEST_CONTACT, LONGEST_TEXT, address_of, sender_of
from firmground.notices.models import Notice
from firmground.officers.machine import machine
from firmground.officers.requests import OfficerRequest

router = Router(tags=["notices"], auth=None)


class NoticeOut(Schema):
    """A notice as it hangs; its words are by language, its rows have the columns of its kind."""

    id: int
    kind: str
    place_code: str
    board: str
    posted_on: date
    hangs_to: date
    standing: str
    title: dict[str, str]
    law: dict[str, str]
    says: dict[str, str]
    columns: list[str]
    rows: list[dict[str, Any]]
    objections: bool
    ended_on: date | None
    ended_why: str
    corrected_by: int | None


class ToObject(Schema):
    text: Annotated[str, Field(min_length=1, max_length=LONGEST_TEXT)]
    contact: Annotated[str, Field(max_length=LONGEST_CONTACT)] = ""


class Receipt(Schema):
    """Whoever holds the receipt reads the answer at its address."""

    receipt: str
    address: str


@router.get("/notices", response={200: list[NoticeOut], **ERRORS}, summary="Notices, the latest first")
def notices(
    request: OfficerRequest,
    place: Code = "",
    kind: Word | None = None,
    standing: Literal["hanging", "past", "all"] = "hanging",
    before: Number | None = None,
    limit: Limit = 100,
) -> Any:
    """No token is needed. Ask for the next page with the last id as `before`."""
    rows = queries.found(place, kind=kind or "", standing=standing, on=timezone.localdate()).order_by("-pk")
    return [_said(row) for row in (rows.filter(pk__lt=before) if before else rows)[:limit]]


@router.get("/notices/{number}", response={200: NoticeOut, **ERRORS}, summary="A notice")
def notice(request: OfficerRequest, number: Number) -> Any:
    return _said(_found(number))


@router.post("/notices/{number}/objections", response={201: Receipt, **ERRORS}, summary="Object to a notice")
def object_to(request: OfficerRequest, number: Number, said: ToObject) -> Any:
    """No token is needed: it is received as from the public form. With one, you write down what you heard."""
    today = timezone.localdate()
    sender = "" if request.office else sender_of(address_of(request), today)
    made = actions.object_to(
        notice=_found(number), text=said.text, contact=said.contact, sender=sender, by=request.office or machine()
    )
    address = request.build_absolute_uri(reverse("notices:received", args=[made.receipt]))
    return Status(201, {"receipt": made.receipt, "address": address})


def _found(number: int) -> Notice:
    found = queries.found(on=timezone.localdate()).filter(pk=number).first()
    if found is None:
        raise Http404
    return found


def _said(notice: Notice) -> dict[str, Any]:
    said = {name: getattr(notice, name) for name in NoticeOut.model_fields if name not in ("standing", "corrected_by")}
    return {**said, "standing": notice.standing(timezone.localdate()), "corrected_by": notice.corrected_by_id}
