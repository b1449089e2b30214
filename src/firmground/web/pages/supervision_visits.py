"""Supervision teams and their visits: planned, recorded at once on a phone; whether help followed what was found."""

from collections.abc import Iterable
from decimal import Decimal, InvalidOperation
from typing import Any

from django import forms
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from firmground.common.errors import Refusal
from firmground.officers.acting import may
from firmground.officers.models import Officer
from firmground.officers.requests import OfficerRequest
from firmground.places import queries as places
from firmground.places.models import Place
from firmground.supervision.ledger import queries as ledger
from firmground.supervision.visits import actions, queries
from firmground.supervision.visits.actions import Brought, Found
from firmground.supervision.visits.models import Help, SupervisionTeam, TeamMember, Visit
from firmground.web.export import as_csv
from firmground.web.language import spoken
from firmground.web.pages import asked, supervision_words
from firmground.web.pages.case import reads_of
from firmground.web.pages.issues import DAY, described, help_within, in_territory
from firmground.web.pages.places import crumbs
from firmground.web.pages.teams import OfficerField

ROWS_FOUND, ROWS_HELP = 5, 4
"""Lines of one record; what is more is raised as an issue of its own, or noted on the visit's page."""
HEADINGS = ["visit", "team", "place_code", "mode", "from_on", "to_on", "households_seen", "issues", "help", "amount"]


class TeamForm(forms.Form):
    title = forms.CharField(label=_("What the team is called"), max_length=80)
    place_code = forms.CharField(
        label=_("Territory it supervises (code)"), max_length=12, required=False,
        widget=forms.TextInput(attrs={"list": "places", "inputmode": "numeric"}),
    )  # fmt: skip
    units = forms.CharField(
        label=_("Member units, one a line"), max_length=800, widget=forms.Textarea(attrs={"rows": 3})
    )
    held_from = forms.DateField(label=_("From"), widget=DAY)

    def clean_units(self) -> list[str]:
        return [line.strip()[:80] for line in self.cleaned_data["units"].splitlines() if line.strip()]


class MemberForm(forms.Form):
    officer = OfficerField(label=_("Officer (sign-in name)"))
    unit = forms.CharField(label=_("Sent by"), max_length=80, required=False)
    leads = forms.BooleanField(label=_("Leads the team"), required=False)
    held_from = forms.DateField(label=_("From"), widget=DAY)


class EndForm(forms.Form):
    held_to = forms.DateField(label=_("Last day"), widget=DAY)
    why = forms.CharField(label=_("Why"), max_length=300)


class PlanForm(forms.Form):
    team = forms.ModelChoiceField(SupervisionTeam.objects.none(), label=_("Supervision team"))
    place_code = forms.CharField(
        label=_("Place visited (code)"), max_length=12,
        widget=forms.TextInput(attrs={"list": "places", "inputmode": "numeric"}),
    )  # fmt: skip
    mode = forms.ChoiceField(label=_("How"), widget=forms.RadioSelect)
    from_on = forms.DateField(label=_("From"), widget=DAY)
    to_on = forms.DateField(label=_("To"), widget=DAY)

    def __init__(self, request: OfficerRequest, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        standing = queries.teams(seen_by=request.eyes).filter(request.office.reach.q("place_code"), held_to=None)
        self.fields["team"].queryset = standing  # type: ignore[attr-defined]
        self.fields["mode"].choices = list(supervision_words.modes().items())  # type: ignore[attr-defined]


class RecordForm(forms.Form):
    households_seen = forms.IntegerField(label=_("Households seen"), min_value=0, max_value=100_000)
    households = forms.CharField(
        label=_("Which (numbers, if you noted them)"), required=False, max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 2}),
    )  # fmt: skip
    note = forms.CharField(
        label=_("What was seen"), required=False, max_length=4000, widget=forms.Textarea(attrs={"rows": 3})
    )

    def clean_households(self) -> list[str]:
        return self.cleaned_data["households"].replace(",", " ").replace("，", " ").split()


