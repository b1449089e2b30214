"""An issue, and an order. What became of either is a case (`firmground.cases`)."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from firmground.cases.models import Case
from firmground.officers.models import Office


class Issue(models.Model):
    """问题: something that a place has to put right, found by somebody. All sources stand in this one ledger."""

    class Content(models.IntegerChoices):
        """The five contents of supervision 督战内容."""

        GUARANTEES = 1
        WORK = 2
        RELOCATION = 3
        MONITORING = 4
        RECTIFICATION = 5

    class Source(models.TextChoices):
        CENTRAL_INSPECTION = "central_inspection"
        ASSESSMENT_2019 = "assessment_2019"
        BIG_SCREENING = "big_screening"
        FIELD_VISIT = "field_visit"
        DATA_CHECK = "data_check"
        PUBLIC_VOICE = "public_voice"
        SCREENING = "screening"

    place_code = models.CharField(max_length=12)
    household_id = models.CharField(max_length=40, blank=True)
    content = models.SmallIntegerField(choices=Content.choices)
    source = models.CharField(max_length=18, choices=Source.choices)
    severity = models.SmallIntegerField(help_text="1 slight, 2 serious, 3 grave")
    title = models.CharField(max_length=120)
    text = models.TextField(blank=True)
    found_on = models.DateField()
    raised_by = models.ForeignKey(Office, models.PROTECT, related_name="+")
    due_on = models.DateField(help_text="the day agreed on when it was raised")
    owner = models.CharField(max_length=14, blank=True, help_text="the role it is given to")
    unit = models.CharField(max_length=80, blank=True, help_text="who there, in words")
    visit = models.BigIntegerField(null=True, help_text="the supervision visit that found it")
    standard = models.CharField(max_length=100, blank=True, help_text="that households there fall short of")
    screening = models.BigIntegerField(null=True, help_text="the screening that found it")
    reference = models.CharField(max_length=40, blank=True, help_text="its number in the list it came with")
    helped_on = models.DateField(null=True, help_text="the first day on which help came for it")
    case = models.OneToOneField(Case, models.PROTECT, null=True, related_name="issue", help_text="never null for long")

    privacy = {
        **dict.fromkeys(
            (
                "id", "place_code", "household_id", "content", "source", "severity", "title", "found_on",
                "raised_by", "due_on", "owner", "unit", "visit", "standard", "screening", "reference", "helped_on",
                "case",
            ),
            "official",
        ),
        "text": "personal",
    }  # fmt: skip

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(condition=Q(content__range=(1, 5)), name="issue_content_is_one_of_five"),
            models.CheckConstraint(condition=Q(severity__range=(1, 3)), name="issue_severity_is_one_of_three"),
            models.UniqueConstraint(
                fields=["source", "reference", "place_code"], condition=~Q(reference=""), name="issue_listed_once"
            ),
        ]
        indexes = [
            models.Index(fields=["place_code", "content"], name="issue_by_place",
                         opclasses=["varchar_pattern_ops", "int2_ops"]),
            models.Index(fields=["visit"], condition=Q(visit__isnull=False), name="issue_by_visit"),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"issue {self.pk}: {self.title}"


class Order(models.Model):
    """督办: what a level above demands of a place by a day."""

    place_code = models.CharField(max_length=12)
    title = models.CharField(max_length=120)
    text = models.TextField()
    issues = ArrayField(models.BigIntegerField(), default=list, help_text="the issues it is about")
    ordered_by = models.ForeignKey(Office, models.PROTECT, related_name="+")
    due_on = models.DateField(help_text="the answer is due by")
    case = models.OneToOneField(Case, models.PROTECT, null=True, related_name="order", help_text="never null for long")

    privacy = {
        **dict.fromkeys(("id", "place_code", "title", "issues", "ordered_by", "due_on", "case"), "official"),
        "text": "personal",
    }

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["place_code"], name="order_by_place", opclasses=["varchar_pattern_ops"]),
        ]

    def __str__(self) -> str:
        return f"order {self.pk}: {self.title}"
