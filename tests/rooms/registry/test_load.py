"""A file is taken whole or not at all, twice changes nothing, and no row is ever lost."""

import csv
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils.translation import override
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from python_calamine import load_workbook

from firmground.common.errors import Refusal
from firmground.officers.machine import machine
from firmground.places import changes
from firmground.registry import actions
from firmground.registry.actions import Report
from firmground.registry.load import rejects
from firmground.registry.load.cleaning import RefusedRow
from firmground.registry.models import Household, Load, Member, Spending
from tests.rooms.registry.conftest import (
    HOUSEHOLDS,
    MANBANG,
    MUGUJIA,
    OLD_LI,
    SHANGPA,
    TASHI,
    ZHAO,
    csv_file,
    load,
    why,
    xlsx_file,
)

ONE_BAD = [*HOUSEHOLDS, [f"{SHANGPA}00002", SHANGPA, "李小妹", "富裕户"]]


def counts(report: Report) -> tuple[int, int, int, int, int]:
    (table,) = report.tables
    return table.read, table.new, table.superseding, table.unchanged, table.refused


def test_the_good_rows_wait_until_the_bad_one_is_mended(country: None, tmp_path: Path) -> None:
    report = load(csv_file(tmp_path / "h.csv", ONE_BAD))
    assert not report.taken
    assert counts(report) == (4, 0, 0, 0, 1)
    assert not Household.objects.exists()


def test_the_good_rows_go_in_alone_if_that_is_asked(country: None, tmp_path: Path) -> None:
    report = load(csv_file(tmp_path / "h.csv", ONE_BAD), accept_good=True)
    assert report.taken
    assert counts(report) == (4, 3, 0, 0, 1)
    assert Household.objects.count() == 3


def test_the_refused_rows_come_back_beside_the_original_and_go_in_when_mended(country: None, tmp_path: Path) -> None:
    report = load(csv_file(tmp_path / "h.csv", ONE_BAD), accept_good=True)
    assert report.reject_file == tmp_path / "h.refused.csv"
    with open(report.reject_file, encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    assert rows[0] == [*HOUSEHOLDS[0], "原行号 Row", "拒收原因 Why refused"]
    assert rows[1][:5] == [*ONE_BAD[4], "5"]
    assert "富裕户" in rows[1][5]
    mended = report.reject_file
    mended.write_text(mended.read_text(encoding="utf-8-sig").replace("富裕户", "脱贫户", 1), encoding="utf-8")
    assert counts(load(mended)) == (1, 1, 0, 0, 0)


def test_a_workbooks_refused_rows_come_back_as_a_workbook(country: None, tmp_path: Path) -> None:
    report = load(xlsx_file(tmp_path / "h.xlsx", ONE_BAD))
    assert report.reject_file == tmp_path / "h.refused.xlsx"
    rows = load_workbook(report.reject_file).get_sheet_by_name("Sheet1").to_python()
    assert rows[1][:5] == [*ONE_BAD[4], "5"]


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "＝"])
def test_a_cell_that_a_spreadsheet_would_run_comes_back_harmless(country: None, tmp_path: Path, start: str) -> None:
    evil = f'{start}HYPERLINK("http://x")'
    file = csv_file(
        tmp_path / "h.csv", [HOUSEHOLDS[0], [OLD_LI, SHANGPA, evil.replace('"', '""'), "富裕户"]], quoted=True
    )
    report = load(file)
    assert report.reject_file
    with open(report.reject_file, encoding="utf-8-sig", newline="") as opened:
        assert list(csv.reader(opened))[1][2] == f"'{evil}"
    report = load(xlsx_file(tmp_path / "h.xlsx", [HOUSEHOLDS[0], [OLD_LI, SHANGPA, "x", "富裕户"]]))
    assert report.reject_file


def test_formulas_in_a_refused_workbook_are_texts(tmp_path: Path) -> None:
    refused = [RefusedRow("户", 2, (OLD_LI, SHANGPA, "=1+1", "富裕户"), "because")]
    written = rejects.write(tmp_path / "h.xlsx", {"户": HOUSEHOLDS[0]}, refused, tmp_path)
    assert load_workbook(written).get_sheet_by_name("户").to_python()[1][2] == "=1+1"


