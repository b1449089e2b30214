"""Money: the funds of a territory as of any day, one fund with its postings, and who is paid."""

import base64
from datetime import date
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from django import forms
from django.core.paginator import Page
from django.http import Http404
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, pgettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from firmground.common.errors import Refusal
from firmground.engines.declarations import in_language
from firmground.funds import declared
from firmground.funds.books import actions, bank_files, queries
from firmground.funds.books.models import Fund, Posting
from firmground.officers.acting import may
from firmground.officers.requests import OfficerRequest
from firmground.places import queries as places
from firmground.places.models import Place
from firmground.registry.load.tabular import write_refused
from firmground.web.export import XLSX
from firmground.web.language import spoken
from firmground.web.pages import asked
from firmground.web.pages.places import crumbs

DAY = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})  # what a browser reads in every language
HEADINGS = ["fund", "place_code", "title", "source", "year", "doc_no", "doc_on", "document", "received", "available",
            "allocated", "spent", "unspent_under_1_year", "unspent_under_2_years", "unspent_older"]  # fmt: skip
LARGEST = 32 * 2**20
"""Bytes of a file handed in on the page."""
COLUMNS = ("number", "amount", "received", "available", "allocated", "spent", "paid_share")


def choices(name: str, *, empty: bool = False) -> list[tuple[str, str]]:
    """The codes of a list of funds.toml with their words."""
    rows = [(code, in_language(title, spoken())) for code, title in declared.in_force().titles(name).items()]
    return [("", "–"), *rows] if empty else rows


class FundForm(forms.Form):
    number = forms.CharField(label=_("Number of the fund"), max_length=40)
    place_code = forms.CharField(label=_("Who holds it (code of the place)"), max_length=12, required=False)
    title = forms.CharField(label=_("What it is called"), max_length=120)
    source = forms.ChoiceField(label=_("Where it comes from"))
    direction = forms.ChoiceField(label=_("What it is meant for"), required=False)
    doc_no = forms.CharField(label=_("Number of the document"), max_length=80)
    doc_on = forms.DateField(label=_("Day of the document"), widget=DAY)
    year = forms.IntegerField(label=_("Budget year"), min_value=2000, max_value=2100)
    amount = forms.DecimalField(label=_("Amount, yuan"), min_value=Decimal("0.01"), max_digits=18, decimal_places=2)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["source"].choices = choices("source")  # type: ignore[attr-defined]
        self.fields["direction"].choices = choices("direction", empty=True)  # type: ignore[attr-defined]


