"""Teams: who is at post, which villages have none, which households nobody helps or visits; and the forms to say so."""

from collections.abc import Callable, Iterable
from datetime import date, timedelta
from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext, pgettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from firmground.common.errors import Refusal
from firmground.officers.acting import may
from firmground.officers.models import Officer
from firmground.officers.requests import OfficerRequest
from firmground.places import queries as places
from firmground.places.models import DIGITS, Level, Place
from firmground.registry import declared
from firmground.teams import actions, queries
from firmground.teams.models import Attendance, Cadre, Team
from firmground.teams.queries import DAYS, VILLAGE_DIGITS, Row
from firmground.web.export import as_csv
from firmground.web.language import spoken
from firmground.web.pages import asked
from firmground.web.pages.assistance import of_territory
from firmground.web.pages.places import level_name

PARAMETER = "visit_within_days"
MOST_OFFICERS = 200
COLUMNS: dict[str, Callable[[Any], Any]] = {
    "name": lambda row: row.code,
    "without_team": lambda row: row.without_team,
    "cadres": lambda row: row.cadres,
    "at_post": lambda row: row.at_post,
    "share": lambda row: row.days_at_post / row.days if row.days else None,
    "households": lambda row: row.households,
    "without_helper": lambda row: row.without_helper,
    "not_visited": lambda row: row.not_visited,
}
HEADINGS = ["code", "name", "villages", "villages_without_team", "teams", "cadres", "at_post_today",
            "on_leave_today", "away_today", "not_marked_today", "days_confirmed_30", "days_at_post_30",
            "households_to_help", "without_helper", "not_visited"]  # fmt: skip
HOUSEHOLD_HEADINGS = ["household_id", "head", "kind", "helper", "visited_on"]
DAY = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})  # what a browser reads in every language
LONG = forms.Textarea(attrs={"rows": 3})


class OfficerField(forms.CharField):
    """An officer by the name they sign in with; the list offers those near the place."""

    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=60, widget=forms.TextInput(attrs={"list": "officers"}), **options)

    def clean(self, value: Any) -> Officer:
        sought = super().clean(value)
        found = Officer.objects.filter(username=sought, locked_on=None).first()
        if found is None:
            raise forms.ValidationError(
                gettext("Nobody signs in as “%(name)s”. Choose from the list.") % {"name": sought}
            )
        return found


class SendForm(forms.Form):
    sent_by = forms.CharField(label=_("Body that sends the team"), max_length=120)
    held_from = forms.DateField(label=_("From"), widget=DAY)


class PostForm(forms.Form):
    officer = OfficerField(label=_("Officer (sign-in name)"))
    post = forms.ChoiceField(label=_("Post"))
    held_from = forms.DateField(label=_("From"), widget=DAY)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["post"].choices = list(posts().items())  # type: ignore[attr-defined]


class EndForm(forms.Form):
    held_to = forms.DateField(label=_("Last day"), widget=DAY)
    why = forms.CharField(label=_("Why"), max_length=300)


class HelperForm(forms.Form):
    officer = OfficerField(label=_("Officer (sign-in name)"))


class VisitForm(forms.Form):
    on = forms.DateField(label=_("Day of the visit"), widget=DAY)
    seen = forms.TypedChoiceField(
        label=_("Did you meet somebody of the household?"), coerce=lambda said: said == "yes", widget=forms.RadioSelect
    )
    note = forms.CharField(label=_("What you saw"), required=False, max_length=2000, widget=LONG)
    help = forms.CharField(label=_("What help came of it"), required=False, max_length=500, widget=LONG)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["seen"].choices = [("yes", gettext("yes")), ("no", gettext("no, nobody was there"))]  # type: ignore[attr-defined]


def posts() -> dict[str, str]:
    """The posts of a team in words."""
    return {
        Cadre.Post.FIRST_SECRETARY: pgettext("post", "first secretary"),
        Cadre.Post.LEADER: pgettext("post", "leader of the team"),
        Cadre.Post.MEMBER: pgettext("post", "member of the team"),
    }


def attendance_words() -> dict[str, str]:
    """Where a cadre was, in words."""
    return {
        Attendance.State.AT_POST: pgettext("attendance", "at post"),
        Attendance.State.ON_LEAVE: pgettext("attendance", "on leave"),
        Attendance.State.AWAY: pgettext("attendance", "away"),
    }


