"""Notices, objections to them, and the telephones of the boards."""

from datetime import date

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from firmground.notices.kinds import BOARDS
from firmground.officers.models import Office


class Notice(models.Model):
    """What hangs, or hung, on the board of a place. Its words and rows never change; what was wrong is crossed out.

    It carries the words of its kind as they were when it was put up.
    """

    class State(models.TextChoices):
        POSTED = "posted"
        WITHDRAWN = "withdrawn"
        CORRECTED = "corrected"

    kind = models.CharField(max_length=60)
    place_code = models.CharField(max_length=12, help_text="the place on whose board it hangs")
    board = models.CharField(max_length=10, choices=[(board, board) for board in BOARDS])
    posted_on = models.DateField()
    days = models.PositiveSmallIntegerField(help_text="whole days it must hang; the day it is put up is not one")
    hangs_to = models.DateField(help_text="the last of these days")
    title = models.JSONField(help_text="by language, as are law and says")
    law = models.JSONField()
    says = models.JSONField()
    columns = ArrayField(models.CharField(max_length=60))
    rows = models.JSONField(help_text="column -> cell, a list where several codes fit; columns of the kind only")
    objections = models.BooleanField(help_text="whether anybody may object while it hangs")
    case = models.BigIntegerField(null=True)
    posted_by = models.ForeignKey(Office, models.PROTECT, related_name="+")
    posted_at = models.DateTimeField(help_text="when it was recorded")
    state = models.CharField(max_length=9, choices=State.choices, default=State.POSTED)
    ended_on = models.DateField(null=True, help_text="when it was withdrawn or corrected")
    ended_why = models.TextField(blank=True, help_text="told on the public page")
    corrected_by = models.ForeignKey("self", models.PROTECT, null=True, related_name="corrects")
    taken_down_on = models.DateField(null=True, help_text="when the paper was taken off the board")

    privacy = dict.fromkeys(
        (
            "id", "kind", "place_code", "board", "posted_on", "days", "hangs_to", "title", "law", "says", "columns",
            "rows", "objections", "case", "posted_by", "posted_at", "state", "ended_on", "ended_why", "corrected_by",
            "taken_down_on",
        ),
        "public",
    )  # fmt: skip

    class Meta:
        ordering = ["-posted_on", "-id"]
        constraints = [
            models.CheckConstraint(condition=Q(days__gte=1), name="notice_hangs_a_day"),
            models.CheckConstraint(
                condition=Q(state="posted", ended_on=None) | ~Q(state="posted") & Q(ended_on__isnull=False),
                name="notice_ended_on_a_day",
            ),
            models.CheckConstraint(
                condition=Q(state="corrected", corrected_by__isnull=False)
                | ~Q(state="corrected") & Q(corrected_by=None),
                name="notice_corrected_by_another",
            ),
        ]
        indexes = [
            models.Index(fields=["place_code", "posted_on"], name="notice_by_place",
                         opclasses=["varchar_pattern_ops", "date_ops"]),
            models.Index(fields=["hangs_to"], name="notice_by_last_day"),
            models.Index(fields=["posted_on", "id"], name="notice_by_day"),
            models.Index(fields=["place_code"], condition=Q(taken_down_on=None), name="notice_on_the_board",
                         opclasses=["varchar_pattern_ops"]),
            models.Index(fields=["case"], name="notice_by_case"),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"notice {self.pk} ({self.kind}) at {self.place_code}"

    def standing(self, on: date) -> str:
        """How it stands on a day: "hanging", "ended", "withdrawn" or "corrected"."""
        if self.state != self.State.POSTED:
            return self.state
        return "hanging" if self.posted_on <= on <= self.hangs_to else "ended"

    def takes_objections(self, on: date) -> bool:
        """Whether an objection raised on a day counts."""
        return self.objections and self.standing(on) == "hanging"


class Objection(models.Model):
    """What somebody says against a notice, and the answer. The receipt lets whoever holds it read the answer."""

    notice = models.ForeignKey(Notice, models.PROTECT, related_name="objected")
    place_code = models.CharField(max_length=12)
    text = models.TextField()
    heard_on = models.DateField(help_text="the day it was raised")
    received_at = models.DateTimeField(help_text="when it was recorded")
    heard_by = models.ForeignKey(Office, models.PROTECT, related_name="+", help_text="the machine: the public form")
    receipt = models.CharField(max_length=24, unique=True)
    answer = models.TextField(blank=True)
    answered_at = models.DateTimeField(null=True)
    answered_by = models.ForeignKey(Office, models.PROTECT, null=True, related_name="+")

    privacy = {
        **dict.fromkeys(
            ("id", "notice", "place_code", "heard_on", "received_at", "heard_by", "answered_at", "answered_by"),
            "official",
        ),
        **dict.fromkeys(("text", "answer"), "personal"),
        "receipt": "sensitive",
    }

    class Meta:
        ordering = ["received_at", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(answer="", answered_at=None, answered_by=None)
                | ~Q(answer="") & Q(answered_at__isnull=False, answered_by__isnull=False),
                name="objection_answered_by_somebody",
            ),
        ]
        indexes = [
            models.Index(fields=["place_code"], condition=Q(answered_at=None), name="objection_waiting",
                         opclasses=["varchar_pattern_ops"]),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"objection {self.pk} to notice {self.notice_id}"


class Contact(models.Model):
    """How an objector can be reached, and from where the public form was sent.

    It lies in the township, so that PostgreSQL shows it to nobody whose office is in the village: whoever complains is
    shielded from those complained about.
    """

    objection = models.OneToOneField(Objection, models.PROTECT, primary_key=True)
    place_code = models.CharField(max_length=9)
    said = models.CharField(max_length=200, blank=True)
    sender = models.CharField(max_length=64, blank=True, help_text="of the address and the day, not to be traced back")
    on = models.DateField()

    privacy = {
        **dict.fromkeys(("objection", "place_code", "on"), "official"),
        **dict.fromkeys(("said", "sender"), "sensitive"),
    }

    class Meta:
        indexes = [models.Index(fields=["sender"], name="contact_by_sender")]

    def __str__(self) -> str:
        return f"contact of objection {self.objection_id}"


class Telephone(models.Model):
    """The telephone of a place that takes objections; an office's, never a person's."""

    place_code = models.CharField(max_length=12, primary_key=True)
    telephone = models.CharField(max_length=30)

    privacy = dict.fromkeys(("place_code", "telephone"), "public")

    def __str__(self) -> str:
        return f"{self.telephone} ({self.place_code})"
