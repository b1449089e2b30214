"""The standards: their text, law, thresholds and examples, how many fall short where, and what a change would do."""

from collections.abc import Mapping
from typing import Any

from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext

from firmground.engines.declarations import in_language
from firmground.engines.standards.catalogue import Catalogue
from firmground.engines.standards.declared import Fact, Standard
from firmground.engines.standards.wording import unit_of_fact
from firmground.findings import queries
from firmground.findings.models import StandardResult
from firmground.officers.requests import OfficerRequest
from firmground.places.models import Place
from firmground.registry import declared
from firmground.web.language import spoken
from firmground.web.pages.now import TASKS, Now, task_of
from firmground.web.pages.what_if import as_file, what_if


def standards(request: OfficerRequest) -> HttpResponse:
    now = Now.read(request.eyes)
    rows = [_row(now, standard) for standard in now.catalogue.standards.values() if standard.screened]
    groups = [
        {"task": task, "rows": sorted((r for r in rows if r["task"] == task), key=lambda r: str(r["title"]))}
        for task in sorted({row["task"] for row in rows}, key=lambda task: (task not in TASKS, task))
    ]
    return render(
        request,
        "web/standards.html",
        {"screening": now.screening, "count": len(rows), "groups": groups},
    )


def standard(request: OfficerRequest, name: str) -> HttpResponseBase:
    now = Now.read(request.eyes)
    wanted = now.catalogue.standards.get(name)
    if wanted is None:
        raise Http404
    answer = what_if(request, now, wanted)
    if answer.wants_file:
        return as_file(answer, wanted)
    known = now.catalogue.tables[wanted.about].facts
    names = now.catalogue.names_behind(wanted.about, wanted.asked_of, wanted.rule)
    rows = _parameter_rows(now.catalogue, list(now.catalogue.parameters_behind(wanted)))
    return render(
        request,
        "web/standard.html",
        {
            "screening": now.screening,
            "standard": wanted,
            "owner": owner_name(wanted.owner),
            "author": declared.office(wanted.author, spoken()),
            "checker": declared.office(wanted.checker, spoken()),
            "everyone": gettext("everyone"),
            "asked_of": declared.in_words(wanted.asked_of, wanted.about, spoken()) if wanted.asked_of else "",
            "met_when": declared.in_words(wanted.rule, wanted.about, spoken()),
            "held": name in now.held,
            "result": now.results.get(name),
            "facts": [_fact_row(known[n]) for n in names if n in known],
            "parameters": rows,
            "any_unconfirmed": not all(row["confirmed"] for row in rows),
            "examples": [
                {"says": e.says, "given": _given(now, wanted.about, e.given), "as_of": e.as_of, "verdict": e.verdict}
                for e in wanted.examples
            ],
            "parameter_names": answer.choices,
            "what_if": answer,
            "counties": [] if name in now.held else _counties(now, name),
            "history": StandardResult.objects.filter(standard=name).select_related("screening").order_by("-screening"),
        },
    )


def owner_name(owner: str) -> str:
    """Who answers first."""
    return {
        "village": gettext("the village"),
        "township": gettext("the township"),
        "county": gettext("the county"),
        "prefecture": gettext("the prefecture"),
        "province": gettext("the province"),
    }.get(owner, owner)


def unconfirmed(catalogue: Catalogue, standard: Standard) -> bool:
    """Whether a threshold that the standard reads has no source that was read."""
    return any(
        not row.confirmed for name in catalogue.parameters_behind(standard) for row in catalogue.parameters[name].values
    )


def _row(now: Now, standard: Standard) -> dict[str, Any]:
    result = now.results.get(standard.id)
    return {
        "standard": standard.id,
        "title": now.title(standard.id),
        "task": task_of(standard),
        "owner": owner_name(standard.owner),
        "unconfirmed": unconfirmed(now.catalogue, standard),
        "held": standard.id in now.held,
        **{key: getattr(result, key, None) for key in ("asked", "not_met", "unknown")},
    }


def _fact_row(fact: Fact) -> dict[str, str]:
    unit = declared.unit(unit_of_fact(fact), spoken())
    words = ", ".join(declared.word(f"{fact.table}.{fact.name}", value, spoken()) for value in fact.values)
    return {
        "name": fact.name,
        "label": declared.label(f"{fact.table}.{fact.name}", spoken()),
        "unit": unit or words or (gettext("yes or no") if fact.type == "bool" else ""),
        "how": declared.how_known(fact, spoken()) or gettext("recorded"),
    }


def _parameter_rows(catalogue: Catalogue, names: list[str]) -> list[dict[str, Any]]:
    """Each value of each threshold, the nation's first."""
    places = {row.place for name in names for row in catalogue.parameters[name].values if row.place}
    called = {p.code: p.name(spoken()) for p in Place.objects.filter(code__in=places)}
    return [
        {
            "name": name,
            "title": catalogue.parameters[name].title.get(spoken()) or catalogue.parameters[name].title.get("en", name),
            "place": called.get(row.place, row.place) or gettext("everywhere"),
            "from": row.from_,
            "to": row.to,
            "value": row.value,
            "unit": declared.unit(catalogue.parameters[name].unit, spoken()),
            "law": row.law,
            "confirmed": row.confirmed,
        }
        for name in names
        for row in sorted(catalogue.parameters[name].values, key=lambda row: (row.place, row.from_))
    ]


def _given(now: Now, table: str, given: Mapping[str, Any]) -> str:
    """What an example states, in the reader's words."""
    return "; ".join(_stated(now, table, name, value) for name, value in given.items()) or gettext("nothing is known")


def _stated(now: Now, table: str, name: str, value: Any) -> str:
    """One fact of an example and its value; or related rows, one after the other."""
    known = now.catalogue.tables[table].facts.get(name)
    if known is not None:
        return f"{declared.label(f'{table}.{name}', spoken())} = {declared.valued(known, value, spoken())}"
    related = now.catalogue.tables.get(name)
    rows = value if isinstance(value, list) else [value]
    if related is None:
        return f"{name} = {declared.shown(value, spoken())}"
    told = ["; ".join(_stated(now, name, *each) for each in row.items()) or "–" for row in rows]
    return f"{in_language(related.label, spoken()) or name}: {', '.join(f'({row})' for row in told) or '–'}"


def _counties(now: Now, name: str) -> list[dict[str, Any]]:
    """Where they fall short: the counties, most first."""
    if now.screening is None:
        return []
    results = [
        row
        for row in queries.counts(now.screening, now.screening.counties, [name], seen_by=now.eyes)
        if row.not_met or row.unknown or row.closed
    ]
    codes = {row.place_code for row in results} | {row.place_code[:2] for row in results}
    called = {p.code: p.name(spoken()) for p in Place.objects.filter(code__in=codes)}
    return [
        {
            "code": row.place_code,
            "name": called.get(row.place_code, row.place_code),
            "province": called.get(row.place_code[:2], ""),
            "asked": row.asked,
            "not_met": row.not_met,
            "unknown": row.unknown,
            "opened": row.opened,
            "fallen": -row.closed,
        }
        for row in sorted(results, key=lambda row: (-row.not_met, -row.unknown, row.place_code))
    ]
