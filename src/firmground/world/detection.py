"""How well the standards find those who really are at risk: monthly screenings of one world, set beside its truth.

Scored are households that the county has not taken into monitoring itself, and that are not among the still poor
(their need is known). A *warning* is a finding `not_met` of a standard that opens a procedure under task 3 (preventing
return) or task 5 (guarantees), other than the correction of data. A household counts once, however many months it is
warned of or at risk.
"""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from pathlib import Path

import duckdb

from firmground.common.errors import Refusal
from firmground.engines.snapshot import MANIFEST, Snapshot
from firmground.engines.standards.catalogue import Catalogue
from firmground.engines.standards.screening import screen
from firmground.world.making import Plan, make_snapshot

MONTHS = tuple(date(2020, month, last) for month, last in ((1, 31), (2, 29), (3, 31), (4, 30), (5, 31), (6, 30)))
TASKS = (3, 5)
CORRECTION = "data_correction"  # the one procedure that does not say a household is in danger
NEARLY = 5000  # yuan: below this a warning that was not needed was not far off


@dataclass(frozen=True)
class OfCause:
    """What became of the households that one cause brought into risk. Days are from the shock to the first warning."""

    cause: str
    at_risk: int
    found: int
    dated: int  # found, and struck within the months screened: only these have days
    days_median: float | None
    days_p90: float | None

    @property
    def recall(self) -> float:
        return self.found / self.at_risk


@dataclass(frozen=True)
class OfStandard:
    """The households one standard warned of, and how many of them really are at risk."""

    standard: str
    warned: int
    right: int

    @property
    def precision(self) -> float:
        return self.right / self.warned


@dataclass(frozen=True)
class Detection:
    """The score of a catalogue on a world."""

    households: int
    warned: int
    at_risk: int
    right: int
    nearly: int  # of the wrong warnings: true income between the poverty line and NEARLY
    misled: int  # of the wrong warnings: the household's rows carry a planted error
    all_causes: OfCause
    by_cause: tuple[OfCause, ...]
    by_standard: tuple[OfStandard, ...]

    @property
    def precision(self) -> float:
        return self.right / self.warned if self.warned else 0.0

    @property
    def recall(self) -> float:
        return self.right / self.at_risk if self.at_risk else 0.0


def score(
    plan: Plan,
    folder: Path,
    catalogue_folder: Path,
    catalogue: Catalogue,
    processes: int = 1,
    progress: Callable[[str], None] = lambda doing: None,
) -> Detection:
    """Make the monthly snapshots of `plan` in `folder`, screen them, and score the warnings.

    Stopped and started again, finished months are kept.

    Args:
        progress: told what is being done.

    Raises:
        Refusal: the folder holds another world.
    """
    for month in MONTHS:
        made, screened = folder / f"{month}", folder / f"{month}-screened"
        of_month = replace(plan, as_of=month.isoformat(), known_at=month.isoformat())
        if not (made / MANIFEST).exists():
            progress(f"making {month}")
            make_snapshot(of_month, made, catalogue_folder, processes)
        snapshot = Snapshot.open(made)
        if snapshot.made_by != {"world": _as_written(of_month)}:
            raise Refusal(f"{made} holds another world: {snapshot.made_by}. Choose another folder.")
        progress(f"screening {month}")
        screen(snapshot, catalogue, screened, workers=processes)
    progress("scoring")
    return _scored(folder, warning_standards(catalogue))


def _as_written(plan: Plan) -> dict[str, object]:
    return {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(plan).items()}


def warning_standards(catalogue: Catalogue) -> list[str]:
    """The standards whose findings warn of a household."""
    return sorted(
        name
        for name, standard in catalogue.standards.items()
        if standard.task in TASKS
        and standard.about == "household"
        and standard.procedure
        and standard.procedure != CORRECTION
    )


