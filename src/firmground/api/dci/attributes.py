"""What may be asked about: the attributes and kinds of identifiers, each with the field that answers it.

An attribute of a class that the role does not read can neither be asked about, nor sorted by, nor is it answered.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

from firmground.api.records import reads
from firmground.officers.models import Office
from firmground.registry.models import Household, Member


@dataclass(frozen=True)
class Attribute:
    """One attribute. `type` is text, int, date, bool, or place: a code, which stands for every place within."""

    name: str
    field: str
    type: str


GROUP, MEMBER = "Group", "Member"
MODELS: dict[str, Any] = {GROUP: Household, MEMBER: Member}
ATTRIBUTES = {
    GROUP: {
        each.name: each
        for each in (
            Attribute("group_identifier", "household_id", "text"),
            Attribute("location", "village_code", "place"),
            Attribute("group_size", "population", "int"),
            Attribute("household_kind", "kind", "text"),
            Attribute("registration_date", "registered_on", "date"),
            Attribute("exit_date", "exited_on", "date"),
            Attribute("monitoring_date", "monitored_on", "date"),
            Attribute("elimination_date", "eliminated_on", "date"),
            Attribute("relocated", "relocated", "bool"),
            Attribute("main_cause", "main_cause", "text"),
        )
    },
    MEMBER: {
        each.name: each
        for each in (
            Attribute("member_identifier", "member_id", "text"),
            Attribute("group_identifier", "household_id", "text"),
            Attribute("location", "village_code", "place"),
            Attribute("name", "name", "text"),
            Attribute("sex", "sex", "text"),
            Attribute("birth_date", "birth_date", "date"),
            Attribute("relationship_to_head", "relation", "text"),
            Attribute("education_level", "education", "text"),
            Attribute("disability_grade", "disability_grade", "int"),
        )
    },
}
KEYS = {GROUP: "group_identifier", MEMBER: "member_identifier"}
# Kinds of identifiers -> the model and the field. Whoever asks by an identity number knows it already.
IDENTIFIERS: dict[str, tuple[Any, str]] = {
    "HOUSEHOLD_ID": (Household, "household_id"),
    "MEMBER_ID": (Member, "member_id"),
    "UIN": (Member, "id_number"),
}


def readable(entity: str, office: Office) -> dict[str, Attribute]:
    """The attributes of an entity that an office reads."""
    classes = MODELS[entity].privacy
    return {name: each for name, each in ATTRIBUTES[entity].items() if reads(office, classes[each.field])}


def typed(attribute: Attribute, value: Any) -> Any:
    """A value as the attribute's field takes it.

    Raises:
        ValueError: it is of another type.
    """
    if attribute.type == "int" and not isinstance(value, bool):
        number = int(str(value))
        if abs(number) < 2**31:
            return number
    elif attribute.type == "date":
        return date.fromisoformat(str(value)[:10])
    elif attribute.type == "bool" and str(value).lower() in ("true", "false"):
        return str(value).lower() == "true"
    elif attribute.type in ("text", "place") and isinstance(value, str | int) and len(str(value)) <= 100:
        return str(value)
    raise ValueError