def test_the_same_file_twice_changes_nothing(country: None, tmp_path: Path) -> None:
    file = csv_file(tmp_path / "h.csv", HOUSEHOLDS)
    load(file)
    before = list(Household.objects.order_by("id").values())
    assert counts(load(file)) == (3, 0, 0, 3, 0)
    assert list(Household.objects.order_by("id").values()) == before


def test_the_same_rows_in_another_file_change_nothing(country: None, tmp_path: Path) -> None:
    load(csv_file(tmp_path / "h.csv", HOUSEHOLDS))
    other = [
        ["户类型", "户主姓名", "户编号", "行政村代码"],
        *([row[3], row[2], row[0], row[1]] for row in HOUSEHOLDS[1:]),
    ]
    assert counts(load(xlsx_file(tmp_path / "other.xlsx", other))) == (3, 0, 0, 3, 0)


def test_a_correction_supersedes_and_both_rows_stay(households: None, tmp_path: Path) -> None:
    rows = [HOUSEHOLDS[0], [OLD_LI, SHANGPA, "李老四", "脱贫不稳定户"]]
    assert counts(load(csv_file(tmp_path / "h2.csv", rows))) == (1, 0, 1, 0, 0)
    before, after = Household.objects.filter(household_id=OLD_LI).order_by("id")
    assert (before.kind, after.kind) == ("exited", "unstable")
    assert (before.superseded_at, before.superseded_by) == (after.recorded_at, after.source)
    assert after.superseded_at is None


def test_what_a_file_has_no_column_for_stays_as_it_was(households: None, tmp_path: Path) -> None:
    load(csv_file(tmp_path / "phones.csv", [["户编号", "行政村代码", "联系电话"], [OLD_LI, SHANGPA, "13800000000"]]))
    household = Household.objects.get(household_id=OLD_LI, superseded_at=None)
    assert (household.phone, household.kind, household.head) == ("13800000000", "exited", "李老四")


def test_an_empty_cell_is_a_correction_to_unknown(households: None, tmp_path: Path) -> None:
    load(csv_file(tmp_path / "h2.csv", [HOUSEHOLDS[0], [OLD_LI, SHANGPA, "", "脱贫户"]]))
    assert Household.objects.get(household_id=OLD_LI, superseded_at=None).head is None


def test_rows_without_a_number_of_their_own_are_known_by_what_they_say(households: None, tmp_path: Path) -> None:
    rows = [["户编号", "支出日期", "支出类别", "自付金额"], [OLD_LI, "2020-03-01", "医疗", "500"]]
    assert counts(load(csv_file(tmp_path / "s.csv", rows))) == (1, 1, 0, 0, 0)
    assert counts(load(csv_file(tmp_path / "again.csv", rows))) == (1, 0, 0, 1, 0)
    assert Spending.objects.get().spending_id == f"{OLD_LI}-2020-03-01-medical-500.00"


def test_a_household_that_moves_takes_its_rows_along(households: None, tmp_path: Path) -> None:
    load(csv_file(tmp_path / "m.csv", [["户编号", "人口编号", "姓名", "性别"], [OLD_LI, "a1", "李老四", "男"]]))
    report = load(csv_file(tmp_path / "moved.csv", [HOUSEHOLDS[0], [OLD_LI, MANBANG, "李老四", "脱贫户"]]))
    assert report.taken
    assert Member.objects.get().village_code == MANBANG
    assert set(Load.objects.latest("id").counties) >= {SHANGPA[:6]}


def test_every_attempt_is_on_record_with_its_counts(country: None, tmp_path: Path) -> None:
    load(csv_file(tmp_path / "h.csv", ONE_BAD))
    load(csv_file(tmp_path / "h.csv", ONE_BAD), accept_good=True)
    refused, taken = Load.objects.order_by("id")
    assert (refused.outcome, refused.rows_read, refused.rows_refused, refused.rows_new) == ("refused", 4, 1, 0)
    assert (taken.outcome, taken.rows_read, taken.rows_refused, taken.rows_new) == ("taken", 4, 1, 3)
    assert taken.reject_file == "h.refused.csv"
    assert taken.by == "firmground"
    assert taken.counties == [ZHAO[:6], OLD_LI[:6]]


