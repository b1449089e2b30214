"""A procedure as it is declared, and how its file is read.

    procedures/<name>.toml      the file's name is the procedure's

The steps stand in the order in which a case meets them; the first is where it begins. What a step `leads_to` is
another step or one of the `outcomes`, where the case ends.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from firmground.common.errors import Refusal, SomeRefused
from firmground.engines.declarations import IDENTIFIER, Reader, Refused, in_language, read_toml
from firmground.engines.procedures.calendar import COUNTINGS, Calendar, Counting, read_calendar
from firmground.engines.procedures.forms import Form, read_forms

NOT_A_NAME = "'{}' is not a name; write it with letters, digits and _"
LEVELS = ("village_worker", "township", "county", "prefecture", "province", "nation")
"""The roles that stand one above the other, from the village up."""
OWNER = "owner"
"""In place of a role: whoever the case was assigned to. Until it is, and in rehearsals, a role like any other."""
KINDS_OF_NEED = ("form", "holds")
"""`form:name` is a form filled in, `holds:name` a standard that is met at that moment; what has no kind is shown."""


@dataclass(frozen=True)
class Publicity:
    """What is posted while a step lasts: a kind of notice, for at least so many whole days.

    Attributes:
        cut_short_by: the outcomes that need not wait for the last day, as an objection.
    """

    notice: str
    days: int
    cut_short_by: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Escalation:
    """To whom a step, or the whole, rises when it is overdue by more than so many days.

    Attributes:
        to: a role; with `above`, where whoever that names is of no level.
        above: so many `levels` above the OWNER, or above whoever last took the step of this name; "" for `to` alone.
    """

    after_days: int
    to: str = ""
    above: str = ""
    levels: int = 1


@dataclass(frozen=True)
class Wait:
    """A step may not be taken before so long after another step was last taken (or after the case was opened)."""

    months: int
    days: int
    since: str = ""


@dataclass(frozen=True)
class Consequence:
    """What follows from an outcome of a step, besides the next step.

    Attributes:
        opens: a procedure that begins on the same subject; "" for none.
        sets: facts of the subject's register, and where their values come from: "on" is the day of the move,
            "form.field" an answer given in this case, anything else the value itself ("" forgets it).
        lists: related registers, and the answer (several choices) that gives a row of theirs each.
        delists: the place is listed no longer, by the act that this answer ("form.field") names; "" for no change.
        assigns: the role that takes the steps of the OWNER from now on; "" changes nothing.
    """

    opens: str = ""
    assigns: str = ""
    sets: Mapping[str, str] = field(default_factory=dict)
    lists: Mapping[str, str] = field(default_factory=dict)
    delists: str = ""


@dataclass(frozen=True)
class Step:
    """One step of a procedure.

    Attributes:
        law: where its limit comes from, if not from the procedure's own law; `confirmed` is false while nobody has
            seen the text.
        by: the roles that may take it; any one of them.
        needs: what must be shown before it can be taken, whatever its outcome.
        needs_for: what must be shown for some outcomes besides.
        verifies: steps whose takers may not take this one.
        at_any_time: it may be taken at whatever step the case stands, as the death of the subject.
        after: outcomes after which it opens an ended case again.
    """

    id: str
    title: Mapping[str, str]
    law: Mapping[str, str]
    confirmed: bool
    by: tuple[str, ...]
    within_days: int | None
    counting: Counting
    needs: tuple[str, ...]
    needs_for: Mapping[str, tuple[str, ...]]
    verifies: frozenset[str]
    publishes: Publicity | None
    waits: Wait | None
    escalates: tuple[Escalation, ...]
    at_any_time: bool
    after: frozenset[str]
    leads_to: Mapping[str, str]
    then: Mapping[str, Consequence] = field(default_factory=dict)

    @property
    def in_order(self) -> bool:
        """Whether the case stands at this step when it is due; the others come from outside."""
        return not self.at_any_time and not self.after

    def needed_for(self, outcome: str) -> tuple[str, ...]:
        """What must be shown for an outcome."""
        return tuple(dict.fromkeys((*self.needs, *self.needs_for.get(outcome, ()))))


@dataclass(frozen=True)
class Procedure:
    """A declared sequence of steps. The digest names its content, not the file's layout or comments.

    Attributes:
        escalates: to whom the whole rises. Where it is declared, a step's own counts from the step's own limit alone.
    """

    id: str
    title: Mapping[str, str]
    about: str
    law: Mapping[str, str]
    why: Mapping[str, str]
    whole_within_days: int | None
    counting: Counting
    opened_by: Mapping[str, tuple[str, ...]]
    outcomes: tuple[str, ...]
    steps: Mapping[str, Step]
    words: Mapping[str, Mapping[str, str]]
    digest: str = ""
    escalates: tuple[Escalation, ...] = ()

    @property
    def first(self) -> Step:
        """Where a case begins."""
        return next(step for step in self.steps.values() if step.in_order)

    def word(self, name: str, language: str) -> str:
        """What a step, an outcome or a need is called."""
        own = self.steps[name].title if name in self.steps else {}
        plain = name.rpartition(":")[2]
        said = own or self.words.get(name) or self.words.get(plain)
        return in_language(said, language) if said else plain.replace("_", " ")


@dataclass
class CheckedProcedures:
    """What came of checking a folder: the procedures that are accepted, the calendar, and the refusals.

    Attributes:
        said: the content of each accepted file, to be kept with the cases that run under it (`procedure_from`).
        words: what roles, needs and outcomes are called in all procedures.
    """

    folder: Path
    calendar: Calendar = field(default_factory=Calendar)
    words: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    said: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    procedures: dict[str, Procedure] = field(default_factory=dict)
    forms: dict[str, Form] = field(default_factory=dict)
    refusals: list[Refused] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)

    def refusals_of(self, name: str) -> list[Refused]:
        """The refusals of one procedure's file."""
        return [refused for refused in self.refusals if refused.file == f"procedures/{name}.toml"]


