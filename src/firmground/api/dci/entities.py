"""A household as a Group, a person as a Member: the specification's words for what the register knows.

Only what the office's role reads. A number that names a person is never whole.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from typing import Any

from firmground.api.dci.attributes import GROUP, readable
from firmground.api.records import reads
from firmground.common.masking import masked
from firmground.officers.models import Office
from firmground.places.models import Place
from firmground.registry.models import OPEN, Household, Member

CONTEXT = "https://schema.spdci.org/extensions/social/v1/"
DIGITS_ABOVE = (2, 4, 6, 9, 12)


def records(entity: str, rows: Sequence[Any], office: Office) -> list[dict[str, Any]]:
    """Rows as records. Three statements at the most, however many rows there are."""
    places = _places(rows)
    if entity != GROUP:
        return [_member(row, places, office) for row in rows]
    members: dict[str, list[Any]] = defaultdict(list)
    theirs = Member.objects.filter(
        OPEN, village_code__in={row.village_code for row in rows}, household_id__in=[row.household_id for row in rows]
    )
    for each in theirs.order_by("household_id", "member_id"):
        if each.status in (None, "active"):
            members[each.household_id].append(each)
    return [_group(row, members[row.household_id], places, office) for row in rows]


def _group(row: Household, members: list[Member], places: dict[str, str], office: Office) -> dict[str, Any]:
    known = {name: getattr(row, each.field) for name, each in readable(GROUP, office).items()}
    people = [_member(each, places, office) for each in members]
    head = next((said for each, said in zip(members, people, strict=True) if each.relation == "head"), None)
    said = {
        "@context": CONTEXT,
        "@type": "Group",
        "group_identifier": [_identifier("HOUSEHOLD_ID", row.household_id)],
        "group_type": "household",
        "place": _place(row.village_code, places),
        "group_size": known.get("group_size"),
        "group_head_info": head,
        "member_list": people,
        "registration_date": known.get("registration_date"),
        "last_updated": row.recorded_at.isoformat(),
        "additional_attributes": [
            {name: _plain(known[name])}
            for name in (
                "household_kind",
                "exit_date",
                "monitoring_date",
                "elimination_date",
                "relocated",
                "main_cause",
            )
            if known.get(name) is not None
        ],
    }
    return {name: _plain(value) for name, value in said.items() if value is not None}


def _member(row: Member, places: dict[str, str], office: Office) -> dict[str, Any]:
    personal, sensitive = reads(office, "personal"), reads(office, "sensitive")
    person: dict[str, Any] = {"@type": "SRPerson"}
    if personal:
        person |= {
            "name": {"@type": "Name", "given_name": row.name or ""},
            "sex": row.sex,
            "birth_date": row.birth_date,
        }
    if sensitive and row.id_number:
        person["identifier"] = [_identifier("UIN", masked(row.id_number))]
    said = {
        "@context": CONTEXT,
        "@type": "Member",
        "member_identifier": [_identifier("MEMBER_ID", row.member_id)],
        "group_identifier": [_identifier("HOUSEHOLD_ID", row.household_id)],
        "demographic_info": {name: _plain(value) for name, value in person.items() if value is not None},
        "place": _place(row.village_code, places),
        "relationship_to_head": row.relation if personal else None,
        "education_level": row.education if personal else None,
        "is_disabled": row.disability_grade is not None if sensitive else None,
        "last_updated": row.recorded_at.isoformat(),
    }
    return {name: value for name, value in said.items() if value is not None}


def _identifier(kind: str, value: str) -> dict[str, str]:
    return {"@type": "Identifier", "identifier_type": kind, "identifier_value": value}


def _place(code: str, places: dict[str, str]) -> dict[str, str]:
    names = [places[code[:digits]] for digits in DIGITS_ABOVE if code[:digits] in places]
    return {"@type": "Place", "code": code, "address": " ".join(names)}


def _places(rows: Sequence[Any]) -> dict[str, str]:
    codes = {row.village_code[:digits] for row in rows for digits in DIGITS_ABOVE}
    return dict(Place.objects.filter(code__in=codes).values_list("code", "name_zh"))


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value
