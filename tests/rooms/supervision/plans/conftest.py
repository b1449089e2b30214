"""The cast and the villages of tests/villages.py."""

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.utils import translation

from firmground.officers.territory import EVERYWHERE, seeing
from tests.villages import settle


@pytest.fixture
def village(cast: SimpleNamespace, tmp_path: Path) -> SimpleNamespace:
    """The cast, and the households of tests/villages.py."""
    with seeing(EVERYWHERE):
        settle(tmp_path)
    return cast


@pytest.fixture(autouse=True)
def _in_english() -> Iterator[None]:
    """A page asked for in Chinese leaves its language behind in the thread."""
    with translation.override("en"):
        yield
