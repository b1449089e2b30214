"""How the files of a catalogue are read: every key accounted for, every refusal with its file and key.

Nothing here knows what a declaration is about.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_MISSING = object()


@dataclass(frozen=True, order=True)
class Refused:
    """One reason why a catalogue, or part of it, is not accepted."""

    file: str
    key: str
    message: str

    def __str__(self) -> str:
        return f"{self.file}: {self.key}: {self.message}" if self.key else f"{self.file}: {self.message}"


def in_language(said: Mapping[str, str], language: str) -> str:
    """Words in a language; else in English; else in whatever there is."""
    return said.get(language) or said.get("en") or next(iter(said.values()), "")


class Reader:
    """Reads one TOML table key by key, noting every refusal; what is left over at the end is refused too."""

    def __init__(self, file: str, said: Mapping[str, Any], refusals: list[Refused], inside: str = "") -> None:
        self.file, self.said, self.refusals, self.inside = file, said, refusals, inside
        self.read: set[str] = set()

    def key(self, key: str) -> str:
        return f"{self.inside}.{key}" if self.inside else key

    def refuse(self, key: str, message: str) -> None:
        self.refusals.append(Refused(self.file, self.key(key) if key else self.inside, message))

    def take(self, key: str, *kinds: type, what: str, required: bool = False, default: Any = None) -> Any:
        """The value of a key, of one of these Python types, else `default` after a refusal where one is due."""
        self.read.add(key)
        value = self.said.get(key, _MISSING)
        if value is _MISSING:
            if required:
                self.refuse(key, f"is missing; write {what}")
            return default
        is_bool_by_accident = isinstance(value, bool) and bool not in kinds
        is_time_by_accident = isinstance(value, datetime) and datetime not in kinds
        if not isinstance(value, kinds) or is_bool_by_accident or is_time_by_accident:
            self.refuse(key, f"must be {what}")
            return default
        return value

    def text(self, key: str, *, required: bool = False, what: str = "text in quotes") -> str:
        value: str = self.take(key, str, what=what, required=required, default="")
        if key in self.said and isinstance(self.said[key], str) and not value.strip():
            self.refuse(key, f"is empty; write {what}")
        return value.strip()

    def words(self, key: str, *, required: bool = False, what: str = "text") -> dict[str, str]:
        """Text by language, as { en = "...", zh = "..." }. Plain text is kept as English, which every language without
        words of its own falls back to (`in_language`)."""
        what += ' in quotes, or by language as { en = "...", zh = "..." }'
        value = self.take(key, dict, str, what=what, required=required, default={})
        if isinstance(value, str):
            value = {"en": value}
        good = {lang: said.strip() for lang, said in value.items() if isinstance(said, str) and said.strip()}
        if len(good) != len(value) or (
            required and key in self.said and not good and isinstance(self.said[key], dict | str)
        ):
            self.refuse(key, f"must be {what}")
        return good

    def date(self, key: str, *, required: bool = False) -> date | None:
        value: date | None = self.take(key, date, what="a date, as 2020-06-30 without quotes", required=required)
        return value

    def list_of(self, key: str, kind: type, what: str) -> list[Any]:
        value: list[Any] = self.take(key, list, what=what, default=[])
        if not all(isinstance(item, kind) and not isinstance(item, bool) for item in value):
            self.refuse(key, f"must be {what}")
            return []
        return value

    def tables(self, key: str) -> list[tuple[str, Mapping[str, Any]]]:
        """The tables of an array [[key]], each with the name messages call it by."""
        rows: list[Any] = self.take(key, list, what=f"written as [[{key}]] tables", default=[])
        named = [(f"{self.key(key)}[{n}]", row) for n, row in enumerate(rows, start=1)]
        for name, row in named:
            if not isinstance(row, dict):
                self.refusals.append(Refused(self.file, name, "must be a table"))
        return [(name, row) for name, row in named if isinstance(row, dict)]

    def one_of(self, key: str, options: tuple[str, ...], *, required: bool = False) -> str:
        value = self.text(key, required=required, what="one of " + ", ".join(options))
        if value and value not in options:
            self.refuse(key, f"'{value}' is not one of {', '.join(options)}")
            return ""
        return value

    def done(self) -> None:
        """Refuse the keys nobody asked for."""
        for key in self.said:
            if key not in self.read:
                known = ", ".join(sorted(self.read))
                self.refuse(key, f"is not a key that is known here; the keys are {known}")


def read_toml(path: Path, name: str, refusals: list[Refused]) -> dict[str, Any] | None:
    """A TOML file with exact decimals; None after a refusal."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"), parse_float=Decimal)
    except tomllib.TOMLDecodeError as error:
        refusals.append(Refused(name, "", f"is not valid TOML: {error}"))
    except UnicodeDecodeError:  # before ValueError, whose kind it is
        refusals.append(Refused(name, "", "is not UTF-8 text; save it as UTF-8"))
    except (ArithmeticError, ValueError):
        refusals.append(Refused(name, "", "holds a number that cannot be read"))
    except RecursionError:
        refusals.append(Refused(name, "", "is nested too deeply"))
    except OSError as error:
        refusals.append(Refused(name, "", f"cannot be read: {error.strerror}"))
    return None
