"""Every write of the dispatch sheet."""

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal

from django.utils import timezone
from django.utils.translation import get_language, gettext

from firmground.common.constraints import told_as
from firmground.common.errors import Refusal
from firmground.engines.declarations import in_language
from firmground.officers.acting import action, record
from firmground.officers.models import Office
from firmground.places.models import DIGITS, Level, Place
from firmground.supervision.dispatch import declared, queries
from firmground.supervision.dispatch.models import Cell

MOST = Decimal("99999999999999.99")


@action("dispatch.hand_in")
def hand_in(
    *,
    county: str,
    week: date,
    values: Mapping[str, Decimal],
    by: Office,
    bases: Mapping[str, Decimal] | None = None,
    why: str = "",
) -> list[Cell]:
    """Hand in the sheet of a county for a week; what is said already and stays equal is left as it is.

    Raises:
        Refusal: the county is none or out of reach; the week is none or ahead; an indicator is none; a number is below
            zero, too large or more than what it is a part of; or what was handed in is corrected without a reason.
    """
    bases = bases or {}
    counties = Place.objects.filter(code=county, code__length=DIGITS[Level.COUNTY], valid_to=None)
    if not by.reach.covers(county) or not counties.exists():
        raise Refusal(gettext("No county of your territory has the code %(code)s.") % {"code": county or "–"})
    if week.weekday() or week > timezone.localdate():
        raise Refusal(gettext("A sheet is for a week that has begun; name it by its Monday."))
    if week < timezone.localdate() - timedelta(days=5 * 366):
        raise Refusal(gettext("The week of %(week)s is too long ago.") % {"week": week})
    indicators = declared.in_force()
    before = queries.sheet(county, week, seen_by=by.reach)
    merged = {name: cell.value for name, cell in before.items()} | dict(values)
    for name, value in values.items():
        _see_that_it_fits(indicators, name, value, bases.get(name), merged)
    made: list[Cell] = []
    for name, value in values.items():
        last = before.get(name)
        base = bases.get(name, last.base if last else None)
        if last is not None and (last.value, last.base) == (value, base):
            continue
        if last is not None and not why.strip():
            raise Refusal(
                gettext("“%(title)s” is handed in for this week: say why it changes.") % _of(indicators, name)
            )
        made.append(
            Cell(
                place_code=county,
                week=week,
                indicator=name,
                version=last.version + 1 if last else 1,
                value=value,
                base=base,
                reason=why.strip()[:300] if last else "",
                entered_at=timezone.now(),
                entered_by=by,
            )
        )
    with told_as("dispatch_version_once", gettext("Somebody else handed this in meanwhile: look at the sheet again.")):
        return Cell.objects.bulk_create(made)


@action("dispatch.export")
def export(*, rows: int, chosen: Mapping[str, str], by: Office) -> None:
    """Record that the dispatch table is taken out of the house: how many rows, and which."""
    record(None, by.territory, rows=rows, chosen={key: value for key, value in chosen.items() if value})


def _see_that_it_fits(
    indicators: Mapping[str, declared.Indicator], name: str, value: Decimal, base: Decimal | None,
    merged: Mapping[str, Decimal],
) -> None:  # fmt: skip
    if name not in indicators:
        raise Refusal(gettext("The sheet has no line “%(name)s”.") % {"name": name})
    said = _of(indicators, name)
    for number in (value, base):
        if number is not None and not (number.is_finite() and 0 <= number <= MOST and number == round(number, 2)):
            raise Refusal(gettext("“%(title)s”: a number from 0, with at most two decimals.") % said)
    if base is not None and (not indicators[name].asks_base or base == 0):
        raise Refusal(gettext("“%(title)s”: no figure of the year before, or one above 0.") % said)
    for part in indicators.values():
        whole = part.of
        if name in (part.id, whole) and whole in merged and part.id in merged and merged[part.id] > merged[whole]:
            raise Refusal(
                gettext("“%(part)s” (%(n)s) is more than “%(whole)s” (%(m)s), of which it is a part.")
                % {
                    "part": _of(indicators, part.id)["title"],
                    "n": merged[part.id],
                    "whole": _of(indicators, whole)["title"],
                    "m": merged[whole],
                }
            )


def _of(indicators: Mapping[str, declared.Indicator], name: str) -> dict[str, str]:
    return {"title": in_language(indicators[name].title, "zh" if (get_language() or "").startswith("zh") else "en")}
