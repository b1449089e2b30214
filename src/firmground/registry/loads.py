"""Where the rows of the registers came from: files handed in, and their loads."""

from django.db import models
from django.db.models import F, Q

from firmground.officers.models import Office


class Upload(models.Model):
    """A file handed in through the page, and what became of it."""

    class Status(models.TextChoices):
        WAITING = "waiting"
        RUNNING = "running"
        DONE = "done"
        REFUSED = "refused"
        FAILED = "failed"

    id = models.UUIDField(primary_key=True)
    file_name = models.TextField()
    path = models.TextField(help_text="where the file lies, relative to FIRMGROUND_HOME")
    bytes = models.BigIntegerField()
    accept_good = models.BooleanField()
    ignore_columns = models.JSONField(default=list)
    language = models.CharField(max_length=10, default="en", help_text="in which the reader is told")
    status = models.CharField(max_length=7, choices=Status.choices, default=Status.WAITING)
    message = models.TextField(blank=True, help_text="the sentence for the reader, when the file could not be taken")
    result = models.JSONField(null=True, help_text="the report of the load")
    reject_path = models.TextField(blank=True, help_text="the file of refused rows, relative to FIRMGROUND_HOME")
    by = models.TextField()
    office = models.ForeignKey(Office, models.PROTECT, null=True, related_name="+")
    place_code = models.CharField(
        max_length=12, blank=True, help_text="the territory of the office it was handed in by"
    )
    at = models.DateTimeField(auto_now_add=True)

    privacy = {"file_name": "personal"} | dict.fromkeys(  # people name files after people
        (
            "id", "path", "bytes", "accept_good", "ignore_columns", "language", "status", "message",
            "result", "reject_path", "by", "office", "place_code", "at",
        ),
        "official",
    )  # fmt: skip

    class Meta:
        ordering = ["-at"]

    def __str__(self) -> str:
        return f"{self.file_name}, handed in {self.at}"


class Load(models.Model):
    """One table taken from one file, or tried: an attempt that was refused is on record too."""

    class Outcome(models.TextChoices):
        TAKEN = "taken"
        REFUSED = "refused"

    file_name = models.TextField()
    sha256 = models.CharField(max_length=64)
    table = models.TextField()
    outcome = models.CharField(max_length=7, choices=Outcome.choices)
    rows_read = models.BigIntegerField()
    rows_new = models.BigIntegerField(default=0)
    rows_superseding = models.BigIntegerField(default=0)
    rows_unchanged = models.BigIntegerField(default=0)
    rows_refused = models.BigIntegerField(default=0)
    counties = models.JSONField(default=list, help_text="counties (6 digits) whose registers this load changed")
    reject_file = models.TextField(blank=True, help_text="the name of the file of refused rows")
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField()
    by = models.TextField()
    place_code = models.CharField(
        max_length=12, blank=True, help_text="the place it speaks of: all its counties lie in it"
    )
    case = models.BigIntegerField(null=True, help_text="the case in which it was decided; there was no file then")

    privacy = dict.fromkeys(
        (
            "id", "file_name", "sha256", "table", "outcome", "rows_read", "rows_new", "rows_superseding",
            "rows_unchanged", "rows_refused", "counties", "reject_file", "started_at", "finished_at", "by",
            "place_code", "case",
        ),
        "official",
    )  # fmt: skip

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["finished_at"])]
        constraints = [
            # No row is lost: a load that was taken accounts for every row it read.
            models.CheckConstraint(
                condition=~Q(outcome="taken")
                | Q(rows_read=F("rows_new") + F("rows_superseding") + F("rows_unchanged") + F("rows_refused")),
                name="load_accounts_for_every_row",
            ),
        ]

    def __str__(self) -> str:
        return f"load {self.pk} of {self.table} from {self.file_name or f'case {self.case}'}"
