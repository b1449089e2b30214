"""`startswith` in a form that PostgreSQL may use an index for although row-level security guards the table.

LIKE is not leakproof: under a policy it is tried on every row that the policy lets through. `^@` is (decision 15).
"""

from typing import Any

from django.db.models import CharField, TextField
from django.db.models.lookups import StartsWith


@CharField.register_lookup
@TextField.register_lookup
class Prefix(StartsWith):
    def as_postgresql(self, compiler: Any, connection: Any) -> tuple[str, Any]:
        if not self.rhs_is_direct_value():
            return super().as_sql(compiler, connection)
        column, parameters = self.process_lhs(compiler, connection)
        return f"{column} ^@ %s", [*parameters, self.rhs]
