"""The forms that steps need, as the catalogue declares them (forms/<name>.toml), and as Django's forms.

title = { en = "Record of the visit", zh = "入户核实表" }

[[field]]
name = "risks"
type = "choices"                    # text, bool, int, decimal, date, choice, choices
label = { en = "Risks found", zh = "存在的风险" }
values_of = "risk.risk"             # codes of a fact; or values = { code = { en = "...", zh = "..." } }
required_for = ["risk_found"]       # outcomes; or required = true
least = 0, most = 5                 # of numbers; of how many are chosen
past = true                         # a date that may not lie in the future
class = "sensitive"
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any

from django import forms
from django.conf import settings
from django.utils import timezone
from django.utils.translation import get_language, gettext

from firmground.cases.declared import last_change
from firmground.common.errors import Refusal, SomeRefused
from firmground.engines.declarations import IDENTIFIER, Reader, Refused, in_language, read_toml
from firmground.engines.standards.checking import NotInTheLanguage
from firmground.engines.standards.language import parse
from firmground.engines.standards.reference import evaluate
from firmground.engines.standards.tree import Node, Type

TYPES = ("text", "bool", "int", "decimal", "date", "choice", "choices")
CLASSES = ("public", "official", "personal", "sensitive")
LONGEST_TEXT = 2000
_TYPE_OF: Mapping[str, Type] = {
    "text": "text", "bool": "bool", "int": "int", "decimal": "decimal", "date": "date", "choice": "text",
}  # fmt: skip


@dataclass(frozen=True)
class Field:
    """One question of a form."""

    name: str
    type: str
    label: Mapping[str, str]
    class_: str
    help: Mapping[str, str] = field(default_factory=dict)
    choices: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    required: bool = False
    required_for: frozenset[str] = frozenset()
    least: Decimal | None = None
    most: Decimal | None = None
    past: bool = False


@dataclass(frozen=True)
class Check:
    """What must hold between answers; where it is not known, it is let through."""

    holds: Node
    says: Mapping[str, str]


@dataclass(frozen=True)
class CaseForm:
    """A declared form."""

    id: str
    title: Mapping[str, str]
    fields: tuple[Field, ...]
    checks: tuple[Check, ...] = ()

    def bound(self, answers: Mapping[str, Any], outcome: str, prefix: str | None = None) -> forms.Form:
        """Django's form over answers, as a step with this outcome wants it."""
        return self._django(outcome)(answers, prefix=prefix)

    def empty(self, prefix: str | None = None, initial: Mapping[str, Any] | None = None) -> forms.Form:
        """Django's form to be filled in; nothing is required but what is always required."""
        return self._django("")(prefix=prefix, initial=dict(initial or {}))

    def _django(self, outcome: str) -> type[forms.Form]:
        language = get_language() or "en"
        fields = {each.name: _field(each, outcome, language) for each in self.fields}
        return type("DeclaredForm", (_Checked,), {**fields, "checks": self.checks})


def declared(name: str) -> CaseForm:
    """A form of the catalogue in force.

    Raises:
        Refusal: there is none of that name, or the forms are refused.
    """
    folder = Path(settings.FIRMGROUND_CATALOGUE)
    found = _loaded(folder, last_change(folder, "forms", "facts.toml", "words.toml")).get(name)
    if found is None:
        raise Refusal(f"The catalogue has no form '{name}' (forms/{name}.toml); whoever keeps it must write one.")
    return found


def stored(cleaned: Mapping[str, Any]) -> dict[str, Any]:
    """Cleaned answers as JSON keeps them; what was not answered is left out."""
    return {
        name: value.isoformat() if isinstance(value, date) else str(value) if isinstance(value, Decimal) else value
        for name, value in cleaned.items()
        if value not in (None, "", [])
    }


def check_forms(folder: Path) -> tuple[dict[str, CaseForm], list[Refused]]:
    """Every form of a catalogue that is accepted, and the refusals."""
    refusals: list[Refused] = []
    facts = read_toml(folder / "facts.toml", "facts.toml", refusals) or {}
    words = (read_toml(folder / "words.toml", "words.toml", refusals) or {}).get("values", {})
    found = {}
    for path in sorted((folder / "forms").glob("*.toml")):
        before = len(refusals)
        said = read_toml(path, f"forms/{path.name}", refusals)
        if said is not None:
            form = _FormReader(path.stem, said, facts, words, refusals).form()
            if len(refusals) == before:
                found[form.id] = form
    return found, refusals


