"""What lies on a desk: every room that keeps work of an office says here what of it is open.

Work follows role and place, so nothing moves when a desk changes hands. What is handed over is the sheet 交接单: what
the desk showed at that moment.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from firmground.officers.models import Office


@dataclass(frozen=True)
class Piece:
    """One piece of open work.

    Attributes:
        number: of the case, the measure …, as its room knows it.
        says: what it is, by language.
        due_on: the last day for it; None where none is set.
    """

    number: str
    says: Mapping[str, str]
    place_code: str
    due_on: date | None = None


Lists = Callable[[Office, date], Iterable[Piece]]
_KINDS: dict[str, Lists] = {}


def keeps(kind: str, lists: Lists) -> None:
    """Register a kind of work, by the glossary's word for it. Called once for each, when the room starts."""
    _KINDS[kind] = lists


def sheet(office: Office, on: date) -> list[dict[str, object]]:
    """Everything open on the desk of an office on a day, as far as whoever asks sees; the longest due first."""
    pieces = [(kind, piece) for kind, lists in _KINDS.items() for piece in lists(office, on)]
    pieces.sort(key=lambda each: (each[0], each[1].due_on or date.max, each[1].number))
    return [
        {
            "kind": kind,
            "number": piece.number,
            "says": dict(piece.says),
            "place_code": piece.place_code,
            "due_on": piece.due_on.isoformat() if piece.due_on else None,
            "late": piece.due_on is not None and piece.due_on < on,
        }
        for kind, piece in pieces
    ]
