"""What became of places: splits, mergers, renames and moves, each with its day and its act.

A file of changes is TOML:

    [[change]]
    on = 2021-06-03
    act = "State Council reply 2021 No. 58"
    kind = "split"                          # split, merge, rename, move
    from = ["533301"]
    to = [{ code = "533301" }, { code = "533302", name_zh = "上江市", name_en = "Shangjiang City" }]

A place in `to` that is new needs its Chinese name; a renamed one its new name. When one place becomes one other (a
rename with a new code, a move), the places inside it follow with the same digits; of a split or a merger the file must
say what becomes of every place inside that would be left without a parent.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from firmground.common.errors import Refusal
from firmground.officers.acting import action
from firmground.officers.models import Office
from firmground.places.actions import parent_code
from firmground.places.models import DIGITS, Place, PlaceChange
from firmground.places.queries import in_force

KEYS = {"on", "act", "kind", "from", "to"}
PLACE_KEYS = {"code", "name_zh", "name_en"}
HOW_MANY = {"split": (1, 2), "merge": (2, 1), "rename": (1, 1), "move": (1, 1)}  # at least so many; one is exact


@dataclass(frozen=True)
class Change:
    """One declared change: `number` is its place in the file, counted from 1."""

    number: int
    on: date
    act: str
    kind: str
    before: tuple[str, ...]
    after: Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True)
class Taken:
    """How many changes of the file are in force now for the first time, and how many were known."""

    new: int
    known: int


@action("places.change")
def take_in(*, file: Path, by: Office) -> Taken:
    """Bring a file of changes into force, in the order of their days. Taking it in again changes nothing.

    Raises:
        Refusal: a change is wrong, or would leave a place without a parent; nothing is changed.
    """
    changes = sorted(_read(file), key=lambda change: (change.on, change.number))
    new = 0
    for change in changes:
        if _known(change):
            continue
        wrong = list(_faults(change))
        if wrong:
            raise Refusal(f"{file}, change {change.number}: " + "; ".join(wrong) + ". Nothing was changed.")
        _carry_out(change)
        new += 1
    # Only now: changes of one day may complete each other.
    present = {"", *in_force().values_list("code", flat=True)}
    lost = sorted(code for code in present if parent_code(code) not in present)
    if lost:
        raise Refusal(
            f"{file}: {len(lost)} places would lie in a place that is no more: {', '.join(lost[:8])}"
            f"{' …' if len(lost) > 8 else ''}. Say in the same file what becomes of them. Nothing was changed."
        )
    return Taken(new=new, known=len(changes) - new)


def _read(file: Path) -> Iterator[Change]:
    try:
        said = tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise Refusal(f"{file} does not exist.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Refusal(f"{file} cannot be read: {error}.") from None
    if set(said) != {"change"} or not isinstance(said["change"], list):
        raise Refusal(f"{file} should hold [[change]] entries and nothing else.")
    for number, entry in enumerate(said["change"], start=1):
        where = f"{file}, change {number}"
        if set(entry) != KEYS:
            odd = sorted(set(entry) ^ KEYS)
            raise Refusal(f"{where}: {', '.join(odd)} missing or unknown; it needs exactly {', '.join(sorted(KEYS))}.")
        if type(entry["on"]) is not date:
            raise Refusal(f"{where}: on = {entry['on']!r} is no date like 2021-06-03.")
        if not isinstance(entry["act"], str) or not entry["act"].strip():
            raise Refusal(f"{where}: the act is missing. A place changes by an act.")
        if entry["kind"] not in HOW_MANY:
            raise Refusal(f"{where}: kind {entry['kind']!r} is none of {', '.join(HOW_MANY)}.")
        if not _strings(entry["from"]) or not isinstance(entry["to"], list):
            raise Refusal(f'{where}: from is a list of codes, to a list of places like {{ code = "533302" }}.')
        for place in entry["to"]:
            if (
                not isinstance(place, dict)
                or "code" not in place
                or set(place) - PLACE_KEYS
                or not _strings(list(place.values()))
            ):
                raise Refusal(f"{where}: a place in to has a code, and may have a name_zh and a name_en, as text.")
        yield Change(
            number, entry["on"], entry["act"].strip(), entry["kind"], tuple(entry["from"]),
            {place["code"]: place for place in entry["to"]},
        )  # fmt: skip


def _strings(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def _pairs(change: Change) -> list[tuple[str, str]]:
    return [(before, after) for before in change.before for after in change.after]


def _known(change: Change) -> bool:
    return all(
        PlaceChange.objects.filter(
            from_code=before, to_code=after, on=change.on, kind=change.kind, act=change.act
        ).exists()
        for before, after in _pairs(change)
    )


def _faults(change: Change) -> Iterator[str]:
    fewest_before, fewest_after = HOW_MANY[change.kind]
    for codes, fewest, side in ((change.before, fewest_before, "from"), (tuple(change.after), fewest_after, "to")):
        if len(set(codes)) < fewest or (fewest == 1 and len(codes) != 1):
            yield f"a {change.kind} has {'one place' if fewest == 1 else 'at least two places'} in {side}"
    digits = {len(code) for code in (*change.before, *change.after)}
    written = "".join((*change.before, *change.after))
    if len(digits) != 1 or not digits <= set(DIGITS.values()) or not re.fullmatch("[0-9]+", written):
        yield "the codes should all have the digits of one level: 2, 4, 6, 9 or 12"
        return
    present = {place.code: place for place in in_force().filter(code__in=[*change.before, *change.after])}
    for code in change.before:
        if code not in present:
            yield f"{code} is no place in force"
        elif PlaceChange.objects.filter(to_code=code, on__gte=change.on).exists():
            yield f"{code} changed on or after {change.on} already; changes are taken in by their day"
    for code, place in change.after.items():
        if code in present:
            if code not in change.before and change.kind != "merge":
                yield f"{code} is another place already"
            if change.kind == "rename" and not place.get("name_zh"):
                yield f"{code} is renamed: give its new name_zh"
        elif not place.get("name_zh"):
            yield f"{code} is new: give its name_zh"
        elif Place.objects.filter(code=code).exists():
            yield f"{code} was a place before; a code that is no more in force is not given out again"
    if change.kind == "move" and change.before == tuple(change.after):
        yield "a move gives the place another code"


def _carry_out(change: Change) -> None:
    level = {digits: level for level, digits in DIGITS.items()}[len(change.before[0])]
    former = Place.objects.in_bulk([*change.before, *change.after])
    PlaceChange.objects.bulk_create(
        PlaceChange(
            from_code=before, to_code=after, kind=change.kind, on=change.on, act=change.act,
            name_zh_before=former[before].name_zh, name_en_before=former[before].name_en,
        )
        for before, after in _pairs(change)
    )  # fmt: skip
    origin = former[change.before[0]]
    for code, said in change.after.items():
        place = former.get(code) or Place(
            code=code, level=level, valid_from=change.on, lon=origin.lon, lat=origin.lat
        )  # fmt: skip
        if said.get("name_zh"):  # a new Chinese name makes the old English one untrue
            place.name_zh, place.name_en = said["name_zh"], said.get("name_en", "")
        place.save()
    gone = [code for code in change.before if code not in change.after]
    Place.objects.filter(code__in=gone).update(valid_to=change.on)
    if len(change.before) == len(change.after) == 1 and gone:
        _follow(change, gone[0], next(iter(change.after)))


def _follow(change: Change, before: str, after: str) -> None:
    """Places inside a place that got another code keep their own digits behind it."""
    inside = list(in_force().filter(code__startswith=before).exclude(code=before))
    Place.objects.bulk_create(
        Place(code=after + place.code[len(before):], level=place.level, name_zh=place.name_zh, name_en=place.name_en,
              lon=place.lon, lat=place.lat, valid_from=change.on)
        for place in inside
    )  # fmt: skip
    PlaceChange.objects.bulk_create(
        PlaceChange(from_code=place.code, to_code=after + place.code[len(before):], kind=PlaceChange.Kind.MOVE,
                    on=change.on, act=change.act, name_zh_before=place.name_zh, name_en_before=place.name_en)
        for place in inside
    )  # fmt: skip
    Place.objects.filter(code__in=[place.code for place in inside]).update(valid_to=change.on)
