"""A screening as a whole: what is written, what is not done twice, what is refused, and what a kill leaves behind."""

import hashlib
import json
import re
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from firmground.common.errors import Refusal
from firmground.engines.snapshot import Snapshot
from firmground.engines.standards import screening as module
from firmground.engines.standards.catalogue import Catalogue, load
from firmground.engines.standards.findings import FINDINGS_SCHEMA, SUMMARY_SCHEMA
from firmground.engines.standards.screening import Screening, screen
from firmground.engines.standards.what_if import what_if

from .drawn import COUNTY, Drawn, catalogue_of, findings_in, parameter, screened_by_both, summary_in
from .test_check import catalogue as written

CATALOGUE = Path(__file__).parents[2] / "catalogue" / "china_2020"
HOUSEHOLDS = """
household | village | income:decimal
a1 | 530627200201 | 3000.00
a2 | 530627200201 | 5000.00
a3 | 530627200202 |
b1 | 990101200201 | 4050.00
b2 | 990101200201 | 3999.99
"""
MEMBERS = "member | household | wage:decimal\nm1 | a1 | 1.00\nm2 | b2 | 2.50"
LINE = parameter("decimal", ("2020-01-01", Decimal(4000)), ("2020-01-01", "99", Decimal(4100)))


def two_counties(line=LINE, plausible=None, digest="drawn") -> tuple[Drawn, Catalogue]:
    drawn = Drawn(HOUSEHOLDS, MEMBERS)
    catalogue = catalogue_of(drawn, {"above": "income >= line"}, parameters={"line": line}, plausible=plausible)
    return drawn, replace(catalogue, digest=digest)


def bytes_of(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != "screening.json"
    }


def run(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "firmground.cli", "screen", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120)


def test_findings_and_summary_have_the_columns_of_the_contract(tmp_path):
    drawn, catalogue = two_counties()
    made = screen(drawn.write(tmp_path / "snapshot"), catalogue, tmp_path / "to")
    found = pq.read_table(tmp_path / "to/findings/county=530627/household.parquet", partitioning=None)
    assert found.schema.equals(FINDINGS_SCHEMA)
    assert found.to_pylist()[0] == {
        "about": "household",
        "subject_id": "a1",
        "place_code": "530627200201",
        "standard": "above",
        "verdict": "not_met",
        "evidence": '{"income":3000,"line":4000}',
        "as_of": date(2020, 6, 30),
        "catalogue_digest": "drawn",
    }
    assert pq.read_schema(tmp_path / "to/summary.parquet").equals(SUMMARY_SCHEMA)
    assert [tuple(row.values()) for row in summary_in(tmp_path / "to")] == [
        ("household", "530627200201", "above", 2, 1, 1, 0),
        ("household", "530627200202", "above", 1, 0, 0, 1),
        ("household", "990101200201", "above", 2, 0, 2, 0),
    ]
    (total,) = made.totals
    assert (total.asked, total.met, total.not_met, total.unknown) == (5, 1, 3, 1)
    said = json.loads((tmp_path / "to/screening.json").read_text())
    assert said["counties"] == ["530627", "990101"]
    assert said["as_of"] == "2020-06-30"
    assert said["held"] == {}
    assert Screening.open(tmp_path / "to") == made


def test_the_same_inputs_give_the_same_bytes(tmp_path):
    drawn, catalogue = two_counties()
    snapshot = drawn.write(tmp_path / "snapshot")
    for to in ("one", "two"):
        screen(snapshot, catalogue, tmp_path / to)
    assert bytes_of(tmp_path / "one") == bytes_of(tmp_path / "two") != {}


def test_what_did_not_change_is_not_screened_again_here_or_since_an_earlier_screening(tmp_path):
    drawn, catalogue = two_counties()
    before = drawn.write(tmp_path / "before")
    assert screen(before, catalogue, tmp_path / "to").screened_again == 2
    written_at = {path: path.stat().st_mtime_ns for path in (tmp_path / "to").glob("findings/**/*.parquet")}
    assert screen(before, catalogue, tmp_path / "to").screened_again == 0
    assert {path: path.stat().st_mtime_ns for path in written_at} == written_at

    drawn.rows["household"][0]["income"] = Decimal("9000.00")
    after = drawn.write(tmp_path / "after")
    again = screen(after, catalogue, tmp_path / "next", since=tmp_path / "to")
    assert again.screened_again == 1
    unchanged = "findings/county=990101/household.parquet"
    assert (tmp_path / "next" / unchanged).stat().st_ino == (tmp_path / "to" / unchanged).stat().st_ino
    screen(after, catalogue, tmp_path / "fresh")
    assert bytes_of(tmp_path / "fresh") == bytes_of(tmp_path / "next")
    assert len(findings_in(tmp_path / "to")) == len(findings_in(tmp_path / "next")) + 1


