"""The subset in Polars."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import polars as pl

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
    """Lazy and streaming, everything in one plan."""
    snapshot = Snapshot.open(folder)
    as_of = pl.lit(snapshot.as_of)
    col = pl.col

    def scan(table: str, columns: Sequence[str]) -> Any:
        picked = pl.scan_parquet(files(snapshot, table), hive_partitioning=False).select(columns)
        return picked.with_columns(col(pl.Decimal).cast(pl.Float64))

    def months(start: Any, end: Any) -> Any:
        """Whole months completed from one day to another."""
        on_last_day = end == end.dt.month_end()
        short = (end.dt.day() < start.dt.day()) & ~on_last_day
        between = (end.dt.year() - start.dt.year()) * 12 + end.dt.month() - start.dt.month()
        return between - short.cast(pl.Int32)

    def summed(what: str, when: str, name: str) -> Any:
        """A sum is unknown where nothing is added, or something unknown is."""
        value = col(what).filter(col(when))
        return pl.when((value.len() > 0) & (value.null_count() == 0)).then(value.sum()).alias(name)

    school_age = (col("birth_date") <= born_after(snapshot.as_of, SCHOOL_AGE[0])) & (
        col("birth_date") > born_after(snapshot.as_of, SCHOOL_AGE[1] + 1)
    )
    member = scan("member", MEMBER).with_columns(
        active=col("status").fill_null("active") == "active",
        school_age=school_age,
        insured=col("insured_resident") | col("insured_employee") | col("insurance_exempt").is_not_null(),
    )
    member = member.with_columns(pupil=(col("active") & col("school_age")).fill_null(False))
    by_member = member.group_by("household_id").agg(
        members=col("active").sum(),
        heads=(col("active") & (col("relation") == "head")).sum(),
        spouses=(col("active") & (col("relation") == "spouse")).sum(),
        relations_unknown=(col("active") & col("relation").is_null()).sum(),
        pupils=col("pupil").sum(),
        out_of_school=(col("pupil") & (col("school_status") == "dropout")).sum(),
        schooling_unknown=(col("pupil") & col("school_status").is_null()).sum(),
        uninsured=(col("active") & ~col("insured")).sum(),
        insurance_unknown=(col("active") & col("insured").is_null()).sum(),
    )
    income = pl.sum_horizontal(INCOME, ignore_nulls=False) - col("operating_cost")
    statement = scan("statement", STATEMENT).with_columns(
        net=income,
        covered=months(col("held_from"), col("held_to")) + 1,
        ago=pl.when(col("held_to") <= as_of).then(months(col("held_to"), as_of)),
    )
    windows = {
        "year": col("ago") < 12,
        "before": col("ago").is_between(12, 23),
        "half": col("ago") < 6,
        "half_ago": col("ago").is_between(12, 17),
    }
    statement = statement.with_columns(**{name: when.fill_null(False) for name, when in windows.items()})
    by_statement = statement.group_by("household_id").agg(
        summed(what, when, f"{what}_{when}") for when in windows for what in ("covered", "net")
    )
    full = {"year": 12, "before": 12, "half": 6, "half_ago": 6}
    by_statement = by_statement.with_columns(
        pl.when(col(f"covered_{when}") == wanted).then(col(f"net_{when}")).alias(f"income_{when}")
        for when, wanted in full.items()
    )
    spending = scan("spending", SPENDING).with_columns(
        year=(months(col("spent_on"), as_of) < 12).fill_null(False),
        rigid=pl.when(col("compliant")).then(col("amount")).when(~col("compliant")).then(0.0),
    )
    by_spending = spending.group_by("household_id").agg(
        col("year").sum().alias("spendings"), summed("rigid", "year", "rigid_spending")
    )
    household = scan("household", HOUSEHOLD)
    for each in (by_member, by_statement, by_spending):
        household = household.join(each, on="household_id", how="left")
    counts = ["members", "heads", "spouses", "relations_unknown", "pupils", "out_of_school", "schooling_unknown"]
    counts += ["uninsured", "insurance_unknown", "spendings"]
    household = household.with_columns(
        col(counts).fill_null(0),
        monitored=col("monitored_on").is_not_null()
        & (col("eliminated_on").is_null() | (col("eliminated_on") < col("monitored_on"))),
    )
    household = household.with_columns(
        per_head=pl.when(col("members") != 0).then(col("income_year") / col("members")),
        water_enough=(col("water_litres") >= LITRES_WET)
        | (col("water_dry_area") & (col("water_litres") >= LITRES_DRY)),
        water_clean=col("water_quality").is_in(["test_passed", "looks_clean"]),
        water_near=col("water_piped")
        | (col("water_fetch_minutes") <= MINUTES)
        | ((col("water_fetch_metres") <= METRES) & (col("water_fetch_climb") <= CLIMB)),
        water_reliable=col("water_short_days") <= SHORT_DAYS,
    )

    def none_of(bad: str, unknown: str) -> Any:
        return pl.when(col(bad) > 0).then(False).when(col(unknown) == 0).then(True)

    registered = col("kind") != "general"
    not_poor = col("kind") != "poor"
    rules = {
        "income_above_monitor_line": (not_poor & ~col("monitored"), col("per_head") >= MONITOR_LINE),
        "poor_income_above_line": (col("kind") == "poor", col("per_head") >= POVERTY_LINE),
        "income_not_plunged": (
            not_poor & (col("income_before") > 0),
            (col("per_head") >= WATCHED_BELOW) | (col("income_year") >= (1 - PLUNGE) * col("income_before")),
        ),
        "income_half_not_plunged": (
            not_poor & (col("income_half_ago") > 0),
            (col("per_head") >= WATCHED_BELOW) | (col("income_half") >= (1 - PLUNGE_HALF) * col("income_half_ago")),
        ),
        "rigid_spending_bearable": (
            col("spendings") > 0,
            col("rigid_spending") <= RIGID_SHARE * col("income_year"),
        ),
        "children_in_school": (registered & (col("pupils") > 0), none_of("out_of_school", "schooling_unknown")),
        "household_insured": (registered & (col("members") > 0), none_of("uninsured", "insurance_unknown")),
        "housing_safe": (registered, col("dwelling_grade").is_in(["A", "B"]) | col("dwelling_made_safe")),
        "water_enough": (registered, col("water_enough")),
        "water_clean": (registered, col("water_clean")),
        "water_near": (registered, col("water_near")),
        "water_reliable": (registered, col("water_reliable")),
        "water_safe": (
            registered,
            col("water_enough") & col("water_clean") & col("water_near") & col("water_reliable"),
        ),
        "data_one_head": (
            (col("members") > 0) & (col("relations_unknown") == 0),
            (col("heads") == 1) & (col("spouses") <= 1),
        ),
    }
    member_rules = {
        "child_in_school": (col("active") & col("school_age"), col("school_status") != "dropout"),
        "member_insured": (col("active"), col("insured")),
    }
    # 0 not asked, 1 met, 2 not met, 3 unknown: one small number a standard
    totals: Totals = {}
    member = member.with_columns(village_code=col("household_id").str.slice(0, 12))
    for table, key, said in (("household", "household_id", rules), ("member", "member_id", member_rules)):
        source = household if table == "household" else member
        judged = source.select(
            col(key).alias("subject_id"),
            "village_code",
            *(
                pl.when(asked.fill_null(False))
                .then(pl.when(rule.is_null()).then(3).when(rule).then(1).otherwise(2))
                .otherwise(0)
                .cast(pl.Int8)
                .alias(name)
                for name, (asked, rule) in said.items()
            ),
        ).collect(engine="streaming")
        found = pl.concat(
            [
                judged.lazy()
                .filter(col(name) > 1)
                .select("subject_id", "village_code", pl.lit(name).alias("standard"), col(name).alias("verdict"))
                for name in said
            ]
        )
        found.sink_parquet(to / f"{table}.parquet", compression="zstd", compression_level=1)
        places = (
            judged.lazy()
            .group_by("village_code")
            .agg((col(name) == code).sum().alias(f"{name} {code}") for name in said for code in (1, 2, 3))
            .collect(engine="streaming")
        )
        places.write_parquet(to / f"{table}-places.parquet")
        sums = places.sum().row(0, named=True)
        for name in said:
            outcome = [int(sums[f"{name} {code}"] or 0) for code in (1, 2, 3)]
            totals[name] = [sum(outcome), *outcome]
    return totals
