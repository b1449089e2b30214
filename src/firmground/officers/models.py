"""Officers, and the offices they hold."""

from datetime import date
from functools import cached_property

from django.contrib.auth.hashers import check_password
from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Length
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from firmground.officers.territory import Territory
from firmground.officers.tokens import Token as Token
from firmground.officers.tokens import TokenUse as TokenUse

models.CharField.register_lookup(Length)


class Role(models.TextChoices):
    """As what somebody acts. The first six are levels, from the village up."""

    VILLAGE_WORKER = "village_worker", _("Village worker")
    TOWNSHIP = "township", _("Township")
    COUNTY = "county", _("County")
    PREFECTURE = "prefecture", _("Prefecture")
    PROVINCE = "province", _("Province")
    NATION = "nation", _("Nation")
    DEPARTMENT = "department", _("Department")
    SUPERVISOR = "supervisor", _("Supervisor")
    AUDITOR = "auditor", _("Auditor")
    ADMINISTRATOR = "administrator", _("Administrator")
    SYSTEM = "system", _("Another government system")


# The levels, and how many digits the code of their territory has.
LEVELS = {
    Role.NATION: 0,
    Role.PROVINCE: 2,
    Role.PREFECTURE: 4,
    Role.COUNTY: 6,
    Role.TOWNSHIP: 9,
    Role.VILLAGE_WORKER: 12,
}


class Officers(BaseUserManager["Officer"]):
    pass


class Officer(AbstractBaseUser):
    """A person who signs in, the machine itself, or the system of another government."""

    last_login = None  # who signed in when stands in the trail

    username = models.CharField(max_length=60, unique=True)
    name = models.CharField(max_length=80)
    email = models.EmailField(blank=True)
    phone = models.CharField(max_length=20, blank=True)
    language = models.CharField(max_length=10, default="zh-hans")
    locked_on = models.DateTimeField(null=True)
    locked_because = models.TextField(blank=True)
    failures = models.PositiveSmallIntegerField(default=0, help_text="wrong passwords in a row")
    waits_until = models.DateTimeField(null=True, help_text="no sign-in before; too many were wrong")
    password_was_given = models.BooleanField(default=False, help_text="by somebody else: it has to be changed first")

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS = ["name"]
    objects = Officers()

    privacy = {
        **dict.fromkeys(
            ("id", "username", "language", "locked_on", "failures", "waits_until", "password_was_given"), "official"
        ),
        **dict.fromkeys(("name", "email", "phone", "locked_because"), "personal"),
        "password": "sensitive",
    }

    class Meta:
        ordering = ["username"]

    def __str__(self) -> str:
        return self.name

    @property
    def is_active(self) -> bool:  # type: ignore[override]  # Django's is a field
        return self.locked_on is None

    def check_password(self, raw_password: str | None) -> bool:
        """Django's own would also write a fresher hash, in no office."""
        return check_password(raw_password, self.password)

    @cached_property
    def offices_today(self) -> list["Office"]:
        """The offices held today, the one with the widest territory first."""
        held = list(Office.held_on().filter(officer=self).order_by(Length("territory"), "id"))
        for office in held:
            office.officer = self
        return held

    @property
    def territory(self) -> Territory:
        """Where this officer may look: the union of the offices held today."""
        return Territory.of(office.territory for office in self.offices_today) if self.is_active else Territory(())


class Office(models.Model):
    """A role in a territory, held by an officer from one day to another; no `held_to`: until further notice."""

    officer = models.ForeignKey(Officer, models.PROTECT, related_name="offices")
    role = models.CharField(max_length=14, choices=Role.choices)
    territory = models.CharField(max_length=12, blank=True, help_text="the code of a place; empty: the nation")
    department = models.CharField(max_length=30, blank=True)
    held_from = models.DateField()
    held_to = models.DateField(null=True, help_text="the last day")
    delegated_from = models.ForeignKey("self", models.PROTECT, null=True, related_name="delegations")
    granted_by = models.ForeignKey("self", models.PROTECT, null=True, related_name="granted")

    privacy = dict.fromkeys(
        (
            "id", "officer", "role", "territory", "department", "held_from", "held_to", "delegated_from", "granted_by",
        ),
        "official",
    )  # fmt: skip

    class Meta:
        ordering = ["territory", "role", "id"]
        indexes = [
            models.Index(fields=["territory", "role"], name="office_by_place",
                         opclasses=["varchar_pattern_ops", "varchar_pattern_ops"]),
        ]  # fmt: skip
        constraints = [
            models.CheckConstraint(
                condition=~Q(role__in=list(LEVELS))
                | Q(*(Q(role=role, territory__length=digits) for role, digits in LEVELS.items()), _connector=Q.OR),
                name="office_fits_its_level",
            ),
            models.CheckConstraint(
                condition=Q(role=Role.DEPARTMENT) & ~Q(department="") | ~Q(role=Role.DEPARTMENT) & Q(department=""),
                name="office_of_a_department",
            ),
            models.CheckConstraint(
                condition=Q(held_to=None) | Q(held_to__gte=F("held_from")), name="office_ends_after_it_begins"
            ),
            models.CheckConstraint(
                condition=Q(delegated_from=None) | Q(held_to__isnull=False), name="delegation_has_an_end"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.role} of {self.territory or 'the nation'}, held by {self.officer_id}"

    @staticmethod
    def held_on(day: date | None = None) -> "models.QuerySet[Office]":
        """The offices held on a day; today's when none is given."""
        day = day or timezone.localdate()
        return Office.objects.filter(Q(held_to=None) | Q(held_to__gte=day), held_from__lte=day)

    def is_held(self, day: date | None = None) -> bool:
        day = day or timezone.localdate()
        return self.held_from <= day and (self.held_to is None or day <= self.held_to)

    @property
    def reach(self) -> Territory:
        """Where this office acts."""
        return Territory((self.territory,))


class HandOver(models.Model):
    """交接单: what was open on a desk when it was handed over, and that whoever took it over has read it."""

    office = models.ForeignKey(Office, models.PROTECT, related_name="handed_over")
    to = models.ForeignKey(Office, models.PROTECT, related_name="taken_over")
    by = models.ForeignKey(Office, models.PROTECT, related_name="+")
    place_code = models.CharField(max_length=12, blank=True, help_text="the territory of the desk; empty: the nation")
    made_at = models.DateTimeField()
    why = models.TextField(blank=True)
    promised = models.TextField(blank=True, help_text="what was promised by word of mouth, and to whom")
    sheet = models.JSONField(help_text="kind, number, says, place_code, due_on and late of each piece of open work")
    acknowledged_at = models.DateTimeField(null=True)

    privacy = {
        **dict.fromkeys(("id", "office", "to", "by", "place_code", "made_at", "acknowledged_at"), "official"),
        **dict.fromkeys(("why", "promised", "sheet"), "personal"),
    }

    class Meta:
        ordering = ["-made_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["office", "to"], condition=Q(acknowledged_at=None), name="hand_over_waits_once"
            ),
        ]

    def __str__(self) -> str:
        return f"hand-over of office {self.office_id} to {self.to_id}"

    @property
    def late(self) -> int:
        """How many pieces were late."""
        return sum(bool(piece["late"]) for piece in self.sheet)
