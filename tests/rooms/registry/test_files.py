"""The files that really come: every disaster of bulk import that we know of, one file each."""

import shutil
import zipfile
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from firmground.common.errors import Refusal
from firmground.registry.load import workbooks
from firmground.registry.load.sheets import MEGABYTE
from firmground.registry.models import Household, Living, MedicalBill, Member, Spending, Statement, Support
from tests.rooms.registry.conftest import HOUSEHOLDS, MANBANG, OLD_LI, SHANGPA, TASHI, csv_file, load, why, xlsx_file

OLD = Path(__file__).parent / "xls"  # its README says how they were made
MEMBERS = [
    ["户编号", "人口编号", "姓名", "证件号码", "出生日期"],
    [OLD_LI, f"{OLD_LI}01", "李老四", "994524194912310028", "1949-12-31"],
    [TASHI, f"{TASHI}01", "扎西", "", "1980-05-06"],
]


def spendings(
    *cells: list[Any], head: tuple[str, ...] = ("户编号", "支出日期", "支出类别", "自付金额")
) -> list[list[Any]]:
    return [list(head), *cells]


# Titles, merged headings, totals, signatures ----------------------------------------------


def test_a_title_and_merged_headings_stand_above_the_table(households: None, tmp_path: Path) -> None:
    def above(book: Any, sheet: Any) -> None:
        sheet.merge_range(0, 0, 0, 5, "2020年农户收支信息采集表（单位：元）")
        sheet.merge_range(1, 0, 2, 0, "户编号")
        sheet.merge_range(1, 1, 1, 2, "核算周期")
        sheet.merge_range(1, 3, 1, 5, "工资性收入")
        for column, heading in enumerate(
            ["起始日期", "截止日期", "务工收入", "公益性岗位\n收入", "其他工资性收入"], start=1
        ):
            sheet.write(2, column, heading)

    rows: list[list[Any]] = [[], [], [], [OLD_LI, date(2020, 1, 1), date(2020, 6, 30), 1200, 300.5, None]]
    report = load(xlsx_file(tmp_path / "收支.xlsx", rows, above))
    assert report.taken, why(report)
    statement = Statement.objects.get()
    assert (statement.wage_migrant, statement.wage_post, statement.wage_other) == (
        Decimal(1200),
        Decimal("300.50"),
        None,
    )


def test_totals_signatures_and_notes_are_passed_over_and_said_so(households: None, tmp_path: Path) -> None:
    rows = [*spendings([OLD_LI, "2020-03-01", "医疗", "500"]), ["合计", "", "", "500"], ["", "", "", ""],
            ["填表人：王芳", "", "审核：", ""], ["注：金额单位为元", "", "", ""]]  # fmt: skip
    report = load(csv_file(tmp_path / "spending.csv", rows))
    assert report.taken
    assert report.tables[0].read == 1
    assert [note for note in report.notes if "passed over" in note] == [
        "row 3 is a total ('合计') and was passed over.",
        "row 5 stands under the table ('填表人：王芳') and was passed over.",
        "row 6 stands under the table ('注：金额单位为元') and was passed over.",
    ]


def test_a_row_with_a_household_is_never_taken_for_a_signature(households: None, tmp_path: Path) -> None:
    head = ("注", "户编号", "支出日期", "支出类别", "自付金额")
    rows = spendings(["", OLD_LI, "2020-03-01", "医疗", "500"], ["日期错", TASHI, "昨天", "医疗", "1"], head=head)
    report = load(csv_file(tmp_path / "spending.csv", rows), ignore_columns=["注"])
    assert not report.taken
    assert report.tables[0].read == 2
    assert why(report) == ["column C '支出日期': '昨天' is no date. Write it as 2020-06-30"]


def test_a_cell_merged_downwards_holds_for_every_row_it_reaches_over(households: None, tmp_path: Path) -> None:
    def merged(book: Any, sheet: Any) -> None:
        sheet.merge_range(1, 0, 2, 0, OLD_LI)

    rows: list[list[Any]] = [
        MEMBERS[0],
        [None, f"{OLD_LI}01", "李老四", None, None],
        [None, f"{OLD_LI}02", "李小妹", None, None],
    ]
    assert load(xlsx_file(tmp_path / "members.xlsx", rows, merged)).taken
    assert set(Member.objects.values_list("household_id", flat=True)) == {OLD_LI}


