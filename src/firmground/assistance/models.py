"""A measure: promised to a household, given, and looked at afterwards."""

from django.db import models
from django.db.models import F, Q

from firmground.cases.models import Case
from firmground.officers.models import Office
from firmground.registry.fields import day

PROMISED = Q(given_on=None, cancelled_on=None)
GIVEN = Q(given_on__isnull=False, cancelled_on=None)


class Measure(models.Model):
    """帮扶措施: one thing for one household, promised until it is given or cancelled.

    What was recorded as given by mistake is cancelled, too, and stays on record; where it was put right, another
    measure corrects it.
    """

    class Effect(models.TextChoices):
        SOLVED = "solved"
        EASED = "eased"
        NONE = "none"
        TOO_EARLY = "too_early"

    household_id = models.CharField(max_length=40)
    place_code = models.CharField(max_length=12)
    case = models.ForeignKey(Case, models.PROTECT, null=True, related_name="+", help_text="the case it was set in")
    risk = models.CharField(max_length=30, blank=True, help_text="the risk it is against; empty: none in particular")
    measure = models.CharField(max_length=30, help_text="a code of assistance.measure")
    department = models.CharField(max_length=30, help_text="which answers for it")
    responsible = models.ForeignKey(
        Office, models.PROTECT, null=True, related_name="+", help_text="the office in that department"
    )
    item = models.CharField(max_length=120, help_text="what exactly, as: six piglets")
    unit = models.CharField(max_length=80, blank=True, help_text="the body that gives it, where it is another")
    amount = models.DecimalField(max_digits=12, decimal_places=2, null=True, help_text="yuan; its worth if in kind")
    note = models.TextField(blank=True)
    promised_on = models.DateField()
    promised_by = models.ForeignKey(Office, models.PROTECT, related_name="+")
    due_on = models.DateField(help_text="to be given by the end of this day")
    given_on = day("official")
    given_by = models.ForeignKey(Office, models.PROTECT, null=True, related_name="+")
    assistance_id = models.TextField(blank=True, help_text="its row in the register")
    effect = models.CharField(max_length=9, choices=Effect.choices, blank=True)
    effect_on = day("official")
    effect_by = models.ForeignKey(Office, models.PROTECT, null=True, related_name="+")
    cancelled_on = day("official")
    cancelled_by = models.ForeignKey(Office, models.PROTECT, null=True, related_name="+")
    cancelled_why = models.TextField(blank=True)
    corrects = models.OneToOneField(
        "self", models.PROTECT, null=True, related_name="corrected_by", help_text="the one it puts right"
    )

    privacy = {
        **dict.fromkeys(
            (
                "id", "household_id", "place_code", "case", "measure", "department", "responsible", "unit", "amount",
                "promised_on", "promised_by", "due_on", "given_on", "given_by", "assistance_id", "effect", "effect_on",
                "effect_by", "cancelled_on", "cancelled_by", "corrects",
            ),
            "official",
        ),
        **dict.fromkeys(("item", "note", "cancelled_why"), "personal"),
        "risk": "sensitive",
    }  # fmt: skip

    class Meta:
        ordering = ["due_on", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["household_id", "measure", "item"], condition=PROMISED, name="measure_promised_once"
            ),
            models.UniqueConstraint(
                fields=["assistance_id"],
                condition=~Q(assistance_id="") & Q(cancelled_on=None),
                name="measure_one_row_each",
            ),
            models.UniqueConstraint(
                fields=["household_id", "measure", "item", "unit", "amount", "given_on"],
                condition=GIVEN,
                nulls_distinct=False,
                name="measure_given_once",
            ),
            models.CheckConstraint(
                condition=Q(given_on=None, given_by=None, assistance_id="")
                | Q(given_on__isnull=False, given_by__isnull=False) & ~Q(assistance_id=""),
                name="measure_given_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(cancelled_on=None, cancelled_by=None, cancelled_why="")
                | Q(cancelled_on__isnull=False, cancelled_by__isnull=False) & ~Q(cancelled_why=""),
                name="measure_cancelled_for_a_reason",
            ),
            models.CheckConstraint(
                condition=Q(effect="", effect_on=None, effect_by=None)
                | Q(given_on__isnull=False, effect_by__isnull=False, effect_on__gte=F("given_on")) & ~Q(effect=""),
                name="measure_effect_after_giving",
            ),
            models.CheckConstraint(condition=Q(amount=None) | Q(amount__gt=0), name="measure_amount_is_something"),
            models.CheckConstraint(condition=Q(due_on__gte=F("promised_on")), name="measure_due_after_promise"),
        ]
        indexes = [
            models.Index(fields=["household_id"], name="measure_by_household"),
            models.Index(
                fields=["place_code", "due_on"], condition=PROMISED, name="measure_promised_by_place",
                opclasses=["varchar_pattern_ops", "date_ops"],
            ),
            models.Index(fields=["place_code", "department"], name="measure_by_place",
                         opclasses=["varchar_pattern_ops", "varchar_ops"]),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"measure {self.pk} ({self.measure}) for household {self.household_id}"