@require_safe
def teams(request: OfficerRequest) -> HttpResponseBase:
    """A place within my territory: what is missing first, then every place below it."""
    code = asked.place(request) if "place" in request.GET else request.office.territory
    path = places.path(code)
    if code and (not path or path[-1].code != code):
        raise Http404
    if len(code) == VILLAGE_DIGITS:
        return redirect("team", code)
    today = timezone.localdate()
    within, law = _visits_within(today, code)
    digits = next(d for d in DIGITS.values() if d > len(code))
    rows = queries.by_place(code, digits, today, today - timedelta(days=within), seen_by=request.officer)
    names = {p.code: p.name(spoken()) for p in Place.objects.filter(code__in={row.code for row in rows})}
    column, down = asked.sort(request, COLUMNS, "-without_team")
    rows = asked.sorted_by(rows, COLUMNS[column], down)
    if asked.wants_csv(request):
        return as_csv(f"teams-{code or 'nation'}-{today}", HEADINGS, (_line(row, names) for row in rows))
    for row in rows:
        row.name = names.get(row.code, row.code)  # type: ignore[attr-defined]
    near = len(code) >= DIGITS[Level.COUNTY]
    waiting = queries.unconfirmed(code, seen_by=request.officer) if near else Attendance.objects.none()
    teamless = list(queries.villages_without_team(code, today, seen_by=request.officer)[: asked.ROWS_OF_A_PAGE])
    villages = {p.code: p for p in Place.objects.filter(code__in=[each["village_code"] for each in teamless])}
    for each in teamless:
        each["name"] = villages[each["village_code"]].name(spoken()) if each["village_code"] in villages else ""
    return render(
        request,
        "web/teams.html",
        {
            "code": code,
            "name": path[-1].name(spoken()) if path else gettext("The nation"),
            "level": level_name(path[-1].level) if path else gettext("Nation"),
            "crumbs": steps(path, request),
            "rows": rows,
            "here": queries.total(code, rows),
            "teamless": teamless,
            "waiting": _described(list(waiting[: asked.ROWS_OF_A_PAGE])),
            "may_confirm": may(request.office, "teams.confirm"),
            "within": within,
            "law": law,
            "days": DAYS,
            "today": today,
            "sort": f"-{column}" if down else column,
        },
    )


@require_http_methods(["GET", "POST"])
def team(request: OfficerRequest, code: str) -> HttpResponseBase:
    """A village: its team, who is at post today, and its households to help, those nobody calls on first."""
    here = get_object_or_404(Place, code=code, level=Level.VILLAGE)
    if not request.officer.territory.covers(code):
        raise Http404
    today = timezone.localdate()
    within, law = _visits_within(today, code)
    households = queries.to_help(code, seen_by=request.officer)
    if asked.wants_csv(request):
        rows = queries.with_last_visit(households)
        lines = ([r.household_id, r.head, r.kind, r.helper_name, r.visited_on] for r in rows.iterator(chunk_size=2000))
        return as_csv(f"visits-{code}-{today}", HOUSEHOLD_HEADINGS, lines)
    standing = queries.team_of(code, today, seen_by=request.officer)
    done, problem = request.POST.get("do", ""), ""
    forms_ = _forms_of(request, standing, done)
    if request.method == "POST":
        try:
            if _carry_out(request, here, standing, forms_, done):
                return redirect("team", code)
        except Refusal as refusal:
            problem = str(refusal)
    since = today - timedelta(days=within)
    page = asked.page(request, queries.with_last_visit(households))
    for each in page:
        each.overdue = each.visited_on is None or each.visited_on < since
    return render(
        request,
        "web/team.html",
        {
            "here": here,
            "name": here.name(spoken()),
            "crumbs": steps(places.path(code), request),
            "team": standing,
            "cadres": _cadres(code, today, request, posted=request.POST if done == "mark" else {}),
            "marking": may(request.office, "teams.mark"),
            "waiting": _described(list(queries.unconfirmed(code, seen_by=request.officer)[: asked.ROWS_OF_A_PAGE])),
            "may_confirm": may(request.office, "teams.confirm"),
            "states": attendance_words(),
            "forms": forms_,
            "officers": queries.officers_near(code, "", MOST_OFFICERS) if forms_ else [],
            "problem": problem,
            "page": page,
            "within": within,
            "law": law,
            "days": DAYS,
            "today": today,
        },
        status=400 if request.method == "POST" else 200,
    )


@require_POST
def confirm(request: OfficerRequest) -> HttpResponse:
    """Confirm the marks that were ticked."""
    ticked = [int(each) for each in request.POST.getlist("mark") if each.isdigit()]
    marks = list(queries.unconfirmed("", seen_by=request.officer).filter(pk__in=ticked))
    if not marks:
        raise Refusal(gettext("Tick the marks that you confirm. Those confirmed already are not shown any more."))
    actions.confirm(marks=marks, by=request.office)
    village = request.POST.get("village", "")
    if village.isdigit():
        return redirect("team", village)
    return redirect("teams")