def test_a_changed_parameter_or_date_screens_again(tmp_path):
    drawn, catalogue = two_counties()
    snapshot = drawn.write(tmp_path / "snapshot")
    screen(snapshot, catalogue, tmp_path / "to")
    _, higher = two_counties(parameter("decimal", ("2020-01-01", Decimal(6000))), digest="higher")
    made = screen(snapshot, higher, tmp_path / "to")
    assert made.screened_again == 2
    assert made.totals[0].not_met == 4
    assert screen(drawn.write(tmp_path / "later", date(2020, 7, 31)), higher, tmp_path / "to").screened_again == 2


def test_counties_that_are_no_longer_in_the_snapshot_leave_no_findings(tmp_path):
    drawn, catalogue = two_counties()
    screen(drawn.write(tmp_path / "snapshot"), catalogue, tmp_path / "to")
    only = Drawn(HOUSEHOLDS.split("b1")[0])
    made = screen(only.write(tmp_path / "one"), catalogue, tmp_path / "to")
    assert made.screened_again == 1  # its members were there before
    assert {f["place_code"][:6] for f in findings_in(tmp_path / "to")} == {COUNTY}


@pytest.mark.parametrize(
    ("low", "high", "held"), [("0", "0.5", True), ("0", "0.6", False), ("0.6", "1", False), ("0.61", "1", True)]
)
def test_a_standard_outside_its_plausible_share_is_held(low, high, held, tmp_path):
    drawn, catalogue = two_counties(plausible=(Decimal(low), Decimal(high)))
    made = screen(drawn.write(tmp_path / "snapshot"), catalogue, tmp_path / "to")
    assert list(made.held) == (["above"] if held else [])
    if held:
        assert made.held["above"].startswith("3 of 5 fall short (60.00%)")


def test_no_standard_in_force_is_a_screening_without_findings(tmp_path):
    drawn, catalogue = two_counties()
    for engine in ("reference", "duckdb"):
        made = screen(
            drawn.write(tmp_path / engine / "snapshot", date(2019, 6, 30)), catalogue, tmp_path / engine / "to"
        )
        assert made.totals == ()
        assert findings_in(tmp_path / engine / "to") == []


def test_slices_of_a_county_come_to_what_the_whole_comes_to(tmp_path, monkeypatch):
    households = "household | village | n:int\n" + "\n".join(f"h{k:02} | 20020{k // 4} | {k}" for k in range(20))
    members = "member | household | wage:decimal\n" + "\n".join(
        f"m{k:02} | h{k // 2:02} | {k}.50" for k in range(40) if k % 7
    )
    bills = "bill | member | cost:decimal\n" + "\n".join(
        f"b{k:02} | m{k:02} | {k}" for k in range(40) if k % 7 and k % 3
    )
    derived = {
        "household": 'wages = { type = "decimal", sum = "member", of = "wage" }\n'
        'costs = { type = "decimal", sum = "member", of = "cost" }\nrows = { type = "int", count = "member" }',
        "member": 'cost = { type = "decimal", sum = "bill", of = "cost" }',
    }
    monkeypatch.setattr(module, "BATCH_SUBJECTS", 3)
    for merge_rows in (True, False):
        drawn = Drawn(households, members, bills, merge_rows=merge_rows)
        for about, rule in (
            ("household", "wages + n < costs and rows < 2"),
            ("member", "cost > wage"),
            ("bill", "cost > 20"),
        ):
            folder = tmp_path / f"{about}-{merge_rows}"
            catalogue = catalogue_of(drawn, {"rule": rule}, about, derived)
            assert screened_by_both(drawn.write(folder / "snapshot"), catalogue, folder)
            slices = len(list((folder / "duckdb").glob("findings/**/*.parquet")))
            assert slices == (7 if about == "household" or (about == "member" and merge_rows) else 1)


