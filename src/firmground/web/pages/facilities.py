"""Facilities: what serves the villages of a place, who keeps it, when it was tested, what it falls short of."""

from collections.abc import Iterable, Iterator
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext

from firmground.cases import possible, wording
from firmground.cases import queries as cases
from firmground.findings import facilities as findings
from firmground.officers.acting import may
from firmground.officers.requests import OfficerRequest
from firmground.places import queries as places
from firmground.places.models import Place
from firmground.registry import declared
from firmground.registry import facilities as registers
from firmground.registry.declared import catalogue
from firmground.registry.models import FACILITIES, Register
from firmground.web.export import as_csv
from firmground.web.language import spoken
from firmground.web.pages import asked
from firmground.web.pages.household import explained, loads_of, timeline
from firmground.web.pages.now import Now
from firmground.web.pages.places import crumbs
from firmground.web.pages.registers import part, register_title, said_of

TYPE = {"water_supply": "supply_type", "clinic": "clinic_type", "school": "school_type"}
ORDERS = {
    "place": ("place_code",),
    "responsible": ("responsible", "place_code"),
    "condition": ("condition", "place_code"),
    "tested": ("last_test", "place_code"),
}
HEADINGS = ["place_code", "place", "number", "name", "kind", "responsible", "keeper", "running_money", "last_tested_on",
            "last_test_passed", "condition", "falls_short_of"]  # fmt: skip


def facilities(request: OfficerRequest) -> HttpResponseBase:
    kind = asked.choice(request, "kind", FACILITIES) or "water_supply"
    facts = catalogue().tables[kind].facts
    chosen = {
        "place": asked.place(request),
        "kind": kind,
        "type": asked.choice(request, "type", facts[TYPE[kind]].values),
        "responsible": asked.choice(request, "responsible", facts["responsible"].values),
        "condition": asked.choice(request, "condition", facts["condition"].values),
        "standing": asked.choice(request, "standing", ["short"]),
        "q": request.GET.get("q", "").strip()[:60],
    }
    column, down = asked.sort(request, ORDERS if kind == "water_supply" else ORDERS.keys() - {"tested"}, "place")
    now, path = Now.read(request.eyes), places.path(chosen["place"])
    rows = _chosen(now, chosen)
    sign, key = "-" if down else "", FACILITIES[kind].KEY
    rows = rows.order_by(*(f"{sign}{name}" for name in ORDERS[column]), key)
    if asked.wants_csv(request):
        return as_csv(f"{kind}-{chosen['place'] or 'nation'}", HEADINGS, _lines(now, kind, rows))
    page = asked.page(request, rows)
    _describe(now, kind, page.object_list)
    return render(
        request,
        "web/facilities.html",
        {
            "screening": now.screening,
            "place_name": path[-1].name(spoken()) if path else gettext("All listed counties"),
            "crumbs": [each | {"address": address_of(each["code"])} for each in crumbs(path)],
            "kinds": findings.counted(now.screening, chosen["place"], seen_by=now.eyes),
            "kind_title": register_title(kind),
            "held": [now.title(name) for name, row in now.held.items() if row.about == kind],
            "page": page,
            "chosen": chosen,
            "types": facts[TYPE[kind]].values,
            "type_fact": f"{kind}.{TYPE[kind]}",
            "bodies": facts["responsible"].values,
            "conditions": facts["condition"].values,
            "sort": f"-{column}" if down else column,
        },
    )


