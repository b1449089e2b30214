"""Listed supervision: who is or was listed, as of any day; and the list by rule, drawn again from a screening."""

from typing import Any

from django import forms
from django.db.models import Q
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from firmground.common.errors import Refusal
from firmground.engines.declarations import in_language
from firmground.findings import queries as findings
from firmground.findings.models import Screening
from firmground.officers.acting import may
from firmground.officers.requests import OfficerRequest
from firmground.places.models import DIGITS, Level, Listing, Place
from firmground.registry.declared import catalogue
from firmground.supervision.listing import actions, declared, queries
from firmground.supervision.listing.queries import Drawn
from firmground.web.export import as_csv
from firmground.web.language import spoken
from firmground.web.pages import asked

LEVELS = {"county": DIGITS[Level.COUNTY], "village": DIGITS[Level.VILLAGE]}
HEADINGS = ["place_code", "place", "listed_on", "basis", "act", "delisted_on", "delisting_act", "delist_reason"]
SHOWN = 200
"""Rows of each part of a drawn list that a page shows; the file has all."""


class ConfirmForm(forms.Form):
    act = forms.CharField(label=_("By which act"), max_length=300, help_text=_("Its number and title."))
    on = forms.DateField(label=_("From which day"), widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}))
    digest = forms.CharField(widget=forms.HiddenInput)
    screening = forms.IntegerField(widget=forms.HiddenInput)


def bases() -> dict[str, str]:
    """The grounds of listing in words."""
    return {
        "not_exited": gettext("county that has not exited"),
        "many_poor": gettext("many remaining poor"),
        "high_incidence": gettext("high incidence"),
    }


@require_safe
def listing(request: OfficerRequest) -> HttpResponseBase:
    """The listings in sight; `?on=` only those that stood on a day."""
    on, under = asked.day(request), asked.place(request)
    level, basis = asked.choice(request, "level", LEVELS), asked.choice(request, "basis", Listing.Basis.values)
    rows = queries.listings(on, seen_by=request.eyes).filter(place_code__startswith=under)
    if level:
        rows = rows.filter(place_code__length=LEVELS[level])
    if basis:
        rows = rows.filter(basis=basis)
    if sought := request.GET.get("q", "").strip():
        named = Place.objects.filter(Q(name_zh__icontains=sought) | Q(name_en__icontains=sought))
        rows = rows.filter(Q(place_code__startswith=sought) | Q(place_code__in=named.values("code")))
    if asked.wants_csv(request):
        chosen = {"place": under, "on": str(on or ""), "level": level, "basis": basis, "q": sought}
        actions.export(rows=rows.count(), chosen=chosen, by=request.office)
        return as_csv(f"listing-{on or timezone.localdate()}", HEADINGS, _cells(list(rows)))
    page, words = asked.page(request, rows), bases()
    names = _names({row.place_code for row in page.object_list})
    for row in page.object_list:
        row.name, row.ground = names.get(row.place_code, row.place_code), words[row.basis]
        row.stood = row.delisted_on is None or (on is not None and row.delisted_on > on)
    return render(
        request,
        "web/listing.html",
        {
            "page": page, "on": on, "under": under, "level": level, "basis": basis, "sought": sought,
            "levels": [("county", gettext("Counties")), ("village", gettext("Villages"))], "bases": words.items(),
            "still": rows.filter(delisted_on=None).count(), "by_rule": _rules(),
        },
    )  # fmt: skip


@require_http_methods(["GET", "POST"])
def redraw(request: OfficerRequest) -> HttpResponseBase:
    """Who would enter and leave the list by rule, by the last screening or `?screening=`; and its confirmation."""
    screenings = list(findings.screenings()[:20])
    number = asked.choice(request, "screening", [str(each.pk) for each in screenings])
    screening = next((each for each in screenings if str(each.pk) == number), screenings[0] if screenings else None)
    problem, form = "", ConfirmForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            actions.redraw(by=request.office, **form.cleaned_data)
            return redirect("listing")
        except Refusal as refusal:
            problem = str(refusal)
    context: dict[str, Any] = {"screening": screening, "screenings": screenings, "problem": problem, "rules": _rules()}
    if screening is not None:
        context |= _drawn(request, screening, form if problem or form.errors else None)
    return render(request, "web/listing_redraw.html", context, status=400 if request.method == "POST" else 200)


def _drawn(request: OfficerRequest, screening: Screening, form: ConfirmForm | None) -> dict[str, Any]:
    drawn, words = queries.redrawn(screening, seen_by=request.eyes), bases()
    parts = {"entering": drawn.entering, "leaving": drawn.leaving, "unknown": drawn.unknown, "staying": drawn.staying}
    names = _names({each.place_code for rows in parts.values() for each in rows[:SHOWN]})

    def row(each: Drawn) -> dict[str, Any]:
        grounds = [words[ground] for ground in each.grounds]
        return {"of": each, "name": names.get(each.place_code, each.place_code), "grounds": grounds}

    titles = {
        "entering": gettext("Would enter"),
        "leaving": gettext("Would leave"),
        "unknown": gettext("Nobody knows: they stay"),
        "staying": gettext("Stay"),
    }
    first = {"digest": drawn.digest, "screening": screening.pk, "on": timezone.localdate()}
    return {
        "parts": [(titles[key], len(rows), [row(each) for each in rows[:SHOWN]]) for key, rows in parts.items()],
        "held": [in_language(catalogue().standards[name].title, spoken()) for name in drawn.held],
        "changes": len(drawn.entering) + len(drawn.leaving),
        "form": (form or ConfirmForm(initial=first)) if may(request.office, "listing.redraw") else None,
    }


def _rules() -> list[dict[str, Any]]:
    """The standards that list, in words, with where the rule stands."""
    standards, words = catalogue().standards, bases()
    return [
        {
            "name": name,
            "why": in_language(standards[name].why, spoken()),
            "law": in_language(standards[name].law, spoken()),
            "ground": words[ground],
        }
        for name, ground in declared.in_force().items()
    ]


def _names(codes: set[str]) -> dict[str, str]:
    return {place.code: place.name(spoken()) for place in Place.objects.filter(code__in=codes)}


def _cells(rows: list[Listing]) -> list[list[Any]]:
    names = _names({row.place_code for row in rows})
    return [
        [
            row.place_code, names.get(row.place_code, ""), row.listed_on, row.basis, row.act, row.delisted_on or "",
            row.delisting_act, row.delist_reason,
        ]
        for row in rows
    ]  # fmt: skip
