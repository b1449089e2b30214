"""The ledger of issues: as it stands or stood, one issue, raising one, raising from a list or from the screening."""

import base64
import csv
import io
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from firmground.cases import declared, wording
from firmground.cases import queries as cases
from firmground.cases.needs import Showing
from firmground.common.errors import Refusal
from firmground.findings import queries as findings
from firmground.officers.acting import may
from firmground.officers.models import Office
from firmground.officers.requests import OfficerRequest
from firmground.places import queries as places
from firmground.places.models import Place
from firmground.registry.declared import catalogue, parameter
from firmground.supervision.ledger import actions, lists, queries
from firmground.supervision.ledger.models import Issue, Order
from firmground.supervision.visits.models import Help
from firmground.web.export import as_csv, harmless
from firmground.web.language import spoken
from firmground.web.pages import asked, supervision_words
from firmground.web.pages.case import reads_of, way
from firmground.web.pages.places import crumbs

COLUMNS = {
    "due": ("late_after", "pk"), "place": ("place_code", "late_after", "pk"),
    "severity": ("severity", "-late_after", "pk"),
    "found": ("found_on", "pk"), "number": ("pk",),
}  # fmt: skip
HELP_WITHIN = "help_after_issue_days"
DAY = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})  # what a browser reads in every language
MOST_PLACES = 800
HEADINGS = ["issue", "place_code", "household_id", "content", "source", "severity", "title", "found_on", "raised_on",
            "due_on", "state", "days_late", "owner", "unit", "came_back", "helped_on", "visit", "standard", "reference",
            "case"]  # fmt: skip


