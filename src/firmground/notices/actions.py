"""Every write of notices: put up, withdraw, correct, take down; object and answer; the telephone of a place."""

import re
import secrets
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext

from firmground.common.errors import Refusal
from firmground.notices import kinds, limits
from firmground.notices.limits import LONGEST_CONTACT, LONGEST_TEXT
from firmground.notices.models import Contact, Notice, Objection, Telephone
from firmground.officers.acting import action
from firmground.officers.models import Office
from firmground.officers.territory import Territory, seeing
from firmground.places.models import Place

MOST_ROWS = 5_000
LONGEST_CELL = 200
LOOKS_LIKE_A_NUMBER_OF_SOMEBODY = re.compile(r"(?:\d[ -]?){11,}|\d{3,4}-\d{7,8}")
"""Telephones, accounts and identity numbers. What a board shows has shorter ones."""
OF_A_THING = re.compile(r"[\w./()（）〔〕-]{1,40}")
OF_A_PERSON = re.compile(r"(?<!\d)(?:\d{17}[\dXx]|1[3-9]\d{9})(?!\d)")
TELEPHONE = re.compile(r"\+?[\d() -]{3,30}")


@action("notices.post")
def post(
    *,
    kind: str,
    place_code: str,
    rows: Sequence[Mapping[str, Any]],
    on: date,
    days: int,
    case: int | None = None,
    replaces: Notice | None = None,
    by: Office,
    why: str = "",
) -> Notice:
    """Put a notice up on the board of a place.

    Args:
        rows: column -> cell, columns of the kind only; a cell is text, a whole number, a code or a list of codes.
            Codes of a fact that must not be shown hang as the broader ones of their column.
        on: the day it hangs from.
        days: whole days it will hang at least; never fewer than the kind demands.
        case: the case it was put up in.
        replaces: a notice that this one corrects; it stays to be seen, crossed out. `why` is then told beside it.

    Raises:
        Refusal: a kind that is not declared, another board's place, too few days, a cell that may not hang.
    """
    declared = kinds.kind(kind)
    _is_a_board_of(declared, place_code, by)
    if days < declared.days:
        said = {"days": declared.days, "given": days}
        raise Refusal(gettext("A notice of this kind hangs at least %(days)s whole days, not %(given)s.") % said)
    if on > timezone.localdate():
        raise Refusal(gettext("A notice cannot be put up on a day to come (%(day)s).") % {"day": _written(on)})
    hung = [{name: kinds.column(name).hung(cell) for name, cell in row.items()} for row in rows]
    _check(declared, hung)
    old = _to_be_ended(replaces, by, why) if replaces else None
    made = Notice.objects.create(
        kind=kind,
        place_code=place_code,
        board=declared.board,
        posted_on=on,
        days=days,
        hangs_to=on + timedelta(days=days),
        title=dict(declared.title),
        law=dict(declared.law),
        says=dict(declared.says),
        columns=list(declared.columns),
        rows=hung,
        objections=declared.objections,
        case=case,
        posted_by=by,
        posted_at=timezone.now(),
    )
    if old is not None:
        if (old.kind, old.place_code, old.case) != (kind, place_code, case):
            raise Refusal(gettext("A notice is corrected by one of its kind, on the same board, in the same case."))
        _end(old, Notice.State.CORRECTED, why, corrected_by=made)
    return made


@action("notices.correct")
def correct(*, notice: Notice, rows: Sequence[Mapping[str, Any]], by: Office, why: str) -> Notice:
    """Put a notice up anew with other rows, from today; its days begin again. The old one stays, crossed out."""
    return post(
        kind=notice.kind,
        place_code=notice.place_code,
        rows=rows,
        on=timezone.localdate(),
        days=notice.days,
        case=notice.case,
        replaces=notice,
        by=by,
        why=why,
    )


@action("notices.withdraw")
def withdraw(*, notice: Notice, by: Office, why: str) -> Notice:
    """Say that a notice no longer holds. It stays to be seen, crossed out, with the reason."""
    old = _to_be_ended(notice, by, why)
    _end(old, Notice.State.WITHDRAWN, why)
    return old


