"""What households were promised and given: a household's plan, the list of a department, and one measure."""

from collections.abc import Callable, Iterator
from typing import Any

from django import forms
from django.contrib.auth.decorators import login_not_required
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext, pgettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from firmground.assistance import actions
from firmground.assistance.declared import in_force
from firmground.assistance.models import GIVEN, Measure
from firmground.assistance.plans import PROPOSED_FIRST, measures_of, plan_of
from firmground.cases.models import OPEN as OPEN_CASE
from firmground.cases.models import Case
from firmground.common.audit.trail import history
from firmground.common.errors import Refusal
from firmground.engines.declarations import in_language
from firmground.findings import queries as findings
from firmground.officers.acting import may
from firmground.officers.models import Office, Officer, Role
from firmground.officers.requests import OfficerRequest
from firmground.places import queries as places
from firmground.places.models import Place
from firmground.registry import declared
from firmground.registry.models import OPEN, Household
from firmground.teams import queries as teams
from firmground.web.export import as_csv
from firmground.web.language import spoken
from firmground.web.pages import asked
from firmground.web.pages.now import Now
from firmground.web.pages.places import crumbs

STATES: dict[str, Callable[[], Q]] = {
    "late": lambda: Q(given_on=None, cancelled_on=None, due_on__lt=timezone.localdate()),
    "promised": lambda: Q(given_on=None, cancelled_on=None),
    "effect_open": lambda: GIVEN & Q(effect__in=("", Measure.Effect.TOO_EARLY)),
    "given": lambda: GIVEN,
    "cancelled": lambda: Q(cancelled_on__isnull=False),
}
COLUMNS = {
    "due": ("due_on", "id"),
    "household": ("household_id", "id"),
    "measure": ("measure", "due_on", "id"),
    "given": ("given_on", "id"),
}
DAY = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})  # what a browser reads in every language
LONG = forms.Textarea(attrs={"rows": 2})


class MeasureForm(forms.Form):
    """A measure to promise; with a day in `given_on`, one that was given already."""

    measure = forms.ChoiceField(label=_("Measure"))
    risk = forms.ChoiceField(label=_("Against the risk"), required=False)
    item = forms.CharField(label=_("What exactly"), max_length=120, help_text=_("As: six piglets."))
    amount = forms.DecimalField(
        label=_("Amount in yuan"), required=False, max_digits=12, decimal_places=2,
        help_text=_("Its worth, if it is given in kind."),
    )  # fmt: skip
    department = forms.ChoiceField(label=_("Department that answers for it"), required=False)
    responsible = forms.ModelChoiceField(Office.objects.none(), label=_("Officer responsible"), required=False)
    unit = forms.CharField(label=_("Body that gives it, if another"), max_length=80, required=False)
    case = forms.ModelChoiceField(Case.objects.none(), label=_("In the case"), required=False)
    due_on = forms.DateField(label=_("To be given by"), required=False, widget=DAY)
    given_on = forms.DateField(
        label=_("Given on"), required=False, widget=DAY, help_text=_("Only if it was given already.")
    )
    note = forms.CharField(label=_("Note"), required=False, widget=LONG)

    def __init__(self, household: Household, risks: list[str], by: Office, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known, language, fields = in_force(), spoken(), self.fields
        fields["measure"].choices = [("", "")] + [  # type: ignore[attr-defined]
            (name, declared.word("assistance.measure", name, language)) for name in known.kinds
        ]
        fields["risk"].choices = [("", gettext("none in particular"))] + [  # type: ignore[attr-defined]
            (risk, declared.word("risk.risk", risk, language)) for risk in risks
        ]
        fields["department"].choices = [("", gettext("the one that usually does"))] + [  # type: ignore[attr-defined]
            (name, in_language(words, language)) for name, words in known.departments.items()
        ]
        near = [household.village_code[:digits] for digits in (0, 2, 4, 6, 9, 12)]
        fields["responsible"].queryset = (  # type: ignore[attr-defined]
            Office.held_on().filter(role=Role.DEPARTMENT, territory__in=near).select_related("officer")
        )
        fields["responsible"].label_from_instance = _officer_of  # type: ignore[attr-defined]
        fields["case"].queryset = Case.objects.filter(  # type: ignore[attr-defined]
            OPEN_CASE, about="household", subject_id=household.household_id
        )
        fields["case"].label_from_instance = lambda case: f"{case.pk} · {_procedure(case)}"  # type: ignore[attr-defined]
        if not may(by, "assistance.set_measure"):
            del fields["due_on"]
            fields["given_on"].required = True

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        if not self.errors and not said.get("due_on") and not said.get("given_on"):
            self.add_error("due_on", gettext("Say by when it will be given, or when it was given."))
        return said


class GiveForm(forms.Form):
    given_on = forms.DateField(label=_("Given on"), widget=DAY)
    amount = forms.DecimalField(
        label=_("Amount in yuan"), required=False, max_digits=12, decimal_places=2,
        help_text=_("Only if it differs from what was promised."),
    )  # fmt: skip
    note = forms.CharField(label=_("Note"), required=False, widget=LONG)


class EffectForm(forms.Form):
    effect = forms.ChoiceField(label=_("Did it help?"), widget=forms.RadioSelect)
    note = forms.CharField(label=_("Note"), required=False, widget=LONG)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["effect"].choices = list(effects().items())  # type: ignore[attr-defined]


class CancelForm(forms.Form):
    why = forms.CharField(label=_("Why the household will not get it"), max_length=500, widget=LONG)


class TakeBackForm(forms.Form):
    why = forms.CharField(label=_("What was wrong with the record"), max_length=500, widget=LONG)


class CorrectForm(forms.Form):
    """What is right; what is left empty was."""

    household = forms.CharField(label=_("Number of the household that got it"), max_length=40, required=False)
    item = forms.CharField(label=_("What exactly"), max_length=120, required=False)
    amount = forms.DecimalField(label=_("Amount in yuan"), required=False, max_digits=12, decimal_places=2)
    unit = forms.CharField(label=_("Body that gives it, if another"), max_length=80, required=False)
    given_on = forms.DateField(label=_("Given on"), required=False, widget=DAY)
    why = forms.CharField(label=_("What was wrong with the record"), max_length=500, widget=LONG)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{**kwargs, "initial": {}})

    def clean_household(self) -> Household | None:
        number = str(self.cleaned_data["household"]).strip()
        home = Household.objects.filter(OPEN, household_id=number).first() if number else None
        if number and home is None:
            raise forms.ValidationError(
                gettext("There is no household %(number)s within your territory.") % {"number": number}
            )
        return home


