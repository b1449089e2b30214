"""Whom a token speaks for."""

from typing import Any

from ninja import Router, Schema

from firmground.api.door import TokenNeeded
from firmground.api.errors import ERRORS
from firmground.officers.models import Role
from firmground.officers.permissions import PERMISSIONS, READS
from firmground.officers.requests import OfficerRequest

router = Router(tags=["me"], auth=TokenNeeded())


class Me(Schema):
    """The officer and the office; the classes of fields it reads, the verbs it may do."""

    officer: str
    role: str
    territory: str
    department: str
    reads: list[str]
    may: list[str]


@router.get("/me", response={200: Me, **ERRORS}, summary="Whom the token speaks for")
def me(request: OfficerRequest) -> Any:
    office = request.office
    return {
        "officer": request.officer.username,
        "role": office.role,
        "territory": office.territory,
        "department": office.department,
        "reads": sorted(READS[Role(office.role)]),
        "may": sorted(verb for verb, roles in PERMISSIONS.items() if office.role in roles),
    }