# Numbers that a spreadsheet has ruined ----------------------------------------------------


def test_an_identity_number_stored_as_a_number_is_refused_though_its_check_digit_may_fit(
    households: None, tmp_path: Path
) -> None:
    rows: list[list[Any]] = [MEMBERS[0], [OLD_LI, f"{OLD_LI}01", "李老四", 994524194912310028, None]]
    report = load(xlsx_file(tmp_path / "members.xlsx", rows))
    assert not report.taken
    assert "last digits are lost" in why(report)[0]


def test_a_household_number_stored_as_a_number_is_refused(households: None, tmp_path: Path) -> None:
    report = load(xlsx_file(tmp_path / "s.xlsx", spendings([int(OLD_LI), "2020-03-01", "医疗", 5])))
    assert not report.taken
    assert "last digits are lost" in why(report)[0]


def test_a_short_number_stored_as_a_number_is_the_number(country: None, tmp_path: Path) -> None:
    rows: list[list[Any]] = [[*HOUSEHOLDS[0], "联系电话"], [OLD_LI, int(SHANGPA), "李老四", "脱贫户", 13800000000]]
    assert load(xlsx_file(tmp_path / "h.xlsx", rows)).taken
    household = Household.objects.get()
    assert (household.village_code, household.phone) == (SHANGPA, "13800000000")


def test_a_parquet_column_of_floats_cannot_hold_identity_numbers(households: None, tmp_path: Path) -> None:
    file = tmp_path / "m.parquet"
    pq.write_table(pa.table({"household_id": [OLD_LI], "member_id": ["a1"], "id_number": [994524194912310028.0]}), file)
    assert "last digits are lost" in why(load(file))[0]


# Dates ------------------------------------------------------------------------------------


def test_dates_are_dates_texts_or_serial_numbers(households: None, tmp_path: Path) -> None:
    rows = spendings([OLD_LI, date(2020, 3, 1), "医疗", 1], [OLD_LI, "2020.3.2", "医疗", 2], [OLD_LI, 43893, "医疗", 3],
                     [OLD_LI, datetime(2020, 3, 4, 8, 30), "医疗", 4])  # fmt: skip
    assert load(xlsx_file(tmp_path / "s.xlsx", rows)).taken
    assert list(Spending.objects.order_by("amount").values_list("spent_on", flat=True)) == [
        date(2020, 3, 1), date(2020, 3, 2), date(2020, 3, 3), date(2020, 3, 4)
    ]  # fmt: skip


def test_a_workbook_that_counts_from_1904_is_read_so(households: None, tmp_path: Path) -> None:
    rows = spendings([OLD_LI, date(2020, 3, 1), "医疗", 1], [OLD_LI, 42429, "医疗", 2])
    assert load(xlsx_file(tmp_path / "s.xlsx", rows, date_1904=True)).taken
    assert set(Spending.objects.values_list("spent_on", flat=True)) == {date(2020, 3, 1)}


def test_an_amount_formatted_as_a_date_is_refused(households: None, tmp_path: Path) -> None:
    report = load(xlsx_file(tmp_path / "s.xlsx", spendings([OLD_LI, "2020-03-01", "医疗", date(1905, 7, 12)])))
    assert "'1905-07-12' is no number" in why(report)[0]


# Encodings, delimiters, wrong names -------------------------------------------------------


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_delimited_text_is_read_in_every_usual_form(
    country: None, tmp_path: Path, encoding: str, delimiter: str
) -> None:
    assert load(csv_file(tmp_path / "h.csv", HOUSEHOLDS, encoding=encoding, delimiter=delimiter, quoted=True)).taken
    assert Household.objects.get(household_id=TASHI).head == "扎西"


