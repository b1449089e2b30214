"""A case, and the moves made in it."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from firmground.officers.models import Office

OPEN = Q(closed_on=None)


class ProcedureText(models.Model):
    """A procedure as it was written when cases began under it: they finish under it, whatever is written later."""

    digest = models.CharField(max_length=64, primary_key=True)
    procedure = models.CharField(max_length=60)
    said = models.JSONField(help_text="the content of its file")
    since = models.DateTimeField(auto_now_add=True)

    privacy = dict.fromkeys(("digest", "procedure", "said", "since"), "public")

    class Meta:
        ordering = ["procedure", "since"]

    def __str__(self) -> str:
        return f"{self.procedure} of {self.since:%Y-%m-%d}"


class FormText(models.Model):
    """A form as it was asked, so that its answers can be read for ever, whatever is asked later."""

    digest = models.CharField(max_length=64, primary_key=True)
    form = models.CharField(max_length=60)
    said = models.JSONField(help_text="its questions, codes and classes")
    since = models.DateTimeField(auto_now_add=True)

    privacy = dict.fromkeys(("digest", "form", "said", "since"), "public")

    class Meta:
        ordering = ["form", "since"]

    def __str__(self) -> str:
        return f"{self.form} of {self.since:%Y-%m-%d}"


class Case(models.Model):
    """One subject on its way through a procedure.

    Where it stands (`at`, `entered_on`, `due_on`, `whole_due_on`, `roles`) is what the procedure works out from the
    moves; it is kept here so that desks can be searched.
    """

    procedure = models.CharField(max_length=60)
    text = models.ForeignKey(ProcedureText, models.PROTECT, related_name="+", db_index=False)
    about = models.CharField(max_length=40)
    subject_id = models.CharField(max_length=40)
    place_code = models.CharField(max_length=12)
    channel = models.CharField(max_length=40, help_text="how it came about, as the procedure calls it")
    standards = models.JSONField(default=list, help_text="the standards whose findings opened it")
    opened_on = models.DateField()
    opened_by = models.ForeignKey(Office, models.PROTECT, related_name="+")
    opened_from = models.ForeignKey("self", models.PROTECT, null=True, related_name="opened")
    why = models.TextField(blank=True)
    at = models.CharField(max_length=60, help_text="the step it stands at, or the outcome it ended with")
    entered_on = models.DateField()
    due_on = models.DateField(null=True)
    agreed_on = models.DateField(null=True, help_text="a last day for the whole, agreed when it was opened")
    whole_due_on = models.DateField(null=True)
    late_after = models.DateField(null=True)
    roles = ArrayField(models.CharField(max_length=14), help_text="who may take the step it stands at")
    risen_to = models.CharField(max_length=14, blank=True, help_text="the role an overdue step has risen to")
    closed_on = models.DateField(null=True)
    moves_made = models.IntegerField(default=0)

    privacy = {
        **dict.fromkeys(
            (
                "id", "procedure", "text", "about", "place_code", "channel", "opened_on", "opened_by", "opened_from",
                "at", "entered_on", "due_on", "agreed_on", "whole_due_on", "late_after", "roles", "risen_to",
                "closed_on", "moves_made",
            ),
            "official",
        ),
        **dict.fromkeys(("subject_id", "standards", "why"), "personal"),
    }  # fmt: skip

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["procedure", "about", "subject_id"], condition=OPEN, name="case_open_once"),
            models.CheckConstraint(condition=Q(closed_on=None) | Q(roles=[]), name="case_closed_waits_for_nobody"),
        ]
        indexes = [
            models.Index(fields=["about", "subject_id"], name="case_by_subject"),
            models.Index(
                fields=["place_code", "late_after"], condition=OPEN, name="case_open_by_place",
                opclasses=["varchar_pattern_ops", "date_ops"],
            ),
            models.Index(fields=["late_after"], condition=OPEN, name="case_open_by_limit"),
            models.Index(fields=["closed_on"], condition=~OPEN, name="case_closed"),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"case {self.pk} ({self.procedure})"


class Move(models.Model):
    """What an officer did in a case. Never changed, never taken back; what was wrong is put right by another move."""

    case = models.ForeignKey(Case, models.PROTECT, related_name="moves", db_index=False)
    position = models.IntegerField()
    step = models.CharField(max_length=60)
    outcome = models.CharField(max_length=60)
    place_code = models.CharField(max_length=12)
    office = models.ForeignKey(Office, models.PROTECT, related_name="+")
    on = models.DateField()
    at = models.DateTimeField(auto_now_add=True)
    shown = ArrayField(models.CharField(max_length=80), help_text="the needs that were shown")
    answers = models.JSONField(default=dict, help_text="form -> field -> answer")
    asked = models.JSONField(default=dict, help_text="form -> the digest of its text as it was asked")
    why = models.TextField(blank=True)
    notice = models.IntegerField(null=True, help_text="the notice posted with it")

    privacy = {
        **dict.fromkeys(
            (
                "id",
                "case",
                "position",
                "step",
                "outcome",
                "place_code",
                "office",
                "on",
                "at",
                "shown",
                "notice",
                "asked",
            ),
            "official",
        ),
        "answers": "sensitive",
        "why": "personal",
    }

    class Meta:
        ordering = ["case", "position"]
        constraints = [models.UniqueConstraint(fields=["case", "position"], name="move_once")]

    def __str__(self) -> str:
        return f"{self.step}: {self.outcome} in case {self.case_id}"


class Attachment(models.Model):
    """A file shown with a move: a photograph, a certificate, minutes. Kept by its content, never run as anything."""

    move = models.ForeignKey(Move, models.PROTECT, related_name="attachments")
    place_code = models.CharField(max_length=12)
    need = models.CharField(max_length=80, help_text="what it shows")
    file_name = models.TextField()
    media_type = models.CharField(max_length=40)
    sha256 = models.CharField(max_length=64)
    bytes = models.IntegerField()

    privacy = {
        **dict.fromkeys(("id", "move", "place_code", "need", "media_type", "sha256", "bytes"), "official"),
        "file_name": "personal",
    }

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.file_name} of move {self.move_id}"


class Application(models.Model):
    """What a household asks for on the public page, in its own words, until the township opens a case or says why not.

    The receipt lets whoever holds it read what became of it.
    """

    place_code = models.CharField(max_length=12, help_text="the village")
    name = models.CharField(max_length=80)
    number = models.CharField(max_length=40, blank=True, help_text="of the household, or the end of an ID number")
    text = models.TextField()
    contact = models.CharField(max_length=100, blank=True)
    received_at = models.DateTimeField()
    received_on = models.DateField()
    due_on = models.DateField(help_text="the township's last day to take it up")
    sender = models.CharField(max_length=64, help_text="of the address and the day, not to be traced back")
    receipt = models.CharField(max_length=24, unique=True)
    case = models.ForeignKey(Case, models.PROTECT, null=True, related_name="applications")
    answer = models.TextField(blank=True, help_text="why no case was opened")
    answered_on = models.DateField(null=True)
    answered_by = models.ForeignKey(Office, models.PROTECT, null=True, related_name="+")

    privacy = {
        **dict.fromkeys(
            ("id", "place_code", "received_at", "received_on", "due_on", "case", "answered_on", "answered_by"),
            "official",
        ),
        **dict.fromkeys(("name", "number", "answer"), "personal"),
        **dict.fromkeys(("text", "contact", "sender", "receipt"), "sensitive"),
    }

    class Meta:
        ordering = ["due_on", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(answered_on=None, answered_by=None, case=None, answer="")
                | Q(answered_on__isnull=False, answered_by__isnull=False)
                & (Q(case=None) & ~Q(answer="") | Q(case__isnull=False, answer="")),
                name="application_opened_or_answered",
            ),
        ]
        indexes = [
            models.Index(fields=["place_code"], condition=Q(answered_on=None), name="application_waiting",
                         opclasses=["varchar_pattern_ops"]),
            models.Index(fields=["sender"], name="application_by_sender"),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"application {self.pk} from {self.place_code}"


class Digest(models.Model):
    """That an office was told by mail, on a morning, how much waits at its desk. Told once a day."""

    office = models.ForeignKey(Office, models.PROTECT, related_name="+", db_index=False)
    on = models.DateField()
    waiting = models.IntegerField()
    late = models.IntegerField()
    risen = models.IntegerField()
    sent_at = models.DateTimeField(auto_now_add=True)

    privacy = dict.fromkeys(("id", "office", "on", "waiting", "late", "risen", "sent_at"), "official")

    class Meta:
        ordering = ["-on", "office"]
        constraints = [models.UniqueConstraint(fields=["office", "on"], name="digest_once_a_day")]

    def __str__(self) -> str:
        return f"digest of {self.on} for office {self.office_id}"
