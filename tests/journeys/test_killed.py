"""A load of decisions while the server and its worker are killed, as a power cut would: nothing is lost, nothing twice.

A real `firmground serve` on this machine. Officers go on deciding: when the line breaks they send the same page again,
with the number of moves they had seen, until it is confirmed.
"""

import http.client
import json
import os
import random
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import uuid
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from firmground.common.embedded_postgres import Server
from tests.villages import PLACES, POJI

SEED, KILLS, DRIVERS, CASES = 3, 4, 2, 8
ROWS_OF_A_FILE = 400
HANGS_UP = 0.25  # of what is sent, the answer is not waited for
PATIENCE = 120.0  # seconds for a decision or for the queue; a kill costs a few
pytestmark = pytest.mark.slow
PREPARE = """
import sys
from pathlib import Path
from firmground.cli.django_setup import start_django
start_django()
from django.core.management import call_command
call_command("migrate", verbosity=0)
from django.utils import timezone
from firmground import flow
from firmground.cases import actions as cases
from firmground.officers.machine import everywhere
from firmground.places import actions as places
from firmground.registry import actions as registry
from firmground.web import demo_cast
folder, village, count = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
with everywhere() as machine:
    places.load(file=folder / "places.csv", by=machine)
    assert registry.load(file=folder / "households.csv", by=machine, table="household").taken
    demo_cast.enrol([village])
    for number in range(1, count + 1):
        cases.open_case(
            procedure="data_correction", subject_id=f"{village}{number:05}", channel="screening", by=machine
        )
flow.morning.defer(timestamp=0)
"""
# Round and round: the worker sees no problem, the township agrees, the township finds it again.
ROUND = (
    ("village1", "look", "no_problem"),
    ("township1", "verification", "not_a_problem"),
    ("township1", "found_again", "returned"),
)


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    """A FIRMGROUND_HOME with eight cases in a village; what was left running in it is stopped at the end."""
    (tmp_path / "places.csv").write_text(PLACES, encoding="utf-8")
    rows = "".join(f"{POJI}{number:05},{POJI},李某,一般农户\n" for number in range(1, CASES + 1))
    (tmp_path / "households.csv").write_text(f"户编号,行政村代码,户主姓名,户类型\n{rows}", encoding="utf-8")
    folder = tmp_path / "home"
    command = [sys.executable, "-c", PREPARE, str(tmp_path), POJI, str(CASES)]
    subprocess.run(command, env=environment(folder), check=True)
    yield folder
    server = Server(folder / "postgres")
    server.ensure()
    server.leave()
    shutil.rmtree(server.folder, ignore_errors=True)


def environment(home: Path) -> dict[str, str]:
    return {**os.environ, "FIRMGROUND_HOME": str(home), "FIRMGROUND_DEMO": "1"}


@dataclass
class Serving:
    """The server with its workers: a process group that can be killed whole, and started again."""

    home: Path
    port: int
    process: "subprocess.Popen[bytes] | None" = None

    def start(self) -> None:
        command = [sys.executable, "-m", "firmground.cli", "serve", "--port", str(self.port)]
        with open(self.home / "served.log", "ab") as log:
            self.process = subprocess.Popen(
                command, env=environment(self.home), stdout=log, stderr=log, start_new_session=True
            )
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline and self.process.poll() is None:
            if self.answers():
                return
            time.sleep(0.1)
        pytest.fail(f"It did not start: {self.last_words()}")

    def answers(self) -> bool:
        """Whether a page is answered: that something listens might be what was killed and is not yet gone."""
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            line.request("GET", "/account/sign-in/")
            return line.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            line.close()

    def last_words(self) -> str:
        return (self.home / "served.log").read_text()[-2000:]

    def kill(self) -> None:
        assert self.process is not None
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


class LineBroke(Exception):
    """No answer, or one that says nothing about what was asked."""


