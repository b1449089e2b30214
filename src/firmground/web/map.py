"""The map of the listed counties, drawn on the server: the same picture stands in the page and in a printed brief.

Two panels on one scale: the listed counties lie in two groups a thousand kilometres apart, and an empty space
between them would leave no room for names. No boundary is drawn; the points of all counties show the land.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import cos, pi, radians, sin, sqrt
from statistics import fmean
from typing import Any, Literal

from django.template.loader import render_to_string

KM_PER_DEGREE = 111.2
PIXELS_PER_DEGREE = 46.0
LABEL_HEIGHT = 14.0
LARGEST_RADIUS = 15.0
SMALLEST_RADIUS = 2.5
NATIONALITIES = "苗|侗|仫佬|瑶|布依|彝|回|土家|拉祜|白|普米|各"
ENDING = re.compile(rf"(?:(?:{NATIONALITIES})族)*自治县$|族自治县$|(?:[壮回]族|维吾尔)?自治区$|[省县市]$")


@dataclass(frozen=True)
class Spot:
    """A county on the map. The circle's area is in proportion to `count`."""

    code: str
    lon: float
    lat: float
    name: str
    says: str  # for a pointer that rests on it, and for who hears the page
    address: str  # "": the reader may not open it
    count: int


@dataclass
class Drawn:
    """A spot in pixels, with its label and, where the label stands off, a line to it."""

    spot: Spot
    x: float
    y: float
    radius: float
    label_x: float = 0
    label_y: float = 0
    anchor: Literal["start", "middle", "end"] = "start"
    line: tuple[float, float, float, float] | None = None


@dataclass(frozen=True)
class Panel:
    """A window on the land: degrees west, east, south, north, and where its upper left corner lies in the picture."""

    west: float
    east: float
    south: float
    north: float
    left: float
    top: float

    @property
    def _stretch(self) -> float:
        return cos(radians((self.south + self.north) / 2)) * PIXELS_PER_DEGREE

    @property
    def width(self) -> float:
        return (self.east - self.west) * self._stretch

    @property
    def height(self) -> float:
        return (self.north - self.south) * PIXELS_PER_DEGREE

    def holds(self, lon: float, lat: float) -> bool:
        return self.west <= lon <= self.east and self.south <= lat <= self.north

    def place(self, lon: float, lat: float) -> tuple[float, float]:
        """Pixels of a point: along parallels and meridians, true to scale in the middle of the panel."""
        return self.left + (lon - self.west) * self._stretch, self.top + (self.north - lat) * PIXELS_PER_DEGREE


XINJIANG = Panel(74.6, 83.0, 35.9, 40.4, left=0, top=0)
SOUTH_WEST = Panel(98.2, 110.6, 22.0, 36.7, left=350, top=0)
PANELS = (XINJIANG, SOUTH_WEST)


@dataclass
class _Ground:
    """What is already taken: circles and labels as boxes."""

    boxes: list[tuple[float, float, float, float]] = field(default_factory=list)

    def cost(self, box: tuple[float, float, float, float]) -> float:
        """How much of the box lies over what is taken, in square pixels."""
        left, top, right, bottom = box
        return sum(
            max(0.0, min(right, r) - max(left, x)) * max(0.0, min(bottom, b) - max(top, y)) for x, y, r, b in self.boxes
        )


def short_name(name_zh: str, name_en: str, language: str) -> str:
    """融水苗族自治县 -> 融水, Rongshui Miao Autonomous County -> Rongshui; 岷县 stays, one character is no name.

    Enough for the listed counties and their provinces, which is what the map shows.
    """
    if language == "zh":
        short = ENDING.sub("", name_zh)
        return short if len(short) > 1 else name_zh
    return name_en.split(" ")[0]


def draw(
    spots: Iterable[Spot], land: Iterable[tuple[str, float, float]], provinces: Mapping[str, str], title: str
) -> str:
    """The map as one SVG text, with its own fonts and colours, so that it looks the same outside the page.

    Args:
        spots: the counties to show; those outside both panels are left out.
        land: code and point of every county, to show where the land is.
        provinces: names to write across the land, by 2-digit code.
        title: what the circles count.
    """
    spots = list(spots)
    largest = max((spot.count for spot in spots), default=0) or 1
    land = list(land)
    panels = []
    for panel in PANELS:
        drawn = [
            Drawn(spot, *panel.place(spot.lon, spot.lat), radius=_radius(spot.count, largest))
            for spot in spots
            if panel.holds(spot.lon, spot.lat)
        ]
        points = [(code, *panel.place(lon, lat)) for code, lon, lat in land if panel.holds(lon, lat)]
        ground = _Ground([(d.x - d.radius, d.y - d.radius, d.x + d.radius, d.y + d.radius) for d in drawn])
        _place_labels(drawn, panel, ground)
        names = _province_names(points, {code: provinces[code] for code in {d.spot.code[:2] for d in drawn}}, ground)
        dots = "".join(f"M{x:.0f} {y:.0f}h0" for _, x, y in points)
        panels.append({"panel": panel, "spots": drawn, "dots": dots, "names": names})
    width = SOUTH_WEST.left + SOUTH_WEST.width
    return render_to_string(
        "web/map.svg",
        {
            "width": round(width),
            "height": round(SOUTH_WEST.height),
            "panels": panels,
            "key_top": round(XINJIANG.height) + 60,
            "key": _key(largest),
            "title": title,
            "scale_km": 200,
            "scale_width": 200 / KM_PER_DEGREE * PIXELS_PER_DEGREE,
        },
    )


