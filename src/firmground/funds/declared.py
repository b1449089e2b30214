"""What funds.toml declares: where money comes from, what it may be spent on, what projects and goals are."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from firmground.common.errors import Refusal
from firmground.common.in_force import catalogue_in_force, kept
from firmground.engines.declarations import Reader, Refused, read_toml

FILE = "funds.toml"
LISTS = ("source", "direction", "category", "nature", "mechanism", "payee", "dimension")
Words = Mapping[str, str]


@dataclass(frozen=True)
class Purpose:
    """What a payment is for. `forbidden`: money for the poor may never be spent on it; `law` says where that stands."""

    id: str
    title: Words
    forbidden: bool
    law: str


@dataclass(frozen=True)
class Funds:
    """The declared lists, each code with its words, in the order of the file; `keepers` are the departments that keep
    the books beside the governments themselves."""

    lists: Mapping[str, Mapping[str, Words]]
    purposes: Mapping[str, Purpose]
    keepers: tuple[str, ...] = ()

    def titles(self, name: str) -> Mapping[str, Words]:
        """The codes of a list of LISTS, or of "purpose"."""
        return {key: each.title for key, each in self.purposes.items()} if name == "purpose" else self.lists[name]


def in_force() -> Funds:
    """What the catalogue in force declares; empty lists where it has no such file.

    Raises:
        Refusal: the file does not say what it should; all reasons are told.
    """
    return load(catalogue_in_force())


@kept(FILE)
def load(folder: Path) -> Funds:
    """What a catalogue declares.

    Raises:
        Refusal: as in `in_force`.
    """
    if not (folder / FILE).exists():
        return Funds({name: {} for name in LISTS}, {})
    refusals: list[Refused] = []
    reader = Reader(FILE, read_toml(folder / FILE, FILE, refusals) or {}, refusals)
    lists: dict[str, dict[str, Words]] = {}
    for name in LISTS:
        lists[name] = {}
        for row in _rows(reader, name):
            code = row.text("id", required=True)
            if code in lists[name]:
                row.refuse("id", f"'{code}' stands more than once")
            lists[name][code] = row.words("title", required=True)
            row.done()
    purposes: dict[str, Purpose] = {}
    for row in _rows(reader, "purpose"):
        purpose = Purpose(
            row.text("id", required=True), row.words("title", required=True),
            row.take("forbidden", bool, what="true or false", default=False), row.text("law"),
        )  # fmt: skip
        if purpose.id in purposes:
            row.refuse("id", f"'{purpose.id}' stands more than once")
        if purpose.forbidden and not purpose.law:
            row.refuse("law", "is missing; say which rule forbids it")
        row.done()
        purposes[purpose.id] = purpose
    keepers = tuple(reader.list_of("keepers", str, "a list of departments"))
    reader.done()
    if refusals:
        raise Refusal("\n".join(str(each) for each in refusals))
    return Funds(lists, purposes, keepers)


def _rows(reader: Reader, key: str) -> list[Reader]:
    return [Reader(FILE, said, reader.refusals, name) for name, said in reader.tables(key)]
