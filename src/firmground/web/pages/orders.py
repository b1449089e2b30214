"""Orders: what was demanded of whom by when, and the answer."""

from collections.abc import Iterator
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
from firmground.officers.acting import may
from firmground.officers.requests import OfficerRequest
from firmground.places import queries as places
from firmground.places.models import Place
from firmground.supervision.ledger import actions, queries
from firmground.supervision.ledger.models import Order
from firmground.supervision.ledger.states import ORDER_ENDED
from firmground.web.export import as_csv
from firmground.web.language import spoken
from firmground.web.pages import asked, supervision_words
from firmground.web.pages.case import reads_of, way
from firmground.web.pages.issues import DAY, below, described, in_territory
from firmground.web.pages.places import crumbs

COLUMNS = {"due": ("late_after", "pk"), "place": ("place_code", "pk"), "number": ("pk",)}
HEADINGS = ["order", "place_code", "title", "given_on", "due_on", "state", "days_late", "issues", "case"]


class OrderForm(forms.Form):
    place_code = forms.CharField(
        label=_("Place that has to act (code)"), max_length=12,
        widget=forms.TextInput(attrs={"list": "places", "inputmode": "numeric"}),
    )  # fmt: skip
    title = forms.CharField(label=_("What is ordered, in one line"), max_length=actions.LONGEST_TITLE)
    text = forms.CharField(
        label=_("What has to be done"), max_length=actions.LONGEST_TEXT, widget=forms.Textarea(attrs={"rows": 5})
    )
    due_on = forms.DateField(label=_("Answer by"), widget=DAY)
    issues = forms.CharField(
        label=_("About the issues (numbers)"), required=False, max_length=300, help_text=_("As: 12, 15, 40.")
    )

    def clean_issues(self) -> list[int]:
        said = self.cleaned_data["issues"].replace("，", ",").replace("、", ",").replace(" ", ",").split(",")
        numbers = [each for each in said if each]
        if not all(each.isascii() and each.isdigit() and len(each) < 18 for each in numbers):
            raise forms.ValidationError(_("Write the numbers of issues with commas between them."))
        return [int(each) for each in numbers]


@require_safe
def orders(request: OfficerRequest) -> HttpResponseBase:
    today = timezone.localdate()
    states = supervision_words.order_states()
    chosen = {
        "place": asked.place(request),
        "state": asked.choice(request, "state", states),
        "standing": asked.choice(request, "standing", ["open", "late", "all"]) or "open",
    }
    rows = queries.orders(seen_by=request.eyes).filter(place_code__startswith=chosen["place"])
    if chosen["state"]:
        rows = rows.filter(state=chosen["state"])
    elif chosen["standing"] != "all":
        rows = rows.filter(queries.OPEN_ORDER)
    if chosen["standing"] == "late":
        rows = rows.filter(late_after__lt=today)
    column, down = asked.sort(request, COLUMNS, "due")
    rows = rows.order_by(*(f"{'-' if down else ''}{name}" for name in COLUMNS[column]))
    if asked.wants_csv(request):
        actions.export(what="orders", rows=rows.count(), chosen=chosen, by=request.office)
        return as_csv(f"orders-{today}", HEADINGS, _lines(rows, today))
    page = asked.page(request, rows.select_related("case", "ordered_by__officer"))
    return render(
        request,
        "web/orders.html",
        {
            "page": page,
            "lines": _described(list(page), today),
            "chosen": chosen,
            "states": states,
            "sort": f"-{column}" if down else column,
            "places": below(request.office, chosen["place"]),
            "may_order": may(request.office, "ledger.order"),
            "may_export": may(request.office, "ledger.export"),
        },
    )


@require_safe
def order(request: OfficerRequest, number: int) -> HttpResponse:
    row = queries.order(number, seen_by=request.eyes)
    if row is None or row.case is None:
        raise Http404
    moves = cases.moves_of(row.case)
    run = declared.run_of(row.case, moves)
    showing = Showing(row.case, "", timezone.localdate())
    about = list(queries.issues(seen_by=request.eyes).filter(pk__in=row.issues).order_by("pk"))
    return render(
        request,
        "web/order.html",
        {
            **way(row.case, run, moves, request.office, showing, reads_of(request.office, row.place_code)),
            "order": _described([row], showing.on)[0],
            "line": wording.lines([row.case], showing.on)[0],
            "crumbs": crumbs(places.path(row.place_code)),
            "issues": described(about, showing.on),
        },
    )


@require_http_methods(["GET", "POST"])
def give_order(request: OfficerRequest) -> HttpResponse:
    number = request.GET.get("issue", "")
    given = {"place_code": asked.place(request), "issues": number if number.isascii() and number.isdigit() else ""}
    form = OrderForm(request.POST or None, initial=given)
    if request.method == "POST" and form.is_valid():
        try:
            made = actions.give_order(by=request.office, **form.cleaned_data)
            return redirect("order", made.pk)
        except Refusal as refusal:
            form.add_error(None, str(refusal))
    context = {"form": form, "datalist": in_territory(request.office)}
    return render(request, "web/give_order.html", context, status=400 if form.errors else 200)


def _described(rows: list[Order], on: date) -> list[Any]:
    names = {each.code: each.name(spoken()) for each in Place.objects.filter(code__in={row.place_code for row in rows})}
    states = supervision_words.order_states()
    found: list[Any] = rows
    for row in found:
        row.place_name, row.state_word = names.get(row.place_code, row.place_code), states.get(row.state, row.state)
        row.standing = row.state not in ORDER_ENDED
        row.late_by = (on - row.late_after).days if row.standing and row.late_after < on else 0
        row.by_role = gettext("%(officer)s, %(role)s") % {
            "officer": row.ordered_by.officer.name, "role": row.ordered_by.get_role_display(),
        }  # fmt: skip
    return found


def _lines(rows: QuerySet[Any], on: date) -> Iterator[list[Any]]:
    for row in rows.select_related("case").iterator(chunk_size=2000):
        late = (on - row.late_after).days if row.state not in ORDER_ENDED and row.late_after < on else 0
        yield [row.pk, row.place_code, row.title, row.case.opened_on, row.late_after, row.state, late,
               " ".join(map(str, row.issues)), row.case_id]  # fmt: skip