def test_rare_characters_of_names_survive(country: None, tmp_path: Path) -> None:
    rows = [HOUSEHOLDS[0], [OLD_LI, SHANGPA, "㛃𬭚𠮷䶮", "脱贫户"]]
    assert load(csv_file(tmp_path / "h.csv", rows, encoding="gb18030")).taken
    assert Household.objects.get().head == "㛃𬭚𠮷䶮"


def test_a_csv_named_xls_is_a_csv(country: None, tmp_path: Path) -> None:
    assert load(csv_file(tmp_path / "h.xls", HOUSEHOLDS, encoding="gb18030", delimiter="\t")).taken


def test_line_breaks_and_commas_inside_quotation_marks_belong_to_the_cell(country: None, tmp_path: Path) -> None:
    rows = [["户\n编号", "行政村代码", "户主姓名", "村民小组"], [OLD_LI, SHANGPA, "李老四", "上,\n寨"]]
    assert load(csv_file(tmp_path / "h.csv", rows, quoted=True)).taken
    assert Household.objects.get().group_name == "上, 寨"


def test_a_short_row_ends_in_empty_cells_and_a_long_one_is_refused(country: None, tmp_path: Path) -> None:
    rows = [HOUSEHOLDS[0], [OLD_LI, SHANGPA], [TASHI, MUGUJIA_CODE, "扎西", "边缘户", "多余"]]
    report = load(csv_file(tmp_path / "h.csv", rows), accept_good=True)
    assert [row.row for row in report.refused] == [3]
    assert why(report) == ["has 5 cells where the headings have 4"]
    assert Household.objects.get().head is None


MUGUJIA_CODE = TASHI[:12]


def test_a_file_cut_inside_a_quotation_is_refused_with_its_row(country: None, tmp_path: Path) -> None:
    file = csv_file(tmp_path / "h.csv", HOUSEHOLDS, quoted=True)
    file.write_bytes(file.read_bytes()[:-9])
    with pytest.raises(Refusal, match=r"the quotation mark opened in row 4 is never closed"):
        load(file)


@pytest.mark.parametrize(
    ("content", "because"),
    [
        (b"", "is empty"),
        (b"<html><table><tr><td>1</td></tr></table></html>", "is a web page"),
        (b"PK\x03\x04 and then nothing", "is damaged or cut off"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600, "Open it in a spreadsheet and save it"),
        (b"PAR1 and then nothing", "is a damaged Parquet file"),
        (bytes(range(256)) * 4, "is damaged, or written in an encoding"),
        (b"a,b\x00,c\n", "neither a workbook"),
    ],
)
def test_what_is_no_table_is_refused_in_a_sentence(country: None, tmp_path: Path, content: bytes, because: str) -> None:
    file = tmp_path / "h.xlsx"
    file.write_bytes(content)
    with pytest.raises(Refusal, match=because):
        load(file)


def test_a_workbook_cut_in_half_is_refused(country: None, tmp_path: Path) -> None:
    file = xlsx_file(tmp_path / "h.xlsx", HOUSEHOLDS * 50)
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
    with pytest.raises(Refusal, match="damaged or cut off"):
        load(file)


def test_a_workbook_that_unpacks_to_gigabytes_is_refused_before_it_is_unpacked(
    country: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workbooks, "LARGEST_UNPACKED", 10 * MEGABYTE)
    file = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as parts:
        parts.writestr("xl/worksheets/sheet1.xml", b"0" * 11 * MEGABYTE)
    with pytest.raises(Refusal, match="unpacks to more than"):
        load(file)


def test_a_zip_that_is_no_workbook_is_refused(country: None, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "h.xlsx", "w") as parts:
        parts.writestr("h.csv", "a,b")
    with pytest.raises(Refusal, match="is a zip archive but no workbook"):
        load(tmp_path / "h.xlsx")


def test_entities_in_a_workbook_are_not_expanded(country: None, tmp_path: Path) -> None:
    source = xlsx_file(tmp_path / "h.xlsx", HOUSEHOLDS)
    bomb = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(tmp_path / "bomb.xlsx", "w") as new:
        for part in old.infolist():
            content = old.read(part)
            if part.filename == "xl/workbook.xml":
                content = content.replace(b"<workbook", bomb + b"<workbook", 1).replace(b"Sheet1", b"&b;")
            new.writestr(part, content)
    with pytest.raises(Refusal):
        load(tmp_path / "bomb.xlsx")


