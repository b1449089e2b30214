"""Officers: who holds which office, and what may be done about it in one's own."""

from typing import Any

from django import forms
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods

from firmground.common.audit.models import Entry
from firmground.common.errors import Refusal
from firmground.officers import actions, queries
from firmground.officers.acting import may
from firmground.officers.departments import departments, name_of
from firmground.officers.models import HandOver, Office, Officer, Role
from firmground.officers.permissions import READS
from firmground.officers.requests import OfficerRequest
from firmground.places.models import Place
from firmground.web.language import spoken
from firmground.web.pages import asked
from firmground.web.pages.audit import described
from firmground.web.templatetags.signing_in import name_places


class Day(forms.DateField):
    widget = forms.DateInput(attrs={"type": "date"})


class GrantForm(forms.Form):
    role = forms.ChoiceField(label=_("Role"), choices=Role.choices)
    territory = forms.CharField(
        label=_("Territory"), required=False, max_length=12, help_text=_("The code of the place; empty for the nation.")
    )
    department = forms.ChoiceField(label=_("Department"), required=False)
    held_from = Day(label=_("From"), initial=timezone.localdate)
    held_to = Day(label=_("To, the last day"), required=False)
    why = forms.CharField(label=_("Why"), required=False, max_length=300)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["department"]
        field.choices = [("", "–"), *((code, name_of(code, spoken())) for code in departments())]

    def clean_territory(self) -> str:
        code: str = self.cleaned_data["territory"].strip()
        if code and not Place.objects.filter(code=code, valid_to=None).exists():
            raise forms.ValidationError(_("There is no such place. Look its code up with the search."))
        return code


class EnrolForm(GrantForm):
    field_order = ["username", "name", "email", "phone"]
    username = forms.SlugField(label=_("Signs in as"), max_length=60, help_text=_("Letters, digits, - and _."))
    name = forms.CharField(label=_("Name"), max_length=80)
    email = forms.EmailField(label=_("E-mail"), required=False)
    phone = forms.CharField(label=_("Telephone"), required=False, max_length=20)


class EndForm(forms.Form):
    on = Day(label=_("The last day"), initial=timezone.localdate)
    why = forms.CharField(label=_("Why"), max_length=300)


class DelegateForm(forms.Form):
    to = forms.CharField(label=_("To whom: the name they sign in with"), max_length=60)
    until = Day(label=_("Until, the last day"))
    why = forms.CharField(label=_("Why"), max_length=300)


class HandOverForm(forms.Form):
    to = forms.ModelChoiceField(Office.objects.none(), label=_("To which office"))
    promised = forms.CharField(
        label=_("What was promised by word of mouth, and to whom"), required=False, max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )  # fmt: skip
    why = forms.CharField(label=_("Why"), max_length=300)


class WhyForm(forms.Form):
    why = forms.CharField(label=_("Why"), max_length=300)


@require_GET
def officers(request: OfficerRequest) -> HttpResponse:
    """The offices held today within one's territory; search by name or place."""
    text, place = " ".join(request.GET.get("q", "").split())[:60], asked.place(request)
    rows = queries.offices(request.officer, text=text, place=place)
    page = asked.page(request, rows)
    name_places(list(page))
    context = {"page": page, "chosen": {"q": text, "place": place}, "may_enrol": may(request.office, "officers.enrol")}
    return render(request, "web/officers.html", context)


@require_http_methods(["GET", "POST"])
def enrol(request: OfficerRequest) -> HttpResponse:
    """Take somebody in with a first office. The password is shown once, here."""
    form = EnrolForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            officer, password = actions.enrol(by=request.office, **_given(form))
            return _show(request, officer, password=password)
        except Refusal as refusal:
            form.add_error(None, str(refusal))
    return render(request, "web/enrol.html", {"form": form}, status=400 if form.errors else 200)


@require_http_methods(["GET", "POST"])
def officer(request: OfficerRequest, number: int) -> HttpResponse:
    """One officer: offices, history, and what may be done."""
    try:
        shown = queries.officer(number, request.officer)
    except Officer.DoesNotExist:
        raise Http404 from None
    if request.method == "GET":
        return _show(request, shown)
    form, done = _carry_out(request, shown, request.POST.get("do", ""))
    if form.errors:
        return _show(request, shown, problem=form)
    if isinstance(done, HandOver):
        return redirect("hand_over", done.pk)
    return _show(request, shown, password=done) if done else redirect("officer", number)