TOO_LONG = {
    "a product": "income * income * income > 5.0",
    "a product nobody is asked for": "case when income < 10.0 then income * income * income else 0.0 end < 100.0",
    "a sum of related rows": "wages > 5.0",
    "a whole number": "heads * heads > 5",
}


@pytest.mark.parametrize("rule", TOO_LONG.values(), ids=TOO_LONG)
@pytest.mark.parametrize("slices_of", [None, 2])
def test_a_number_too_long_for_duckdb_is_left_to_the_judge(rule, slices_of, tmp_path, monkeypatch):
    """One county has such a number, and rows whose subject nobody knows; the counties beside it stay with DuckDB."""
    households = "household | village | income:decimal | heads:int\n" + "\n".join(
        f"h{k} | 530627200201 | {k}.00 | {k}" for k in range(8)
    )
    drawn = Drawn(
        f"{households}\nlong | 530627200202 | 9999999999.99 | 4000000000\nb1 | 990101200201 | 2.00 | 2",
        "member | household | wage:decimal\nm1 | h1 | 1.00\nm2 | long | 9e27\nm3 | long | 9e27\nm4 | | 8.00",
        arrow={"wage": pa.decimal128(38, 2), "heads": pa.int64()},
    )
    if slices_of is not None:
        monkeypatch.setattr(module, "BATCH_SUBJECTS", slices_of)
    derived = {"household": 'wages = { type = "decimal", sum = "member", of = "wage" }'}
    catalogue = catalogue_of(drawn, {"rule": rule}, derived=derived)
    snapshot = drawn.write(tmp_path / "snapshot")
    assert screened_by_both(snapshot, catalogue, tmp_path)
    about_members = catalogue_of(drawn, {"rule": "wage * wage * wage > 5.0"}, about="member")
    screened_by_both(snapshot, about_members, tmp_path / "members")


def test_a_number_too_long_even_for_the_judge_is_refused_in_a_sentence(tmp_path):
    drawn = Drawn("household | village | income:decimal\nh1 | 530627200201 | 9999999999.99")
    facts = "".join(
        f"p{n} = {{ type = \"decimal\", is = 'p{n - 1} * p{n - 1} * p{n - 1}' }}\n".replace("p0", "income")
        for n in range(1, 4)
    )
    catalogue = catalogue_of(drawn, {"rule": "p3 / 3.0 > 5.0"}, derived={"household": facts})
    for engine in ("reference", "duckdb", "compiled"):
        with pytest.raises(Refusal, match=r"too large when h1 was asked rule\. Look for .* county 530627"):
            screen(drawn.write(tmp_path / engine), catalogue, tmp_path / f"by {engine}", engine=engine)


@pytest.mark.parametrize("engine", ["duckdb", "reference"])
@pytest.mark.parametrize("amount", [float("inf"), -1e300])
def test_an_amount_no_register_could_hold_is_refused_with_its_column(engine, amount, tmp_path):
    drawn = Drawn(
        "household | village | income:decimal | wage:decimal\nh1 | 530627200201 | 1.00 | 1.00",
        arrow={"wage": pa.float64()},
    )
    drawn.rows["household"][0]["wage"] = amount
    snapshot, catalogue = drawn.write(tmp_path / "snapshot"), catalogue_of(drawn, {"rule": "income + wage > 5"})
    with pytest.raises(Refusal, match=r"household\.wage of county 530627 holds a number that is infinite, has more"):
        screen(snapshot, catalogue, tmp_path / "found", engine=engine)


def test_what_if_adds_and_drops_exactly_the_difference_of_two_screenings(tmp_path):
    drawn, catalogue = two_counties()
    snapshot = drawn.write(tmp_path / "snapshot")

    def short(of: Catalogue, to: str) -> set[str]:
        screen(snapshot, of, tmp_path / to)
        return {f["subject_id"] for f in findings_in(tmp_path / to) if f["verdict"] == "not_met"}

    now = short(catalogue, "now")
    for number, value in enumerate((Decimal(5001), Decimal(2000), Decimal("4050.00"))):
        answer = what_if(snapshot, catalogue, "above", "line", value)
        then = short(catalogue.with_parameter("line", value), f"then-{number}")
        assert {id_ for ids in answer.added.values() for id_ in ids} == then - now
        assert {id_ for ids in answer.dropped.values() for id_ in ids} == now - then
        assert (answer.falling_short_now, answer.falling_short_then) == (len(now), len(then))
    with pytest.raises(Refusal, match="is not of type decimal"):
        what_if(snapshot, catalogue, "above", "line", "much")


