"""What assistance.toml declares: measures and who answers for them, which answer which risk, what a plan must hold."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from firmground.common.errors import Refusal
from firmground.common.in_force import catalogue_in_force, kept
from firmground.engines.declarations import Reader, Refused, read_toml
from firmground.officers import departments

FILE = "assistance.toml"
TYPES = ("development", "protection")
NEEDS = (*TYPES, "another")
LABOUR = ("some", "full", "none")


@dataclass(frozen=True)
class Kind:
    """A kind of measure.

    Attributes:
        of: development, protection, or "" for neither.
        departments: who may answer for it; the first does unless another is named.
        discreet: what exactly was given may tell of somebody's health or need; the card says only the kind.
    """

    name: str
    of: str
    departments: tuple[str, ...]
    discreet: bool


@dataclass(frozen=True)
class Answer:
    """The measures that answer a risk, the likeliest first."""

    risk: str
    measures: tuple[str, ...]
    law: Mapping[str, str]
    confirmed: bool


@dataclass(frozen=True)
class Rule:
    """What the measures of a household must come to, by the labour it has.

    Attributes:
        beside: asked only of households that have a measure of this type; "" for all.
        within: the parameter with the months allowed; "" for none.
    """

    id: str
    labour: str
    needs: str
    beside: str
    within: str
    says: Mapping[str, str]
    law: Mapping[str, str]
    confirmed: bool

    def fits(self, kind: Kind) -> bool:
        """Whether a measure of this kind is what the rule needs."""
        return kind.of != "protection" if self.needs == "another" else kind.of == self.needs


@dataclass(frozen=True)
class Declared:
    """The whole file.

    Attributes:
        complaints: place prefix -> telephone.
    """

    departments: Mapping[str, Mapping[str, str]]
    kinds: Mapping[str, Kind]
    answers: Mapping[str, Answer]
    rules: tuple[Rule, ...]
    complaints: Mapping[str, str]

    def answering(self, risk: str) -> tuple[str, ...]:
        """The measures that answer a risk."""
        return self.answers[risk].measures if risk in self.answers else ()

    def telephone(self, place_code: str) -> str:
        """Whom somebody there may call to complain; "" if nobody is declared."""
        near = [prefix for prefix in self.complaints if place_code.startswith(prefix)]
        return self.complaints[max(near, key=len)] if near else ""


def in_force() -> Declared:
    """What is declared in the catalogue in force.

    Raises:
        Refusal: it does not load; all refusals are told.
    """
    return _loaded(catalogue_in_force())


@kept(FILE, departments.FILE, "facts.toml", "parameters")
def _loaded(folder: Path) -> Declared:
    return load(folder)


def load(folder: Path) -> Declared:
    """Read and check assistance.toml of a catalogue.

    Raises:
        Refusal: every reason, each with its file and key.
    """
    refusals: list[Refused] = []
    risks, measures = _codes(folder, refusals)
    reader = Reader(FILE, read_toml(folder / FILE, FILE, refusals) or {}, refusals)
    declared = Declared(
        departments=departments.read(folder, refusals),
        kinds=_kinds(reader, measures),
        answers=_answers(reader, risks, measures),
        rules=_rules(reader, {path.stem for path in (folder / "parameters").glob("*.toml")}),
        complaints=_complaints(reader),
    )
    for name, kind in declared.kinds.items():
        for department in kind.departments:
            if department not in declared.departments:
                reader.refuse(f"measure.{name}.departments", f"'{department}' is no department of {departments.FILE}")
    reader.done()
    if refusals:
        raise Refusal("\n".join(map(str, refusals)))
    return declared


def _codes(folder: Path, refusals: list[Refused]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The risks and the measures that facts.toml knows."""
    said: Any = read_toml(folder / "facts.toml", "facts.toml", refusals) or {}
    found = []
    for table, fact in (("risk", "risk"), ("assistance", "measure")):
        values = said.get(table, {}).get("facts", {}).get(fact, {}).get("values", [])
        if not values:
            refusals.append(Refused("facts.toml", f"{table}.facts.{fact}.values", "is needed by " + FILE))
        found.append(tuple(values))
    return found[0], found[1]


