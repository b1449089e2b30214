"""Briefs, edition by edition."""

import hashlib
import json
from datetime import date, timedelta
from typing import Any

from django.db import models

from firmground.officers.models import Office


class Brief(models.Model):
    """The brief of a territory for a week, which begins on a Monday; its numbers stand as of the Sunday."""

    place_code = models.CharField(max_length=12, blank=True)
    week = models.DateField(help_text="its Monday")
    edition = models.PositiveSmallIntegerField()
    said = models.TextField(help_text="every number, as JSON; briefs/contents.py says which")
    digest = models.CharField(max_length=64, help_text="SHA-256 of `said`")
    snapshot_digest = models.CharField(max_length=64, blank=True, help_text="empty: there was no screening yet")
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(Office, models.PROTECT, related_name="+")
    because = models.CharField(max_length=300, blank=True, help_text="why an edition follows another")

    privacy = dict.fromkeys(
        (
            "id", "place_code", "week", "edition", "said", "digest", "snapshot_digest", "made_at", "made_by", "because",
        ),
        "official",
    )  # fmt: skip

    class Meta:
        ordering = ["-week", "place_code", "-edition"]
        constraints = [
            models.UniqueConstraint(fields=["place_code", "week", "edition"], name="brief_edition_once"),
            models.CheckConstraint(condition=models.Q(edition=1) | ~models.Q(because=""), name="brief_again_says_why"),
            models.CheckConstraint(condition=models.Q(week__iso_week_day=1), name="brief_week_is_a_monday"),
        ]
        indexes = [
            models.Index(fields=["place_code", "week"], name="brief_by_place",
                         opclasses=["varchar_pattern_ops", "date_ops"]),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"brief of {self.place_code or 'the nation'}, week of {self.week}, edition {self.edition}"

    @property
    def contents(self) -> dict[str, Any]:
        numbers: dict[str, Any] = json.loads(self.said)
        return numbers

    @property
    def on(self) -> date:
        """The day as of which its numbers stand."""
        return sunday_of(self.week)

    @property
    def whole(self) -> bool:
        """Whether its text is the one it was signed with."""
        return digest_of(self.said) == self.digest


def monday_of(day: date) -> date:
    return day - timedelta(days=day.weekday())


def sunday_of(week: date) -> date:
    return week + timedelta(days=6)


def digest_of(said: str) -> str:
    return hashlib.sha256(said.encode()).hexdigest()
