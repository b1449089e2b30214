"""Statements of income side by side: sources down, periods across, with sums."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext

from firmground.registry import declared
from firmground.web.language import spoken

GROUPS = {
    "wage": ("wage_migrant", "wage_post", "wage_other"),
    "operating": ("operating_crop", "operating_livestock", "operating_other"),
    "property": ("property",),
    "transfer": ("transfer_dibao", "transfer_tekun", "transfer_pension", "transfer_eco", "transfer_other"),
}
INCOME = [name for names in GROUPS.values() for name in names]


def statements(rows: Sequence[Any]) -> dict[str, Any]:
    """The table, the earliest period first. A sum with an unknown part is unknown."""
    rows = sorted(rows, key=lambda row: (row.held_from, row.held_to))
    titles = {
        "wage": gettext("Wages"),
        "operating": gettext("Own business"),
        "property": gettext("Property"),
        "transfer": gettext("Transfers"),
    }
    groups: list[dict[str, Any]] = [
        {
            "rows": [_line(name, rows) for name in names],
            "sum": {"label": titles[group], "values": [_sum(row, names) for row in rows]} if len(names) > 1 else None,
        }
        for group, names in GROUPS.items()
    ]
    groups.append({"rows": [_line("operating_cost", rows)], "sum": None})
    return {
        "periods": [{"from": row.held_from, "to": row.held_to, "recorded": row.recorded_at} for row in rows],
        "groups": groups,
        "net": [net(row) for row in rows],
    }


def net(row: Any) -> Decimal | None:
    """Net income of a period: every income less operating costs; unknown when a part is."""
    income = _sum(row, INCOME)
    return None if income is None or row.operating_cost is None else income - row.operating_cost


def _line(name: str, rows: Sequence[Any]) -> dict[str, Any]:
    return {"label": declared.label(f"statement.{name}", spoken()), "values": [getattr(row, name) for row in rows]}


def _sum(row: Any, names: Sequence[str]) -> Decimal | None:
    parts = [getattr(row, name) for name in names]
    return None if None in parts else sum(parts, Decimal(0))
