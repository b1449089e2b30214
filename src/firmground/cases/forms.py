"""The forms that steps need (engines/procedures/forms.py), asked and checked by Django."""

import hashlib
import json
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import get_language, gettext

from firmground.cases.models import FormText
from firmground.common.errors import Refusal, SomeRefused
from firmground.common.in_force import catalogue_in_force, kept
from firmground.engines.declarations import Refused, in_language
from firmground.engines.procedures.forms import Check, Form, as_asked, read_forms
from firmground.engines.procedures.forms import Field as Field
from firmground.engines.standards.reference import evaluate

LONGEST_TEXT = 2000


class CaseForm(Form):
    """A declared form that Django can ask."""

    def bound(self, answers: Mapping[str, Any], outcome: str, prefix: str | None = None) -> forms.Form:
        """Django's form over answers, as a step with this outcome wants it."""
        return self._django(outcome)(answers, prefix=prefix)

    def empty(self, outcome: str, prefix: str | None = None) -> forms.Form:
        """Django's form to be filled in for a step with this outcome."""
        return self._django(outcome)(prefix=prefix)

    def _django(self, outcome: str) -> type[forms.Form]:
        language = get_language() or "en"
        fields = {each.name: _field(each, outcome, language) for each in self.fields}
        return type("DeclaredForm", (_Checked,), {**fields, "checks": self.checks})


def declared(name: str) -> CaseForm:
    """A form of the catalogue in force.

    Raises:
        Refusal: there is none of that name, or the forms are refused.
    """
    found = _loaded(catalogue_in_force()).get(name)
    if found is None:
        raise Refusal(f"The catalogue has no form '{name}' (forms/{name}.toml); whoever keeps it must write one.")
    return found


def text_of(name: str) -> FormText:
    """The kept text of a form of the catalogue in force."""
    said = declared(name).asked()
    digest = hashlib.sha256(json.dumps([name, said], sort_keys=True).encode()).hexdigest()
    text, _ = FormText.objects.get_or_create(digest=digest, defaults={"form": name, "said": said})
    return text


def answered(asked: Mapping[str, str]) -> dict[str, Form]:
    """Forms as they were asked, by name.

    Args:
        asked: form -> the digest of its text, as a move keeps it.
    """
    texts = FormText.objects.in_bulk(list(asked.values()))
    return {name: as_asked(name, texts[digest].said) for name, digest in asked.items()}


def stored(cleaned: Mapping[str, Any]) -> dict[str, Any]:
    """Cleaned answers as JSON keeps them; what was not answered is left out."""
    return {
        name: value.isoformat() if isinstance(value, date) else str(value) if isinstance(value, Decimal) else value
        for name, value in cleaned.items()
        if value not in (None, "", [])
    }


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


@kept("forms", "facts.toml", "words.toml")
def _loaded(folder: Path) -> dict[str, CaseForm]:
    refusals: list[Refused] = []
    found = read_forms(folder, refusals)
    if refusals:
        lines = "\n".join(f"  {refused}" for refused in refusals)
        raise SomeRefused(f"The forms in {folder} are refused:\n{lines}")
    return {name: CaseForm(**vars(form)) for name, form in found.items()}
