"""Every read of the books, as of any day, as known then or now."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.db.models import Q, QuerySet, Sum

from firmground.funds.books.models import Account, AccountDay, Fund, Payment, Posting
from firmground.funds.projects.models import Project
from firmground.officers.territory import Eyes

NOTHING = Decimal(0)


def funds(*, seen_by: Eyes, under: str = "") -> QuerySet[Fund]:
    return Fund.objects.filter(seen_by.territory.q("place_code"), place_code__startswith=under)


def fund(number: str, *, seen_by: Eyes) -> Fund | None:
    """A fund by its number; None if it is out of sight."""
    return funds(seen_by=seen_by).filter(number=number).first()


def postings(*, seen_by: Eyes, under: str = "") -> QuerySet[Posting]:
    rows = Posting.objects.filter(seen_by.territory.q("place_code"), place_code__startswith=under)
    return rows.select_related("taken__fund", "taken__project", "put", "recorded_by__officer", "payment")


def payments(*, seen_by: Eyes, under: str = "") -> QuerySet[Payment]:
    rows = Payment.objects.filter(seen_by.territory.q("place_code"), place_code__startswith=under)
    return rows.select_related("posting__taken__fund", "posting__taken__project")


def balances(
    accounts: Iterable[Account], on: date | None = None, known_at: datetime | None = None
) -> dict[int, Decimal]:
    """What accounts hold at the end of a day (left out: of all postings), as known at a moment (left out: now)."""
    keys = [account.pk for account in accounts]
    chosen = Q()
    if on is not None:
        chosen &= Q(on__lte=on)
    if known_at is not None:
        chosen &= Q(recorded_at__lte=known_at)
    held: dict[int, Decimal] = dict.fromkeys(keys, NOTHING)
    if known_at is None:
        for row in (
            AccountDay.objects.filter(chosen, account__in=keys).order_by().values("account").annotate(n=Sum("amount"))
        ):
            held[row["account"]] = row["n"]
        return held
    for side, sign in (("put", 1), ("taken", -1)):
        rows = Posting.objects.filter(chosen, **{f"{side}__in": keys}).order_by().values(side)
        for row in rows.annotate(n=Sum("amount")):
            held[row[side]] += sign * row["n"]
    return held


def held(projects: Collection[Project], on: date | None = None) -> dict[int, dict[str, Decimal]]:
    """By project: what is allocated and unspent, and what is spent, over all funds."""
    accounts = list(Account.objects.filter(project__in=projects))
    amounts, made = balances(accounts, on), defaultdict(lambda: defaultdict(Decimal))  # type: ignore[var-annotated]
    for account in accounts:
        made[account.project_id][account.kind] += amounts[account.pk]
    return {key: dict(of) for key, of in made.items()}


@dataclass(frozen=True)
class Standing:
    """A fund on a day, in yuan: what has come of its document, and where that is."""

    fund: Fund
    received: Decimal
    available: Decimal
    allocated: Decimal
    spent: Decimal

    @property
    def outstanding(self) -> Decimal:
        """What the document says and has not come."""
        return self.fund.amount - self.received

    @property
    def paid_share(self) -> Decimal | None:
        """Spent, of what was received."""
        return self.spent / self.received if self.received else None


def standing(rows: Iterable[Fund], on: date | None = None, known_at: datetime | None = None) -> list[Standing]:
    """How funds stand on a day."""
    rows = list(rows)
    accounts = list(Account.objects.filter(fund__in=rows))
    amounts = balances(accounts, on, known_at)
    made: dict[int, dict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    for account in accounts:
        made[account.fund_id][account.kind] += amounts[account.pk]
    return [
        Standing(row, -made[row.pk]["source"], made[row.pk]["available"], made[row.pk]["allocated"],
                 made[row.pk]["spent"])
        for row in rows
    ]  # fmt: skip


AGES = (("under_1", 365), ("under_2", 730), ("older", None))
"""Carry-over by age, in days since the money came."""


def ages(row: Fund, on: date) -> dict[str, Decimal]:
    """What of a fund is not spent on a day, by how long ago it came; money that came first is spent first."""
    source = Account.objects.get(fund=row, kind=Account.Kind.SOURCE)
    came = Posting.objects.filter(taken=source, on__lte=on).order_by("on", "id").values_list("on", "amount")
    (now,) = standing([row], on)
    gone = now.spent + _total(put=source, on__lte=on)
    left = dict.fromkeys((name for name, _ in AGES), NOTHING)
    for day, amount in came:
        used = min(gone, amount)
        gone -= used
        age = next(name for name, days in AGES if days is None or on - day < timedelta(days=days))
        left[age] += amount - used
    return left


def _total(**chosen: object) -> Decimal:
    total: Decimal | None = Posting.objects.filter(**chosen).aggregate(n=Sum("amount"))["n"]
    return total or NOTHING


def allocations(row: Fund, on: date) -> list[tuple[Project, Decimal, Decimal]]:
    """(project, allocated and unspent, spent) of a fund on a day, for every project it has an account for."""
    accounts = list(Account.objects.filter(fund=row, project__isnull=False).select_related("project"))
    amounts = balances(accounts, on)
    made: dict[int, tuple[Project, dict[str, Decimal]]] = {}
    for account in accounts:
        assert account.project is not None
        made.setdefault(account.project.pk, (account.project, {}))[1][account.kind] = amounts[account.pk]
    rows = [(project, held.get("allocated", NOTHING), held.get("spent", NOTHING)) for project, held in made.values()]
    return sorted(rows, key=lambda each: each[0].number)
