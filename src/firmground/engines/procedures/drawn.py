"""A procedure as a diagram (Mermaid) and as tables, from its own file."""

from collections.abc import Iterator

from firmground.engines.declarations import in_language
from firmground.engines.procedures.declared import Procedure, Step
from firmground.engines.procedures.hindrance import BETWEEN

BEGIN = "begin"


def diagram(procedure: Procedure, language: str = "en") -> str:
    """The procedure as a Mermaid flowchart: steps with who and by when, outcomes rounded, outside steps dashed."""
    return "\n".join(["flowchart TD", *(f"    {line}" for line in _lines(procedure, language))]) + "\n"


def _lines(procedure: Procedure, language: str) -> Iterator[str]:
    yield f'{BEGIN}(["{_text(_opening(procedure, language))}"]) --> {_node(procedure, procedure.first.id)}'
    for step in procedure.steps.values():
        yield f'{_node(procedure, step.id)}["{_box(procedure, step, language)}"]'
        for outcome, target in step.leads_to.items():
            arrow = "-->" if step.in_order else "-.->"
            said = _text(procedure.word(outcome, language))
            yield f'{_node(procedure, step.id)} {arrow}|"{said}"| {_node(procedure, target)}'
        for outcome in sorted(step.after):
            yield f"{_node(procedure, outcome)} -.-> {_node(procedure, step.id)}"
    for outcome in procedure.outcomes:
        yield f'{_node(procedure, outcome)}(["{_text(procedure.word(outcome, language))}"])'


def _node(procedure: Procedure, name: str) -> str:
    """The node of a step or outcome. Never the bare name: 'end' and other words mean something to Mermaid."""
    return f"step_{name}" if name in procedure.steps else f"end_{name}"


def _opening(procedure: Procedure, language: str) -> str:
    channels = [procedure.word(channel, language) for channel in procedure.opened_by]
    return in_language(BETWEEN, language).join(channels) or procedure.word(BEGIN, language)


def _box(procedure: Procedure, step: Step, language: str) -> str:
    roles = in_language(BETWEEN, language).join(procedure.word(role, language) for role in step.by)
    title, *rest = map(_text, [procedure.word(step.id, language), roles, *limits(procedure, step, language)])
    return "<br/>".join([f"<b>{title}</b>", *rest])


LIMITS = {
    "en": {
        "calendar": "within {n} day{s}",
        "working": "within {n} working day{s}",
        "board": "on the board for {n} whole day{s}",
        "wait": "not before {length} after {since}",
        "months": "{n} month{s}",
        "days": "{n} day{s}",
        "opening": "the opening",
    },
    "zh": {
        "calendar": "{n}天内",
        "working": "{n}个工作日内",
        "board": "公示不少于{n}个整天",
        "wait": "{since}后满{length}",
        "months": "{n}个月",
        "days": "{n}天",
        "opening": "立案",
    },
}


def limits(procedure: Procedure, step: Step, language: str = "en") -> list[str]:
    """The days of a step in words."""
    said = LIMITS["zh" if language.startswith("zh") else "en"]

    def counted(unit: str, n: int) -> str:
        return said[unit].format(n=n, s="" if n == 1 else "s")

    lines = []
    if step.within_days is not None:
        lines.append(counted(step.counting, step.within_days))
    if step.publishes is not None:
        lines.append(counted("board", step.publishes.days))
    if (wait := step.waits) is not None:
        length = " ".join(counted(unit, n) for unit, n in (("months", wait.months), ("days", wait.days)) if n)
        since = procedure.word(wait.since, language) if wait.since else said["opening"]
        lines.append(said["wait"].format(length=length, since=since))
    return lines


def _text(said: str) -> str:
    """Words as they may stand inside a Mermaid label."""
    return " ".join(said.translate(MEANS_SOMETHING).split())


MEANS_SOMETHING = {ord("#"): "#35;", ord('"'): "#quot;", ord("<"): "#lt;", ord(">"): "#gt;", ord("`"): "#96;"}
