"""How a step is measured: in a process of its own, after it has imported what it needs and read its rules.

CPU is that of the step's process and of every process it started and waited for. Memory is the greatest sum of what
all of them held at a moment, asked every 20 ms; pages that two of them share are counted twice.
"""

import json
import os
import resource
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).parents[1]
CATALOGUE = REPOSITORY / "catalogue" / "china_2020"
HOME = Path(os.environ.get("FIRMGROUND_BENCH", REPOSITORY / "var" / "bench"))
"""Where worlds and screenings of benchmarks are kept."""
PEERS_PYTHON = Path(os.environ.get("FIRMGROUND_PEERS_PYTHON", REPOSITORY / ".venv-bench" / "bin" / "python"))
"""The Python in which the peers are installed. We run in our own: where pandas is installed, DuckDB imports it."""
PAGE_MB = os.sysconf("SC_PAGE_SIZE") / 1024 / 1024


@dataclass(frozen=True)
class Run:
    """What one run of a step took: seconds, seconds, megabytes; and what it said it found."""

    wall: float
    cpu: float
    memory: float
    said: Any


def world(households: int) -> Path:
    """The snapshot of a synthetic world of that size, made once and kept."""
    folder = HOME / f"world-{households}"
    if not (folder / "snapshot.json").exists():
        print(f"making a world of {households:,} households …", file=sys.stderr)
        verb = ["world", "--households", str(households), "--seed", "1", "--to", str(folder)]
        subprocess.run([sys.executable, "-c", "from firmground.cli import main; main()", *verb], check=True)
    return folder


def clock(work: Callable[[], Any]) -> None:
    """Inside a step's process: do the work and print what it took and what it returned."""
    wall, before = time.perf_counter(), cpu_seconds()
    said = work()
    print(json.dumps({"wall": time.perf_counter() - wall, "cpu": cpu_seconds() - before, "said": said}))


def cpu_seconds() -> float:
    """User and system seconds of this process and of those it waited for."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)


def run(module: str, *arguments: str, python: Path | str = sys.executable) -> Run:
    """Run one step of a benchmark in a process of its own."""
    command = [str(python), "-m", module, *arguments]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=REPOSITORY, env=environment())
    watch = _Memory(process.pid)
    output, _ = process.communicate()
    most = watch.stop()
    if process.returncode:
        raise SystemExit(f"{' '.join(command[1:])} ended with {process.returncode}")
    figures = json.loads(output.splitlines()[-1])
    return Run(figures["wall"], figures["cpu"], most, figures["said"])


def environment() -> dict[str, str]:
    """Peers' Python finds our package in the source."""
    return os.environ | {"PYTHONPATH": str(REPOSITORY / "src")}


def in_turn(rounds: int, steps: Sequence[str], one: Callable[[str], Run]) -> dict[str, list[Run]]:
    """Every step once, then every step again, so that what else the machine does falls on all alike."""
    measured: dict[str, list[Run]] = {step: [] for step in steps}
    for number in range(rounds):
        for step in steps:
            print(f"\r\033[Kround {number + 1} of {rounds}: {step}", end="", file=sys.stderr, flush=True)
            measured[step].append(one(step))
    print("\r\033[K", end="", file=sys.stderr, flush=True)
    return measured


def median(runs: Iterable[Run], what: str) -> float:
    return statistics.median(getattr(each, what) for each in runs)


def table(rows: Sequence[Mapping[str, object]]) -> str:
    """Rows as a Markdown table, numbers to the right."""
    names = list(rows[0])
    texts = [[str(row[name]) for name in names] for row in rows]
    widths = [max(len(line[n]) for line in [names, *texts]) for n in range(len(names))]
    right = [n > 0 for n in range(len(names))]
    rule = ["-" * (width - 1) + ":" if r else "-" * width for width, r in zip(widths, right, strict=True)]
    return "\n".join(
        "| "
        + " | ".join(
            text.rjust(width) if r else text.ljust(width) for text, width, r in zip(line, widths, right, strict=True)
        )
        + " |"
        for line in [names, rule, *texts]
    )


class _Memory(threading.Thread):
    """Watches how much a process and all below it hold."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self.pid, self.most, self.over = pid, 0.0, threading.Event()
        self.start()

    def run(self) -> None:
        while not self.over.wait(0.02):
            self.most = max(self.most, sum(_resident(pid) for pid in _family(self.pid)))

    def stop(self) -> float:
        self.over.set()
        self.join()
        return self.most


def _family(pid: int) -> list[int]:
    family = [pid]
    for parent in family:
        try:
            for task in os.listdir(f"/proc/{parent}/task"):
                children = Path(f"/proc/{parent}/task/{task}/children").read_text()
                family += [int(child) for child in children.split()]
        except OSError:  # it has ended since
            continue
    return family


def _resident(pid: int) -> float:
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE_MB
    except (OSError, IndexError):
        return 0.0
