"""Warnings beside the truth: first on a case made by hand, then on a small world."""

from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from firmground.common.errors import Refusal
from firmground.common.home import CATALOGUE
from firmground.engines.standards.catalogue import load
from firmground.world import detection
from firmground.world.detection import MONTHS, as_tables, score, warning_standards

from .conftest import plan

# household -> at risk since (None: never), cause, kind, true income, months of warnings, planted error
CAST = {
    "struck and found in the next month": (date(2020, 2, 10), "illness", "exited", 3000, [3, 4, 5, 6], False),
    "struck and never found": (date(2020, 2, 10), "illness", "exited", 3000, [], False),
    "warned of before the shock and again in June": (date(2020, 4, 1), "flood", "exited", 3500, [1, 6], False),
    "warned of, and nearly poor": (None, None, "general", 4500, [2], False),
    "warned of by a wrong entry": (None, None, "exited", 9000, [1], True),
    "left in peace": (None, None, "exited", 9000, [], False),
    "still poor": (date(2019, 1, 1), "illness", "poor", 2000, [1, 2, 3, 4, 5, 6], False),
}


@pytest.fixture
def months(tmp_path: Path) -> Path:
    for month in MONTHS:
        truth, findings = tmp_path / f"{month}" / "truth", tmp_path / f"{month}-screened" / "findings" / "county=1"
        truth.mkdir(parents=True)
        findings.mkdir(parents=True)
        at_risk, found, planted = [], [], []
        for household, (since, cause, kind, income, warned, wrong) in CAST.items():
            struck = since is not None and since <= month
            at_risk.append(
                {
                    "household_id": household,
                    "kind": kind,
                    "really_at_risk": struck,
                    "since": since if struck else None,
                    "cause": cause if struck else None,
                    "last_year_per_head": income if struck or since is None else 9000,
                    "coming_year_per_head": 9000,
                }
            )
            if month.month in warned:
                for standard, verdict in (("low", "not_met"), ("data", "not_met"), ("high", "unknown")):
                    found.append(("household", household, standard, verdict))
            if wrong:
                planted.append((household,))
        pq.write_table(pa.Table.from_pylist(at_risk), truth / "at_risk-1.parquet")
        names = ["household_id"]
        pq.write_table(pa.table(dict(zip(names, zip(*planted, strict=True), strict=True))), truth / "planted-1.parquet")
        names = ["about", "subject_id", "standard", "verdict"]
        columns = [pa.array(column, pa.string()) for column in (zip(*found, strict=True) if found else [[]] * 4)]
        pq.write_table(pa.table(columns, names=names), findings / "part-0.parquet")
    return tmp_path


def test_a_score_made_by_hand(months: Path) -> None:
    found = detection._scored(months, ["low", "high"])
    assert (found.households, found.warned, found.at_risk, found.right) == (6, 4, 3, 2)
    assert (found.nearly, found.misled) == (1, 1)
    assert found.precision == pytest.approx(0.5)
    assert found.recall == pytest.approx(2 / 3)
    causes = {one.cause: one for one in (*found.by_cause, found.all_causes)}
    assert (causes["illness"].at_risk, causes["illness"].found) == (2, 1)
    assert causes["illness"].days_median == (date(2020, 3, 31) - date(2020, 2, 10)).days
    assert causes["flood"].days_median == (date(2020, 6, 30) - date(2020, 4, 1)).days
    assert causes["all"].dated == 2
    assert [(one.standard, one.warned, one.right) for one in found.by_standard] == [("low", 4, 2)]


def test_the_standards_of_the_catalogue_find_most_of_those_at_risk(tmp_path: Path) -> None:
    of = plan(households=1500, errors=0.002, counties=["530627"])
    found = score(of, tmp_path, CATALOGUE, load(CATALOGUE))
    assert found.at_risk > 20
    assert found.recall > 0.6
    assert found.precision > 5 * found.at_risk / found.households, "far better than chance"
    assert f"Recall {found.recall:.1%}" in as_tables(found)
    with pytest.raises(Refusal, match="another world"):
        score(plan(households=1500, errors=0.002, counties=["530627"], seed=8), tmp_path, CATALOGUE, load(CATALOGUE))


def test_a_warning_is_a_finding_that_opens_a_procedure() -> None:
    warnings = warning_standards(load(CATALOGUE))
    assert {"income_above_monitor_line", "housing_safe", "rigid_spending_bearable"} <= set(warnings)
    assert not any(name.startswith("visit_") for name in warnings)
