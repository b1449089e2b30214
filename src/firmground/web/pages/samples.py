"""Draws of households: drawing, the list to take along, and what came of each household, entered at its door."""

from typing import Any

from django import forms
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from firmground.common.errors import Refusal
from firmground.engines.sampling.draws import rank
from firmground.officers.acting import may
from firmground.officers.requests import OfficerRequest
from firmground.places import queries as places
from firmground.places.models import Place
from firmground.registry.declared import label
from firmground.registry.models import OPEN, Household
from firmground.supervision.samples import actions, queries
from firmground.supervision.samples.models import Answer, Draw
from firmground.web.export import as_csv
from firmground.web.language import spoken
from firmground.web.pages import asked
from firmground.web.pages.case import reads_of
from firmground.web.pages.issues import DAY, in_territory
from firmground.web.pages.places import crumbs

HEADINGS = ["position", "household", "village_code", "weight", "rank", "outcome", "answered_on", "persons", "found",
            "approves"]  # fmt: skip
LIST_HEADINGS = ["household", "village_code", "rank", "drawn"]


def lists() -> dict[str, str]:
    """Which households may be drawn from."""
    return {
        "exited": gettext("exited households (wrong exits)"),
        "not_registered": gettext("households that are not registered (missed)"),
        "poor": gettext("poor households"),
        "all": gettext("every household of the register"),
    }


def designs() -> dict[str, str]:
    return {
        "by_village": gettext("in every village, by its size"),
        "in_two_stages": gettext("first villages, by their size; then as many households in each"),
    }


def outcomes() -> dict[str, str]:
    return {
        "seen": gettext("seen"),
        "away": gettext("nobody at home"),
        "refused": gettext("would not answer"),
        "gone": gettext("moved away or dissolved"),
    }


class DrawForm(forms.Form):
    place_code = forms.CharField(
        label=_("Place (code)"), max_length=12, widget=forms.TextInput(attrs={"list": "places", "inputmode": "numeric"})
    )
    of = forms.ChoiceField(label=_("Drawn from"))
    design = forms.ChoiceField(label=_("How it is drawn"), widget=forms.RadioSelect)
    villages = forms.IntegerField(label=_("Villages, if villages are drawn first"), required=False, min_value=1)
    households = forms.IntegerField(
        label=_("Households"), min_value=1, max_value=actions.MOST_HOUSEHOLDS,
        help_text=_("In all; if villages are drawn first, in each village."),
    )  # fmt: skip
    hidden_until = forms.DateField(
        label=_("Hidden from the place until"), required=False, widget=DAY,
        help_text=_("For an unannounced visit: its day. Left empty, the place may know it at once."),
    )  # fmt: skip
    seed = forms.CharField(
        label=_("Seed"), required=False, max_length=64,
        help_text=_("What was said in public, as the numbers of a lottery. Left empty, chance makes one."),
    )  # fmt: skip
    why = forms.CharField(label=_("Why, if this list was drawn from before"), required=False, max_length=300)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: Any = self.fields
        fields["of"].choices, fields["design"].choices = list(lists().items()), list(designs().items())