def test_a_stray_cell_a_million_rows_down_does_not_fill_the_memory(country: None, tmp_path: Path) -> None:
    def stray(book: Any, sheet: Any) -> None:
        sheet.write(1_048_575, 16_383, "x")

    with pytest.raises(Refusal, match="nearly empty"):
        load(xlsx_file(tmp_path / "h.xlsx", HOUSEHOLDS, stray))


# Cells that show as empty -----------------------------------------------------------------


def test_a_cell_with_an_error_is_refused_not_taken_for_empty(households: None, tmp_path: Path) -> None:
    def broken(book: Any, sheet: Any) -> None:
        sheet.write_formula(1, 3, "=1/0", None, "#DIV/0!")

    report = load(xlsx_file(tmp_path / "s.xlsx", spendings([OLD_LI, "2020-03-01", "医疗", None]), broken))
    assert why(report) == ["cell D2 holds an error of the spreadsheet (such as #REF!)"]


def test_a_formula_whose_result_was_not_saved_is_refused(households: None, tmp_path: Path) -> None:
    def unsaved(book: Any, sheet: Any) -> None:
        sheet.write_formula(1, 3, "=SUM(A1:A2)", None, "")

    file = xlsx_file(tmp_path / "s.xlsx", spendings([OLD_LI, "2020-03-01", "医疗", None]), unsaved)
    assert why(load(file)) == ["cell D2 holds a formula whose result was not saved"]


def test_a_workbook_of_excel_97_is_loaded_like_any_other(country: None) -> None:
    report = load(OLD / "households.xls")
    assert report.taken, why(report)
    li, tashi = Household.objects.order_by("household_id")
    assert (li.head, li.kind, li.population, li.registered_on, li.phone) == (
        "李老四", "exited", 3, date(2014, 3, 1), "13800000001",
    )  # fmt: skip
    assert (tashi.kind, tashi.registered_on, tashi.phone) == ("marginal", None, "13800000002")


def test_an_error_in_a_workbook_of_excel_97_is_refused_and_not_taken_for_empty(country: None, tmp_path: Path) -> None:
    report = load(Path(shutil.copy(OLD / "broken.xls", tmp_path)))
    assert not report.taken
    assert why(report) == ["cell E2 holds an error of the spreadsheet (such as #REF!)"]
    assert report.notes == ["Sheet '旧' is hidden and was not read."]


@pytest.mark.parametrize("length", [600, 1500, 5000])
def test_a_workbook_of_excel_97_that_was_cut_off_is_refused(country: None, tmp_path: Path, length: int) -> None:
    cut = tmp_path / "cut.xls"
    cut.write_bytes((OLD / "households.xls").read_bytes()[:length])
    with pytest.raises(Refusal, match=r"cut\.xls is (damaged|protected by a password, or not a workbook)"):
        load(cut)


def test_a_formula_with_its_result_is_its_result(households: None, tmp_path: Path) -> None:
    def saved(book: Any, sheet: Any) -> None:
        sheet.write_formula(1, 3, "=100*3", None, 300)

    assert load(xlsx_file(tmp_path / "s.xlsx", spendings([OLD_LI, "2020-03-01", "医疗", None]), saved)).taken
    assert Spending.objects.get().amount == 300


# Sheets -----------------------------------------------------------------------------------


def test_hidden_and_empty_sheets_are_passed_over_and_said_so(country: None, tmp_path: Path) -> None:
    def more(book: Any, sheet: Any) -> None:
        book.add_worksheet("旧表").hide()
        book.add_worksheet("空表")

    report = load(xlsx_file(tmp_path / "h.xlsx", HOUSEHOLDS, more))
    assert report.taken
    assert report.notes == ["Sheet '旧表' is hidden and was not read.", "Sheet '空表' is empty."]