class _FormReader:
    def __init__(
        self,
        id_: str,
        said: Mapping[str, Any],
        facts: Mapping[str, Any],
        words: Mapping[str, Any],
        refusals: list[Refused],
    ) -> None:
        self.id, self.facts, self.words = id_, facts, words
        self.reader = Reader(f"forms/{id_}.toml", said, refusals)

    def form(self) -> CaseForm:
        title = self.reader.words("title", required=True)
        fields = tuple(self.fields())
        checks = tuple(self.checks(fields))
        self.reader.done()
        if not fields:
            self.reader.refuse("field", "there is none; write [[field]] tables")
        return CaseForm(self.id, title, fields, checks)

    def checks(self, fields: tuple[Field, ...]) -> Iterator[Check]:
        names: dict[str, Type] = {each.name: _TYPE_OF[each.type] for each in fields if each.type in _TYPE_OF}
        names["as_of"] = "date"
        for place, said in self.reader.tables("check"):
            row = Reader(self.reader.file, said, self.reader.refusals, inside=place)
            says, holds = row.words("says", required=True), row.text("holds", required=True)
            row.done()
            try:
                yield Check(parse(holds, names, "bool"), says)
            except NotInTheLanguage as error:
                row.refuse("holds", str(error))

    def fields(self) -> Iterator[Field]:
        seen: set[str] = set()
        for place, said in self.reader.tables("field"):
            row = Reader(self.reader.file, said, self.reader.refusals, inside=place)
            name = row.text("name", required=True)
            if name and (not IDENTIFIER.fullmatch(name) or name in seen):
                row.refuse("name", f"'{name}' is no name, or stands twice")
            seen.add(name)
            row.inside = f"field {name}"
            kind = row.one_of("type", TYPES, required=True)
            made = Field(
                name=name,
                type=kind,
                label=row.words("label", required=True),
                class_=row.one_of("class", CLASSES, required=True),
                help=row.words("help"),
                choices=self.choices(row, kind),
                required=row.take("required", bool, what="true or false", default=False),
                required_for=frozenset(row.list_of("required_for", str, "a list of outcomes")),
                least=row.take("least", int, Decimal, what="a number"),
                most=row.take("most", int, Decimal, what="a number"),
                past=row.take("past", bool, what="true or false", default=False),
            )
            row.done()
            yield made

    def choices(self, row: Reader, kind: str) -> Mapping[str, Mapping[str, str]]:
        own = row.take("values", dict, what='{ code = { en = "...", zh = "..." } }')
        fact = row.text("values_of", what="a fact, as risk.risk") if "values_of" in row.said else ""
        row.read.add("values_of")
        if not kind.startswith("choice"):
            return {}
        if (own is None) == (not fact):
            row.refuse("values", "write either values or values_of")
            return {}
        if own is not None:
            inner = Reader(row.file, own, row.refusals, inside=row.key("values"))
            return {code: inner.words(code) for code in own}
        table, _, name = fact.partition(".")
        codes = self.facts.get(table, {}).get("facts", {}).get(name, {}).get("values")
        if not codes:
            row.refuse("values_of", f"'{fact}' is not a fact with declared values")
            return {}
        said = self.words.get(fact, {})
        return {code: {key: said.get(code, {}).get(key, code) for key in ("en", "zh")} for code in codes}


def _field(declared_field: Field, outcome: str, language: str) -> forms.Field:
    label = in_language(declared_field.label, language[:2])
    required = declared_field.required or outcome in declared_field.required_for
    common: dict[str, Any] = {
        "label": label,
        "required": required,
        "help_text": in_language(declared_field.help, language[:2]),
    }
    least, most = declared_field.least, declared_field.most
    choices = [(code, in_language(said, language[:2])) for code, said in declared_field.choices.items()]
    match declared_field.type:
        case "text":
            return forms.CharField(max_length=LONGEST_TEXT, widget=forms.Textarea(attrs={"rows": 3}), **common)
        case "bool":
            yes_no = [("true", gettext("yes")), ("false", gettext("no"))]
            return forms.TypedChoiceField(
                choices=yes_no, coerce=lambda said: str(said).lower() == "true", empty_value=None,
                widget=forms.RadioSelect, **common,
            )  # fmt: skip
        case "int":
            return forms.IntegerField(min_value=_whole(least), max_value=_whole(most), **common)
        case "decimal":
            return forms.DecimalField(min_value=least, max_value=most, max_digits=14, decimal_places=2, **common)
        case "date":
            return _DateField(past=declared_field.past, widget=forms.DateInput(attrs={"type": "date"}), **common)
        case "choice":
            return forms.ChoiceField(choices=choices, widget=forms.RadioSelect, **common)
    return _ChoicesField(most=_whole(most), choices=choices, widget=forms.CheckboxSelectMultiple, **common)


class _Checked(forms.Form):
    """A form whose answers must also agree with one another."""

    checks: tuple[Check, ...] = ()

    def clean(self) -> dict[str, Any]:
        answers = super().clean() or self.cleaned_data
        known = {name: value for name, value in answers.items() if value != ""} | {"as_of": timezone.localdate()}
        for check in self.checks:
            if evaluate(check.holds, known.get) is False:
                self.add_error(None, in_language(check.says, (get_language() or "en")[:2]))
        return answers


def _whole(number: Decimal | int | None) -> int | None:
    return None if number is None else int(number)


class _DateField(forms.DateField):
    def __init__(self, *, past: bool, **options: Any) -> None:
        super().__init__(**options)
        self.past = past

    def clean(self, value: Any) -> Any:
        day = super().clean(value)
        if self.past and day is not None and day > timezone.localdate():
            raise forms.ValidationError(gettext("This day has not come yet."))
        return day


class _ChoicesField(forms.MultipleChoiceField):
    def __init__(self, *, most: int | None, **options: Any) -> None:
        super().__init__(**options)
        self.most = most

    def clean(self, value: Any) -> Any:
        chosen = super().clean(value)
        if self.most is not None and len(chosen) > self.most:
            raise forms.ValidationError(gettext("Choose %(most)s at the most.") % {"most": self.most})
        return chosen


@lru_cache(maxsize=2)
def _loaded(folder: Path, changed: int) -> dict[str, CaseForm]:
    found, refusals = check_forms(folder)
    if refusals:
        lines = "\n".join(f"  {refused}" for refused in refusals)
        raise SomeRefused(f"The forms in {folder} are refused:\n{lines}")
    return found
