"""What dispatch.toml declares: the indicators of the dispatch sheet, in their order."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from firmground.common.errors import Refusal
from firmground.common.in_force import catalogue_in_force, kept
from firmground.engines.declarations import Reader, Refused, read_toml

FILE = "dispatch.toml"


@dataclass(frozen=True)
class Indicator:
    """A line of the sheet. Counties are added up.

    Attributes:
        of: the indicator that it is a part of, and can not be more than; "": none.
        asks_base: whether the figure of the year before is asked beside it, of which the share is told.
        reference: the published series it is held against, "" for none; scale: how many of its units are one of those.
        on_board: whether the board of supervision shows it beside what remains.
    """

    id: str
    title: Mapping[str, str]
    unit: Mapping[str, str]
    of: str
    asks_base: bool
    reference: str
    scale: int
    on_board: bool
    source: str


def in_force() -> dict[str, Indicator]:
    """Every indicator by its id; none where the catalogue has no such file.

    Raises:
        Refusal: the file does not say what it should; all reasons are told.
    """
    return load(catalogue_in_force())


@kept(FILE)
def load(folder: Path) -> dict[str, Indicator]:
    """The indicators of a catalogue.

    Raises:
        Refusal: as in `in_force`.
    """
    if not (folder / FILE).exists():
        return {}
    refusals: list[Refused] = []
    reader = Reader(FILE, read_toml(folder / FILE, FILE, refusals) or {}, refusals)
    made: dict[str, Indicator] = {}
    for name, said in reader.tables("indicator"):
        row = Reader(FILE, said, refusals, name)
        indicator = Indicator(
            id=row.text("id", required=True),
            title=row.words("title", required=True),
            unit=row.words("unit", required=True),
            of=row.text("of"),
            asks_base=row.take("base", bool, what="true or false", default=False),
            reference=row.text("reference"),
            scale=row.take("scale", int, what="a whole number", default=1),
            on_board=row.take("board", bool, what="true or false", default=False),
            source=row.text("source", required=True),
        )
        if indicator.id in made:
            row.refuse("id", f"'{indicator.id}' stands more than once")
        if indicator.of and indicator.of not in made:
            row.refuse("of", f"'{indicator.of}' is no indicator above this one")
        if indicator.scale < 1:
            row.refuse("scale", "must be at least 1")
        row.done()
        made[indicator.id] = indicator
    reader.done()
    if refusals:
        raise Refusal("\n".join(str(each) for each in refusals))
    return made