def test_one_sheet_for_each_village_is_one_register(country: None, tmp_path: Path) -> None:
    def second(book: Any, sheet: Any) -> None:
        other = book.add_worksheet("木古甲")
        for row, cells in enumerate([HOUSEHOLDS[0], HOUSEHOLDS[2]]):
            other.write_row(row, 0, cells)

    report = load(xlsx_file(tmp_path / "h.xlsx", HOUSEHOLDS[:2], second))
    assert (report.taken, report.tables[0].new) == (True, 2)


def test_households_and_members_in_one_workbook_go_in_in_that_order(country: None, tmp_path: Path) -> None:
    def households(book: Any, sheet: Any) -> None:
        other = book.add_worksheet("户")
        for row, cells in enumerate(HOUSEHOLDS):
            other.write_row(row, 0, cells)

    report = load(xlsx_file(tmp_path / "book.xlsx", MEMBERS, households))
    assert [(table.table, table.new) for table in report.tables] == [("household", 3), ("member", 2)]


def test_a_sheet_that_holds_no_register_is_refused_unless_it_is_left_out(country: None, tmp_path: Path) -> None:
    def explained(book: Any, sheet: Any) -> None:
        book.add_worksheet("填表说明").write(0, 0, "请如实填写")

    file = xlsx_file(tmp_path / "h.xlsx", HOUSEHOLDS, explained)
    with pytest.raises(Refusal, match="sheet '填表说明': no row among the first 30 holds the headings"):
        load(file)
    assert load(file, ignore_sheets=["填表说明"]).taken


# Columns ----------------------------------------------------------------------------------


def test_columns_come_in_any_order_and_under_any_of_their_names(country: None, tmp_path: Path) -> None:
    rows = [["Kind of household", "village_code", "农户\n 编号", "户 主"], ["exited", SHANGPA, OLD_LI, "李老四"]]
    assert load(csv_file(tmp_path / "h.csv", rows, quoted=True)).taken
    household = Household.objects.get()
    assert (household.household_id, household.head, household.kind) == (OLD_LI, "李老四", "exited")


def test_a_column_that_nobody_knows_is_refused_by_name_unless_it_is_left_out(country: None, tmp_path: Path) -> None:
    file = csv_file(tmp_path / "h.csv", [[*HOUSEHOLDS[0], "星座"], [*HOUSEHOLDS[1], "白羊"]])
    with pytest.raises(Refusal, match=r"户 \(household\) has no such columns: column E '星座'"):
        load(file)
    assert load(file, ignore_columns=["星座"]).taken


def test_a_column_without_a_heading_is_refused_if_it_holds_anything(country: None, tmp_path: Path) -> None:
    file = csv_file(tmp_path / "h.csv", [[*HOUSEHOLDS[0], ""], [*HOUSEHOLDS[1], "?"]])
    with pytest.raises(Refusal, match="column E \\(which has no heading\\)"):
        load(file)
    assert load(csv_file(file, [[*HOUSEHOLDS[0], ""], [*HOUSEHOLDS[1], ""]])).taken


def test_a_missing_column_is_named(country: None, tmp_path: Path) -> None:
    with pytest.raises(Refusal, match=r"户 \(household\), but has no column for 行政村代码 \(village_code\)"):
        load(csv_file(tmp_path / "h.csv", [["户编号", "户主姓名", "户类型"], [OLD_LI, "李老四", "脱贫户"]]))


def test_two_columns_of_one_meaning_are_refused(country: None, tmp_path: Path) -> None:
    rows = [[*HOUSEHOLDS[0], "户类别"], [*HOUSEHOLDS[1], "脱贫户"]]
    with pytest.raises(Refusal, match="column D '户类型' and column E '户类别' both mean"):
        load(csv_file(tmp_path / "h.csv", rows))


def test_a_needed_cell_that_is_empty_is_named_by_its_column(households: None, tmp_path: Path) -> None:
    report = load(csv_file(tmp_path / "s.csv", spendings([OLD_LI, "", "医疗", "5"])))
    assert why(report) == ["column B '支出日期': is empty"]


