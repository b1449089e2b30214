"""Fields that say who may see them, and whose null means unknown."""

from typing import Any

from django.db import models
from django.db.models import F

# What every register holds besides facts.
KEPT = dict.fromkeys(
    ("id", "village_code", "place_code", "recorded_at", "source", "superseded_at", "superseded_by"), "official"
)  # fmt: skip


class PrivacyOfFields:
    """A register's fields and their class (public, official, personal, sensitive), read from the fields themselves."""

    def __get__(self, instance: object, owner: type[models.Model]) -> dict[str, str]:
        classed = {field.name: getattr(field, "privacy", KEPT.get(field.name)) for field in owner._meta.concrete_fields}
        return {name: privacy for name, privacy in classed.items() if privacy}


def classed(field: Any, privacy: str) -> Any:
    field.privacy = privacy
    return field


def text(privacy: str, **options: Any) -> Any:
    return classed(models.TextField(**{"null": True, **options}), privacy)


def flag(privacy: str) -> Any:
    return classed(models.BooleanField(null=True), privacy)


def whole(privacy: str) -> Any:
    return classed(models.IntegerField(null=True), privacy)


def decimal(privacy: str) -> Any:
    return classed(models.DecimalField(max_digits=12, decimal_places=2, null=True), privacy)


def day(privacy: str, **options: Any) -> Any:
    return classed(models.DateField(**{"null": True, **options}), privacy)


def same_as(fact: str, privacy: str) -> Any:
    """The clock of a row whose facts already name the day it speaks of."""
    named: Any = F(fact)  # the stubs do not know that F is an expression here
    return classed(models.GeneratedField(expression=named, output_field=models.DateField(), db_persist=True), privacy)