@require_http_methods(["GET", "POST"])
def visits(request: OfficerRequest, household_id: str) -> HttpResponse:
    """Who helps a household, who called on it, and the form to say that one did: made for a telephone at the door."""
    home = of_territory(request.officer, household_id)
    done, problem, today = request.POST.get("do", ""), "", timezone.localdate()
    visit = VisitForm(request.POST if done == "visit" else None, initial={"on": today})
    named = HelperForm(request.POST if done == "helper" else None)
    if request.method == "POST":
        try:
            if done == "visit" and visit.is_valid():
                actions.visit(household=home, by=request.office, **visit.cleaned_data)
                return redirect("visits", household_id)
            if done == "helper" and named.is_valid():
                actions.assign_helper(household=home, by=request.office, **named.cleaned_data)
                return redirect("visits", household_id)
        except Refusal as refusal:
            problem = str(refusal)
    may_name = may(request.office, "teams.assign_helper")
    return render(
        request,
        "web/visits.html",
        {
            "household": home,
            "crumbs": steps(places.path(home.village_code), request),
            "helper": queries.helper_of(home, seen_by=request.officer),
            "page": asked.page(request, queries.visits_to(home, seen_by=request.officer)),
            "visit": visit if may(request.office, "teams.visit") else None,
            "named": named if may_name else None,
            "officers": queries.officers_near(home.village_code, "", MOST_OFFICERS) if may_name else [],
            "problem": problem,
        },
        status=400 if request.method == "POST" else 200,
    )


def steps(path: Iterable[Place], request: HttpRequest) -> list[dict[str, str]]:
    """The way down to a place, on these pages."""
    return [{"name": place.name(spoken()), "code": place.code} for place in path]


def _visits_within(on: date, code: str) -> tuple[int, Any]:
    """Within how many days a household is to be visited there, and where that stands."""
    row = declared.parameter(PARAMETER, on, code)
    return int(str(row.value)), row


def _cadres(code: str, today: date, request: OfficerRequest, posted: Any) -> list[Any]:
    """The cadres of a village with what is marked of them today, and how their last days stand."""
    words, found = attendance_words(), list(queries.cadres(code, today, seen_by=request.officer))
    for each in found:
        each.post_word = posts()[each.post]
        each.state_word = words.get(each.state, "")
        each.oneself = each.officer_id == request.officer.pk
        each.typed = posted.get(f"state-{each.pk}", each.state or "")
        each.typed_reason = posted.get(f"reason-{each.pk}", each.reason or "")
    return found


def _forms_of(request: OfficerRequest, standing: Team | None, done: str) -> dict[str, forms.Form]:
    """The forms that this office may fill in."""
    first = {"held_from": timezone.localdate(), "held_to": timezone.localdate()}
    wanted: dict[str, type[forms.Form]] = {"send": SendForm} if standing is None else {"post": PostForm, "end": EndForm}
    if not may(request.office, "teams.send"):
        return {}
    return {
        name: form(request.POST if done == name else None, initial=first, prefix=name) for name, form in wanted.items()
    }


def _carry_out(request: OfficerRequest, here: Place, standing: Team | None, filled: dict[str, Any], done: str) -> bool:
    """What a form of a village's page asks for; whether it was done."""
    by = request.office
    if done == "mark":
        return _mark(request, here.code)
    if done == "end_post":
        cadre = get_object_or_404(queries.cadres(here.code, timezone.localdate(), seen_by=request.officer),
                                  pk=request.POST.get("cadre", "0"))  # fmt: skip
        form = EndForm(request.POST, prefix=f"end-{cadre.pk}")
        if not form.is_valid():
            raise Refusal(gettext("Say the last day, and why the post ends."))
        actions.end_post(cadre=Cadre.objects.get(pk=cadre.pk), by=by, **form.cleaned_data)
        return True
    asked_for = filled.get(done)
    if asked_for is None:
        raise Http404
    if not asked_for.is_valid():
        return False
    if done == "send":
        actions.send(place_code=here.code, by=by, **asked_for.cleaned_data)
    elif standing is not None and done == "post":
        actions.post(team=standing, by=by, **asked_for.cleaned_data)
    elif standing is not None:
        actions.end_team(team=standing, by=by, **asked_for.cleaned_data)
    return True


def _mark(request: OfficerRequest, code: str) -> bool:
    """Mark every cadre of whom something was said, on the day that was said."""
    try:
        on = date.fromisoformat(request.POST.get("on", ""))
    except ValueError:
        raise Refusal(gettext("Write the day as 2020-06-30.")) from None
    marks = [
        (cadre, state, request.POST.get(f"reason-{cadre.pk}", ""))
        for cadre in queries.cadres(code, on, seen_by=request.officer)
        if (state := request.POST.get(f"state-{cadre.pk}", ""))
    ]
    actions.mark_all(marks=marks, on=on, by=request.office)
    return True


def _described(rows: list[Attendance]) -> list[Any]:
    """Marks with their words."""
    words, villages = attendance_words(), {row.place_code for row in rows}
    names = {place.code: place.name(spoken()) for place in Place.objects.filter(code__in=villages)}
    found: list[Any] = rows
    for row in found:
        row.state_word, row.place_name = words[row.state], names.get(row.place_code, row.place_code)
    return found


def _line(row: Row, names: dict[str, str]) -> list[Any]:
    return [row.code, names.get(row.code, ""), row.villages, row.without_team, row.teams, row.cadres, row.at_post,
            row.on_leave, row.away, row.unmarked, row.days, row.days_at_post, row.households, row.without_helper,
            row.not_visited]  # fmt: skip
