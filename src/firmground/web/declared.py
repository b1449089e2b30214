"""The catalogue in force, as pages need it: loaded once, again when a file of it has changed."""

import tomllib
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils.translation import gettext

from firmground.engines.standards.catalogue import Catalogue, load
from firmground.engines.standards.declared import AGGREGATES, Fact

UNITS = {
    "bills": "张票据",
    "calendar months": "个自然月",
    "calendar years": "个自然年",
    "checks": "次核查",
    "children": "人（儿童）",
    "days": "天",
    "days a year": "天/年",
    "entries": "条",
    "households": "户",
    "litres per person per day": "升/人·日",
    "measures": "项措施",
    "metres of climb": "米（高差）",
    "metres on the level": "米（水平）",
    "minutes there and back": "分钟（往返）",
    "months": "个月",
    "months in the last year": "个月（近一年）",
    "mu": "亩",
    "payments": "笔",
    "persons": "人",
    "problems": "个问题",
    "risks": "项风险",
    " of net income": "（占纯收入）",
    "square metres": "平方米",
    "square metres per person": "平方米/人",
    "statements": "份收支",
    "students": "人（学生）",
    "times the monitoring line": "倍监测线",
    "times the year before": "倍上年",
    "whole days": "整天",
    "years": "年",
    "yuan": "元",
    "yuan a month": "元/月",
    "yuan a year": "元/年",
    "yuan per half-year": "元/半年",
    "yuan per person per year": "元/人·年",
    "yuan per school year": "元/学年",
}


def catalogue() -> Catalogue:
    """The catalogue in force.

    Raises:
        Refusal: it does not load; the refusals say why.
    """
    folder = Path(settings.FIRMGROUND_CATALOGUE)
    return _loaded(folder, _last_change(folder))


def word(fact: str, code: Any, language: str) -> str:
    """The word for a code of "<table>.<fact>", or the code itself where none is declared."""
    if isinstance(code, bool):
        fact, code = "bool", "true" if code else "false"
    said = _words()["values"].get(fact, {}).get(str(code), {})
    return str(said.get(language, code))


def label(fact: str, language: str) -> str:
    """The label of "<table>.<fact>" (or of a column that is no fact), its name where none is declared."""
    table, _, name = fact.partition(".")
    declared = catalogue().tables.get(table)
    known = declared.facts.get(name) if declared else None
    if known is not None and known.label:
        return known.label.get(language) or known.label["en"]
    said = _words()["headers"].get(table, {}).get(name, {})
    return str(said.get(language, name.replace("_", " ")))


def shown(value: Any, language: str) -> str:
    """A value of the catalogue or of evidence as a reader writes it: yes and no, thousands apart, lists by commas."""
    match value:
        case None:
            return gettext("not known")
        case bool():
            return word("bool", value, language)
        case list() | tuple():
            return ", ".join(shown(each, language) for each in value)
        case int() | float() | Decimal():
            return f"{value:,}"
        case _:
            return str(value)


def measured(value: Any, unit_: str, language: str) -> str:
    """A value with its unit: money to the fen, shares in percent, other fractions to four places at most."""
    if isinstance(value, float | Decimal):
        exact = Decimal(str(value))
        if unit_.startswith("share"):
            return f"{float(exact * 100):.4g}%{unit(unit_.removeprefix('share'), language)}"
        exact = round(exact, 2 if unit_.startswith("yuan") else 4)
        whole = int(exact)
        value = whole if exact == whole else exact if unit_.startswith("yuan") else exact.normalize()
    written = shown(value, language)
    counts = isinstance(value, int | Decimal) and not isinstance(value, bool) and unit_
    return f"{written}{'' if language == 'zh' else ' '}{unit(unit_, language)}" if counts else written


def unit(text: str | None, language: str) -> str:
    """A unit as the reader writes it."""
    return (UNITS.get(text, text) if language == "zh" else text) if text else ""


def derivation(fact: Fact) -> str:
    """How a fact is worked out, in the words of its entry; "" for one that is recorded."""
    said = _facts().get(fact.table, {}).get("facts", {}).get(fact.name, {})
    if "is" in said:
        return str(said["is"])
    function = next((name for name in AGGREGATES if name in said), None)
    if function is None:
        return ""
    of = f"({said['of']})" if "of" in said else ""
    where = f" where {said['where']}" if "where" in said else ""
    return f"{function}{of} of {said[function]}{where}"


def _last_change(folder: Path) -> int:
    return max((path.stat().st_mtime_ns for path in folder.rglob("*.toml")), default=0)


@lru_cache(maxsize=2)
def _loaded(folder: Path, _changed: int) -> Catalogue:
    return load(folder)


def _words() -> dict[str, Any]:
    return {"values": {}, "headers": {}, **_read("words.toml")}


def _facts() -> dict[str, Any]:
    return _read("facts.toml")


def _read(name: str) -> dict[str, Any]:
    path = Path(settings.FIRMGROUND_CATALOGUE) / name
    return _parsed(path, path.stat().st_mtime_ns if path.exists() else 0)


@lru_cache(maxsize=4)
def _parsed(path: Path, changed: int) -> dict[str, Any]:
    return tomllib.loads(path.read_text(encoding="utf-8")) if changed else {}
