"""Projects, whom they are for, and what they promise. Where a project stands is its case's to say."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from firmground.cases.models import Case
from firmground.officers.models import Office


class Project(models.Model):
    """项目: one entry of the county's project library."""

    number = models.CharField(max_length=40, unique=True)
    place_code = models.CharField(max_length=12, help_text="who runs it: a village, a township or the county")
    villages = ArrayField(models.CharField(max_length=12), help_text="where it works; empty: all of its place")
    title = models.CharField(max_length=120)
    category = models.CharField(max_length=40, help_text="one of funds.toml")
    nature = models.CharField(max_length=40, help_text="one of funds.toml")
    year = models.SmallIntegerField(help_text="of the yearly plan it is for")
    start_planned = models.DateField()
    end_planned = models.DateField()
    started_on = models.DateField(null=True)
    completed_on = models.DateField(null=True)
    unit = models.CharField(max_length=80, help_text="which unit answers for it")
    person = models.CharField(max_length=80, help_text="who answers for it there")
    person_id_number = models.CharField(max_length=18, blank=True, help_text="of that person")
    task = models.CharField(max_length=1000, help_text="what is built or done")
    participation = models.CharField(max_length=300, help_text="how the people take part")
    mechanism = models.CharField(max_length=40, blank=True, help_text="how it carries the poor; one of funds.toml")
    cost = models.DecimalField(max_digits=16, decimal_places=2, help_text="yuan")
    made_by = models.ForeignKey(Office, models.PROTECT, related_name="+")
    case = models.OneToOneField(Case, models.PROTECT, null=True, related_name="project", help_text="null only at first")

    WRITTEN = (
        "villages", "title", "category", "nature", "year", "start_planned", "end_planned", "unit", "person",
        "person_id_number", "task", "participation", "mechanism", "cost",
    )  # fmt: skip

    privacy = {
        **dict.fromkeys(
            (
                "number", "place_code", "villages", "title", "category", "nature", "year", "start_planned",
                "end_planned", "started_on", "completed_on", "unit", "task", "participation", "mechanism", "cost",
            ),
            "public",
        ),
        **dict.fromkeys(("id", "made_by", "case"), "official"),
        "person": "personal",
        "person_id_number": "sensitive",
    }  # fmt: skip

    class Meta:
        ordering = ["place_code", "number"]
        constraints = [
            models.CheckConstraint(condition=Q(cost__gt=0), name="project_costs_something"),
            models.CheckConstraint(condition=Q(end_planned__gte=F("start_planned")), name="project_ends_after_start"),
            models.CheckConstraint(
                condition=Q(completed_on=None) | Q(completed_on__gte=F("started_on")), name="project_done_after_start"
            ),
        ]
        indexes = [
            models.Index(fields=["place_code", "year"], name="project_by_place",
                         opclasses=["varchar_pattern_ops", "int2_ops"]),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"project {self.number}"


class Beneficiary(models.Model):
    """A household that a project is for: by which mechanism, and how much it is to bring it."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="beneficiaries")
    household_id = models.CharField(max_length=40)
    place_code = models.CharField(max_length=12, help_text="the village of the household")
    mechanism = models.CharField(max_length=40, help_text="one of funds.toml")
    amount = models.DecimalField(max_digits=12, decimal_places=2, null=True, help_text="yuan a year, as planned")

    privacy = {
        **dict.fromkeys(("id", "project", "place_code", "mechanism"), "official"),
        **dict.fromkeys(("household_id", "amount"), "personal"),
    }

    class Meta:
        ordering = ["project", "household_id"]
        verbose_name_plural = "beneficiaries"
        constraints = [
            models.UniqueConstraint(fields=["project", "household_id", "mechanism"], name="beneficiary_once"),
            models.CheckConstraint(condition=Q(amount=None) | Q(amount__gt=0), name="beneficiary_gets_something"),
        ]
        indexes = [models.Index(fields=["household_id"], name="beneficiary_by_household")]

    def __str__(self) -> str:
        return f"{self.household_id} of project {self.project_id}"


class Goal(models.Model):
    """绩效目标: one thing a project promises, in one of the nine dimensions, and what came of it."""

    class Direction(models.TextChoices):
        AT_LEAST = "at_least"
        AT_MOST = "at_most"

    project = models.ForeignKey(Project, models.CASCADE, related_name="goals")
    place_code = models.CharField(max_length=12)
    dimension = models.CharField(max_length=40, help_text="one of funds.toml")
    title = models.CharField(max_length=120)
    unit = models.CharField(max_length=20)
    direction = models.CharField(max_length=8, choices=Direction.choices, default=Direction.AT_LEAST)
    target = models.DecimalField(max_digits=16, decimal_places=2)
    weight = models.DecimalField(max_digits=5, decimal_places=2, help_text="of 100 over the whole project")
    actual = models.DecimalField(max_digits=16, decimal_places=2, null=True)
    measured_on = models.DateField(null=True)

    privacy = {
        **dict.fromkeys(
            (
                "place_code", "dimension", "title", "unit", "direction", "target", "weight", "actual", "measured_on",
            ),
            "public",
        ),
        **dict.fromkeys(("id", "project"), "official"),
    }  # fmt: skip

    class Meta:
        ordering = ["project", "id"]
        constraints = [
            models.UniqueConstraint(fields=["project", "title"], name="goal_once"),
            models.CheckConstraint(condition=Q(weight__gt=0, weight__lte=100), name="goal_weighs_something"),
            models.CheckConstraint(
                condition=Q(actual=None, measured_on=None) | Q(actual__isnull=False, measured_on__isnull=False),
                name="goal_measured_on_a_day",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title} of project {self.project_id}"