@pytest.mark.parametrize("engine", ["duckdb", "reference"])
@pytest.mark.parametrize(
    ("table", "column", "says"),
    [
        ("household", "household_id", "household has no column household_id"),
        ("household", "village_code", "household has no column village_code"),
        ("member", "household_id", "member has no column household_id"),
    ],
)
def test_a_snapshot_without_a_key_or_a_place_is_refused_in_a_sentence(table, column, says, engine, tmp_path):
    drawn = Drawn(HOUSEHOLDS, MEMBERS, merge_rows=False)
    for row in drawn.rows[table]:
        del row[column]
    derived = {"household": 'wages = { type = "decimal", sum = "member", of = "wage" }'}
    catalogue = catalogue_of(drawn, {"rule": "wages > income"}, derived=derived)
    with pytest.raises(Refusal, match=says):
        screen(drawn.write(tmp_path / "snapshot"), catalogue, tmp_path / "to", engine=engine)


def test_a_household_row_beyond_its_file_is_refused_in_a_sentence(tmp_path):
    drawn = Drawn(HOUSEHOLDS, MEMBERS, merge_rows=False)
    for row in drawn.rows["member"]:
        row["household_row"] = 99
    drawn.arrow["household_row"] = pa.int32()
    derived = {"household": 'wages = { type = "decimal", sum = "member", of = "wage" }'}
    catalogue = catalogue_of(drawn, {"rule": "wages > income"}, derived=derived)
    with pytest.raises(Refusal, match="household_row"):
        screen(drawn.write(tmp_path / "snapshot"), catalogue, tmp_path / "to")


@pytest.fixture(scope="module")
def contract(tmp_path_factory) -> tuple[Path, Path]:
    """A catalogue with the contract's own files, and a snapshot for it."""
    folder = tmp_path_factory.mktemp("contract")
    drawn = Drawn(
        "household | village | kind:text | dwelling_grade:text | dwelling_made_safe:bool\n"
        "h1 | 200201 | poor | D | false\nh2 | 200201 | exited | A | \nh3 | 200202 | poor | | "
    )
    drawn.write(folder / "snapshot")
    return folder / "snapshot", written(folder / "catalogue")


def test_screen_prints_its_totals_for_people_and_for_machines(contract, tmp_path):
    snapshot, catalogue = contract
    done = run(snapshot, "--to", tmp_path / "to", "--catalogue", catalogue)
    assert done.returncode == 0
    assert re.search(r"dwelling_safe +3 +1 +33.33% +1  held", done.stdout)
    done = run(snapshot, "--to", tmp_path / "to", "--catalogue", catalogue, "--json")
    (total,) = json.loads(done.stdout)["totals"]
    assert (done.returncode, done.stderr, total["not_met"]) == (0, "", 1)


def broken_snapshot(kind: str, snapshot: Path, folder: Path) -> Path:
    target = folder / "snapshot"
    shutil.copytree(snapshot, target)
    manifest, part = target / "snapshot.json", next(target.glob("household/**/*.parquet"))
    said = json.loads(manifest.read_text())
    match kind:
        case "no folder":
            shutil.rmtree(target)
        case "a file":
            return part
        case "empty":
            manifest.unlink()
        case "not JSON":
            manifest.write_text("{")
        case "a list":
            manifest.write_text("[]")
        case "not UTF-8":
            manifest.write_bytes(b"\xff\xfe")
        case "another version":
            manifest.write_text(json.dumps(said | {"schema_version": 99}))
        case "no date":
            manifest.write_text(json.dumps({k: v for k, v in said.items() if k != "as_of"}))
        case "files are no list":
            manifest.write_text(json.dumps(said | {"files": 3}))
        case "a file is missing":
            part.unlink()
        case "a file is cut off":
            part.write_bytes(part.read_bytes()[:100])
        case "a file is damaged inside":
            content = bytearray(part.read_bytes())
            content[8:60] = b"\xff" * 52
            part.write_bytes(content)
    return target


