"""What a screening found, and how it compares with the one before."""

from django.db import models


class Screening(models.Model):
    """One screening taken in: a snapshot judged by a catalogue. Screenings are numbered in the order of their dates."""

    folder = models.TextField(help_text="where the screening's files lie")
    snapshot_folder = models.TextField(blank=True, help_text="where the snapshot's files lie; empty: not known")
    snapshot_digest = models.CharField(max_length=64)
    catalogue_digest = models.CharField(max_length=64)
    as_of = models.DateField()
    known_at = models.DateTimeField()
    engine = models.CharField(max_length=20)
    counties = models.JSONField(help_text="the codes of the counties that were screened")
    started_at = models.DateTimeField(help_text="when taking it in began")
    finished_at = models.DateTimeField(help_text="when it was in whole")
    previous = models.OneToOneField("self", models.PROTECT, null=True, related_name="next")

    privacy = dict.fromkeys(
        (
            "id", "folder", "snapshot_folder", "snapshot_digest", "catalogue_digest", "as_of", "known_at", "engine",
            "counties", "started_at", "finished_at", "previous",
        ),
        "official",
    )  # fmt: skip

    class Meta:
        ordering = ["id"]
        get_latest_by = "id"
        constraints = [
            models.UniqueConstraint(fields=["snapshot_digest", "catalogue_digest"], name="screening_taken_in_once")
        ]

    def __str__(self) -> str:
        return f"screening {self.pk} as of {self.as_of}"


class StandardResult(models.Model):
    """What a screening found of one standard over every place. Held: not shown until somebody releases it."""

    pk = models.CompositePrimaryKey("screening_id", "standard")
    screening = models.ForeignKey(Screening, models.CASCADE, related_name="standards")
    standard = models.CharField(max_length=100)
    about = models.CharField(max_length=40)
    task = models.SmallIntegerField(null=True, help_text="the notice's task that it belonged to when it was taken in")
    asked = models.BigIntegerField()
    met = models.BigIntegerField()
    not_met = models.BigIntegerField()
    unknown = models.BigIntegerField()
    held_because = models.TextField(blank=True, help_text="why it is held; empty: it was not")
    released_at = models.DateTimeField(null=True)
    released_by_note = models.TextField(blank=True)

    privacy = dict.fromkeys(
        (
            "screening", "standard", "about", "task", "asked", "met", "not_met", "unknown", "held_because",
            "released_at", "released_by_note",
        ),
        "official",
    )  # fmt: skip

    class Meta:
        ordering = ["standard"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(released_at=None) | ~models.Q(released_by_note=""), name="release_has_a_note"
            )
        ]

    def __str__(self) -> str:
        return f"{self.standard} in screening {self.screening_id}"

    @property
    def held(self) -> bool:
        """Whether it is still waiting for somebody to release it."""
        return bool(self.held_because) and self.released_at is None


class PlaceResult(models.Model):
    """Counts of one standard in one place, from the village to the nation (code ""), in one screening.

    `opened` and `closed` count those not met that the screening before had not, and the other way round:
    not_met = not_met before + opened - closed.
    """

    pk = models.CompositePrimaryKey("screening_id", "place_code", "standard")
    screening = models.ForeignKey(Screening, models.CASCADE, related_name="places", db_index=False)
    place_code = models.CharField(max_length=12, blank=True)
    standard = models.CharField(max_length=100)
    asked = models.BigIntegerField()
    met = models.BigIntegerField()
    not_met = models.BigIntegerField()
    unknown = models.BigIntegerField()
    opened = models.BigIntegerField()
    closed = models.BigIntegerField()

    privacy = dict.fromkeys(
        ("screening", "place_code", "standard", "asked", "met", "not_met", "unknown", "opened", "closed"), "official"
    )

    def __str__(self) -> str:
        return f"{self.standard} in {self.place_code or 'the nation'}, screening {self.screening_id}"


