"""Supervision teams, who is in them, where they went, and what help they brought."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from firmground.officers.models import Office, Officer
from firmground.supervision.ledger.models import Issue


class SupervisionTeam(models.Model):
    """督战队: officers of member units, for a territory, from one day to another. Whoever is supervised may know it."""

    title = models.CharField(max_length=80)
    place_code = models.CharField(max_length=12, blank=True, help_text="the territory it supervises; empty: the nation")
    units = ArrayField(models.CharField(max_length=80), help_text="the bodies that sent its members")
    held_from = models.DateField()
    held_to = models.DateField(null=True)
    formed_by = models.ForeignKey(Office, models.PROTECT, related_name="+")

    privacy = dict.fromkeys(("id", "title", "place_code", "units", "held_from", "held_to", "formed_by"), "official")

    class Meta:
        ordering = ["place_code", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(held_to=None) | Q(held_to__gte=F("held_from")), name="supervision_team_ends_after"
            ),
        ]

    def __str__(self) -> str:
        return self.title


class TeamMember(models.Model):
    """An officer in a supervision team, from one day to another."""

    team = models.ForeignKey(SupervisionTeam, models.PROTECT, related_name="members")
    place_code = models.CharField(max_length=12, blank=True)
    officer = models.ForeignKey(Officer, models.PROTECT, related_name="+")
    unit = models.CharField(max_length=80, blank=True)
    leads = models.BooleanField(default=False)
    held_from = models.DateField()
    held_to = models.DateField(null=True)

    privacy = dict.fromkeys(
        ("id", "team", "place_code", "officer", "unit", "leads", "held_from", "held_to"), "official"
    )

    class Meta:
        ordering = ["team", "-leads", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["team", "officer"], condition=Q(held_to=None), name="member_once_in_a_supervision_team"
            ),
            models.CheckConstraint(
                condition=Q(held_to=None) | Q(held_to__gte=F("held_from")), name="supervision_member_ends_after"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.officer_id} in supervision team {self.team_id}"


class Visit(models.Model):
    """督战: a team in a place. Planned first, or recorded at once; an unannounced one is hidden until it begins."""

    class Mode(models.TextChoices):
        OPEN = "open"
        UNANNOUNCED = "unannounced"
        VIDEO = "video"

    team = models.ForeignKey(SupervisionTeam, models.PROTECT, related_name="visits")
    place_code = models.CharField(max_length=12)
    planned_from = models.CharField(max_length=12, blank=True, help_text="the territory of the office that planned it")
    mode = models.CharField(max_length=11, choices=Mode.choices)
    from_on = models.DateField()
    to_on = models.DateField()
    households = ArrayField(models.CharField(max_length=40), default=list, help_text="those seen, where it was noted")
    households_seen = models.IntegerField(null=True, help_text="how many were seen; null until it is recorded")
    note = models.TextField(blank=True)
    recorded_by = models.ForeignKey(Office, models.PROTECT, related_name="+")

    privacy = {
        **dict.fromkeys(
            (
                "id", "team", "place_code", "planned_from", "mode", "from_on", "to_on", "households",
                "households_seen", "recorded_by",
            ),
            "official",
        ),
        "note": "personal",
    }  # fmt: skip

    class Meta:
        ordering = ["-from_on", "-id"]
        constraints = [
            models.CheckConstraint(condition=Q(to_on__gte=F("from_on")), name="supervision_visit_ends_after"),
        ]
        indexes = [
            models.Index(fields=["place_code", "from_on"], name="supervision_visit_by_place",
                         opclasses=["varchar_pattern_ops", "date_ops"]),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"visit {self.pk} to {self.place_code} on {self.from_on}"


class Help(models.Model):
    """What help a visit brought: money or not, for an issue or for the place."""

    class Kind(models.TextChoices):
        MONEY = "money"
        GOODS = "goods"
        PEOPLE = "people"
        WORK = "work"
        PROJECT = "project"
        COORDINATION = "coordination"
        ADVICE = "advice"

    visit = models.ForeignKey(Visit, models.PROTECT, related_name="help")
    place_code = models.CharField(max_length=12)
    issue = models.ForeignKey(Issue, models.PROTECT, null=True, related_name="help")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    amount = models.DecimalField(max_digits=14, decimal_places=2, null=True, help_text="yuan")
    text = models.CharField(max_length=300)
    brought_on = models.DateField()
    brought_by = models.ForeignKey(Office, models.PROTECT, related_name="+")

    privacy = {
        **dict.fromkeys(
            ("id", "visit", "place_code", "issue", "kind", "amount", "brought_on", "brought_by"), "official"
        ),
        "text": "personal",
    }

    class Meta:
        ordering = ["brought_on", "id"]
        constraints = [
            models.CheckConstraint(condition=Q(amount=None) | Q(amount__gt=0), name="help_has_a_positive_amount"),
            models.CheckConstraint(condition=~Q(kind="money") | Q(amount__isnull=False), name="help_in_money_says_sum"),
        ]
        indexes = [
            models.Index(fields=["place_code"], name="help_by_place", opclasses=["varchar_pattern_ops"]),
        ]

    def __str__(self) -> str:
        return f"{self.kind} by visit {self.visit_id}"
