"""Series over time, drawn on the server: the burn-down with its forecast as a fan, and lines of the dispatch sheet."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from firmground.engines.forecast.burndown import Series
from firmground.supervision.board.models import Forecast

WIDTH, HEIGHT = 480, 200  # narrow, so that its words can be read on a phone
BANDS = (("2.5", "97.5"), ("10", "90"), ("25", "75"))


def drawn(series: Series, told: Forecast | None, planned: Series = ()) -> SafeString:
    """The picture; nothing where there is no point. Between now and the deadline the fan is drawn straight.

    Args:
        planned: how many the place's plan lets remain, by day; drawn dotted.
    """
    if not series:
        return SafeString("")
    (first, _), (last, now) = series[0], series[-1]
    first = min([first, *(day for day, _ in planned)])
    end = max([last, *(day for day, _ in planned), *([told.deadline] if told else [])])
    highest = max([number for _, number in (*series, *planned)] + ([told.remaining["97.5"]] if told else [])) or 1
    days = max((end - first).days, 1)

    def at(day: Any, number: float) -> str:
        return f"{(day - first).days / days * WIDTH:.1f},{HEIGHT - number / highest * HEIGHT:.1f}"

    fans = []
    if told:
        for low, high in BANDS:
            corners = (at(last, now), at(told.deadline, told.remaining[high]), at(told.deadline, told.remaining[low]))
            fans.append(" ".join(corners))
    return SafeString(
        render_to_string(
            "web/burndown.svg",
            {
                "width": WIDTH,
                "height": HEIGHT,
                "highest": highest,
                "first": first,
                "end": end,
                "told": told,
                "line": " ".join(at(day, number) for day, number in series),
                "planned": " ".join(at(day, number) for day, number in planned),
                "fans": fans,
                "points": [at(day, number).split(",") for day, number in series],
                "middle": f"{at(last, now)} {at(told.deadline, told.remaining['50'])}" if told else "",
            },
        )
    )


def charted(points: Sequence[tuple[date, float, bool]], against: Sequence[tuple[date, float]] = ()) -> SafeString:
    """A line over time from nought; a point may be incomplete (its ring is empty), and the line passes it by.

    Args:
        points: (day, value, incomplete) in the order of their days.
        against: published figures, drawn as squares.
    """
    first, last = points[0][0], points[-1][0]
    days, highest = max((last - first).days, 1), max([value for _, value, _ in points] + [n for _, n in against]) or 1

    def at(day: date, value: float) -> tuple[str, str]:
        return f"{(day - first).days / days * WIDTH:.1f}", f"{HEIGHT - value / highest * HEIGHT:.1f}"

    return SafeString(
        render_to_string(
            "web/chart.svg",
            {
                "width": WIDTH, "height": HEIGHT, "highest": highest, "first": first, "last": last,
                "line": " ".join(",".join(at(day, value)) for day, value, incomplete in points if not incomplete),
                "points": [(*at(day, value), incomplete) for day, value, incomplete in points],
                "squares": [at(day, value) for day, value in against],
            },
        )
    )  # fmt: skip