def effects() -> dict[str, str]:
    """Each effect in words."""
    return {
        Measure.Effect.SOLVED: pgettext("effect", "Solved the risk"),
        Measure.Effect.EASED: pgettext("effect", "Eased it"),
        Measure.Effect.NONE: pgettext("effect", "Did nothing"),
        Measure.Effect.TOO_EARLY: pgettext("effect", "Too early to say"),
    }


def states() -> dict[str, str]:
    """What the list of measures can be narrowed to, in words."""
    return {
        "late": gettext("Late"),
        "promised": gettext("Promised, not given"),
        "effect_open": gettext("Given, effect not known"),
        "given": gettext("Given"),
        "cancelled": gettext("Cancelled"),
    }


@require_http_methods(["GET", "POST"])
def plan(request: OfficerRequest, household_id: str) -> HttpResponse:
    """A household's risks, what is missing, what was promised and given; and the form to promise."""
    home = of_territory(request.officer, household_id)
    by, today = request.office, timezone.localdate()
    made = plan_of(home, today, _shortfalls(home, request))
    risks = list(dict.fromkeys([*made.risks, *in_force().answers]))
    may_promise = may(by, "assistance.set_measure") or may(by, "assistance.give_at_once")
    form = MeasureForm(home, risks, by, request.POST or None, initial=_asked_for(request))
    problem = ""
    if request.method == "POST":
        if not may_promise:
            raise Refusal(gettext("Your office does not promise or give measures."))
        if form.is_valid():
            try:
                _promise(home, by, **form.cleaned_data)
                return redirect("plan", household_id)
            except Refusal as refusal:
                problem = str(refusal)
    for proposal in made.proposals:
        proposal.first = [(kind, _department(kind.departments[0])) for kind in proposal.measures[:PROPOSED_FIRST]]  # type: ignore[attr-defined]
    rows = described(measures_of(home), request.officer)
    return render(
        request,
        "web/plan.html",
        {
            "household": home,
            "crumbs": crumbs(places.path(home.village_code)),
            "plan": made,
            "labour": _labour(made.labour),
            "rows": rows,
            "form": form,
            "may_promise": may_promise,
            "problem": problem,
            "helper": teams.helper_of(home, seen_by=request.officer),
            "today": today,
        },
        status=400 if problem or (request.method == "POST") else 200,
    )


