"""The kinds of notice that the catalogue declares, and the columns that may stand on one.

notice_columns.toml    every column that may ever stand on a notice
notices/<name>.toml    a kind of notice; the file's name is the kind's
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.utils.translation import gettext

from firmground.common.errors import Refusal, SomeRefused
from firmground.common.in_force import catalogue_in_force, kept
from firmground.engines.declarations import IDENTIFIER, Reader, Refused, in_language, read_toml

COLUMNS = "notice_columns.toml"
BOARDS: Mapping[str, tuple[int, ...]] = {"village": (12,), "township": (9,), "county": (6,), "portal": (2, 4, 6)}
"""Whose board, and how many digits the code of such a place has."""
NEVER = frozenset({"id_number", "phone", "bank_account"})
Words = Mapping[str, str]


@dataclass(frozen=True)
class Column:
    """A column of a notice.

    Attributes:
        values: what its codes are called; empty for a column of text or numbers.
        broader: code of the fact that must not be shown -> code that several of its codes share.
        of_a_thing: its cells are numbers of things, such as projects, which may have as many digits as a telephone.
    """

    name: str
    label: Words
    values: Mapping[str, Words] = field(default_factory=dict)
    broader: Mapping[str, str] = field(default_factory=dict)
    of_a_thing: bool = False

    def hung(self, cell: Any) -> Any:
        """What hangs for a cell: in place of codes that must not be shown the broader ones, each once."""
        if isinstance(cell, list):
            return list(dict.fromkeys(self.hung(each) for each in cell))
        return self.broader.get(cell, cell) if isinstance(cell, str) else cell

    def says(self, cell: Any, language: str) -> str:
        """A cell as a reader sees it; "" for nothing."""
        if isinstance(cell, list):
            return (", " if language == "en" else "、").join(self.says(each, language) for each in cell)
        if cell is None:
            return ""
        known = self.values.get(str(cell))
        return in_language(known, language) if known else str(cell)


@dataclass(frozen=True)
class Kind:
    """A kind of notice: on whose board it hangs, for at least how many whole days, with which columns.

    Attributes:
        objections: whether anybody may object while it hangs.
        says: what stands above the rows.
    """

    id: str
    title: Words
    law: Words
    board: str
    days: int
    objections: bool
    columns: tuple[str, ...]
    says: Words


@dataclass
class CheckedKinds:
    """What came of reading a catalogue's notices."""

    columns: dict[str, Column] = field(default_factory=dict)
    kinds: dict[str, Kind] = field(default_factory=dict)
    refusals: list[Refused] = field(default_factory=list)


class KindsRefused(SomeRefused):
    """Kinds of notice that are not accepted; `refusals` has every reason."""

    def __init__(self, folder: Path, refusals: list[Refused]) -> None:
        self.refusals = refusals
        lines = "\n".join(f"  {refused}" for refused in refusals)
        super().__init__(f"The notices in {folder} are refused:\n{lines}")


def kinds() -> Mapping[str, Kind]:
    """The kinds of notice of the catalogue in force.

    Raises:
        KindsRefused: they do not load; all reasons are listed.
    """
    return _in_force().kinds


def kind(name: str) -> Kind:
    """One of them.

    Raises:
        Refusal: there is none of that name.
    """
    found = kinds().get(name)
    if found is None:
        said = {"kind": name, "kinds": ", ".join(kinds())}
        raise Refusal(gettext("There is no kind of notice “%(kind)s”; there are %(kinds)s.") % said)
    return found


def column(name: str) -> Column:
    """A column by its name; one that is declared no longer is called by its name alone."""
    return _in_force().columns.get(name) or Column(name, {"en": name.replace("_", " ")})


def load_kinds(folder: Path) -> CheckedKinds:
    """The kinds of a catalogue.

    Raises:
        KindsRefused: anything in them is refused; all reasons are listed.
    """
    checked = check_kinds(folder)
    if checked.refusals:
        raise KindsRefused(folder, checked.refusals)
    return checked


def check_kinds(folder: Path) -> CheckedKinds:
    """Read and check notice_columns.toml and notices/ of a catalogue; never raises for what is written in them."""
    checked = CheckedKinds()
    facts = _facts(folder, checked.refusals)
    words = (read_toml(folder / "words.toml", "words.toml", checked.refusals) or {}).get("values", {})
    said = read_toml(folder / COLUMNS, COLUMNS, checked.refusals) or {}
    for name, content in said.items():
        before = len(checked.refusals)
        made = _column(name, content, facts, words, checked.refusals)
        if len(checked.refusals) == before and made:
            checked.columns[name] = made
    for path in sorted((folder / "notices").glob("*.toml")):
        own: list[Refused] = []
        content = read_toml(path, f"notices/{path.name}", own)
        if content is not None:
            found = _kind(path.stem, content, checked.columns, own)
            if not own:
                checked.kinds[path.stem] = found
        checked.refusals += own
    return checked


