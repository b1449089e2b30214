"""Why a move may not be made, as data and as a sentence in the reader's language."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from firmground.engines.declarations import in_language
from firmground.engines.procedures.declared import Procedure

Names = tuple[str, ...]
BETWEEN = {"en": ", ", "zh": "、"}

SENTENCES: Mapping[str, Mapping[str, str]] = {
    "unknown_step": {
        "en": "This procedure has no step '{step}'; its steps are {steps}.",
        "zh": "本程序没有“{step}”这一环节；环节有：{steps}。",
    },
    "after_the_end": {
        "en": "The case has ended with '{at}'; no step may be taken any more.",
        "zh": "个案已以“{at}”办结，不能再办理任何环节。",
    },
    "out_of_turn": {
        "en": "The case stands at '{at}'; the step '{step}' cannot be taken now.",
        "zh": "个案正处于“{at}”，现在不能办理“{step}”。",
    },
    "not_ended_so": {
        "en": "The step '{step}' is for cases that ended with {ended}; this one is at '{at}'.",
        "zh": "“{step}”只适用于以“{ended}”办结的个案；本个案处于“{at}”。",
    },
    "publishes_nothing": {
        "en": "The step '{step}' publishes nothing.",
        "zh": "“{step}”不需要公示。",
    },
    "unknown_outcome": {
        "en": "'{outcome}' is not an outcome of '{step}'; they are {outcomes}.",
        "zh": "“{step}”没有“{outcome}”这一结果；结果有：{outcomes}。",
    },
    "wrong_role": {
        "en": "The step '{step}' is taken by {roles}, not by {role}.",
        "zh": "“{step}”由{roles}办理，{role}不能办理。",
    },
    "same_person": {
        "en": "{person} took the step '{earlier}' as {earlier_role}; whoever verifies is never who did it. "
        "Let somebody else take '{step}'.",
        "zh": "{person}曾以{earlier_role}身份办理“{earlier}”；办理与复核不得为同一人，请由他人办理“{step}”。",
    },
    "two_roles": {
        "en": "{person} took the step '{earlier}' as {earlier_role}; nobody acts in two roles in one case. "
        "Let somebody else take '{step}'.",
        "zh": "{person}曾以{earlier_role}身份办理“{earlier}”；同一个案中一人不得兼任两种角色，请由他人办理“{step}”。",
    },
    "before_entry": {
        "en": "{on} is before {since}, the day to which the case has come.",
        "zh": "{on}早于{since}，个案已办理至该日。",
    },
    "not_posted": {
        "en": "Post the notice first; it must hang before '{outcome}' (whole days: {days}).",
        "zh": "请先张贴公示；公示满{days}个整天后才能选“{outcome}”。",
    },
    "on_the_board": {
        "en": "The notice hangs since {posted} and must hang to the end of {ends} (whole days: {days}); "
        "'{outcome}' may be decided from {not_before}, not on {on}.",
        "zh": "公示自{posted}张贴，须满{days}个整天，至{ends}止；{not_before}起可选“{outcome}”，{on}尚早。",
    },
    "waiting": {
        "en": "'{step}' may be taken from {not_before}, counted from {since_step}; {on} is too early.",
        "zh": "“{step}”自{since_step}起算，{not_before}起可办理；{on}尚早。",
    },
    "missing": {
        "en": "Still missing for '{outcome}': {needs}.",
        "zh": "选“{outcome}”还缺：{needs}。",
    },
}
OPENING = {"en": "the opening of the case", "zh": "立案"}


@dataclass(frozen=True)
class Hindrance:
    """Why a move may not be made.

    Attributes:
        kind: one of SENTENCES.
        names: names of the procedure (steps, outcomes, roles, needs), to be told in the reader's words.
        values: dates, numbers and people, told as they are.
    """

    kind: str
    names: Mapping[str, Names]
    values: Mapping[str, date | int | str]

    def says(self, procedure: Procedure, language: str = "en") -> str:
        """The sentence for the reader."""
        short = "zh" if language.startswith("zh") else "en"
        told = {
            key: BETWEEN[short].join(
                procedure.word(name, short) if name else in_language(OPENING, short) for name in names
            )
            for key, names in self.names.items()
        }
        return in_language(SENTENCES[self.kind], short).format(**told, **self.values)
