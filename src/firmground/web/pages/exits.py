"""Exits: where each listed county and village stands, and what decides one of them, with its arithmetic."""

from typing import Any, cast

from django import forms
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from firmground.cases import possible, wording
from firmground.cases import queries as cases
from firmground.cases.models import Move
from firmground.common.errors import Refusal
from firmground.officers.acting import may
from firmground.officers.requests import OfficerRequest
from firmground.places import queries as places
from firmground.places.models import Listing, Place
from firmground.registry.declared import catalogue, label, word
from firmground.registry.models import OPEN, ExitSurvey
from firmground.supervision.exits import actions, queries
from firmground.supervision.exits.queries import CRITERIA, DESIGN_EFFECTS, Looked, Standing
from firmground.supervision.samples import queries as samples
from firmground.web.export import as_csv
from firmground.web.language import spoken
from firmground.web.pages import asked
from firmground.web.pages.issues import DAY
from firmground.web.pages.now import Now
from firmground.web.pages.places import crumbs
from firmground.web.pages.registers import part

ROWS = 60
LEVELS = {6: "county", 12: "village"}
KINDS_OF_SURVEY = {
    "kind": ("special_assessment", "spot_check", "own_check"),
    "conducted_by": ("third_party", "province", "prefecture", "county"),
}
SUMS_OF = {
    "wrong_exit_rate": ("exited_sampled", "wrong_exit_persons"),
    "missed_rate": ("non_registered_sampled", "missed_persons"),
    "approval_rate": ("households_surveyed", "households_approving"),
}
HEADINGS = ["place_code", "place", "listed_on", "basis", "delisted_on", "case", "stands_at"]


