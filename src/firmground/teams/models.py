"""Teams and their cadres, who was at post, who helps which household, and visits."""

from django.db import models
from django.db.models import F, Q

from firmground.officers.models import Office, Officer
from firmground.registry.fields import day

NOW = Q(held_to=None)


class Team(models.Model):
    """驻村工作队: sent to a village by a body, until further notice or until a day."""

    place_code = models.CharField(max_length=12)
    sent_by = models.CharField(max_length=120, help_text="the body that sent it")
    held_from = models.DateField()
    held_to = day("official")

    privacy = dict.fromkeys(("id", "place_code", "sent_by", "held_from", "held_to"), "official")

    class Meta:
        ordering = ["place_code", "held_from"]
        constraints = [
            models.UniqueConstraint(
                fields=["place_code"], condition=NOW, name="team_once_in_a_village",
                opclasses=["varchar_pattern_ops"],
            ),
            models.CheckConstraint(condition=Q(place_code__length=12), name="team_is_in_a_village"),
            models.CheckConstraint(condition=Q(held_to=None) | Q(held_to__gte=F("held_from")), name="team_ends_after"),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"team of {self.place_code} since {self.held_from}"


class Cadre(models.Model):
    """驻村干部: an officer in a team, from one day to another."""

    class Post(models.TextChoices):
        FIRST_SECRETARY = "first_secretary"
        LEADER = "leader"
        MEMBER = "member"

    team = models.ForeignKey(Team, models.PROTECT, related_name="cadres")
    place_code = models.CharField(max_length=12)
    officer = models.ForeignKey(Officer, models.PROTECT, related_name="+")
    post = models.CharField(max_length=15, choices=Post.choices)
    held_from = models.DateField()
    held_to = day("official")

    privacy = dict.fromkeys(("id", "team", "place_code", "officer", "post", "held_from", "held_to"), "official")

    class Meta:
        ordering = ["place_code", "post", "id"]
        constraints = [
            models.UniqueConstraint(fields=["officer"], condition=NOW, name="cadre_in_one_team"),
            models.CheckConstraint(condition=Q(held_to=None) | Q(held_to__gte=F("held_from")), name="cadre_ends_after"),
        ]
        indexes = [models.Index(fields=["place_code"], name="cadre_by_place", opclasses=["varchar_pattern_ops"])]

    def __str__(self) -> str:
        return f"{self.post} of {self.place_code}"


class Attendance(models.Model):
    """在岗: one cadre on one day, as somebody else marked it. It counts when the township has confirmed it."""

    class State(models.TextChoices):
        AT_POST = "at_post"
        ON_LEAVE = "on_leave"
        AWAY = "away"

    cadre = models.ForeignKey(Cadre, models.PROTECT, related_name="attendance", db_index=False)
    place_code = models.CharField(max_length=12)
    on = models.DateField()
    state = models.CharField(max_length=8, choices=State.choices)
    reason = models.CharField(max_length=200, blank=True, help_text="why on leave")
    marked_by = models.ForeignKey(Office, models.PROTECT, related_name="+")
    confirmed_by = models.ForeignKey(Office, models.PROTECT, null=True, related_name="+")

    privacy = {
        **dict.fromkeys(("id", "cadre", "place_code", "on", "state", "marked_by", "confirmed_by"), "official"),
        "reason": "personal",
    }

    class Meta:
        ordering = ["on", "cadre"]
        constraints = [
            models.UniqueConstraint(fields=["cadre", "on"], name="attendance_once_a_day"),
            models.CheckConstraint(
                condition=~Q(state="on_leave") & Q(reason="") | Q(state="on_leave") & ~Q(reason=""),
                name="attendance_leave_has_a_reason",
            ),
        ]
        indexes = [
            models.Index(fields=["place_code", "on"], name="attendance_by_place",
                         opclasses=["varchar_pattern_ops", "date_ops"]),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"cadre {self.cadre_id} on {self.on}: {self.state}"


class Helper(models.Model):
    """帮扶责任人: the officer who helps a household, from one day to another. A household has one at a time.

    The row stays where the household was then: who helped it is known there.
    """

    household_id = models.CharField(max_length=40)
    place_code = models.CharField(max_length=12)
    officer = models.ForeignKey(Officer, models.PROTECT, related_name="+")
    held_from = models.DateField()
    held_to = day("official")

    privacy = dict.fromkeys(("id", "household_id", "place_code", "officer", "held_from", "held_to"), "official")

    class Meta:
        ordering = ["household_id", "held_from"]
        constraints = [
            models.UniqueConstraint(fields=["household_id"], condition=NOW, name="helper_one_at_a_time"),
            models.CheckConstraint(
                condition=Q(held_to=None) | Q(held_to__gte=F("held_from")), name="helper_ends_after"
            ),
        ]
        indexes = [
            models.Index(
                fields=["place_code", "household_id"], condition=NOW, name="helper_by_place",
                opclasses=["varchar_pattern_ops", "varchar_ops"],
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"helper of {self.household_id} since {self.held_from}"


class Visit(models.Model):
    """走访: an officer called on a household. It follows the household, whose record it is, to another village."""

    household_id = models.CharField(max_length=40)
    place_code = models.CharField(max_length=12)
    officer = models.ForeignKey(Officer, models.PROTECT, related_name="+")
    on = models.DateField()
    seen = models.BooleanField(help_text="somebody of the household was met")
    note = models.TextField(blank=True)
    help = models.TextField(blank=True, help_text="what help came of it")

    privacy = {
        **dict.fromkeys(("id", "household_id", "place_code", "officer", "on", "seen"), "official"),
        **dict.fromkeys(("note", "help"), "personal"),
    }

    class Meta:
        ordering = ["-on", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["household_id", "officer", "on"], name="visit_once_a_day"),
        ]
        indexes = [
            models.Index(fields=["household_id", "on"], name="visit_by_household"),
            models.Index(fields=["place_code", "household_id", "on"], name="visit_by_place",
                         opclasses=["varchar_pattern_ops", "varchar_ops", "date_ops"]),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"visit to {self.household_id} on {self.on}"