@pytest.mark.parametrize(
    ("kind", "says"),
    [
        ("no folder", "is not a snapshot"),
        ("a file", "is not a snapshot"),
        ("empty", "is not a snapshot"),
        ("not JSON", "cannot be read"),
        ("a list", "is damaged"),
        ("not UTF-8", "cannot be read"),
        ("another version", "schema version 99"),
        ("no date", "is damaged"),
        ("files are no list", "is damaged"),
        ("a file is missing", "is missing"),
        ("a file is cut off", "is damaged"),
        ("a file is damaged inside", "is damaged"),
    ],
)
@pytest.mark.parametrize("engine", ["duckdb", "reference"])
def test_a_broken_snapshot_is_refused_in_a_sentence(kind, says, engine, contract, tmp_path):
    snapshot, catalogue = contract
    target = broken_snapshot(kind, snapshot, tmp_path)
    with pytest.raises(Refusal, match=says):
        screen(target, load(catalogue), tmp_path / "to", engine=engine)


def test_wrong_use_is_a_sentence_and_exit_code_two(contract, tmp_path):
    snapshot, catalogue = contract
    in_the_way = tmp_path / "file"
    in_the_way.write_text("")
    other = tmp_path / "other"
    Drawn("village | county | road:bool\nv1 | 530627 | true").write(other)
    for arguments, says in (
        ((tmp_path / "nowhere", "--to", tmp_path / "to"), "is not a snapshot"),
        ((snapshot, "--to", in_the_way / "to"), "file/to"),
        ((other, "--to", tmp_path / "to"), "the standards are about household"),
        ((snapshot,), "--to"),
    ):
        done = run(*arguments, "--catalogue", catalogue)
        assert done.returncode == 2, done
        assert says in done.stderr
        assert "Traceback" not in done.stderr
    broken = written(tmp_path / "broken", "title = 3")
    done = run(snapshot, "--to", tmp_path / "to", "--catalogue", broken)
    assert done.returncode == 3
    assert "title" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.fixture(scope="module")
def world(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("world") / "snapshot"
    command = [
        sys.executable,
        "-m",
        "firmground.cli",
        "world",
        "--households",
        "2000",
        "--seed",
        "7",
        "--to",
        str(folder),
    ]
    subprocess.run(command, check=True, capture_output=True, timeout=200)
    return next(path.parent for path in sorted(folder.rglob("snapshot.json")))


def test_the_whole_catalogue_comes_out_alike_on_both_engines_row_by_row(world, tmp_path):
    found = screened_by_both(Snapshot.open(world), load(CATALOGUE), tmp_path)
    assert len({f["standard"] for f in found}) > 30


def test_a_screening_killed_in_the_middle_goes_on_to_the_same_findings(tmp_path):
    lines = (
        f"h{n} | {530601 + n % 40}200201 | poor | {'ABCD'[n % 4]} | {('true', 'false', '')[n % 3]}" for n in range(3000)
    )
    drawn = Drawn(
        "household | village | kind:text | dwelling_grade:text | dwelling_made_safe:bool\n" + "\n".join(lines)
    )
    snapshot, catalogue = drawn.write(tmp_path / "snapshot"), written(tmp_path / "catalogue")
    code = (  # small batches, so that there is a middle to be killed in
        "import sys; from firmground.cli import main; "
        "from firmground.engines.standards import screening; "
        "screening.BATCH_SUBJECTS = 75; "
        f"sys.argv = ['firmground', 'screen', {str(snapshot.folder)!r}, '--to', {str(tmp_path / 'to')!r}, "
        f"'--catalogue', {str(catalogue)!r}]; main()"
    )
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    while not list(tmp_path.glob("to/counties/*.json")) and process.poll() is None:
        time.sleep(0.01)
    assert process.poll() is None, process.communicate()
    process.send_signal(signal.SIGKILL)
    process.communicate()
    finished = len(list(tmp_path.glob("to/counties/*.json")))
    assert not (tmp_path / "to/screening.json").exists()
    assert finished
    made = screen(snapshot, load(catalogue), tmp_path / "to")
    assert 0 < made.screened_again <= 40 - finished
    screen(snapshot, load(catalogue), tmp_path / "fresh")
    assert bytes_of(tmp_path / "fresh") == bytes_of(tmp_path / "to")