class AnswerForm(forms.Form):
    outcome = forms.ChoiceField(label=_("The household was"), widget=forms.RadioSelect)
    answered_on = forms.DateField(label=_("On"), widget=DAY)
    persons = forms.IntegerField(label=_("Persons it was asked about"), required=False, min_value=1, max_value=50)
    found = forms.IntegerField(required=False, min_value=0, max_value=50)
    approves = forms.ChoiceField(label=_("The household approves"), required=False)
    note = forms.CharField(
        label=_("What was seen"), required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 3})
    )

    def __init__(self, draw: Draw, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: Any = self.fields
        fields["outcome"].choices = list(outcomes().items())
        fields["approves"].choices = [("", gettext("not asked")), ("yes", gettext("yes")), ("no", gettext("no"))]
        if draw.of in queries.RATES:
            fields["found"].label = _found_label(draw)
        else:
            del fields["found"], fields["persons"]

    def clean_approves(self) -> bool | None:
        return {"yes": True, "no": False}.get(self.cleaned_data["approves"])


@require_http_methods(["GET", "POST"])
def draws(request: OfficerRequest) -> HttpResponse:
    """Every draw of a territory, with its seed and why it was repeated; the form to draw."""
    place = asked.place(request)
    form = DrawForm(request.POST or None, initial={"place_code": place, "design": "by_village"})
    if request.method == "POST" and form.is_valid():
        try:
            return redirect("sample", actions.draw(by=request.office, **form.cleaned_data).pk)
        except Refusal as refusal:
            form.add_error(None, str(refusal))
    page = asked.page(request, queries.draws(seen_by=request.eyes).filter(place_code__startswith=place).defer("drawn"))
    return render(
        request,
        "web/samples.html",
        {
            "page": page,
            "draws": _described(list(page)),
            "form": form if may(request.office, "samples.draw") else None,
            "datalist": in_territory(request.office),
        },
        status=400 if form.errors else 200,
    )


def draw(request: OfficerRequest, number: int) -> HttpResponseBase:
    """A draw: how it was made and how anybody repeats it, the households to go to, and what they say so far."""
    row = _draw(request, number)
    homes, answers = queries.listed(row), {each.household_id: each for each in row.answers.all()}
    if (what := asked.choice(request, "export", ["csv", "list"])) and may(request.office, "samples.export"):
        return _exported(request, row, what, answers)
    heads = dict(
        Household.objects.filter(OPEN, household_id__in=[each.household for each in homes]).values_list(
            "household_id", "head"
        )
    )
    names = _names({each.village for each in homes})
    words = outcomes()
    rates = queries.rates(row, answers.values())
    return render(
        request,
        "web/sample.html",
        {
            "draw": _described([row])[0],
            "crumbs": crumbs(places.path(row.place_code)),
            "homes": [
                (
                    n,
                    each,
                    heads.get(each.household, ""),
                    names[each.village],
                    answer,
                    words[answer.outcome] if answer else "",
                )
                for n, each in enumerate(homes, start=1)
                for answer in [answers.get(each.household)]
            ],
            "villages": len({each.village for each in homes}),
            "answered": len(answers),
            "seen": sum(each.outcome == "seen" for each in answers.values()),
            "rates": [(label(f"county.{each.name}", spoken()), each) for each in rates],
            "repeated": queries.repeated(row) if asked.choice(request, "repeat", ["yes"]) else None,
            "others": _described(list(_same_list(request, row))),
            "may_answer": may(request.office, "samples.answer") and row.drawn_from.startswith(request.office.territory),
            "may_export": may(request.office, "samples.export"),
            "reads": reads_of(request.office, row.place_code),
        },
    )


@require_http_methods(["GET", "POST"])
def home(request: OfficerRequest, number: int, position: int) -> HttpResponse:
    """One household drawn, at its door: what came of it. Made for a phone; what is typed is kept there until sent."""
    row = _draw(request, number)
    if not 1 <= position <= len(row.drawn) or not may(request.office, "samples.answer"):
        raise Http404
    each = queries.listed(row)[position - 1]
    known = Answer.objects.filter(draw=row, household_id=each.household).first()
    given: dict[str, Any] = {"answered_on": timezone.localdate()}
    if known is not None:
        given = {name: getattr(known, name) for name in ("outcome", "answered_on", "persons", "found", "note")}
        given["approves"] = {True: "yes", False: "no", None: ""}[known.approves]
    form = AnswerForm(row, request.POST or None, initial=given)
    if request.method == "POST" and form.is_valid():
        try:
            actions.answer(draw=row, household_id=each.household, by=request.office, **form.cleaned_data)
            return redirect(f"{reverse('sample', args=[row.pk])}#n{position}")
        except Refusal as refusal:
            form.add_error(None, str(refusal))
    household = Household.objects.filter(OPEN, household_id=each.household).first()
    return render(
        request,
        "web/sample_home.html",
        {
            "draw": row,
            "position": position,
            "of": len(row.drawn),
            "home": each,
            "head": household.head if household else "",
            "village": _names({each.village})[each.village],
            "known": known,
            "form": form,
            "reads": reads_of(request.office, each.village),
        },
        status=400 if form.errors else 200,
    )


def _draw(request: OfficerRequest, number: int) -> Draw:
    row = queries.draw(number, seen_by=request.eyes)
    if row is None:
        raise Http404
    return row


def _same_list(request: OfficerRequest, row: Draw) -> Any:
    rows = queries.draws(seen_by=request.eyes).filter(place_code=row.place_code, of=row.of)
    return rows.exclude(pk=row.pk).defer("drawn")[:50]


def _exported(request: OfficerRequest, row: Draw, what: str, answers: dict[str, Answer]) -> HttpResponseBase:
    """The draw, or the whole list that it was drawn from, for whoever repeats it."""
    homes = queries.listed(row)
    if what == "csv":
        actions.export(draw=row.pk, what="draw", rows=len(homes), by=request.office)
        lines = []
        for n, each in enumerate(homes, start=1):
            came = answers.get(each.household)
            said = [getattr(came, name, None) for name in HEADINGS[5:]]
            lines.append([n, each.household, each.village, each.weight, rank(row.seed, each.household), *said])
        return as_csv(f"draw-{row.pk}", HEADINGS, [[str(cell) if cell is not None else "" for cell in line]
                                                   for line in lines])  # fmt: skip
    frame = queries.frame(row.place_code, row.of, row.drawn_at)
    actions.export(draw=row.pk, what="list", rows=len(frame), by=request.office)
    drawn = {each.household for each in homes}
    return as_csv(
        f"draw-{row.pk}-list",
        LIST_HEADINGS,
        ([number, village, rank(row.seed, number), int(number in drawn)] for number, village in frame),
    )


def _found_label(draw: Draw) -> str:
    return gettext("Of these, wrongly exited") if draw.of == "exited" else gettext("Of these, missed")


def _described(rows: list[Draw]) -> list[Any]:
    names, of, how = _names({row.place_code for row in rows}), lists(), designs()
    found: list[Any] = rows
    for row in found:
        row.place_name, row.of_word, row.design_word = names[row.place_code], of[row.of], how[row.design]
        row.still_hidden = row.hidden_until > timezone.localdate()
    return found


def _names(codes: set[str]) -> dict[str, str]:
    known = {each.code: each.name(spoken()) for each in Place.objects.filter(code__in=codes)}
    return {code: known.get(code, code) for code in codes}
