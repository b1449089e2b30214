"""How fast a file of members goes into the registers, beside a bare COPY of the same rows into a table like it.

    python -m benchmarks.load [--sizes 10000 100000 1000000] [--runs 5]

Both are counted in CPU seconds of this process and of every process of the database server, alternating, on a server
of its own in a temporary folder; the median of the runs is shown. The load reads Chinese headings and words, checks
every cell, finds the household of every row, and compares with what is there; the COPY does none of it: its rows have
been cleaned before, and the clock stands still while they were. Its table has the register's columns, indexes and
checks, and no policies or triggers: PostgreSQL takes no COPY into a table that row-level security guards.
"""

import argparse
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from firmground.officers.models import Office

MEMBERS_OF_A_HOUSEHOLD = 4


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--sizes", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    asked.add_argument("--runs", type=int, default=5)
    options = asked.parse_args()
    with tempfile.TemporaryDirectory(prefix="firmground-bench-") as home:
        os.environ["FIRMGROUND_HOME"] = home
        os.environ["DJANGO_SETTINGS_MODULE"] = "firmground.web.settings"
        import django

        django.setup()
        measure(Path(home), options.sizes, options.runs)


def measure(home: Path, sizes: list[int], runs: int) -> None:
    """Print the table."""
    from django.conf import settings
    from django.core.management import call_command
    from django.db import connections

    from firmground.officers.machine import everywhere

    call_command("migrate", verbosity=0)
    with connections["owner"].cursor() as cursor:
        cursor.execute("CREATE TABLE registry_bare (LIKE registry_member INCLUDING ALL)")
        cursor.execute(f"GRANT ALL ON registry_bare TO {connections['default'].settings_dict['USER']}")
    with everywhere() as by:
        measure_as(by, home, Path(settings.FIRMGROUND_CATALOGUE), sizes, runs)


def measure_as(by: "Office", home: Path, catalogue: Path, sizes: list[int], runs: int) -> None:
    from django.db import connections

    from firmground.places import actions as places
    from firmground.registry import actions

    places.load(file=catalogue / "places.csv", by=by)
    print(f"{'rows':>10} {'load':>14} {'COPY':>14} {'ratio':>7} {'load':>9} {'of it':>9} {'COPY':>9}")
    print(f"{'':>10} {'rows/CPU s':>14} {'rows/CPU s':>14} {'':>7} {'wall s':>9} {'server':>9} {'wall s':>9}")
    for size in sizes:
        households, members = files(home, size)
        actions.load(file=households, by=by)
        bare = Bare(members)
        loads, copies = [], []
        for _ in range(runs):
            empty("member")
            loads.append(cost(lambda file=members: actions.load(file=file, by=by)))
            empty("bare")
            copies.append(cost(bare.copy))
        with connections["default"].cursor() as cursor:
            cursor.execute("SELECT count(*) FROM registry_member")
            assert cursor.fetchone() == (size,)
        empty("member", "household", "bare")
        load, copy = (statistics.median(run.cpu for run in each) for each in (loads, copies))
        print(
            f"{size:>10,} {size / load:>14,.0f} {size / copy:>14,.0f} {load / copy:>6.2f}×"
            f" {statistics.median(run.wall for run in loads):>9.2f}"
            f" {statistics.median(run.server / run.cpu for run in loads):>8.0%}"
            f" {statistics.median(run.wall for run in copies):>9.2f}",
            flush=True,
        )


class Cost:
    """What one run took: wall seconds, CPU seconds of the server, and of the server and this process together."""

    def __init__(self, wall: float, client: float, server: float) -> None:
        self.wall, self.server, self.cpu = wall, server, client + server


def cost(run: Callable[[], object]) -> Cost:
    wall, client, server = time.perf_counter(), time.process_time(), server_seconds()
    run()
    return Cost(time.perf_counter() - wall, time.process_time() - client, server_seconds() - server)


def server_seconds() -> float:
    """CPU seconds of every process of the server, living or ended."""
    import psutil
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (backend,) = cursor.fetchone()
    postmaster = psutil.Process(backend).parent()
    assert postmaster is not None
    own = postmaster.cpu_times()
    living = [child.cpu_times() for child in postmaster.children()]
    ended = own.children_user + own.children_system
    return own.user + own.system + ended + sum(times.user + times.system for times in living)


def empty(*registers: str) -> None:
    """The registers as they were before."""
    from django.db import connections

    with connections["owner"].cursor() as cursor:
        cursor.execute(f"TRUNCATE {', '.join(f'registry_{name}' for name in registers)}")


