"""Draws of households, and what came of each household drawn."""

from django.db import models
from django.db.models import Q

from firmground.officers.models import Office


class Draw(models.Model):
    """抽样: so many households of a place, drawn by a seed from the register as it was known at a moment.

    Hidden from those below whoever drew it until its day, like an unannounced visit. Never changed.
    """

    class Of(models.TextChoices):
        """Which households of the place are the list it is drawn from."""

        ALL = "all"
        POOR = "poor"
        EXITED = "exited"
        NOT_REGISTERED = "not_registered"

    class Design(models.TextChoices):
        BY_VILLAGE = "by_village"
        IN_TWO_STAGES = "in_two_stages"

    place_code = models.CharField(max_length=12)
    of = models.CharField(max_length=14, choices=Of.choices)
    design = models.CharField(max_length=13, choices=Design.choices)
    villages = models.PositiveIntegerField(null=True, help_text="how many are drawn; null: all are strata")
    households = models.PositiveIntegerField(help_text="in all; in two stages, in each village")
    seed = models.CharField(max_length=64)
    frame_size = models.PositiveIntegerField(help_text="households on the list")
    frame_digest = models.CharField(max_length=64, help_text="of the list: engines.sampling.draws.digest")
    drawn = models.JSONField(help_text="[household, village, weight as a fraction] in the order of the draw")
    drawn_by = models.ForeignKey(Office, models.PROTECT, related_name="+")
    drawn_at = models.DateTimeField(help_text="the list is the register as it was known at this moment")
    drawn_from = models.CharField(max_length=12, blank=True, help_text="the territory of the office that drew it")
    hidden_until = models.DateField(help_text="from this day whoever is drawn may know it")
    why = models.CharField(max_length=300, blank=True, help_text="why it was drawn again")

    privacy = {
        **dict.fromkeys(
            (
                "id", "place_code", "of", "design", "villages", "households", "seed", "frame_size", "frame_digest",
                "drawn", "drawn_by", "drawn_at", "drawn_from", "hidden_until",
            ),
            "official",
        ),
        "why": "personal",
    }  # fmt: skip

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["place_code"], name="draw_by_place", opclasses=["varchar_pattern_ops"])]

    def __str__(self) -> str:
        return f"draw {self.pk} of {self.place_code}"


class Answer(models.Model):
    """What came of a household drawn. Told again, the last word counts; the audit keeps the words before."""

    class Outcome(models.TextChoices):
        SEEN = "seen"
        AWAY = "away"
        REFUSED = "refused"
        GONE = "gone"

    draw = models.ForeignKey(Draw, models.PROTECT, related_name="answers")
    place_code = models.CharField(max_length=12, help_text="the household's village when it was drawn")
    household_id = models.CharField(max_length=40)
    outcome = models.CharField(max_length=7, choices=Outcome.choices)
    answered_on = models.DateField()
    persons = models.PositiveSmallIntegerField(null=True, help_text="about whom it was asked")
    found = models.PositiveSmallIntegerField(null=True, help_text="of these, wrongly exited or missed")
    approves = models.BooleanField(null=True)
    note = models.TextField(blank=True)
    answered_by = models.ForeignKey(Office, models.PROTECT, related_name="+")

    privacy = {
        **dict.fromkeys(
            (
                "id", "draw", "place_code", "household_id", "outcome", "answered_on", "persons", "found", "approves",
                "answered_by",
            ),
            "official",
        ),
        "note": "personal",
    }  # fmt: skip

    class Meta:
        ordering = ["draw", "household_id"]
        constraints = [
            models.UniqueConstraint(fields=["draw", "household_id"], name="answer_once_for_a_household_drawn"),
            models.CheckConstraint(
                condition=Q(found=None) | Q(found__lte=models.F("persons")), name="answer_finds_no_more_than_asked"
            ),
        ]
        indexes = [models.Index(fields=["place_code"], name="answer_by_place", opclasses=["varchar_pattern_ops"])]

    def __str__(self) -> str:
        return f"{self.household_id} in draw {self.draw_id}"