class HelpForm(forms.Form):
    kind = forms.ChoiceField(label=_("Kind of help"))
    text = forms.CharField(label=_("What it is"), max_length=300)
    amount = forms.DecimalField(label=_("Yuan, if it is money"), required=False, max_digits=12, decimal_places=2)
    issue = forms.TypedChoiceField(label=_("For the issue"), required=False, coerce=int, empty_value=None)
    on = forms.DateField(label=_("Came on"), widget=DAY)

    def __init__(self, issues: Iterable[Any], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: Any = self.fields
        fields["kind"].choices = list(supervision_words.kinds_of_help().items())
        fields["issue"].choices = [
            ("", gettext("the place in general")), *((each.pk, f"{each.pk} {each.said}") for each in issues),
        ]  # fmt: skip


@require_http_methods(["GET", "POST"])
def visits(request: OfficerRequest) -> HttpResponseBase:
    """The visits of a territory; the form to plan one, or to go on to record one made today."""
    place, mode = asked.place(request), asked.choice(request, "mode", Visit.Mode.values)
    rows = queries.visits(seen_by=request.eyes).filter(place_code__startswith=place)
    rows = rows.filter(mode=mode) if mode else rows
    if asked.wants_csv(request):
        actions.export(what="visits", rows=rows.count(), chosen={"place": place, "mode": mode}, by=request.office)
        return as_csv(f"visits-{timezone.localdate()}", HEADINGS, map(_line, _described(list(rows), request)))
    today = timezone.localdate()
    given = {"place_code": place, "mode": "open", "from_on": today, "to_on": today}
    form = PlanForm(request, request.POST or None, initial=given)
    if request.method == "POST" and form.is_valid():
        try:
            return redirect("supervision_visit", actions.plan(by=request.office, **form.cleaned_data).pk)
        except Refusal as refusal:
            form.add_error(None, str(refusal))
    page = asked.page(request, rows)
    days = help_within(request.office)
    digits = next(n for n in (2, 4, 6, 9, 12, 12) if n > len(place or request.office.territory) or n == 12)
    by_place = queries.fights(rows, lambda visit: visit.place_code[:digits], days, seen_by=request.eyes)
    return render(
        request,
        "web/supervision_visits.html",
        {
            "page": page,
            "visits": _described(list(page), request),
            "fights": _named(by_place),
            "days": days,
            "form": form if may(request.office, "supervision_visits.plan") else None,
            "datalist": in_territory(request.office),
            "place": place,
            "mode": mode,
            "modes": supervision_words.modes(),
            "may_export": may(request.office, "supervision_visits.export"),
        },
        status=400 if form.errors else 200,
    )


@require_http_methods(["GET", "POST"])
def visit(request: OfficerRequest, number: int) -> HttpResponse:
    """One visit: recorded here, in one form; later, more help noted."""
    row = queries.visit(number, seen_by=request.eyes)
    if row is None:
        raise Http404
    today, done, typed = timezone.localdate(), request.POST.get("do", ""), request.POST
    found = described(list(ledger.issues(seen_by=request.eyes).filter(visit=row.pk).order_by("pk")), today)
    record = RecordForm(typed if done == "record" else None)
    help_ = HelpForm(found, typed if done == "help" else None, initial={"on": today})
    problem = ""
    if request.method == "POST":
        try:
            if _sent(request, row, record, help_):
                return redirect("supervision_visit", row.pk)
        except Refusal as refusal:
            problem = str(refusal)
    begun, recorded = row.from_on <= today, row.households_seen is not None
    return render(
        request,
        "web/supervision_visit.html",
        {
            "visit": _described([row], request)[0],
            "issues": found,
            "help": list(Help.objects.filter(visit=row).select_related("issue", "brought_by__officer")),
            "crumbs": crumbs(places.path(row.place_code)),
            "record": record if begun and not recorded and may(request.office, "supervision_visits.record") else None,
            "help_form": help_ if recorded and may(request.office, "supervision_visits.bring_help") else None,
            "found_rows": _typed(typed, "found", ROWS_FOUND, ("title", "content", "severity", "owner", "text")),
            "help_rows": _typed(typed, "help", ROWS_HELP, ("kind", "text", "amount", "for")),
            "words": {
                "contents": supervision_words.contents(), "severities": supervision_words.severities(),
                "owners": supervision_words.owners(), "kinds": supervision_words.kinds_of_help(),
            },
            "numbers": [str(n) for n in range(1, ROWS_FOUND + 1)],
            "problem": problem,
            "begun": begun,
            "reads": reads_of(request.office, row.place_code),
        },
        status=400 if problem or record.errors or help_.errors else 200,
    )  # fmt: skip


def _sent(request: OfficerRequest, row: Visit, record: RecordForm, help_: HelpForm) -> bool:
    """Carry out what was sent; whether it was complete."""
    if record.is_bound and record.is_valid():
        typed = request.POST
        kept = _filled(typed, "found", ROWS_FOUND, ("title", "content", "severity", "owner", "text"))
        found = [
            Found(line["title"], _int(line["content"]), _int(line["severity"]), line["text"], line["owner"])
            for line in kept
        ]
        numbered = {line["number"]: n for n, line in enumerate(kept)}
        brought = [
            Brought(line["kind"], line["text"], _yuan(line["amount"]), _found(line["for"], numbered))
            for line in _filled(typed, "help", ROWS_HELP, ("kind", "text", "amount", "for"))
        ]
        actions.record_visit(visit=row, by=request.office, found=found, brought=brought, **record.cleaned_data)
        return True
    if help_.is_bound and help_.is_valid():
        actions.bring_help(visit=row, by=request.office, **help_.cleaned_data)
        return True
    return False


@require_http_methods(["GET", "POST"])
def teams(request: OfficerRequest) -> HttpResponse:
    """The supervision teams in sight, those whose findings no help followed first; the form to form one."""
    days, today = help_within(request.office), timezone.localdate()
    given = {"place_code": request.office.territory, "held_from": today}
    form = TeamForm(request.POST or None, initial=given)
    if request.method == "POST" and form.is_valid():
        try:
            return redirect("supervision_team", actions.form_team(by=request.office, **form.cleaned_data).pk)
        except Refusal as refusal:
            form.add_error(None, str(refusal))
    known = {each.pk: each for each in queries.teams(seen_by=request.eyes)}
    fights = queries.fights(
        queries.visits(seen_by=request.eyes), lambda visit: visit.team_id, days, seen_by=request.eyes
    )
    idle = [queries.Fight(number) for number in sorted(known.keys() - {each.key for each in fights})]
    return render(
        request,
        "web/supervision_teams.html",
        {
            "teams": [(known[each.key], each) for each in [*fights, *idle] if each.key in known],
            "names": _names({each.place_code for each in known.values()}),
            "days": days,
            "form": form if may(request.office, "supervision_visits.form_team") else None,
            "datalist": in_territory(request.office),
        },
        status=400 if form.errors else 200,
    )


@require_http_methods(["GET", "POST"])
def team(request: OfficerRequest, number: int) -> HttpResponse:
    """A team: its roster with dates, its visits."""
    row = queries.team(number, seen_by=request.eyes)
    if row is None:
        raise Http404
    done, today, problem = request.POST.get("do", ""), timezone.localdate(), ""
    may_change = may(request.office, "supervision_visits.post") and request.office.reach.covers(row.place_code)
    if request.method == "POST" and not may_change:
        raise Http404
    post = MemberForm(request.POST if done == "post" else None, initial={"held_from": today})
    end = EndForm(request.POST if done in ("end", "end_post") else None, initial={"held_to": today})
    if request.method == "POST":
        try:
            if done == "post" and post.is_valid():
                actions.post(team=row, by=request.office, **post.cleaned_data)
                return redirect("supervision_team", row.pk)
            if done == "end_post" and end.is_valid():
                said = request.POST.get("member", "")
                member = TeamMember.objects.filter(team=row, pk=int(said) if said.isdigit() else 0).first()
                if member is None:
                    raise Http404
                actions.end_post(member=member, by=request.office, **end.cleaned_data)
                return redirect("supervision_team", row.pk)
            if done == "end" and end.is_valid():
                actions.end_team(team=row, by=request.office, **end.cleaned_data)
                return redirect("supervision_team", row.pk)
        except Refusal as refusal:
            problem = str(refusal)
    rows = queries.visits(seen_by=request.eyes).filter(team=row)
    offered = Officer.objects.filter(locked_on=None, offices__in=_near(request)).distinct() if may_change else ()
    return render(
        request,
        "web/supervision_team.html",
        {
            "team": row,
            "place_name": _names({row.place_code})[row.place_code],
            "members": list(row.members.select_related("officer").order_by("held_to", "-leads", "pk")),
            "visits": _described(list(rows[:50]), request),
            "fights": queries.fights(rows, lambda visit: "", help_within(request.office), seen_by=request.eyes),
            "days": help_within(request.office),
            "post": post if may_change and row.held_to is None else None,
            "end": end if may_change and row.held_to is None else None,
            "officers": list(offered[:200]) if may_change else [],
            "problem": problem,
        },
        status=400 if problem or post.errors or end.errors else 200,
    )


def _near(request: OfficerRequest) -> Any:
    from firmground.officers.queries import offices

    return offices(request.eyes).order_by()


def _described(rows: list[Visit], request: OfficerRequest) -> list[Any]:
    """Visits with their words, and how much they found and brought."""
    names, modes = _names({row.place_code for row in rows}), supervision_words.modes()
    counted = {
        each.key: each
        for each in queries.fights(
            Visit.objects.filter(pk__in=[row.pk for row in rows]), lambda visit: visit.pk,
            help_within(request.office), seen_by=request.eyes,
        )
    } if rows else {}  # fmt: skip
    found: list[Any] = rows
    for row in found:
        row.place_name, row.mode_word = names[row.place_code], modes[row.mode]
        row.fight = counted.get(row.pk) or queries.Fight(row.pk)
    return found


def _named(fights: list[queries.Fight]) -> list[tuple[str, queries.Fight]]:
    names = _names({each.key for each in fights})
    return [(names[each.key], each) for each in fights]


def _names(codes: set[str]) -> dict[str, str]:
    known = {each.code: each.name(spoken()) for each in Place.objects.filter(code__in=codes)}
    return {code: known.get(code) or code or gettext("the nation") for code in codes}


def _line(row: Any) -> list[Any]:
    return [row.pk, row.team.title, row.place_code, row.mode, row.from_on, row.to_on, row.households_seen,
            row.fight.found, row.fight.help, row.fight.amount]  # fmt: skip


def _typed(typed: Any, name: str, rows: int, keys: tuple[str, ...]) -> list[dict[str, str]]:
    """The lines of a record as they were typed, each with its number."""
    return [
        {"number": str(n), **{key: typed.get(f"{name}-{n}-{key}", "").strip() for key in keys}}
        for n in range(1, rows + 1)
    ]


def _filled(typed: Any, name: str, rows: int, keys: tuple[str, ...]) -> list[dict[str, str]]:
    """Those in which something was written, not only chosen."""
    return [line for line in _typed(typed, name, rows, keys) if line.get("title") or line["text"] or line.get("amount")]


def _int(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 3 else 0


def _yuan(text: str) -> Decimal | None:
    try:
        return Decimal(text).quantize(Decimal("0.01")) if text else None
    except InvalidOperation:
        raise Refusal(gettext("“%(text)s” is no sum of money.") % {"text": text}) from None


def _found(text: str, numbered: dict[str, int]) -> int | None:
    """The place of what was found, by the number of its line.

    Raises:
        Refusal: nothing was written in that line.
    """
    if not text:
        return None
    if text not in numbered:
        raise Refusal(gettext("The help is for something that was not found. Choose again."))
    return numbered[text]