class SurveyForm(forms.Form):
    """The sums of a survey; the fields are the register's, in its words."""

    surveyed_on = forms.DateField(widget=DAY)
    kind = forms.ChoiceField()
    conducted_by = forms.ChoiceField(required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields, language = cast("dict[str, Any]", self.fields), spoken()
        for name in actions.SUMS:
            fields[name] = forms.IntegerField(required=False, min_value=0, max_value=10_000_000)
        for name, field in fields.items():
            field.label = label(f"exit_survey.{name}", language)
        for name, codes in KINDS_OF_SURVEY.items():
            fields[name].choices = [(code, word(f"exit_survey.{name}", code, language)) for code in codes]


def exits(request: OfficerRequest) -> HttpResponseBase:
    level = asked.choice(request, "level", CRITERIA) or "county"
    place = asked.place(request)
    now = Now.read(request.eyes)
    rows = queries.standings(now.screening, level, place, seen_by=request.eyes)
    if asked.wants_csv(request):
        actions.export(places=len(rows), level=level, by=request.office)
        headings = [*HEADINGS, *CRITERIA[level]]
        return as_csv(f"exits-{level}", headings, [_cells(row) for row in _described(rows)])
    page = Paginator(rows, ROWS).get_page(request.GET.get("page"))
    path = places.path(place)
    return render(
        request,
        "web/exits.html",
        {
            "screening": now.screening,
            "place_name": path[-1].name(spoken()) if path else gettext("All listed places"),
            "level": level,
            "levels": [("county", gettext("Counties")), ("village", gettext("Villages"))],
            "criteria": [now.title(name) for name in CRITERIA[level]],
            "held": [now.title(name) for name in now.held if name in CRITERIA[level]],
            "page": page,
            "rows": _described(list(page.object_list)),
            "still": sum(row.listing.delisted_on is None for row in rows),
        },
    )


@require_http_methods(["GET", "POST"])
def exit_(request: OfficerRequest, code: str) -> HttpResponse:
    level = LEVELS[len(code)]
    place = Place.objects.filter(code=code).first()
    if place is None or not request.eyes.territory.covers(code):
        raise Http404
    effect = float(asked.choice(request, "effect", [str(each) for each in DESIGN_EFFECTS]) or 1)
    of_place = list(cases.of_subject(level, code, seen_by=request.eyes))
    exit_case = next((case for case in of_place if case.procedure == queries.PROCEDURES[level]), None)
    enters = level == "county" and may(request.office, "registry.load") and request.office.reach.covers(code)
    told = _told(request, code) if enters else []
    form = SurveyForm(request.POST or None, initial=_sums(told)) if enters else None
    if request.method == "POST" and form is None:
        raise Http404
    if request.method == "POST" and form is not None and form.is_valid():
        try:
            actions.enter_survey(county=code, said=form.cleaned_data, by=request.office)
            return redirect("exit", code)
        except Refusal as refusal:
            form.add_error(None, str(refusal))
    decided = _decision(exit_case.pk) if exit_case else None
    on = decided.on if decided else timezone.localdate()
    looked = queries.looked_at(level, code, on, decided.at if decided else None, effect)
    surveys = list(ExitSurvey.objects.filter(OPEN, place_code=code).order_by("-surveyed_on"))
    return render(
        request,
        "web/exit.html",
        {
            "crumbs": crumbs(places.path(code)),
            "place": place,
            "name": place.name(spoken()),
            "level": level,
            "on": on,
            "decided": decided,
            "listings": list(Listing.objects.filter(place_code=code).order_by("listed_on")),
            **(_arithmetic(level, looked) if looked else {}),
            "effect": effect,
            "effects": DESIGN_EFFECTS,
            "surveys": part("exit_survey", surveys) if surveys else None,
            "cases": wording.lines(of_place, timezone.localdate()),
            "may_open": may(request.office, "cases.open")
            and request.office.reach.covers(code)
            and bool(possible.ways(request.office, level)),
            "number": code,
            "form": form,
            "told": told,
        },
        status=400 if form is not None and form.errors else 200,
    )


def _told(request: OfficerRequest, code: str) -> list[tuple[samples.Draw, list[samples.Rate]]]:
    """What the last draws of a county's exited and unregistered households say so far."""
    rows = [samples.latest(code, of, seen_by=request.eyes) for of in samples.RATES]
    return [(row, samples.rates(row, row.answers.all())) for row in rows if row is not None]


def _sums(told: list[tuple[samples.Draw, list[samples.Rate]]]) -> dict[str, Any]:
    """The sums of a survey that draws say already, to begin its form with."""
    sums: dict[str, Any] = {"surveyed_on": timezone.localdate()}
    for rate in (each for _, rates in told for each in rates):
        asked, found = SUMS_OF[rate.name]
        sums[asked], sums[found] = sums.get(asked, 0) + rate.asked, sums.get(found, 0) + rate.found
    return sums


def _decision(case: int) -> Move | None:
    """The approval of a case that ended in an exit: what was known then is what it is shown by, years later too."""
    approved = Move.objects.filter(case=case, step="approval", outcome="approved", case__at="exited")
    return approved.order_by("position").last()


def _described(rows: list[Standing]) -> list[dict[str, Any]]:
    codes = [row.listing.place_code for row in rows]
    names = {each.code: each.name(spoken()) for each in Place.objects.filter(code__in=codes)}
    lines = {line.case.pk: line for line in wording.lines([row.case for row in rows if row.case], timezone.localdate())}
    return [
        {
            "row": row,
            "code": row.listing.place_code,
            "name": names.get(row.listing.place_code, row.listing.place_code),
            "line": lines.get(row.case.pk) if row.case else None,
            "verdicts": list(row.verdicts.values()),
        }
        for row in rows
    ]


def _cells(said: dict[str, Any]) -> list[Any]:
    row: Standing = said["row"]
    case = [row.case.pk, row.case.at] if row.case else [None, None]
    listing = row.listing
    return [said["code"], said["name"], listing.listed_on, listing.basis, listing.delisted_on, *case, *said["verdicts"]]


def _arithmetic(level: str, looked: Looked) -> dict[str, Any]:
    """The facts, the criteria and the interval as rows of a page."""
    declared, language = catalogue(), spoken()
    facts = declared.tables[level].facts
    shown = [name for name in facts if not name.startswith("spot") and name != "clinic_minutes"]
    return {
        "facts": [
            {
                "label": label(f"{level}.{name}", language),
                "value": looked.values[name],
                "share": facts[name].unit == "share",
            }
            for name in shown
            if facts[name].type in ("int", "decimal", "date")
        ],
        "judged": [
            {
                "name": name,
                "title": declared.standards[name].title.get(language) or declared.standards[name].title["en"],
                "verdict": judgement.verdict,
                "values": [
                    (label(f"{level}.{key}", language) if key in facts else _parameter(key), value)
                    for key, value in judgement.evidence.items()
                ],
            }
            for name, judgement in looked.judged.items()
        ],
        "sampled": [{"label": label(f"{level}.{each.name}", language), "of": each} for each in looked.sampled],
        "looked": looked,
    }


def _parameter(name: str) -> str:
    declared = catalogue().parameters.get(name)
    return (declared.title.get(spoken()) or declared.title["en"]) if declared else name
