"""The operation by which a migration has a table audited."""

from collections.abc import Sequence
from typing import Any

from django.db.migrations.operations.base import Operation


class Audited(Operation):
    """Every write of a table leaves an entry, and a write of nobody is refused.

    Args:
        model: "app_label.ModelName".
        place: the column (not the field) with the place the row speaks of, if it has one.
        inserts: False where a row is its own history: it says where it came from.
        marks: columns that are set once and then tell their own story, such as by which load a row was superseded;
            setting them leaves no entry, changing them later does.
        hidden: columns whose values never go into an entry, such as a password.
    """

    reversible = True

    def __init__(self, model: str, place: str = "", *, inserts: bool = True, marks: Sequence[str] = (),
                 hidden: Sequence[str] = ()) -> None:  # fmt: skip
        self.model, self.place, self.inserts, self.marks, self.hidden = model, place, inserts, marks, hidden

    def state_forwards(self, app_label: str, state: Any) -> None:
        pass

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        meta = to_state.apps.get_model(self.model)._meta
        quote = schema_editor.connection.ops.quote_name
        table = quote(meta.db_table)
        columns = [field.column for field in meta.concrete_fields if field.column and not field.generated]
        keys = ",".join(field.column for field in getattr(meta.pk, "fields", [meta.pk]))
        call = f"FOR EACH ROW %s EXECUTE FUNCTION audit_row('{keys}', '{self.place}', '{','.join(self.hidden)}')"
        for event in (["INSERT"] if self.inserts else []) + ["DELETE"]:
            schema_editor.execute(
                f"CREATE TRIGGER audited_{event.lower()} AFTER {event} ON {table} {call % ''}", params=None
            )
        followed = ", ".join(quote(column) for column in columns if column not in self.marks)
        schema_editor.execute(
            f"CREATE TRIGGER audited_update AFTER UPDATE {f'OF {followed}' if self.marks else ''} ON {table}"
            f" {call % 'WHEN (OLD.* IS DISTINCT FROM NEW.*)'}",
            params=None,
        )
        if self.marks:
            marked = " OR ".join(f"OLD.{quote(column)} IS NOT NULL" for column in self.marks)
            of = ", ".join(map(quote, self.marks))
            schema_editor.execute(
                f"CREATE TRIGGER audited_mark AFTER UPDATE OF {of} ON {table} {call % f'WHEN ({marked})'}", params=None
            )

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        table = schema_editor.connection.ops.quote_name(from_state.apps.get_model(self.model)._meta.db_table)
        for event in ("insert", "delete", "update", "mark"):
            schema_editor.execute(f"DROP TRIGGER IF EXISTS audited_{event} ON {table}")

    def describe(self) -> str:
        return f"Audit every write of {self.model}"
