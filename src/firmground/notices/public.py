"""The public pages: boards, notices, print, objections. Anybody may read them, without signing in or script."""

from collections.abc import Collection

import segno
from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_safe

from firmground.common.errors import Refusal
from firmground.notices import actions, kinds, queries
from firmground.notices.forms import ObjectionForm
from firmground.notices.limits import TooMany, address_of, sender_of, small
from firmground.notices.models import Notice
from firmground.notices.paper import as_it_hangs, described, language, said, today, with_names
from firmground.officers.machine import machine
from firmground.places.models import Place
from firmground.places.queries import path as path_of
from firmground.places.search import named

ROWS_OF_A_PAGE = 50
MOST_PLACES = 20


@login_not_required
@require_safe
def notices(request: HttpRequest) -> HttpResponse:
    """Every notice: by place, by kind, those that hang and those of the past."""
    sought = " ".join(request.GET.get("place", "").split())[:100]
    kind = _choice(request, "kind", kinds.kinds())
    standing = _choice(request, "standing", queries.STANDINGS) or "hanging"
    places = _places(sought)
    chosen = places[0] if len(places) == 1 else None
    known = chosen is not None or not sought
    rows = queries.found(chosen.code if chosen else "", kind=kind, standing=standing, on=today())
    page = Paginator(rows if known else rows.none(), ROWS_OF_A_PAGE).get_page(request.GET.get("page"))
    return render(
        request,
        "notices/notices.html",
        {
            "page": page,
            "notices": described(list(page)),
            "place": chosen,
            "place_name": chosen.name(language()) if chosen else "",
            "sought": sought,
            "candidates": with_names(places) if len(places) > 1 else [],
            "not_found": bool(sought) and not places,
            "kinds": sorted((said(each.title), each.id) for each in kinds.kinds().values()),
            "kind": kind,
            "standing": standing,
            "standings": queries.STANDINGS,
        },
    )


@login_not_required
@require_safe
def board(request: HttpRequest, code: str) -> HttpResponse:
    """The board of one place: what hangs, what hung, and the boards below it."""
    place = get_object_or_404(Place, code=code)
    rows = queries.board_of(code, today())
    page = Paginator(rows, ROWS_OF_A_PAGE).get_page(request.GET.get("page"))
    shown = described(list(page))
    below = queries.found(code, standing="hanging", on=today()).exclude(place_code=code).count()
    return render(
        request,
        "notices/board.html",
        {
            "place": place,
            "name": place.name(language()),
            "path": with_names(path_of(code)[:-1]),
            "page": page,
            "hanging": [notice for notice in shown if notice.now == "hanging"],
            "past": [notice for notice in shown if notice.now != "hanging"],
            "below": below,
            "telephone": queries.telephone_of(code),
        },
    )


@login_not_required
@require_safe
def notice(request: HttpRequest, number: int) -> HttpResponse:
    """One notice as it hangs, and the form for an objection."""
    return _notice(request, _find(number), ObjectionForm())


@login_not_required
@require_safe
def printed(request: HttpRequest, number: int) -> HttpResponse:
    """The notice for the board: A4, large, with a code that leads to its page."""
    found = _find(number)
    address = request.build_absolute_uri(reverse("notices:notice", args=[number]))
    code = segno.make(address, error="m").svg_inline(scale=4, border=2, omitsize=True)
    return render(request, "notices/printed.html", {**as_it_hangs(found), "address": address, "code": code})


@login_not_required
@small
@require_http_methods(["GET", "POST"])
def object_to(request: HttpRequest, number: int) -> HttpResponse:
    """Take an objection from anybody. Whoever comes here without one is sent to the notice."""
    found = _find(number)
    if request.method != "POST" or not found.takes_objections(today()):
        return redirect("notices:notice", number)
    form = ObjectionForm(request.POST)
    status = 400
    if form.is_valid():
        try:
            made = actions.object_to(
                notice=found,
                text=form.cleaned_data["text"],
                contact=form.cleaned_data["contact"],
                sender=sender_of(address_of(request), today()),
                by=machine(),
            )
            return redirect("notices:received", made.receipt)
        except TooMany as reason:
            form.add_error(None, str(reason))
            status = 429
        except Refusal as reason:
            form.add_error(None, str(reason))
    return _notice(request, found, form, status)


@login_not_required
@require_safe
def received(request: HttpRequest, receipt: str) -> HttpResponse:
    """What became of an objection, for whoever holds its receipt."""
    found = queries.by_receipt(receipt)
    if found is None:
        raise Http404
    response = render(
        request,
        "notices/received.html",
        {
            "objection": found,
            "notice": described([found.notice])[0],
            "telephone": queries.telephone_of(found.place_code),
            "address": request.build_absolute_uri(request.path),
        },
    )
    response["Cache-Control"] = "no-store"
    response["X-Robots-Tag"] = "noindex"
    return response


def _notice(request: HttpRequest, found: Notice, form: ObjectionForm, status: int = 200) -> HttpResponse:
    office = getattr(request, "office", None)
    context = {
        **as_it_hangs(found),
        "form": form,
        "may_keep": office is not None and office.reach.covers(found.place_code),
    }
    return render(request, "notices/notice.html", context, status=status)


def _find(number: int) -> Notice:
    return get_object_or_404(Notice.objects.select_related("posted_by", "corrected_by"), pk=number)


def _places(sought: str) -> list[Place]:
    """The places that were meant: one by its code, else those of that name."""
    if not sought:
        return []
    exact = Place.objects.filter(code=sought).first() if sought.isascii() and sought.isdigit() else None
    return [exact] if exact else named(sought, MOST_PLACES)


def _choice(request: HttpRequest, key: str, allowed: Collection[str]) -> str:
    value = request.GET.get(key, "")
    if value and value not in allowed:
        told = {"key": key, "value": value, "allowed": ", ".join(sorted(allowed))}
        raise Refusal(
            gettext("“%(key)s=%(value)s” in the address is not understood; it may be one of: %(allowed)s.") % told
        )
    return value