@dataclass
class Driver(threading.Thread):
    """Two officers at their desks: they decide one case after the other, and hand in files, until told to stop."""

    port: int
    cases: list[int]
    enough: threading.Event
    confirmed: list[tuple[int, int, str, str]] = field(default_factory=list)
    handed_in: list[tuple[str, int]] = field(default_factory=list)
    broke: Counter[str] = field(default_factory=Counter)
    fault: BaseException | None = None

    def __post_init__(self) -> None:
        super().__init__(daemon=True)
        self.cookies: dict[str, SimpleCookie] = {}
        self.dice = random.Random(self.cases[0])

    def __hash__(self) -> int:
        return id(self)

    def run(self) -> None:
        try:
            for who in ("village1", "township1"):
                self.until_confirmed(lambda who=who: self.sign_in(who))
            seen = 0
            while not self.enough.is_set():
                self.hand_in(seen)
                for who, step, outcome in ROUND:
                    for case in self.cases:
                        self.until_confirmed(lambda *asked: self.decide(*asked), who, case, step, outcome, seen)
                        self.confirmed.append((case, seen + 1, step, outcome))
                        if self.enough.is_set() and case == self.cases[-1]:
                            return
                    seen += 1
        except BaseException as fault:
            self.fault = fault

    def until_confirmed(self, ask: Any, *asked: Any) -> Any:
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                return ask(*asked)
            except LineBroke as broken:
                self.broke[str(broken)] += 1
                assert time.monotonic() < deadline, f"never confirmed: {asked}; until then {dict(self.broke)}"
                time.sleep(0.1)

    def sign_in(self, who: str) -> None:
        from firmground.web.demo_cast import PASSWORD

        self.cookies[who] = SimpleCookie()
        self.ask(who, "GET", "/account/sign-in/")
        to = self.send(who, "/account/sign-in/", {"login": who, "password": PASSWORD})
        assert to == "/", f"{who} could not sign in: {to}"

    def decide(self, who: str, case: int, step: str, outcome: str, seen: int) -> None:
        form = {
            "after": str(seen), "why": f"decision {seen + 1}", "data_check-seen_on": str(date.today()),
            "data_check-found": "nothing",
        }  # fmt: skip
        to = self.send(who, f"/cases/{case}/{step}/{outcome}/", form)
        assert to == f"/cases/{case}/", f"case {case}, {step}: sent to {to}"

    def hand_in(self, number: int) -> None:
        """A file of members of the households of this driver, different each time."""
        mark = f"{self.cases[0]:02}{number:03}"
        rows = "".join(
            f"{POJI}{self.cases[0]:05}-{mark}-{n},{POJI}{self.cases[0]:05},李某\n" for n in range(ROWS_OF_A_FILE)
        )
        content = f"人口编号,户编号,姓名\n{rows}"
        to = self.until_confirmed(
            lambda: self.send("township1", "/loads/", {}, (f"members-{mark}.csv", content.encode()))
        )
        self.handed_in.append((re.search(r"/loads/([0-9a-f-]{36})/", to)[1], number))  # type: ignore[index]

    def send(self, who: str, address: str, form: Mapping[str, str], file: tuple[str, bytes] | None = None) -> str:
        """Post a form; where the answer leads to, which says that it was done."""
        form = {**form, "csrfmiddlewaretoken": self.cookies[who]["csrftoken"].value}
        body, kind = urlencode(form).encode(), "application/x-www-form-urlencoded"
        if file is not None:
            body, kind = multipart(form, *file)
        answer = self.ask(who, "POST", address, body, {"Content-Type": kind})
        return answer.headers["Location"]

    def ask(self, who: str, method: str, address: str, body: bytes = b"", more: Mapping[str, str] = {}) -> Any:
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        kept = self.cookies[who]
        cookie = "; ".join(f"{name}={morsel.value}" for name, morsel in kept.items())
        try:
            line.request(method, address, body, {**more, "Cookie": cookie, "Accept-Language": "en"})
            if method == "POST" and self.dice.random() < HANGS_UP:
                raise LineBroke("hung up")  # the server decides, and nobody hears it
            answer = line.getresponse()
            text = answer.read().decode()
        except (OSError, http.client.HTTPException) as broken:
            raise LineBroke(type(broken).__name__) from broken
        finally:
            line.close()
        if answer.status >= 500:
            raise LineBroke(f"{answer.status}")
        assert answer.status == (200 if method == "GET" else 302), f"{address} answered {answer.status}: {text[:3000]}"
        for said in answer.headers.get_all("Set-Cookie") or ():
            kept.load(said)
        return answer


def multipart(form: Mapping[str, str], name: str, content: bytes) -> tuple[bytes, str]:
    mark = uuid.uuid4().hex
    part = f"--{mark}\r\nContent-Disposition: form-data; name="
    fields = [f'{part}"{key}"\r\n\r\n{text}\r\n' for key, text in form.items()]
    head = "".join(fields) + f'{part}"file"; filename="{name}"\r\n\r\n'
    return head.encode() + content + f"\r\n--{mark}--\r\n".encode(), f"multipart/form-data; boundary={mark}"