class HouseholdTally(models.Model):
    """Households of one place that fall short in a task, or in one of several, in one screening.

    A household counts once, however many standards of these tasks it or its members fall short of. `opened` and
    `closed` count findings, as in PlaceResult. Written when a screening is taken in or a standard released.
    """

    pk = models.CompositePrimaryKey("screening_id", "place_code", "tasks")
    screening = models.ForeignKey(Screening, models.CASCADE, related_name="tallies", db_index=False)
    place_code = models.CharField(max_length=12, blank=True)
    digits = models.SmallIntegerField(help_text="the level of the place, by the length of its code")
    tasks = models.CharField(max_length=20, help_text='the tasks counted together: "3", or "3,5"')
    households = models.BigIntegerField(help_text="those screened, whether they fall short or not")
    short = models.BigIntegerField()
    unknown = models.BigIntegerField(help_text="of whom at least one standard could not be answered")
    opened = models.BigIntegerField()
    closed = models.BigIntegerField()

    privacy = dict.fromkeys(
        (
            "screening", "place_code", "digits", "tasks", "households", "short", "unknown", "opened", "closed",
        ),
        "official",
    )  # fmt: skip

    class Meta:
        indexes = [
            models.Index(
                fields=["screening", "digits", "place_code"],
                name="tally_by_level",
                opclasses=["int8_ops", "int2_ops", "varchar_pattern_ops"],
            )
        ]

    def __str__(self) -> str:
        return f"tasks {self.tasks} in {self.place_code or 'the nation'}, screening {self.screening_id}"


class Finding(models.Model):
    """A subject falls short of a standard, or nobody knows whether it does.

    A row says what was found from one screening to another and is never overwritten: when the evidence changes, the
    row is replaced by a new one that keeps `opened_in`; when the standard is met, or no longer asked, the row is
    closed. "Unknown" that turns out "not met" is a new finding. How a finding stands (opened, still_open, changed,
    closed) follows from these, seen from a screening: `queries.seen_from`.
    """

    class Verdict(models.TextChoices):
        NOT_MET = "not_met"
        UNKNOWN = "unknown"

    about = models.CharField(max_length=40)
    subject_id = models.CharField(max_length=40)
    household_id = models.CharField(
        max_length=40,
        blank=True,
        help_text="the subject, or a member's household; a member the register has not stands alone; "
        "empty: it is about no household",
    )
    place_code = models.CharField(max_length=12)
    standard = models.CharField(max_length=100)
    verdict = models.CharField(max_length=7, choices=Verdict.choices)
    evidence = models.JSONField(help_text="each fact and parameter the standard read, and its value")
    opened_in = models.ForeignKey(Screening, models.PROTECT, related_name="opened", db_index=False)
    changed_in = models.ForeignKey(
        Screening, models.PROTECT, null=True, related_name="changed", help_text="where this evidence was first found"
    )
    replaced_in = models.ForeignKey(
        Screening,
        models.PROTECT,
        null=True,
        related_name="replaced",
        db_index=False,
        help_text="where newer evidence was found",
    )
    closed_in = models.ForeignKey(Screening, models.PROTECT, null=True, related_name="closed")

    privacy = {
        **dict.fromkeys(("id", "opened_in", "changed_in", "replaced_in", "closed_in"), "official"),
        **dict.fromkeys(("about", "subject_id", "household_id", "place_code", "standard", "verdict"), "personal"),
        "evidence": "sensitive",  # it quotes facts of every class
    }

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["about", "subject_id", "standard"],
                condition=models.Q(closed_in=None, replaced_in=None),
                name="finding_open_once",
            )
        ]
        indexes = [
            models.Index(fields=["about", "subject_id"], name="finding_by_subject"),
            models.Index(fields=["household_id", "subject_id", "standard"], name="finding_by_household"),
            models.Index(
                fields=["standard", "place_code"],
                name="finding_by_standard",
                opclasses=["varchar_pattern_ops", "varchar_pattern_ops"],
            ),
            models.Index(fields=["place_code"], name="finding_by_place", opclasses=["varchar_pattern_ops"]),
            models.Index(fields=["opened_in", "standard"], name="finding_by_opening"),
            # Few among those of households: a county's page counts them without reading the others.
            models.Index(
                fields=["about", "place_code"],
                name="finding_of_others",
                condition=~models.Q(about__in=["household", "member"]),
                opclasses=["varchar_ops", "varchar_pattern_ops"],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.standard} of {self.about} {self.subject_id}: {self.verdict}"
