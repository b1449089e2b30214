"""A battle plan of a place, one row for each version, and its items. Whether it is approved is its case's to say."""

from django.db import models
from django.db.models import Q

from firmground.cases.models import Case
from firmground.officers.models import Office


class BattlePlan(models.Model):
    """作战方案: one version. The baseline is what the registers said of the place on the day it was drafted."""

    place_code = models.CharField(max_length=12)
    version = models.PositiveSmallIntegerField()
    commander = models.CharField(max_length=80, help_text="the officer in command, in words")
    baseline_on = models.DateField()
    baseline_poor_households = models.IntegerField()
    baseline_poor_persons = models.IntegerField()
    baseline_rural_population = models.IntegerField(null=True, help_text="persons; null: no register says it")
    baseline_screening = models.BigIntegerField(null=True, help_text="the last screening then")
    baseline_digest = models.CharField(max_length=64, blank=True, help_text="of that screening's snapshot")
    made_by = models.ForeignKey(Office, models.PROTECT, related_name="+")
    case = models.OneToOneField(Case, models.PROTECT, null=True, related_name="plan", help_text="never null for long")

    privacy = {
        **dict.fromkeys(
            (
                "id", "place_code", "version", "baseline_on", "baseline_poor_households", "baseline_poor_persons",
                "baseline_rural_population", "baseline_screening", "baseline_digest", "made_by", "case",
            ),
            "official",
        ),
        "commander": "personal",
    }  # fmt: skip

    class Meta:
        ordering = ["place_code", "version"]
        constraints = [models.UniqueConstraint(fields=["place_code", "version"], name="plan_version_once")]
        indexes = [models.Index(fields=["place_code"], name="plan_by_place", opclasses=["varchar_pattern_ops"])]

    def __str__(self) -> str:
        return f"plan of {self.place_code}, version {self.version}"

    @property
    def approved(self) -> bool:
        return self.case is not None and self.case.at == "approved"

    @property
    def open_to_changes(self) -> bool:
        """Whether it is still with whoever drafts it: not submitted, or sent back."""
        return self.case is not None and self.case.at == "submission"


class Item(models.Model):
    """One problem of a plan: what is done about it, who does it, by when, and how one sees that it is solved."""

    class Content(models.IntegerChoices):
        """The five contents of supervision 督战内容."""

        GUARANTEES = 1
        WORK = 2
        RELOCATION = 3
        MONITORING = 4
        RECTIFICATION = 5

    plan = models.ForeignKey(BattlePlan, models.CASCADE, related_name="items")
    place_code = models.CharField(max_length=12)
    number = models.PositiveSmallIntegerField(help_text="it keeps its number from version to version")
    content = models.SmallIntegerField(choices=Content.choices)
    problem = models.CharField(max_length=300)
    measure = models.CharField(max_length=300)
    responsible_unit = models.CharField(max_length=80)
    responsible_person = models.CharField(max_length=80)
    due_on = models.DateField()
    funds_needed = models.DecimalField(max_digits=14, decimal_places=2, null=True, help_text="yuan")
    indicator = models.CharField(max_length=100, blank=True, help_text="a standard, or a figure of the registers")
    target = models.IntegerField(null=True, help_text="at most so many may still fall short of the indicator")
    done_on = models.DateField(null=True)
    done_note = models.CharField(max_length=300, blank=True)

    WRITTEN = (
        "content", "problem", "measure", "responsible_unit", "responsible_person", "due_on", "funds_needed",
        "indicator", "target",
    )  # fmt: skip

    privacy = {
        **dict.fromkeys(
            (
                "id", "plan", "place_code", "number", "content", "responsible_unit", "due_on", "funds_needed",
                "indicator", "target", "done_on",
            ),
            "official",
        ),
        **dict.fromkeys(("problem", "measure", "responsible_person", "done_note"), "personal"),
    }  # fmt: skip

    class Meta:
        ordering = ["plan", "number"]
        constraints = [
            models.UniqueConstraint(fields=["plan", "number"], name="plan_item_once"),
            models.CheckConstraint(condition=Q(content__range=(1, 5)), name="plan_item_content_is_one_of_five"),
            models.CheckConstraint(condition=Q(done_on=None) | ~Q(done_note=""), name="plan_item_done_says_how"),
            models.CheckConstraint(condition=Q(target=None) | Q(target__gte=0), name="plan_item_target_is_a_count"),
            models.CheckConstraint(condition=~Q(indicator="") | Q(target=None), name="plan_item_target_of_something"),
        ]
        indexes = [
            models.Index(fields=["place_code", "due_on"], name="plan_item_by_place",
                         opclasses=["varchar_pattern_ops", "date_ops"]),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"item {self.number} of plan {self.plan_id}"
