"""Battle plans: every listed place with its newest version, and one version beside the one before."""

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

from django import forms
from django.http import Http404
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from firmground.common.errors import Refusal
from firmground.engines.declarations import in_language
from firmground.officers.acting import may
from firmground.officers.requests import OfficerRequest
from firmground.places import queries as places
from firmground.places.models import Place
from firmground.registry.declared import catalogue
from firmground.supervision.plans import actions, lists, queries
from firmground.supervision.plans.models import BattlePlan, Item
from firmground.web.export import as_csv, as_xlsx
from firmground.web.language import spoken
from firmground.web.pages import asked
from firmground.web.pages.places import crumbs
from firmground.web.pages.supervision_words import contents

DAY = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})  # what a browser reads in every language
HEADINGS = ["place_code", "version", "commander", "state", "items", "done", "late"]
MOST_WITHOUT = 60


class DraftForm(forms.Form):
    place_code = forms.CharField(label=_("Place (code)"), max_length=12)
    commander = forms.CharField(label=_("Who commands"), max_length=80)


class ItemForm(forms.Form):
    """An item; with a number, another wording of the one that has it."""

    number = forms.IntegerField(
        label=_("Number"), required=False, min_value=1, help_text=_("Only to change an item that is there.")
    )
    content = forms.TypedChoiceField(label=_("Content of supervision"), coerce=int)
    problem = forms.CharField(label=_("Which problem"), max_length=300)
    measure = forms.CharField(label=_("How it is solved"), max_length=300)
    responsible_unit = forms.CharField(label=_("Unit responsible"), max_length=80)
    responsible_person = forms.CharField(label=_("Person responsible"), max_length=80)
    due_on = forms.DateField(label=_("By when"), widget=DAY)
    funds_needed = forms.DecimalField(
        label=_("Money needed, yuan"), required=False, min_value=0, max_digits=14, decimal_places=2
    )
    indicator = forms.ChoiceField(label=_("Indicator"), required=False)
    target = forms.IntegerField(label=_("At most so many may fall short"), required=False, min_value=0)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["content"].choices = list(contents().items())  # type: ignore[attr-defined]
        self.fields["indicator"].choices = [("", ""), *indicators().items()]  # type: ignore[attr-defined]


class DoneForm(forms.Form):
    number = forms.IntegerField(label=_("Number"), min_value=1)
    on = forms.DateField(label=_("Done on"), widget=DAY)
    note = forms.CharField(label=_("What was done"), max_length=300)


class StrikeForm(forms.Form):
    number = forms.IntegerField(label=_("Number"), min_value=1)


class SheetForm(forms.Form):
    sheet = forms.FileField(label=_("Items as CSV or XLSX"))


def indicators() -> dict[str, str]:
    """What an item may be measured by, in words."""
    figures = {"poor_households": gettext("Poor households"), "poor_persons": gettext("Poor persons")}
    return figures | {name: in_language(each.title, spoken()) for name, each in catalogue().standards.items()}


def state_of(plan: BattlePlan) -> str:
    at = plan.case.at if plan.case else ""
    return {
        "submission": gettext("being drafted"), "approval": gettext("waits for approval"),
        "approved": gettext("approved"),
    }.get(at, at)  # fmt: skip


@require_http_methods(["GET", "POST"])
def battle_plans(request: OfficerRequest) -> HttpResponseBase:
    """The newest version of each place; which listed places have none; the form to draft one."""
    under, problem = asked.place(request), ""
    form = DraftForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            return redirect("battle_plan", actions.draft(by=request.office, **form.cleaned_data).pk)
        except Refusal as refusal:
            problem = str(refusal)
    rows = queries.newest(seen_by=request.officer, under=under)
    if asked.wants_csv(request):
        actions.export(rows=rows.count(), place_code=under, by=request.office)
        return as_csv(f"plans-{timezone.localdate()}", HEADINGS, _lines(rows))
    page = asked.page(request, rows)
    missing = queries.without_plan(seen_by=request.officer, under=under)
    names = _names([row.place_code for row in page.object_list] + missing[:MOST_WITHOUT])
    for row in page.object_list:
        row.name, row.state = names.get(row.place_code, row.place_code), state_of(row)
    return render(
        request,
        "web/battle_plans.html",
        {
            "page": page, "form": form, "problem": problem, "under": under, "missing_count": len(missing),
            "missing": [(code, names.get(code, code)) for code in missing[:MOST_WITHOUT]],
            "may_draft": may(request.office, "plans.draft"),
        },
        status=400 if request.method == "POST" else 200,
    )  # fmt: skip