def test_headings_that_fit_two_registers_alike_need_a_word_from_the_reader(households: None, tmp_path: Path) -> None:
    file = csv_file(tmp_path / "x.csv", [["户编号", "识别日期", "金额"], [OLD_LI, "2020-01-01", "5"]])
    with pytest.raises(Refusal):
        load(file)


def test_the_units_of_headings_count(households: None, tmp_path: Path) -> None:
    rows = spendings(
        [OLD_LI, "2020-03-01", "医疗", "0.35"], head=("户编号", "支出日期", "支出类别", "自付金额（万元）")
    )
    assert load(csv_file(tmp_path / "s.csv", rows)).taken
    assert Spending.objects.get().amount == 3500


def test_the_unit_over_the_table_counts(households: None, tmp_path: Path) -> None:
    rows = [["刚性支出表 单位：万元", "", "", ""], *spendings([OLD_LI, "2020-03-01", "医疗", "0.35"])]
    assert load(csv_file(tmp_path / "s.csv", rows)).taken
    assert Spending.objects.get().amount == 3500


def test_an_unknown_unit_of_money_is_refused(households: None, tmp_path: Path) -> None:
    rows = spendings([OLD_LI, "2020-03-01", "医疗", "5"], head=("户编号", "支出日期", "支出类别", "自付金额（美元）"))
    with pytest.raises(Refusal, match="自付金额（美元）"):
        load(csv_file(tmp_path / "s.csv", rows))


# Words ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cell", "meaning"),
    [("是", True), ("√", True), ("1", True), ("有", True), ("YES", True), ("否", False), ("0", False)],
)
def test_yes_and_no_come_in_many_words(country: None, tmp_path: Path, cell: str, meaning: bool) -> None:
    rows = [[*HOUSEHOLDS[0], "易地搬迁户"], [*HOUSEHOLDS[1], cell]]
    assert load(csv_file(tmp_path / "h.csv", rows)).taken
    assert Household.objects.get().relocated is meaning


def test_a_word_on_no_list_is_refused_with_the_words_that_are(country: None, tmp_path: Path) -> None:
    report = load(csv_file(tmp_path / "h.csv", [HOUSEHOLDS[0], [OLD_LI, SHANGPA, "李老四", "富裕户"]]))
    assert why(report) == [
        "column D '户类型': '富裕户' is not one of: "
        "未脱贫户, 脱贫户, 脱贫不稳定户, 边缘易致贫户, 突发严重困难户, 一般农户"
    ]


# What the registers hold already ----------------------------------------------------------


def test_a_village_that_does_not_exist_is_refused(country: None, tmp_path: Path) -> None:
    report = load(csv_file(tmp_path / "h.csv", [HOUSEHOLDS[0], [OLD_LI, "533323101999", "李老四", "脱贫户"]]))
    assert why(report) == ["no village has the code 533323101999"]


def test_a_township_is_no_village(country: None, tmp_path: Path) -> None:
    report = load(csv_file(tmp_path / "h.csv", [HOUSEHOLDS[0], [OLD_LI, "533323101", "李老四", "脱贫户"]]))
    assert why(report) == ["no village has the code 533323101"]


def test_a_household_that_does_not_exist_is_refused(households: None, tmp_path: Path) -> None:
    report = load(csv_file(tmp_path / "s.csv", spendings([f"{SHANGPA}99999", "2020-03-01", "医疗", "5"])))
    assert why(report) == [f"no household has the number {SHANGPA}99999: load the households first"]


def test_a_household_of_another_village_is_refused(households: None, tmp_path: Path) -> None:
    rows = spendings([OLD_LI, MANBANG, "2020-03-01", "医疗", "5"],
                     head=("户编号", "行政村代码", "支出日期", "支出类别", "自付金额"))  # fmt: skip
    report = load(csv_file(tmp_path / "s.csv", rows))
    assert why(report) == [f"the household is not registered in village {MANBANG}"]


def test_the_same_household_twice_is_refused_both_times(country: None, tmp_path: Path) -> None:
    report = load(csv_file(tmp_path / "h.csv", [*HOUSEHOLDS, [OLD_LI, SHANGPA, "李老五", "脱贫户"]]), accept_good=True)
    assert [row.row for row in report.refused] == [2, 5]
    assert why(report)[0] == f"stands in the file more than once ({OLD_LI})"
    assert Household.objects.count() == 2


