"""What villages and counties add up to over their household register: households and persons by kind.

One function counts for the registers' snapshot, for the made world, and for a place judged this moment. Persons are
the members that are in the household. A place without any household on the register adds up to nothing known, not to
zero: nobody passes by having sent no register.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

KINDS = ("poor", "exited", "unstable", "marginal", "sudden")
REGISTERED = ("poor", "exited", "unstable")
"""The kinds of registered households 建档立卡户: the poor, and who was poor and has exited."""
COUNTED = (*(f"{kind}_{what}" for kind in KINDS for what in ("households", "persons")), "registered_persons")
"""The columns of a place that are added up, all int32."""


def persons_of(households: int, rows: pa.ChunkedArray, status: pa.ChunkedArray) -> pa.Array:
    """How many members each household has that are in it; blank status: nobody has left.

    Args:
        rows: the position of each member's household.
    """
    here = pc.fill_null(pc.equal(status, "active"), True)
    return pa.array(np.bincount(rows.filter(here).to_numpy(), minlength=households))


def added_up(places: pa.ChunkedArray, kinds: pa.ChunkedArray, persons: pa.Array) -> pa.Table:
    """`place` and the columns COUNTED, one row for each place; `places`, `kinds` and `persons` of each household."""
    asked = {f"{kind}_households": pc.cast(_is(kinds, kind), pa.int64()) for kind in KINDS}
    asked |= {f"{kind}_persons": pc.if_else(_is(kinds, kind), persons, 0) for kind in KINDS}
    asked["registered_persons"] = pc.if_else(pc.is_in(kinds, pa.array(REGISTERED)), persons, 0)
    return _summed(pa.table({"place": places, **asked}))


def together(parts: Sequence[pa.Table], digits: int = 12) -> pa.Table:
    """Several tables of `added_up` as one, by places of so many digits."""
    whole = pa.concat_tables(parts)
    return _summed(whole.set_column(0, "place", pc.utf8_slice_codeunits(whole["place"], 0, digits)))


def onto(rows: pa.Table, sums: pa.Table, key: str, place: str) -> pa.Table:
    """A register's rows with what their places add up to, in the order of place and key.

    A place that adds up to something and has no row gets one, in which all else is unknown.
    """
    known = rows[place].combine_chunks()
    missing = sums["place"].combine_chunks().filter(pc.invert(pc.is_in(sums["place"].combine_chunks(), known)))
    rows = rows.select([name for name in rows.column_names if name not in COUNTED])
    added: Mapping[str, pa.Array] = {key: missing, place: missing}
    more = pa.table(
        {field.name: added.get(field.name, pa.nulls(len(missing), field.type)) for field in rows.schema},
        schema=rows.schema,
    )
    rows = pa.concat_tables([rows, more]).combine_chunks()
    at = pc.index_in(rows[place].combine_chunks(), value_set=sums["place"].combine_chunks())
    for name in COUNTED:
        rows = rows.append_column(name, sums[name].combine_chunks().take(at))
    return rows.take(pc.sort_indices(rows, [(place, "ascending"), (key, "ascending")]))


def latest_of_its_kind(surveys: pa.Table, of: str, key: str) -> pa.Array:
    """For each survey, whether no other of its kind and place was made later; two of one day: the last by key."""
    order = pc.sort_indices(surveys, [("surveyed_on", "descending"), (key, "descending")])
    seen: set[tuple[object, object]] = set()
    latest = [False] * surveys.num_rows
    places, kinds = surveys[of].to_pylist(), surveys["kind"].to_pylist()
    for position in order.to_pylist():
        latest[position] = (places[position], kinds[position]) not in seen
        seen.add((places[position], kinds[position]))
    return pa.array(latest, pa.bool_())


def _is(kinds: pa.Array, kind: str) -> pa.Array:
    return pc.fill_null(pc.equal(kinds, kind), False)


def _summed(rows: pa.Table) -> pa.Table:
    summed = rows.group_by("place").aggregate([(name, "sum") for name in COUNTED]).sort_by("place")
    return pa.table({"place": summed["place"], **{name: summed[f"{name}_sum"].cast(pa.int32()) for name in COUNTED}})
