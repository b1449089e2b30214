"""The findings themselves: the rows behind every number."""

from collections.abc import Iterator
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse

from firmground.findings import queries
from firmground.findings.models import Finding
from firmground.officers.requests import OfficerRequest
from firmground.places.models import Place
from firmground.registry import declared
from firmground.registry.models import FACILITIES
from firmground.web.export import as_csv
from firmground.web.language import spoken
from firmground.web.pages import asked
from firmground.web.pages.board import listed_counties
from firmground.web.pages.now import Now

# Each order is that of an index, or short enough to sort; screenings are numbered in the order of their dates.
COLUMNS = {
    "household": ("household_id", "subject_id", "standard"),
    "standard": ("standard", "place_code", "subject_id"),
    "opened": ("opened_in", "standard", "household_id"),
}
VERDICTS = [verdict.value for verdict in Finding.Verdict]
CHANGES = [queries.OPENED, queries.CHANGED, queries.STILL_OPEN, queries.CLOSED]


def findings(request: OfficerRequest) -> HttpResponseBase:
    now = Now.read(request.eyes)
    if now.screening is None:
        return render(request, "web/findings.html", {"screening": None})
    tasks = [str(task) for task in now.shown]
    chosen = {
        "place": asked.place(request),
        "task": asked.choice(request, "task", tasks),
        "standard": asked.choice(request, "standard", now.results),
        "verdict": asked.choice(request, "verdict", VERDICTS),
        "change": asked.choice(request, "change", CHANGES),
    }
    column, down = asked.sort(request, COLUMNS, "household")
    sign = "-" if down else ""
    rows = chosen_from(now, chosen).order_by(*(f"{sign}{name}" for name in COLUMNS[column]))
    if asked.wants_csv(request):
        return as_csv(f"findings-{now.screening.as_of}", HEADINGS, _lines(rows))
    # Both in one pass: over the whole nation it is most of what the page costs.
    of_households = Count("household_id", distinct=True, filter=~Q(household_id=""))
    counted = rows.order_by().aggregate(findings=Count("pk"), households=of_households)
    page = asked.page(request, rows, counted["findings"])
    _describe(now, list(page))
    return render(
        request,
        "web/findings.html",
        {
            "screening": now.screening,
            "page": page,
            "households": counted["households"],
            "chosen": chosen,
            "elsewhere": _elsewhere(chosen["place"]),
            "counties": listed_counties(),
            "tasks": tasks,
            "standard_titles": sorted(
                ((name, now.title(name)) for name in now.results if name not in now.held), key=lambda each: each[1]
            ),
            "verdicts": VERDICTS,
            "changes": CHANGES,
            "sort": f"-{column}" if down else column,
            "held": now.held_rows(),
        },
    )


def chosen_from(now: Now, chosen: dict[str, str]) -> QuerySet[Any]:
    """The findings of the latest screening that fit what was chosen."""
    assert now.screening is not None
    rows = queries.in_place(
        now.screening,
        chosen["place"],
        seen_by=now.eyes,
        standard=chosen["standard"] or None,
        verdict=chosen["verdict"] or None,
        status=chosen["change"] or None,
    )
    return rows.filter(standard__in=now.shown[int(chosen["task"])]) if chosen["task"] else rows


HEADINGS = ["household_id", "about", "subject_id", "village_code", "standard", "verdict", "since_last_time",
            "open_since", "evidence"]  # fmt: skip


def _lines(rows: QuerySet[Any]) -> Iterator[list[Any]]:
    for row in rows.iterator(chunk_size=2000):
        read = "; ".join(f"{name}={'' if value is None else value}" for name, value in row.evidence.items())
        yield [row.household_id, row.about, row.subject_id, row.place_code, row.standard, row.verdict, row.status,
               row.opened_as_of, read]  # fmt: skip


def _describe(now: Now, rows: list[Any]) -> None:
    """Give the rows of a page their words."""
    villages = {p.code: p.name(spoken()) for p in Place.objects.filter(code__in={row.place_code for row in rows})}
    for row in rows:
        row.title = now.title(row.standard)
        row.place_name = villages.get(row.place_code, row.place_code)
        row.address = _address(row)
        row.read = [_read(now, row.about, name, value) for name, value in row.evidence.items() if name != "as_of"]


def _address(row: Any) -> str:
    """The page of whom a finding is about."""
    if row.household_id:
        return reverse("household", args=[row.household_id])
    if row.about in FACILITIES:
        return reverse("facility", args=[row.about, row.subject_id])
    return reverse("place", args=[row.place_code])


def _read(now: Now, table: str, name: str, value: Any) -> tuple[str, str]:
    """A fact or parameter of the evidence and its value, in words."""
    language = spoken()
    parameter = now.catalogue.parameters.get(name)
    if parameter is not None:
        return parameter.title.get(language) or name, declared.measured(value, parameter.unit, language)
    fact = now.catalogue.tables[table].facts.get(name)
    written = declared.valued(fact, value, language) if fact else declared.shown(value, language)
    return declared.label(f"{table}.{name}", language), written


def _elsewhere(code: str) -> dict[str, str] | None:
    """The place chosen, where it is none of the counties in the list."""
    place = Place.objects.filter(code=code).first() if code else None
    return {"code": code, "name": place.name(spoken()) if place else code} if code and len(code) != 6 else None
