"""What was published of the dispatch 调度 in 2020: catalogue/…/dispatch_reference.toml, read and checked."""

import tomllib
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from firmground.common.errors import Refusal

FILE = "dispatch_reference.toml"


@dataclass(frozen=True)
class Point:
    """A published figure. `share` is percent, of 2019 or of those planned; None where none was published."""

    on: date
    value: float
    share: float | None
    source: dict[str, str]


@dataclass(frozen=True)
class Series:
    """The published figures of one indicator, in the order of their days."""

    id: str
    title: dict[str, str]
    unit: dict[str, str]
    points: tuple[Point, ...]


def load(catalogue: Path) -> dict[str, Series]:
    """Every series by its id.

    Raises:
        Refusal: a series without points, out of order, twice, or of a source that is not named.
    """
    said = tomllib.loads((catalogue / FILE).read_text(encoding="utf-8"))
    made: dict[str, Series] = {}
    for each in said["series"]:
        name = each["id"]
        points = tuple(_point(name, point, said["sources"]) for point in each["points"])
        days = [point.on for point in points]
        if not days or days != sorted(set(days)) or name in made:
            raise Refusal(f"{FILE}: series '{name}' stands twice, or its points are missing or out of order.")
        made[name] = Series(name, each["title"], each["unit"], points)
    return made


def _point(series: str, said: dict[str, Any], sources: dict[str, dict[str, str]]) -> Point:
    if said["source"] not in sources:
        raise Refusal(f"{FILE}: series '{series}' names the source '{said['source']}', which is not under [sources].")
    return Point(said["on"], float(said["value"]), said.get("share"), sources[said["source"]])
