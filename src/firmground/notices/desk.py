"""What a desk holds of notices: objections that wait for an answer, and papers to take down."""

from collections.abc import Iterator
from datetime import date

from firmground.notices import kinds, queries
from firmground.notices.models import Notice
from firmground.officers import desks
from firmground.officers.acting import may
from firmground.officers.models import Office


def to_answer(office: Office, on: date) -> Iterator[desks.Piece]:
    """Objections within the territory of an office that may answer them."""
    for row in queries.waiting(office.reach) if may(office, "notices.answer") else ():
        title = _title(row.notice)
        yield desks.Piece(
            number=str(row.pk),
            says={
                "en": f"objection of {row.heard_on} to “{title['en']}”: answer it",
                "zh": f"{row.heard_on} 对《{title['zh']}》的异议：待答复",
            },
            place_code=row.place_code,
        )


def to_take_down(office: Office, on: date) -> Iterator[desks.Piece]:
    """Papers on the board of the very place that should not hang any more."""
    if may(office, "notices.take_down"):
        for row in queries.to_take_down(on, office.reach).filter(place_code=office.territory):
            title = _title(row)
            yield desks.Piece(
                number=str(row.pk),
                says={"en": f"“{title['en']}”: take the paper down", "zh": f"《{title['zh']}》：待取下"},
                place_code=row.place_code,
                due_on=row.ended_on or row.hangs_to,
            )


def _title(notice: Notice) -> dict[str, str]:
    known = kinds.kinds().get(notice.kind)
    return dict(known.title) if known else {"en": notice.kind, "zh": notice.kind}


desks.keeps("objection", to_answer)
desks.keeps("notice", to_take_down)
