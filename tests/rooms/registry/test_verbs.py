"""`firmground load` and `firmground snapshot`."""

import json
from collections.abc import Callable
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result
from django.utils.translation import override

from firmground.cli.load import load
from firmground.cli.snapshot import snapshot
from firmground.common.errors import Refusal
from firmground.registry.models import Household
from tests.rooms.registry.conftest import HOUSEHOLDS, OLD_LI, SHANGPA, csv_file

Run = Callable[..., Result]


@pytest.fixture
def run() -> Run:
    def run_one(verb: click.Command, *words: object) -> Result:
        return CliRunner().invoke(verb, [str(word) for word in words], standalone_mode=False)

    return run_one


def test_load_says_what_became_of_the_rows(country: None, tmp_path: Path, run: Run) -> None:
    done = run(load, csv_file(tmp_path / "h.csv", HOUSEHOLDS))
    assert done.return_value == 0
    assert "h.csv: taken\n  household: 3 rows read: 3 new\n" in done.output


def test_load_ends_with_three_when_rows_are_refused(country: None, tmp_path: Path, run: Run) -> None:
    bad = csv_file(tmp_path / "h.csv", [HOUSEHOLDS[0], [OLD_LI, SHANGPA, "李老四", "富裕户"]])
    done = run(load, bad)
    assert done.return_value == 3
    assert "h.csv: not taken" in done.output
    assert f"The refused rows are in {tmp_path / 'h.refused.csv'}." in done.output


def test_load_gives_its_reasons_in_chinese_if_asked(country: None, tmp_path: Path, run: Run) -> None:
    bad = csv_file(tmp_path / "h.csv", [HOUSEHOLDS[0], [OLD_LI, SHANGPA, "李老四", "富裕户"]])
    with override("en"):
        assert "“富裕户”不在下列选项中" in run(load, bad, "--language", "zh").output


def test_load_tells_machines_the_same(country: None, tmp_path: Path, run: Run) -> None:
    bad = csv_file(tmp_path / "h.csv", [*HOUSEHOLDS, [f"{SHANGPA}00002", SHANGPA, "某", "富裕户"]])
    (said,) = json.loads(run(load, bad, "--accept-good", "--json").output)["files"]
    assert said["taken"]
    assert said["tables"] == [
        {"table": "household", "read": 4, "refused": 1, "new": 3, "superseding": 0, "unchanged": 0}
    ]  # fmt: skip
    assert [row["row"] for row in said["refused"]] == [5]


def test_load_goes_on_after_a_file_it_cannot_read(country: None, tmp_path: Path, run: Run) -> None:
    nonsense = csv_file(tmp_path / "x.csv", [["甲", "乙"], ["1", "2"]])
    done = run(load, nonsense, csv_file(tmp_path / "h.csv", HOUSEHOLDS))
    assert done.return_value == 3
    assert "Nothing of x.csv was taken." in done.output
    assert Household.objects.count() == 3


def test_a_register_that_does_not_exist_is_named_with_those_that_do(country: None, tmp_path: Path, run: Run) -> None:
    done = run(load, csv_file(tmp_path / "h.csv", HOUSEHOLDS), "--table", "pets")
    assert done.return_value == 3
    assert "There is no register 'pets'. There are: household, living, member" in done.output


@pytest.mark.parametrize(("option", "word"), [("--as-of", "gestern"), ("--known-at", "bald")])
def test_snapshot_refuses_a_date_that_is_none(tmp_path: Path, run: Run, option: str, word: str) -> None:
    done = run(snapshot, "--as-of", "2020-06-30", "--to", tmp_path / "s", option, word)
    assert isinstance(done.exception, click.BadParameter)
    assert word in str(done.exception)


def test_snapshot_refuses_a_parent_that_is_no_snapshot(tmp_path: Path, run: Run) -> None:
    done = run(snapshot, "--as-of", "2020-06-30", "--to", tmp_path / "s", "--parent", tmp_path)
    assert isinstance(done.exception, Refusal)
