"""From nothing to the pages, interrupted on the way."""

import os
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from firmground.common.embedded_postgres import Server

pytestmark = pytest.mark.slow

DEMO = [sys.executable, "-m", "firmground.cli", "demo", "--households", "5", "--seed", "7"]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A FIRMGROUND_HOME of its own; what was left running in it is stopped at the end."""
    folder = tmp_path_factory.mktemp("home")
    yield folder
    server = Server(folder / "postgres")
    server.ensure()
    server.leave()
    subprocess.run(["rm", "-rf", str(server.folder)], check=True)


def demo(home: Path, *more: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [*DEMO, *more], env={**os.environ, "FIRMGROUND_HOME": str(home)}, text=True, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, start_new_session=True,
    )  # fmt: skip


def kill_when(process: "subprocess.Popen[str]", stage: str) -> None:
    """Kill the demo and all it started, as a power cut would, when it has begun a stage."""
    assert process.stdout is not None
    for line in process.stdout:
        if stage in line:
            time.sleep(0.3)
            break
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def test_it_goes_on_where_it_was_killed_and_serves_what_it_made(home: Path) -> None:
    kill_when(demo(home, "--no-serve"), "make the counties' files")  # said when the stage before is done
    kill_when(demo(home, "--no-serve"), "load them into the registers")
    kill_when(demo(home, "--no-serve"), "take a snapshot")
    finished, _ = (process := demo(home, "--no-serve")).communicate()
    assert process.returncode == 0, finished
    assert "make the counties' files: was done before" in finished
    assert "Everything is ready" in finished

    again, _ = (process := demo(home, "--no-serve")).communicate()
    assert process.returncode == 0, again
    stages = [line for line in again.splitlines() if line.startswith("[") and "2020" in line]
    assert len(stages) == 10
    assert all("was done before" in line for line in stages), again
    assert "Let them work for a week: was done before" in again


def test_it_serves_the_board_and_nothing_is_left_when_it_stops(home: Path) -> None:
    process = demo(home, "--port", "18700")
    assert process.stdout is not None
    said = ""
    for line in process.stdout:
        said += line
        if "Firmground is at" in line:
            break
    address = re.search(r"http://\S+/", said)
    assert address, said
    with urllib.request.urlopen(address[0]) as page:
        assert page.status == 200
        assert "Firmground" in page.read().decode()
    process.send_signal(signal.SIGTERM)
    process.wait(60)
    with pytest.raises(urllib.error.URLError):
        urllib.request.urlopen(address[0])
    deadline = time.monotonic() + 30
    while (running := Server(home / "postgres").answers()) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not running, "the database stops with the last who used it"


def test_another_world_is_refused_where_one_is(home: Path) -> None:
    said, _ = (process := demo(home, "--no-serve", "--households", "6")).communicate()
    assert process.returncode == 2
    assert "holds the demo with 5 households and seed 7" in said
    assert "Traceback" not in said


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "example.org"])
def test_nobody_but_this_machine_can_reach_it(host: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "firmground.cli", "serve", "--host", host], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert f"Firmground does not listen on {host} before FIRMGROUND_HOSTS says" in done.stderr