class MoveForm(forms.Form):
    """A movement of a fund's money; a payment is entered on its project's page."""

    kind = forms.ChoiceField(label=_("What happened"))
    project = forms.CharField(
        label=_("Number of the project"), max_length=40, required=False,
        help_text=_("Where money is allocated to a project, or taken back from it."),
    )  # fmt: skip
    amount = forms.DecimalField(label=_("Amount, yuan"), min_value=Decimal("0.01"), max_digits=18, decimal_places=2)
    on = forms.DateField(label=_("On"), widget=DAY)
    said = forms.CharField(
        label=_("Document, or the reason"), max_length=300,
        help_text=_("Money that goes back needs a reason; money that comes or is allocated its document."),
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        words = kinds()
        self.fields["kind"].choices = [  # type: ignore[attr-defined]
            (name, words[name]) for name in ("receive", "allocate", "take_back", "give_back")
        ]


class ReverseForm(forms.Form):
    posting = forms.IntegerField(label=_("Number of the posting"), min_value=1)
    on = forms.DateField(label=_("On"), widget=DAY)
    reason = forms.CharField(label=_("Why"), max_length=300)


def kinds() -> dict[str, str]:
    """The kinds of postings in the reader's words."""
    return {
        "receive": pgettext("posting", "received"),
        "give_back": pgettext("posting", "given back"),
        "allocate": pgettext("posting", "allocated to a project"),
        "take_back": pgettext("posting", "taken back from a project"),
        "pay": pgettext("posting", "paid"),
        "refund": pgettext("posting", "came back from a payee"),
        "reverse": pgettext("posting", "reversed"),
    }


@require_http_methods(["GET", "POST"])
def funds(request: OfficerRequest) -> HttpResponseBase:
    """The funds in sight, as of `?on=`: what came, what is set aside, what is spent; and the form of a new one."""
    under, on, problem = asked.place(request), asked.day(request), ""
    years = [str(year) for year in range(2000, 2101)]
    year, source = asked.choice(request, "year", years), asked.choice(request, "source", dict(choices("source")))
    form = FundForm(request.POST or None, initial={"place_code": request.office.territory[:6]})
    if request.method == "POST" and form.is_valid():
        try:
            return redirect("fund", actions.register_fund(by=request.office, **form.cleaned_data).number)
        except Refusal as refusal:
            problem = str(refusal)
    rows = queries.funds(seen_by=request.eyes, under=under)
    rows = rows.filter(**({"year": int(year)} if year else {}), **({"source": source} if source else {}))
    if on:
        rows = rows.filter(doc_on__lte=on)
    column, down = asked.sort(request, COLUMNS, "number")
    standing = asked.sorted_by(queries.standing(rows, on), lambda row: _cell(row, column), down)
    if out := asked.export(request):
        actions.export(rows=len(standing), chosen={"place": under, "on": str(on or "")}, by=request.office)
        return out(
            f"funds-{under or 'all'}-{on or timezone.localdate()}", HEADINGS, [_cells(row, on) for row in standing]
        )
    names = _names({row.fund.place_code for row in standing})
    path, nation = places.path(under), gettext("The nation")
    return render(
        request,
        "web/funds.html",
        {
            "under": under, "on": on, "year": year, "source": source, "sources": choices("source"), "form": form,
            "problem": problem, "sort": f"-{column}" if down else column, "crumbs": crumbs(path),
            "may_register": may(request.office, "books.register"), "total": _total(standing),
            "page": asked.page(request, [(row, names.get(row.fund.place_code, nation)) for row in standing]),
        },
        status=400 if request.method == "POST" else 200,
    )  # fmt: skip


@require_http_methods(["GET", "POST"])
def fund(request: OfficerRequest, number: str) -> HttpResponseBase:
    """One fund: how it stands, how old what is left is, where it went, and every posting."""
    row, on, problem = queries.fund(number, seen_by=request.eyes), asked.day(request), ""
    if row is None:
        raise Http404
    today = timezone.localdate()
    move, back = MoveForm(initial={"on": today}), ReverseForm(initial={"on": today})
    if request.method == "POST":
        reversing = request.POST.get("do") == "reverse"
        form: forms.Form = ReverseForm(request.POST) if reversing else MoveForm(request.POST)
        if form.is_valid():
            try:
                _posted(request, row, reversing, form.cleaned_data)
                return redirect(reverse("fund", args=[row.number]))
            except Refusal as refusal:
                problem = str(refusal)
        move, back = (move, form) if reversing else (form, back)  # type: ignore[assignment]
    day = on or today
    (standing,) = queries.standing([row], day)
    postings = queries.postings(seen_by=request.eyes).filter(taken__fund=row, on__lte=day).order_by("-on", "-id")
    allocations = queries.allocations(row, day)
    page: Page[Posting] = asked.page(request, postings)
    words = kinds()
    for each in page.object_list:
        each.word = words[each.kind]  # type: ignore[attr-defined]
    return render(
        request,
        "web/fund.html",
        {
            "fund": row, "on": on, "standing": standing, "ages": _ages(row, day), "allocations": allocations,
            "page": page, "move": move, "back": back, "problem": problem,
            "source": dict(choices("source")).get(row.source, row.source),
            "direction": dict(choices("direction")).get(row.direction, ""),
            "place": _names({row.place_code}).get(row.place_code, gettext("The nation")),
            "may_post": may(request.office, "books.receive") and request.office.reach.covers(row.place_code),
        },
        status=400 if request.method == "POST" else 200,
    )  # fmt: skip


@require_http_methods(["GET", "POST"])
def payments_load(request: OfficerRequest) -> HttpResponseBase:
    """Enter a file of payments; the rows that are refused come back in one to be mended."""
    context: dict[str, Any] = {"may_load": may(request.office, "books.load"), "columns": bank_files.COLUMNS.items(),
                               "needed": bank_files.NEEDED}  # fmt: skip
    if request.method == "POST":
        try:
            context |= _loaded(request)
        except Refusal as refusal:
            context["problem"] = str(refusal)
    return render(request, "web/payments_load.html", context, status=400 if "problem" in context else 200)


def _loaded(request: OfficerRequest) -> dict[str, Any]:
    upload = request.FILES.get("file")
    if upload is None or upload.size is None or upload.size > LARGEST:
        raise Refusal(gettext("Choose a file of at most %(most)s MB.") % {"most": LARGEST // 2**20})
    with TemporaryDirectory() as folder:
        file = Path(folder) / Path(upload.name or "payments").name
        file.write_bytes(upload.read())
        loaded = bank_files.load(file=file, by=request.office, accept_good=request.POST.get("accept") == "good")
        if not loaded.refused:
            return {"loaded": loaded}
        back = write_refused(file, loaded.headings, loaded.refused, Path(folder))
        data = base64.b64encode(back.read_bytes()).decode()
        return {"loaded": loaded, "back": data, "back_name": back.name,
                "back_type": XLSX if back.suffix == ".xlsx" else "text/csv"}  # fmt: skip


def _posted(request: OfficerRequest, row: Fund, reversing: bool, said: dict[str, Any]) -> None:
    by = request.office
    if reversing:
        actions.reverse(by=by, **said)
        return
    kind, project, text = said["kind"], said["project"], said["said"]
    shared = {"fund": row.number, "amount": said["amount"], "on": said["on"], "by": by}
    match kind:
        case "receive":
            actions.receive(reference=text, **shared)
        case "give_back":
            actions.give_back(reason=text, **shared)
        case "allocate":
            actions.allocate(project=project, reference=text, **shared)
        case _:
            actions.take_back(project=project, reason=text, **shared)


def _ages(row: Fund, day: date) -> list[tuple[str, Decimal]]:
    words = {
        "under_1": gettext("came less than a year ago"), "under_2": gettext("came one to two years ago"),
        "older": gettext("came more than two years ago"),
    }  # fmt: skip
    return [(words[age], amount) for age, amount in queries.ages(row, day).items()]


def _cell(row: queries.Standing, column: str) -> Any:
    return getattr(row.fund if column in ("number", "amount") else row, column)


def _cells(row: queries.Standing, on: date | None) -> list[Any]:
    of = row.fund
    ages = queries.ages(of, on or timezone.localdate())
    return [of.number, of.place_code, of.title, of.source, of.year, of.doc_no, of.doc_on, of.amount, row.received,
            row.available, row.allocated, row.spent, *ages.values()]  # fmt: skip


def _total(rows: list[queries.Standing]) -> dict[str, Decimal]:
    names = ("received", "available", "allocated", "spent")
    total = {name: sum((getattr(row, name) for row in rows), Decimal(0)) for name in names}
    return total | {"amount": sum((row.fund.amount for row in rows), Decimal(0))}


def _names(codes: set[str]) -> dict[str, str]:
    return {place.code: place.name(spoken()) for place in Place.objects.filter(code__in=codes)}
