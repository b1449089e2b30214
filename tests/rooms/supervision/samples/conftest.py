"""The cast, the villages of tests/villages.py, and in each of two of them twenty exited households besides."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from firmground.officers.territory import EVERYWHERE, seeing
from tests.rooms.supervision.exits.conftest import send
from tests.villages import POJI, settle

LAOBAOZHAI = "530627102202"


@pytest.fixture
def village(cast: SimpleNamespace, tmp_path: Path) -> SimpleNamespace:
    with seeing(EVERYWHERE):
        settle(tmp_path)
        rows = [
            {"户编号": f"{code}009{n:02}", "行政村代码": code, "户主姓名": "王某", "户类型": "脱贫户"}
            for code in (POJI, LAOBAOZHAI)
            for n in range(20)
        ]
        send(tmp_path, "household", rows)
    cast.folder = tmp_path
    return cast
