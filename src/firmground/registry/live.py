"""Whatever is registered as it is known this moment, for the engine that judges one subject at a time.

The same facts as a snapshot's, so that the check when a form is saved is the check of a screening. What a snapshot
works out over the whole register (how many households share a telephone or an account, whether an identity number
stands twice) is left unknown here.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

import pyarrow as pa
from django.db.models import Q

from firmground.common.in_force import catalogue_in_force
from firmground.engines.rollups import latest_of_its_kind
from firmground.engines.standards.reference import Subject
from firmground.registry import snapshot
from firmground.registry.columns import base_facts
from firmground.registry.identity_numbers import state
from firmground.registry.models import OPEN, REGISTERS, Household, Living, Member, Register
from firmground.registry.queries import related_to


def household(household_id: str, as_of: date) -> Subject | None:
    """A household with everything related to it, as of a day; None if there is no such household in sight."""
    row = Household.objects.filter(OPEN, household_id=household_id).first()
    if row is None:
        return None
    spoken_of = Q(held_from=None) | Q(held_from__lte=as_of)
    return subject_from({"household": [row], **related_to(household_id, row.village_code, OPEN & spoken_of)})


def registered(about: str, number: str, as_of: date) -> Subject | None:
    """What a register other than the households' has under a number, with everything related to it, as of a day.

    None if there is no such row in sight.
    """
    model = REGISTERS[about]
    row = model._default_manager.filter(OPEN, **{model.KEY: number}).first()
    if row is None:
        return None
    facts, lies_in = base_facts(catalogue_in_force()), getattr(row, model.PLACE)
    spoken_of = Q(held_from=None) | Q(held_from__lte=as_of)
    related = {
        name: [
            Subject(name, _stated(each, facts[name]), {}, lies_in)
            for each in register._default_manager.filter(
                OPEN & spoken_of, **{register.PLACE: lies_in, model.KEY: number}
            )
        ]
        for name, register in REGISTERS.items()
        if register.OF is model and name in facts
    }
    return Subject(about, _stated(row, facts[about]), related, lies_in)


def place(about: str, code: str, as_of: date, known_at: datetime | None = None) -> Subject | None:
    """A village or a county with what its household register adds up to, as of a day.

    None if nothing in sight speaks of it: neither a row of its own nor a household.

    Args:
        known_at: what was known at a moment that has passed; left out: what is known now.
    """
    model: type[Register] = REGISTERS[about]
    spoken_of = (Q(held_from=None) | Q(held_from__lte=as_of)) & _known(known_at)
    row = model._default_manager.filter(spoken_of, **{model.PLACE: code}).order_by(model.KEY).first()
    sums = snapshot.sums_of(code, as_of, known_at)
    if row is None and not sums:
        return None
    facts = base_facts(catalogue_in_force())
    stated = (_stated(row, facts[about]) if row else {}) | sums
    related = {
        name: _of_place(name, register, code, spoken_of, facts[name])
        for name, register in REGISTERS.items()
        if register.OF is model and name in facts
    }
    return Subject(about, stated, related, code)


def _known(at: datetime | None) -> Q:
    if at is None:
        return OPEN
    return Q(recorded_at__lte=at) & (Q(superseded_at=None) | Q(superseded_at__gt=at))


def _of_place(name: str, register: type[Register], code: str, spoken_of: Q, facts: Mapping[str, str]) -> list[Subject]:
    rows = list(register._default_manager.filter(spoken_of, **{register.PLACE: code}))
    stated = [_stated(each, facts) for each in rows]
    if "latest" in facts and rows:
        needed = ("place_code", "surveyed_on", "kind", register.KEY)
        table = pa.table({column: [getattr(each, column) for each in rows] for column in needed})
        for said, latest in zip(stated, latest_of_its_kind(table, "place_code", register.KEY), strict=True):
            said["latest"] = latest.as_py()
    return [Subject(name, said, {}, code) for said in stated]


def subject_from(known: Mapping[str, Sequence[Register]]) -> Subject:
    """A household's subject from its open rows in each register."""
    facts = base_facts(catalogue_in_force())
    (row,) = known["household"]
    assert isinstance(row, Household)
    stated = _stated(row, facts["household"])
    visits = [each for each in known["living"] if isinstance(each, Living)]
    seen = max(visits, key=lambda visit: (visit.surveyed_on, visit.recorded_at), default=None)
    if seen is not None:
        stated |= _stated(seen, facts["household"])
    related = {
        table: [Subject(table, _stated(each, facts[table]), {}, row.village_code) for each in rows]
        for table, rows in known.items()
        if table in facts and table not in ("household", "living")
    }
    return Subject("household", stated, related, row.village_code)


def _stated(row: Register, facts: Mapping[str, str]) -> dict[str, Any]:
    stated = {name: value for name in facts if (value := getattr(row, name, None)) is not None}
    if isinstance(row, Member):
        stated["id_number_state"] = state(row.id_number, row.birth_date)
    return stated
