"""The cells of the dispatch sheet, version by version: nothing is ever changed or taken away."""

from datetime import date, timedelta

from django.db import models
from django.db.models import Q

from firmground.officers.models import Office


class Cell(models.Model):
    """What a county says of one indicator for one week. A correction is the next version, with its reason."""

    place_code = models.CharField(max_length=12, help_text="the county")
    week = models.DateField(help_text="its Monday")
    indicator = models.CharField(max_length=40, help_text="one of dispatch.toml")
    version = models.PositiveSmallIntegerField()
    value = models.DecimalField(max_digits=16, decimal_places=2)
    base = models.DecimalField(max_digits=16, decimal_places=2, null=True, help_text="the figure of 2019, where asked")
    reason = models.CharField(max_length=300, blank=True, help_text="why a version follows another")
    entered_at = models.DateTimeField()
    entered_by = models.ForeignKey(Office, models.PROTECT, related_name="+")

    privacy = dict.fromkeys(
        ("id", "place_code", "week", "indicator", "version", "value", "base", "reason", "entered_at", "entered_by"),
        "official",
    )

    class Meta:
        ordering = ["place_code", "week", "indicator", "version"]
        constraints = [
            models.UniqueConstraint(
                fields=["place_code", "week", "indicator", "version"], name="dispatch_version_once"
            ),
            models.CheckConstraint(condition=Q(version=1) | ~Q(reason=""), name="dispatch_again_says_why"),
            models.CheckConstraint(condition=Q(week__iso_week_day=1), name="dispatch_week_is_a_monday"),
            models.CheckConstraint(condition=Q(value__gte=0), name="dispatch_value_not_below_zero"),
            models.CheckConstraint(condition=Q(base=None) | Q(base__gt=0), name="dispatch_base_above_zero"),
        ]
        indexes = [
            models.Index(fields=["place_code", "week"], name="dispatch_by_place",
                         opclasses=["varchar_pattern_ops", "date_ops"]),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.indicator} of {self.place_code}, week of {self.week}, version {self.version}"


def week_ended(on: date) -> date:
    """The Monday of the week that ended last on a day; on a Sunday, that of the very week."""
    return on - timedelta(days=(on.weekday() + 1) % 7 + 6)
