"""Projects: the library of a territory, and one project with its goals, its people, its money and its way."""

from decimal import Decimal
from typing import Any

from django import forms
from django.db.models import Q
from django.http import Http404
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from firmground.cases import declared as procedures
from firmground.common.errors import Refusal
from firmground.funds.books import actions as books
from firmground.funds.books import queries as money
from firmground.funds.books.actions import Paid
from firmground.funds.projects import actions, queries
from firmground.funds.projects.models import Goal, Project
from firmground.funds.projects.performance import earned, score, sectors
from firmground.officers.acting import may
from firmground.officers.requests import OfficerRequest
from firmground.places.models import Place
from firmground.web.language import spoken
from firmground.web.pages import asked
from firmground.web.pages.funds import DAY, choices

HEADINGS = ["project", "place_code", "title", "category", "nature", "year", "stands_at", "start_planned", "end_planned",
            "started_on", "completed_on", "unit", "cost", "allocated_unspent", "spent", "beneficiaries"]  # fmt: skip
SCORED = ["project", "place_code", "title", "category", "cost", "points", "weight_measured"]
COLUMNS = {"number": "number", "title": "title", "year": "year", "cost": "cost", "place": "place_code",
           "end": "end_planned"}  # fmt: skip
GOALS_AT_ONCE = 4


class ProjectForm(forms.Form):
    number = forms.CharField(label=_("Number of the project"), max_length=40)
    place_code = forms.CharField(label=_("Who runs it (code of the village, township or county)"), max_length=12)
    title = forms.CharField(label=_("Name of the project"), max_length=120)
    category = forms.ChoiceField(label=_("Category"))
    nature = forms.ChoiceField(label=_("Nature"))
    year = forms.IntegerField(label=_("For the plan of the year"), min_value=2000, max_value=2100)
    start_planned = forms.DateField(label=_("Planned to start"), widget=DAY)
    end_planned = forms.DateField(label=_("Planned to end"), widget=DAY)
    unit = forms.CharField(label=_("Unit that answers for it"), max_length=80)
    person = forms.CharField(label=_("Who answers for it there"), max_length=80)
    task = forms.CharField(label=_("What is built or done"), max_length=1000, widget=forms.Textarea(attrs={"rows": 3}))
    participation = forms.CharField(label=_("How the people take part"), max_length=300)
    mechanism = forms.ChoiceField(label=_("How it carries the poor"), required=False)
    cost = forms.DecimalField(label=_("Cost, yuan"), min_value=Decimal("0.01"), max_digits=16, decimal_places=2)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("category", "nature", "mechanism"):
            self.fields[name].choices = choices(name, empty=name == "mechanism")  # type: ignore[attr-defined]


class GoalForm(forms.Form):
    dimension = forms.ChoiceField(label=_("Dimension"))
    title = forms.CharField(label=_("Goal"), max_length=120)
    unit = forms.CharField(label=_("Unit"), max_length=20)
    direction = forms.ChoiceField(label=_("At least or at most"))
    target = forms.DecimalField(label=_("Target"), max_digits=16, decimal_places=2)
    weight = forms.DecimalField(label=_("Weight of 100"), min_value=Decimal("0.01"), max_digits=5, decimal_places=2)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["dimension"].choices = choices("dimension")  # type: ignore[attr-defined]
        self.fields["direction"].choices = [  # type: ignore[attr-defined]
            ("at_least", gettext("at least")), ("at_most", gettext("at most")),
        ]  # fmt: skip


GoalForms = forms.formset_factory(GoalForm, extra=GOALS_AT_ONCE, max_num=30)


