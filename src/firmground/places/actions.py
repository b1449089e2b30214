"""Every write of places: loading the tree and the listing. What became of places later is in `changes`."""

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path

from django.db import connection
from django.utils.translation import gettext

from firmground.common.errors import Refusal
from firmground.officers.acting import action, record
from firmground.officers.models import Office
from firmground.places.models import DIGITS, Level, Listing, Place

COLUMNS = ("code", "level", "name_zh", "name_en", "lon", "lat")
LISTING_COLUMNS = ("code", "listed_on", "basis", "act")
CHINA = {"lon": (Decimal(73), Decimal(136)), "lat": (Decimal(3), Decimal(54))}  # degrees; wide enough for every datum

UPSERT = """
INSERT INTO places_place (code, level, name_zh, name_en, lon, lat)
SELECT code, level, name_zh, name_en, lon, lat FROM place_file ORDER BY code
ON CONFLICT (code) DO UPDATE
SET name_zh = excluded.name_zh, name_en = excluded.name_en, lon = excluded.lon, lat = excluded.lat
-- A place that changed since carries the name its act gave it.
WHERE places_place.valid_from IS NULL
    AND NOT EXISTS (SELECT 1 FROM places_placechange WHERE to_code = places_place.code)
    AND (places_place.name_zh, places_place.name_en, places_place.lon, places_place.lat)
        IS DISTINCT FROM (excluded.name_zh, excluded.name_en, excluded.lon, excluded.lat)
RETURNING (xmax = 0)
"""


@dataclass(frozen=True)
class Loaded:
    """What a file brought."""

    rows: int
    new: int
    corrected: int = 0


@action("places.load")
def load(*, file: Path, by: Office) -> Loaded:
    """Load the tree of places. Loading the same file again changes nothing.

    Args:
        file: CSV (UTF-8) with code, level, name_zh, name_en, lon, lat.

    Raises:
        Refusal: rows are wrong; nothing is loaded, and every wrong row is named.
    """
    rows = list(_rows(file, COLUMNS))
    known = {row["code"] for _, row in rows} | set(Place.objects.values_list("code", flat=True))
    wrong = [f"line {line}: {what}" for line, row in rows for what in _faults(row, known)]
    codes = [row["code"] for _, row in rows]
    if len(codes) != len(set(codes)):
        wrong += [f"{code}: stands more than once" for code in sorted({c for c in codes if codes.count(c) > 1})]
    _refuse(file, wrong)
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TEMP TABLE place_file (code varchar, level varchar, name_zh varchar, name_en varchar,"
            " lon numeric, lat numeric) ON COMMIT DROP"
        )
        with cursor.copy("COPY place_file FROM STDIN") as copy:
            for _, row in rows:
                copy.write_row([row[c] for c in COLUMNS[:4]] + [row[c] or None for c in COLUMNS[4:]])
        cursor.execute(UPSERT)
        written = [new for (new,) in cursor.fetchall()]
        cursor.execute("DROP TABLE place_file")
    return Loaded(rows=len(rows), new=sum(written), corrected=len(written) - sum(written))


@action("places.load_listing")
def load_listing(*, file: Path, by: Office) -> Loaded:
    """Load which places are under listed supervision. Loading the same file again changes nothing.

    Args:
        file: CSV (UTF-8) with code, listed_on, basis, act; other columns are for the reader.

    Raises:
        Refusal: rows are wrong; nothing is loaded, and every wrong row is named.
    """
    rows = list(_rows(file, LISTING_COLUMNS))
    known = set(Place.objects.values_list("code", flat=True))
    wrong, listings = [], []
    for line, row in rows:
        try:
            listed_on = date.fromisoformat(row["listed_on"])
        except ValueError:
            wrong.append(f"line {line}: listed_on {row['listed_on']!r} is no date like 2020-02-11")
            continue
        if row["code"] not in known:
            wrong.append(f"line {line}: no place has the code {row['code']!r}; load the places first")
        if row["basis"] not in Listing.Basis.values:
            wrong.append(f"line {line}: basis {row['basis']!r} is none of {', '.join(Listing.Basis.values)}")
        if not row["act"]:
            wrong.append(f"line {line}: the act is missing")
        listings.append(Listing(place_code=row["code"], listed_on=listed_on, basis=row["basis"], act=row["act"]))
    _refuse(file, wrong)
    before = Listing.objects.count()
    Listing.objects.bulk_create(listings, ignore_conflicts=True)
    return Loaded(rows=len(rows), new=Listing.objects.count() - before)