def _radius(count: int, largest: int) -> float:
    return max(SMALLEST_RADIUS, LARGEST_RADIUS * sqrt(count / largest))


def _key(largest: int) -> list[dict[str, float]]:
    """Two or three round numbers with the circle each would have."""
    magnitude = 10 ** (len(str(largest)) - 1)
    top = largest // magnitude * magnitude
    sizes = sorted({top, max(top // 4, 1), max(top // 20, 1)}, reverse=True)
    return [{"count": count, "radius": _radius(count, largest), "y": 30 * i} for i, count in enumerate(sizes)]


def _province_names(
    points: Sequence[tuple[str, float, float]], names: Mapping[str, str], ground: _Ground
) -> list[dict[str, Any]]:
    """Each province's name in the middle of its counties as far as the panel shows them, or near there."""
    middles = []
    for code, name in sorted(names.items()):
        inside = [(x, y) for of, x, y in points if of.startswith(code)]
        middle_x, middle_y = fmean(x for x, _ in inside), fmean(y for _, y in inside)
        half = _text_width(name) * 0.75
        spots = [(middle_x + dx, middle_y + dy) for dx in range(-80, 81, 20) for dy in range(-80, 81, 10)]
        x, y = min(
            spots,
            key=lambda at: (
                ground.cost(_name_box(at[0], at[1], half)),
                (at[0] - middle_x) ** 2 + (at[1] - middle_y) ** 2,
            ),
        )
        ground.boxes.append(_name_box(x, y, half))
        middles.append({"name": name, "x": x, "y": y})
    return middles


def _name_box(x: float, y: float, half: float) -> tuple[float, float, float, float]:
    return x - half, y - 14, x + half, y + 6


def _place_labels(drawn: Sequence[Drawn], panel: Panel, ground: _Ground) -> None:
    """Give each spot the nearest free place for its name, the crowded ones first."""
    crowding = {id(d): sum((d.x - o.x) ** 2 + (d.y - o.y) ** 2 < 60**2 for o in drawn) for d in drawn}
    for spot in sorted(drawn, key=lambda d: (-crowding[id(d)], d.spot.code)):
        best = min(_candidates(spot, panel, ground), key=lambda c: (round(c[0], 1), c[1]))
        _, distance, x, y, anchor, box = best
        spot.label_x, spot.label_y, spot.anchor = x, y, anchor
        if distance > 6:
            spot.line = _line(spot, box)
        ground.boxes.append(box)


def _candidates(
    spot: Drawn, panel: Panel, ground: _Ground
) -> Iterable[tuple[float, float, float, float, Literal["start", "middle", "end"], tuple[float, float, float, float]]]:
    """Places for a label: (cost, distance, x, baseline y, anchor, box)."""
    width = _text_width(spot.spot.name)
    for distance in (4, 14, 26, 40, 56):
        for step in range(16):
            angle = step * pi / 8
            reach = spot.radius + distance
            x, y = spot.x + reach * cos(angle), spot.y + reach * sin(angle)
            side = cos(angle)
            anchor: Literal["start", "middle", "end"] = "start" if side > 0.3 else "end" if side < -0.3 else "middle"
            left = {"start": x, "middle": x - width / 2, "end": x - width}[anchor]
            box = (left, y - LABEL_HEIGHT / 2, left + width, y + LABEL_HEIGHT / 2)
            outside = (
                max(0.0, panel.left - box[0])
                + max(0.0, box[2] - panel.left - panel.width)
                + max(0.0, panel.top - box[1])
                + max(0.0, box[3] - panel.top - panel.height)
            )
            yield ground.cost(box) + outside * LABEL_HEIGHT, distance, x, y + 4, anchor, box


def _line(spot: Drawn, box: tuple[float, float, float, float]) -> tuple[float, float, float, float]:
    """From the circle's rim to the nearest point of the label."""
    to_x = min(max(spot.x, box[0] - 1), box[2] + 1)
    to_y = min(max(spot.y, box[1] + 2), box[3] - 2)
    length = sqrt((to_x - spot.x) ** 2 + (to_y - spot.y) ** 2) or 1
    return (
        spot.x + (to_x - spot.x) / length * spot.radius,
        spot.y + (to_y - spot.y) / length * spot.radius,
        to_x,
        to_y,
    )


def _text_width(text: str) -> float:
    """Pixels of a label of 12 px: a Chinese character is as wide as it is high."""
    return sum(12.0 if ord(character) > 0x2E80 else 6.6 for character in text)
