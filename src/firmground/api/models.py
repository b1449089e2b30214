"""Searches of other governments' systems: who asked when, and what became of it. The answers are not kept."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from firmground.officers.models import Office


class Search(models.Model):
    """One message of /registry/search or /registry/sync/search."""

    class Status(models.TextChoices):
        PENDING = "pdng"
        SUCCEEDED = "succ"
        REJECTED = "rjct"

    office = models.ForeignKey(Office, models.PROTECT, related_name="+")
    place_code = models.CharField(max_length=12, blank=True, help_text="the territory of the office")
    message_id = models.CharField(max_length=99)
    transaction_id = models.CharField(max_length=99)
    correlation_id = models.CharField(max_length=36, unique=True)
    reference_ids = ArrayField(models.CharField(max_length=99))
    received_at = models.DateTimeField()
    callback = models.TextField(blank=True, help_text="where the answer goes; empty: it was given at once")
    asked = models.JSONField(null=True, help_text="the search itself, until it is answered")
    status = models.CharField(max_length=4, choices=Status.choices)
    answers = models.JSONField(default=list, help_text="what became of each search: its reference, status and reason")
    answered_at = models.DateTimeField(null=True)

    privacy = {
        **dict.fromkeys(
            (
                "id", "office", "place_code", "message_id", "transaction_id", "correlation_id", "reference_ids",
                "received_at", "callback", "status", "answers", "answered_at",
            ),
            "official",
        ),
        "asked": "sensitive",
    }  # fmt: skip

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["office", "message_id"], name="search_message_once"),
            models.CheckConstraint(
                condition=Q(answered_at=None) & ~Q(callback="") | Q(answered_at__isnull=False, asked=None),
                name="search_answered_is_forgotten",
            ),
        ]
        indexes = [models.Index(fields=["office", "transaction_id"], name="search_by_transaction")]

    def __str__(self) -> str:
        return f"search {self.correlation_id} of office {self.office_id}"