def test_the_same_household_on_two_sheets_is_refused(country: None, tmp_path: Path) -> None:
    def second(book: Any, sheet: Any) -> None:
        other = book.add_worksheet("Sheet2")
        for row, cells in enumerate(HOUSEHOLDS[:2]):
            other.write_row(row, 0, cells)

    report = load(xlsx_file(tmp_path / "h.xlsx", HOUSEHOLDS, second))
    assert [(row.sheet, row.row) for row in report.refused] == [("Sheet1", 2), ("Sheet2", 2)]


def test_the_same_identity_number_in_two_households_is_taken_and_left_to_the_standards(
    households: None, tmp_path: Path
) -> None:
    rows = [
        MEMBERS[0],
        [OLD_LI, "a1", "李老四", "994524194912310028", ""],
        [TASHI, "b1", "李老四", "994524194912310028", ""],
    ]
    assert load(csv_file(tmp_path / "m.csv", rows)).taken


def test_a_department_may_name_the_person_instead_of_the_household(households: None, tmp_path: Path) -> None:
    assert load(csv_file(tmp_path / "m.csv", MEMBERS)).taken
    rows = [["姓名", "身份证号", "结算日期", "就诊类别", "总费用", "个人自付"],
            ["李老四", "994524194912310028", "2020-05-01", "住院", "9000", "3000"],
            ["某人", "994524194912310036", "2020-05-01", "住院", "9000", "3000"]]  # fmt: skip
    report = load(csv_file(tmp_path / "医疗.csv", rows), accept_good=True)
    assert why(report) == ["nobody in the register, or more than one, is the person named here"]
    bill = MedicalBill.objects.get()
    assert (bill.household_id, bill.member_id, bill.village_code) == (OLD_LI, f"{OLD_LI}01", SHANGPA)


def test_support_paid_to_somebody_who_died_is_taken(households: None, tmp_path: Path) -> None:
    rows = [[*MEMBERS[0], "人口动态"], [*MEMBERS[1], "死亡"]]
    assert load(csv_file(tmp_path / "m.csv", rows)).taken
    rows = [["身份证号", "救助类别", "发放日期", "发放金额"], ["994524194912310028", "低保", "2020-05-01", "300"]]
    assert load(csv_file(tmp_path / "救助.csv", rows)).taken
    assert Support.objects.get().household_id == OLD_LI


def test_a_statement_that_ends_before_it_begins_is_refused(households: None, tmp_path: Path) -> None:
    rows = [["户编号", "起始日期", "截止日期", "务工收入"], [OLD_LI, "2020-06-30", "2020-01-01", "5"]]
    assert why(load(csv_file(tmp_path / "收支.csv", rows))) == ["ends on 2020-01-01, before it begins"]


def test_living_conditions_may_stand_in_the_households_file(country: None, tmp_path: Path) -> None:
    rows = [[*HOUSEHOLDS[0], "入户核查日期", "住房等级"], [*HOUSEHOLDS[1], "2020-05-01", "C"], [*HOUSEHOLDS[2], "", ""]]
    report = load(csv_file(tmp_path / "h.csv", rows))
    assert [(table.table, table.read) for table in report.tables] == [("household", 2), ("living", 1)]
    assert Living.objects.get().dwelling_grade == "C"


def test_living_conditions_that_nobody_saw_on_a_day_are_refused(country: None, tmp_path: Path) -> None:
    rows = [[*HOUSEHOLDS[0], "入户核查日期", "住房等级"], [*HOUSEHOLDS[1], "", "C"]]
    assert "nobody knows when the conditions were seen" in why(load(csv_file(tmp_path / "h.csv", rows)))[0]
    with pytest.raises(Refusal, match="no column 入户核查日期"):
        load(csv_file(tmp_path / "h.csv", [[*HOUSEHOLDS[0], "住房等级"], [*HOUSEHOLDS[1], "C"]]))
