"""What every register is, and how one comes to be known.

A register is known by being declared, in the models of any room: a subclass of `Register` that is not abstract can be
loaded, goes into snapshots and is judged like any other, if the catalogue's facts.toml names it.

Every row of a register knows two clocks: `held_from`/`held_to`, the period it speaks of (a day, for an event), and
`recorded_at`, when we learned it. A correction supersedes a row and says so in it; nothing is overwritten. A fact that
is null is unknown. The facts of each register are those of the catalogue's facts.toml, by name and type.

The codes of text facts have no CHECK constraint: the catalogue declares them, and a new code there should not need a
migration of a table of millions. The load refuses codes that are not declared, for all rows at once.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, ClassVar, TypeVar, cast

from django.core.exceptions import ImproperlyConfigured
from django.db import models
from django.db.models import Q
from django.db.models.functions import Length
from django.db.models.signals import class_prepared
from django.dispatch import receiver

from firmground.engines.snapshot import COUNTY_DIGITS
from firmground.registry.fields import PrivacyOfFields, day
from firmground.registry.loads import Load

models.CharField.register_lookup(Length)

OPEN = Q(superseded_at=None)


class Register(models.Model):
    """What every row of a register carries besides its facts.

    Attributes:
        KEY: the column that names a row, "<table>_id"; the table is called so in facts.toml.
        TITLE: what the register is called, in English and Chinese.
        MADE_FROM: the key is made from these where a file brings none.
        OF: the register whose rows it speaks of, by their key.
        PLACE: the column of the place: `village_code`, a village; or `place_code`, a place of so many DIGITS.
        DIGITS: fewer than 6 are places above the county; 0 is the nation, whose code is "".
        NAMES_A_PERSON: a file may name a member by name and identity number instead of by their numbers.
        WITH_MEMBER: a snapshot keeps which member a row is about.
        COMPUTED: facts that no file brings: worked out over the whole register when a snapshot is taken.
    """

    KEY: ClassVar[str]
    TITLE: ClassVar[tuple[str, str]]
    MADE_FROM: ClassVar[tuple[str, ...]] = ()
    OF: ClassVar["type[Register] | None"] = None
    PLACE: ClassVar[str]
    DIGITS: ClassVar[tuple[int, ...]] = (6, 9, 12)
    NAMES_A_PERSON: ClassVar[bool] = False
    WITH_MEMBER: ClassVar[bool] = False
    COMPUTED: ClassVar[tuple[str, ...]] = ()

    held_to = day("official")
    recorded_at = models.DateTimeField()
    # A load writes its rows and its own in one transaction, and no load is ever deleted. To have the database look each
    # row's load up again takes a third of the time that the row's insert takes.
    source = models.ForeignKey(Load, models.PROTECT, related_name="+", db_index=False, db_constraint=False)
    superseded_at = models.DateTimeField(null=True)
    superseded_by = models.ForeignKey(
        Load, models.PROTECT, null=True, related_name="+", db_index=False, db_constraint=False
    )

    privacy = PrivacyOfFields()

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self._meta.model_name} {getattr(self, self.KEY)}"

    @classmethod
    def table(cls) -> str:
        """The name of the register in facts.toml, snapshots and loads."""
        return cls.KEY.removesuffix("_id")


R = TypeVar("R", bound=Register, covariant=True)


class Registers(Mapping[str, "type[R]"]):
    """Those registers that a condition holds of, by table, in the order of REGISTERS; also ones declared later."""

    def __init__(self, holds: Callable[[type[Register]], bool]) -> None:
        self._holds = holds

    def __getitem__(self, table: str) -> type[R]:
        if not self._holds(model := REGISTERS[table]):
            raise KeyError(table)
        return cast("type[R]", model)

    def __iter__(self) -> Iterator[str]:
        return (table for table, model in REGISTERS.items() if self._holds(model))

    def __len__(self) -> int:
        return sum(1 for _ in self)


REGISTERS: dict[str, type[Register]] = {}
"""Every register by table, in the order of declaration: what a row speaks of comes before it."""


@receiver(class_prepared)
def _enter(sender: type[models.Model], **_: Any) -> None:
    if not issubclass(sender, Register):
        return
    table = sender.table()
    if table in REGISTERS:
        raise ImproperlyConfigured(f"Two registers are called '{table}': {REGISTERS[table]!r} and {sender!r}.")
    REGISTERS[table] = sender


def register(
    key: str,
    *more: models.Index,
    of: str = "",
    place: str = "village_code",
    digits: tuple[int, ...] = (6, 9, 12),
) -> Any:
    """The Meta of a register: one open row per key; rows found by place, and within the place by what they speak of.

    Args:
        of: the column that names it.
        place: the register's PLACE.
        digits: its DIGITS.
    """
    table = key.removesuffix("_id")
    within = "county" if min(digits) == COUNTY_DIGITS else "place"
    found_by = [place, *([of] if of else [])]
    prefix = ["varchar_pattern_ops", "text_pattern_ops"][: len(found_by)]
    lies_in = {
        "village_code": models.CheckConstraint(condition=Q(village_code__length=12), name=f"{table}_is_in_a_village"),
        "place_code": models.CheckConstraint(
            condition=Q(place_code__length__in=digits),
            name=f"{table}_is_in_a_{within}",
        ),
    }
    return type(
        "Meta",
        (),
        {
            "constraints": [
                models.UniqueConstraint(fields=[key], condition=OPEN, name=f"{table}_open_once"),
                lies_in[place],
                models.CheckConstraint(
                    condition=Q(superseded_at=None, superseded_by=None)
                    | Q(superseded_at__isnull=False, superseded_by__isnull=False),
                    name=f"{table}_superseded_by_a_load",
                ),
            ],
            "indexes": [models.Index(fields=found_by, name=f"{table}_by_place", opclasses=prefix), *more],
        },
    )


class InVillage(Register):
    """A row that lies in a village."""

    PLACE = "village_code"

    village_code = models.CharField(max_length=12)

    class Meta:
        abstract = True
