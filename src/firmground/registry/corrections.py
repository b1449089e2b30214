"""What an officer's decision writes into the registers: a correction of a household's row, or rows about it.

As with a file, the row says where it came from: each writing has a load of its own, which names its case.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext

from firmground.common.errors import Refusal
from firmground.engines.snapshot import part_of
from firmground.officers.acting import action
from firmground.officers.models import Office
from firmground.registry.models import OF_HOUSEHOLDS, OPEN, Household, InVillage, Load, Register

NOT_COPIED = ("id", "recorded_at", "source", "superseded_at", "superseded_by")


@action("registry.correct")
def correct(*, household_id: str, facts: Mapping[str, Any], by: Office, case: int | None = None, why: str = "") -> Load:
    """Supersede a household's row by one with other facts.

    Args:
        facts: by name; None forgets a fact.
        case: the number of the case in which this was decided.

    Raises:
        Refusal: no such household is in sight.
    """
    _lock_loads()
    now = timezone.now()
    old = _open_household(household_id, lock=True)
    source = _load("household", old.village_code, by, case, now, rows_superseding=1)
    values = _facts(old)
    Household.objects.filter(pk=old.pk).update(superseded_at=now, superseded_by=source)
    Household.objects.create(**{**values, **facts}, recorded_at=now, source=source)
    return source


@action("registry.add")
def add(
    *, table: str, household_id: str, rows: Sequence[Mapping[str, Any]], by: Office, case: int | None = None,
    why: str = "",
) -> list[str]:  # fmt: skip
    """Add rows about a household to a register. A row that is there already, under the same key, is left as it is.

    Args:
        rows: facts by name, without the household. The key is made from them as it is for files, unless one is given.

    Returns:
        the key of each row.
    """
    _lock_loads()
    now = timezone.now()
    model, home = OF_HOUSEHOLDS[table], _open_household(household_id)
    made = [_row(model, home, facts, now) for facts in rows]
    keys = [str(getattr(row, model.KEY)) for row in made]
    there = set(
        model._default_manager.filter(
            OPEN, **{"village_code": home.village_code, "household_id": household_id, f"{model.KEY}__in": keys}
        ).values_list(model.KEY, flat=True)
    )
    new = [row for row in made if getattr(row, model.KEY) not in there]
    source = _load(table, home.village_code, by, case, now, rows_new=len(new), rows_unchanged=len(made) - len(new))
    for row in new:
        row.source = source
    model._default_manager.bulk_create(new)
    return keys


@action("registry.replace")
def replace(
    *, table: str, household_id: str, key: str, facts: Mapping[str, Any] | None, by: Office, case: int | None = None,
    why: str = "",
) -> bool:  # fmt: skip
    """Supersede a row about a household by one with other facts; or, as it never was so, by none.

    A row that a file brought is not taken out: whoever sent the file sends it again without it.

    Args:
        facts: by name, those that differ; None for taking the row out.

    Returns:
        whether there was such a row, and it was superseded.
    """
    _lock_loads()
    now = timezone.now()
    model, home = OF_HOUSEHOLDS[table], _open_household(household_id)
    there = {"village_code": home.village_code, "household_id": household_id, model.KEY: key}
    old = model._default_manager.select_for_update(of=("self",)).filter(OPEN, **there).first()
    if old is None or (facts is None and old.source.file_name):
        return False
    source = _load(table, home.village_code, by, case, now, rows_superseding=1)
    values = _facts(old)
    model._default_manager.filter(pk=old.pk).update(superseded_at=now, superseded_by=source)
    if facts is not None:
        model._default_manager.create(**{**values, **facts}, recorded_at=now, source=source)
    return True


def _facts(row: Register) -> dict[str, Any]:
    """What a row says, with its key and its place."""
    fields = (field for field in row._meta.concrete_fields if not field.generated and field.name not in NOT_COPIED)
    return {field.attname: getattr(row, field.attname) for field in fields}


def _open_household(household_id: str, lock: bool = False) -> Household:
    rows = Household.objects.filter(OPEN, household_id=household_id)
    row = (rows.select_for_update() if lock else rows).first()
    if row is None:
        raise Refusal(gettext("There is no household %(number)s within your territory.") % {"number": household_id})
    return row


def _row(model: type[InVillage], home: Household, facts: Mapping[str, Any], now: datetime) -> Any:
    known = {"household_id": home.household_id, **facts}
    return model(**{model.KEY: made_key(model, known), **known}, village_code=home.village_code, recorded_at=now)


def made_key(model: type[Register], facts: Mapping[str, Any]) -> str:
    """The key of a row that brings none, as files get it."""
    return "-".join(str(facts[name]) for name in model.MADE_FROM if facts.get(name) is not None)


def _load(table: str, village: str, by: Office, case: int | None, now: datetime, **counted: int) -> Load:
    return Load.objects.create(
        table=table, outcome=Load.Outcome.TAKEN, file_name="", sha256="", rows_read=sum(counted.values()), **counted,
        counties=[part_of(village)], started_at=now, finished_at=timezone.now(), by=by.officer.username,
        place_code=village, case=case,
    )  # fmt: skip


def _lock_loads() -> None:
    """A snapshot waits for what has begun, as it does for files."""
    with connection.cursor() as cursor:
        cursor.execute(f"LOCK TABLE {Load._meta.db_table} IN ROW EXCLUSIVE MODE")
