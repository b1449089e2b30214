"""A row as an office may read it: the classes of fields its role reads; numbers that name a person are masked."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Annotated, Any

from django.db.models import Model
from pydantic import Field

from firmground.common.masking import masked
from firmground.officers.models import Office, Role
from firmground.officers.permissions import READS
from firmground.registry.fields import KEPT

MASKED = {"id_number": "id_number", "phone": "phone", "bank_account": "account"}
NOT_OURS_TO_SAY = frozenset(KEPT) - {"village_code"}  # how the register keeps the row


@dataclass(frozen=True)
class Says:
    """What a parameter means, kept where a default would hide the description of a Field."""

    description: str

    def __get_pydantic_json_schema__(self, schema: Any, handler: Any) -> Any:
        return {**handler(schema), "description": self.description}


CODE = Says("A place, by its code of 2, 4, 6, 9 or 12 digits")
Code = Annotated[str, Field(pattern=r"^(\d{2}|\d{4}|\d{6}|\d{9}|\d{12})?$"), CODE]
Place = Annotated[str, Field(pattern=r"^(\d{2}|\d{4}|\d{6}|\d{9}|\d{12})$"), CODE]
Number = Annotated[int, Field(ge=1, le=2**63 - 1)]
After = Annotated[int, Field(ge=0, le=2**63 - 1), Says("The last id of the page before")]
Limit = Annotated[int, Field(ge=1, le=500), Says("How many of them at most")]
Key = Annotated[str, Field(pattern=r"^[0-9A-Za-z_-]{1,40}$"), Says("The number of a household")]
Word = Annotated[str, Field(pattern=r"^[a-z0-9_]{1,100}$"), Says("A name of the catalogue")]


def reads(office: Office, class_: str) -> bool:
    """Whether the role of an office reads fields of a class."""
    return class_ in READS[Role(office.role)]


def readable(model: type[Model], office: Office, leave_out: Collection[str] = ()) -> list[str]:
    """The fields of a model that an office reads."""
    classed: dict[str, str] = model.privacy  # type: ignore[attr-defined]  # every model of ours has it
    return [name for name, class_ in classed.items() if reads(office, class_) and name not in leave_out]


def shown(row: Model, office: Office, leave_out: Collection[str] = NOT_OURS_TO_SAY) -> dict[str, Any]:
    """What an office reads of a row."""
    names = {field.name: field.attname for field in row._meta.concrete_fields}
    values = {name: getattr(row, names[name]) for name in readable(type(row), office, leave_out)}
    return {name: masked(value, MASKED[name]) if name in MASKED else value for name, value in values.items()}
