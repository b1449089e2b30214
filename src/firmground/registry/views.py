"""Hand a file in, and see what became of it. Without JavaScript: the page of a load reloads itself until it is done."""

import uuid
from pathlib import Path

from django.conf import settings
from django.db.models import QuerySet
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import get_language, gettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from firmground.officers.requests import OfficerRequest
from firmground.registry import actions
from firmground.registry.models import REGISTERS, Upload

MEGABYTE = 1024 * 1024
LARGEST_UPLOAD = 200 * MEGABYTE
RECENT = 20


def in_sight(request: OfficerRequest) -> QuerySet[Upload]:
    """What was handed in within the reader's territory."""
    return Upload.objects.filter(request.officer.territory.q("place_code"))


@require_http_methods(["GET", "POST"])
def upload(request: OfficerRequest) -> HttpResponse:
    """The form, and the files handed in lately."""
    problem = ""
    if request.method == "POST":
        # Looked at before the body is read: a file that is too large does not fill the disk first.
        if int(request.META.get("CONTENT_LENGTH") or 0) > LARGEST_UPLOAD:
            problem = gettext("The file is larger than %(size)s MB. Split it, or load it with “firmground load”.") % {
                "size": LARGEST_UPLOAD // MEGABYTE
            }
        elif (file := request.FILES.get("file")) is None:
            problem = gettext("Choose a file first.")
        else:
            handed_in = actions.hand_in(
                name=file.name or "file",
                content=file.chunks(),
                by=request.office,
                accept_good="accept_good" in request.POST,
                ignore_columns=[
                    line.strip() for line in request.POST.get("ignore_columns", "").splitlines() if line.strip()
                ],
            )
            return redirect("registry:uploaded", handed_in.pk)
    return render(
        request,
        "registry/upload.html",
        {"problem": problem, "uploads": in_sight(request)[:RECENT], "largest": LARGEST_UPLOAD // MEGABYTE},
        status=400 if problem else 200,
    )


@require_GET
def uploaded(request: OfficerRequest, number: uuid.UUID) -> HttpResponse:
    """What became of a file."""
    row = get_object_or_404(in_sight(request), pk=number)
    result = row.result or {}
    for table in result.get("tables", []):
        english, chinese = REGISTERS[table["table"]].TITLE
        table["title"] = chinese if (get_language() or "").startswith("zh") else english
    shown = len(result.get("refused", []))
    return render(
        request,
        "registry/uploaded.html",
        {
            "upload": row,
            "result": result,
            "waiting": row.status in (Upload.Status.WAITING, Upload.Status.RUNNING),
            "not_shown": max((table["refused"] for table in result.get("tables", [])), default=0) - shown,
        },
    )


@require_POST
def accept_good(request: OfficerRequest, number: uuid.UUID) -> HttpResponse:
    """Load the file once more, with its good rows."""
    get_object_or_404(in_sight(request), pk=number)
    actions.try_again(upload=number, by=request.office)
    return redirect("registry:uploaded", number)


@require_GET
def refused(request: OfficerRequest, number: uuid.UUID) -> FileResponse:
    """The file of refused rows."""
    row = get_object_or_404(in_sight(request), pk=number)
    if not row.reject_path:
        raise Http404
    file = Path(settings.FIRMGROUND_HOME) / row.reject_path
    return FileResponse(open(file, "rb"), as_attachment=True, filename=file.name)
