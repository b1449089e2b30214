"""Every mistake in one shape: {"error": {"sentence": …, "fields": {name: [sentence, …]}}}."""

from collections.abc import Mapping

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext
from ninja import NinjaAPI, Schema
from ninja.errors import HttpError, ValidationError

from firmground.api.door import as_json, fault
from firmground.cases.actions import StepRefused
from firmground.common.errors import Refusal
from firmground.notices.limits import TooMany


class Said(Schema):
    sentence: str
    fields: dict[str, list[str]] | None = None


class Error(Schema):
    """What went wrong: a sentence, and where it lies in what was sent."""

    error: Said


ERRORS = {frozenset({400, 401, 403, 404, 409, 413, 422, 429, 500}): Error}


def refuse(
    request: HttpRequest, status: int, sentence: str, fields: Mapping[str, list[str]] | None = None
) -> HttpResponse:
    return as_json({"error": {"sentence": sentence, **({"fields": dict(fields)} if fields else {})}}, status)


def handled_by(api: NinjaAPI) -> None:
    """Have every exception of an API answered in this shape."""

    @api.exception_handler(Http404)
    def not_found(request: HttpRequest, error: Http404) -> HttpResponse:
        return refuse(request, 404, str(error) or gettext("There is nothing here within your territory."))

    @api.exception_handler(StepRefused)
    def step_refused(request: HttpRequest, error: StepRefused) -> HttpResponse:
        fields = {f"answers.{form}.{name}": list(map(str, said))
                  for form, errors in error.errors.items() for name, said in errors.items()}  # fmt: skip
        return refuse(request, 422 if fields else 409, str(error), fields)

    @api.exception_handler(Refusal)
    def refused(request: HttpRequest, error: Refusal) -> HttpResponse:
        return refuse(request, 422, str(error))

    @api.exception_handler(TooMany)
    def too_many(request: HttpRequest, error: TooMany) -> HttpResponse:
        return refuse(request, 429, str(error))

    @api.exception_handler(ValidationError)
    def not_valid(request: HttpRequest, error: ValidationError) -> HttpResponse:
        return refuse(request, 422, gettext("What was sent is not as the document says: see the fields."), wrong(error))

    @api.exception_handler(HttpError)
    def http_error(request: HttpRequest, error: HttpError) -> HttpResponse:
        if error.status_code == 401:
            return refuse(request, 401, gettext("Show a token: Authorization: Bearer …"))
        sentence = str(error.__cause__) if isinstance(error.__cause__, Refusal) else str(error)
        return refuse(request, error.status_code, sentence)

    @api.exception_handler(Exception)
    def failed(request: HttpRequest, error: Exception) -> HttpResponse:
        return refuse(request, 500, fault(request, error))


def wrong(error: ValidationError) -> dict[str, list[str]]:
    """What is wrong in which field; the value itself is not said back."""
    fields: dict[str, list[str]] = {}
    for each in error.errors:
        where = [str(part) for part in each["loc"] if part not in ("body", "said", "query", "path")]
        fields.setdefault(".".join(where) or "body", []).append(each["msg"])
    return fields
