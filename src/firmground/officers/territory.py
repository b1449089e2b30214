"""Territories 辖区: where somebody may look, in Python, in queries, and in PostgreSQL's own policies."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol

from django.db.migrations.operations.base import Operation
from django.db.models import Q

from firmground.common.audit.trail import told


@dataclass(frozen=True)
class Territory:
    """Every place whose code begins with one of the prefixes; the prefix "" is the nation."""

    prefixes: tuple[str, ...]

    @classmethod
    def of(cls, prefixes: Iterable[str]) -> "Territory":
        """Their union: what lies in another is left out."""
        kept: list[str] = []
        for prefix in sorted(set(prefixes)):
            if not any(prefix.startswith(wider) for wider in kept):
                kept.append(prefix)
        return cls(tuple(kept))

    def covers(self, code: str) -> bool:
        return code.startswith(self.prefixes) if self.prefixes else False

    def opens(self, code: str) -> bool:
        """Whether the page of a place may be shown: it lies here, or around here."""
        return self.covers(code) or any(prefix.startswith(code) for prefix in self.prefixes)

    def q(self, field: str) -> Q:
        """The rows whose place, kept in `field`, lies here."""
        if not self.prefixes:
            return Q(pk__in=[])
        if "" in self.prefixes:
            return Q()
        return Q(*(Q(**{f"{field}__startswith": prefix}) for prefix in self.prefixes), _connector=Q.OR)

    @property
    def territory(self) -> "Territory":
        """Itself, so that a territory may stand where somebody's eyes are asked for."""
        return self


EVERYWHERE = Territory(("",))  # for the machine's own commands, never for a request
NOWHERE = Territory(())


class Eyes(Protocol):
    """Whoever reads: an officer, by the union of the offices held today; or a territory."""

    @property
    def territory(self) -> Territory: ...


@contextmanager
def seeing(eyes: Eyes, *, using: str = "default") -> Iterator[None]:
    """Tell PostgreSQL whose eyes these are, for the length of the block. Nothing told: no rows."""
    prefixes = ",".join(f'"{prefix}"' for prefix in eyes.territory.prefixes)
    with told("firmground.territories", f"{{{prefixes}}}", using=using):
        yield


CREATE_TERRITORIES = """
CREATE FUNCTION firmground_territories() RETURNS text[] LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT coalesce(nullif(current_setting('firmground.territories', true), ''), '{}')::text[]
$$
"""


class Guarded(Operation):
    """Only rows of the territory that was told can be read, written or deleted; also by the role that owns the table.

    Args:
        model: "app_label.ModelName".
        column: the column (not the field) with the place.
        open_to_all: an SQL condition for rows that everybody may read; written they are only within the territory.
    """

    reversible = True

    def __init__(self, model: str, column: str, *, open_to_all: str = "") -> None:
        self.model, self.column, self.open_to_all = model, column, open_to_all

    def state_forwards(self, app_label: str, state: Any) -> None:
        pass

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        quote = schema_editor.connection.ops.quote_name
        table = quote(to_state.apps.get_model(self.model)._meta.db_table)
        # The sub-select is worked out once for a statement, not once for a row.
        within = f"{quote(self.column)} ^@ ANY ((SELECT firmground_territories())::text[])"
        read = f"{within} OR {self.open_to_all}" if self.open_to_all else within
        for command, rule in {
            "SELECT": f"USING ({read})", "INSERT": f"WITH CHECK ({within})",
            "UPDATE": f"USING ({within}) WITH CHECK ({within})", "DELETE": f"USING ({within})",
        }.items():  # fmt: skip
            schema_editor.execute(
                f"CREATE POLICY territory_{command.lower()} ON {table} FOR {command} {rule}", params=None
            )
        schema_editor.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        schema_editor.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        table = schema_editor.connection.ops.quote_name(from_state.apps.get_model(self.model)._meta.db_table)
        for command in ("select", "insert", "update", "delete"):
            schema_editor.execute(f"DROP POLICY territory_{command} ON {table}")
        schema_editor.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
        schema_editor.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")

    def describe(self) -> str:
        return f"Guard {self.model} by territory"