@require_safe
def measures(request: OfficerRequest) -> HttpResponseBase:
    """What is promised within my territory, the latest first; a department sees its own unless it asks for others."""
    known = in_force()
    own = request.office.department if request.office.role == Role.DEPARTMENT else ""
    chosen = {
        "place": asked.place(request),
        "state": asked.choice(request, "state", STATES),
        "measure": asked.choice(request, "measure", known.kinds),
        "department": asked.choice(request, "department", [*known.departments, "all"]) or own,
        "q": " ".join(request.GET.get("q", "").split())[:40],
    }
    column, down = asked.sort(request, COLUMNS, "due")
    sign = "-" if down else ""
    rows = _chosen(chosen, request.officer).order_by(*(f"{sign}{name}" for name in COLUMNS[column]))
    if asked.wants_csv(request):
        return as_csv(f"assistance-{timezone.localdate()}", HEADINGS, _lines(rows))
    late = _chosen({**chosen, "state": "late"}, request.officer).count()
    page = asked.page(request, rows)
    page.object_list = described(list(page.object_list), request.officer)
    return render(
        request,
        "web/measures.html",
        {
            "page": page,
            "late": late,
            "chosen": chosen,
            "own": own,
            "states": states(),
            "kinds": list(known.kinds),
            "departments": {name: in_language(words, spoken()) for name, words in known.departments.items()},
            "sort": f"-{column}" if down else column,
        },
    )


@require_http_methods(["GET", "POST"])
def measure(request: OfficerRequest, number: int) -> HttpResponse:
    """One measure: how it stands, and what can be done with it."""
    rows = Measure.objects.filter(request.officer.territory.q("place_code")).select_related(*RELATED)
    row = get_object_or_404(rows, pk=number)
    by, done, problem = request.office, request.POST.get("do", ""), ""
    open_ = row.given_on is None and row.cancelled_on is None
    standing = row.given_on is not None and row.cancelled_on is None
    mine = by.role != Role.DEPARTMENT or by.department == row.department
    giver = row.given_by.officer_id if row.given_by else None
    offered: dict[str, tuple[bool, type[forms.Form], Callable[..., object]]] = {
        "give": (open_ and mine and may(by, "assistance.give"), GiveForm, actions.give),
        "effect": (
            standing and giver != by.officer_id and may(by, "assistance.take_effect"),
            EffectForm,
            actions.take_effect,
        ),
        "cancel": (open_ and mine and may(by, "assistance.cancel"), CancelForm, actions.cancel),
        "correct": (standing and mine and may(by, "assistance.correct"), CorrectForm, actions.correct),
        "take_back": (standing and mine and may(by, "assistance.take_back"), TakeBackForm, actions.take_back),
    }
    shown = {}
    for name, (offer, form, act) in offered.items():
        bound = form(request.POST if done == name else None, initial={"given_on": timezone.localdate()}, prefix=name)
        if done == name and bound.is_valid():
            try:
                now: Any = act(measure=row, by=by, **bound.cleaned_data)
                return redirect("measure", now.pk)
            except Refusal as refusal:
                problem = str(refusal)
        if offer:
            shown[name] = bound
    if request.method == "POST" and done not in offered:
        raise Http404
    officers = {officer.pk: officer.name for officer in Officer.objects.filter(
        pk__in=history(Measure, row.pk).values("officer"))}  # fmt: skip
    trail = list(history(Measure, row.pk))
    for entry in trail:
        entry.who = officers.get(entry.officer or 0, "")  # type: ignore[attr-defined]
        entry.what = VERBS.get(entry.verb, entry.verb)  # type: ignore[attr-defined]
    home = Household.objects.filter(OPEN, household_id=row.household_id).first()
    return render(
        request,
        "web/measure.html",
        {
            "row": described([row], request.officer)[0],
            "home": home,
            "crumbs": crumbs(places.path(row.place_code)),
            "forms": shown,
            "problem": problem,
            "trail": trail,
            "gave_it_oneself": giver == by.officer_id,
        },
        status=400 if request.method == "POST" else 200,
    )


@login_not_required
@require_safe
def public(request: HttpRequest) -> HttpResponse:
    """Which help there is, who answers for it, and whom to call: for everybody, and of nobody."""
    known = in_force()
    return render(
        request,
        "web/public_assistance.html",
        {
            "kinds": [
                {"name": kind.name, "departments": [_department(name) for name in kind.departments]}
                for kind in known.kinds.values()
            ],
            "answers": list(known.answers.values()),
            "rules": known.rules,
            "telephone": known.telephone(""),
        },
    )


RELATED = (
    "promised_by__officer", "given_by__officer", "effect_by__officer", "cancelled_by__officer",
    "responsible__officer", "corrects", "corrected_by",
)  # fmt: skip
VERBS = {
    "assistance.set_measure": _("promised"),
    "assistance.give": _("given"),
    "assistance.give_at_once": _("given at once"),
    "assistance.take_effect": _("effect recorded"),
    "assistance.cancel": _("cancelled"),
    "assistance.take_back": _("taken back"),
    "assistance.correct": _("put right"),
    "assistance.follow_registers": _("moved with the household"),
}
HEADINGS = ["number", "household_id", "village_code", "measure", "item", "department", "amount_yuan", "promised_on",
            "due_on", "days_late", "given_on", "effect", "cancelled_on"]  # fmt: skip