class ProceduresRefused(SomeRefused):
    """Procedures that are not accepted; `refusals` has every reason."""

    def __init__(self, folder: Path, refusals: list[Refused]) -> None:
        self.refusals = refusals
        lines = "\n".join(f"  {refused}" for refused in refusals)
        super().__init__(f"The procedures in {folder} are refused:\n{lines}")


def load_procedures(folder: Path | str) -> CheckedProcedures:
    """The procedures and the calendar of a catalogue.

    Raises:
        ProceduresRefused: anything in them is refused; all reasons are listed.
    """
    checked = check_procedures(folder)
    if checked.refusals:
        raise ProceduresRefused(checked.folder, checked.refusals)
    return checked


def check_procedures(folder: Path | str) -> CheckedProcedures:
    """Read and check procedures/ and calendar.toml of a catalogue; never raises for what is written in them."""
    from firmground.engines.procedures.proof import Others, prove, prove_forms  # which read what is declared here

    checked = CheckedProcedures(Path(folder))
    checked.calendar = read_calendar(checked.folder, checked.refusals)
    checked.words = _words_for_all(checked.folder, checked.refusals)
    checked.forms = read_forms(checked.folder, checked.refusals)
    files = sorted((checked.folder / "procedures").glob("*.toml"))
    checked.ids = [path.stem for path in files]
    others = Others(
        procedures=frozenset(checked.ids),
        notices=_names(checked.folder / "notices"),
        forms=_names(checked.folder / "forms"),
        standards=_names(checked.folder / "standards"),
    )
    for path in files:
        own: list[Refused] = []
        content = read_toml(path, f"procedures/{path.name}", own)
        if content is not None:
            procedure = read_procedure(path.stem, content, own, checked.words)
            if procedure is not None and not own:
                prove(procedure, others, own)
            if procedure is not None and not own:
                checked.procedures[procedure.id] = procedure
                checked.said[procedure.id] = content
        checked.refusals += own
    checked.refusals += prove_forms(checked.forms, checked.procedures.values())
    return checked


def read_procedure(
    id_: str, said: Mapping[str, Any], refusals: list[Refused], words: Mapping[str, Mapping[str, str]] | None = None
) -> Procedure | None:
    """A procedure from the content of its file; None if it has no steps to speak of.

    Args:
        words: what roles, needs and outcomes are called in all procedures; the file's own words come first.
    """
    reader = Reader(f"procedures/{id_}.toml", said, refusals)
    if not IDENTIFIER.fullmatch(id_):
        reader.refuse("", f"'{id_}' is not a name; name the file with letters, digits and _")
    counting = _counting(reader, "calendar")
    procedure = Procedure(
        id=id_,
        title=reader.words("title", required=True),
        about=_name(reader, "about", required=True, what='what it is about, as "household"'),
        law=reader.words("law", required=True),
        why=reader.words("why"),
        whole_within_days=_days(reader, "whole_within_days"),
        counting=counting,
        opened_by=dict(_opened_by(reader)),
        outcomes=tuple(_names_in(reader, "outcomes", required=True)),
        steps=dict(_steps(reader, counting)),
        words={**(words or {}), **dict(_words(reader, "words"))},
        digest=digest_of(said),
        escalates=tuple(_escalations(reader)),
    )
    reader.done()
    if not any(step.in_order for step in procedure.steps.values()):
        reader.refuse("step", "there is no step where a case begins; write [[step]] tables in the order of the steps")
        return None
    return procedure


