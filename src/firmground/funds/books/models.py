"""Funds, the accounts their money lies in, and the postings that move it.

A posting takes an amount from one account and puts it into another: what leaves one arrives in the other, so the books
balance by their form. An account is never written to; what it holds is the sum of its postings up to a day.

    source ──receive──▶ available ──allocate──▶ allocated (to a project) ──pay──▶ spent
       ▲                  │    ▲                    │    ▲                          │
       └──── give_back ───┘    └──── take_back ─────┘    └───────── refund ─────────┘

The database holds every account but `source` at nought or above, on every day, whoever writes (migration 0001).
"""

from django.db import models
from django.db.models import F, Q

from firmground.funds.projects.models import Project
from firmground.officers.models import Office


class Fund(models.Model):
    """资金: the money of one document."""

    number = models.CharField(max_length=40, unique=True)
    place_code = models.CharField(max_length=12, blank=True, help_text="who holds it; empty: the nation")
    title = models.CharField(max_length=120)
    source = models.CharField(max_length=40, help_text="one of funds.toml")
    direction = models.CharField(max_length=40, blank=True, help_text="one of funds.toml")
    doc_no = models.CharField(max_length=80, help_text="number of the document")
    doc_on = models.DateField()
    year = models.SmallIntegerField(help_text="the budget year")
    amount = models.DecimalField(max_digits=18, decimal_places=2, help_text="yuan, as the document says")
    made_by = models.ForeignKey(Office, models.PROTECT, related_name="+")
    made_at = models.DateTimeField()

    privacy = {
        **dict.fromkeys(
            ("number", "place_code", "title", "source", "direction", "doc_no", "doc_on", "year", "amount"), "public"
        ),
        **dict.fromkeys(("id", "made_by", "made_at"), "official"),
    }

    class Meta:
        ordering = ["-year", "number"]
        constraints = [models.CheckConstraint(condition=Q(amount__gt=0), name="fund_is_money")]
        indexes = [models.Index(fields=["place_code"], name="fund_by_place", opclasses=["varchar_pattern_ops"])]

    def __str__(self) -> str:
        return f"fund {self.number}"


class Account(models.Model):
    """Where money of a fund lies: still outside, available, allocated to a project, or spent on it."""

    class Kind(models.TextChoices):
        SOURCE = "source"
        AVAILABLE = "available"
        ALLOCATED = "allocated"
        SPENT = "spent"

    fund = models.ForeignKey(Fund, models.PROTECT, related_name="accounts", db_index=False)
    project = models.ForeignKey(Project, models.PROTECT, null=True, related_name="accounts")
    kind = models.CharField(max_length=9, choices=Kind.choices)
    place_code = models.CharField(max_length=12, blank=True, help_text="of the project; without one, of the fund")

    privacy = dict.fromkeys(("id", "fund", "project", "kind", "place_code"), "official")

    class Meta:
        ordering = ["fund", "project", "kind"]
        constraints = [
            models.UniqueConstraint(
                fields=["fund", "project", "kind"], nulls_distinct=False, name="account_once"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=("source", "available"), project=None)
                | Q(kind__in=("allocated", "spent"), project__isnull=False),
                name="account_of_a_fund_or_of_its_project",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.kind} of {self.fund_id}" + (f" for {self.project_id}" if self.project_id else "")


