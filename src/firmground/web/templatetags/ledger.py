"""How numbers, dates, places and words are written on every page: one way each."""

import re
from collections.abc import Mapping
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from urllib.parse import urlencode

from django import template
from django.template import Context
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, pgettext

from firmground.common.masking import masked
from firmground.engines.declarations import in_language
from firmground.findings import queries
from firmground.findings.models import Screening
from firmground.officers.acting import may
from firmground.registry import declared
from firmground.web.language import CHOICES, spoken
from firmground.web.pages.audit import READERS
from firmground.web.pages.registers import register_title

register = template.Library()
register.simple_tag(spoken, name="spoken")
register.filter("masked", masked)

NOTHING = "–"
ENGLISH_MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
                  "November", "December")  # fmt: skip


@register.filter
def number(value: Any) -> str:
    """12345 -> 12,345; a decimal keeps the places it has; nothing known is a dash."""
    return NOTHING if value is None or value == "" else f"{value:,}"


@register.filter
def called(name: str | None) -> str:
    """The name of a facility, or of something given, in the reader's words where they are declared."""
    return declared.called(name or "", spoken())


@register.filter
def because(why: str) -> str:
    """Why a case was opened: what the machine wrote, in the reader's language; what people wrote, as they did."""
    machine = re.fullmatch(r"screening as of (\d{4}-\d\d-\d\d)", why)
    return gettext("screening as of %(day)s") % {"day": machine[1]} if machine else why


@register.filter
def yuan(value: Any) -> str:
    """Money in yuan to the fen, without a currency sign: 4,000.00."""
    return NOTHING if value is None else f"{Decimal(value):,.2f}"


@register.filter
def signed(value: int | None) -> str:
    """A change, its sign always written: +12, −3, 0."""
    if value is None:
        return NOTHING
    return f"+{value:,}" if value > 0 else f"−{-value:,}" if value < 0 else "0"


@register.filter
def share(part: int | None, whole: int | None) -> str:
    """`part` of `whole` in percent with one place; "<0.1%" rather than a false zero."""
    if not whole or part is None:
        return NOTHING
    percent = (Decimal(100) * part / whole).quantize(Decimal("0.1"), ROUND_HALF_UP)
    if part and not percent:
        return "<0.1%"
    if part < whole and percent == 100:
        return ">99.9%"
    return f"{percent}%"


@register.filter
def percent(value: float | Decimal | None) -> str:
    """0.05 -> 5%."""
    return NOTHING if value is None else f"{float(value) * 100:.4g}%"


@register.filter
def day(value: date | str | None) -> str:
    """30 June 2020, or 2020年6月30日."""
    if value in (None, ""):
        return NOTHING
    when = date.fromisoformat(value[:10]) if isinstance(value, str) else value
    if spoken() == "zh":
        return f"{when.year}年{when.month}月{when.day}日"
    return f"{when.day} {ENGLISH_MONTHS[when.month - 1]} {when.year}"


@register.filter
def moment(value: datetime | date | str | None) -> str:
    """A day, with the time when the value has one: 30 June 2020, 18:00."""
    if isinstance(value, str) and value:
        value = datetime.fromisoformat(value) if len(value) > 10 else date.fromisoformat(value)
    if not isinstance(value, datetime):
        return day(value)
    local = timezone.localtime(value) if timezone.is_aware(value) else value
    return day(local.date()) if local.time().isoformat() == "00:00:00" else f"{day(local.date())} {local:%H:%M}"


@register.filter
def iso(value: date | datetime | None) -> str:
    """2020-06-30: the date of a table, where columns must line up."""
    return NOTHING if value is None else f"{value:%Y-%m-%d}"


@register.filter
def word(code: Any, fact: str) -> str:
    """The word for a code of a fact: "poor"|word:"household.kind" is "still poor"; true is "yes"."""
    return NOTHING if code in (None, "") else declared.word(fact, code, spoken())


@register.filter
def label(fact: str) -> str:
    """The label of a fact: "household.kind"|label."""
    return declared.label(fact, spoken())


@register.filter
def said(texts: Mapping[str, str] | str | None) -> str:
    """What the catalogue says in the reader's language; in the other one rather than nothing."""
    if not texts:
        return ""
    if isinstance(texts, str):
        return texts
    return in_language(texts, spoken())


@register.filter
def shown(value: Any) -> str:
    """A value of the catalogue in the reader's words."""
    return declared.shown(value, spoken())


@register.filter(name="of")
def of_key(rows: Mapping[Any, Any], key: Any) -> Any:
    """What stands under a key."""
    return rows.get(key)


@register.filter
def register_name(table: str) -> str:
    """What a register is called: "clinic" is "Clinics and hospitals"."""
    return register_title(table)


@register.filter
def verdict(value: str) -> SafeString:
    """A verdict as a word; the class only changes its weight."""
    words = {
        "met": pgettext("verdict", "Met"),
        "not_met": pgettext("verdict", "Falls short"),
        "unknown": pgettext("verdict", "Not known"),
        "not_asked": pgettext("verdict", "Not asked"),
        "held": pgettext("verdict", "Held back"),
    }
    return format_html('<span class="verdict {}">{}</span>', value, words.get(value, value))


