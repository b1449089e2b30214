"""How fast payments are posted beside bare inserts, and what the proof of the books takes beside one pass over them.

    python -m benchmarks.funds [--postings 5000000] [--projects 2000]

Payments are posted by the action, a thousand at a time as a file brings them, and one by one as a page does: each is
checked against its fund, project and codes, and the database holds every account it touches above nought on every day.
The same rows go by executemany into tables of the same columns and indexes, without triggers or policies. A posting
is two entries: five million postings are ten million entries.
"""

import argparse
import os
import time
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from itertools import count

from benchmarks.measuring import CATALOGUE, HOME, table

FIRST = date(2020, 1, 6)
COUNTY = "530627"
BATCH, BATCHES, SINGLE, RUNS = 1000, 10, 200, 3
numbers = count(1)

FILL = """
WITH drawn AS (
    SELECT k, 1 + k %% %(projects)s AS project, %(first)s::date + (k %% 300)::int AS day
    FROM generate_series(%(from)s, %(to)s) k
),
posted AS (
    INSERT INTO books_posting (
        kind, place_code, taken_id, put_id, amount, "on", recorded_at, recorded_by_id, reference, reason
    )
    SELECT 'pay', a.place_code, a.id, s.id, 1 + k %% 97, day, %(now)s, %(by)s, k::text, ''
    FROM drawn JOIN accounts_of a ON a.n = project AND a.kind = 'allocated'
    JOIN accounts_of s ON s.n = project AND s.kind = 'spent'
    RETURNING id, place_code, reference
)
INSERT INTO books_payment (
    posting_id, number, place_code, payee, payee_type, payee_id_number, household_id, bank_account, purpose, source,
    line
)
SELECT id, 'F' || reference, place_code, 'x', 'firm', '', '', '', 'works', '', NULL FROM posted
"""


DAYS = """
INSERT INTO books_accountday (account_id, "on", place_code, amount)
SELECT account, "on", max(a.place_code), sum(amount) FROM (
    SELECT taken_id AS account, "on", -amount AS amount FROM books_posting WHERE kind = 'pay'
    UNION ALL SELECT put_id, "on", amount FROM books_posting WHERE kind = 'pay'
) moved JOIN books_account a ON a.id = account GROUP BY account, "on"
ON CONFLICT (account_id, "on") DO UPDATE SET amount = books_accountday.amount + excluded.amount
"""


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--postings", type=int, default=5_000_000)
    asked.add_argument("--projects", type=int, default=2000)
    options = asked.parse_args()
    home = HOME.absolute() / f"funds-{options.postings}-{options.projects}"
    home.mkdir(parents=True, exist_ok=True)
    os.environ["FIRMGROUND_HOME"] = str(home)
    os.environ["DJANGO_SETTINGS_MODULE"] = "firmground.web.settings"
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    if not (home / "filled").exists():
        fill(options.postings, options.projects)
        (home / "filled").touch()
    posting(options.projects)
    proof()


def fill(postings: int, projects: int) -> None:
    """A county with one fund, projects that are being built, and payments, all of it before anything is timed."""
    from django.db import connections, transaction
    from django.utils import timezone

    from firmground.cases.models import Case
    from firmground.common.audit.trail import acting
    from firmground.funds.books import actions as books
    from firmground.funds.books.models import Account
    from firmground.funds.projects import actions
    from firmground.funds.projects.models import Project
    from firmground.officers.machine import everywhere
    from firmground.officers.models import Office, Officer, Role
    from firmground.officers.territory import EVERYWHERE, seeing
    from firmground.places import actions as places

    told = {"officer": None, "office": None, "role": Role.ADMINISTRATOR, "verb": "benchmarks"}
    with everywhere() as machine, acting(**told), transaction.atomic():  # type: ignore[arg-type]
        places.load(file=CATALOGUE / "places.csv", by=machine)
        officer = Officer.objects.create(username="zhou", name="Zhou", language="en")
        by = Office.objects.create(officer=officer, role=Role.COUNTY, territory=COUNTY, held_from=date(2019, 1, 1))
    said = {
        "villages": [], "title": "A tank", "category": "water", "nature": "new", "year": 2020, "start_planned": FIRST,
        "end_planned": FIRST + timedelta(300), "unit": "u", "person": "p", "person_id_number": "", "task": "t",
        "participation": "p", "mechanism": "", "cost": Decimal(10**9),
    }  # fmt: skip
    with seeing(EVERYWHERE):
        books.register_fund(
            number="F", place_code=COUNTY, title="Fund", source="central", doc_no="1", doc_on=FIRST, year=2020,
            amount=Decimal(10**13), by=by,
        )  # fmt: skip
        books.receive(fund="F", amount=Decimal(10**13), on=FIRST, reference="1", by=by)
        for n in range(1, projects + 1):
            actions.propose(number=f"P{n}", place_code=COUNTY, said=said, by=by)
        with acting(**told), transaction.atomic():  # type: ignore[arg-type]
            Case.objects.filter(procedure="project").update(at="completion")
            Project.objects.update(started_on=FIRST)
        for n in range(1, projects + 1):
            books.allocate(fund="F", project=f"P{n}", amount=Decimal(10**8), on=FIRST, reference="1", by=by)
        with acting(**told), transaction.atomic():  # type: ignore[arg-type]
            fund = Account.objects.get(kind="available").fund
            Account.objects.bulk_create(
                Account(fund=fund, project=each, kind="spent", place_code=COUNTY) for each in Project.objects.all()
            )
    owner = connections["owner"]
    with seeing(EVERYWHERE, using="owner"), owner.cursor() as cursor:
        cursor.execute("ALTER TABLE books_posting DISABLE TRIGGER books_hold")
        cursor.execute(
            "CREATE TEMP TABLE accounts_of AS SELECT a.id, a.kind, a.place_code, substr(p.number, 2)::int AS n"
            " FROM books_account a JOIN projects_project p ON p.id = a.project_id"
        )
        for start in range(1, postings + 1, 500_000):
            cursor.execute(FILL, {"projects": projects, "first": FIRST, "from": start, "now": timezone.now(),
                                  "to": min(start + 499_999, postings), "by": by.pk})  # fmt: skip
        cursor.execute("ALTER TABLE books_accountday DISABLE TRIGGER books_by_posting")
        cursor.execute(DAYS)
        cursor.execute("ALTER TABLE books_accountday ENABLE TRIGGER books_by_posting")
        cursor.execute("ALTER TABLE books_posting ENABLE TRIGGER books_hold")
        cursor.execute("ANALYZE")