class PeopleForm(forms.Form):
    households = forms.CharField(
        label=_("Household numbers, one on a line"), required=False, widget=forms.Textarea(attrs={"rows": 5})
    )
    mechanism = forms.ChoiceField(label=_("How it carries them"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["mechanism"].choices = choices("mechanism")  # type: ignore[attr-defined]


class MeasureForm(forms.Form):
    goal = forms.ChoiceField(label=_("Goal"))
    actual = forms.DecimalField(label=_("What came of it"), min_value=0, max_digits=16, decimal_places=2)
    on = forms.DateField(label=_("Measured on"), widget=DAY)


class PaymentForm(forms.Form):
    number = forms.CharField(label=_("Number of the payment"), max_length=60)
    fund = forms.CharField(label=_("Number of the fund"), max_length=40)
    amount = forms.DecimalField(label=_("Amount, yuan"), min_value=Decimal("0.01"), max_digits=18, decimal_places=2)
    on = forms.DateField(label=_("Paid on"), widget=DAY)
    payee = forms.CharField(label=_("To whom"), max_length=120)
    payee_type = forms.ChoiceField(label=_("Who that is"))
    household_id = forms.CharField(label=_("Household number, if it is one"), max_length=40, required=False)
    bank_account = forms.CharField(label=_("Bank account"), max_length=40, required=False)
    purpose = forms.ChoiceField(label=_("What for"))
    reference = forms.CharField(label=_("Voucher"), max_length=80, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["payee_type"].choices = choices("payee")  # type: ignore[attr-defined]
        self.fields["purpose"].choices = choices("purpose")  # type: ignore[attr-defined]


class RefundForm(forms.Form):
    payment = forms.CharField(label=_("Number of the payment"), max_length=60)
    amount = forms.DecimalField(label=_("Came back, yuan"), min_value=Decimal("0.01"), max_digits=18, decimal_places=2)
    on = forms.DateField(label=_("On"), widget=DAY)
    reason = forms.CharField(label=_("Why"), max_length=300)


@require_http_methods(["GET", "POST"])
def projects(request: OfficerRequest) -> HttpResponseBase:
    """The projects in sight: searched, filtered, sorted; and the form to propose one."""
    under, problem = asked.place(request), ""
    steps = stages()
    at, category = asked.choice(request, "at", steps), asked.choice(request, "category", dict(choices("category")))
    form = ProjectForm(
        request.POST or None, initial={"place_code": request.office.territory, "year": timezone.localdate().year}
    )
    if request.method == "POST" and form.is_valid():
        said = dict(form.cleaned_data)
        number, place = said.pop("number"), said.pop("place_code")
        try:
            return redirect(
                "project", actions.propose(number=number, place_code=place, said=said, by=request.office).number
            )
        except Refusal as refusal:
            problem = str(refusal)
    rows = queries.projects(seen_by=request.eyes, under=under)
    if sought := request.GET.get("q", "").strip():
        rows = rows.filter(Q(number__icontains=sought) | Q(title__icontains=sought) | Q(unit__icontains=sought))
    rows = rows.filter(**({"case__at": at} if at else {}), **({"category": category} if category else {}))
    column, down = asked.sort(request, COLUMNS, "number")
    rows = rows.order_by(f"{'-' if down else ''}{COLUMNS[column]}", "number")
    if out := asked.export(request):
        found = list(rows)
        actions.export(rows=len(found), chosen={"place": under, "at": at, "q": sought}, by=request.office)
        return out(f"projects-{under or 'all'}-{timezone.localdate()}", HEADINGS, list(_cells(found)))
    page = asked.page(request, rows)
    held, names = money.held(list(page.object_list)), _names({row.place_code for row in page.object_list})
    for row in page.object_list:
        row.place, row.stands = names.get(row.place_code, row.place_code), steps.get(row.case.at, row.case.at)
        row.held = held.get(row.pk, {})
    return render(
        request,
        "web/projects.html",
        {
            "page": page, "under": under, "at": at, "category": category, "q": sought, "stages": steps.items(),
            "categories": choices("category"), "sort": f"-{column}" if down else column, "form": form,
            "problem": problem, "may_propose": may(request.office, "projects.propose"),
        },
        status=400 if request.method == "POST" else 200,
    )  # fmt: skip


@require_http_methods(["GET", "POST"])
def project(request: OfficerRequest, number: str) -> HttpResponseBase:
    """One project."""
    row, problem = queries.project(number, seen_by=request.eyes), ""
    if row is None:
        raise Http404
    assert row.case is not None
    goals = list(row.goals.all())
    given, do = _forms(row, goals), ""
    if request.method == "POST":
        do = request.POST.get("do", "")
        if do not in given:
            raise Http404
        given[do] = _forms(row, goals, request.POST)[do]
        if given[do].is_valid():
            try:
                _done(request, row, do, given[do])
                return redirect(reverse("project", args=[number]))
            except Refusal as refusal:
                problem = str(refusal)
    people = row.beneficiaries.filter(request.eyes.territory.q("place_code"))
    payments = money.payments(seen_by=request.eyes).filter(posting__taken__project=row).order_by("-posting__on")
    held = money.held([row]).get(row.pk, {})
    words = {name: dict(choices(name)) for name in ("category", "nature", "mechanism", "dimension", "purpose", "payee")}
    page = asked.page(request, payments)
    for each in page.object_list:
        each.word = words["purpose"].get(each.purpose, each.purpose)
    return render(
        request,
        "web/project.html",
        {
            "project": row, "score": score(goals),
            "goals": [(goal, words["dimension"].get(goal.dimension, goal.dimension), earned(goal)) for goal in goals],
            "weights": sum(goal.weight for goal in goals), "people": people[:200], "people_count": people.count(),
            "held": held, "page": page, "problem": problem, "forms": given, "did": do,
            "place": _names({row.place_code}).get(row.place_code, row.place_code),
            "villages": _names(set(row.villages) - {row.place_code}).items(),
            "stands": stages().get(row.case.at, row.case.at),
            "said": {name: words[name].get(getattr(row, name), "") for name in ("category", "nature", "mechanism")},
            "may_write": may(request.office, "projects.write") and row.case.at in actions.BEFORE_LIBRARY,
            "may_name": may(request.office, "projects.write") and row.completed_on is None,
            "may_measure": may(request.office, "projects.measure") and row.started_on is not None and bool(goals),
            "may_pay": may(request.office, "books.pay") and queries.may_be_paid(row),
        },
        status=400 if request.method == "POST" else 200,
    )  # fmt: skip


@require_safe
def performance(request: OfficerRequest) -> HttpResponseBase:
    """How the projects of a territory did by their goals: by category, together, and one by one."""
    under = asked.place(request)
    years = [str(year) for year in range(2000, 2101)]
    year = asked.choice(request, "year", years)
    rows = queries.projects(seen_by=request.eyes, under=under).exclude(case__at__in=("turned_down", "removed"))
    rows = rows.filter(**({"year": int(year)} if year else {})).prefetch_related("goals")
    words, found = dict(choices("category")), list(rows)
    told = [(row, score(row.goals.all())) for row in found]
    if out := asked.export(request):
        actions.export(rows=len(told), chosen={"place": under, "year": year, "of": "performance"}, by=request.office)
        lines = [[row.number, row.place_code, row.title, row.category, row.cost, each.points, each.measured]
                 for row, each in told]  # fmt: skip
        return out(f"performance-{under or 'all'}-{year or 'all'}", SCORED, lines)
    sums = sectors(found)
    weakest_first = sorted(told, key=lambda each: (each[1].points, each[0].number))
    return render(
        request,
        "web/performance.html",
        {
            "under": under, "year": year, "together": sums[0] if sums else None,
            "sectors": [(words.get(each.category, each.category), each) for each in sums[1:]],
            "page": asked.page(request, weakest_first),
        },
    )  # fmt: skip


def stages() -> dict[str, str]:
    """Where a project may stand, in the reader's words."""
    procedure = procedures.named("project")
    return {
        **{step.id: step.title.get(spoken()) or step.title["en"] for step in procedure.steps.values()},
        **{outcome: procedure.word(outcome, spoken()) for outcome in procedure.outcomes},
    }


def _forms(row: Project, goals: list[Goal], posted: Any = None) -> dict[str, Any]:
    today = timezone.localdate()
    told = [
        {name: getattr(goal, name) for name in ("dimension", "title", "unit", "direction", "target", "weight")}
        for goal in goals
    ]
    named = list(row.beneficiaries.values_list("household_id", flat=True)[:2000])
    measure = MeasureForm(posted, initial={"on": today})
    measure.fields["goal"].choices = [(goal.title, goal.title) for goal in goals]  # type: ignore[attr-defined]
    return {
        "goals": GoalForms(posted, initial=told, prefix="goal"),
        "people": PeopleForm(posted, initial={"households": "\n".join(named)}),
        "measure": measure,
        "pay": PaymentForm(posted, initial={"on": today}),
        "refund": RefundForm(posted, initial={"on": today}),
    }


def _done(request: OfficerRequest, row: Project, do: str, form: Any) -> None:
    by, number = request.office, row.number
    if do == "goals":
        actions.promise(number=number, goals=[each for each in form.cleaned_data if each], by=by)
    elif do == "people":
        lines = dict.fromkeys(form.cleaned_data["households"].split())
        rows = [{"household_id": each, "mechanism": form.cleaned_data["mechanism"]} for each in lines]
        actions.name_beneficiaries(number=number, rows=rows, by=by)
    elif do == "measure":
        actions.measure(number=number, by=by, **form.cleaned_data)
    elif do == "refund":
        books.refund(by=by, **form.cleaned_data)
    else:
        books.pay(payments=[Paid(project=number, **form.cleaned_data)], by=by)


def _cells(rows: list[Project]) -> Any:
    held, steps = money.held(rows), stages()
    for row in rows:
        of = held.get(row.pk, {})
        at = row.case.at if row.case else ""
        yield [row.number, row.place_code, row.title, row.category, row.nature, row.year, steps.get(at, at),
               row.start_planned, row.end_planned, row.started_on or "", row.completed_on or "", row.unit, row.cost,
               of.get("allocated", Decimal(0)), of.get("spent", Decimal(0)), row.beneficiaries.count()]  # fmt: skip


def _names(codes: set[str]) -> dict[str, str]:
    return {place.code: place.name(spoken()) for place in Place.objects.filter(code__in=codes)}