def test_what_was_confirmed_stands_exactly_once_however_often_the_server_is_killed(home: Path) -> None:
    dice, enough = random.Random(SEED), threading.Event()
    port = free_port()
    serving = Serving(home, port)
    serving.start()
    drivers = [Driver(port, list(range(n + 1, CASES + 1, DRIVERS)), enough) for n in range(DRIVERS)]
    try:
        for driver in drivers:
            driver.start()
        for kill in range(KILLS):
            one_more_decision(drivers)
            time.sleep(dice.uniform(0, 0.6))
            serving.kill()
            if kill == 1 and (database := Server(home / "postgres").process()):
                os.kill(database, signal.SIGKILL)
            serving.start()
        one_more_decision(drivers)
        enough.set()
        for driver in drivers:
            driver.join(PATIENCE)
            assert driver.fault is None, driver.fault
            assert not driver.is_alive()
        jobs = queue_at_rest(home)
    except AssertionError as fault:
        raise AssertionError(f"{fault}; the server said: {serving.last_words()}") from fault
    finally:
        serving.kill()
    assert sum(driver.broke.total() for driver in drivers) >= KILLS, "no kill hit a decision: this proved nothing"
    assert set(jobs) == {"succeeded"}, jobs

    confirmed = sorted(each for driver in drivers for each in driver.confirmed)
    assert len(confirmed) > CASES
    with Server(home / "postgres").connect(database="firmground") as database:
        stands = database.execute("SELECT case_id, position, step, outcome FROM cases_move ORDER BY 1, 2").fetchall()
        assert stands == confirmed
        made = dict(database.execute("SELECT id, moves_made FROM cases_case").fetchall())
        assert made == Counter(dict.fromkeys(made, 0)) | Counter(case for case, *_ in confirmed)
        entries = database.execute(
            "SELECT count(*), count(DISTINCT key) FROM audit_entry WHERE \"table\" = 'cases_move' AND kind = 'insert'"
        ).fetchone()
        assert entries == (len(confirmed), len(confirmed))

        files = [(number, name) for driver in drivers for name, number in driver.handed_in]
        standing = dict(database.execute("SELECT id::text, status FROM registry_upload").fetchall())
        assert {standing[name] for _, name in files} == {"done"}
        rows = "SELECT count(*), count(DISTINCT member_id) FROM registry_member"
        assert database.execute(rows).fetchone() == (len(files) * ROWS_OF_A_FILE,) * 2

    verified = subprocess.run(
        [sys.executable, "-m", "firmground.cli", "audit", "verify"],
        env=environment(home),
        capture_output=True,
        text=True,
    )
    assert verified.returncode == 0, verified.stderr
    assert "are as they were written" in verified.stdout
    print(
        json.dumps(
            {
                "decisions": len(confirmed),
                "broke": sum((d.broke for d in drivers), Counter()),
                "files": len(files),
                **jobs,
            }
        )
    )


def free_port() -> int:
    """A port that no client is given by the system while the server is down: it could not be listened to again."""
    for port in range(20000 + os.getpid() % 10000, 32000):
        with socket.socket() as listener, suppress(OSError):
            listener.bind(("127.0.0.1", port))
            return port
    pytest.fail("no port is free")


def one_more_decision(drivers: list[Driver]) -> None:
    """Wait until every driver has had one more decision confirmed: the server is at work again."""
    before = [len(driver.confirmed) for driver in drivers]
    deadline = time.monotonic() + PATIENCE
    while any(len(driver.confirmed) == had for driver, had in zip(drivers, before, strict=True)):
        faults = [driver.fault for driver in drivers if driver.fault]
        assert not faults, faults
        assert time.monotonic() < deadline, "nothing is decided any more"
        time.sleep(0.01)


def queue_at_rest(home: Path) -> dict[str, int]:
    """How many jobs there are in each state, once none waits and none is being done."""
    deadline = time.monotonic() + PATIENCE
    with Server(home / "postgres").connect(database="firmground") as database:
        while True:
            found = dict(
                database.execute("SELECT status::text, count(*) FROM procrastinate_jobs GROUP BY 1").fetchall()
            )
            if not {"todo", "doing"} & set(found) or time.monotonic() > deadline:
                return found
            time.sleep(0.2)
