"""Published figures beside the world's own: each with its source, and the question that the snapshot answers."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from firmground.common.errors import Refusal
from firmground.engines.snapshot import Snapshot

REGISTERED = "kind IN ('poor', 'exited', 'unstable')"
ACTIVE = "status = 'active'"
COMPULSORY = f"{ACTIVE} AND (school_stage IN ('primary', 'junior') OR school_status = 'dropout')"
STRUCK_BY_DISASTER = (
    "SELECT household_id FROM at_risk WHERE cause IN ('epidemic', 'flood', 'crop_failure', 'livestock_failure')"
)
COMMUNIQUE_2 = "census communiqué 2, poverty counties"
COMMUNIQUE_3 = "census communiqué 3: 14.822 million registered households"
DISPATCH = "dispatch sheet of 30 April 2020, nation"


@dataclass(frozen=True)
class Published:
    """A figure that was published, and how the world's is found: `value` is a percentage unless `unit` says more."""

    what: str
    value: float
    source: str
    question: str  # one number, over the snapshot's tables and the truth
    unit: str = "%"
    within: float = 1.0  # how far a world of 20,000 households or more may lie off
    remark: str = ""


def share(of: str, table: str, among: str = "true") -> str:
    """The percentage of rows of a table, among those meant, of which `of` holds."""
    return f'SELECT 100 * avg(CASE WHEN {of} THEN 1.0 ELSE 0 END) FROM "{table}" WHERE {among}'


def persons(of: str, per: str) -> str:
    """Persons in the households of which `of` holds, for each 100 in those of which `per` holds."""
    return f"SELECT 100.0 * sum(population) FILTER ({of}) / sum(population) FILTER ({per}) FROM household"


def helped(measure: str) -> str:
    """The percentage of registered households ever given a measure."""
    given = f"household_id IN (SELECT household_id FROM assistance WHERE measure IN ({measure}))"
    return share(given, "household", REGISTERED)


def out_on(day: str) -> str:
    """Workers out on a day of 2020, as a percentage of those out in 2019."""
    return f"SELECT 100.0 * sum(out_in_2020) / sum(out_in_2019) FROM labour WHERE day = DATE '{day}'"


FIGURES = (
    Published("Persons in a registered household", 3.581, COMMUNIQUE_3,
              f"SELECT avg(population) FROM household WHERE {REGISTERED}", unit="persons", within=0.12),
    Published("Still poor, of registered persons", 5.57, "5.51 of 98.99 million at the end of 2019, nation",
              persons("kind = 'poor'", REGISTERED),
              within=2.5, remark="the remaining poor of the 52 counties themselves were not found published"),
    Published("Exited but unstable, of exited persons", 2.15, "nearly 2 of 93 million, the notice of March 2020",
              persons("kind = 'unstable'", "kind IN ('exited', 'unstable')"), within=0.6),
    Published("Marginal, for each 100 registered persons", 3.03, "nearly 3 for 98.99 million, the notice of March 2020",
              persons("kind = 'marginal'", REGISTERED), within=0.8),
    Published("Monitored, for each 100 registered persons", 5.0, "guidance 2020 No. 6: about 5 %",
              persons("monitored_on IS NOT NULL", REGISTERED), within=1.0),
    Published("Meat, eggs, milk or beans at any time", 98.94, COMMUNIQUE_2,
              share("protein = 'any_time'", "household", REGISTERED), within=0.5),
    Published("Children of compulsory age in school", 98.83, COMMUNIQUE_2,
              share("school_status = 'in_school'", "member", COMPULSORY), within=0.6),
    Published("Insured as residents", 99.85, COMMUNIQUE_2,
              share("insured_resident AND NOT insured_employee", "member", ACTIVE), within=0.6,
              remark="planted errors (both insurances at once) take their share"),
    Published("Insured as employees", 0.14, COMMUNIQUE_2,
              share("insured_employee AND NOT insured_resident", "member", ACTIVE), within=0.1),
    Published("Dwelling identified as safe", 43.74, COMMUNIQUE_2,
              share("dwelling_grade IN ('A', 'B') AND NOT relocated", "household", REGISTERED), within=2.0),
    Published("Dwelling renovated", 42.25, COMMUNIQUE_2,
              share("dwelling_grade IN ('C', 'D')", "household", REGISTERED), within=2.0,
              remark="in June 2020 some are not finished"),
    Published("Relocated", 14.01, COMMUNIQUE_2, share("relocated", "household", REGISTERED), within=1.5),
    Published("Water piped to the house", 93.67, COMMUNIQUE_2,
              share("water_piped", "household", REGISTERED), within=1.0),
    Published("Not short of water", 99.86, COMMUNIQUE_2, share("water_short_days <= 36", "household", REGISTERED),
              within=0.3),
    Published("Ever helped with production", 98.89, COMMUNIQUE_3, helped("'industry'"), within=0.6),
    Published("Ever helped with work", 93.82, COMMUNIQUE_3, helped("'employment', 'public_post'"), within=1.5),
    Published("Ever helped with health", 99.62, COMMUNIQUE_3, helped("'health'"), within=0.5),
    Published("Ever given student aid", 54.45, COMMUNIQUE_3, helped("'other_education'"), within=3.0),
    Published("Out-workers, of registered persons", 27.6, "27.29 of 98.99 million in 2019 (dispatch sheets)",
              "SELECT 100.0 * sum(out_in_2019) / sum(persons) FROM labour WHERE day = DATE '2020-04-30'", within=2.5),
    Published("Out-workers outside the province", 37.0, DISPATCH,
              share("work_place = 'elsewhere'", "member", f"{ACTIVE} AND work_months > 0 AND work_place IS NOT NULL"),
              within=6.0, remark="first departures in the spring of 2020 count as outside"),
    Published("In a public post, of registered persons", 3.47, DISPATCH + ": 3.43 of 98.99 million",
              share("post IS NOT NULL", "member", ACTIVE), within=1.0),
    Published("Posts in forests, of public posts", 33.04, DISPATCH,
              share("post = 'forest'", "member", "post IS NOT NULL"), within=4.0),
    Published("Posts paid by solar stations, of public posts", 24.96, DISPATCH,
              share("post = 'solar'", "member", "post IS NOT NULL"), within=4.0),
    Published("Out on 10 April, of those out in 2019", 94.04, "dispatch sheet of 10 April 2020, the 52 counties",
              out_on("2020-04-10"), within=2.5),
    Published("Out on 30 April, of those out in 2019", 102.7, "dispatch sheet of 30 April 2020, the 52 counties",
              out_on("2020-04-30"), within=2.5),
    Published("Endangered by epidemic or disaster, of registered persons", 0.56,
              "556,000 of 98.99 million by August 2020, nation",
              persons(f"household_id IN ({STRUCK_BY_DISASTER}) AND {REGISTERED}", REGISTERED),
              within=0.5, remark="by the end of June; from the truth"),
)  # fmt: skip