def test_a_file_that_cannot_be_understood_leaves_no_trace(country: None, tmp_path: Path) -> None:
    with pytest.raises(Refusal):
        load(csv_file(tmp_path / "h.csv", [["甲", "乙"], ["1", "2"]]))
    assert not Load.objects.exists()


def test_nothing_is_taken_when_the_refused_rows_cannot_be_handed_back(country: None, tmp_path: Path) -> None:
    file = csv_file(tmp_path / "h.csv", ONE_BAD)
    nowhere = tmp_path / "file"
    nowhere.write_text("no folder")
    with pytest.raises(Refusal, match="Nothing was taken"):
        load(file, accept_good=True, rejects_to=nowhere)
    assert not Household.objects.exists()


def test_of_several_files_those_of_households_go_first(country: None, tmp_path: Path) -> None:
    members = csv_file(tmp_path / "a.csv", [["户编号", "人口编号", "姓名", "性别"], [OLD_LI, "a1", "李老四", "男"]])
    households = csv_file(tmp_path / "b.csv", HOUSEHOLDS)
    done = list(actions.load_all(files=[members, households], by=machine()))
    assert [file.name for file, _ in done] == ["b.csv", "a.csv"]
    assert all(isinstance(report, Report) and report.taken for _, report in done)


def test_a_file_that_is_refused_stops_no_other(country: None, tmp_path: Path) -> None:
    nonsense = csv_file(tmp_path / "a.csv", [["甲", "乙"], ["1", "2"]])
    done = dict(actions.load_all(files=[nonsense, csv_file(tmp_path / "b.csv", HOUSEHOLDS)], by=machine()))
    assert isinstance(done[nonsense], Refusal)
    assert Household.objects.count() == 3


def test_the_number_of_statements_does_not_grow_with_the_rows(country: None, tmp_path: Path) -> None:
    def asked(rows: int) -> int:
        file = csv_file(
            tmp_path / f"{rows}.csv",
            [HOUSEHOLDS[0], *([f"{MUGUJIA}{n:05}", MUGUJIA, "某某", "脱贫户"] for n in range(rows))],
        )
        with CaptureQueriesContext(connection) as queries:
            assert load(file).taken
        return len(queries)

    assert asked(10) == asked(1000)


CELL = st.sampled_from(["脱贫户", "边缘户", "", "富裕户", "无", "exited"])
NUMBER = st.sampled_from([f"{SHANGPA}{n:05}" for n in range(12)] + ["", "5.33E+16", "合计"])
VILLAGE = st.sampled_from([SHANGPA, MUGUJIA, "999999999999", ""])


@hypothesis_settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(st.tuples(NUMBER, VILLAGE, st.just("某某"), CELL), max_size=12), accept_good=st.booleans())
def test_every_row_is_accounted_for(
    country: None, tmp_path: Path, rows: list[tuple[str, ...]], accept_good: bool
) -> None:
    open_before = Household.objects.filter(superseded_at=None).count()
    report = load(csv_file(tmp_path / "h.csv", [HOUSEHOLDS[0], *rows]), accept_good=accept_good)
    (table,) = report.tables
    passed_over = sum("passed over" in note for note in report.notes)
    assert table.read + passed_over == len(rows)
    assert table.refused == len(report.refused)
    if report.taken:
        assert table.read == table.new + table.superseding + table.unchanged + table.refused
    else:
        assert (table.new, table.superseding, table.unchanged) == (0, 0, 0)
        assert report.refused
    assert Household.objects.filter(superseded_at=None).count() == open_before + table.new


# Killed in the middle ---------------------------------------------------------------------

KILLED = """
import sys
from pathlib import Path
from django.db import connection
from firmground.officers.machine import everywhere
from firmground.places import changes
from firmground.registry import actions
from firmground.registry.load import taking

put = taking.Staged.put
def put_and_wait(self, load, now):
    done = put(self, load, now)
    print("everything is in, nothing is committed", flush=True)
    sys.stdin.read()
    return done
taking.Staged.put = put_and_wait
connection.settings_dict["NAME"] = {name!r}
with everywhere() as by:
    actions.load(file=Path({file!r}), by=by)
"""