def _scored(folder: Path, standards: Sequence[str]) -> Detection:
    with duckdb.connect() as connection:
        connection.execute(
            "CREATE TABLE truth (month DATE, household_id TEXT, risk BOOL, since DATE, cause TEXT, low BOOL)"
        )
        connection.execute("CREATE TABLE warning (month DATE, household_id TEXT, standard TEXT)")
        connection.execute("CREATE TABLE planted (household_id TEXT)")
        for month in MONTHS:
            connection.execute(
                f"""INSERT INTO truth SELECT ?, household_id, really_at_risk, since, cause,
                    least(last_year_per_head, coming_year_per_head) < {NEARLY}
                    FROM read_parquet(?) WHERE kind IN ('exited', 'general')""",
                [month, f"{folder}/{month}/truth/at_risk-*.parquet"],
            )
            connection.execute(
                """INSERT INTO warning SELECT ?, subject_id, standard FROM read_parquet(?, hive_partitioning = false)
                   SEMI JOIN truth ON truth.household_id = subject_id AND truth.month = ?
                   WHERE about = 'household' AND verdict = 'not_met' AND list_contains(?, standard)""",
                [month, f"{folder}/{month}-screened/findings/*/*.parquet", month, list(standards)],
            )
        connection.execute(
            "INSERT INTO planted SELECT DISTINCT household_id FROM read_parquet(?)",
            [f"{folder}/{MONTHS[-1]}/truth/planted-*.parquet"],
        )
        connection.execute(SUMMARY)
        ((households, warned, at_risk, right, nearly, misled),) = connection.execute(COUNTS).fetchall()
        causes = [OfCause(*row) for row in connection.execute(BY_CAUSE, [MONTHS[0]]).fetchall()]
        by_standard = tuple(OfStandard(*row) for row in connection.execute(BY_STANDARD).fetchall())
    every = next(cause for cause in causes if cause.cause == "all")
    by_cause = tuple(cause for cause in causes if cause is not every)
    return Detection(households, warned, at_risk, right, nearly, misled, every, by_cause, by_standard)


# One row per household: whether it was ever at risk and since when, and its first warning from that day on.
SUMMARY = """
CREATE TABLE summary AS
WITH ever AS (
    SELECT household_id, bool_or(risk) AS risk, bool_or(low) AS low,
           arg_min(cause, month) FILTER (risk) AS cause, arg_min(since, month) FILTER (risk) AS since
    FROM truth GROUP BY household_id
)
SELECT ever.*, first.month IS NOT NULL AS warned, first_after.month AS first_warning_after
FROM ever
LEFT JOIN (SELECT household_id, min(month) AS month FROM warning GROUP BY 1) AS first USING (household_id)
LEFT JOIN (
    SELECT household_id, min(warning.month) AS month FROM warning JOIN ever USING (household_id)
    WHERE since IS NULL OR warning.month >= since GROUP BY 1
) AS first_after USING (household_id)
"""
COUNTS = """
SELECT count(*), count(*) FILTER (warned), count(*) FILTER (risk), count(*) FILTER (warned AND risk),
       count(*) FILTER (warned AND NOT risk AND low),
       count(*) FILTER (warned AND NOT risk AND household_id IN (FROM planted))
FROM summary
"""
BY_CAUSE = """
SELECT CASE WHEN grouping(cause) = 1 THEN 'all' ELSE cause END, count(*), count(*) FILTER (warned),
       count(*) FILTER (days IS NOT NULL), median(days), quantile_cont(days, 0.9)
FROM (
    SELECT *, CASE WHEN since >= date_trunc('month', ?::DATE) THEN first_warning_after - since END AS days FROM summary
)
WHERE risk GROUP BY GROUPING SETS ((cause), ()) ORDER BY count(*) DESC, 1
"""
BY_STANDARD = """
SELECT standard, count(DISTINCT household_id), count(DISTINCT household_id) FILTER (risk)
FROM warning JOIN summary USING (household_id) GROUP BY 1 ORDER BY 2 DESC, 1
"""


def as_tables(found: Detection) -> str:
    """The score in Markdown: the whole, by cause, by standard."""
    wrong, every = found.warned - found.right, found.all_causes
    lines = [
        f"Of {found.households:,} households neither poor nor monitored by their county, {found.at_risk:,} were really "
        f"at risk at the end of some month from January to June 2020; {found.warned:,} were warned of.",
        "",
        f"* **Precision {found.precision:.1%}**: {found.right:,} of the {found.warned:,} warned of were at risk. "
        f"Of the other {wrong:,}, {found.nearly:,} had a true income below {NEARLY:,} yuan, and {found.misled:,} carry "
        "a planted error in their rows.",
        f"* **Recall {found.recall:.1%}**: {found.right:,} of the {found.at_risk:,} at risk were warned of.",
        f"* **Days from the shock to the first warning**: median {_days(every.days_median)}, nine in ten within "
        f"{_days(every.days_p90)} ({every.dated:,} households struck in these months and found).",
        "",
        "| Cause | At risk | Found | Recall | Days, median | Days, nine in ten |",
        "|---|--:|--:|--:|--:|--:|",
    ]
    for one in (*found.by_cause, found.all_causes):
        lines.append(
            f"| {one.cause} | {one.at_risk:,} | {one.found:,} | {one.recall:.1%} | {_days(one.days_median)} "
            f"| {_days(one.days_p90)} |"
        )
    lines += ["", "| Standard | Warned of | Really at risk | Precision |", "|---|--:|--:|--:|"]
    lines += [
        f"| `{one.standard}` | {one.warned:,} | {one.right:,} | {one.precision:.1%} |" for one in found.by_standard
    ]
    return "\n".join(lines)


def _days(days: float | None) -> str:
    return "–" if days is None else f"{days:.0f}"