@dataclass(frozen=True)
class Compared:
    """A published figure beside the world's."""

    figure: Published
    world: float

    @property
    def difference(self) -> float:
        return self.world - self.figure.value


def compare(folder: Path) -> list[Compared]:
    """Ask a world for every published figure.

    Raises:
        Refusal: the folder is no world: no snapshot, or none with its truth beside it.
    """
    snapshot = Snapshot.open(folder)
    if "world" not in snapshot.made_by or not any((folder / "truth").glob("at_risk-*.parquet")):
        raise Refusal(
            f"{folder} is a snapshot but no world: it has no truth beside it. Make one with 'firmground world'."
        )
    with duckdb.connect() as connection:
        for table in snapshot.tables():
            files = [str(path) for county in snapshot.parts() for path in snapshot.paths(table, county)]
            connection.read_parquet(files, hive_partitioning=False).create_view(table)
        for table in ("at_risk", "labour"):
            connection.read_parquet(f"{folder}/truth/{table}-*.parquet").create_view(table)
        found = []
        for figure in FIGURES:
            answer = connection.execute(figure.question).fetchone()
            found.append(Compared(figure, float(answer[0] or 0) if answer else 0.0))
        return found


def as_table(compared: Sequence[Compared]) -> str:
    """The comparison as a table in Markdown."""
    lines = [
        "| Figure | Published | The world | Difference | Source | Remark |",
        "|---|--:|--:|--:|---|---|",
    ]
    for one in compared:
        figure = one.figure
        unit = " %" if figure.unit == "%" else f" {figure.unit}"
        lines.append(
            f"| {figure.what} | {figure.value:.2f}{unit} | {one.world:.2f}{unit} | {one.difference:+.2f} "
            f"| {figure.source} | {figure.remark} |"
        )
    return "\n".join(lines)


def put_into_manual(manual: Path, part: str, text: str) -> None:
    """Replace the generated part of a page: what stands between its two marks."""
    begin, end = f"<!-- {part}: generated -->", f"<!-- {part}: end -->"
    said = manual.read_text(encoding="utf-8")
    if begin not in said or end not in said:
        raise Refusal(f"{manual} has no marks '{begin}' and '{end}' to write between.")
    before, rest = said.split(begin, 1)
    manual.write_text(f"{before}{begin}\n{text}\n{end}{rest.split(end, 1)[1]}", encoding="utf-8")
