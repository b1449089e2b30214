"""Whether a file is what a brief was sealed as: its numbers, or its paper as it was taken out of the house."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext

from firmground.common.audit.models import Entry
from firmground.common.errors import Refusal
from firmground.officers.territory import Eyes
from firmground.supervision.briefs import contents, queries
from firmground.supervision.briefs.models import Brief, digest_of, monday_of

PAPER = b"%PDF-"


@dataclass(frozen=True)
class Compared:
    """A file beside the brief that it is, or says it is.

    Attributes:
        sealed: whether it is what was sealed; numbers may stand in another order, or with other spaces.
        differences: (number, as it was sealed, as the file says it).
    """

    brief: Brief
    sealed: bool
    differences: Sequence[tuple[str, Any, Any]] = ()


def compared(content: bytes, *, seen_by: Eyes) -> Compared:
    """Hold a file against the brief that it says it is.

    Raises:
        Refusal: it is neither numbers nor paper of a brief; or of none that is kept here, or was taken out of here.
    """
    return _paper(content, seen_by) if content.startswith(PAPER) else _numbers(content, seen_by)


def _paper(content: bytes, seen_by: Eyes) -> Compared:
    """Paper is told by the digest that was recorded when it was taken out: what is printed on it can be altered."""
    digest = hashlib.sha256(content).hexdigest()
    taken = Entry.objects.filter(table=Brief._meta.db_table, verb="briefs.export", after__digest=digest).first()
    brief = queries.brief(int(taken.key), seen_by=seen_by) if taken else None
    if brief is None:
        raise Refusal(
            gettext(
                "No paper of a brief was taken out of here as this file is: it was altered or saved anew, or comes "
                "from elsewhere. Compare it with the brief whose digest is printed on it."
            )
        )
    return Compared(brief, sealed=True)


def _numbers(content: bytes, seen_by: Eyes) -> Compared:
    said = _read(content)
    told, kept, digest = dict(contents.numbers(said)), _kept(said, seen_by), digest_of(contents.written(said))
    if digest in kept:
        return Compared(kept[digest], sealed=True)
    found = [
        Compared(
            brief,
            sealed=False,
            differences=[
                (name, sealed.get(name), told.get(name))
                for name in sorted(sealed.keys() | told.keys())
                if sealed.get(name) != told.get(name)
            ],
        )
        for brief in kept.values()
        for sealed in [dict(contents.numbers(brief.contents))]
    ]
    return min(found, key=lambda each: len(each.differences))


def _kept(said: dict[str, Any], seen_by: Eyes) -> dict[str, Brief]:
    """Every edition of the brief that a file says it is, by digest, the last one first."""
    place, week = said["place"], monday_of(date.fromisoformat(said["week"]))
    rows = queries.briefs(seen_by=seen_by).filter(place_code=place, week=week).order_by("-edition")
    if not rows:
        raise Refusal(
            gettext("There is no brief of “%(place)s” for the week of %(week)s.") % {"place": place, "week": week}
        )
    return {digest_of(row.said): row for row in rows}


def _read(content: bytes) -> dict[str, Any]:
    try:
        said = json.loads(content.decode("utf-8-sig"), object_pairs_hook=_once)
        date.fromisoformat(said["week"])
        if not isinstance(said["place"], str):
            raise TypeError
    except (ValueError, TypeError, KeyError, RecursionError):
        raise Refusal(
            gettext("This file is neither the numbers of a brief (JSON) nor its paper (PDF), as they are taken out.")
        ) from None
    return dict(said)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A number told twice could be read either way."""
    told = dict(pairs)
    if len(told) < len(pairs):
        raise ValueError("told twice")
    return told