@action("places.enlist")
def enlist(*, place_code: str, on: date, basis: str, act: str, by: Office, why: str = "") -> Listing:
    """Put a place under listed supervision. One that was delisted before may be listed again.

    Args:
        basis: of Listing.Basis.

    Raises:
        Refusal: it is listed already, was until that day, or the act is not named.
    """
    if not act.strip():
        raise Refusal(gettext("A place is listed by an act: name its number and title."))
    standing = Listing.objects.filter(place_code=place_code)
    if standing.filter(delisted_on=None).exists() or standing.filter(delisted_on__gt=on).exists():
        raise Refusal(gettext("%(place)s is listed on that day already.") % {"place": place_code})
    if standing.filter(listed_on=on).exists():
        raise Refusal(gettext("%(place)s was listed and delisted on that day: choose another.") % {"place": place_code})
    listing = Listing.objects.create(place_code=place_code, listed_on=on, basis=basis, act=act.strip()[:300])
    record(None, place_code, listed_on=str(on), basis=basis, act=act.strip())
    return listing


@action("places.delist")
def delist(*, place_code: str, on: date, act: str, reason: str, by: Office, why: str = "") -> int:
    """End the listing of a place. Returns how many listings ended: none where the place was not listed.

    Args:
        reason: the procedure that decided it, or "redrawn".

    Raises:
        Refusal: the act is not named.
    """
    if not act.strip():
        raise Refusal(gettext("A place is delisted by an act: name its number and title."))
    standing = Listing.objects.filter(place_code=place_code, delisted_on=None, listed_on__lte=on)
    ended = standing.update(delisted_on=on, delisting_act=act.strip()[:300], delist_reason=reason)
    record(None, place_code, delisted=ended, act=act.strip(), reason=reason)
    return ended


def _rows(file: Path, columns: tuple[str, ...]) -> Iterator[tuple[int, dict[str, str]]]:
    try:
        with open(file, encoding="utf-8-sig", newline="") as lines:
            reader = csv.DictReader(lines)
            missing = [column for column in columns if column not in (reader.fieldnames or [])]
            if missing:
                raise Refusal(f"{file} has no column {', '.join(missing)}. It needs {', '.join(columns)}.")
            for row in reader:
                yield reader.line_num, {column: (row[column] or "").strip() for column in columns}
    except FileNotFoundError:
        raise Refusal(f"{file} does not exist.") from None
    except UnicodeDecodeError:
        raise Refusal(f"{file} is not UTF-8. Save it as UTF-8.") from None


def _faults(row: dict[str, str], known: set[str]) -> Iterator[str]:
    code, level = row["code"], row["level"]
    if level not in Level.values:
        yield f"level {level!r} is none of {', '.join(Level.values)}"
        return
    digits = DIGITS[Level(level)]
    if not re.fullmatch(rf"[0-9]{{{digits}}}", code):
        yield f"{code!r} is no code of a {level}, which has {digits} digits"
    elif level != Level.PROVINCE and parent_code(code) not in known:
        yield f"{code} lies in {parent_code(code)}, which is no place"
    if not row["name_zh"]:
        yield f"{code} has no Chinese name"
    for axis, (least, most) in CHINA.items():
        try:
            if row[axis] and not least <= Decimal(row[axis]) <= most:
                yield f"{axis} {row[axis]} of {code} lies outside China"
        except InvalidOperation:
            yield f"{axis} {row[axis]!r} of {code} is no number of degrees"


def parent_code(code: str) -> str:
    """The code one level up; of a province, the nation's ""."""
    return code[: max((digits for digits in DIGITS.values() if digits < len(code)), default=0)]


def _refuse(file: Path, wrong: list[str]) -> None:
    if wrong:
        more = f"\n  … and {len(wrong) - 20} more" if len(wrong) > 20 else ""
        raise Refusal(f"{file} was not loaded:\n  " + "\n  ".join(wrong[:20]) + more)