@action("notices.take_down")
def take_down(*, notice: Notice, by: Office) -> Notice:
    """Record that the paper was taken off the board, when its days are over or it does not hold any more."""
    found = _within(notice, by)
    if found.taken_down_on is not None:
        raise Refusal(gettext("This notice was taken down on %(day)s.") % {"day": _written(found.taken_down_on)})
    if found.standing(timezone.localdate()) == "hanging":
        said = {"day": _written(found.hangs_to)}
        raise Refusal(
            gettext("This notice has to hang until the end of %(day)s. To end it before, withdraw it.") % said
        )
    found.taken_down_on = timezone.localdate()
    found.save(update_fields=["taken_down_on"])
    return found


@action("notices.object")
def object_to(
    *, notice: Notice, text: str, contact: str = "", heard_on: date | None = None, sender: str = "", by: Office
) -> Objection:
    """Receive an objection: from the public form, in the machine's office, or written down by an officer who heard it.

    Args:
        contact: how to reach whoever objects; "" for somebody who would not say.
        heard_on: the day it was raised, if that was not today.
        sender: where the public form was sent from (`limits.sender_of`); what comes from one place is limited.

    Raises:
        Refusal: the notice takes no objections, or none on that day; nothing was said, or too much.
        TooMany: more came from there than is taken in a day.
    """
    text, contact = text.strip(), contact.strip()
    heard_on = heard_on or timezone.localdate()
    found = _within(notice, by)  # locked: those who object at once are counted one after the other
    _may_be_objected_to(found, heard_on)
    if not text:
        raise Refusal(gettext("Write what is wrong with the notice."))
    if len(text) > LONGEST_TEXT or len(contact) > LONGEST_CONTACT:
        said = {"text": LONGEST_TEXT, "contact": LONGEST_CONTACT}
        raise Refusal(
            gettext("An objection has at most %(text)s characters, and how to reach you at most %(contact)s.") % said
        )
    if "\x00" in text + contact:
        raise Refusal(gettext("The text holds a character that cannot be kept. Type it again."))
    if sender:
        limits.check(found, sender, timezone.localdate())
    made = Objection.objects.create(
        notice=found,
        place_code=found.place_code,
        text=text,
        heard_on=heard_on,
        received_at=timezone.now(),
        heard_by=by,
        receipt=secrets.token_urlsafe(12),
    )
    if contact or sender:
        township = found.place_code[:9]
        # Whoever hears an objection in the village hands the contact up, and does not see it again.
        with seeing(Territory((township,))):
            Contact.objects.create(
                objection=made, place_code=township, said=contact, sender=sender, on=timezone.localdate()
            )
    return made


@action("notices.answer")
def answer(*, objection: Objection, text: str, by: Office) -> Objection:
    """Answer an objection, once; never by whoever put the notice up."""
    found = Objection.objects.select_for_update().filter(pk=objection.pk).first()
    if found is None:
        raise Refusal(gettext("There is no such objection in your territory."))
    if found.answered_at is not None:
        raise Refusal(gettext("This objection has been answered."))
    if by.officer_id == found.notice.posted_by.officer_id:
        raise Refusal(gettext("Whoever put the notice up does not answer objections to it. Let somebody else do it."))
    text = text.strip()
    if not text or len(text) > LONGEST_TEXT or "\x00" in text:
        raise Refusal(gettext("Write an answer of at most %(most)s characters.") % {"most": LONGEST_TEXT})
    found.answer, found.answered_at, found.answered_by = text, timezone.now(), by
    found.save(update_fields=["answer", "answered_at", "answered_by"])
    return found


@action("notices.set_telephone")
def set_telephone(*, place_code: str, telephone: str, by: Office) -> Telephone:
    """Say which telephone of a place takes objections; printed on every notice there that has none nearer."""
    telephone = telephone.strip()
    if not TELEPHONE.fullmatch(telephone) or sum(mark.isdigit() for mark in telephone) < 3:
        raise Refusal(gettext("Write a telephone number in digits, as 0870-3120000."))
    if not by.reach.covers(place_code) or not Place.objects.filter(code=place_code).exists():
        raise Refusal(gettext("There is no place with the code “%(code)s” in your territory.") % {"code": place_code})
    made, _ = Telephone.objects.update_or_create(place_code=place_code, defaults={"telephone": telephone})
    return made


def _is_a_board_of(kind: kinds.Kind, place_code: str, by: Office) -> None:
    if not by.reach.covers(place_code) or not Place.objects.filter(code=place_code).exists():
        raise Refusal(gettext("There is no place with the code “%(code)s” in your territory.") % {"code": place_code})
    if len(place_code) not in kinds.BOARDS[kind.board]:
        digits = " / ".join(str(each) for each in kinds.BOARDS[kind.board])
        said = {"digits": digits, "code": place_code}
        raise Refusal(
            gettext("A notice of this kind hangs where the place's code has %(digits)s digits, not at “%(code)s”.")
            % said
        )


