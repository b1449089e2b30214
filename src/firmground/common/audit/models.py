"""Entries, and the seals that chain them in the order of commits. Both are written by the database alone."""

from django.db import models


class Entry(models.Model):
    """One change of one row, an event, or an attempt that was refused.

    Entries of one transaction are numbered by `position`; its seal says how many they are. `before` and `after` hold
    the columns that changed; a whole row when it was made or deleted.
    """

    class Kind(models.TextChoices):
        INSERT = "insert"
        UPDATE = "update"
        DELETE = "delete"
        EVENT = "event"
        REFUSED = "refused"

    transaction = models.BigIntegerField()
    position = models.IntegerField()
    at = models.DateTimeField()
    kind = models.CharField(max_length=7, choices=Kind.choices)
    officer = models.BigIntegerField(null=True, help_text="who; empty: the installation itself")
    office = models.BigIntegerField(null=True)
    role = models.TextField()
    verb = models.TextField(help_text="which action, such as cases.decide")
    why = models.TextField()
    table = models.TextField()
    key = models.TextField()
    place_code = models.CharField(max_length=12, help_text="empty: about no place below the nation")
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)
    digest = models.BinaryField(max_length=32)

    privacy = {
        **dict.fromkeys(
            (
                "id", "transaction", "position", "at", "kind", "officer", "office", "role", "verb", "table", "key",
                "place_code", "digest",
            ),
            "official",
        ),
        "why": "personal", "before": "sensitive", "after": "sensitive",
    }  # fmt: skip

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["transaction", "position"], name="entry_position_once")]
        indexes = [
            models.Index(fields=["table", "key"], name="entry_by_record"),
            models.Index(fields=["place_code"], name="entry_by_place", opclasses=["varchar_pattern_ops"]),
            models.Index(fields=["officer"], name="entry_by_officer"),
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.verb}: {self.kind} of {self.table} {self.key}"


class Seal(models.Model):
    """The entries of one transaction, closed when it commits, and chained to the seal before."""

    transaction = models.BigIntegerField(unique=True)
    closing = models.BooleanField(default=False)
    number = models.BigIntegerField(null=True, unique=True)
    entries = models.IntegerField(null=True)
    sealed_at = models.DateTimeField(null=True)
    digest = models.BinaryField(max_length=32, null=True)

    privacy = dict.fromkeys(("id", "transaction", "closing", "number", "entries", "sealed_at", "digest"), "public")

    class Meta:
        ordering = ["number"]

    def __str__(self) -> str:
        return f"seal {self.number}"

    @property
    def hex(self) -> str:
        """The digest as it is printed."""
        return bytes(self.digest or b"").hex()