def digest_of(said: Mapping[str, Any]) -> str:
    """What names a procedure's content."""
    return hashlib.sha256(json.dumps(said, sort_keys=True, default=str).encode()).hexdigest()


def procedure_from(
    id_: str, said: Mapping[str, Any], words: Mapping[str, Mapping[str, str]] | None = None
) -> Procedure:
    """A procedure that was accepted before, from its content as kept with the cases that run under it.

    Raises:
        Refusal: it is not accepted any more, which only an error of ours can bring about.
    """
    refusals: list[Refused] = []
    procedure = read_procedure(id_, said, refusals, words)
    if procedure is None or refusals:
        raise Refusal("The procedure of this case cannot be read: " + " ".join(str(refused) for refused in refusals))
    return procedure


def _steps(reader: Reader, counting: Counting) -> Iterator[tuple[str, Step]]:
    seen: set[str] = set()
    for place, said in reader.tables("step"):
        row = Reader(reader.file, said, reader.refusals, inside=place)
        id_ = _name(row, "id", required=True, what="the step's name")
        if id_ in seen:
            row.refuse("id", f"there is another step '{id_}'")
        row.inside = f"step {id_}" if id_ else place
        step = Step(
            id=id_,
            title=row.words("title"),
            law=row.words("law"),
            confirmed=row.take("confirmed", bool, what="true or false", default=True),
            by=tuple(_names_in(row, "by", required=True)),
            within_days=_days(row, "within_days"),
            counting=_counting(row, counting),
            needs=tuple(_needs(row, "needs")),
            needs_for=dict(_needs_for(row)),
            verifies=frozenset(_names_in(row, "verifies")),
            publishes=_publicity(row),
            waits=_wait(row),
            escalates=tuple(_escalations(row)),
            at_any_time=row.take("at_any_time", bool, what="true or false", default=False),
            after=frozenset(_names_in(row, "after")),
            leads_to=dict(_leads_to(row)),
            then=dict(_consequences(row)),
        )
        row.done()
        seen.add(id_)
        yield id_, step


def _leads_to(row: Reader) -> Iterator[tuple[str, str]]:
    said = row.take("leads_to", dict, what='{ outcome = "next_step" }', required=True, default={})
    if "leads_to" in row.said and isinstance(row.said["leads_to"], dict) and not said:
        row.refuse("leads_to", "is empty: nobody could ever leave this step")
    for outcome, target in said.items():
        if not isinstance(target, str) or not IDENTIFIER.fullmatch(outcome):
            row.refuse("leads_to", f'must be written as {{ outcome = "next_step" }}, not {outcome} = {target!r}')
        else:
            yield outcome, target


def _consequences(row: Reader) -> Iterator[tuple[str, Consequence]]:
    said = row.take("then", dict, what="tables [step.then.<outcome>]", default={})
    for outcome, told in said.items():
        inside = f"{row.key('then')}.{outcome}"
        if not isinstance(told, dict):
            row.refuse(f"then.{outcome}", "must be a table")
            continue
        inner = Reader(row.file, told, row.refusals, inside=inside)
        opens = _name(inner, "opens", what="the name of a procedure")
        assigns = _name(inner, "assigns", what="a role")
        sets, lists = dict(_texts(inner, "sets")), dict(_texts(inner, "lists"))
        delists = inner.text("delists", what='the answer that names the act, as "form.field"')
        inner.done()
        yield outcome, Consequence(opens, assigns, sets, lists, delists)


def _texts(row: Reader, key: str) -> Iterator[tuple[str, str]]:
    for name, value in row.take(key, dict, what='{ fact = "where it comes from" }', default={}).items():
        if isinstance(value, str):
            yield name, value
        else:
            row.refuse(f"{key}.{name}", "must be text in quotes")


def _publicity(row: Reader) -> Publicity | None:
    said = row.take("publishes", dict, what='{ notice = "name", days = 5 }')
    if said is None:
        return None
    inner = Reader(row.file, said, row.refusals, inside=row.key("publishes"))
    notice = _name(inner, "notice", required=True, what="the name of a kind of notice")
    days = _days(inner, "days", required=True)
    cut_short_by = frozenset(_names_in(inner, "cut_short_by"))
    inner.done()
    return Publicity(notice, days or 0, cut_short_by)


