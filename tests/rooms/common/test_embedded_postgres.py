"""The embedded server outlives everything that happens to those who use it."""

import os
import shutil
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from firmground.common.embedded_postgres import APPLICATION, DATABASE, OWNER, Server

OWNER_PROCESS = """
import sys
from pathlib import Path
from firmground.common.embedded_postgres import Server
Server(Path(sys.argv[1]), hasty=True).ensure()
print("holds it", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    server = Server(tmp_path / "postgres", hasty=True)
    yield server
    server.leave()
    shutil.rmtree(server.folder)  # it may lie outside tmp_path


def another_owner(server: Server) -> "subprocess.Popen[str]":
    process = subprocess.Popen(
        [sys.executable, "-c", OWNER_PROCESS, str(server.home)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stdout.readline() == "holds it\n"
    return process


def count(server: Server) -> int:
    with server.connect(OWNER, DATABASE) as connection:
        ((rows,),) = connection.execute("SELECT count(*) FROM kept").fetchall()
    return int(rows)


def keep_rows(server: Server, rows: int) -> None:
    with server.connect(OWNER, DATABASE) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS kept (n int)")
        connection.execute("INSERT INTO kept SELECT generate_series(1, %s)", [rows])


def kill(server: Server) -> int:
    postmaster = server.process()
    assert postmaster is not None
    os.kill(postmaster, signal.SIGKILL)
    deadline = time.monotonic() + 30
    while server.answers() and time.monotonic() < deadline:
        time.sleep(0.05)
    return postmaster


def test_what_was_committed_is_there_after_the_server_was_killed(server: Server) -> None:
    server.ensure()
    keep_rows(server, 2000)
    postmaster = kill(server)
    server.ensure()
    assert count(server) == 2000
    assert server.process() not in (None, postmaster)


def test_it_starts_when_the_number_of_a_killed_server_was_given_to_another_process(server: Server) -> None:
    server.ensure()
    keep_rows(server, 3)
    postmaster = kill(server)
    pid_file = server.folder / "data" / "postmaster.pid"
    pid_file.write_text(pid_file.read_text().replace(str(postmaster), str(os.getpid())))
    server.ensure()
    assert count(server) == 3


def test_an_owner_that_was_killed_holds_the_server_no_longer(server: Server) -> None:
    owner = another_owner(server)
    owner.kill()
    owner.wait()
    assert server.answers(), "the server lives on when its owner is killed"
    server.ensure()
    server.leave()
    assert not server.answers(), "the next to leave stops it"


def test_the_last_to_leave_stops_it_and_not_the_first(server: Server) -> None:
    server.ensure()
    owner = another_owner(server)
    server.leave()
    assert server.answers()
    owner.communicate()
    assert not server.answers()


def test_a_server_half_made_is_made_again(server: Server) -> None:
    server.home.mkdir()
    folder = server.folder
    maker = subprocess.Popen([sys.executable, "-c", OWNER_PROCESS, str(server.home)], stdin=subprocess.PIPE)
    deadline = time.monotonic() + 30
    while not list(folder.glob("unfinished.*")) and time.monotonic() < deadline:
        time.sleep(0.01)
    maker.kill()
    maker.communicate()
    assert list(folder.glob("unfinished.*")), "making it had begun"
    assert not (folder / "data").exists(), "and was not done"
    server.ensure()
    keep_rows(server, 1)
    assert count(server) == 1


def test_the_application_owns_nothing_and_is_no_superuser(server: Server) -> None:
    server.ensure()
    keep_rows(server, 1)
    with server.connect(APPLICATION, DATABASE) as connection:
        ((superuser, bypass),) = connection.execute(
            "SELECT rolsuper, rolbypassrls FROM pg_roles WHERE rolname = current_user"
        ).fetchall()
        assert (superuser, bypass) == (False, False)
        for forbidden in ("DROP TABLE kept", "SELECT * FROM kept", "CREATE TABLE mine (n int)"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(forbidden)


def test_chinese_text_is_kept_and_ordered_by_code_point(server: Server) -> None:
    server.ensure()
    with server.connect() as connection:
        ((encoding, ordered),) = connection.execute(
            "SELECT current_setting('server_encoding'),"
            " array(SELECT n FROM unnest(ARRAY['镇', 'a', '乡', 'B']) n ORDER BY n)"
        ).fetchall()
    assert encoding == "UTF8"
    assert ordered == ["B", "a", "乡", "镇"]


def test_it_answers_however_deep_its_folder_lies(tmp_path: Path) -> None:
    server = Server(tmp_path / ("deep/" * 25) / "postgres", hasty=True)
    try:
        server.ensure()
        keep_rows(server, 1)
        assert count(server) == 1
        other = another_owner(server)
        other.communicate()
        assert other.returncode == 0
    finally:
        server.leave()
        shutil.rmtree(server.folder)


def test_only_its_user_may_enter_and_parents_stay_as_they_were(server: Server, tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    server.ensure()
    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o700
    assert stat.S_IMODE(server.socket_folder.stat().st_mode) == 0o700
    keep_rows(server, 1)
    assert count(server) == 1
