"""Registers drawn in text, judged by all engines.

A table's first line names its columns: the row's id, then for a related table the id of its subject, then
`name:type`. An empty cell is unknown, '' is empty text.

    household | village | income:decimal | poor:bool
    h1        | 200201  |        4000.00 | true
"""

import json
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from firmground.engines.snapshot import ARROW_TYPES, Snapshot, SnapshotWriter
from firmground.engines.standards.catalogue import Catalogue
from firmground.engines.standards.compiled_engine import CompiledEngine
from firmground.engines.standards.declared import Parameter, ParameterValue, Standard
from firmground.engines.standards.facts import read_facts, scope_of
from firmground.engines.standards.language import parse
from firmground.engines.standards.screening import ENGINES, screen

AS_OF = date(2020, 6, 30)
COUNTY = "530627"
READ = {
    "bool": {"true": True, "false": False}.__getitem__,
    "int": int,
    "decimal": Decimal,
    "date": date.fromisoformat,
    "text": lambda cell: "" if cell == "''" else cell,
}


class Drawn:
    """Tables drawn in text: what facts.toml says of them, and their rows by county."""

    def __init__(self, *drawings: str, arrow: Mapping[str, pa.DataType] | None = None, merge_rows: bool = True) -> None:
        self.facts, self.rows = "", {}
        self.arrow, self.merge_rows = dict(arrow or {}), merge_rows
        for drawing in drawings:
            lines = [[cell.strip() for cell in line.split("|")] for line in drawing.strip().splitlines()]
            self._take(lines[0], lines[1:])

    def _take(self, header: list[str], lines: list[list[str]]) -> None:
        table = header[0]
        keys = [name for name in header[1:] if ":" not in name]
        typed = [name.split(":") for name in header[1:] if ":" in name]
        above = next((key for key in keys if key not in ("village", "county")), None)
        self.facts += f'[{table}]\nkey = "{table}_id"\n'
        self.facts += f'of = "{above}"\n' if above else ""
        self.facts += 'place = "village_code"\n' if "village" in keys else ""
        self.facts += f"[{table}.facts]\n%({table})s\n"
        self.facts += "".join(f'{name} = {{ type = "{type_}" }}\n' for name, type_ in typed)
        self.arrow = {name: ARROW_TYPES[type_] for name, type_ in typed} | self.arrow
        self.rows[table] = []
        for cells in lines:
            row: dict[str, Any] = {f"{table}_id": cells[0]}
            for name, cell in zip(header[1:], cells[1:], strict=True):
                if name == "village":
                    row["village_code"] = cell if len(cell) != 6 else COUNTY + cell
                elif name == "county":
                    row["__county"] = cell
                elif ":" in name:
                    read = READ[name.split(":")[1]]
                    row[name.split(":")[0]] = read(cell) if cell else None
                else:
                    row[f"{name}_id"] = cell or None
            self.rows[table].append(row)

    def write(self, folder: Path, as_of: date = AS_OF) -> Snapshot:
        """The tables as a snapshot, each row with the position of its subject unless `merge_rows` is false."""
        writer = SnapshotWriter(folder, as_of=as_of)
        county_of: dict[tuple[str, str], str] = {}
        for table, rows in self.rows.items():
            above = tomllib.loads(self.facts % dict.fromkeys(self.rows, ""))[table].get("of")
            by_county: dict[str, list[dict[str, Any]]] = {}
            for row in rows:
                place = row.get("__county") or row.get("village_code") or ""
                county = county_of.get((above, row.get(f"{above}_id"))) or place[:6] or COUNTY
                county_of[table, row.get(f"{table}_id")] = county
                by_county.setdefault(county, []).append({k: v for k, v in row.items() if k != "__county"})
            for county, own in by_county.items():
                columns = {
                    name: pa.array([row[name] for row in own], self.arrow.get(name, pa.string())) for name in own[0]
                }
                if above and self.merge_rows:
                    ids = [r[f"{above}_id"] for r in self.rows[above] if county_of[above, r[f"{above}_id"]] == county]
                    at = [ids.index(row[f"{above}_id"]) if row[f"{above}_id"] in ids else None for row in own]
                    columns = {f"{above}_row": pa.array(at, pa.int32()), **columns}
                writer.write(table, county, pa.table(columns))
        return writer.close()