@pytest.fixture
def committed_country(transactional_db: None, tmp_path: Path) -> None:
    """Those places, committed, so that another process sees them."""
    from firmground.places import actions as places
    from tests.rooms.registry.conftest import COUNTRY

    file = tmp_path / "places.csv"
    file.write_text(COUNTRY, encoding="utf-8")
    places.load(file=file, by=machine())


def test_killed_in_the_middle_nothing_is_in(committed_country: None, tmp_path: Path) -> None:
    file = csv_file(tmp_path / "h.csv", HOUSEHOLDS)
    script = (
        f"import django; django.setup()\n{KILLED.format(name=settings.DATABASES['default']['NAME'], file=str(file))}"
    )
    with subprocess.Popen([sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout
        assert b"nothing is committed" in process.stdout.readline()
        os.kill(process.pid, signal.SIGKILL)
    wait_until_forgotten()
    assert not Household.objects.exists()
    assert not Load.objects.exists()
    assert counts(load(file)) == (3, 3, 0, 0, 0)


def wait_until_forgotten() -> None:
    """Until the server has noticed that the client is gone."""
    for _ in range(100):
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_locks"
                " WHERE relation = 'registry_household'::regclass AND pid <> pg_backend_pid()"
            )
            if cursor.fetchone() == (0,):
                return
        time.sleep(0.05)


def test_two_loads_at_once_give_what_one_after_the_other_would(committed_country: None, tmp_path: Path) -> None:
    file = csv_file(tmp_path / "h.csv", HOUSEHOLDS)
    script = (
        "import django; django.setup()\nfrom django.db import connection\n"
        f"connection.settings_dict['NAME'] = {settings.DATABASES['default']['NAME']!r}\n"
        "from pathlib import Path\nfrom firmground.officers.machine import everywhere\n"
        "from firmground.registry import actions\nwith everywhere() as by:\n"
        f"    print(actions.load(file=Path({str(file)!r}), by=by).tables[0].new)"
    )
    both = [subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE) for _ in range(2)]
    assert sorted(int(process.communicate()[0]) for process in both) == [0, 3]
    assert Household.objects.count() == 3


def test_the_reasons_name_no_identity_number(households: None, tmp_path: Path) -> None:
    rows: list[list[Any]] = [
        ["户编号", "人口编号", "姓名", "证件号码"],
        [OLD_LI, "a1", "李老四", 994524194912310028],
        [TASHI, "", "某", "994524194912310028"],
    ]
    report = load(xlsx_file(tmp_path / "m.xlsx", rows))
    assert len(report.refused) == 2
    assert "9945241949" not in " ".join(why(report))


def test_a_reader_of_chinese_is_told_in_chinese(country: None, tmp_path: Path) -> None:
    with override("zh-hans"):
        report = load(csv_file(tmp_path / "h.csv", [*ONE_BAD, ["合计", "", "", ""]]))
    assert why(report) == [
        "D列“户类型”: “富裕户”不在下列选项中：未脱贫户, 脱贫户, 脱贫不稳定户, 边缘易致贫户, 突发严重困难户, 一般农户"
    ]
    assert report.notes == ["第6行是合计（“合计”），已略过。"]


MOVED = """
[[change]]
on = 2021-06-03
act = "State Council reply 58 of 2021"
kind = "merge"
from = ["533323101201", "533323101202"]
to = [{ code = "533323101203", name_zh = "帕甲村委会" }]
"""


@pytest.mark.parametrize(
    ("day", "taken"), [("2021-06-02", True), ("2021-06-03", False), ("2022-01-01", False), ("", False)]
)
def test_a_village_that_was_no_more_on_the_day_a_row_speaks_of_is_refused_with_what_it_became(
    country: None, tmp_path: Path, day: str, taken: bool
) -> None:
    (tmp_path / "changes.toml").write_text(MOVED, encoding="utf-8")
    changes.take_in(file=tmp_path / "changes.toml", by=machine())
    rows = [["户编号", "行政村代码", "户主姓名", "registered_on"], [TASHI, MUGUJIA, "扎西", day]]
    report = load(csv_file(tmp_path / "late.csv", rows))
    assert report.taken == taken
    if not taken:
        said = f"the place was no more on the day that the row speaks of; what it became: {MUGUJIA} → 533323101203"
        assert why(report) == [said]
        rows[1][1] = "533323101203"
        assert load(csv_file(tmp_path / "right.csv", rows)).taken