def _kind(id_: str, said: Mapping[str, Any], columns: Mapping[str, Column], refusals: list[Refused]) -> Kind:
    reader = Reader(f"notices/{id_}.toml", said, refusals)
    if not IDENTIFIER.fullmatch(id_):
        reader.refuse("", f"'{id_}' is not a name; name the file with letters, digits and _")
    days = reader.take("days", int, what="a number of whole days", required=True, default=1)
    if days < 1:
        reader.refuse("days", "must be 1 or more: a notice that never hangs a whole day is none")
    named = reader.list_of("columns", str, what='a list of columns, as ["head", "kind"]')
    if not named:
        reader.refuse("columns", f"is missing or empty; choose from {COLUMNS}: {', '.join(columns)}")
    for name in named:
        if name not in columns:
            reader.refuse("columns", f"'{name}' may not stand on a notice; {COLUMNS} allows {', '.join(columns)}")
    if len(set(named)) < len(named):
        reader.refuse("columns", "names a column twice")
    made = Kind(
        id=id_,
        title=reader.words("title", required=True),
        law=reader.words("law", required=True),
        board=reader.one_of("board", tuple(BOARDS), required=True),
        days=days,
        objections=reader.take("objections", bool, what="true or false", required=True, default=False),
        columns=tuple(named),
        says=reader.words("says", required=True),
    )
    reader.done()
    return made


def _column(
    name: str, said: Any, facts: Mapping[str, Mapping[str, Any]], words: Mapping[str, Any], refusals: list[Refused]
) -> Column | None:
    if not isinstance(said, dict):
        refusals.append(Refused(COLUMNS, name, "must be a table, as [head]"))
        return None
    reader = Reader(COLUMNS, said, refusals, inside=name)
    fact_name, hidden_name = reader.text("fact"), reader.text("broader_than")
    fact, hidden = _fact(reader, "fact", fact_name, facts), _fact(reader, "broader_than", hidden_name, facts)
    label = reader.words("label", required=not fact_name) or dict(fact.get("label", {}))
    if fact_name and hidden_name:
        reader.refuse("broader_than", "stands beside 'fact'; a column is a fact, or broader than one")
    names = {name, fact_name.rpartition(".")[2]}
    if names & NEVER:
        reader.refuse("", f"'{', '.join(names & NEVER)}' may never stand on a notice")
    elif fact.get("class") == "sensitive":
        reader.refuse("fact", f"{fact_name} is a sensitive fact, which may never stand on a notice")
    elif not fact_name and any(each.endswith(f".{name}") for each in _sensitive(facts)):
        reader.refuse("", "has the name of a sensitive fact, which may never stand on a notice")
    values, broader_of = _values(reader, hidden_name, hidden)
    if fact_name:
        values = {code: words.get(fact_name, {}).get(code, {"en": code}) for code in fact.get("values", ())}
    of_a_thing = reader.take("number_of_a_thing", bool, what="true or false", default=False)
    reader.done()
    return Column(name, label, values, broader_of, of_a_thing)


def _values(reader: Reader, hidden_name: str, hidden: Mapping[str, Any]) -> tuple[dict[str, Words], dict[str, str]]:
    """The codes of a column that is broader than a fact: every code of the fact has exactly one, none has but one."""
    values: dict[str, Words] = {}
    broader_of: dict[str, str] = {}
    said = reader.take("values", dict, what="a table of words", required=bool(hidden_name), default={})
    if said and not hidden_name:
        reader.refuse("values", "is for a column that is 'broader_than' a fact; a fact's words are in words.toml")
    for code, words in said.items():
        if not isinstance(words, dict):
            reader.refuse(f"values.{code}", 'must be { en = "...", zh = "...", of = [...] }')
            continue
        row = Reader(reader.file, words, reader.refusals, inside=reader.key(f"values.{code}"))
        values[code] = {language: row.text(language, required=True) for language in ("en", "zh")}
        for narrow in row.list_of("of", str, what="a list of codes of the fact"):
            if hidden and narrow not in hidden.get("values", ()):
                row.refuse("of", f"'{narrow}' is no code of {hidden_name}")
            if narrow in broader_of:
                row.refuse("of", f"'{narrow}' stands under '{broader_of[narrow]}', too")
            broader_of[narrow] = code
            if narrow in said and narrow != code:
                row.refuse("of", f"'{narrow}' is a broader code, too; give one of them another name")
        row.done()
    left = [code for code in hidden.get("values", ()) if code not in broader_of]
    if left:
        reader.refuse("values", f"leaves out {', '.join(left)} of {hidden_name}")
    return values, broader_of


def _facts(folder: Path, refusals: list[Refused]) -> dict[str, Mapping[str, Any]]:
    said = read_toml(folder / "facts.toml", "facts.toml", refusals) or {}
    return {
        f"{table}.{name}": fact
        for table, content in said.items()
        if isinstance(content, dict)
        for name, fact in content.get("facts", {}).items()
        if isinstance(fact, dict)
    }


def _fact(reader: Reader, key: str, name: str, facts: Mapping[str, Mapping[str, Any]]) -> Mapping[str, Any]:
    if name and name not in facts:
        reader.refuse(key, f"'{name}' is not a fact of facts.toml; write it as household.kind")
    return facts.get(name, {})


def _sensitive(facts: Mapping[str, Mapping[str, Any]]) -> list[str]:
    return [name for name, fact in facts.items() if fact.get("class") == "sensitive"]


def _in_force() -> CheckedKinds:
    return _loaded(catalogue_in_force())


@kept("notices", COLUMNS, "facts.toml", "words.toml")
def _loaded(folder: Path) -> CheckedKinds:
    return load_kinds(folder)


def hangs_at(kind: Kind, place_code: str) -> str:
    """Whose board a notice about something in a place hangs on: its own, or that of the place it lies in."""
    fits = [place_code[:digits] for digits in BOARDS[kind.board] if digits <= len(place_code)]
    return max(fits, key=len, default=place_code)