def parameter(
    type_: str, *rows: tuple[str, object] | tuple[str, str, object] | tuple[str, str, str, object]
) -> Parameter:
    """A parameter of rows (from, value), (from, place, value) or (from, to, place, value)."""
    values = []
    for from_, *between, value in rows:
        to, place = (between[0], between[1]) if len(between) == 2 else ("", between[0] if between else "")
        values.append(
            ParameterValue(
                date.fromisoformat(from_),
                date.fromisoformat(to) if to else None,
                place,
                value,
                {"en": "law"},
                confirmed=True,
            )
        )
    return Parameter("", type_, "", {}, tuple(values))


def catalogue_of(
    drawn: Drawn,
    rules: Mapping[str, str],
    about: str = "household",
    derived: Mapping[str, str] | None = None,
    parameters: Mapping[str, Parameter] | None = None,
    among: str = "",
    plausible: tuple[Decimal, Decimal] | None = None,
) -> Catalogue:
    """A catalogue of rules about one table; what is not under test here (titles, examples, law) is left out."""
    parameters = {name: replace(one, name=name) for name, one in (parameters or {}).items()}
    types = {name: one.type for name, one in parameters.items()}
    refusals: list[Any] = []
    tables, _ = read_facts(
        tomllib.loads(drawn.facts % {**dict.fromkeys(drawn.rows, ""), **(derived or {})}), types, refusals
    )
    assert not refusals, refusals
    names, _ = scope_of(tables[about], types)
    standards = {}
    for id_, rule in rules.items():
        asked = parse(among, names, "bool") if among else None
        standards[id_] = Standard(
            id_, {"en": id_}, None, about, {"en": "law"}, date(2020, 1, 1), None, among, rule, asked,
            parse(rule, names, "bool"), {}, "village", None, "", (), plausible, "a", "b", None, (),
        )  # fmt: skip
    return Catalogue(tables, parameters, standards, "drawn")


def findings_in(folder: Path) -> list[dict[str, Any]]:
    return [
        row
        for path in sorted(folder.glob("findings/**/*.parquet"))
        for row in pq.read_table(path, partitioning=None).to_pylist()
    ]


def summary_in(folder: Path) -> list[dict[str, Any]]:
    rows = pq.read_table(folder / "summary.parquet").to_pylist()
    return sorted(rows, key=lambda row: (row["about"], row["place_code"], row["standard"]))


def screened_by_both(snapshot: Snapshot, catalogue: Catalogue, folder: Path) -> list[dict[str, Any]]:
    """The findings of the judge, after seeing that the fast engines' are the same, row by row."""
    with loops_as_python():
        for engine in ENGINES:
            screen(snapshot, catalogue, folder / engine, engine=engine, workers=1)
    judged = findings_in(folder / "reference")
    for engine in ENGINES:
        assert findings_in(folder / engine) == judged
        assert summary_in(folder / engine) == summary_in(folder / "reference")
    return judged


@contextmanager
def loops_as_python() -> Iterator[None]:
    """Compiled standards without the compiling, which takes long; too large a number may wrap round."""
    with patch.object(CompiledEngine, "plain", True), np.errstate(over="ignore"):
        yield


def values(
    drawn: Drawn,
    expressions: Mapping[str, str] | list[str],
    folder: Path,
    about: str = "household",
    derived: Mapping[str, str] | None = None,
    parameters: Mapping[str, Parameter] | None = None,
    as_of: date = AS_OF,
) -> dict[str, list[Any]]:
    """What each expression is worth for each subject, as evidence tells it; both engines must agree.

    Each expression becomes a fact, and is read by a standard that nobody meets. Expressions may come with a type:
    { "income / 3": "decimal" }; alone they are true or false.
    """
    typed = expressions if isinstance(expressions, Mapping) else dict.fromkeys(expressions, "bool")
    facts = "\n".join(
        f"it_{n} = {{ type = \"{type_}\", is = '''{text}''' }}" for n, (text, type_) in enumerate(typed.items())
    )
    derived = {**(derived or {}), about: (derived or {}).get(about, "") + "\n" + facts}
    rules = {f"rule_{n:03}": f"it_{n} <> it_{n}" for n in range(len(typed))}
    catalogue = catalogue_of(drawn, rules, about, derived, parameters)
    told: dict[str, list[Any]] = {row[f"{about}_id"]: [] for row in drawn.rows[about]}
    for finding in screened_by_both(drawn.write(folder / "snapshot", as_of), catalogue, folder):
        (worth,) = json.loads(finding["evidence"], parse_float=str, parse_int=str).values()
        assert finding["verdict"] == ("unknown" if worth is None else "not_met")
        told[finding["subject_id"]].append(worth)
    return told
