"""What the board shows of each place as of each screening: how many are poor there, and what may become of it."""

from django.db import models

from firmground.findings.models import Screening


class PlaceFigures(models.Model):
    """Households and persons of one place in one screening, from the village to the nation (code "").

    Persons are the registered population of the households (户籍人口数); a household of unknown population counts none.
    Monitored are the unstable, the marginal and those in sudden difficulty. What households fall short of is counted
    in findings, and only there.
    """

    pk = models.CompositePrimaryKey("screening_id", "place_code")
    screening = models.ForeignKey(Screening, models.CASCADE, related_name="figures", db_index=False)
    place_code = models.CharField(max_length=12, blank=True)
    digits = models.SmallIntegerField(help_text="the level of the place, by the length of its code")
    households = models.IntegerField()
    persons = models.IntegerField()
    poor_households = models.IntegerField()
    poor_persons = models.IntegerField()
    exited_households = models.IntegerField()
    exited_persons = models.IntegerField()
    monitored_households = models.IntegerField()
    monitored_persons = models.IntegerField()
    rural_population = models.IntegerField(
        null=True, help_text="of a county as its register says; else the sum of its villages; null: not known"
    )

    COUNTED = (
        "households", "persons", "poor_households", "poor_persons", "exited_households", "exited_persons",
        "monitored_households", "monitored_persons",
    )  # fmt: skip

    privacy = dict.fromkeys(("screening", "place_code", "digits", *COUNTED, "rural_population"), "official")

    class Meta:
        verbose_name_plural = "figures"
        indexes = [
            models.Index(
                fields=["screening", "digits", "place_code"],
                name="figures_by_level",
                opclasses=["int8_ops", "int2_ops", "varchar_pattern_ops"],
            )
        ]

    def __str__(self) -> str:
        return f"figures of {self.place_code or 'the nation'}, screening {self.screening_id}"


OUTLOOKS = ("will_miss", "may_miss", "on_course")
"""Of a place and its deadline, the worst first."""


class Forecast(models.Model):
    """What was foretold of one place when a screening was taken in: how many poor persons remain at its deadline.

    `engines/forecast/burndown.py` says how. It is kept as it was told, so that it can be held against what came.
    """

    pk = models.CompositePrimaryKey("screening_id", "place_code")
    screening = models.ForeignKey(Screening, models.CASCADE, related_name="forecasts", db_index=False)
    place_code = models.CharField(max_length=12, blank=True)
    digits = models.SmallIntegerField()
    deadline = models.DateField()
    most = models.IntegerField(help_text="so many may remain at the deadline")
    points = models.SmallIntegerField(help_text="screenings that it was told from")
    remaining = models.JSONField(help_text="quantiles of those remaining at the deadline, by their percent")
    chance = models.FloatField(help_text="that no more than `most` remain at the deadline")
    reached = models.JSONField(help_text="quantiles of the day on which no more than `most` remain; null: not foreseen")

    privacy = dict.fromkeys(
        (
            "screening", "place_code", "digits", "deadline", "most", "points", "remaining", "chance", "reached",
        ),
        "official",
    )  # fmt: skip

    class Meta:
        indexes = [
            models.Index(
                fields=["screening", "digits", "place_code"],
                name="forecast_by_level",
                opclasses=["int8_ops", "int2_ops", "varchar_pattern_ops"],
            )
        ]

    def __str__(self) -> str:
        return f"forecast of {self.place_code or 'the nation'}, screening {self.screening_id}"

    @property
    def outlook(self) -> str:
        """One of OUTLOOKS: whether nine paths of ten end on one side of what may remain."""
        if self.remaining["10"] > self.most:
            return "will_miss"
        return "may_miss" if self.remaining["90"] > self.most else "on_course"