@register.filter
def change(value: str) -> str:
    """What became of a finding since the screening before."""
    return {
        "opened": pgettext("finding", "Opened"),
        "still_open": pgettext("finding", "Still open"),
        "changed": pgettext("finding", "Changed"),
        "closed": pgettext("finding", "Closed"),
    }.get(value, value)


@register.filter
def task_name(task: int | str) -> str:
    """The notice's tasks that have standards, in a few words."""
    return {
        "1": gettext("The last poor households"),
        "3": gettext("Preventing return to poverty"),
        "4": gettext("Work and relocation"),
        "5": gettext("Guarantees and water"),
        "8": gettext("Quality of the registers"),
    }.get(str(task), gettext("Task %(task)s") % {"task": task})


@register.filter
def outlook(code: str) -> str:
    """What a forecast says of the deadline, in a word or two."""
    return {
        "will_miss": pgettext("outlook", "will miss"),
        "may_miss": pgettext("outlook", "may miss"),
        "on_course": pgettext("outlook", "on course"),
    }.get(code, code)


@register.simple_tag(takes_context=True)
def navigation(context: Context) -> list[dict[str, Any]]:
    """The entries of the main navigation; `here` marks the one that is open."""
    path = context["request"].path
    office = getattr(context["request"], "office", None)
    board = (reverse("board"), gettext("Listed counties"), path == "/" or path.startswith(("/places/", "/households/")))
    wanted = {
        "today": gettext("Today"), "desk": gettext("Desk"), "findings": gettext("Findings"), "cases": gettext("Cases"),
        "supervision": gettext("Supervision"), "funds": gettext("Money"), "measures": gettext("Assistance"),
        "teams": gettext("Teams"), "facilities": gettext("Facilities"),
        "notices:desk": gettext("Notices"),
        "standards": gettext("Standards"),
        **({"registry:upload": gettext("Load")} if may(office, "registry.hand_in") else {}),
        "officers": gettext("Officers"),
        **({"audit": gettext("Audit")} if office and office.role in READERS else {}),
    }  # fmt: skip
    wanted = wanted if office else {
        "cases:apply": gettext("Ask for help"), "notices:notices": gettext("Notices"),
        "account_login": gettext("Sign in"),
    }  # fmt: skip
    wanted["help"] = gettext("Help")
    entries = [(reverse(name), title, path.startswith(reverse(name))) for name, title in wanted.items()]
    entries.insert(2 if office else 0, board)
    return [{"url": url, "title": title, "here": here} for url, title, here in entries]


@register.simple_tag(takes_context=True)
def latest_screening(context: Context) -> Screening | None:
    """The screening that the page shows; the latest one on a page that has not read it."""
    known: Screening | None = context["screening"] if "screening" in context else queries.latest()
    return known


@register.simple_tag(takes_context=True)
def language_link(context: Context, language: str) -> str:
    """This very page in another language."""
    assert language in CHOICES
    return with_query(context, lang=language)


@register.simple_tag(takes_context=True)
def with_query(context: Context, **changes: Any) -> str:
    """This page's address with some of its query changed; None takes a key out."""
    query = context["request"].GET.copy()
    query.pop("lang", None)
    for key, value in changes.items():
        if value in (None, ""):
            query.pop(key, None)
        else:
            query[key] = str(value)
    return f"?{query.urlencode()}"


@register.simple_tag(takes_context=True)
def count_link(context: Context, count: int | None, **chosen: Any) -> SafeString:
    """A number with the way down to its findings, for who may see all of them; what changed carries its sign."""
    if not count:
        return format_html('<span class="none">{}</span>', number(count))
    if not context["request"].eyes.territory.covers(chosen.get("place", "")):
        return format_html("{}", signed(count) if "change" in chosen else number(count))
    query = urlencode({key: value for key, value in chosen.items() if value not in ("", None)})
    written = signed(count) if "change" in chosen else number(count)
    return format_html('<a href="{}?{}">{}</a>', reverse("findings"), query, written)


@register.simple_tag
def swaps(part: str) -> SafeString:
    """Attributes for the links inside an element: with script they renew one part of the page, without it the page."""
    return format_html(' hx-boost="true" hx-target="#{0}" hx-select="#{0}" hx-swap="outerHTML show:none"', part)


@register.inclusion_tag("web/column.html", takes_context=True)
def column(context: Context, key: str, title: str, css: str = "", first: str = "down") -> dict[str, Any]:
    """A heading that sorts: the first click sorts `first` (down: largest first), the next the other way."""
    now = str(context.get("sort", ""))
    falling = now.startswith("-")
    here = now.lstrip("-") == key
    down = not falling if here else first == "down"
    return {
        "title": title,
        "css": css,
        "here": ("descending" if falling else "ascending") if here else "",
        "address": with_query(context, sort=f"-{key}" if down else key, page=None),
    }