def facility(request: OfficerRequest, kind: str, key: str) -> HttpResponse:
    known = registers.everything_about(kind, key, seen_by=request.eyes)
    row: Any = next((each for each in known[kind] if each.superseded_at is None), None)
    if row is None:
        raise Http404
    now = Now.read(request.eyes)
    found, problem = explained(now, key, {}, kind)
    current = {table: [each for each in rows if each.superseded_at is None] for table, rows in known.items()}
    about = part(kind, current[kind])
    cells = list(zip(about.headings, about.rows[0], strict=True))
    middle = (len(cells) + 1) // 2
    return render(
        request,
        "web/facility.html",
        {
            "screening": now.screening,
            "crumbs": crumbs(places.path(row.place_code)),
            "facility": row,
            "name": declared.called(row.title or "", spoken()) or key,
            "kind": kind,
            "key": key,
            "type": said_of(kind, TYPE[kind], getattr(row, TYPE[kind])),
            "columns": [cells[:middle], cells[middle:]],
            **found,
            "explain_problem": problem,
            "cases": wording.lines(list(cases.of_subject(kind, key, seen_by=request.eyes)), timezone.localdate()),
            "may_open": may(request.office, "cases.open")
            and request.office.reach.covers(row.place_code)
            and bool(possible.ways(request.office, kind)),
            "registers": [
                part(table, rows[::-1]) for table, rows in current.items() if table != kind and rows
            ],
            "empty_registers": [register_title(table) for table, rows in current.items() if not rows],
            "timeline": timeline(known),
            "loads": [(load, register_title(load.table)) for load in loads_of(known)],
        },
    )  # fmt: skip


def address_of(place: str) -> str:
    return f"{reverse('facilities')}?place={place}"


def _chosen(now: Now, chosen: dict[str, str]) -> QuerySet[Any]:
    kind = chosen["kind"]
    key = FACILITIES[kind].KEY
    rows = registers.within(kind, chosen["place"], seen_by=now.eyes)
    named = {TYPE[kind]: chosen["type"], "responsible": chosen["responsible"], "condition": chosen["condition"]}
    rows = rows.filter(**{name: value for name, value in named.items() if value})
    if chosen["q"]:
        of_place = Place.objects.filter(name_zh__contains=chosen["q"]).values("code")
        rows = rows.filter(
            Q(**{f"{key}__startswith": chosen["q"]}) | Q(title__contains=chosen["q"]) | Q(place_code__in=of_place)
        )
    if chosen["standing"]:
        short = findings.short(now.screening, kind, chosen["place"], seen_by=now.eyes)
        rows = rows.filter(Exists(short.filter(subject_id=OuterRef(key))))
    return rows


def _describe(now: Now, kind: str, rows: Iterable[Any]) -> None:
    """Give the rows their numbers, the names of their places, and the titles of what they fall short of."""
    listed = list(rows)
    for row in listed:
        row.number = getattr(row, FACILITIES[kind].KEY)
        row.type_said = said_of(kind, TYPE[kind], getattr(row, TYPE[kind]))
    names = {p.code: p.name(spoken()) for p in Place.objects.filter(code__in={row.place_code for row in listed})}
    short: dict[str, list[str]] = {}
    found = findings.short(now.screening, kind, seen_by=now.eyes).filter(subject_id__in=[row.number for row in listed])
    for subject, standard in found.order_by("standard").values_list("subject_id", "standard"):
        short.setdefault(subject, []).append(standard)
    for row in listed:
        row.place_name, row.short = names.get(row.place_code, row.place_code), short.get(row.number, [])
        row.titles = [now.title(standard) for standard in row.short]


def _lines(now: Now, kind: str, rows: QuerySet[Any]) -> Iterator[list[Any]]:
    at_once = 1000
    listed: list[Register] = []
    for row in rows.iterator(chunk_size=at_once):
        listed.append(row)
        if len(listed) == at_once:
            yield from _cells(now, kind, listed)
            listed = []
    yield from _cells(now, kind, listed)


def _cells(now: Now, kind: str, rows: list[Any]) -> Iterator[list[Any]]:
    _describe(now, kind, rows)
    for row in rows:
        yield [row.place_code, row.place_name, row.number, row.title, getattr(row, TYPE[kind]), row.responsible,
               getattr(row, "keeper", None), row.running_money, getattr(row, "last_test", None),
               getattr(row, "passed", None), row.condition, " ".join(row.short)]  # fmt: skip
