"""What one cell says."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmground.registry.load import cells
from firmground.registry.load.cells import Wrong


@pytest.mark.parametrize(
    "cell",
    [
        "1962-11-19",
        "1962/11/19",
        "1962.11.19",
        "1962年11月19日",
        "19621119",
        " 1962-11-19 ",
        "1962-11-19 00:00:00",
        "１９６２-１１-１９",
        "22969",
    ],
)
def test_a_day_is_understood_in_every_form_that_has_one_meaning(cell: str) -> None:
    assert cells.day(cell) == (date(1962, 11, 19), False)


def test_a_serial_number_counts_from_1904_where_the_workbook_says_so() -> None:
    assert cells.day("23000") == (date(1962, 12, 20), False)
    assert cells.day("21538", dates_1904=True) == (date(1962, 12, 20), False)


@pytest.mark.parametrize("cell", ["2014年12月", "2014-12", "2014.12", "201412"])
def test_a_month_is_its_first_day_and_said_so(cell: str) -> None:
    assert cells.day(cell) == (date(2014, 12, 1), True)


@pytest.mark.parametrize(
    ("cell", "because"),
    [
        ("62-11-19", "year of two digits"),
        ("19/11/1962", "Write the year first"),
        ("1962-13-45", "no day of the calendar"),
        ("2019-02-29", "no day of the calendar"),
        ("20190229", "no day of the calendar"),
        ("1962", "is a year"),
        ("99999", "is a year or a number"),
        ("去年冬天", "is no date"),
        ("0962-11-19", "outside the years"),
    ],
)
def test_a_day_that_may_mean_two_things_or_none_is_refused(cell: str, because: str) -> None:
    with pytest.raises(Wrong, match=because):
        cells.day(cell)


@pytest.mark.parametrize("cell", ["", " ", "无", "/", "—", "——", "-", "null", "N/A", "　"])
def test_what_stands_for_nothing_is_unknown(cell: str) -> None:
    assert cells.day(cell) == (None, False)
    assert cells.amount(cell) == (None, False)
    assert cells.whole(cell) is None
    assert cells.text(cell) is None
    assert cells.key(cell) is None


def test_an_open_end_is_no_day() -> None:
    assert cells.day("至今") == (None, False)


@pytest.mark.parametrize(
    ("cell", "amount"),
    [
        ("3200", "3200.00"),
        ("3,200", "3200.00"),
        ("3，200.5", "3200.50"),
        ("３２００元", "3200.00"),
        ("¥3200", "3200.00"),
        ("(350.00)", "-350.00"),
        ("（350）", "-350.00"),
        ("-350", "-350.00"),
        ("0.35万元", "3500.00"),
        ("1.2E+03", "1200.00"),
        ("'-12", "-12.00"),
        ("9999999999.99", "9999999999.99"),
    ],
)
def test_an_amount_is_understood_to_the_fen(cell: str, amount: str) -> None:
    assert cells.amount(cell) == (Decimal(amount), False)


def test_an_amount_under_a_heading_in_ten_thousands_is_multiplied() -> None:
    assert cells.amount("0.35", factor=10_000) == (Decimal("3500.00"), False)
    assert cells.amount("3500元", factor=10_000) == (Decimal("3500.00"), False)


def test_an_amount_with_more_decimals_is_rounded_half_up_and_said_so() -> None:
    assert cells.amount("1.005") == (Decimal("1.01"), True)
    assert cells.amount("3266.666667") == (Decimal("3266.67"), True)


def test_the_noise_of_binary_fractions_is_no_rounding() -> None:
    assert cells.amount("0.30000000000000004") == (Decimal("0.30"), False)


@pytest.mark.parametrize(
    "cell", ["约5000", "35%", "1,2000", "三千", "1.2.3", "12345678901", "#REF!", "5-6", "∞", "nan", "1e99"]
)
def test_an_amount_that_is_none_is_refused(cell: str) -> None:
    with pytest.raises(Wrong):
        cells.amount(cell)


@given(st.decimals(min_value=-9_999_999_999, max_value=9_999_999_999, places=2))
def test_every_amount_the_register_holds_comes_back_as_it_was(amount: Decimal) -> None:
    for written in (f"{amount}", f"{amount:,}", f" {amount}元"):
        assert cells.amount(written) == (amount, False)


@pytest.mark.parametrize(
    ("cell", "number"), [("3", 3), ("3.0", 3), ("３人", 3), ("二级", 2), ("一", 1), ("1,200", 1200), ("-4", -4)]
)
def test_a_whole_number_is_understood_with_its_unit(cell: str, number: int) -> None:
    assert cells.whole(cell) == number


@pytest.mark.parametrize("cell", ["3.5", "三四人左右", "99999999999", "2020-06-30"])
def test_a_number_that_is_not_whole_is_refused(cell: str) -> None:
    with pytest.raises(Wrong):
        cells.whole(cell)


@pytest.mark.parametrize("cell", ["9.94524E+17", "9.94524196211191E+17", "994524196211191000"])
def test_an_identity_number_that_a_spreadsheet_has_cut_is_refused(cell: str) -> None:
    with pytest.raises(Wrong, match="last digits are lost"):
        cells.identity_number(cell)


@pytest.mark.parametrize(
    "cell",
    [
        "99452419491231001X",
        "99452419491231001x",
        "99４52419491231001Ｘ",
        "'99452419491231001X",
        " 994524 19491231 001X ",
        "994524\u00a019491231001X",
        "994524\u300019491231001X",
        "\u200b99452419491231001X\n",
    ],
)
def test_an_identity_number_is_the_same_however_it_was_typed(cell: str) -> None:
    assert cells.identity_number(cell) == "99452419491231001X"


def test_an_identity_number_with_a_wrong_check_digit_is_taken_as_it_stands() -> None:
    assert cells.identity_number("994524194912310029") == "994524194912310029"


def test_an_identity_number_of_fifteen_digits_is_kept_in_its_form_of_eighteen() -> None:
    assert cells.identity_number("994524700101001") == "99452419700101001X"


@pytest.mark.parametrize("cell", ["5.33E+16", "6.22848E+18"])
def test_an_account_or_household_number_that_a_spreadsheet_has_cut_is_refused(cell: str) -> None:
    with pytest.raises(Wrong, match="last digits are lost"):
        cells.key(cell)


@pytest.mark.parametrize(
    ("cell", "name"),
    [
        ("张 三", "张三"),
        ("  李四\n", "李四"),
        ("𠮷野", "𠮷野"),
        ("䶮儿", "䶮儿"),
        ("买买提•吐尔逊", "买买提·吐尔逊"),
        ("阿布都拉．买买提", "阿布都拉·买买提"),
        ("Old  Li", "Old Li"),
        ("\ue863某", "\ue863某"),
    ],
)
def test_a_name_keeps_its_characters_and_loses_only_what_nobody_sees(cell: str, name: str) -> None:
    assert cells.text(cell) == name


def test_an_error_of_the_spreadsheet_is_no_name() -> None:
    with pytest.raises(Wrong, match="#REF!"):
        cells.text("#REF!")
