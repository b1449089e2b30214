"""The map of counties with whatever a page counts of them."""

from collections.abc import Sequence
from dataclasses import dataclass

from firmground.places.models import Level, Place
from firmground.web import map as county_map
from firmground.web.language import spoken


@dataclass(frozen=True)
class Counted:
    """What is drawn of a county: a circle of an area in proportion to `count`; see `web/map.py`."""

    code: str
    count: int
    says: str
    address: str


def of_counties(counted: Sequence[Counted], title: str) -> str:
    """The map as SVG; counties whose point nobody knows are left out.

    Args:
        title: what is counted.
    """
    known = list(Place.objects.filter(level__in=(Level.COUNTY, Level.PROVINCE)))
    points = {p.code: (float(p.lon), float(p.lat)) for p in known if p.lon is not None and p.lat is not None}
    names = {p.code: county_map.short_name(p.name_zh, p.name("en"), spoken()) for p in known}
    spots = [
        county_map.Spot(each.code, *points[each.code], names[each.code], each.says, each.address, each.count)
        for each in counted
        if each.code in points
    ]
    land = [(p.code, *points[p.code]) for p in known if p.level == Level.COUNTY and p.code in points]
    return county_map.draw(spots, land, {p.code: names[p.code] for p in known if p.level == Level.PROVINCE}, title)
