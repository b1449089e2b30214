"""The public form: a household says that it is in trouble, and reads what became of it. No sign-in, no script."""

from django import forms
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from firmground.cases import applications
from firmground.cases.wording import language, name_of
from firmground.common.errors import Refusal
from firmground.notices.limits import LONGEST_CONTACT, LONGEST_TEXT, TooMany, address_of, sender_of, small
from firmground.notices.queries import telephone_of
from firmground.officers.machine import machine
from firmground.places.models import Level, Place
from firmground.places.queries import in_force
from firmground.places.search import named

MOST_VILLAGES = 50
MOST_PLACES = 200


class ApplicationForm(forms.Form):
    """What the household says. `village` is the code chosen of the villages that `where` may mean."""

    name = forms.CharField(label=_("Your name"), max_length=80)
    where = forms.CharField(
        label=_("Your village"),
        max_length=60,
        help_text=_("Write the village or the township; you choose from a list."),
    )
    village = forms.CharField(required=False, max_length=12)
    number = forms.CharField(
        label=_("Number of the household, or the last four digits of your ID number"),
        max_length=40,
        required=False,
    )
    text = forms.CharField(label=_("What happened"), max_length=LONGEST_TEXT, widget=forms.Textarea(attrs={"rows": 6}))
    contact = forms.CharField(label=_("Telephone"), max_length=LONGEST_CONTACT, required=False)
    website = forms.CharField(required=False)

    def clean_number(self) -> str:
        number: str = self.cleaned_data["number"].strip()
        if len(number) in (15, 18) and number[:-1].isdigit():
            raise forms.ValidationError(_("Write only the last four digits of an ID number."))
        return number

    def clean_website(self) -> str:
        if self.cleaned_data["website"]:
            raise forms.ValidationError(_("Leave the field “Website” empty; it is there to catch programs."))
        return ""


@login_not_required
@small
@require_http_methods(["GET", "POST"])
def apply(request: HttpRequest) -> HttpResponse:
    """Take an application. A village that was not named clearly is asked for again, what was typed is kept."""
    form = ApplicationForm(request.POST if request.method == "POST" else None)
    villages: list[Place] = []
    status = 200
    if request.method == "POST":
        status = 400
        whole = form.is_valid()
        villages = _villages(str(form.data.get("where", ""))[:60])
        chosen = [place for place in villages if place.code == form.data.get("village")]
        if not villages and "where" not in form.errors:
            form.add_error("where", gettext("No village or township of this name is known. Write it another way."))
        elif len(villages) > 1 and not chosen:
            form.add_error("village", gettext("Choose your village from the list."))
        elif whole:
            try:
                made = applications.apply(
                    place_code=(chosen or villages)[0].code,
                    name=form.cleaned_data["name"],
                    text=form.cleaned_data["text"],
                    number=form.cleaned_data["number"],
                    contact=form.cleaned_data["contact"],
                    sender=sender_of(address_of(request), timezone.localdate()),
                    by=machine(),
                )
                return redirect("cases:applied", made.receipt)
            except TooMany as reason:
                form.add_error(None, str(reason))
                status = 429
            except Refusal as reason:
                form.add_error(None, str(reason))
    above = _names({place.code[:9] for place in villages} | {place.code[:6] for place in villages})
    choices = [
        (place.code, " · ".join([above.get(place.code[:6], ""), above.get(place.code[:9], ""), place.name(language())]))
        for place in villages
    ]
    context = {"form": form, "villages": choices if len(choices) > 1 else [], "longest": LONGEST_TEXT}
    return render(request, "cases/apply.html", context, status=status)


@login_not_required
@require_safe
def applied(request: HttpRequest, receipt: str) -> HttpResponse:
    """What became of an application, for whoever holds its receipt."""
    found = applications.by_receipt(receipt)
    if found is None:
        raise Http404
    context = {
        "application": found,
        "village": name_of(found.place_code),
        "telephone": telephone_of(found.place_code),
        "address": request.build_absolute_uri(request.path),
    }
    response = render(request, "cases/applied.html", context)
    response["Cache-Control"] = "no-store"
    response["X-Robots-Tag"] = "noindex"
    return response


def _villages(sought: str) -> list[Place]:
    """The villages that were meant: by their code or name, or those of a township of that name."""
    sought = " ".join(sought.split())
    if not sought:
        return []
    found = named(sought, MOST_PLACES)
    villages = [place for place in found if place.level == Level.VILLAGE]
    for township in (place for place in found if place.level == Level.TOWNSHIP):
        if len(villages) < MOST_VILLAGES:
            villages += in_force().filter(code__startswith=township.code, level=Level.VILLAGE).order_by("code")
    return list({place.code: place for place in villages}.values())[:MOST_VILLAGES]


def _names(codes: set[str]) -> dict[str, str]:
    return {place.code: place.name(language()) for place in Place.objects.filter(code__in=codes)}
