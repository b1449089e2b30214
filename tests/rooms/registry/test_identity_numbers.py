"""Identity numbers, with worked vectors of GB 11643-1999. They are made up to show the rule and belong to nobody."""

from datetime import date

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmground.registry.identity_numbers import check_digit, eighteen, state, states

GOOD = ["11010519491231002X", "440524188001010014", "34052419800101001X", "610524197001010010", "610524200802290010",
        "612132196508150026"]  # fmt: skip


@pytest.mark.parametrize("number", GOOD)
def test_a_number_with_its_check_digit_is_good(number: str) -> None:
    assert state(number) == "good"


@pytest.mark.parametrize("number", ["110105194912310021", "610524197001010012"])
def test_a_wrong_check_digit_is_found(number: str) -> None:
    assert state(number) == "bad_checksum"


@pytest.mark.parametrize("number", ["61052419700230001X", "610524200902290018"])
def test_a_birth_date_outside_the_calendar_is_found_though_the_check_digit_is_right(number: str) -> None:
    assert state(number) == "bad_birth_date"


def test_a_birth_date_that_is_not_the_members_is_found() -> None:
    assert state("610524197001010010", date(1970, 1, 1)) == "good"
    assert state("610524197001010010", date(1971, 1, 1)) == "bad_birth_date"


@pytest.mark.parametrize("number", ["", None])
def test_no_number_is_missing(number: str | None) -> None:
    assert state(number) == "missing"


@pytest.mark.parametrize(
    "number", ["12345", "６１０５２４１９７００１０１００１０", "61052419700101001A", "X10524197001010010"]
)
def test_what_is_no_number_is_malformed(number: str) -> None:
    assert state(number) == "malformed"


def test_an_old_number_of_fifteen_digits_is_the_same_person() -> None:
    assert eighteen("610524700101001") == "610524197001010010"


def test_a_disability_certificate_carries_the_identity_number() -> None:
    assert eighteen("61052419700101001042") == "610524197001010010"
    assert state("61052419700101001042") == "good"


def test_lower_case_x_is_x() -> None:
    assert eighteen("11010519491231002x") == "11010519491231002X"


PERHAPS_A_NUMBER = st.one_of(
    st.none(),
    st.sampled_from([*GOOD, "61052419700230001X", "610524200902290018", "110105194912310021", "61052419700101001042"]),
    st.dates(date(1900, 1, 1)).map(lambda day: (day, f"994524{day:%Y%m%d}001")).map(lambda p: p[1] + check_digit(p[1])),
    st.from_regex(r"[0-9]{17}[0-9X]", fullmatch=True),
    st.text(max_size=20),
)


@given(st.lists(st.tuples(PERHAPS_A_NUMBER, st.one_of(st.none(), st.dates()))))
def test_many_numbers_at_once_stand_as_each_would_alone(members: list[tuple[str | None, date | None]]) -> None:
    numbers, births = [number for number, _ in members], [birth for _, birth in members]
    found = states(pa.array(numbers, pa.string()), pa.array(births, pa.date32()))
    # The register keeps numbers in upper case and without spaces; only those are judged all at once.
    expected = [
        state(number, birth) if number is None or number == number.strip().upper() else None
        for number, birth in members
    ]
    assert [each for each, wanted in zip(found.to_pylist(), expected, strict=True) if wanted] == [
        e for e in expected if e
    ]