class IssueForm(forms.Form):
    """What an issue is; the choices are filled in by language."""

    place_code = forms.CharField(
        label=_("Place (code)"), max_length=12, widget=forms.TextInput(attrs={"list": "places", "inputmode": "numeric"})
    )
    title = forms.CharField(label=_("What is wrong, in one line"), max_length=actions.LONGEST_TITLE)
    text = forms.CharField(
        label=_("More about it"), max_length=actions.LONGEST_TEXT, required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
    )  # fmt: skip
    content = forms.TypedChoiceField(label=_("Content of supervision"), coerce=int)
    source = forms.ChoiceField(label=_("Where it came from"))
    severity = forms.TypedChoiceField(label=_("How grave"), coerce=int)
    found_on = forms.DateField(label=_("Found on"), widget=DAY)
    due_on = forms.DateField(
        label=_("To be put right by"), widget=DAY, required=False, help_text=_("Left empty, its severity decides.")
    )
    owner = forms.ChoiceField(label=_("Given to"), required=False)
    unit = forms.CharField(label=_("Who there (body or name of the post)"), max_length=80, required=False)
    household_id = forms.CharField(label=_("Household, if it is about one (number)"), max_length=40, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        words = supervision_words
        choices: Mapping[str, list[tuple[Any, str]]] = {
            "content": list(words.contents().items()), "source": list(words.sources().items()),
            "severity": list(words.severities().items()),
            "owner": [("", gettext("nobody yet")), *words.owners().items()],
        }  # fmt: skip
        for name, found in choices.items():
            self.fields[name].choices = found  # type: ignore[attr-defined]


@require_safe
def issues(request: OfficerRequest) -> HttpResponseBase:
    """The ledger, as it stands today or stood on a day."""
    on, days = _day(request), help_within(request.office)
    rows, chosen = _chosen(request, queries.issues(on, seen_by=request.eyes), on, days)
    column, down = asked.sort(request, COLUMNS, "due")
    rows = rows.order_by(*(_turned(name, down) for name in COLUMNS[column]))
    if asked.wants_csv(request):
        actions.export(what="issues", rows=rows.count(), chosen={**chosen, "on": str(on)}, by=request.office)
        return as_csv(f"issues-{on}", HEADINGS, _lines(rows, on))
    counts = queries.by_state(rows)
    page = asked.page(request, rows.select_related("case"))
    return render(
        request,
        "web/issues.html",
        {
            "page": page,
            "lines": described(list(page), on),
            "counts": [(name, word, counts[name]) for name, word in supervision_words.states().items()],
            "late": rows.filter(queries.late(on)).count(),
            "unhelped": rows.filter(queries.without_help(on, days)).count(),
            "days": days,
            "chosen": chosen,
            "sort": f"-{column}" if down else column,
            "on": on,
            "past": on < timezone.localdate(),
            "places": below(request.office, chosen["place"]),
            "words": _words(),
            "may_raise": may(request.office, "ledger.raise"),
            "may_load": may(request.office, "ledger.load"),
            "may_export": may(request.office, "ledger.export"),
            "may_take": may(request.office, "cases.take"),
        },
    )


@require_safe
def issue(request: OfficerRequest, number: int) -> HttpResponse:
    """One issue: what it is, what can be done now, its way, the help that came."""
    row = queries.issue(number, seen_by=request.eyes)
    if row is None or row.case is None:
        raise Http404
    moves = cases.moves_of(row.case)
    run = declared.run_of(row.case, moves)
    reads = reads_of(request.office, row.place_code)
    showing = Showing(row.case, "", timezone.localdate())
    return render(
        request,
        "web/issue.html",
        {
            **way(row.case, run, moves, request.office, showing, reads),
            "issue": described([row], showing.on)[0],
            "line": wording.lines([row.case], showing.on)[0],
            "crumbs": crumbs(places.path(row.place_code)),
            "help": list(Help.objects.filter(issue=row).select_related("visit__team", "brought_by__officer")),
            "kinds": supervision_words.kinds_of_help(),
            "orders": list(Order.objects.filter(request.eyes.territory.q("place_code"), issues__contains=[row.pk])),
            "may_order": may(request.office, "ledger.order"),
        },
    )


@require_http_methods(["GET", "POST"])
def raise_issue(request: OfficerRequest) -> HttpResponse:
    """Raise one issue by hand."""
    place = asked.place(request) or request.office.territory
    given = {"place_code": place, "found_on": timezone.localdate(), "source": "field_visit", "severity": 2}
    form = IssueForm(request.POST or None, initial=given)
    if request.method == "POST" and form.is_valid():
        try:
            made = actions.raise_issue(by=request.office, **form.cleaned_data)
            return redirect("issue", made.pk)
        except Refusal as refusal:
            form.add_error(None, str(refusal))
    context = {"form": form, "datalist": in_territory(request.office)}
    return render(request, "web/raise_issue.html", context, status=400 if form.errors else 200)


@require_http_methods(["GET", "POST"])
def load_issues(request: OfficerRequest) -> HttpResponse:
    """Raise issues from a list that was handed over, or from what the last screening found."""
    context: dict[str, Any] = {
        "sources": supervision_words.sources(), "severities": supervision_words.severities(),
        "columns": lists.COLUMNS, "needed": lists.NEEDED, "standards": _standards(),
        "place": request.office.territory,
        "levels": {6: gettext("County"), 9: gettext("Township"), 12: gettext("Village")},
    }  # fmt: skip
    if request.method == "POST":
        try:
            context |= _from_screening(request) if request.POST.get("do") == "findings" else _from_list(request)
        except Refusal as refusal:
            context["problem"] = str(refusal)
    return render(request, "web/load_issues.html", context, status=400 if "problem" in context else 200)


def _from_list(request: OfficerRequest) -> dict[str, Any]:
    file = request.FILES.get("list")
    if file is None:
        raise Refusal(gettext("Choose the file."))
    loaded = lists.load_list(content=file.read(), source=request.POST.get("source", ""), by=request.office)
    rows = io.StringIO()
    csv.writer(rows).writerows(
        [["line", "reason", *lists.COLUMNS], *([harmless(cell) for cell in row] for row in lists.rejects(loaded))]
    )
    return {"loaded": loaded, "rejects": base64.b64encode(("\ufeff" + rows.getvalue()).encode()).decode()}


def _from_screening(request: OfficerRequest) -> dict[str, Any]:
    said = request.POST
    digits, severity = said.get("digits", ""), said.get("severity", "")
    if digits not in ("6", "9", "12") or severity not in ("1", "2", "3"):
        raise Refusal(gettext("Say which places answer, and how grave it is."))
    raised = actions.raise_from_findings(
        standards=said.getlist("standard"), place_code=said.get("place", "").strip(), digits=int(digits),
        severity=int(severity), by=request.office,
    )  # fmt: skip
    return {"raised": raised}


def help_within(office: Office) -> int:
    """Days within which help should follow an issue."""
    return int(str(parameter(HELP_WITHIN, timezone.localdate(), office.territory).value))


def described(rows: list[Issue], on: date) -> list[Any]:
    """Issues with their words: place, content, source, severity, state, owner, and by how many days they are late."""
    names = {each.code: each.name(spoken()) for each in Place.objects.filter(code__in={row.place_code for row in rows})}
    words, standards = _words(), catalogue().standards
    found: list[Any] = rows
    for row in found:
        row.place_name = names.get(row.place_code, row.place_code)
        row.state_word, row.source_word = words["states"].get(row.state, row.state), words["sources"][row.source]
        row.content_word, row.severity_word = words["contents"][row.content], words["severities"][row.severity]
        row.owner_word = words["owners"].get(row.owner, "")
        standing = row.state not in queries.ENDED_STATES
        row.standing, row.late_by = standing, (on - row.late_after).days if standing and row.late_after < on else 0
        standard = standards.get(row.standard)
        row.said = (standard.title.get(spoken()) or row.title) if standard else row.title
    return found


def below(office: Office, chosen: str) -> list[tuple[str, str]]:
    """The places one level below the office's, and the one chosen."""
    found = [(each.code, each.name(spoken())) for each in places.children(office.territory)]
    return found if not chosen or chosen in dict(found) else [*found, (chosen, wording.name_of(chosen))]


def in_territory(office: Office) -> list[tuple[str, str]]:
    """Places to choose from in a form: the larger ones first, up to MOST_PLACES."""
    rows = places.in_force().filter(code__startswith=office.territory)
    if len(office.territory) < 4:
        rows = rows.filter(code__length__lte=6)
    return [(each.code, each.name(spoken())) for each in rows.order_by("code__length", "code")[:MOST_PLACES]]


def _day(request: OfficerRequest) -> date:
    said, today = request.GET.get("on", ""), timezone.localdate()
    try:
        on = date.fromisoformat(said) if said else today
    except ValueError:
        raise Refusal(gettext("Write the day as 2020-06-30.")) from None
    return min(on, today)


def _turned(name: str, down: bool) -> str:
    return name.removeprefix("-") if down and name.startswith("-") else f"-{name}" if down else name


def _chosen(request: OfficerRequest, rows: QuerySet[Any], on: date, days: int) -> tuple[QuerySet[Any], dict[str, str]]:
    words = _words()
    chosen = {
        "place": asked.place(request),
        **{
            key: asked.choice(request, key, [str(each) for each in words[many]])
            for key, many in (("content", "contents"), ("source", "sources"), ("severity", "severities"),
                              ("state", "states"), ("owner", "owners"))
        },
        "standing": asked.choice(request, "standing", ["open", "late", "unhelped", "came_back", "all"]) or "open",
        "visit": number if (number := request.GET.get("visit", "")).isascii() and number.isdigit() else "",
    }  # fmt: skip
    wanted: dict[str, Any] = {
        key: chosen[key] for key in ("content", "source", "severity", "state", "owner", "visit") if chosen[key]
    }
    rows = rows.filter(place_code__startswith=chosen["place"], **wanted)
    if chosen["standing"] != "all" and not chosen["state"]:
        rows = rows.filter(queries.OPEN)
    if chosen["standing"] == "late":
        rows = rows.filter(queries.late(on))
    if chosen["standing"] == "unhelped":
        rows = rows.filter(queries.without_help(on, days))
    if chosen["standing"] == "came_back":
        rows = rows.filter(came_back=True)
    return rows, chosen


def _words() -> dict[str, Any]:
    words = supervision_words
    return {
        "contents": words.contents(), "sources": words.sources(), "severities": words.severities(),
        "states": words.states(), "owners": words.owners(),
    }  # fmt: skip


def _standards() -> list[tuple[str, str]]:
    """The standards that the last screening speaks of."""
    screening = findings.latest()
    if screening is None:
        return []
    known = catalogue().standards
    names = findings.shown(screening).filter(not_met__gt=0).values_list("standard", flat=True)
    return sorted(((n, known[n].title.get(spoken()) or n) for n in names if n in known), key=lambda each: each[1])


def _lines(rows: QuerySet[Any], on: date) -> Iterator[list[Any]]:
    for row in rows.select_related("case").iterator(chunk_size=2000):
        late = (on - row.late_after).days if row.state not in queries.ENDED_STATES and row.late_after < on else 0
        yield [row.pk, row.place_code, row.household_id, row.content, row.source, row.severity, row.title, row.found_on,
               row.case.opened_on, row.late_after, row.state, late, row.owner, row.unit, int(row.came_back),
               row.helped_on, row.visit, row.standard, row.reference, row.case_id]  # fmt: skip
