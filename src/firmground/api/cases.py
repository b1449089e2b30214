"""Cases: which there are, what can be done in one, opening one, taking a step."""

import base64
import binascii
from datetime import date, datetime
from typing import Annotated, Any, Literal

from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext
from ninja import Router, Schema, Status
from pydantic import Field

from firmground.api.door import TokenNeeded
from firmground.api.errors import ERRORS
from firmground.api.findings import in_sight
from firmground.api.records import After, Code, Key, Limit, Number, Word, reads, shown
from firmground.cases import actions, declared, forms, possible, queries
from firmground.cases.attachments import Handed
from firmground.cases.models import Case, Move
from firmground.common.errors import Refusal
from firmground.engines.procedures.run import POSTED
from firmground.officers.requests import OfficerRequest

router = Router(tags=["cases"], auth=TokenNeeded())

OF_A_CASE = ("text", "opened_by", "opened_from")
Why = Annotated[str, Field(max_length=2000)]


class CaseOut(Schema):
    """A case, and where it stands."""

    id: int
    procedure: str
    about: str
    place_code: str
    channel: str
    opened_on: date
    at: str
    entered_on: date
    due_on: date | None
    whole_due_on: date | None
    late_after: date | None
    roles: list[str]
    risen_to: str
    closed_on: date | None
    moves_made: int
    subject_id: str | None = None
    standards: list[str] | None = None
    why: str | None = None


class MoveOut(Schema):
    """What was done. Answers of a class that your role does not read are left out."""

    position: int
    step: str
    outcome: str
    on: date
    at: datetime
    by: str
    shown: list[str]
    notice: int | None
    answers: dict[str, dict[str, Any]]
    why: str | None = None


class Choice(Schema):
    """A move that the procedure declares here: whether you can make it now, what it asks, and why not."""

    step: str
    outcome: str
    title: str
    leads_to: str
    allowed: bool
    why_not: str
    asks: list[str]


class WholeCase(CaseOut):
    moves: list[MoveOut]
    choices: list[Choice]


class ToOpen(Schema):
    procedure: Word
    subject_id: Key
    channel: Word
    why: Why = ""


class File(Schema):
    name: Annotated[str, Field(min_length=1, max_length=200)]
    content: Annotated[str, Field(description="base64")]


class ToTake(Schema):
    """A move. `after`: how many moves you had seen; it is refused if somebody else moved meanwhile."""

    step: Word
    outcome: Word
    why: Why = ""
    attested: Annotated[list[Word], Field(max_length=50)] = []
    answers: dict[Word, dict[Word, Any]] = {}
    files: dict[Word, Annotated[list[File], Field(max_length=10)]] = {}
    after: Annotated[int, Field(ge=0, le=2**31 - 1)]


@router.get("/cases", response={200: list[CaseOut], **ERRORS}, exclude_unset=True, summary="Cases, in the order of id")
def cases(
    request: OfficerRequest,
    place: Code = "",
    procedure: Word | None = None,
    state: Literal["open", "late", "closed"] | None = None,
    mine: bool = False,
    after: After = 0,
    limit: Limit = 100,
) -> Any:
    """The cases of your territory; `mine`: those that wait for your office."""
    in_sight(request, place)
    rows = queries.mine(request.office) if mine else queries.within(request.eyes)
    rows = queries.searched(rows, procedure=procedure or "", place=place, state=state or "", on=timezone.localdate())
    return [shown(case, request.office, OF_A_CASE) for case in rows.filter(pk__gt=after).order_by("pk")[:limit]]


@router.get("/cases/{number}", response={200: WholeCase, **ERRORS}, exclude_unset=True, summary="A case")
def case(request: OfficerRequest, number: Number) -> Any:
    return _whole(_found(request, number), request)


@router.post("/cases", response={201: WholeCase, **ERRORS}, exclude_unset=True, summary="Open a case")
def open_case(request: OfficerRequest, said: ToOpen) -> Any:
    made = actions.open_case(**said.dict(), by=request.office)
    return Status(201, _whole(made, request))


@router.post("/cases/{number}/moves", response={201: WholeCase, **ERRORS}, exclude_unset=True, summary="Take a step")
def take(request: OfficerRequest, number: Number, said: ToTake) -> Any:
    """Take a step of a case; outcome `posted` puts up the step's notice.

    409: it may not be made now; 422: answers are wrong, see the fields. Nothing has changed then.
    """
    found = _found(request, number)
    if said.outcome == POSTED and said.step == found.at:
        actions.post(case=number, by=request.office, why=said.why, after=said.after)
    else:
        actions.take(
            case=number,
            step=said.step,
            outcome=said.outcome,
            by=request.office,
            why=said.why,
            attested=said.attested,
            answers=said.answers,
            files={need: [_handed(file) for file in files] for need, files in said.files.items()},
            after=said.after,
        )
    return Status(201, _whole(_found(request, number), request))


def _found(request: OfficerRequest, number: int) -> Case:
    found = queries.one(number, seen_by=request.eyes)
    if found is None:
        raise Http404
    return found


def _whole(case: Case, request: OfficerRequest) -> dict[str, Any]:
    moves = queries.moves_of(case)
    run = declared.run_of(case, moves)
    return {
        **shown(case, request.office, OF_A_CASE),
        "moves": [_move(move, request) for move in moves],
        "choices": [
            {
                "step": each.step.id,
                "outcome": each.outcome,
                "title": each.title,
                "leads_to": each.leads_to,
                "allowed": each.allowed,
                "why_not": each.why_not,
                "asks": [need for need, _ in each.asks],
            }
            for each in possible.moves(case, run, request.office, timezone.localdate())
        ],
    }


def _move(move: Move, request: OfficerRequest) -> dict[str, Any]:
    """A move; of its answers those whose own class the role reads, which the form declares."""
    said = shown(move, request.office, ("id", "case", "office", "place_code", "answers"))
    answers = {}
    for name, form in forms.answered(move.asked).items():
        classes = {field.name: field.class_ for field in form.fields}
        answers[name] = {
            field: value for field, value in move.answers[name].items() if reads(request.office, classes[field])
        }
    return {**said, "by": move.office.role, "answers": answers}


def _handed(file: File) -> Handed:
    try:
        return Handed(file.name, base64.b64decode(file.content, validate=True))
    except (binascii.Error, ValueError):
        raise Refusal(gettext("%(file)s is not base64.") % {"file": file.name}) from None