def _sections(reader: Reader, key: str, wanted: tuple[str, ...]) -> dict[str, Reader]:
    """A reader for each table [key.<name>]; each name that is wanted must be there, and no other."""
    said = reader.take(key, dict, what=f"tables [{key}.<name>]", required=True, default={})
    for name in wanted:
        if name not in said:
            reader.refuse(f"{key}.{name}", f"is missing; facts.toml knows the {key} '{name}'")
    readers = {}
    for name, table in said.items():
        if name not in wanted:
            reader.refuse(f"{key}.{name}", f"is no {key} of facts.toml; it knows {', '.join(wanted)}")
        elif not isinstance(table, dict):
            reader.refuse(f"{key}.{name}", "must be a table")
        else:
            readers[name] = Reader(reader.file, table, reader.refusals, f"{key}.{name}")
    return readers


def _kinds(reader: Reader, measures: tuple[str, ...]) -> dict[str, Kind]:
    kinds = {}
    for name, each in _sections(reader, "measure", measures).items():
        departments = tuple(each.list_of("departments", str, 'a list of departments, as ["health"]'))
        if not departments:
            each.refuse("departments", "names nobody who answers for it")
        kinds[name] = Kind(
            name=name,
            of=each.one_of("of", TYPES),
            departments=departments,
            discreet=each.take("discreet", bool, what="true or false", default=False),
        )
        each.done()
    return kinds


def _answers(reader: Reader, risks: tuple[str, ...], measures: tuple[str, ...]) -> dict[str, Answer]:
    answers = {}
    for name, each in _sections(reader, "risk", risks).items():
        answering = tuple(each.list_of("measures", str, 'a list of measures, as ["health"]'))
        if not answering:
            each.refuse("measures", "nothing answers this risk")
        for measure in answering:
            if measure not in measures:
                each.refuse("measures", f"'{measure}' is no measure of facts.toml; it knows {', '.join(measures)}")
        if len(set(answering)) < len(answering):
            each.refuse("measures", "names a measure twice")
        answers[name] = Answer(name, answering, **_law(each))
        each.done()
    return answers


def _rules(reader: Reader, parameters: set[str]) -> tuple[Rule, ...]:
    rules: list[Rule] = []
    for name, said in reader.tables("rule"):
        each = Reader(reader.file, said, reader.refusals, name)
        rule = Rule(
            id=each.text("id", required=True),
            labour=each.one_of("labour", LABOUR, required=True),
            needs=each.one_of("needs", NEEDS, required=True),
            beside=each.one_of("beside", TYPES),
            within=each.text("within", what="the name of a parameter"),
            says=each.words("says", required=True),
            **_law(each),
        )
        if rule.within and rule.within not in parameters:
            each.refuse("within", f"'{rule.within}' is no parameter; there is no parameters/{rule.within}.toml")
        if rule.id in {known.id for known in rules}:
            each.refuse("id", f"'{rule.id}' stands here twice")
        each.done()
        rules.append(rule)
    return tuple(rules)


def _complaints(reader: Reader) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, said in reader.tables("complaints"):
        each = Reader(reader.file, said, reader.refusals, name)
        place = each.take("place", str, what='the code of a place, "" for the nation', required=True, default="")
        if place and not place.isdigit():
            each.refuse("place", f"'{place}' is no code of a place")
        if place in found:
            each.refuse("place", "has a telephone already")
        found[place] = each.text("telephone", required=True)
        _law(each)
        each.done()
    return found


def _law(each: Reader) -> dict[str, Any]:
    """Where it stands, and whether somebody has seen the text."""
    return {
        "law": each.words("law", required=True),
        "confirmed": each.take("confirmed", bool, what="true or false", required=True, default=False),
    }
