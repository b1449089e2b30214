"""The trail for those who look through it, and the history of a record on its page."""

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from typing import Any

from django.http import Http404
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext
from django.views.decorators.http import require_GET

from firmground.common.audit.models import Entry, Seal
from firmground.common.errors import Refusal
from firmground.common.masking import masked
from firmground.officers.models import Officer, Role
from firmground.officers.permissions import PERMISSIONS
from firmground.officers.requests import OfficerRequest
from firmground.web.export import as_csv
from firmground.web.pages import asked

READERS = frozenset({Role.AUDITOR, Role.SUPERVISOR, Role.ADMINISTRATOR})
KINDS = [kind.value for kind in Entry.Kind]
MASKED = {"id_number": "id_number", "phone": "phone", "bank_account": "account"}
HEADINGS = ["at", "officer", "role", "verb", "why", "kind", "table", "key", "place", "before", "after"]


@require_GET
def audit(request: OfficerRequest) -> HttpResponseBase:
    """Every entry within one's territory, the latest first; who, what, where, when."""
    if request.office.role not in READERS:
        raise Http404
    chosen = {
        "officer": " ".join(request.GET.get("officer", "").split())[:60],
        "verb": asked.choice(request, "verb", PERMISSIONS),
        "kind": asked.choice(request, "kind", KINDS),
        "place": asked.place(request),
        "key": request.GET.get("key", "").strip()[:60],
        "from": _day(request, "from"),
        "to": _day(request, "to"),
    }
    rows = Entry.objects.filter(request.officer.territory.q("place_code"), place_code__startswith=chosen["place"])
    if chosen["officer"]:
        named = Officer.objects.filter(username=chosen["officer"]) | Officer.objects.filter(name=chosen["officer"])
        rows = rows.filter(officer__in=list(named.values_list("pk", flat=True)))
    rows = rows.filter(**{name: chosen[name] for name in ("verb", "kind", "key") if chosen[name]})
    for name, bound in (("from", "at__gte"), ("to", "at__lt")):
        if chosen[name]:
            day = parse_date(chosen[name])
            assert day is not None
            day += timedelta(days=1) if name == "to" else timedelta()
            rows = rows.filter(**{bound: timezone.make_aware(datetime.combine(day, time.min))})
    rows = rows.order_by("-id")
    if asked.wants_csv(request):
        return as_csv("audit", HEADINGS, map(_line, described(list(rows[:10_000]))))
    page = asked.page(request, rows)
    page.object_list = described(list(page))
    return render(
        request,
        "web/audit.html",
        {
            "page": page,
            "chosen": chosen,
            "verbs": sorted(PERMISSIONS),
            "kinds": KINDS,
            "head": Seal.objects.exclude(number=None).order_by("-number").first(),
        },
    )


def _day(request: OfficerRequest, name: str) -> str:
    value = request.GET.get(name, "")
    try:
        if value and parse_date(value) is None:
            raise ValueError
    except ValueError:
        raise Refusal(gettext("“%(value)s” is no date. Write it as 2020-06-30.") % {"value": value}) from None
    return value


def described(entries: Sequence[Entry]) -> list[Any]:
    """Give entries their words: who it was, and what changed, line by line; numbers that name a person are masked."""
    officers = dict(Officer.objects.filter(pk__in={each.officer for each in entries}).values_list("pk", "name"))
    found: list[Any] = list(entries)
    for each in found:
        each.who = officers.get(each.officer, "") or gettext("the installation")
        each.role_title = dict(Role.choices).get(each.role, each.role)
        before, after = each.before or {}, each.after or {}
        each.lines = [(name, _shown(name, before.get(name)), _shown(name, after.get(name)))
                      for name in sorted({*before, *after})]  # fmt: skip
    return found


def _shown(name: str, value: Any) -> str:
    if value is None:
        return "–"
    if name in MASKED:
        return masked(str(value), MASKED[name])
    return str(value)[:300]


def _line(each: Any) -> list[Any]:
    before, after = ("; ".join(f"{line[0]}={line[side]}" for line in each.lines) for side in (1, 2))
    return [each.at.isoformat(), each.who, each.role, each.verb, each.why, each.kind, each.table, each.key,
            each.place_code, before, after]  # fmt: skip


def history_of(rows: Sequence[Any], most: int = 50) -> list[Any]:
    """What happened to these rows, of whatever tables, the latest first; for the page that shows them."""
    by_table: dict[str, list[str]] = {}
    for row in rows:
        by_table.setdefault(row._meta.db_table, []).append(str(row.pk))
    wanted = Entry.objects.none()
    for table, keys in by_table.items():
        wanted = wanted | Entry.objects.filter(table=table, key__in=keys)
    return described(list(wanted.order_by("-id")[:most])) if by_table else []