@require_http_methods(["GET", "POST"])
def hand_over(request: OfficerRequest, number: int) -> HttpResponse:
    """The sheet of a desk that was handed over; whoever takes it over acknowledges it here."""
    try:
        sheet = queries.hand_over(number, request.office.reach)
    except HandOver.DoesNotExist:
        raise Http404 from None
    mine = request.officer.pk in (sheet.office.officer_id, sheet.to.officer_id, sheet.by.officer_id)
    if not mine and "personal" not in READS[Role(request.office.role)]:
        raise Http404
    problem = ""
    if request.method == "POST":
        try:
            actions.acknowledge(hand_over=sheet, by=request.office)
            return redirect("hand_over", number)
        except Refusal as refusal:
            problem = str(refusal)
    name_places([sheet.office, sheet.to])
    kinds: dict[str, list[Any]] = {}
    for piece in sheet.sheet:
        kinds.setdefault(piece["kind"], []).append(piece)
    named = {kind: (KINDS.get(kind, kind), pieces) for kind, pieces in kinds.items()}
    context = {"sheet": sheet, "kinds": named, "to_me": sheet.to.officer_id == request.officer.pk, "problem": problem}
    return render(request, "web/hand_over.html", context, status=400 if problem else 200)


KINDS = {
    "case": _("Cases"),
    "measure": _("Measures promised"),
    "helper": _("Households helped"),
    "attendance": _("Attendance to confirm"),
    "objection": _("Objections to answer"),
    "notice": _("Notices to take down"),
}


def _carry_out(request: OfficerRequest, shown: Officer, do: str) -> tuple[forms.Form, str | HandOver]:
    """Do what a form of the page asks for; gives the form, with what was wrong, and the password or sheet made."""
    by, office = request.office, _office(request)
    form = _form(do, request.POST, office)
    made: str | HandOver = ""
    if form.is_valid():
        said = _given(form)
        try:
            match do:
                case "grant":
                    actions.grant(officer=shown, by=by, **said)
                case "end" if office:
                    actions.end(office=office, by=by, **said)
                case "delegate":
                    to = Officer.objects.filter(username=said.pop("to")).first()
                    if to is None:
                        raise Refusal(gettext("Nobody signs in by that name."))
                    actions.delegate(to=to, by=by, **said)
                case "hand_over" if office:
                    made = actions.hand_over(office=office, by=by, **said)
                case "lock":
                    actions.lock(officer=shown, because=said["why"], by=by)
                case "unlock":
                    actions.unlock(officer=shown, by=by, **said)
                case "give_password":
                    made = actions.give_password(officer=shown, by=by, **said)
                case "reset_second_factor":
                    actions.reset_second_factor(officer=shown, by=by, **said)
                case _:
                    raise Refusal(gettext("This form is not known. Open the page again."))
        except Refusal as refusal:
            form.add_error(None, str(refusal))
    return form, made


def _office(request: OfficerRequest) -> Office | None:
    """The office that a form is about; none that is out of sight."""
    number = request.POST.get("office", "")
    mine = [each for each in request.officer.offices_today if str(each.pk) == number]
    if mine or not number.isdigit():
        return mine[0] if mine else None
    try:
        return queries.office(int(number), request.officer)
    except Office.DoesNotExist:
        raise Http404 from None


def _form(do: str, said: Any, office: Office | None) -> forms.Form:
    kinds = {"grant": GrantForm, "end": EndForm, "delegate": DelegateForm, "hand_over": HandOverForm}
    form: Any = kinds.get(do, WhyForm)(said)
    if do == "hand_over" and office:
        form.fields["to"].queryset = queries.successors(office)
    return form


def _given(form: forms.Form) -> dict[str, Any]:
    return {name: value for name, value in form.cleaned_data.items() if value not in ("", None) or name == "territory"}


def _show(request: OfficerRequest, shown: Officer, *, password: str = "", problem: Any = None) -> HttpResponse:
    by, today = request.office, timezone.localdate()
    offices = list(queries.offices_of(shown))
    name_places(offices)
    for each in offices:
        each.today = each.is_held(today)  # type: ignore[attr-defined]
        each.mine_to_end = each.today and (  # type: ignore[attr-defined]
            actions.may_grant(by, each.role, each.territory) or each.delegated_from_id == by.pk
        )
    own = shown.pk == request.officer.pk
    manages = bool(offices) and not own and all(actions.may_grant(by, o.role, o.territory) for o in offices if o.today)  # type: ignore[attr-defined]
    keys = [str(each.pk) for each in offices]
    history = Entry.objects.filter(table="officers_officer", key=str(shown.pk)) | Entry.objects.filter(
        table="officers_office", key__in=keys
    )
    hand_over = HandOverForm(auto_id="hand_over_%s")
    choice: Any = hand_over.fields["to"]
    choice.queryset = queries.successors(by)
    return render(
        request,
        "web/officer.html",
        {
            "shown": shown,
            "offices": offices,
            "own": own,
            "manages": manages,
            "password": password,
            "problem": problem,
            "grant": GrantForm(auto_id="grant_%s") if may(by, "officers.grant") and not own else None,
            "end": EndForm(auto_id=""),
            "delegate": DelegateForm(auto_id="delegate_%s") if own and by.delegated_from_id is None else None,
            "hand_over": hand_over if own and choice.queryset.exists() else None,
            "sheets": queries.hand_overs(by)[:20] if own else (),
            "why": WhyForm(auto_id="why_%s"),
            "history": described(list(history.order_by("-id")[:50])),
        },
        status=400 if problem else 200,
    )
