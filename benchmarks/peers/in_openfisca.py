"""The subset in OpenFisca-core, for many households at once."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from openfisca_core.simulations import SimulationBuilder

from benchmarks.peers import ABOUT_MEMBERS, HOUSEHOLD, INCOME, MEMBER, SPENDING, STATEMENT, Totals, files
from benchmarks.peers.openfisca_rules import GROUP, INPUTS, PERIOD, TRUTHS, WINDOWS, WORDS, Array, calculate, system
from firmground.engines.snapshot import Snapshot


def screen(folder: Path, to: Path) -> Totals:
    """Whole tables in memory."""
    snapshot = Snapshot.open(folder)
    household, member = _read(snapshot, "household", HOUSEHOLD), _read(snapshot, "member", MEMBER)
    ids = household["household_id"].combine_chunks()
    person = {
        "age": _age(member["birth_date"], snapshot),
        **{name: _words(member[name], name) for name in ("status", "relation", "school_status")},
        **{name: _truths(member[name]) for name in ("insured_resident", "insured_employee")},
        "insurance_exempt": member["insurance_exempt"].is_valid().to_numpy(),
    }
    monitored, eliminated = household["monitored_on"], household["eliminated_on"]
    over = pc.fill_null(pc.greater_equal(eliminated, monitored), False)
    group = {
        **{name: _words(household[name], name) for name in ("kind", "dwelling_grade", "water_quality")},
        **{name: _truths(household[name]) for name in TRUTHS[:3]},
        "monitored": (monitored.is_valid().to_numpy() & ~over.to_numpy()),
        **{name: _numbers(household[name]) for name in HOUSEHOLD if INPUTS[GROUP].get(name) is float},
        **_incomes(snapshot, ids),
        **_spendings(snapshot, ids),
    }
    builder, rules = SimulationBuilder(), system()
    builder.create_entities(rules)
    builder.declare_person_entity("person", np.arange(member.num_rows))
    households = builder.declare_entity("household", np.arange(len(ids)))
    owners = pc.index_in(member["household_id"], value_set=ids).to_numpy()
    builder.join_with_persons(households, owners, np.zeros(member.num_rows, np.int16))
    simulation = builder.build(rules)
    for name, values in (person | group).items():
        simulation.set_input(name, PERIOD, values)
    found = calculate(simulation)
    villages = household["village_code"].combine_chunks()
    totals = {}
    for about, subjects, where in (
        ("household", ids, villages),
        ("member", member["member_id"].combine_chunks(), villages.take(pa.array(owners))),
    ):
        mine = {name: values for name, values in found.items() if (name in ABOUT_MEMBERS) == (about == "member")}
        _write(to, about, subjects, where, mine)
        for name, values in mine.items():
            outcome = np.bincount(values, minlength=4)[1:].tolist()
            totals[name] = [sum(outcome), *outcome]
    return totals


def _read(snapshot: Snapshot, table: str, columns: tuple[str, ...]) -> pa.Table:
    return pa.concat_tables([pq.ParquetFile(path).read(columns=list(columns)) for path in files(snapshot, table)])


def _numbers(column: pa.ChunkedArray) -> Array:
    return column.cast(pa.float64()).to_numpy()


def _truths(column: pa.ChunkedArray) -> Array:
    return pc.fill_null(pc.if_else(column, 1, -1), 0).to_numpy()


def _words(column: pa.ChunkedArray, name: str) -> Array:
    return pc.fill_null(pc.index_in(column, value_set=pa.array(WORDS[name])), 0).to_numpy()


def _months(start: Array, end: Array) -> Array:
    """Whole months completed; NaN where a day is unknown."""
    start, end = np.broadcast_arrays(start, end)
    first, last = start.astype("datetime64[M]"), end.astype("datetime64[M]")
    is_last_day = (end + 1).astype("datetime64[M]") != last
    short = ((end - last) < (start - first)) & ~is_last_day
    return np.where(np.isnat(start) | np.isnat(end), np.nan, (last - first).astype(float) - short)


def _age(born: pa.ChunkedArray, snapshot: Snapshot) -> Array:
    return np.trunc(_months(born.to_numpy(), np.datetime64(snapshot.as_of)) / 12)


def _summed(owners: Array, values: Array, households: int) -> Array:
    """A sum is unknown where nothing is added, or something unknown is."""
    sums = np.bincount(owners, weights=values, minlength=households)
    return np.where(np.bincount(owners, minlength=households) > 0, sums, np.nan)


def _incomes(snapshot: Snapshot, ids: pa.Array) -> dict[str, Array]:
    rows = _read(snapshot, "statement", STATEMENT)
    owners = pc.index_in(rows["household_id"], value_set=ids).to_numpy()
    net = sum((_numbers(rows[name]) for name in INCOME), start=-_numbers(rows["operating_cost"]))
    start, end, as_of = rows["held_from"].to_numpy(), rows["held_to"].to_numpy(), np.datetime64(snapshot.as_of)
    covered, ago = _months(start, end) + 1, np.where(end <= as_of, _months(end, as_of), np.nan)
    incomes = {}
    for window, (first, last, whole) in WINDOWS.items():
        when = (ago >= first) & (ago <= last)
        known = _summed(owners[when], covered[when], len(ids)) == whole
        incomes[f"income_{window}"] = np.where(known, _summed(owners[when], net[when], len(ids)), np.nan)
    return incomes


def _spendings(snapshot: Snapshot, ids: pa.Array) -> dict[str, Array]:
    rows = _read(snapshot, "spending", SPENDING)
    owners = pc.index_in(rows["household_id"], value_set=ids).to_numpy()
    when = _months(rows["spent_on"].to_numpy(), np.datetime64(snapshot.as_of)) < 12
    counts = _truths(rows["compliant"])
    rigid = np.where(counts > 0, _numbers(rows["amount"]), np.where(counts < 0, 0, np.nan))
    return {
        "spendings": np.bincount(owners[when], minlength=len(ids)),
        "rigid_spending": _summed(owners[when], rigid[when], len(ids)),
    }


def _write(to: Path, about: str, subjects: pa.Array, villages: pa.Array, found: Mapping[str, Array]) -> None:
    rows = []
    for name, values in found.items():
        bad = np.flatnonzero(values > 1)
        standard = pa.DictionaryArray.from_arrays(np.zeros(len(bad), np.int8), [name]).cast(pa.string())
        rows.append(pa.table([subjects.take(bad), villages.take(bad), standard, values[bad].astype(np.int8)], NAMES))
    pq.write_table(pa.concat_tables(rows), to / f"{about}.parquet", compression="zstd", compression_level=1)
    columns = {f"{name} {code}": (values == code) for name, values in found.items() for code in (1, 2, 3)}
    counted = pa.table({"village_code": villages, **columns})
    places = counted.group_by("village_code").aggregate([(name, "sum") for name in columns])
    pq.write_table(places, to / f"{about}-places.parquet")


NAMES = ["subject_id", "village_code", "standard", "verdict"]