def _check(kind: kinds.Kind, rows: Sequence[Mapping[str, Any]]) -> None:
    """Refuse rows that may not hang.

    Raises:
        Refusal: it names the row and the column, never the cell: that may be what must not be seen.
    """
    if not 1 <= len(rows) <= MOST_ROWS:
        told = {"most": MOST_ROWS, "rows": len(rows)}
        raise Refusal(gettext("A notice has from 1 to %(most)s rows, not %(rows)s.") % told)
    for number, row in enumerate(rows, start=1):
        for name, cell in row.items():
            said = {"row": number, "column": name, "columns": ", ".join(kind.columns)}
            if name not in kind.columns:
                raise Refusal(
                    gettext("Row %(row)s: “%(column)s” may not stand on this notice; only %(columns)s may.") % said
                )
            column = kinds.column(name)
            values = column.values
            cells = cell if isinstance(cell, list) else [cell]
            if values and not all(each is None or each in values for each in cells):
                said |= {"values": ", ".join(values)}
                raise Refusal(gettext("Row %(row)s: “%(column)s” may only be one of %(values)s.") % said)
            if not all(_is_plain(each) or (column.of_a_thing and _is_of_a_thing(each)) for each in cells):
                raise Refusal(
                    gettext("Row %(row)s: “%(column)s” must be a short text or a whole number, and no number of a "
                            "person, telephone or account.") % said
                )  # fmt: skip


def _is_plain(cell: Any) -> bool:
    if isinstance(cell, str):
        return len(cell) <= LONGEST_CELL and "\x00" not in cell and not LOOKS_LIKE_A_NUMBER_OF_SOMEBODY.search(cell)
    return cell is None or (isinstance(cell, int) and not isinstance(cell, bool) and abs(cell) < 10**10)


def _is_of_a_thing(cell: Any) -> bool:
    """The number of a project: of whatever length, but neither an identity number nor a mobile telephone."""
    return isinstance(cell, str) and bool(OF_A_THING.fullmatch(cell)) and not OF_A_PERSON.search(cell)


def _within(notice: Notice, by: Office) -> Notice:
    """The notice as it is now, locked.

    Raises:
        Refusal: it hangs elsewhere. Everybody may read it, so that it is there is no secret.
    """
    if not by.reach.covers(notice.place_code):
        raise Refusal(gettext("This notice hangs outside your territory."))
    return Notice.objects.select_for_update(of=("self",)).select_related("posted_by").get(pk=notice.pk)


def _to_be_ended(notice: Notice, by: Office, why: str) -> Notice:
    found = _within(notice, by)
    if not by.reach.covers(found.posted_by.territory):
        raise Refusal(gettext("This notice was put up by a level above yours; only there can it be taken back."))
    if found.state != Notice.State.POSTED:
        said = {"day": _written(found.ended_on)}
        raise Refusal(gettext("This notice was withdrawn or corrected on %(day)s already.") % said)
    if not why.strip():
        raise Refusal(gettext("Say why: the reason stands on the public page beside the notice."))
    if LOOKS_LIKE_A_NUMBER_OF_SOMEBODY.search(why):
        raise Refusal(gettext("The reason is public: leave out numbers of persons, telephones and accounts."))
    return found


def _end(notice: Notice, state: str, why: str, corrected_by: Notice | None = None) -> None:
    notice.state, notice.ended_on, notice.ended_why = state, timezone.localdate(), why.strip()
    notice.corrected_by = corrected_by
    notice.save(update_fields=["state", "ended_on", "ended_why", "corrected_by"])


def _may_be_objected_to(notice: Notice, on: date) -> None:
    if notice.takes_objections(on) and on <= timezone.localdate():
        return
    if notice.state != Notice.State.POSTED:
        raise Refusal(gettext("This notice does not hold any more, so that nothing need be said against it."))
    if not notice.objections:
        raise Refusal(gettext("This notice announces what was decided; it takes no objections."))
    said = {"first": _written(notice.posted_on), "last": _written(notice.hangs_to)}
    raise Refusal(
        gettext("Objections to this notice were taken from %(first)s to the end of %(last)s. You may still call or "
                "visit the township.") % said
    )  # fmt: skip


def _written(day: date | None) -> str:
    return f"{day:%Y-%m-%d}" if day else ""
