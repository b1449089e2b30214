"""A place, from the nation to the village: what is counted there, the places below, a village's households."""

from typing import Any

from django.http import Http404
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext

from firmground.cases import queries as cases
from firmground.findings import facilities, queries
from firmground.findings import households as village
from firmground.findings.models import Finding
from firmground.officers.requests import OfficerRequest
from firmground.places import queries as places
from firmground.places.models import DIGITS, Level, Listing, Place
from firmground.registry import declared
from firmground.registry import facilities as registers
from firmground.web.export import as_csv
from firmground.web.language import spoken
from firmground.web.pages import asked
from firmground.web.pages.now import TASKS, Now, task_of
from firmground.web.pages.registers import part
from firmground.web.pages.rows import COLUMNS, Row, in_order, row, table, total

VERDICTS = [verdict.value for verdict in Finding.Verdict]


def place(request: OfficerRequest, code: str = "") -> HttpResponseBase:
    path = places.path(code)
    if code and (not path or path[-1].code != code or not request.officer.territory.opens(code)):
        raise Http404
    here, now = path[-1] if path else None, Now.read(request.eyes)
    context: dict[str, Any] = {
        "screening": now.screening,
        "code": code,
        "tasks": TASKS,
        "level": level_name(here.level) if here else gettext("Nation"),
        "other_name": _other_name(here),
        "crumbs": crumbs(path),
        "listings": Listing.objects.filter(place_code=code) if here else [],
        "changes": [str(change) for change in places.history(code)] if here else [],
        "here": row(code, here.name(spoken()) if here else gettext("The nation"), None),
        "cases": cases.counted(cases.searched(cases.within(request.eyes), place=code), timezone.localdate()),
    }
    if now.screening is None:
        return render(request, "web/place.html", context)
    below = _below(code, now)
    if here and here.level == Level.VILLAGE:
        context["here"] = row(code, here.name(spoken()), now.tallies(digits=12, under=code).get(code))
    else:
        context["here"] = total(code, context["here"].name, below)
    context["failing"] = standards_here(now, code)
    context["facilities"] = (
        [each for each in facilities.counted(now.screening, code, seen_by=now.eyes) if each.number] if code else []
    )
    if here and here.level == Level.VILLAGE:
        return _village(request, here, now, context)
    column, down = asked.sort(request, COLUMNS, "code")
    below = in_order(below, column, down)
    if asked.wants_csv(request):
        return as_csv(f"places-{code or 'nation'}-{now.screening.as_of}", *table(below))
    context |= {"below": below, "below_title": _below_title(here), "sort": f"-{column}" if down else column}
    return render(request, "web/place.html", context)


def _village(request: OfficerRequest, here: Place, now: Now, context: dict[str, Any]) -> HttpResponseBase:
    kinds = declared.catalogue().tables["household"].facts["kind"].values
    chosen = {
        "standard": asked.choice(request, "standard", now.results),
        "kind": asked.choice(request, "kind", kinds),
        "verdict": asked.choice(request, "verdict", VERDICTS),
    }
    column, down = asked.sort(request, village.COLUMNS, "-short")
    assert now.screening is not None
    rows = asked.sorted_by(
        village.of_village(now.screening, here.code, seen_by=now.eyes, **chosen), village.COLUMNS[column], down
    )
    if asked.wants_csv(request):
        return as_csv(f"households-{here.code}-{now.screening.as_of}", HEADINGS, map(_line, rows))
    page, known = asked.page(request, rows), registers.village(here.code, seen_by=now.eyes)
    for each in page:
        each.titles = [now.title(standard) for standard in each.short]
    context |= {
        "itself": part("village", [known]).pairs() if known else [],
        "households": page,
        "standards": sorted(context["failing"], key=lambda each: str(each["title"])),
        "kinds": kinds,
        "verdicts": VERDICTS,
        "chosen": chosen,
        "sort": f"-{column}" if down else column,
    }
    return render(request, "web/place.html", context)


HEADINGS = ["household_id", "head", "kind", "population", "falls_short_of", "not_known"]


def _line(row: village.Found) -> list[Any]:
    known = row.household
    return [known.household_id, known.head, known.kind, known.population, " ".join(row.short), " ".join(row.unknown)]


def standards_here(now: Now, code: str) -> list[dict[str, Any]]:
    """The standards that somebody here falls short of or is not known to meet, most first."""
    assert now.screening is not None
    rows = [
        {
            "standard": result.standard,
            "title": now.title(result.standard),
            "task": task_of(now.catalogue.standards.get(result.standard)),
            "asked": result.asked,
            "not_met": result.not_met,
            "unknown": result.unknown,
            "opened": result.opened,
            "closed": result.closed,
            "fallen": -result.closed,
        }
        for result in queries.counts(now.screening, [code], seen_by=now.eyes)
        if result.not_met or result.unknown or result.opened or result.closed
    ]
    return sorted(rows, key=lambda each: (-each["not_met"], -each["unknown"], each["standard"]))


def crumbs(path: list[Place]) -> list[dict[str, str]]:
    """The way from the province down to a place."""
    return [
        {"code": each.code, "name": each.name(spoken()), "address": row(each.code, "", None).address} for each in path
    ]


def level_name(level: str) -> str:
    return {
        "province": gettext("Province"),
        "prefecture": gettext("Prefecture"),
        "county": gettext("County"),
        "township": gettext("Township"),
        "village": gettext("Village"),
    }[level]


def _below(code: str, now: Now) -> list[Row]:
    """The places one level down where somebody was screened."""
    longer = [digits for digits in DIGITS.values() if digits > len(code)]
    if not longer:
        return []
    counted = now.tallies(digits=longer[0], under=code)
    names = {p.code: p.name(spoken()) for p in Place.objects.filter(code__in=list(counted))}
    return [row(each, names.get(each, each), tally) for each, tally in sorted(counted.items())]


def _below_title(here: Place | None) -> str:
    return {
        None: gettext("Provinces"),
        "province": gettext("Prefectures"),
        "prefecture": gettext("Counties"),
        "county": gettext("Townships"),
        "township": gettext("Villages"),
    }[here.level if here else None]


def _other_name(here: Place | None) -> str:
    """The name in the other language, for whoever reads papers in both."""
    return "" if here is None else here.name("en" if spoken() == "zh" else "zh")
