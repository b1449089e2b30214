"""Weekly briefs: every territory's, one as a page and as paper, and whether its numbers still come out."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from firmground.common.errors import Refusal
from firmground.officers.acting import may
from firmground.officers.requests import OfficerRequest
from firmground.places.models import Place
from firmground.supervision.briefs import actions, contents, queries
from firmground.supervision.briefs.models import Brief
from firmground.web.burndown import drawn
from firmground.web.language import CHOICES, spoken
from firmground.web.pages import asked
from firmground.web.pages.supervision_words import guarantees, reason
from firmground.web.paper import printed
from firmground.web.templatetags.ledger import day, number, outlook, share

NAMED = 3
"""Weak links that the first paragraph names."""


class MakeForm(forms.Form):
    place = forms.CharField(
        label=_("Code of the place"), required=False, max_length=6, help_text=_("Empty: the nation.")
    )
    day = forms.DateField(
        label=_("A day of the week"), widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    )
    why = forms.CharField(
        label=_("Why another edition"), required=False, max_length=300,
        help_text=_("Only where there is a brief of that week, and its numbers have changed."),
    )  # fmt: skip


@require_http_methods(["GET", "POST"])
def briefs(request: OfficerRequest) -> HttpResponseBase:
    """Every brief in sight, the latest week first; the form to make one."""
    under, problem = asked.place(request), ""
    form = MakeForm(request.POST or None, initial={"place": _home(request)})
    if request.method == "POST" and form.is_valid():
        try:
            return redirect("brief", actions.make(by=request.office, **form.cleaned_data).pk)
        except Refusal as refusal:
            problem = str(refusal)
    page = asked.page(request, queries.briefs(seen_by=request.eyes, under=under))
    names = _names({row.place_code for row in page.object_list})
    for row in page.object_list:
        row.name = names[row.place_code]
    return render(
        request,
        "web/briefs.html",
        {
            "page": page,
            "under": under,
            "form": form,
            "problem": problem,
            "may_make": may(request.office, "briefs.make"),
        },
        status=400 if request.method == "POST" else 200,
    )


@require_safe
def brief(request: OfficerRequest, number: int) -> HttpResponse:
    """One brief; `?check=1` works its numbers out again and names those that differ."""
    row = _in_sight(request, number)
    check = asked.choice(request, "check", ["1"])
    return render(
        request,
        "web/brief.html",
        {
            "brief": row,
            "editions": queries.editions(row, seen_by=request.eyes),
            "checked": bool(check),
            "differences": list(queries.differences(row)) if check else [],
            **_described(row),
        },
    )


@require_safe
def brief_paper(request: OfficerRequest, number: int) -> HttpResponse:
    """A brief as PDF of A4, first in Chinese and then in English."""
    row = _in_sight(request, number)
    editions = []
    for language in (CHOICES["zh"], CHOICES["en"]):
        with translation.override(language):
            editions.append(
                {
                    "language": language,
                    "body": render_to_string("web/brief_body.html", {"brief": row, "paper": True, **_described(row)}),
                }
            )
    address = request.build_absolute_uri(reverse("brief", args=[row.pk]))
    html = render_to_string("web/brief_paper.html", {"brief": row, "editions": editions, "address": address})
    paper = printed(html)
    actions.export(brief=row, content=paper, by=request.office)
    name = f"brief-{row.place_code or 'nation'}-{row.week}-{row.edition}.pdf"
    return HttpResponse(
        paper, content_type="application/pdf", headers={"Content-Disposition": f'inline; filename="{name}"'}
    )


def _in_sight(request: OfficerRequest, number: int) -> Brief:
    row = queries.brief(number, seen_by=request.eyes)
    if row is None:
        raise Http404
    return row


def _home(request: HttpRequest) -> str:
    office = getattr(request, "office", None)
    return office.territory[:6] if office else ""


def _described(row: Brief) -> dict[str, Any]:
    """What the templates write of a brief, in the language that is spoken."""
    told = row.contents
    weak = [contents.weak_of(each) for each in told.get("weak", ())]
    codes = {row.place_code, *(each["place"] for each in told.get("places", ())), *told["listed"]["left"]}
    names = _names(codes | {each.place_code for each in weak})
    words = dict(guarantees())
    series = [(date.fromisoformat(on), poor) for on, poor in told.get("series", ())]
    forecast = contents.forecast_of(told.get("forecast"))
    return {
        "told": told,
        "name": names[row.place_code],
        "as_of": date.fromisoformat(told["screening"]["as_of"]) if told["screening"] else None,
        "lead": ("" if spoken() == "zh" else " ").join(_lead(row, told, weak, names)),
        "forecast": forecast,
        "burndown": drawn(series, forecast),
        "guarantees": [(words[key], told.get("guarantees", {}).get(key), key) for key in words],
        "board": f"{reverse('supervision_place', args=[row.place_code]) if row.place_code else reverse('supervision')}"
        f"?on={row.on}",
        "rows": [
            {
                **each,
                "name": names[each["place"]],
                "short": [(f"guarantees.{key}.not_met", each["guarantees"].get(key)) for key in words],
                "forecast": contents.forecast_of(each["forecast"]),
            }
            for each in told.get("places", ())
        ],
        "weak": [{"place": each.place_code, "name": names[each.place_code], "reason": reason(each)} for each in weak],
        "left": [names[code] for code in told["listed"]["left"]],
        "issues": _issues(row, told["issues"]),
    }


def _lead(row: Brief, told: dict[str, Any], weak: list[contents.Weak], names: dict[str, str]) -> Iterator[str]:
    """The first paragraph: who is still poor, who will miss the deadline, and what of supervision is late."""
    figures, before, forecast = told.get("figures"), told.get("before"), contents.forecast_of(told.get("forecast"))
    if not told["screening"]:
        yield gettext("No screening has been made as of %(day)s: nobody knows who is still poor.") % {
            "day": day(row.on)
        }
    elif not told["screening"]["of_this_week"]:
        yield gettext("No screening was made this week; figures are those of %(day)s.") % {
            "day": day(told["screening"]["as_of"])
        }
    if figures:
        persons, homes = figures["poor_persons"], figures["poor_households"]
        yield gettext("Still poor: %(persons)s in %(households)s.") % {
            "persons": ngettext("%(n)s person", "%(n)s persons", persons) % {"n": number(persons)},
            "households": ngettext("%(n)s household", "%(n)s households", homes) % {"n": number(homes)},
        }
        if figures["rural_population"]:
            yield gettext("That is %(share)s of the rural population.") % {
                "share": share(figures["poor_persons"], figures["rural_population"])
            }
    if figures and before:
        less = before["poor_persons"] - figures["poor_persons"]
        sentences = {
            -1: gettext("More than in the week before: %(n)s."),
            0: gettext("As many as in the week before."),
            1: gettext("Fewer than in the week before: %(n)s."),
        }
        yield sentences[(less > 0) - (less < 0)] % {"n": number(abs(less))}
    if forecast:
        yield gettext(
            "Foretold for %(deadline)s: %(middle)s persons, in four of five paths %(low)s to %(high)s; "
            "the chance to make it is %(chance)s (%(outlook)s)."
        ) % {
            "deadline": day(forecast.deadline), "middle": number(forecast.remaining["50"]),
            "low": number(forecast.remaining["10"]), "high": number(forecast.remaining["90"]),
            "chance": f"{forecast.chance:.0%}", "outlook": outlook(forecast.outlook),
        }  # fmt: skip
    if counties := told.get("outlook"):
        yield gettext(
            "Counties by forecast: will miss the deadline %(will)s, may miss it %(may)s, on course %(on)s."
        ) % {
            "will": number(counties["will_miss"]), "may": number(counties["may_miss"]),
            "on": number(counties["on_course"]),
        }  # fmt: skip
    least = [each for each in weak[:NAMED] if each.told and each.told.chance < 1]
    if least:
        yield gettext("Least likely to make it: %(places)s.") % {
            "places": _listed([_why(each, names[each.place_code]) for each in least])
        }
    now = told["issues"]["now"]
    yield gettext("Open issues: %(open)s; of them past their day %(late)s, without any help so far %(without)s.") % {
        "open": number(now["open"]),
        "late": number(now["overdue"]),
        "without": number(now["without_help"]),
    }


def _why(weak: contents.Weak, name: str) -> str:
    """A place, its chance to make it, and what holds it back most."""
    assert weak.told is not None
    said = {
        "place": name, "chance": f"{weak.told.chance:.0%}", "poor": number(weak.figures.poor_persons),
        "guarantee": dict(guarantees()).get(weak.guarantee, ""), "share": f"{weak.share:.1%}",
    }  # fmt: skip
    if weak.guarantee:
        return gettext("%(place)s (%(chance)s; %(poor)s still poor; %(guarantee)s short in %(share)s)") % said
    return gettext("%(place)s (%(chance)s; %(poor)s still poor)") % said


def _listed(words: list[str]) -> str:
    return ("、" if spoken() == "zh" else ", ").join(words)


def _issues(row: Brief, told: dict[str, Any]) -> list[tuple[str, int, int, str, str]]:
    """(what, now, more or fewer than before the week, where those of that day stand, the number's name)."""
    words = {
        "raised": gettext("Raised since the beginning"),
        "open": gettext("Open"),
        "overdue": gettext("Past their day"),
        "claimed": gettext("Said to be put right, not verified"),
        "reopened": gettext("Came back"),
        "without_help": gettext("Without any help so far"),
        "verified": gettext("Verified by somebody else"),
        "waived": gettext("Waived"),
    }
    now, before = told["now"], told["before"] or dict.fromkeys(told["now"], 0)
    where = {
        "raised": "standing=all", "open": "standing=open", "overdue": "standing=late", "claimed": "state=claimed",
        "reopened": "standing=came_back", "verified": "state=resolved", "waived": "state=waived",
    }  # fmt: skip
    ledger = f"{reverse('issues')}?place={row.place_code}&on={row.on}"
    return [
        (title, now[key], now[key] - before[key], f"{ledger}&{where[key]}" if key in where else "", f"issues.now.{key}")
        for key, title in words.items()
    ]


def _names(codes: set[str]) -> dict[str, str]:
    known = {place.code: place.name(spoken()) for place in Place.objects.filter(code__in=codes)}
    return {code: known.get(code, code) if code else gettext("The nation") for code in codes}
