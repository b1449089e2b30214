"""The catalogue that Firmground comes with, checked once for the whole room."""

from pathlib import Path

import pytest

from firmground.engines.standards.catalogue import Catalogue, Checked, check

FOLDER = Path(__file__).parents[3] / "catalogue" / "china_2020"


@pytest.fixture(scope="session")
def folder() -> Path:
    return FOLDER


@pytest.fixture(scope="session")
def checked() -> Checked:
    return check(FOLDER)


@pytest.fixture(scope="session")
def catalogue(checked: Checked) -> Catalogue:
    return checked.catalogue


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test that takes `standard_id` runs once for each standard."""
    if "standard_id" in metafunc.fixturenames:
        metafunc.parametrize("standard_id", sorted(path.stem for path in (FOLDER / "standards").glob("*.toml")))
