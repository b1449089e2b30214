"""What is typed on the pages of notices."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from firmground.engines.declarations import in_language
from firmground.notices import kinds
from firmground.notices.limits import LONGEST_CONTACT, LONGEST_TEXT
from firmground.notices.models import Notice


class ObjectionForm(forms.Form):
    """From anybody. `website` is hidden from people: what fills it in is a program."""

    text = forms.CharField(
        label=_("What is wrong, and how you know"),
        max_length=LONGEST_TEXT,
        widget=forms.Textarea(attrs={"rows": 6}),
        error_messages={"required": _("Write what is wrong with the notice.")},
    )
    contact = forms.CharField(
        label=_("How to reach you (you may leave this empty)"), max_length=LONGEST_CONTACT, required=False
    )
    website = forms.CharField(required=False)

    def clean_website(self) -> str:
        if self.cleaned_data["website"]:
            raise forms.ValidationError(_("Leave the field “Website” empty; it is there to catch programs."))
        return ""


class HeardForm(forms.Form):
    """An objection that an officer heard."""

    text = forms.CharField(label=_("What was said"), max_length=LONGEST_TEXT, widget=forms.Textarea(attrs={"rows": 4}))
    contact = forms.CharField(
        label=_("How to reach whoever said it, if they want to be"), max_length=LONGEST_CONTACT, required=False
    )
    heard_on = forms.DateField(label=_("Heard on"), widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}))


class AnswerForm(forms.Form):
    text = forms.CharField(label=_("Answer"), max_length=LONGEST_TEXT, widget=forms.Textarea(attrs={"rows": 5}))


class ReasonForm(forms.Form):
    why = forms.CharField(label=_("Why (stands on the public page)"), max_length=500)


class TelephoneForm(forms.Form):
    place_code = forms.CharField(label=_("Code of the place"), max_length=12)
    telephone = forms.CharField(label=_("Telephone"), max_length=30)


class CorrectionForm(ReasonForm):
    """The rows of a notice, to be written anew: one field for each cell, named "<row>-<column>"."""

    def __init__(self, notice: Notice, language: str, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.notice = notice
        for number, row in enumerate(notice.rows):
            for name in notice.columns:
                column = kinds.column(name)
                field = self._field(column, row.get(name), language)
                field.label = in_language(column.label, language)
                field.widget.attrs["aria-label"] = f"{field.label} ({number + 1})"
                self.fields[f"{number}-{name}"] = field

    @staticmethod
    def _field(column: kinds.Column, cell: Any, language: str) -> forms.Field:
        if column.values:
            choices = [(code, column.says(code, language)) for code in column.values]
            if isinstance(cell, list):
                boxes = forms.CheckboxSelectMultiple
                return forms.MultipleChoiceField(choices=choices, required=False, initial=cell, widget=boxes)
            return forms.ChoiceField(choices=[("", "–"), *choices], required=False, initial=cell)
        if isinstance(cell, int):
            return forms.IntegerField(required=False, initial=cell)
        return forms.CharField(required=False, initial=cell, max_length=200)

    def table(self) -> list[list[forms.BoundField]]:
        """The fields as they stand on the board."""
        return [[self[f"{number}-{name}"] for name in self.notice.columns] for number in range(len(self.notice.rows))]

    @property
    def rows(self) -> list[dict[str, Any]]:
        """What was typed; an empty cell is nothing. A row emptied whole is left out."""
        typed = [
            {name: _cell(self.cleaned_data[f"{number}-{name}"]) for name in self.notice.columns}
            for number in range(len(self.notice.rows))
        ]
        return [row for row in typed if any(cell is not None for cell in row.values())]


def _cell(value: Any) -> Any:
    return None if value in ("", []) else value
