"""What lists.toml declares: which standards list a place, and on which ground."""

from collections.abc import Mapping
from pathlib import Path

from django.conf import settings

from firmground.common.errors import Refusal
from firmground.engines.declarations import Reader, Refused, read_toml
from firmground.places.models import Listing
from firmground.registry.declared import catalogue

FILE = "lists.toml"
LEVELS = ("village", "county")


def in_force() -> dict[str, str]:
    """The ground of listing by the standard that lists; none where the catalogue has no such file.

    Raises:
        Refusal: the file does not say what it should; all reasons are told.
    """
    folder = Path(settings.FIRMGROUND_CATALOGUE)
    if not (folder / FILE).exists():
        return {}
    refusals: list[Refused] = []
    reader = Reader(FILE, read_toml(folder / FILE, FILE, refusals) or {}, refusals)
    rows = reader.take("list", list, what="a list of tables, each begun with [[list]]", required=True, default=[])
    grounds: dict[str, str] = {}
    for n, said in enumerate(rows, 1):
        row = Reader(FILE, said if isinstance(said, Mapping) else {}, refusals, f"list {n}")
        standard, basis = row.text("standard", required=True), row.text("basis", required=True)
        known = catalogue().standards.get(standard)
        if standard and (known is None or known.about not in LEVELS):
            row.refuse("standard", f"'{standard}' is no standard about a {' or a '.join(LEVELS)}")
        if basis and basis not in Listing.Basis.values:
            row.refuse("basis", f"'{basis}' is none of {', '.join(Listing.Basis.values)}")
        if standard in grounds:
            row.refuse("standard", f"'{standard}' stands more than once")
        row.done()
        grounds[standard] = basis
    reader.done()
    if refusals:
        raise Refusal("\n".join(str(each) for each in refusals))
    return grounds