def of_territory(officer: Officer, household_id: str) -> Household:
    """A household that this officer may see.

    Raises:
        Http404: there is none, or it lies elsewhere.
    """
    mine = Household.objects.filter(OPEN, officer.territory.q("village_code"))
    return get_object_or_404(mine, household_id=household_id)


def described(rows: list[Measure], officer: Officer) -> list[Any]:
    """Measures with their words: department, days late, effect, and the names of household and village."""
    today = timezone.localdate()
    villages = {p.code: p.name(spoken()) for p in Place.objects.filter(code__in={row.place_code for row in rows})}
    heads = dict(
        Household.objects.filter(
            OPEN, officer.territory.q("village_code"), household_id__in={row.household_id for row in rows}
        ).values_list("household_id", "head")
    )
    found: list[Any] = rows
    for row in found:
        row.department_name = _department(row.department)
        row.days_late = (today - row.due_on).days if row.given_on is None and row.cancelled_on is None else 0
        row.effect_word = effects().get(row.effect, "")
        row.place_name = villages.get(row.place_code, row.place_code)
        row.head = heads.get(row.household_id) or ""
    return found


def _chosen(chosen: dict[str, str], officer: Officer) -> QuerySet[Measure]:
    rows = Measure.objects.filter(officer.territory.q("place_code"), place_code__startswith=chosen["place"])
    rows = rows.filter(STATES[chosen["state"]]() if chosen["state"] else Q(cancelled_on=None))
    if chosen["measure"]:
        rows = rows.filter(measure=chosen["measure"])
    if chosen["department"] and chosen["department"] != "all":
        rows = rows.filter(department=chosen["department"])
    if chosen["q"]:
        called = Household.objects.filter(OPEN, officer.territory.q("village_code"), head__startswith=chosen["q"])
        by_head = Q(household_id__in=called.values("household_id"))
        rows = rows.filter(by_head | Q(household_id__startswith=chosen["q"]))
    return rows.select_related("responsible__officer")


def _lines(rows: QuerySet[Measure]) -> Iterator[list[Any]]:
    today = timezone.localdate()
    for row in rows.iterator(chunk_size=2000):
        waits = row.given_on is None and row.cancelled_on is None
        yield [row.pk, row.household_id, row.place_code, row.measure, row.item, row.department, row.amount,
               row.promised_on, row.due_on, max((today - row.due_on).days, 0) if waits else 0, row.given_on,
               row.effect, row.cancelled_on]  # fmt: skip


def _promise(home: Household, by: Office, *, given_on: Any = None, due_on: Any = None, responsible: Any = None,
             **said: Any) -> None:  # fmt: skip
    if given_on:
        actions.give_at_once(household=home, by=by, given_on=given_on, **said)
    else:
        actions.set_measure(household=home, by=by, due_on=due_on, responsible=responsible, **said)


def _asked_for(request: HttpRequest) -> dict[str, Any]:
    """What a proposal's link fills in."""
    return {name: request.GET.get(name, "") for name in ("measure", "risk", "case")}


def _shortfalls(home: Household, request: OfficerRequest) -> list[tuple[tuple[str, ...], dict[str, str]]]:
    """The standards that the household, or somebody in it, falls short of, and what usually helps."""
    now = Now.read(request.eyes)
    if now.screening is None:
        return []
    rows: Any = findings.seen_from(now.screening, seen_by=now.eyes).filter(
        household_id=home.household_id, verdict="not_met"
    )
    names = sorted({row.standard for row in rows if row.status != findings.CLOSED and row.standard not in now.held})
    known = [now.catalogue.standards[name] for name in names if name in now.catalogue.standards]
    return [(standard.assistance, dict(standard.title)) for standard in known if standard.assistance]


def _labour(labour: str) -> str:
    return {
        "full": gettext("somebody is fully able to work"),
        "some": gettext("somebody can work a little"),
        "none": gettext("nobody can work"),
    }.get(labour, gettext("not known of everybody"))


def _department(name: str) -> str:
    return in_language(in_force().departments.get(name, {"en": name}), spoken())


def _officer_of(office: Office) -> str:
    return f"{office.officer.name} · {_department(office.department)}"


def _procedure(case: Case) -> str:
    from firmground.cases.declared import of_case

    return in_language(of_case(case).title, spoken())
