"""The burn-down: poor persons by screening, and the forecast to the deadline as a fan, drawn on the server."""

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