def files(home: Path, size: int) -> tuple[Path, Path]:
    """A file of households and one of `size` members, as a county would send them."""
    from firmground.places.models import Place
    from firmground.registry.identity_numbers import check_digit

    villages = list(Place.objects.filter(level="village").order_by("code").values_list("code", flat=True))
    count = -(-size // MEMBERS_OF_A_HOUSEHOLD)
    numbers = [f"{villages[n % len(villages)]}{n // len(villages):05}" for n in range(count)]
    households = home / "households.csv"
    with open(households, "w", encoding="utf-8") as file:
        file.write("户编号,行政村代码,户主姓名,户类型\n")
        file.writelines(f"{number},{number[:12]},张某,脱贫户\n" for number in numbers)
    members = home / "members.csv"
    with open(members, "w", encoding="utf-8") as file:
        file.write(
            "户编号,人口编号,姓名,证件号码,与户主关系,性别,出生日期,人口动态,文化程度,"
            "长期慢性病,患有大病,残疾等级,劳动能力,务工地点,务工月数,城乡居民医保,参加养老保险,享受低保\n"
        )
        file.writelines(member(n, numbers[n // MEMBERS_OF_A_HOUSEHOLD], check_digit) for n in range(size))
    return households, members


def member(n: int, household: str, check_digit: Callable[[str], str]) -> str:
    year, month, day = 1940 + n % 75, n % 12 + 1, n % 28 + 1
    number = f"99{n % 10_000:04}{year}{month:02}{day:02}{n // 10_000 % 1000:03}"
    name = f"{SURNAMES[n % 8]}{GIVEN[n // 8 % 12]}{GIVEN[n // 96 % 12]}"
    works = n % 3 == 0
    return (
        f"{household},{household}{n % MEMBERS_OF_A_HOUSEHOLD:02},{name},"
        f"{number}{check_digit(number)},{RELATIONS[n % MEMBERS_OF_A_HOUSEHOLD]},{'男' if n % 2 else '女'},"
        f"{year}-{month:02}-{day:02},在户,{SCHOOLS[n % 4]},{'是' if n % 9 == 0 else '否'},否,"
        f"{'2' if n % 40 == 0 else ''},普通劳动力,{'县外省内务工' if works else ''},{n % 12 + 1 if works else ''},是,"
        f"{'是' if n % 5 else '否'},{'是' if n % 11 == 0 else '否'}\n"
    )


SCHOOLS = ("小学", "初中", "文盲或半文盲", "")
SURNAMES, GIVEN, RELATIONS = "李王张刘陈杨赵黄", "伟芳娜敏静丽强磊军洋勇艳", ("户主", "配偶", "之子", "之女")


class Bare:
    """The same rows, cleaned beforehand, as one COPY takes them."""

    def __init__(self, file: Path) -> None:
        import pyarrow as pa
        import pyarrow.csv
        from django.conf import settings
        from django.utils import timezone

        from firmground.registry.columns import tables
        from firmground.registry.load.preparing import prepare
        from firmground.registry.models import Load

        now = timezone.now()
        source = Load.objects.create(
            file_name="bare",
            sha256="",
            table="member",
            outcome="taken",
            rows_read=0,
            started_at=now,
            finished_at=now,
            by="",
        )
        (part,) = prepare(file, tables(Path(settings.FIRMGROUND_CATALOGUE))).parts
        rows = part.rows.drop_columns("row")
        rows = rows.append_column("village_code", pa.compute.utf8_slice_codeunits(rows["household_id"], 0, 12))
        rows = rows.append_column("recorded_at", pa.array([now.isoformat()] * rows.num_rows))
        rows = rows.append_column("source_id", pa.array([source.pk] * rows.num_rows))
        self.columns = ", ".join(rows.column_names)
        self.file = file.with_name("bare.csv")
        pyarrow.csv.write_csv(rows, self.file, pyarrow.csv.WriteOptions(include_header=False))

    def copy(self) -> None:
        from django.db import connection, transaction

        statement = f"COPY registry_bare ({self.columns}) FROM STDIN (FORMAT csv)"
        with transaction.atomic(), connection.cursor() as cursor, cursor.copy(statement) as copy:
            for block in self.blocks():
                copy.write(block)

    def blocks(self) -> Iterator[bytes]:
        with open(self.file, "rb") as file:
            while block := file.read(1024 * 1024):
                yield block


if __name__ == "__main__":
    sys.exit(main())
