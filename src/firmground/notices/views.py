"""The pages of the offices: the boards of my places, objections and their answers."""

from typing import Any

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from firmground.common.errors import Refusal
from firmground.notices import actions, kinds, queries
from firmground.notices.forms import AnswerForm, CorrectionForm, HeardForm, ReasonForm, TelephoneForm
from firmground.notices.models import Notice, Objection
from firmground.notices.paper import as_it_hangs, described, language, said, today
from firmground.officers.acting import may
from firmground.officers.machine import machine
from firmground.officers.models import Role
from firmground.officers.requests import OfficerRequest

ROWS_OF_A_PAGE = 50
LOCAL = ("notices.take_down", "notices.withdraw", "notices.correct", "notices.answer", "notices.object",
         "notices.set_telephone")  # fmt: skip


@require_safe
def desk(request: OfficerRequest) -> HttpResponse:
    """The boards of my places: objections that wait, papers to take down, what hangs."""
    eyes = request.office.reach
    waiting, down = queries.waiting(eyes), queries.to_take_down(today(), eyes)
    page = Paginator(queries.hanging("", today(), eyes), ROWS_OF_A_PAGE).get_page(request.GET.get("page"))
    objections = list(waiting[:ROWS_OF_A_PAGE])
    papers = list(down[:ROWS_OF_A_PAGE])
    described([*page, *papers, *(each.notice for each in objections)])
    return render(
        request,
        "notices/desk.html",
        {
            **_may(request),
            "page": page,
            "objections": objections,
            "waiting": waiting.count(),
            "papers": papers,
            "to_take_down": down.count(),
            "telephone_form": TelephoneForm(initial={"place_code": request.office.territory}),
            "telephone": queries.telephone_of(request.office.territory),
        },
    )


@require_safe
def kept(request: OfficerRequest, number: int) -> HttpResponse:
    """A notice as its office keeps it: what was said against it, and what can be done with it."""
    return _kept(request, _mine(request, number))


@require_http_methods(["GET", "POST"])
def objection(request: OfficerRequest, number: int) -> HttpResponse:
    """One objection, and its answer."""
    rows = Objection.objects.select_related("notice__posted_by", "heard_by__officer", "answered_by__officer")
    found = get_object_or_404(rows, request.office.reach.q("place_code"), pk=number)
    form = AnswerForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            actions.answer(objection=found, text=form.cleaned_data["text"], by=request.office)
            return redirect("notices:objection", number)
        except Refusal as reason:
            form.add_error(None, str(reason))
    by_form = found.heard_by_id == machine().pk
    return render(
        request,
        "notices/objection.html",
        {
            **_may(request),
            "objection": found,
            "notice": described([found.notice])[0],
            "by_form": by_form,
            "contact": queries.contact_of(found),
            "in_the_village": request.office.role == Role.VILLAGE_WORKER,
            "put_up_by_me": found.notice.posted_by.officer_id == request.office.officer_id,
            "form": form,
        },
        status=400 if form.errors else 200,
    )


@require_POST
def heard(request: OfficerRequest, number: int) -> HttpResponse:
    """Write down an objection that was heard."""
    found, form = _mine(request, number), HeardForm(request.POST)
    if form.is_valid():
        try:
            made = actions.object_to(
                notice=found,
                text=form.cleaned_data["text"],
                contact=form.cleaned_data["contact"],
                heard_on=form.cleaned_data["heard_on"],
                by=request.office,
            )
            return redirect("notices:objection", made.pk)
        except Refusal as reason:
            form.add_error(None, str(reason))
    return _kept(request, found, heard_form=form)


@require_POST
def withdraw(request: OfficerRequest, number: int) -> HttpResponse:
    found, form = _mine(request, number), ReasonForm(request.POST)
    if form.is_valid():
        try:
            actions.withdraw(notice=found, by=request.office, why=form.cleaned_data["why"])
            return redirect("notices:kept", number)
        except Refusal as reason:
            form.add_error(None, str(reason))
    return _kept(request, found, reason_form=form)


@require_http_methods(["GET", "POST"])
def correct(request: OfficerRequest, number: int) -> HttpResponse:
    """Write the rows of a notice anew."""
    found = _mine(request, number)
    form = CorrectionForm(found, language(), request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = actions.correct(notice=found, rows=form.rows, by=request.office, why=form.cleaned_data["why"])
            return redirect("notices:kept", made.pk)
        except Refusal as reason:
            form.add_error(None, str(reason))
    headings = [said(kinds.column(name).label) for name in found.columns]
    told = {"notice": described([found])[0], "form": form, "headings": headings}
    return render(request, "notices/correct.html", told, status=400 if form.errors else 200)


@require_POST
def take_down(request: OfficerRequest, number: int) -> HttpResponse:
    actions.take_down(notice=_mine(request, number), by=request.office)
    return redirect("notices:desk")


@require_POST
def set_telephone(request: OfficerRequest) -> HttpResponse:
    form = TelephoneForm(request.POST)
    if not form.is_valid():
        raise Refusal(gettext("Write the code of a place and a telephone."))
    actions.set_telephone(**form.cleaned_data, by=request.office)
    return redirect("notices:desk")


def _kept(request: OfficerRequest, found: Notice, **forms: Any) -> HttpResponse:
    context = {
        **_may(request),
        **as_it_hangs(found),
        "objections": found.objected.all(),
        "heard_form": HeardForm(initial={"heard_on": today()}),
        "reason_form": ReasonForm(),
        **forms,
    }
    return render(request, "notices/kept.html", context, status=400 if forms else 200)


def _may(request: OfficerRequest) -> dict[str, bool]:
    """Which buttons to show: may_withdraw, may_answer, …"""
    return {f"may_{verb.partition('.')[2]}": may(request.office, verb) for verb in LOCAL}


def _mine(request: OfficerRequest, number: int) -> Notice:
    """A notice on a board of my territory; another one is not found here, though everybody may read it."""
    return get_object_or_404(Notice.objects.select_related("posted_by__officer"),
                             request.office.reach.q("place_code"), pk=number)  # fmt: skip
