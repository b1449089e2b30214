"""The subset in pandas."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.peers import (
    CLIMB,
    HOUSEHOLD,
    INCOME,
    LITRES_DRY,
    LITRES_WET,
    MEMBER,
    METRES,
    MINUTES,
    MONITOR_LINE,
    PLUNGE,
    PLUNGE_HALF,
    POVERTY_LINE,
    RIGID_SHARE,
    SCHOOL_AGE,
    SHORT_DAYS,
    SPENDING,
    STATEMENT,
    WATCHED_BELOW,
    Totals,
    born_after,
    files,
)
from firmground.engines.snapshot import Snapshot


def screen(folder: Path, to: Path) -> Totals:
    """Whole tables in memory, with the nullable types that know the unknown."""
    snapshot = Snapshot.open(folder)
    as_of = pd.Timestamp(snapshot.as_of)
    nullable = {
        pa.bool_(): pd.BooleanDtype(),
        pa.int32(): pd.Int32Dtype(),
        pa.float64(): pd.Float64Dtype(),
        pa.string(): pd.StringDtype("pyarrow"),
    }

    def read(table: str, columns: Sequence[str]) -> Any:
        arrow = pa.concat_tables([pq.ParquetFile(path).read(columns=list(columns)) for path in files(snapshot, table)])
        fields = [f.with_type(pa.float64()) if pa.types.is_decimal(f.type) else f for f in arrow.schema]
        fields = [f.with_type(pa.timestamp("s")) if pa.types.is_date(f.type) else f for f in fields]
        arrow = arrow.cast(pa.schema(fields))
        return arrow.to_pandas(types_mapper=nullable.get, self_destruct=True, split_blocks=True)

    def months(start: Any, end: Any) -> Any:
        """Whole months completed; NaN where a day is unknown."""
        is_series = isinstance(end, pd.Series)
        year, month, day = (end.dt.year, end.dt.month, end.dt.day) if is_series else (end.year, end.month, end.day)
        last = end.dt.is_month_end if is_series else end.is_month_end
        short = (start.dt.day > day) & ~last if is_series or not last else False
        return (year - start.dt.year) * 12 + month - start.dt.month - short

    def counted(frame: Any, **conditions: Any) -> Any:
        flags = pd.DataFrame({name: condition.fillna(False).astype("int8") for name, condition in conditions.items()})
        return flags.groupby(frame["household_id"], sort=False).sum()

    def summed(frame: Any, what: Any, when: Any) -> Any:
        """A sum is unknown where nothing is added, or something unknown is."""
        rows = pd.DataFrame({"value": what, "unknown": what.isna()})[when]
        sums = rows.groupby(frame["household_id"][when], sort=False).sum()
        return sums["value"].where(sums["unknown"] == 0)

    member = read("member", MEMBER)
    active = member["status"].fillna("active") == "active"
    born = member["birth_date"]
    school_age = ((born <= pd.Timestamp(born_after(snapshot.as_of, SCHOOL_AGE[0]))) & (
        born > pd.Timestamp(born_after(snapshot.as_of, SCHOOL_AGE[1] + 1))
    )).astype("boolean").mask(born.isna())  # fmt: skip
    insured = member["insured_resident"] | member["insured_employee"] | member["insurance_exempt"].notna()
    pupil = (active & school_age).fillna(False)
    by_member = counted(
        member,
        members=active,
        heads=active & (member["relation"] == "head"),
        spouses=active & (member["relation"] == "spouse"),
        relations_unknown=active & member["relation"].isna(),
        pupils=pupil,
        out_of_school=pupil & (member["school_status"] == "dropout"),
        schooling_unknown=pupil & member["school_status"].isna(),
        uninsured=active & ~insured,
        insurance_unknown=active & insured.isna(),
    )
    member_rules = {
        "child_in_school": (active & school_age, member["school_status"] != "dropout"),
        "member_insured": (active, insured),
    }
    villages = member["household_id"].str.slice(0, 12)
    totals = _pandas_out(to, "member", member["member_id"], villages, member_rules)
    del member, active, born, school_age, insured, pupil, villages, member_rules

    statement = read("statement", STATEMENT)
    net = statement[list(INCOME)].sum(axis=1, skipna=False) - statement["operating_cost"]
    covered = months(statement["held_from"], statement["held_to"]) + 1
    ago = months(statement["held_to"], as_of).where(statement["held_to"] <= as_of)
    windows = {"year": (0, 11, 12), "before": (12, 23, 12), "half": (0, 5, 6), "half_ago": (12, 17, 6)}
    by_statement = {}
    for name, (first, last, wanted) in windows.items():
        when = ago.between(first, last)
        known = summed(statement, covered, when) == wanted
        by_statement[name] = summed(statement, net, when).where(known).astype("Float64")
    del statement, net, covered, ago
    spending = read("spending", SPENDING)
    when = months(spending["spent_on"], as_of) < 12
    rigid = spending["amount"].where(spending["compliant"].fillna(False), 0.0).mask(spending["compliant"].isna())
    by_spending = counted(spending, spendings=when)
    rigid_spending = summed(spending, rigid, when).astype("Float64")
    del spending, when, rigid

    h = read("household", HOUSEHOLD).set_index("household_id")
    h = h.join(by_member).join(by_spending)
    counts = [*by_member.columns, "spendings"]
    h[counts] = h[counts].fillna(0).astype("int32")
    h["rigid_spending"] = rigid_spending
    for name, income in by_statement.items():
        h[f"income_{name}"] = income
    monitored = h["monitored_on"].notna() & (h["eliminated_on"].isna() | (h["eliminated_on"] < h["monitored_on"]))
    per_head = h["income_year"] / h["members"].where(h["members"] != 0).astype("Float64")
    enough = (h["water_litres"] >= LITRES_WET) | (h["water_dry_area"] & (h["water_litres"] >= LITRES_DRY))
    clean = _among(h["water_quality"], ["test_passed", "looks_clean"])
    near = (
        h["water_piped"]
        | (h["water_fetch_minutes"] <= MINUTES)
        | ((h["water_fetch_metres"] <= METRES) & (h["water_fetch_climb"] <= CLIMB))
    )
    reliable = h["water_short_days"] <= SHORT_DAYS
    registered, not_poor = h["kind"] != "general", h["kind"] != "poor"

    def none_of(bad: str, unknown: str) -> Any:
        return (h[bad] == 0).astype("boolean").mask((h[bad] == 0) & (h[unknown] > 0))

    rules = {
        "income_above_monitor_line": (not_poor & ~monitored, per_head >= MONITOR_LINE),
        "poor_income_above_line": (h["kind"] == "poor", per_head >= POVERTY_LINE),
        "income_not_plunged": (
            not_poor & (h["income_before"] > 0),
            (per_head >= WATCHED_BELOW) | (h["income_year"] >= (1 - PLUNGE) * h["income_before"]),
        ),
        "income_half_not_plunged": (
            not_poor & (h["income_half_ago"] > 0),
            (per_head >= WATCHED_BELOW) | (h["income_half"] >= (1 - PLUNGE_HALF) * h["income_half_ago"]),
        ),
        "rigid_spending_bearable": (h["spendings"] > 0, h["rigid_spending"] <= RIGID_SHARE * h["income_year"]),
        "children_in_school": (registered & (h["pupils"] > 0), none_of("out_of_school", "schooling_unknown")),
        "household_insured": (registered & (h["members"] > 0), none_of("uninsured", "insurance_unknown")),
        "housing_safe": (registered, _among(h["dwelling_grade"], ["A", "B"]) | h["dwelling_made_safe"]),
        "water_enough": (registered, enough),
        "water_clean": (registered, clean),
        "water_near": (registered, near),
        "water_reliable": (registered, reliable),
        "water_safe": (registered, enough & clean & near & reliable),
        "data_one_head": (
            (h["members"] > 0) & (h["relations_unknown"] == 0),
            (h["heads"] == 1) & (h["spouses"] <= 1),
        ),
    }
    return totals | _pandas_out(to, "household", h.index.to_series(), h["village_code"], rules)


def _among(series: Any, options: Sequence[str]) -> Any:
    """`isin` that leaves the unknown unknown."""
    return series.isin(options).astype("boolean").mask(series.isna())


def _pandas_out(to: Path, table: str, ids: Any, villages: Any, rules: Mapping[str, tuple[Any, Any]]) -> Totals:
    totals, found, places = {}, [], {}
    for name, (asked, rule) in rules.items():
        asked = asked.fillna(False).to_numpy(bool)
        known, holds = rule.notna().to_numpy(bool), rule.fillna(False).to_numpy(bool)
        verdict = np.where(asked, np.where(known, np.where(holds, 1, 2), 3), 0).astype("int8")
        bad = verdict > 1
        found.append(
            pd.DataFrame(
                {
                    "subject_id": ids.to_numpy()[bad],
                    "village_code": villages.to_numpy()[bad],
                    "standard": name,
                    "verdict": verdict[bad],
                }
            )
        )
        places |= {f"{name} {code}": verdict == code for code in (1, 2, 3)}
        outcome = [int(np.count_nonzero(verdict == code)) for code in (1, 2, 3)]
        totals[name] = [sum(outcome), *outcome]
    pd.concat(found).to_parquet(to / f"{table}.parquet", compression="zstd", compression_level=1)
    pd.DataFrame(places).groupby(villages.to_numpy(), sort=False).sum().to_parquet(to / f"{table}-places.parquet")
    return totals
