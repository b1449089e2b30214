"""The cast and the villages of tests/villages.py."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from firmground.officers.territory import EVERYWHERE, seeing
from tests.villages import settle


@pytest.fixture
def village(cast: SimpleNamespace, tmp_path: Path) -> SimpleNamespace:
    """The cast, and the households of tests/villages.py."""
    with seeing(EVERYWHERE):
        settle(tmp_path)
    return cast