class Posting(models.Model):
    """记账: an amount moved from one account into another on a day. Never changed; what was wrong is reversed."""

    class Kind(models.TextChoices):
        RECEIVE = "receive"
        GIVE_BACK = "give_back"
        ALLOCATE = "allocate"
        TAKE_BACK = "take_back"
        PAY = "pay"
        REFUND = "refund"
        REVERSE = "reverse"

    WAYS = {
        "receive": ("source", "available"), "give_back": ("available", "source"),
        "allocate": ("available", "allocated"), "take_back": ("allocated", "available"),
        "pay": ("allocated", "spent"), "refund": ("spent", "allocated"),
    }  # fmt: skip
    """From which kind of account into which."""

    kind = models.CharField(max_length=9, choices=Kind.choices)
    place_code = models.CharField(max_length=12, blank=True, help_text="of the project; without one, of the fund")
    taken = models.ForeignKey(Account, models.PROTECT, related_name="+", db_index=False, help_text="from this account")
    put = models.ForeignKey(Account, models.PROTECT, related_name="+", db_index=False, help_text="into this account")
    amount = models.DecimalField(max_digits=18, decimal_places=2, help_text="yuan")
    on = models.DateField(help_text="the day the money moved")
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(Office, models.PROTECT, related_name="+", db_index=False)
    reference = models.CharField(max_length=80, blank=True, help_text="document or voucher")
    reason = models.CharField(max_length=300, blank=True)
    reverses = models.OneToOneField(
        "self", models.PROTECT, null=True, related_name="reversed_by", help_text="the posting that this one undoes"
    )
    refunds = models.ForeignKey(
        "self", models.PROTECT, null=True, related_name="refunded_by", help_text="the payment that money came back of"
    )

    privacy = dict.fromkeys(
        (
            "id", "kind", "place_code", "taken", "put", "amount", "on", "recorded_at", "recorded_by", "reference",
            "reason", "reverses", "refunds",
        ),
        "official",
    )  # fmt: skip

    class Meta:
        ordering = ["on", "id"]
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="posting_moves_something"),
            models.CheckConstraint(condition=~Q(taken=F("put")), name="posting_between_two_accounts"),
            models.CheckConstraint(
                condition=Q(kind="reverse", reverses__isnull=False) | ~Q(kind="reverse") & Q(reverses=None),
                name="posting_reverses_one",
            ),
            models.CheckConstraint(
                condition=~Q(kind__in=("reverse", "take_back", "give_back", "refund")) | ~Q(reason=""),
                name="posting_back_says_why",
            ),
        ]
        indexes = [
            models.Index(fields=["taken", "on"], name="posting_taken", include=["amount"]),
            models.Index(fields=["put", "on"], name="posting_put", include=["amount"]),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.amount} on {self.on}"


class AccountDay(models.Model):
    """What the postings of one day changed in an account: kept by the database alone, so that an account's days are
    looked through without all of its postings. The proof holds it against them."""

    pk = models.CompositePrimaryKey("account_id", "on")
    account = models.ForeignKey(Account, models.PROTECT, related_name="days", db_index=False)
    on = models.DateField()
    place_code = models.CharField(max_length=12, blank=True)
    amount = models.DecimalField(max_digits=20, decimal_places=2, help_text="yuan; below nought where money left")

    privacy = dict.fromkeys(("account", "on", "place_code", "amount"), "official")

    class Meta:
        ordering = ["account", "on"]

    def __str__(self) -> str:
        return f"{self.amount} on {self.on} in account {self.account_id}"


class Payment(models.Model):
    """支付: who was paid by a posting, and for what. A file of the bank is known by its content."""

    posting = models.OneToOneField(Posting, models.PROTECT, primary_key=True, related_name="payment")
    number = models.CharField(max_length=60, unique=True, help_text="as the bank or the treasury numbers it")
    place_code = models.CharField(max_length=12)
    payee = models.CharField(max_length=120)
    payee_type = models.CharField(max_length=40, help_text="one of funds.toml")
    payee_id_number = models.CharField(max_length=18, blank=True, help_text="of a person, or the code of a unit")
    household_id = models.CharField(max_length=40, blank=True, help_text="the household that was paid")
    bank_account = models.CharField(max_length=40, blank=True)
    purpose = models.CharField(max_length=40, help_text="one of funds.toml")
    source = models.CharField(max_length=64, blank=True, help_text="digest of the file it came in")
    line = models.IntegerField(null=True, help_text="of that file")

    privacy = {
        **dict.fromkeys(
            ("posting", "number", "place_code", "payee_type", "purpose", "source", "line"), "official"
        ),
        **dict.fromkeys(("payee", "household_id"), "personal"),
        **dict.fromkeys(("payee_id_number", "bank_account"), "sensitive"),
    }  # fmt: skip

    class Meta:
        ordering = ["posting"]
        indexes = [
            models.Index(fields=["household_id"], name="payment_by_household", condition=~Q(household_id="")),
            models.Index(fields=["source"], name="payment_by_file", condition=~Q(source="")),
        ]

    def __str__(self) -> str:
        return f"payment {self.number}"