def _wait(row: Reader) -> Wait | None:
    said = row.take("waits", dict, what='{ months = 6, since = "entered" }')
    if said is None:
        return None
    inner = Reader(row.file, said, row.refusals, inside=row.key("waits"))
    months, days = _days(inner, "months"), _days(inner, "days")
    wait = Wait(months or 0, days or 0, since=_name(inner, "since", what="a step"))
    inner.done()
    if "months" not in said and "days" not in said:
        inner.refuse("", "says neither months nor days")
    return wait


def _escalations(row: Reader) -> Iterator[Escalation]:
    for place, said in row.tables("escalates"):
        inner = Reader(row.file, said, row.refusals, inside=place)
        after = _days(inner, "after_days", required=True, least=0)
        above = _name(inner, "above", what='"owner" or a step')
        to = _name(inner, "to", required=not above, what="a role")
        levels = _days(inner, "levels") if "levels" in said else 1
        inner.done()
        yield Escalation(after or 0, to, above, levels or 1)


def _opened_by(reader: Reader) -> Iterator[tuple[str, tuple[str, ...]]]:
    said = reader.take("opened_by", dict, what='{ channel = ["role"] }', default={})
    inner = Reader(reader.file, said, reader.refusals, inside="opened_by")
    for channel in said:
        if not IDENTIFIER.fullmatch(channel):
            inner.refuse(channel, NOT_A_NAME.format(channel))
        yield channel, tuple(_names_in(inner, channel, required=True))


def _needs(row: Reader, key: str) -> list[str]:
    needs: list[str] = row.list_of(key, str, what='a list of what must be shown, as ["two_visitors"]')
    for need in needs:
        kind, colon, name = need.rpartition(":")
        if not IDENTIFIER.fullmatch(name) or (colon and kind not in KINDS_OF_NEED):
            kinds = ", ".join(f"{kind}:name" for kind in KINDS_OF_NEED)
            row.refuse(key, f"'{need}' is not written as a name, or as {kinds}")
    return needs


def _needs_for(row: Reader) -> Iterator[tuple[str, tuple[str, ...]]]:
    said = row.take("needs_for", dict, what='{ outcome = ["need"] }', default={})
    inner = Reader(row.file, said, row.refusals, inside=row.key("needs_for"))
    for outcome in said:
        yield outcome, tuple(_needs(inner, outcome))


def _words(reader: Reader, key: str) -> Iterator[tuple[str, Mapping[str, str]]]:
    said = reader.take(key, dict, what="a table of names and what they are called", default={})
    inner = Reader(reader.file, said, reader.refusals, inside=key)
    for name in said:
        yield name, inner.words(name)


def _words_for_all(folder: Path, refusals: list[Refused]) -> Mapping[str, Mapping[str, str]]:
    """The section [procedures] of words.toml."""
    path = folder / "words.toml"
    said = (read_toml(path, "words.toml", refusals) if path.is_file() else None) or {}
    return dict(_words(Reader("words.toml", said, refusals), "procedures"))


def _name(row: Reader, key: str, required: bool = False, what: str = "a name") -> str:
    name = row.text(key, required=required, what=what)
    if name and not IDENTIFIER.fullmatch(name):
        row.refuse(key, NOT_A_NAME.format(name))
    return name


def _names_in(row: Reader, key: str, required: bool = False) -> list[str]:
    """A name, or a list of names."""
    said = row.take(key, str, list, what="a name, or a list of names", required=required, default=[])
    names = [said] if isinstance(said, str) else said
    wrong = [name for name in names if not isinstance(name, str) or not IDENTIFIER.fullmatch(name)]
    if wrong:
        row.refuse(key, NOT_A_NAME.format(wrong[0]))
    elif required and key in row.said and not names:
        row.refuse(key, "is empty")
    elif len(set(names)) < len(names):
        row.refuse(key, "names something twice")
    return [name for name in names if name not in wrong]


def _days(row: Reader, key: str, required: bool = False, least: int = 1) -> int | None:
    days: int | None = row.take(key, int, what="a whole number", required=required)
    if days is not None and not least <= days < 10_000:
        row.refuse(key, f"{days} is not a sensible number; write one from {least} to 9,999")
        return None
    return days


def _counting(row: Reader, default: Counting) -> Counting:
    said = row.one_of("days", COUNTINGS)
    return said or default  # type: ignore[return-value]


def _names(folder: Path) -> frozenset[str] | None:
    """The names of the declarations in a folder; None if there is no such folder."""
    return frozenset(path.stem for path in folder.glob("*.toml")) if folder.is_dir() else None