def posting(projects: int) -> None:
    """Payments a second: by the action in files and alone, and by bare inserts in the same batches."""
    from django.db import connections

    from firmground.funds.books import actions
    from firmground.funds.books.actions import Paid
    from firmground.funds.books.models import Payment, Posting
    from firmground.officers.models import Office
    from firmground.officers.territory import EVERYWHERE, seeing

    run = time.time_ns()

    def drawn(many: int) -> list[Paid]:
        each = (next(numbers) for _ in range(many))
        return [
            Paid(f"B{run}-{n}", "F", f"P{1 + n % projects}", Decimal(1 + n % 97), FIRST + timedelta(n % 300), "x",
                 "firm", "works")
            for n in each
        ]  # fmt: skip

    with seeing(EVERYWHERE):
        by = Office.objects.select_related("officer").get(officer__username="zhou")
        files = [drawn(BATCH) for _ in range(BATCHES)]
        in_files = timed(lambda: [actions.pay(payments=file, source="f", by=by) for file in files])
        alone = drawn(SINGLE)
        one_by_one = timed(lambda: [actions.pay(payments=[each], by=by) for each in alone])
        made = list(Posting.objects.filter(payment__number__startswith=f"B{run}-").order_by("pk").values_list())
        told = list(Payment.objects.filter(number__startswith=f"B{run}-").order_by("pk").values_list())
    owner = connections["owner"]
    with owner.cursor() as cursor:
        statements = {}
        for name, model, rows in (("posting", Posting, made), ("payment", Payment, told)):
            columns = [f'"{field.column}"' for field in model._meta.concrete_fields]
            values = ", ".join(["%s"] * len(columns))
            statements[name] = (
                f"INSERT INTO bare_{name} ({', '.join(columns)}) OVERRIDING SYSTEM VALUE VALUES ({values})"
            )
            cursor.execute(f"DROP TABLE IF EXISTS bare_{name}")
            cursor.execute(f"CREATE TABLE bare_{name} (LIKE books_{name} INCLUDING ALL)")
            assert rows

        def bare(many: int, first: int, last: int) -> float:
            def insert() -> None:
                for start in range(first, last, many):
                    for name, rows in (("posting", made), ("payment", told)):
                        said = rows[start : min(start + many, last)]
                        cursor.executemany(statements[name], said)

            return timed(insert)

        bare_files = bare(BATCH, 0, BATCH * BATCHES)
        bare_alone = bare(1, BATCH * BATCHES, BATCH * BATCHES + SINGLE)
        cursor.execute("DROP TABLE bare_posting, bare_payment")
    rows = []
    for what, many, ours, theirs in (
        (f"{BATCHES} files of {BATCH:,}", BATCH * BATCHES, in_files, bare_files),
        (f"{SINGLE} one by one", SINGLE, one_by_one, bare_alone),
    ):
        rows.append(
            {"payments": what, "posted a second": f"{many / ours:,.0f}",
             "bare inserts a second": f"{many / theirs:,.0f}", "× bare": f"{ours / theirs:.1f}"}
        )  # fmt: skip
    print(table(rows))
    print()


def proof() -> None:
    """The proof of everything beside one pass over the postings."""
    from django.db import connection

    from firmground.funds.books.proof import prove
    from firmground.officers.machine import everywhere

    with everywhere():
        found = prove()
        assert found.faults == [], found.faults
        ours = min(timed(prove) for _ in range(RUNS))
        with connection.cursor() as cursor:
            one_pass = "SELECT sum(amount), count(*), max(taken_id), max(put_id) FROM books_posting"
            scan = min(timed(lambda: cursor.execute(one_pass)) for _ in range(RUNS))
    what = f"{2 * found.postings:,} entries"
    told = (("proof of the books", ours), ("one pass over the postings", scan))
    print(table([{what: name, "wall s": f"{took:.2f}", "× one pass": f"{took / scan:.1f}"} for name, took in told]))


def timed(work: Callable[[], object]) -> float:
    """Seconds by the clock."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