@require_http_methods(["GET", "POST"])
def battle_plan(request: OfficerRequest, number: int) -> HttpResponseBase:
    """One version: its baseline beside today, its items and how they stand, what changed; and what can be done."""
    plan = get_object_or_404(queries.plans(seen_by=request.officer), pk=number)
    versions = list(queries.plans(seen_by=request.officer).filter(place_code=plan.place_code).order_by("version"))
    newest, by = versions[-1].pk == plan.pk, request.office
    writes = plan.open_to_changes and may(by, "plans.write")
    offered: dict[str, tuple[bool, type[forms.Form], Callable[..., Any]]] = {
        "write": (writes, ItemForm, _write),
        "strike": (writes, StrikeForm, lambda **said: actions.strike(plan=plan.pk, by=by, **said)),
        "load": (writes, SheetForm, _load),
        "done": (
            plan.approved and newest and may(by, "plans.done"),
            DoneForm,
            lambda **said: actions.done(plan=plan.pk, by=by, **said),
        ),
    }
    do, problems, shown = request.POST.get("do", ""), [], {}
    if request.method == "POST" and do not in offered:
        raise Http404
    for name, (offer, form, act) in offered.items():
        sent = do == name
        bound = form(request.POST if sent else None, request.FILES if sent else None, prefix=name)
        if sent and bound.is_valid():
            try:
                if act in (_write, _load):
                    problems = act(plan, by, dict(bound.cleaned_data))
                else:
                    act(**bound.cleaned_data)
                if not problems:
                    return redirect("battle_plan", number)
            except Refusal as refusal:
                problems = [str(refusal)]
        if offer:
            shown[name] = bound
    items = list(plan.items.all())
    if taken := asked.choice(request, "export", ["csv", "xlsx", "empty"]):
        rows = [] if taken == "empty" else items
        actions.export(rows=len(rows), place_code=plan.place_code, by=by)
        name = f"plan-{plan.place_code}-{plan.version}"
        if taken == "csv":
            return as_csv(name, lists.COLUMNS, _sheet(rows))
        headings = list(lists.CHINESE.values()) if spoken() == "zh" else lists.COLUMNS
        return as_xlsx(name, headings, _sheet(rows))
    today, here = queries.figures(plan.place_code, seen_by=request.officer), timezone.localdate()
    before = next((each for each in versions if each.version == plan.version - 1), None)
    words, named = contents(), indicators()
    standing = queries.progress(plan, items, today, seen_by=request.officer)
    for item in items:
        item.says, item.progress = words[item.content], standing.get(item.number)  # type: ignore[attr-defined]
        item.measured_by = named.get(item.indicator, item.indicator)  # type: ignore[attr-defined]
        item.late = item.done_on is None and item.due_on < here  # type: ignore[attr-defined]
    people = plan.baseline_rural_population
    return render(
        request,
        "web/battle_plan.html",
        {
            "plan": plan, "state": state_of(plan), "versions": versions, "items": items, "today": today, "here": here,
            "incidence_then": plan.baseline_poor_persons / people if people else None,
            "changes": queries.compared(before.items.all(), items) if before else [], "before": before,
            "name": _names([plan.place_code]).get(plan.place_code, plan.place_code),
            "crumbs": crumbs(places.path(plan.place_code)), "forms": shown, "problems": problems,
        },
        status=400 if request.method == "POST" else 200,
    )  # fmt: skip


def _write(plan: BattlePlan, by: Any, said: dict[str, Any]) -> list[str]:
    actions.write(plan=plan.pk, said=said, number=said.pop("number"), by=by)
    return []


def _load(plan: BattlePlan, by: Any, said: dict[str, Any]) -> list[str]:
    loaded = lists.load(plan=plan.pk, content=said["sheet"].read(lists.LARGEST + 1), by=by)
    return [gettext("Line %(line)s: %(why)s") % {"line": line, "why": why} for line, why in loaded.rejected]


def _lines(rows: Any) -> Iterator[list[Any]]:
    for row in rows:
        yield [row.place_code, row.version, row.commander, row.case.at, row.item_count, row.done, row.late]


def _sheet(items: list[Item]) -> Iterator[list[Any]]:
    for item in items:
        values = [getattr(item, name) for name in lists.COLUMNS]
        yield [each.isoformat() if isinstance(each, date) else "" if each is None else each for each in values]


def _names(codes: list[str]) -> dict[str, str]:
    return {place.code: place.name(spoken()) for place in Place.objects.filter(code__in=codes)}
