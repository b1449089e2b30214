"""The registers' rows as tables: a heading and a cell for each fact, in the catalogue's order and words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from firmground.registry import declared
from firmground.registry.models import REGISTERS, Register
from firmground.web.language import spoken

CLOCKS = ("held_from", "held_to")
SUMMED = {"spending": ("amount",), "medical_bill": ("total", "self_paid"), "support": ("amount",),
          "disaster": ("loss",)}  # fmt: skip


@dataclass(frozen=True)
class Cell:
    text: str
    number: bool


@dataclass(frozen=True)
class Heading:
    label: str
    unit: str
    number: bool


@dataclass
class Part:
    """One register's rows of one household."""

    table: str
    title: str
    names: Sequence[str]
    headings: list[Heading]
    rows: list[list[Cell]] = field(default_factory=list)
    sums: list[Cell] = field(default_factory=list)

    def across(self) -> list[dict[str, Any]]:
        """The facts after the first as lines, with a cell for each row: for a register of many facts and few rows."""
        return [
            {"heading": heading, "cells": [row[place] for row in self.rows]}
            for place, heading in enumerate(self.headings)
            if place
        ]

    def pairs(self) -> list[tuple[str, str]]:
        """The first row as (fact, "label value") for what is known."""
        return [
            (name, f"{heading.label} {cell.text}{' ' + heading.unit if heading.unit and cell.number else ''}")
            for name, heading, cell in zip(self.names, self.headings, self.rows[0], strict=True)
            if cell.text != "–"
        ]


def part(table: str, rows: Sequence[Register]) -> Part:
    """The table of a register; facts that no row knows are left out."""
    names = [name for name in _facts(table) if any(getattr(row, name, None) is not None for row in rows)]
    made = Part(table, register_title(table), names, [_heading(table, name) for name in names])
    made.rows = [[_cell(table, name, getattr(row, name)) for name in names] for row in rows]
    if len(rows) > 1 and (summed := SUMMED.get(table)):
        made.sums = [
            Cell(f"{sum((getattr(row, name) or Decimal(0) for row in rows), Decimal(0)):,.2f}", number=True)
            if name in summed
            else Cell("", number=False)
            for name in names
        ]
    return made


def register_title(table: str) -> str:
    """What a register is called."""
    english, chinese = REGISTERS[table].TITLE if table in REGISTERS else (table, table)
    return chinese if spoken() == "zh" else english


def said_of(table: str, name: str, value: Any) -> str:
    """A fact's value in the reader's words."""
    match value:
        case None:
            return "–"
        case bool() | str():
            return declared.word(f"{'household' if table == 'living' else table}.{name}", value, spoken())
        case Decimal():
            return f"{value:,.2f}"
        case date():
            return value.isoformat()
        case _:
            return f"{value:,}"


def facts_of(evidence: Mapping[str, Any]) -> list[str]:
    """What a finding read, one phrase for each fact; for when no sentence can be worked out."""
    return [f"{name.replace('_', ' ')}: {'–' if value is None else value}" for name, value in evidence.items()]


def _facts(table: str) -> list[str]:
    """The facts of a register in the order in which its model declares them."""
    model = REGISTERS[table]
    own = {model.KEY, getattr(model.OF, "KEY", ""), model.PLACE, "id", "recorded_at", "superseded_at"}
    return [
        each.name
        for each in model._meta.concrete_fields
        if each.name not in own and each.name not in CLOCKS and not each.is_relation
    ]


def _heading(table: str, name: str) -> Heading:
    catalogue = declared.catalogue()
    facts = catalogue.tables["household" if table == "living" else table].facts
    known = facts.get(name)
    label = declared.label(f"{'household' if table == 'living' else table}.{name}", spoken())
    unit = declared.unit(known.unit, spoken()) if known else ""
    return Heading(label, unit, number=bool(known and known.type in ("int", "decimal")))


def _cell(table: str, name: str, value: Any) -> Cell:
    return Cell(said_of(table, name, value), number=isinstance(value, int | Decimal) and not isinstance(value, bool))
