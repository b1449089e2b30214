"""Compiled standards: the same files as DuckDB's, chosen where they repay their compiling, and never a wrong number."""

import subprocess
import sys
from datetime import date
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pytest

from firmground.engines.snapshot import Part
from firmground.engines.standards import kernels
from firmground.engines.standards import screening as module
from firmground.engines.standards.arithmetic import months_between, quotient, years_between
from firmground.engines.standards.catalogue import load
from firmground.engines.standards.compiled_engine import CompiledEngine
from firmground.engines.standards.screening import screen

from .drawn import Drawn, catalogue_of, findings_in, loops_as_python, parameter, screened_by_both
from .test_screening import bytes_of

CATALOGUE = Path(__file__).parents[2] / "catalogue" / "china_2020"
HOUSEHOLDS = "household | village | income:decimal\na1 | 530627200201 | 10.00\na2 | 990101200201 | 20.00"


@pytest.mark.slow
@pytest.mark.timeout(900)  # it compiles everything, which takes a loaded machine long
def test_compiled_the_whole_catalogue_comes_to_the_same_files_as_on_duckdb(tmp_path):
    world = ["world", "--households", "300", "--seed", "5", "--to", str(tmp_path / "world")]
    subprocess.run([sys.executable, "-m", "firmground.cli", *world], check=True, timeout=120)
    for engine in ("duckdb", "compiled"):
        screen(tmp_path / "world", load(CATALOGUE), tmp_path / engine, engine=engine)
    assert bytes_of(tmp_path / "compiled") == bytes_of(tmp_path / "duckdb") != {}


def test_compiled_standards_are_chosen_where_there_is_enough_to_do(tmp_path, monkeypatch):
    drawn = Drawn(HOUSEHOLDS)
    snapshot, catalogue = drawn.write(tmp_path / "snapshot"), catalogue_of(drawn, {"rule": "income > 15"})
    assert screen(snapshot, catalogue, tmp_path / "few").engine == "duckdb"
    monkeypatch.setattr(module, "WORTH_LOADING", 1)
    monkeypatch.setattr(module, "WORTH_COMPILING", 2)
    with loops_as_python():
        assert screen(snapshot, catalogue, tmp_path / "many").engine == "compiled"
    monkeypatch.setattr(module, "find_spec", lambda name: None)
    assert screen(snapshot, catalogue, tmp_path / "without numba").engine == "duckdb"
    assert bytes_of(tmp_path / "few") == bytes_of(tmp_path / "many") == bytes_of(tmp_path / "without numba")


@pytest.mark.parametrize(
    ("income", "rule", "why"),
    [
        ("99999999999999.99", "income > 5", "household.income is out of all proportion"),
        ("9000000000.00", "income / 7 > 5", "a number of household is out of all proportion"),
        ("9000000000.00", "income > 5", None),
    ],
)
def test_a_county_with_a_number_that_may_outgrow_64_bits_is_judged_by_duckdb(income, rule, why, tmp_path):
    drawn = Drawn(HOUSEHOLDS.replace("10.00", income))
    drawn.arrow["income"] = pa.decimal128(18, 2)
    catalogue, snapshot = catalogue_of(drawn, {"rule": rule}), drawn.write(tmp_path / "snapshot")
    engine = CompiledEngine(catalogue, snapshot, [(catalogue.tables["household"], list(catalogue.standards.values()))])
    with loops_as_python():
        engine.judge([Part(county) for county in snapshot.parts()])
    assert engine.handed_over == ([f"530627: {why}"] if why else [])
    assert screened_by_both(snapshot, catalogue, tmp_path)[-1:] == findings_in(tmp_path / "compiled")[-1:]


def test_compiled_an_amount_divided_by_an_unknown_number_is_unknown(tmp_path):
    """In Python nothing wraps round; as machine code an unknown divisor once came to 0 and ended the program."""
    drawn = Drawn(
        "household | village | income:decimal | members:int\na1 | 530627200201 | 12.50 |\na2 | 530627200201 | 12.50 | 2"
    )
    catalogue, snapshot = catalogue_of(drawn, {"rule": "income / members > 7"}), drawn.write(tmp_path / "snapshot")
    screen(snapshot, catalogue, tmp_path / "compiled", engine="compiled")
    found = [(finding["subject_id"], finding["verdict"]) for finding in findings_in(tmp_path / "compiled")]
    assert found == [("a1", "unknown"), ("a2", "not_met")]


def test_a_changed_parameter_or_date_does_not_change_the_loops(tmp_path):
    drawn = Drawn(HOUSEHOLDS)
    sources = set()
    for number, value in enumerate(("4000", "4000.5", "17")):
        line = parameter("decimal", ("2020-01-01", Decimal(value)))
        catalogue = catalogue_of(drawn, {"rule": "income > line"}, parameters={"line": line})
        snapshot = drawn.write(tmp_path / str(number), date(2020, 6, 30 - number))
        asked = [(catalogue.tables["household"], list(catalogue.standards.values()))]
        sources.add(CompiledEngine(catalogue, snapshot, asked).loops.source)
    assert len(sources) == 1


@pytest.mark.parametrize("broken", ["quotient", "places"])
def test_loops_that_are_a_little_wrong_are_found_out(broken, tmp_path, monkeypatch):
    """A quotient that is cut off instead of rounded; a parameter taken from the nation instead of the county."""
    drawn = Drawn(HOUSEHOLDS)
    line = parameter("decimal", ("2020-01-01", Decimal(5)), ("2020-01-01", "53", Decimal(15)))
    catalogue = catalogue_of(
        drawn, {"line": "income > line", "seventh": "income / 6 <> 1.6666666667"}, parameters={"line": line}
    )
    snapshot = drawn.write(tmp_path / "snapshot")
    screened_by_both(snapshot, catalogue, tmp_path / "right")
    if broken == "quotient":
        monkeypatch.setattr(kernels, "quotient", lambda over, under: over * 10**10 // under)
    else:
        monkeypatch.setattr(CompiledEngine, "differs", lambda self, constant: False)
    with pytest.raises(AssertionError):
        screened_by_both(snapshot, catalogue, tmp_path / "wrong")


DAYS = [
    date(2019, 12, 31),
    date(2020, 1, 30),
    date(2020, 1, 31),
    date(2020, 2, 29),
    date(2020, 3, 1),
    date(1900, 2, 28),
]


def test_months_and_quotients_are_those_of_the_judge():
    for start in DAYS:
        for end in DAYS:
            days = [day.toordinal() - date(1970, 1, 1).toordinal() for day in (start, end)]
            months = kernels.months_between(days[0], kernels.calendar(days[0]), days[1], kernels.calendar(days[1]))
            assert months == months_between(start, end)
            assert kernels.whole_years(months) == years_between(start, end)
    for over, under in ((1, 3), (-1, 3), (2, -3), (1234567890, 7), (5, 90000000000000), (-7, 2), (0, 5)):
        told = quotient(over, under)
        assert told is not None
        assert kernels.quotient(over, under) == int(told.scaleb(10))
